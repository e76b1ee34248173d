"""A GPU that is slow to answer, simulated on the CPU with real numbers.

A stand-in for CUDAGraph writes down every ATen operation of a capture together with the tensors that it used, and does
them again at a replay into the same memory, as a GPU would. What only the capture knows (a number of Python's, a new
tensor, a gradient that was left over) then shows as other weights. What would wait for the device within a capture is
refused, and copies to the host arrive only when an event that was recorded after them, or the device, is waited for.
"""

import contextlib
from collections.abc import Iterator
from unittest import mock

import torch
from torch.optim import nadam, rmsprop
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves

zeros = torch.zeros
copy = torch.Tensor.copy_


# A number for the host, and a constant from it: both wait for the device.
REGISTERS_ITSELF = (2, 14)  # The PyTorch in which a graph gets to know a generator when it first draws.
NOT_CAPTURED = (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.lift_fresh.default)


class Recorder(TorchDispatchMode):
    """Does each operation and writes it down."""

    def __init__(self):
        super().__init__()
        self.done = []

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        """Refuses what would wait for the device, as a capture does."""
        if function in NOT_CAPTURED:
            raise RuntimeError("operation not permitted when stream is capturing\nin several lines")
        result = function(*arguments, **(options or {}))
        is_view = any(one.alias_info and not one.alias_info.is_write for one in function._schema.returns)
        if not is_view:
            self.done.append((function, arguments, options or {}, result))
        return result

    @torch.no_grad()
    def replay(self) -> None:
        """Does all again, into the tensors of the first time."""
        for function, arguments, options, result in self.done:
            again = function(*arguments, **options)
            for old, new in zip(tree_leaves(result), tree_leaves(again), strict=True):
                if isinstance(old, torch.Tensor) and old is not new and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class Graph:
    """A CUDA graph; draws only from generators that it was told of."""

    launched = 0  # By all graphs.

    def __init__(self):
        self.generators = []

    def register_generator_state(self, generator: torch.Generator) -> None:
        """Takes note of a generator, up to PyTorch 2.13."""
        if torch.__version__ >= REGISTERS_ITSELF:
            raise AttributeError("register_generator_state")
        self.generators.append(generator)

    def replay(self) -> None:
        """One launch."""
        Graph.launched += 1
        assert Stream.current in (self.stream, DEFAULT), "another training's stream"
        with _disable_current_modes():  # It happens on the device: whoever records the host does not see it.
            self.recorder.replay()


@contextlib.contextmanager
def capture(graph: Graph, stream: "Stream") -> Iterator[None]:
    """Records into the graph."""
    assert stream is not DEFAULT, "the default stream cannot be captured"
    graph.recorder, graph.stream = Recorder(), stream
    with graph.recorder:
        yield
    draws = [options["generator"] for _, _, options, _ in graph.recorder.done if options.get("generator")]
    known = {generator.initial_seed() for generator in graph.generators}
    if torch.__version__ < REGISTERS_ITSELF:
        assert {generator.initial_seed() for generator in draws} <= known, "a generator was not registered"


class Stream:
    """A stream."""

    made = 0
    current: "Stream"

    def __init__(self, *arguments):
        Stream.made += 1

    def wait_stream(self, other) -> None:
        """Has no others to wait for."""


@contextlib.contextmanager
def on_stream(stream: Stream) -> Iterator[None]:
    """What is done meanwhile is done on this stream."""
    before, Stream.current = Stream.current, stream
    try:
        yield
    finally:
        Stream.current = before


DEFAULT = Stream.current = Stream()


class Device:
    """What is on its way from the device to the host."""

    copies: list[tuple[torch.Tensor, torch.Tensor]] = []
    arrived = 0

    @staticmethod
    def copy(target: torch.Tensor, source: torch.Tensor, non_blocking: bool = False) -> torch.Tensor:
        """A copy that nobody waits for is on its way."""
        if not non_blocking:
            return copy(target, source)
        Device.copies.append((target, source.clone()))
        return target

    @staticmethod
    def arrive(until: int) -> None:
        """All copies up to this one arrive."""
        while Device.arrived < until:
            copy(*Device.copies[Device.arrived])
            Device.arrived += 1


class Event:
    """A mark among the copies; the device is so slow that it has never come to it by itself."""

    def record(self) -> None:
        """Behind all copies so far."""
        self.behind = len(Device.copies)

    def query(self) -> bool:
        """Not yet."""
        return False

    def synchronize(self) -> None:
        """Waits for the copies before it."""
        Device.arrive(self.behind)


@contextlib.contextmanager
def simulated_gpu() -> Iterator[None]:
    """PyTorch whose CUDA graphs, streams, events and late copies are these."""
    Device.copies, Device.arrived, Graph.launched, Stream.made = [], 0, 0, 0
    stand_ins = {"Stream": Stream, "stream": on_stream, "CUDAGraph": Graph, "graph": capture}
    stand_ins |= {"current_stream": lambda *_: Stream.current, "default_stream": lambda *_: DEFAULT}
    stand_ins |= {"set_stream": lambda stream: setattr(Stream, "current", stream)}
    with contextlib.ExitStack() as stack:
        for name, stand_in in {**stand_ins, "Event": Event}.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, stand_in))
        stack.enter_context(mock.patch.object(torch.Tensor, "copy_", Device.copy))
        stack.enter_context(mock.patch.object(torch.Tensor, "is_cpu", False))
        for module in (nadam, rmsprop):  # Their tensors are said to be where nothing can be captured.
            stack.enter_context(mock.patch.object(module, "_get_capturable_supported_devices", lambda **_: ["cpu"]))
        stack.enter_context(mock.patch.object(torch, "zeros", lambda *a, pin_memory=False, **k: zeros(*a, **k)))
        try:
            yield
        finally:
            Stream.current = DEFAULT
        assert Device.arrived == len(Device.copies), "somebody has not waited for a copy"
