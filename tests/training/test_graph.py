"""CUDA graphs on the simulated GPU: they end with the bits of plain steps, for every value of every trick."""

import itertools

import pytest
import safetensors.torch
import torch
from torch.torch_version import TorchVersion

from tests.training.batches import take_first
from tests.training.simulated_gpu import Graph, Recorder, simulated_gpu
from tricks.recipe.measurements import Checkpoint, GraphCheck, Losses
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.training.checkpoint import hash_weights, restore_state, save_state
from tricks.training.data import Dataset, move
from tricks.training.epoch import EpochBuffers
from tricks.training.graph import CaptureFailed, choose_steps, plan_launches
from tricks.training.loop import Trainer, begin_epoch, build_trainer, train, train_epoch, use_graphs
from tricks.training.optimizer import plan_learning_rates

BATCH = 8
FEW = 3 * BATCH + 4  # A launch of 3 steps, and a smaller last batch.
MORE = 17 * BATCH + 4  # A launch of 16 steps, one of a single step, and a smaller last batch.
SMALL = {"epochs": 2, "conv_width": 0.125, "dense_width": 8, "batch_size": BATCH}
ALL = {"optimizer": "sgd", "learning_rate": 0.05, "grad_clip": 0.1, "conv_dropout": 0.2, "dense_dropout": 0.2}
ALL |= {"batch_norm": "before", "block": "residual", "flip": True, "crop_padding": 2, "normalize": True}
ALL |= {"schedule": "one-cycle", "precision": "bfloat16", "weight_decay": 1e-4, "label_smoothing": 0.1}
CHECK_LAUNCHES = 3  # One of each kind.
PREPARATION = {"flip": True, "crop_padding": 2, "normalize": True, "grad_clip": 0.1, "dense_dropout": 0.2}
SWITCHES = [
    {trick.name: value, **trick.needs}
    for trick in TRICKS.values()
    for value in dict.fromkeys([*(trick.choices or ()), trick.recommended])
    if value != trick.default and trick.name not in SMALL
]
TOGETHER = {
    name: trick.recommended for name, trick in TRICKS.items() if name not in SMALL and not trick.is_condition
} | {"optimizer": "muon", "learning_rate": 0.002, "block": "residual", "norm": "batch", "precision": "float16"}
pytestmark = pytest.mark.usefixtures("one_thread")


def make_run(**values) -> Run:
    """A small run on the toy set."""
    return Run(recipe=Recipe(dataset="toy", **SMALL | values), seed=0)


def start(run: Run, dataset: Dataset) -> tuple[Trainer, list[list[float]]]:
    """A trainer for the simulated GPU, and its rates."""
    trainer = build_trainer(run, dataset, on_gpu=True)
    plan = plan_learning_rates(run.recipe, len(trainer.epoch.losses))
    return trainer, plan


def list_losses(trainer: Trainer, epoch: int, rates: list[float]) -> list[float]:
    """Trains an epoch."""
    measured = train_epoch(trainer, epoch, rates, 0.0)
    return [loss for one in measured if isinstance(one, Losses) for loss in one.losses]


def save(trainer: Trainer, epoch: int) -> Checkpoint:
    """A checkpoint after so many epochs."""
    return save_state(trainer.model, trainer.optimizer, epoch, 0, 0.0, more=trainer.more)


Ended = tuple[str, list[float], dict]


def end(run: Run, trainer: Trainer, losses: list[float]) -> Ended:
    """What a training leaves: its weights, losses and moments."""
    moments = safetensors.torch.load(save(trainer, run.recipe.epochs).state)
    return hash_weights(trainer.model), losses, {name: moment.tolist() for name, moment in moments.items()}


def graph_epoch(trainer: Trainer, epoch: int, rates: list[float]) -> tuple[Trainer, list[float]]:
    """Trains an epoch by replays, the first after the graphs were captured and checked."""
    trainer, check = use_graphs(trainer, epoch, rates)
    assert check.used, check.reason
    return trainer, list_losses(trainer, epoch, rates)


def train_plainly(run: Run, dataset: Dataset) -> Ended:
    """Both epochs, step by step."""
    trainer, plan = start(run, dataset)
    return end(run, trainer, [loss for epoch, rates in enumerate(plan) for loss in list_losses(trainer, epoch, rates)])


