"""The PyTorch model: what a recipe's layers compute, against networks written out in the textbook's order."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.model import ACTIVATIONS, MONOTONE, Dropout, Pointwise, SqueezeExcite, build_model

NARROW = {"conv_width": 0.125, "dense_width": 8}
CHANNELS = (3, 4, 8, 8)
NORMS = TRICKS["batch_norm"].choices


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """One thread, which does not have to wait for others when the machine is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def build(seed: int = 0, **values) -> nn.Module:
    """A narrow model with weights of its seed, and BatchNorms that do something to every channel."""
    torch.manual_seed(seed)
    model = build_model(Recipe(**NARROW | values))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return model


def draw_images(count: int = 8) -> torch.Tensor:
    """Inputs as a batch has them: floats from 0 to 1."""
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(1))


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


@pytest.mark.parametrize("activation", TRICKS["activation"].choices)
def test_activations_are_their_papers(activation):
    """Every activation is its paper's formula, and those after which pooling may come first never fall."""
    x = np.linspace(-5, 5, 1001)
    cdf = np.array([(1 + math.erf(one / math.sqrt(2))) / 2 for one in x])
    expected = {
        "relu": np.maximum(x, 0),
        "leaky-relu": np.where(x > 0, x, 0.01 * x),
        "elu": np.where(x > 0, x, np.exp(x) - 1),
        "celu": np.maximum(x, 0) + np.minimum(0, np.exp(x) - 1),
        "gelu": x * cdf,
        "silu": x / (1 + np.exp(-x)),
        "mish": x * np.tanh(np.log1p(np.exp(x))),
        "hardswish": x * np.clip(x + 3, 0, 6) / 6,
        "squared-relu": np.maximum(x, 0) ** 2,
    }[activation]

    outputs = ACTIVATIONS[activation]()(torch.from_numpy(x))

    np.testing.assert_allclose(expected, outputs.numpy(), atol=1e-9)
    assert (activation in MONOTONE) == (np.diff(expected).min() >= 0)


