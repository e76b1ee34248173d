"""Whitening: what the first convolution puts out, and what is trained of it."""

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from tests.training.batches import take_first
from tricks.recipe.measurements import Checkpoint
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.data import Dataset, build_normalization, to_inputs
from tricks.training.loop import build_trainer, train
from tricks.training.model import build_model
from tricks.training.whitening import SMALLEST, whiten

CPU = torch.device("cpu")
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def few_images(toy_set) -> Dataset:
    """Some images of the toy set."""
    return take_first(toy_set, 100)


def list_patches(dataset: Dataset, kernel: int, recipe: Recipe) -> np.ndarray:
    """All patches of the images, [patches, 3 * kernel^2], in doubles."""
    inputs = to_inputs(dataset.train_images, build_normalization(recipe, CPU)).double().numpy()
    windows = np.lib.stride_tricks.sliding_window_view(inputs, (kernel, kernel), (2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, 3 * kernel**2)


@pytest.mark.parametrize("values", [{}, {"normalize": True}, {"kernel": 5, "conv_width": 5}, {"conv_width": 4}])
def test_outputs_are_white(few_images, values):
    """Outputs of the filters are not correlated and vary alike, with both signs and the largest variance first."""
    recipe = Recipe(dataset="toy", whiten=True, **values)
    torch.manual_seed(0)
    model = build_model(recipe)
    drawn = next(iter(model.parameters())).detach().clone()

    whiten(recipe, model, few_images)
    weight = next(iter(model.parameters())).detach()
    patches = list_patches(few_images, recipe.kernel, recipe)
    count = min(len(weight), 2 * patches.shape[1])
    directions = weight[:count:2].flatten(1).double().numpy()
    outputs = patches @ directions.T
    variances = np.linalg.eigvalsh(patches.T @ patches / len(patches))[::-1][: len(directions)]

    assert torch.equal(weight[:count:2], -weight[1:count:2])
    np.testing.assert_allclose(
        np.diag(variances / (variances + SMALLEST)), outputs.T @ outputs / len(outputs), atol=2e-3
    )
    assert torch.equal(drawn[count:], weight[count:])


def test_a_narrow_layer_has_the_largest_variances(few_images):
    """A layer of four filters has the two directions of largest variance, with both signs."""
    wide, narrow = (
        next(iter(prepare(few_images, conv_width=width).model.parameters())).detach() for width in (1.0, 0.125)
    )

    assert 4 == len(narrow)
    torch.testing.assert_close(wide[:4], narrow)


def prepare(dataset: Dataset, **values):
    """A trainer of a whitened run."""
    recipe = Recipe(dataset="toy", whiten=True, dense_width=8, batch_size=50, **values)
    return build_trainer(Run(recipe=recipe, seed=0), dataset, on_gpu=False)


def test_weights_are_frozen_and_the_bias_learns_for_three_epochs(few_images):
    """The filters stay as they were set, the bias moves for three epochs, and all else to the end."""
    small = {"dataset": "toy", "dense_width": 8, "batch_size": 50, "conv_width": 0.125}
    recipe = Recipe(whiten=True, epochs=5, weight_decay=0.01, **small)
    measured = list(train(Run(recipe=recipe, seed=0), few_images))
    states = [safetensors.torch.load(one.state) for one in measured if isinstance(one, Checkpoint)]
    states.append({f"model/{name}": one for name, one in safetensors.torch.load(measured[-1].weights).items()})
    names = ["model/stage1.body.conv0.weight", "model/stage1.body.conv0.bias", "model/stage2.body.conv0.bias"]
    moves = [
        [not torch.equal(one[name], other[name]) for one, other in zip(states, states[1:], strict=False)]
        for name in names
    ]

    assert [[False] * 4, [True, True, False, False], [True] * 4] == moves


def test_without_the_trick_all_is_trained(few_images):
    """Without the trick the first convolution is drawn and trained as any other."""
    model = build_model(Recipe(dataset="toy"))

    assert {} == whiten(Recipe(dataset="toy"), model, few_images)
    assert all(weight.requires_grad for weight in model.parameters())
    assert isinstance(model.stage1.body[0], nn.Conv2d)
