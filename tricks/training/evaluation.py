"""The model on the test images."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.data import Dataset, build_normalization, to_inputs
from tricks.training.speed import autocast

EVALUATION_BATCH = {"cpu": 250, "cuda": 2500}  # What fits the processor's cache, and what fills a GPU.


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
    batches = dataset.test_images.split(choose_batch(recipe, device))
    with torch.no_grad(), autocast(recipe, device):
        logits = torch.cat([answer(recipe, model, to_inputs(images, normalization)) for images in batches])
    predictions = logits.argmax(1)
    return Evaluation(
        loss=F.cross_entropy(logits, dataset.test_labels).item(),
        accuracy=(predictions == dataset.test_labels).sum().item() / len(predictions),
        predictions=predictions.byte().cpu(),
    )


def choose_batch(recipe: Recipe, device: torch.device) -> int:
    """How many images at a time: fewer where the network is wide, so that it needs no more memory than training."""
    return max(EVALUATION_BATCH["cpu"], int(EVALUATION_BATCH[device.type] / max(1.0, recipe.conv_width)))


def answer(recipe: Recipe, model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """The logits, [batch, 10], of inputs, [batch, 3, 32, 32]: perhaps the mean with those of their mirror images."""
    logits = model(inputs).float()
    return (logits + model(inputs.flip(3)).float()) / 2 if recipe.test_flip else logits
