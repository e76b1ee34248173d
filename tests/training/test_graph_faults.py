"""Where a graph cannot be captured, is wrong or brings nothing, the run goes on with plain steps, and says why."""

import itertools

import pytest
import torch
from torch.torch_version import TorchVersion

from tests.training.batches import take_first
from tests.training.graphs import ALL, FEW, end, list_losses, make_run, start, train_by_graphs, train_plainly
from tests.training.simulated_gpu import Graph, simulated_gpu
from tricks.recipe.measurements import GraphCheck
from tricks.training.epoch import EpochBuffers
from tricks.training.graph import CaptureFailed
from tricks.training.loop import use_graphs

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_graph_that_knows_too_much_is_not_used(toy_set, monkeypatch):
    """Steps that tell a graph a number of Python's own give other bits by replays, and are taken plainly."""
    numbers = itertools.count(1)
    note = EpochBuffers.note
    monkeypatch.setattr(EpochBuffers, "note", lambda self, loss, right: note(self, loss * next(numbers), right))

    with simulated_gpu():
        trainer, plan = start(make_run(), take_first(toy_set, FEW))
        chosen, check = use_graphs(trainer, 0, plan[0])

    assert not check.used
    assert "other bits than plain steps in losses" in check.reason
    assert trainer.launch is chosen.launch


def test_a_capture_that_fails_is_one_line(toy_set, monkeypatch):
    """A step that waits for the device cannot be captured: the reason is one line, and nothing is left over."""
    note = EpochBuffers.note
    monkeypatch.setattr(EpochBuffers, "note", lambda self, loss, right: note(self, loss * loss.item(), right))

    with simulated_gpu():
        trainer, plan = start(make_run(), take_first(toy_set, FEW))
        with pytest.raises(CaptureFailed) as failure:
            use_graphs(trainer, 0, plan[0])

    assert "no graph could be captured: operation not permitted when stream is capturing" == str(failure.value)


@pytest.mark.parametrize("step", [1, 3, 5, 7, 10, 12], ids="step {}".format)
def test_a_graph_without_memory_costs_only_the_graph(toy_set, monkeypatch, step):
    """Where memory is too small for a graph the run goes on with plain steps, and ends with their bits."""
    run, dataset = make_run(**ALL), take_first(toy_set, FEW)
    steps, note = itertools.count(1), EpochBuffers.note

    def note_with_little_memory(self, loss: torch.Tensor, right: torch.Tensor) -> None:
        if next(steps) == step:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        note(self, loss, right)

    with simulated_gpu():
        plain = train_plainly(run, dataset)
        trainer, plan = start(run, dataset)
        monkeypatch.setattr(EpochBuffers, "note", note_with_little_memory)
        chosen, check = use_graphs(trainer, 0, plan[0])
        losses = [loss for epoch, rates in enumerate(plan) for loss in list_losses(chosen, epoch, rates)]

    assert GraphCheck(used=False, reason="the device has not enough memory for graphs") == check
    assert plain == end(run, chosen, losses)


def test_an_older_pytorch_is_told_of_the_generator(toy_set, monkeypatch):
    """Before PyTorch 2.14 a graph has to be told from which generator dropout draws."""
    monkeypatch.setattr(torch, "__version__", TorchVersion("2.9.0"))
    run, dataset = make_run(dense_dropout=0.2), take_first(toy_set, FEW)

    with simulated_gpu():
        graphed, resumed = train_by_graphs(run, dataset)

    assert graphed == resumed


def test_a_long_step_needs_no_graph(toy_set):
    """Where a step is bound by its work there is nothing to gain, and nothing is tried."""
    run = make_run(conv_width=8.0, block="residual", dense_width=4096, batch_size=1000)

    with simulated_gpu():
        trainer, plan = start(run, take_first(toy_set, FEW))
        _, check = use_graphs(trainer, 0, plan[0])

    assert GraphCheck(used=False, reason="not needed: a step is bound by its work, not by its launches") == check
    assert 0 == Graph.launched
