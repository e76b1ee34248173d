"""The device: which one is chosen, and how exactly it multiplies."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F

from tricks.recipe.recipe import TRICKS, Recipe
from tricks.settings import ROOT
from tricks.training.device import choose_device, describe_machine, set_precision, synchronize, use_threads

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def restored_settings() -> Iterator[None]:
    """Puts PyTorch's settings back."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)
    set_precision(Recipe(), CPU)


@pytest.fixture
def gpu() -> torch.device:
    """A CUDA device."""
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    return torch.device("cuda")


@pytest.mark.parametrize("wish", ["cpu", "auto"])
def test_choose_without_cuda(monkeypatch, wish):
    """Without CUDA, the processor is chosen."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    device = choose_device(wish)

    assert CPU == device


@pytest.mark.parametrize("wish, expected", [("cpu", "cpu"), ("auto", "cuda"), ("cuda", "cuda")])
def test_choose_with_cuda(monkeypatch, wish, expected):
    """With CUDA, it is chosen unless the processor is wished for."""
    chosen = use_fake_gpus(monkeypatch, count=2)

    device = choose_device(wish)

    assert expected == device.type
    assert ([] if expected == "cpu" else [device]) == chosen


def use_fake_gpus(monkeypatch, count: int) -> list[torch.device]:
    """Makes PyTorch believe in so many GPUs; returns the list in which the chosen ones will stand."""
    chosen: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    return chosen


def test_the_second_of_two_gpus(monkeypatch):
    """A numbered device is that one, and a number that is not there is one sentence."""
    chosen = use_fake_gpus(monkeypatch, count=2)

    assert torch.device("cuda", 1) == choose_device("cuda:1")
    assert [torch.device("cuda", 1)] == chosen
    with pytest.raises(ValueError, match="has 2 CUDA devices, numbered from 0: not cuda:2"):
        choose_device("cuda:2")


def test_cuda_is_missing(monkeypatch):
    """A wish for CUDA where there is none is one sentence that says what to choose."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(ValueError, match="no CUDA device.*choose cpu or auto"):
        choose_device("cuda")


def test_unknown_device():
    """A wrong device is one sentence that names the devices."""
    with pytest.raises(ValueError, match="device must be auto, cpu, cuda or cuda:NUMBER, not 'tpu'"):
        choose_device("tpu")


def test_machine_is_described():
    """The machine says what its results depend on: processor, threads and PyTorch's version."""
    use_threads(3)

    machine = describe_machine(CPU)

    assert ("cpu", 3, torch.__version__) == (machine.device, machine.threads, machine.torch)
    assert machine.name.strip()


def test_default_threads(monkeypatch):
    """Without a wish there is one thread per core that this process may use."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 5}, raising=False)

    use_threads()

    assert 3 == torch.get_num_threads()


def test_denormals_are_flushed():
    """In a new process, numbers too small for the processor's fast path count as zero on every thread."""
    product = "(torch.full((200_000,), 1e-20) * 1e-20).count_nonzero()"
    code = f"import sys, torch, tricks.training.device as device; device.use_threads(2); sys.exit({product}.item())"

    answer = subprocess.call([sys.executable, "-c", code], cwd=ROOT)

    assert 0 == answer


@pytest.mark.parametrize("precision", TRICKS["precision"].choices)
def test_products_round_as_asked(precision):
    """Products round to TF32 only when that is the recipe's precision, in convolutions as in dense layers."""
    set_precision(Recipe(precision=precision), CPU)

    settings = {torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.conv.fp32_precision}

    assert {"tf32" if precision == "tf32" else "ieee"} == settings


@pytest.mark.parametrize("precision", TRICKS["precision"].choices)
def test_forward_pass(precision):
    """Only bfloat16 changes the type of a forward pass, and only inside it."""
    autocast = set_precision(Recipe(precision=precision), CPU)
    ones = torch.ones(2, 2)

    with autocast:
        inside = (ones @ ones).dtype
    outside = (ones @ ones).dtype

    assert (torch.bfloat16 if precision == "bfloat16" else torch.float32) == inside
    assert torch.float32 == outside


def test_synchronize_the_processor():
    """The processor has always done what it was asked."""
    assert synchronize(CPU) is None


@pytest.mark.gpu
@pytest.mark.parametrize("precision, low, high", [("float32", 0, 1e-6), ("tf32", 1e-5, 1e-2)])
def test_gpu_precision(gpu, precision, low, high):
    """On a GPU float32 is strict, in convolutions as in dense layers, and tf32 is not."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(64, 64, 16, 16, generator=generator).to(gpu)
    weights = torch.randn(64, 64, 3, 3, generator=generator).to(gpu)
    rows = images.flatten(1)[:, :4096]

    set_precision(Recipe(precision=precision), gpu)
    errors = [
        (one.double() - exact).norm() / exact.norm()
        for one, exact in [
            (F.conv2d(images, weights), F.conv2d(images.double(), weights.double())),
            (rows @ rows.T, rows.double() @ rows.double().T),
        ]
    ]

    assert all(low <= error <= high for error in errors)
