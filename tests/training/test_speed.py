"""How exactly numbers are multiplied: as the recipe asks, also where several runs take turns."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.device import describe_limits
from tricks.training.speed import autocast, backward, set_rounding

CPU = torch.device("cpu")


@pytest.fixture
def gpu() -> torch.device:
    """A CUDA device."""
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    return torch.device("cuda")


@pytest.mark.parametrize("precision", TRICKS["precision"].choices)
def test_products_round_as_asked(precision):
    """Products round to TF32 only when that is the recipe's precision, in convolutions as in dense layers."""
    set_rounding(Recipe())
    set_rounding(Recipe(precision=precision))

    settings = {torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.conv.fp32_precision}

    assert {"tf32" if precision == "tf32" else "ieee"} == settings


def test_kernels_repeat_themselves():
    """Training takes only those kernels of cuDNN that give the same bits each time."""
    torch.backends.cudnn.deterministic = False

    set_rounding(Recipe())

    assert torch.backends.cudnn.deterministic


@pytest.mark.parametrize("precision", TRICKS["precision"].choices)
def test_forward_pass(precision):
    """Only bfloat16 and float16 change the type of a forward pass, and only inside it."""
    context = autocast(Recipe(precision=precision), CPU)
    ones = torch.ones(2, 2)

    with context:
        inside = (ones @ ones).dtype
    outside = (ones @ ones).dtype

    assert {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(precision, torch.float32) == inside
    assert torch.float32 == outside


@pytest.mark.parametrize("precision", TRICKS["precision"].choices)
def test_gradients_have_the_loss_s_scale(precision):
    """Gradients are those of the loss itself, however it is scaled on the way."""
    model, inputs = nn.Linear(4, 1, bias=False), torch.ones(2, 4)

    backward(Recipe(precision=precision), model(inputs).mean(), model)

    assert torch.equal(torch.ones(1, 4), model.weight.grad)


def test_float16_keeps_small_gradients():
    """A gradient that float16 would lose arrives, since it is scaled up on its way."""
    torch.manual_seed(0)
    model, recipe = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 1)), Recipe(precision="float16")
    with autocast(recipe, CPU):
        loss = 1e-7 * model(torch.ones(4, 8)).float().mean()

    backward(recipe, loss, model)
    kept = model[0].weight.grad.clone()
    model.zero_grad()
    with autocast(recipe, CPU):
        loss = 1e-7 * model(torch.ones(4, 8)).float().mean()
    loss.backward()

    assert kept.count_nonzero() > 2 * model[0].weight.grad.count_nonzero()


@pytest.mark.gpu
@pytest.mark.parametrize("precision, low, high", [("float32", 0, 1e-6), ("tf32", 1e-5, 1e-2)])
def test_gpu_precision(gpu, precision, low, high):
    """On a GPU float32 is strict, in convolutions as in dense layers, and tf32 is not, where there is one."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(64, 64, 16, 16, generator=generator).to(gpu)
    weights = torch.randn(64, 64, 3, 3, generator=generator).to(gpu)
    rows = images.flatten(1)[:, :4096]

    if precision == "tf32" and describe_limits(torch.cuda.get_device_capability(gpu)):
        low, high = 0, 1e-6  # An older GPU has none: it equals float32 there, as visitors are told.

    recipe = Recipe(precision=precision)
    set_rounding(recipe)
    with autocast(recipe, gpu):
        found = [F.conv2d(images, weights), rows @ rows.T]
    exact = [F.conv2d(images.double(), weights.double()), rows.double() @ rows.double().T]
    errors = [(one.double() - other).norm() / other.norm() for one, other in zip(found, exact, strict=True)]

    assert all(low <= error <= high for error in errors)
