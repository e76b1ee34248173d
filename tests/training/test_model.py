"""The PyTorch model: what a recipe's layers compute, against networks written out in the textbook's order."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.training.networks import build, draw_images
from tricks.recipe.layers import MONOTONE
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.model import ACTIVATIONS, Dropout, build_model

CHANNELS = (3, 4, 8, 8)
NORMS = TRICKS["batch_norm"].choices


pytestmark = pytest.mark.usefixtures("one_thread")


def textbook_head(make: type[nn.Module]) -> list[nn.Module]:
    """The dense layers at the end."""
    return [nn.Flatten(), nn.Linear(128, 8), make(), nn.Linear(8, 10)]


def textbook(activation: str, batch_norm: str) -> nn.Sequential:
    """The three convolutions in the textbook's order: pooling last."""
    make, layers = ACTIVATIONS[activation], []
    for channels, width in zip(CHANNELS, CHANNELS[1:], strict=False):
        layers += [nn.Conv2d(channels, width, 3, padding=1)]
        layers += [nn.BatchNorm2d(width)] if batch_norm == "before" else []
        layers += [make()]
        layers += [nn.BatchNorm2d(width)] if batch_norm == "after" else []
        layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers, *textbook_head(make))


class TextbookResidual(nn.Module):
    """The blog's residual stage: Conv, BN, ReLU, Conv, BN, plus a 1x1 convolution of the input, ReLU, pooling."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.first, self.first_norm = nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width)
        self.second, self.second_norm = nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width)
        self.shortcut = nn.Conv2d(channels, width, 1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """[batch, channels, side, side] to [batch, width, side / 2, side / 2]."""
        hidden = F.relu(self.first_norm(self.first(inputs)))
        return F.max_pool2d(F.relu(self.second_norm(self.second(hidden)) + self.shortcut(inputs)), 2)


def textbook_residual() -> nn.Sequential:
    """Three of the blog's residual stages."""
    stages = [TextbookResidual(channels, width) for channels, width in zip(CHANNELS, CHANNELS[1:], strict=False)]
    return nn.Sequential(*stages, *textbook_head(nn.ReLU))


def copy_weights(model: nn.Module, reference: nn.Module) -> nn.Module:
    """The reference with the model's weights: the layers of both stand in the same order."""
    for theirs, ours in zip(reference.state_dict().values(), model.state_dict().values(), strict=True):
        theirs.copy_(ours)
    return reference


def compute(model: nn.Module) -> list[torch.Tensor]:
    """The outputs while training, those when evaluated, and the gradients of all weights."""
    training = model.train()(draw_images())
    F.cross_entropy(training, torch.arange(8)).backward()
    return [training, model.eval()(draw_images()), *(parameter.grad for parameter in model.parameters())]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_build(name):
    """Every preset builds, gives ten logits an image, and has the parameters that its description counts."""
    recipe = Recipe(**PRESETS[name].values)

    model = build_model(recipe)

    assert (2, 10) == model(draw_images(2)).shape
    assert count_parameters(describe_network(recipe)) == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("activation", TRICKS["activation"].choices)
@pytest.mark.parametrize("batch_norm", NORMS)
@pytest.mark.parametrize("block", TRICKS["block"].choices)
def test_networks_build(block, batch_norm, activation):
    """Every block with every BatchNorm and activation builds, gives ten logits an image, and can be trained."""
    model = build(block=block, batch_norm=batch_norm, activation=activation)

    outputs, _, *gradients = compute(model)

    assert (8, 10) == outputs.shape
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("activation", MONOTONE)
@pytest.mark.parametrize("batch_norm", ["none", "before"])
def test_early_pooling_is_exact(activation, batch_norm):
    """Pooling before a monotone activation gives exactly the textbook's outputs and gradients."""
    model = build(activation=activation, batch_norm=batch_norm)
    reference = copy_weights(model, textbook(activation, batch_norm))

    expected, actual = compute(reference), compute(model)

    assert all(torch.equal(one, other) for one, other in zip(expected, actual, strict=True))


@pytest.mark.parametrize("activation, batch_norm", [("relu", "after"), ("gelu", "none"), ("silu", "before")])
def test_other_networks_agree(activation, batch_norm):
    """With BatchNorm between, or with an activation that falls and rises, the outputs are the textbook's as well."""
    model = build(activation=activation, batch_norm=batch_norm)
    reference = copy_weights(model, textbook(activation, batch_norm))

    expected, actual = compute(reference), compute(model)

    assert all(torch.equal(one, other) for one, other in zip(expected, actual, strict=True))


def test_residual_agrees():
    """The residual preset is the blog's residual network."""
    model = build(**PRESETS["residual"].values)
    reference = copy_weights(model, textbook_residual())

    expected, actual = compute(reference), compute(model)

    assert all(torch.equal(one, other) for one, other in zip(expected, actual, strict=True))


@pytest.mark.parametrize("activation", TRICKS["activation"].choices)
@pytest.mark.parametrize("batch_norm", NORMS)
def test_where_pooling_is_early(activation, batch_norm):
    """Pooling goes first only before a monotone activation with no BatchNorm between."""
    kinds = [type(module) for module in build(activation=activation, batch_norm=batch_norm).stage1.body]

    early = kinds.index(nn.MaxPool2d) < kinds.index(ACTIVATIONS[activation])

    assert (activation in MONOTONE and batch_norm != "after") == early


def test_pooling_renames_nothing():
    """Weights have the same names whether pooling goes first or not."""
    early, late = (build(activation=activation).state_dict() for activation in ("relu", "gelu"))

    assert list(early) == list(late)


@pytest.mark.parametrize("name", ["conv_dropout", "dense_dropout"])
def test_dropout(name):
    """Dropout has the asked share, acts only while training, and is not there when it is off."""
    model, plain = build(**{name: 0.3}), build()

    shares = {module.share for module in model.modules() if isinstance(module, Dropout)}

    assert {0.3} == shares
    assert torch.equal(plain.eval()(draw_images()), model.eval()(draw_images()))
    assert not torch.equal(plain.train()(draw_images()), model.train()(draw_images()))
    assert not any(isinstance(module, Dropout) for module in plain.modules())


@pytest.mark.parametrize("shape, reference", [((8, 16, 4, 4), nn.Dropout2d(0.3)), ((8, 64), nn.Dropout(0.3))])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dropout_agrees_with_torch(shape, reference, dtype):
    """Dropout with a generator of its own gives the bits of PyTorch's, which draws from the process's generator."""
    inputs = torch.randn(shape).to(dtype)
    torch.manual_seed(7)
    expected = reference(inputs)

    outputs = Dropout(0.3, torch.Generator().manual_seed(7))(inputs)

    assert torch.equal(expected, outputs)