@pytest.mark.parametrize("block", TRICKS["block"].choices)
def test_average_pooling(block):
    """Average pooling gives the mean of every four pixels."""
    model = build(pooling="average", block=block, batch_norm="before").eval()
    stage = model.stage1
    ends = [name for name, _ in (stage.tail if block == "residual" else stage.body).named_children()]
    before = []
    last = (stage.tail if block == "residual" else stage.body)[-1]
    last.register_forward_hook(lambda module, inputs, outputs: before.append(inputs[0].detach().numpy()))

    outputs = stage(draw_images()).detach().numpy()

    corners = [before[0][:, :, row::2, column::2] for row in range(2) for column in range(2)]
    assert ends[-1].startswith("average_pool")
    np.testing.assert_allclose(np.mean(corners, axis=0), outputs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("block", TRICKS["block"].choices)
def test_a_stride_looks_at_every_second_pixel(block):
    """A stage that halves the image by its last convolution is the same stage without pooling, every second pixel."""
    model = build(pooling="stride", block=block).eval()
    whole = build(pooling="stride", block=block).eval()
    convolutions = [module for module in whole.stage1.modules() if isinstance(module, nn.Conv2d)]
    for convolution in convolutions:
        convolution.stride = (1, 1)

    expected = whole.stage1(draw_images())[:, :, ::2, ::2]

    torch.testing.assert_close(expected, model.stage1(draw_images()))
    assert not any(isinstance(module, nn.MaxPool2d) for module in model.modules())


@pytest.mark.parametrize("stride", [1, 2])
def test_pointwise_agrees_with_torch(stride):
    """A pointwise convolution, and its gradients, are PyTorch's own, wherever channels lie in memory."""
    ours, theirs = Pointwise(4, 8, 1, stride), nn.Conv2d(4, 8, 1, stride)
    theirs.load_state_dict(ours.state_dict())
    images = torch.randn(16, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    expected = theirs(images)
    expected.square().sum().backward()

    outputs = ours(images.to(memory_format=torch.channels_last))
    outputs.square().sum().backward()

    torch.testing.assert_close(expected, outputs)
    torch.testing.assert_close(theirs.weight.grad, ours.weight.grad, rtol=1e-4, atol=1e-3)


def test_average_head():
    """The average head gives the dense layers the mean of every channel over the image."""
    model = build(head="average").eval()
    images = draw_images()
    pixels = model.stage3(model.stage2(model.stage1(images))).detach().numpy()
    expected = model.head.body[1:](torch.from_numpy(pixels.mean((2, 3))))

    torch.testing.assert_close(expected, model(images))


@pytest.mark.parametrize("kernel", TRICKS["kernel"].choices)
def test_kernels(kernel):
    """A convolution weighs a square of pixels of the asked side, as a loop over its offsets in NumPy does."""
    convolution = build(kernel=kernel).stage1.body[0]
    images, side = draw_images(2), kernel // 2
    weights, bias = convolution.weight.detach().numpy(), convolution.bias.detach().numpy()
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (side, side), (side, side)))
    expected = np.zeros((2, 4, 32, 32)) + bias[:, None, None]
    for row in range(kernel):
        for column in range(kernel):
            window = padded[:, :, row : row + 32, column : column + 32]
            expected += np.einsum("oi,nihw->nohw", weights[:, :, row, column], window)

    outputs = convolution(images).detach().numpy()

    np.testing.assert_allclose(expected, outputs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("norm, groups", [("group", 4), ("layer", 1), ("instance", 4)])
def test_norms(norm, groups):
    """Each norm brings groups of an image's channels to mean 0 and deviation 1, as NumPy does it, by itself."""
    layer = build(norm=norm, batch_norm="before").stage1.body[1]
    inputs = torch.randn(3, 4, 6, 6, generator=torch.Generator().manual_seed(0))
    grouped = inputs.double().numpy().reshape(3, groups, -1)
    mean, variance = grouped.mean(2, keepdims=True), grouped.var(2, keepdims=True)
    expected = ((grouped - mean) / np.sqrt(variance + 1e-5)).reshape(inputs.shape)

    np.testing.assert_allclose(expected, layer(inputs).detach().numpy(), atol=1e-5)
    np.testing.assert_allclose(expected[:1], layer(inputs[:1]).detach().numpy(), atol=1e-5)


def test_group_norm_has_at_most_eight_groups():
    """Groups are eight, or as many as divide both eight and the channels."""
    wide = build_model(Recipe(norm="group", batch_norm="before"))
    odd = build_model(Recipe(norm="group", batch_norm="before", conv_width=0.375))

    groups = [[one.num_groups for one in model.modules() if isinstance(one, nn.GroupNorm)] for model in (wide, odd)]

    assert [[8, 8, 8], [4, 8, 8]] == groups


@pytest.mark.parametrize("batch_norm", ["before", "after"])
@pytest.mark.parametrize("block", TRICKS["block"].choices)
def test_a_norm_stands_where_batch_norm_would(block, batch_norm):
    """Another norm is in every place of BatchNorm, and no BatchNorm is left."""
    networks = [describe_network(Recipe(block=block, batch_norm=batch_norm, norm=norm)) for norm in ("batch", "layer")]

    batch, layer = ([one.kind for block in network for one in block.layers] for network in networks)

    assert layer == [kind.replace("batch_norm", "layer_norm") for kind in batch]
    assert "layer_norm" in layer


@pytest.mark.parametrize("block", TRICKS["block"].choices)
def test_squeeze_and_excite(block):
    """Channels are multiplied by what two dense layers make of their means, after the stage's convolutions."""
    body = build(squeeze_excite=True, block=block, batch_norm="before").stage1.body
    [(place, layer)] = [(place, one) for place, one in enumerate(body) if isinstance(one, SqueezeExcite)]
    inputs = torch.randn(5, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    first, first_bias, second, second_bias = (one.detach().double().numpy() for one in layer.parameters())
    hidden = np.maximum(inputs.double().numpy().mean((2, 3)) @ first.T + first_bias, 0)
    shares = 1 / (1 + np.exp(-(hidden @ second.T + second_bias)))
    expected = inputs.numpy() * shares[:, :, None, None]

    np.testing.assert_allclose(expected, layer(inputs).detach().numpy(), rtol=1e-4, atol=1e-6)
    assert [] == [one for one in body[place:] if isinstance(one, nn.Conv2d)]


def test_separable_convolutions():
    """A separable convolution weighs each channel by itself and then mixes them, as NumPy's sums do."""
    depthwise, pointwise = build(conv_kind="separable").stage2.body[:2]
    images = torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    padded = np.pad(images.double().numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)))
    weights = depthwise.weight.detach().double().numpy()[:, 0]  # [channels, 3, 3]
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))  # [images, channels, 16, 16, 3, 3]
    each = np.einsum("nchwij,cij->nchw", windows, weights) + depthwise.bias.detach().numpy()[:, None, None]
    mixed = np.einsum("nchw,oc->nohw", each, pointwise.weight.detach().double().numpy()[:, :, 0, 0])
    expected = mixed + pointwise.bias.detach().numpy()[:, None, None]

    np.testing.assert_allclose(expected, pointwise(depthwise(images)).detach().numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("block", TRICKS["block"].choices)
def test_the_image_is_convolved_in_full(block):
    """Of separable convolutions the very first, and shortcuts, are full; all others are split."""
    model = build(conv_kind="separable", block=block, conv_width=1.0)
    convolutions = [one for one in model.modules() if isinstance(one, nn.Conv2d)]

    assert (3, 1) == (convolutions[0].in_channels, convolutions[0].groups)
    for one in convolutions[1:]:
        assert (one.groups > 1) == (one.kernel_size == (3, 3))


def test_pooling_renames_nothing():
    """Weights have the same names whether pooling goes first or not."""
    early, late = (build(activation=activation).state_dict() for activation in ("relu", "gelu"))

    assert list(early) == list(late)


def test_kaiming_bounds():
    """Kaiming's weights are uniform up to the root of 6 over the inputs of a unit, and its biases are zero."""
    torch.manual_seed(0)
    model = build_model(Recipe(init="kaiming"))

    layers = [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)]

    assert 5 == len(layers)
    for layer in layers:
        bound = math.sqrt(6 / layer.weight[0].numel())
        assert 0.97 * bound < layer.weight.abs().max() <= bound
        assert pytest.approx(bound / math.sqrt(3), rel=0.1) == layer.weight.std().item()
        assert 0 == layer.bias.count_nonzero()


