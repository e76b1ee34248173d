"""What single layers compute, against their formulas in NumPy."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from tests.training.networks import build, draw_images
from tricks.recipe.layers import MONOTONE
from tricks.recipe.network import describe_network
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.model import ACTIVATIONS, Pointwise, SqueezeExcite, build_model

pytestmark = pytest.mark.usefixtures("one_thread")


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
