"""The model on the test images."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.recipe.work import count_times_wider
from tricks.training.data import Dataset, build_normalization, to_inputs
from tricks.training.speed import autocast

# What fits the processor's cache, and what fills a GPU; there a wide network, which takes more memory, sees fewer.
EVALUATION_BATCH = {"cpu": 250, "cuda": 2500}


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The model on all test images: mean cross-entropy, share of right answers, class by image ([images], bytes)."""

    loss: float
    accuracy: float
    predictions: torch.Tensor


def evaluate(recipe: Recipe, model: nn.Module, dataset: Dataset) -> Evaluation:
    """The model on the test images, in large batches."""
    model.eval()
    device = dataset.test_images.device
    normalization = build_normalization(recipe, device)
    images = EVALUATION_BATCH[device.type] // count_times_wider(recipe)
    batches = dataset.test_images.split(max(EVALUATION_BATCH["cpu"], images))
    with torch.no_grad(), autocast(recipe, device):
        logits = torch.cat([answer(recipe, model, to_inputs(images, normalization)) for images in batches])
    predictions = logits.argmax(1)
    return Evaluation(
        loss=F.cross_entropy(logits, dataset.test_labels).item(),
        accuracy=(predictions == dataset.test_labels).sum().item() / len(predictions),
        predictions=predictions.byte().cpu(),
    )


def answer(recipe: Recipe, model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """The logits, [batch, 10], of inputs, [batch, 3, 32, 32]: perhaps the mean with those of their mirror images."""
    logits = model(inputs).float()
    return (logits + model(inputs.flip(3)).float()) / 2 if recipe.test_flip else logits
