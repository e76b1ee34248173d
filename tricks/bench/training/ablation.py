"""What each optimisation brings, measured alone: from the blog's way to ours, one lever after the other.

Every step of the ladder is a plain loop that has its own lever and all before it, so that what two neighbours differ
by is what the lever brings. What was tried and not taken is measured in the same way, on top of the whole ladder.
"""

import statistics
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tricks.bench.training.contest import Contestant, Report, run_contest
from tricks.bench.training.loops import BATCH, TEST_SHARE, Task, TrainSlice, build_blog

LADDER = {
    "tensors": "images kept whole as bytes, batches cut by index: no DataLoader",
    "channels-last": "channels last in memory",
    "fused-adam": "PyTorch's fused Adam",
    "lazy-losses": "losses fetched in chunks, not step by step",
    "pool-first": "max-pooling before ReLU: the same function",
    "flush-denormals": "numbers next to zero flushed to zero",
    "keep-memory": "freed memory kept for the next batch (MALLOC_ settings of the worker)",
    "evaluate-250": "evaluation in batches of 250, which fit the processor's cache",
    "bfloat16": "bfloat16 autocast (a trick of the catalogue, not a default)",
}
NOT_TAKEN = {
    "foreach-adam": "Adam by PyTorch's foreach in place of fused",
    "compile": "torch.compile of the model",
    "evaluate-1000": "evaluation in batches of 1,000",
}
FLOAT32_LEVERS = tuple(name for name in LADDER if name != "bfloat16")


@dataclass(frozen=True, kw_only=True)
class AblationStep:
    """A lever with its speed, and its speed over that of the step that it is added to."""

    name: str
    about: str
    taken: bool
    images_per_second: float
    brought: float


def run_ablation(data: Path, device: str, rounds: int, report: Report) -> list[AblationStep]:
    """Trains slices of the baseline with every step in turn, and with each of what was not taken."""
    names = ["none", *LADDER, *NOT_TAKEN]
    entered = {
        name: Contestant(
            way=f"lever:{name}", network="baseline", precision="float32", as_worker="keep-memory" in list_levers(name)
        )
        for name in names
    }
    turns = run_contest(list(entered.values()), data, device, rounds, report)
    speeds = {
        name: statistics.median(speed for speed, _ in turns[one]) for name, one in entered.items() if one in turns
    }
    before = dict(zip(LADDER, names, strict=False)) | dict.fromkeys(NOT_TAKEN, FLOAT32_LEVERS[-1])
    return [
        AblationStep(name="none", about="the blog's way", taken=True, images_per_second=speeds["none"], brought=1.0)
    ] + [
        AblationStep(
            name=name,
            about=about,
            taken=name in LADDER,
            images_per_second=speeds[name],
            brought=speeds[name] / speeds[before[name]],
        )
        for name, about in (LADDER | NOT_TAKEN).items()
        if name in speeds
    ]


def list_levers(name: str) -> frozenset[str]:
    """The levers of a step: its own and those before it, or all of float32's with one that was not taken."""
    if name in LADDER:
        names = list(LADDER)
        return frozenset(names[: names.index(name) + 1])
    return frozenset() if name == "none" else frozenset(FLOAT32_LEVERS) | {name}


def build_step(name: str, task: Task) -> TrainSlice:
    """The textbook loop with the step's levers."""
    if name == "none":
        return build_blog(task)
    import torch
    from torch.nn import functional as F

    levers = list_levers(name)
    torch.set_flush_denormal("flush-denormals" in levers)
    torch.set_num_threads(task.threads)
    memory_format = torch.channels_last if "channels-last" in levers else torch.contiguous_format
    device = torch.device(task.device)
    model = build_network(levers).to(device, memory_format=memory_format)
    forward = torch.compile(model) if "compile" in levers else model
    fused = "fused-adam" in levers and "foreach-adam" not in levers
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused, foreach="foreach-adam" in levers)
    images, labels, test_images, test_labels = load_tensors(task)
    sizes = {"evaluate-1000": 1000, "evaluate-250": 250}
    evaluation_batch = next((size for lever, size in sizes.items() if lever in levers), BATCH)
    autocast = partial(torch.autocast, device.type, dtype=torch.bfloat16, enabled="bfloat16" in levers)

    def to_inputs(pixels: torch.Tensor) -> torch.Tensor:
        return pixels.permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=memory_format)

    def train_slice() -> None:
        losses = torch.zeros(len(images) // BATCH, device=device)
        model.train()
        for step, rows in enumerate(torch.randperm(len(images)).split(BATCH)):
            with autocast():
                logits = forward(to_inputs(images[rows])).float()
            loss = F.cross_entropy(logits, labels[rows])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses[step] = loss.detach() if "lazy-losses" in levers else loss.item()
        losses.tolist()
        model.eval()
        with torch.no_grad(), autocast():
            for pixels, answers in zip(
                test_images.split(evaluation_batch), test_labels.split(evaluation_batch), strict=True
            ):
                (forward(to_inputs(pixels)).argmax(1) == answers).sum().item()

    return train_slice


def build_network(levers: frozenset[str]) -> Any:
    """The baseline as a textbook writes it, pooled before or after ReLU."""
    from torch import nn

    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 32), (32, 64), (64, 64)):
        bend = [nn.ReLU(), nn.MaxPool2d(2)]
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), *(bend[::-1] if "pool-first" in levers else bend)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10))


def load_tensors(task: Task) -> tuple[Any, Any, Any, Any]:
    """Training images and labels, test images and labels, as bytes [images, 32, 32, 3] and numbers [images]."""
    from tricks.training.cifar10 import load_cifar10
    from tricks.training.datasets import finish

    whole, tests = finish(load_cifar10(task.data)), task.images // TEST_SHARE
    train = whole.train_images[: task.images], whole.train_labels[: task.images]
    tensors = (*train, whole.test_images[:tests], whole.test_labels[:tests])
    return tuple(tensor.to(task.device) for tensor in tensors)
