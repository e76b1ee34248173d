"""The evaluation: which answers count."""

import torch
import torch.nn.functional as F

from tests.training.batches import take_first
from tricks.recipe.recipe import Recipe
from tricks.training.data import to_inputs
from tricks.training.evaluation import evaluate
from tricks.training.model import build_model

SMALL = {"dataset": "toy", "conv_width": 0.125, "dense_width": 8}


def test_mirrored_test_images(toy_set):
    """With the trick the logits are the means of those of every image and of its mirror image, made in NumPy."""
    dataset, recipe = take_first(toy_set, 60), Recipe(**SMALL, test_flip=True)
    torch.manual_seed(0)
    model = build_model(recipe).eval()
    mirrored = torch.from_numpy(dataset.test_images.numpy()[:, :, ::-1].copy())
    with torch.no_grad():
        logits = [model(to_inputs(images, None)) for images in (dataset.test_images, mirrored)]
    expected = torch.stack(logits).mean(0)

    evaluation = evaluate(recipe, model, dataset)

    assert torch.equal(expected.argmax(1).byte(), evaluation.predictions)
    torch.testing.assert_close(F.cross_entropy(expected, dataset.test_labels).item(), evaluation.loss)
    assert evaluate(Recipe(**SMALL), model, dataset).loss != evaluation.loss
