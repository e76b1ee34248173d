"""CUDA graphs on the simulated GPU: they end with the bits of plain steps, for every value of every trick."""

import pytest
import torch

from tests.training.batches import take_first
from tests.training.graphs import ALL, BATCH, FEW, SMALL, make_run, start, train_by_graphs, train_plainly
from tests.training.simulated_gpu import Graph, Recorder, simulated_gpu
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.training.checkpoint import hash_weights
from tricks.training.data import move
from tricks.training.loop import begin_epoch, train, use_graphs

MORE = 17 * BATCH + 4  # A launch of 16 steps, one of a single step, and a smaller last batch.
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
