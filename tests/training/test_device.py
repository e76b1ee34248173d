"""The device: which one is chosen, and what is said of it."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from tricks.settings import ROOT
from tricks.training.device import choose_device, describe_machine, synchronize, use_threads

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def restored_settings() -> Iterator[None]:
    """Puts PyTorch's settings back."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


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


def test_synchronize_the_processor():
    """The processor has always done what it was asked."""
    assert synchronize(CPU) is None