def train_by_graphs(run: Run, dataset: Dataset) -> tuple[Ended, Ended]:
    """Both epochs by replays, without a break, and resumed after the first."""
    first, plan = start(run, dataset)
    trainer, losses = graph_epoch(first, 0, plan[0])
    checkpoint = save(trainer, 1)
    undisturbed = end(run, trainer, losses + list_losses(trainer, 1, plan[1]))

    trainer, _ = start(run, dataset)
    restore_state(checkpoint, trainer.model, trainer.optimizer, trainer.more)
    trainer, more = graph_epoch(trainer, 1, plan[1])
    return undisturbed, end(run, trainer, losses + more)


@pytest.mark.parametrize(
    "values, images", [*((values, FEW) for values in SWITCHES), ({}, MORE), (ALL, MORE), (TOGETHER, FEW)], ids=str
)
def test_graphs_give_the_bits_of_plain_steps(toy_set, values, images):
    """Every value of every trick ends with equal weights, moments and losses: plain, by replays, and resumed."""
    run, dataset = make_run(**values), take_first(toy_set, images)
    steps = -(-round(images * run.recipe.train_share) // BATCH)

    with simulated_gpu():
        plain = train_plainly(run, dataset)
        graphed, resumed = train_by_graphs(run, dataset)

    assert plain == graphed == resumed
    assert 2 * steps == len(plain[1])


@pytest.mark.parametrize("values", [{}, PREPARATION], ids=["baseline", "augmented and clipped, with dropout"])
def test_a_launch_is_all_that_the_host_does(toy_set, values):
    """A step costs the host at most one launch, and neither an operation of its own nor a wait for the device."""
    with simulated_gpu():
        trainer, plan = start(make_run(**values), take_first(toy_set, MORE))
        trainer, _ = use_graphs(trainer, 0, plan[0])
        begin_epoch(trainer, 0, plan[0])
        with Recorder() as host:
            for launch in trainer.launches:
                trainer.launch(launch)

    assert [16, 1, 1] == [launch.steps for launch in trainer.launches]
    assert len(trainer.launches) == Graph.launched - CHECK_LAUNCHES
    assert [] == host.done


def test_what_the_check_of_a_graph_does_leaves_no_trace(toy_set):
    """Weights, moments, draws and gradients are as they were after a graph was captured and checked."""
    run, dataset = make_run(**ALL), take_first(toy_set, FEW)

    with simulated_gpu():
        untouched, plan = start(run, dataset)
        checked, _ = use_graphs(start(run, dataset)[0], 0, plan[0])

    assert hash_weights(untouched.model) == hash_weights(checked.model)
    assert all(weight.grad is None for weight in checked.model.parameters())
    assert 0 == checked.epoch.position.item() == checked.epoch.correct.item()
    assert not any(
        moment.any() for state in checked.optimizer.state.values() for moment in state.values() if moment is not None
    )


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


@pytest.mark.parametrize("images, batch", [(50_000, 64), (50_000, 128), (2_000, 64), (100, 100), (7, 8), (1_009, 1)])
def test_launches_cover_the_epoch(images, batch):
    """An epoch's launches hold every image once, in at most three kinds of at most 16 steps, far fewer than steps."""
    launches, single = plan_launches(images, batch, on_gpu=True), plan_launches(images, batch, on_gpu=False)

    assert images == sum(launch.images for launch in launches) == sum(launch.images for launch in single)
    assert all(1 <= launch.steps <= 16 for launch in launches)
    assert len(set(launches)) <= 3
    assert len(launches) <= len(single) / 8 + 16
    assert {1} == {launch.steps for launch in single}


@pytest.mark.parametrize("batches, steps", [(781, 11), (390, 15), (31, 16), (5, 5), (0, 1), (1_562, 11)])
def test_a_graph_holds_steps_without_a_rest(batches, steps):
    """A graph holds 8 to 16 steps, the most that leave no rest, and 16 where every number leaves one."""
    assert steps == choose_steps(batches)


@pytest.mark.gpu
@pytest.mark.parametrize("values", [{}, ALL, TOGETHER], ids=["baseline", "everything", "all that is recommended"])
def test_a_graph_on_the_device(toy_set, values):
    """On a CUDA device graphs are used, and the run ends with the weights of plain steps and of itself again."""
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    dataset = move(toy_set, torch.device("cuda", 0))
    run = Run(recipe=Recipe(dataset="toy", epochs=2, **values), seed=0)

    check, *graphed = train(run, dataset)
    again, plain = list(train(run, dataset)), list(train(run, dataset, plainly="to compare"))

    assert check.used, check.reason
    assert graphed[-1].weights_sha256 == again[-1].weights_sha256 == plain[-1].weights_sha256