def test_orthogonal_filters_are_at_right_angles():
    """Orthogonal weights are at right angles to each other, each of length root 2, and their biases zero."""
    torch.manual_seed(0)
    model = build_model(Recipe(init="orthogonal"))

    for layer in (module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)):
        rows = layer.weight.detach().flatten(1)
        rows = rows if rows.shape[0] <= rows.shape[1] else rows.T
        torch.testing.assert_close(2 * torch.eye(len(rows)), rows @ rows.T, atol=1e-4, rtol=0)
        assert 0 == layer.bias.count_nonzero()


def test_identity_passes_the_input_on():
    """The identity is PyTorch's draw plus a filter that passes its channel on; dense layers and biases stay."""
    drawn, changed = build().state_dict(), build(init="identity").state_dict()

    for name, weights in drawn.items():
        expected = weights.clone()
        if weights.ndim == 4:
            for channel in range(min(weights.shape[:2])):
                expected[channel, channel, 1, 1] += 1
        assert torch.equal(expected, changed[name])


@pytest.mark.parametrize("init", TRICKS["init"].choices)
def test_weights_are_repeatable(init):
    """The same random state gives the same weights, and another one others."""
    first, again, other = (build(seed, init=init).state_dict() for seed in (0, 0, 1))

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["stage1.body.conv0.weight"], other["stage1.body.conv0.weight"])


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
