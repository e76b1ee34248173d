"""Runs the whole of `train` on fake CUDA tensors: shapes, types and devices, no numbers, and no GPU.

Every operation that mixes devices raises, as on a real GPU. This needs private hooks of PyTorch, so it is a process of
its own: `python -m tests.training.fake_cuda` prints, for every case, its measurements or what went wrong.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from unittest import mock

import safetensors.torch
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from tricks.recipe.measurements import Checkpoint
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.training import loop
from tricks.training.checkpoint import _put_back
from tricks.training.data import Dataset
from tricks.training.optimizer import list_weights

CUDA = torch.device("cuda", 0)
CASES = [{}] + [
    {trick.name: value, **trick.needs}
    for trick in TRICKS.values()
    for value in dict.fromkeys([*(trick.choices or ()), trick.recommended])
    if value != trick.default
]
tensor, zeros, make_generator = torch.tensor, torch.zeros, torch.Generator
item, to_list = torch.Tensor.item, torch.Tensor.tolist


class Anything(contextlib.AbstractContextManager):
    """A stream, an event or a graph that does nothing."""

    def __init__(self, *arguments, **options): ...

    def __exit__(self, *failure): ...

    def __getattr__(self, name: str) -> Callable:
        return lambda *arguments, **options: None


class HostGenerator(torch.Generator):
    """A generator, which is on the host wherever it is asked for."""

    def __new__(cls, device="cpu"):
        """PyTorch's own."""
        return make_generator("cpu")


def make_up(value: Callable) -> Callable:
    """What `item` and `tolist` say of a tensor without content."""

    def answer(one: torch.Tensor):
        if not isinstance(one, FakeTensor):
            return value(one)
        number = {torch.bool: True, torch.int64: 1}.get(one.dtype, 0.5)
        return number if value is item or one.ndim == 0 else [number] * len(one)

    return answer


def move(module: nn.Module, device: torch.device | None = None, memory_format=torch.preserve_format) -> nn.Module:
    """`Module.to`, which cannot swap fake weights in place."""
    for part in module.modules():
        for kept, wrap in ((part._parameters, nn.Parameter), (part._buffers, lambda moved: moved)):
            for name, one in kept.items():
                if one is not None:
                    layout = memory_format if one.ndim == 4 else torch.preserve_format
                    kept[name] = wrap(one.detach().to(device or one.device, memory_format=layout))
    return module


