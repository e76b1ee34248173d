"""The ablation of our levers: each step has its own and all before it, and trains on the device that it is told."""

import contextlib
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import tricks.training.cifar10
from tests.training.batches import take_first
from tricks.bench.report import tabulate_ablation
from tricks.bench.training.ablation import (
    FLOAT32_LEVERS,
    LADDER,
    NOT_TAKEN,
    build_network,
    build_step,
    list_levers,
)
from tricks.bench.training.loops import BATCH, Task
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.recipe import Recipe

MACHINE = {"device": "cpu", "name": "Test processor", "threads": 2, "torch": "2.15.0"}


class Convolutions(TorchDispatchMode):
    """Takes note of where convolutions are done."""

    def __init__(self):
        super().__init__()
        self.devices = set()

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        """Does the operation."""
        result = function(*arguments, **(options or {}))
        if function is torch.ops.aten.convolution.default:
            self.devices.add(result.device.type)
        return result


def test_a_step_has_its_lever_and_all_before_it():
    """On the ladder each step adds one lever to the one before; what was not taken is added to all of float32's."""
    sizes = [len(list_levers(name)) for name in ("none", *LADDER)]

    assert list(range(len(LADDER) + 1)) == sizes
    for name in NOT_TAKEN:
        assert {name, *FLOAT32_LEVERS} == list_levers(name)


@pytest.mark.parametrize("pooled", ["before", "after"])
def test_a_step_trains_our_network(pooled):
    """With or without pooling first, the steps train exactly the baseline's parameters, to the same outputs."""
    levers = frozenset({"pool-first"}) if pooled == "before" else frozenset()
    torch.manual_seed(0)
    plain = build_network(frozenset())
    torch.manual_seed(0)
    network = build_network(levers)
    inputs = torch.rand(4, 3, 32, 32)

    assert count_parameters(describe_network(Recipe())) == sum(one.numel() for one in network.parameters())
    assert torch.equal(plain(inputs), network(inputs))


@pytest.mark.parametrize("name", LADDER)
def test_a_step_trains_on_its_device(monkeypatch, toy_set, name):
    """Every step's network and images are on the device in question; one without content stands for a GPU's."""

    def load(folder):
        yield
        return take_first(toy_set, 2 * BATCH)

    monkeypatch.setattr(tricks.training.cifar10, "load_cifar10", load)
    # Neither fused kernels nor autocast know a device without content.
    monkeypatch.setattr(torch.optim, "Adam", lambda weights, **options: torch.optim.SGD(weights))
    monkeypatch.setattr(torch, "autocast", lambda *_, **options: contextlib.nullcontext())
    monkeypatch.setattr(torch.Tensor, "item", lambda one: 0.5)
    monkeypatch.setattr(torch.Tensor, "tolist", lambda one: [0.5])
    task = Task(network="baseline", precision="float32", data=Path(), images=2 * BATCH, device="meta", threads=1)

    with Convolutions() as seen:
        build_step(name, task)()

    assert {"meta"} == seen.devices


def test_what_a_lever_brings_is_in_the_table():
    """The levers' table has each speed, and its growth over the step before; what was not taken stands apart."""
    steps = [
        {"name": "none", "about": "the blog's way", "taken": True, "images_per_second": 1000.0, "brought": 1.0},
        {"name": "tensors", "about": "tensors", "taken": True, "images_per_second": 1250.0, "brought": 1.25},
        {"name": "compile", "about": "compiled", "taken": False, "images_per_second": 900.0, "brought": 0.9},
    ]

    report = "\n".join(tabulate_ablation({"machine": MACHINE, "levers": steps}))

    assert "| the blog's way | 1,000 |  |\n| tensors | 1,250 | +25% |" in report
    assert "not taken | images/s | brought |\n|---|---:|---:|\n| compiled | 900 | -10% |" in report
