"""That memory ran out, why, and how it is given back."""

import pytest
import torch

from tricks.training.memory import explain_shortage, give_memory_back, is_out_of_memory

CPU = torch.device("cpu")
GPU = torch.device("cuda", 0)
TOO_BIG = "the device has not enough memory for this recipe: choose a smaller network or batch"


@pytest.mark.parametrize(
    "text",
    [
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory",
    ],
)
def test_out_of_memory_has_many_words(text):
    """Whatever a device or its libraries call it, a lack of memory is recognised; other errors are not."""
    assert is_out_of_memory(RuntimeError(text))
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))


@pytest.mark.parametrize(
    ("free", "reserved", "reason"),
    [
        (1, 70, TOO_BIG),
        (75, 4, TOO_BIG),
        (
            10,
            9.5,
            "the device has not enough memory for this recipe while other programs hold 60.5 of its 80.0 GiB: try again"
            " later, or choose a smaller network or batch",
        ),
    ],
    ids=["its own doing", "freed already", "others"],
)
def test_other_programs_on_a_gpu_are_told_of(monkeypatch, free, reserved, reason):
    """A run is called too big for a GPU only where no other programs hold much of it."""
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free * 2**30, 80 * 2**30))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: int(reserved * 2**30))

    assert reason == explain_shortage(GPU)


def test_a_processor_has_one_reason():
    """On the processor a run without room is too big."""
    assert TOO_BIG == explain_shortage(CPU)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_what_a_process_holds_itself_is_not_another_programs():
    """On a GPU the reason is the same whether this process holds half of what is free, or nothing."""
    before = explain_shortage(GPU)

    held = torch.empty(torch.cuda.mem_get_info(GPU)[0] // 2, dtype=torch.uint8, device=GPU)
    reason = explain_shortage(GPU)
    del held
    torch.cuda.empty_cache()

    assert before == reason


@pytest.mark.parametrize(
    "error",
    [
        TypeError("LoadLibrary() argument 1 must be str, not None"),
        OSError("no such library"),
        AttributeError("malloc_trim"),
    ],
    ids=["Windows", "no library", "another one than glibc"],
)
def test_memory_is_given_back_as_far_as_the_system_can(monkeypatch, error):
    """On a system without glibc, Windows among them, nothing is asked of it, and the worker goes on."""
    asked = []

    def open_library(name: str | None) -> None:
        asked.append(name)
        raise error

    monkeypatch.setattr("ctypes.CDLL", open_library)

    give_memory_back(CPU)

    assert [None] == asked