def give_gradients(loss: torch.Tensor) -> None:
    """`backward` without autograd's engine, which asks for a driver: every weight that was used gets a gradient."""
    waiting, seen = [loss.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        waiting += [function for function, _ in node.next_functions]
        if hasattr(node, "variable"):
            assert node.variable.grad is None, "a gradient was left over"
            node.variable.grad = torch.empty_like(node.variable)


def make_tensor(data, dtype=None, device=None) -> torch.Tensor:
    """`torch.tensor`, whose known content FakeTensor would want to move to a real device."""
    real = tensor(data, dtype=dtype)
    return torch.empty(real.shape, dtype=real.dtype, device=device)


def check_fused(weights, gradients, *moments, lr, **options) -> None:
    """What CUDA's fused optimisers demand of their tensors, for which there is no fake kernel."""
    *moments, steps = moments if len(moments) > 1 else (*moments, [])
    for weight, *others in zip(weights, gradients, *filter(None, moments), strict=True):
        for other in others:
            assert (weight.device, weight.dtype, weight.shape) == (other.device, other.dtype, other.shape)
            strides = [
                [stride for stride, size in zip(one.stride(), one.shape, strict=True) if size > 1]
                for one in (weight, other)
            ]
            assert strides[0] == strides[1], f"a moment is laid out {other.stride()}, its weight {weight.stride()}"
    assert all((step.device, step.dtype) == (CUDA, torch.float32) for step in steps)
    assert isinstance(lr, torch.Tensor) and lr.device == CUDA, "the learning rate is not on the device"


@contextlib.contextmanager
def fake_cuda() -> Iterator[None]:
    """PyTorch with a GPU whose tensors have no content."""
    cuda = dict.fromkeys(
        ("Stream", "Event", "CUDAGraph", "graph", "stream", "current_stream", "default_stream"), Anything
    )
    cuda |= {"is_available": lambda: True, "is_bf16_supported": lambda *_: True}
    replaced = [(torch.cuda, name, stand_in) for name, stand_in in cuda.items()]
    replaced += [(torch, name, check_fused) for name in ("_fused_adam_", "_fused_adamw_", "_fused_sgd_")]
    replaced += [
        (torch.cuda.amp.common, "amp_definitely_not_available", lambda: False),
        (torch.Tensor, "item", make_up(item)),
        (torch.Tensor, "tolist", make_up(to_list)),
        (torch.Tensor, "backward", give_gradients),
        (torch.nn.Module, "to", move),
        (torch, "tensor", make_tensor),
        (torch, "equal", lambda one, other: (one.shape, one.device) == (other.shape, other.device)),
        (torch, "zeros", lambda *shape, pin_memory=False, **options: zeros(*shape, **options)),
        (torch, "Generator", HostGenerator),
        (safetensors.torch, "save", lambda *_, **options: b""),
        (loop, "hash_weights", lambda _: "0" * 64),  # Bytes, of which there are none.
        (loop, "restore_state", restore_fake),
    ]
    with contextlib.ExitStack() as stack:
        for place, name, stand_in in replaced:
            stack.enter_context(mock.patch.object(place, name, stand_in))
        # FakeTensor asks is_available before it makes a context; here that would be a lie with consequences.
        stack.enter_context(mock.patch("torch._subclasses.fake_tensor.init_gpu_context", lambda *_: None))
        torch._C._ensureCUDADeviceGuardSet()
        stack.enter_context(FakeTensorMode())
        yield


def restore_fake(checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer, more: dict) -> tuple[int, float]:
    """`restore_state` from fake tensors on the CPU, as if read from a file: the moments that a step leaves behind."""
    for weight in list_weights(optimizer):
        weight.grad = torch.empty_like(weight)
    optimizer.step()
    optimizer.zero_grad()
    tensors = {f"model/{name}": one for name, one in model.state_dict().items()} | more
    for place, weight in enumerate(list_weights(optimizer)):
        tensors |= {f"optimizer/{place}/{name}": one for name, one in optimizer.state[weight].items()}
    optimizer.state.clear()
    on_disk = {name: torch.empty(one.shape, dtype=one.dtype) for name, one in tensors.items()}
    _put_back(on_disk, model, optimizer, more)
    return 1, 0.0


def train_fake(values: dict, resumed: bool, graph: bool) -> list[str]:
    """The kinds of measurements of a training on fake CUDA, in their order."""
    with fake_cuda():
        images = {"train": 64 + 8 * (not values), "test": 50}  # The baseline has a smaller last batch as well.
        tensors = {
            f"{name}_images": torch.zeros(count, 32, 32, 3, dtype=torch.uint8, device=CUDA)
            for name, count in images.items()
        } | {f"{name}_labels": torch.zeros(count, dtype=torch.int64, device=CUDA) for name, count in images.items()}
        run = Run(recipe=Recipe(dataset="toy", **{"epochs": 2, **values}), seed=0)
        checkpoint = Checkpoint(epoch=1, step=0, seconds=0.0, state=b"") if resumed else None
        measured = loop.train(run, Dataset(**tensors), checkpoint, plainly="" if graph else "to compare")
        return list(dict.fromkeys(type(one).__name__ for one in measured))


def main() -> None:
    """One line of JSON a case: its values, whether by graphs, and what a fresh and a resumed training yield."""
    torch.set_num_threads(1)
    for values, graph in [*((case, True) for case in CASES), ({}, False)]:
        try:
            answers = [train_fake(values, resumed, graph) for resumed in (False, True)]
        except Exception as error:
            answers = [f"{type(error).__name__}: {error}"]
        print(json.dumps([values, graph, answers]), flush=True)


if __name__ == "__main__":
    main()
