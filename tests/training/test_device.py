"""The device: which one is chosen, and what is said of it."""

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import torch

from tricks.settings import ROOT
from tricks.training import device as device_module
from tricks.training.device import (
    choose_device,
    describe_limits,
    describe_machine,
    open_device,
    read_uuid,
    synchronize,
    try_out,
    use_threads,
)

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def restored_settings() -> Iterator[None]:
    """Puts PyTorch's settings back."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)


@pytest.fixture
def gpus(monkeypatch) -> list[int]:
    """A driver that knows two GPUs, and the list of those that this process has made its own.

    Only the driver is pretended, below all of torch.cuda: a kernel on one of the GPUs fails as it does without one.
    """
    own: list[int] = []
    monkeypatch.setattr(torch._C, "_cuda_getDeviceCount", lambda: 2)
    monkeypatch.setattr(torch.cuda, "_device_count_nvml", lambda: 2)
    monkeypatch.setattr(torch._C, "_cuda_setDevice", own.append)
    return own


@pytest.fixture
def no_driver(monkeypatch) -> None:
    """A machine without a GPU, whatever the tests run on."""
    monkeypatch.setattr(device_module, "NVIDIA", ())
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch._C, "_cuda_getDeviceCount", lambda: 0)
    monkeypatch.setattr(torch.cuda, "_device_count_nvml", lambda: 0)
    fail_to_start(monkeypatch, "Found no NVIDIA driver on your system. Please check.")


def fail_to_start(monkeypatch, message: str) -> None:
    """Makes CUDA refuse to start with this message."""

    def refuse():
        raise RuntimeError(message)

    monkeypatch.setattr(torch.cuda, "_initialized", False)
    monkeypatch.setattr(torch._C, "_cuda_init", refuse)


@pytest.mark.parametrize("wish", ["cpu", "auto"])
def test_choose_without_cuda(no_driver, wish):
    """Without CUDA, the processor is chosen, and nothing is said of it."""
    assert CPU == choose_device(wish)
    assert (CPU, "") == open_device(wish)


@pytest.mark.parametrize(
    "wish, expected",
    [("cpu", "cpu"), ("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:0", "cuda:0"), ("cuda:1", "cuda:1")],
)
def test_choose_with_cuda(gpus, wish, expected):
    """With CUDA, a numbered device is chosen unless the processor is wished for; nothing is done to the process."""
    assert torch.device(expected) == choose_device(wish)
    assert [] == gpus


@pytest.mark.parametrize("wish, index", [("auto", 0), ("cuda", 0), ("cuda:1", 1)])
def test_the_process_is_the_devices(gpus, wish, index):
    """PyTorch takes the chosen device for this process's own."""
    try_out(choose_device(wish))

    assert [index] == gpus


def test_a_gpu_has_a_uuid(gpus, monkeypatch):
    """A GPU is named by what its driver says of it alone; a processor has nothing such."""
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(uuid=f"80a{device.index}"))

    assert ["", "80a0", "80a1"] == [read_uuid(torch.device(name)) for name in ("cpu", "cuda:0", "cuda:1")]


def test_the_third_of_two_gpus(gpus):
    """A number that is not there is one sentence."""
    with pytest.raises(ValueError, match="has 2 CUDA devices, numbered from 0: not cuda:2"):
        choose_device("cuda:2")


def test_cuda_is_missing(no_driver):
    """A wish for CUDA where there is none is one sentence that says what to choose."""
    with pytest.raises(ValueError, match="no CUDA device.*there is none.*choose cpu or auto"):
        choose_device("cuda")


OLD_DRIVER = (
    "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver by downloading"
    " and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx"
)


def test_hardware_without_a_driver_is_told_of(no_driver, monkeypatch, tmp_path):
    """Where NVIDIA's hardware is there, a PyTorch that finds no driver, or is made for CPUs, is not silent."""
    monkeypatch.setattr(device_module, "NVIDIA", (tmp_path,))

    device, note = open_device("auto")

    assert CPU == device
    assert "so the CPU trains: Found no NVIDIA driver on your system" in note


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_gpu_that_is_hidden_on_purpose(no_driver, monkeypatch, hidden):
    """Who hides the GPU from this process is not told that it cannot be used."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    fail_to_start(monkeypatch, "No CUDA GPUs are available")

    assert (CPU, "") == open_device("auto")


def test_an_old_driver_is_told_of(no_driver, monkeypatch):
    """A driver that is too old means the CPU for `auto`, with a sentence that keeps the reason; `cuda` is refused."""
    fail_to_start(monkeypatch, OLD_DRIVER)

    device, note = open_device("auto")

    assert CPU == device
    assert note == (
        "the GPU of this machine cannot be used, so the CPU trains:"
        " The NVIDIA driver on your system is too old (found version 11040)"
    )
    with pytest.raises(ValueError, match="driver on your system is too old.*choose cpu or auto"):
        open_device("cuda")


NO_KERNEL = """CUDA error: no kernel image is available for execution on the device
Search for `cudaErrorNoKernelImageForDevice' in the documentation for more information.
CUDA kernel errors might be asynchronously reported at some other API call."""


def test_a_gpu_without_kernels_is_told_of(gpus, monkeypatch):
    """A GPU that this PyTorch has no kernels for means the CPU for `auto`, in one line; `cuda` is refused by it."""
    fail_to_start(monkeypatch, NO_KERNEL)

    device, note = open_device("auto")

    assert CPU == device
    assert note.endswith("so the CPU trains: no kernel image is available for execution on the device")
    with pytest.raises(ValueError, match=r"cuda:1 cannot be used \(no kernel image is available.*choose cpu or auto"):
        open_device("cuda:1")


@pytest.mark.parametrize("capability, limited", [((7, 5), True), ((8, 0), False), ((9, 0), False)])
def test_what_an_older_gpu_does_not_have(capability, limited):
    """Of a GPU before tf32 and bfloat16 it is said that the two bring nothing there."""
    assert limited == ("no tf32" in describe_limits(capability))


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
