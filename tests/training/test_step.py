"""The step, and the proof that a faster one must pass, with stand-ins that are right, wrong, slower and crashing."""

import time

import pytest
import torch
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Proof, Run
from tricks.training.data import to_inputs
from tricks.training.datasets import make_toy_set
from tricks.training.device import choose_device, set_precision
from tricks.training.loop import train
from tricks.training.model import build_model
from tricks.training.optimizer import build_optimizer, set_learning_rate
from tricks.training.step import make_step, prove, remember_state

LOSSES = [2.3, 2.2, 2.1]


class StandIn:
    """A way to train that takes its time and says what it is told to."""

    def __init__(self, losses: list[float], seconds: float = 0.0):
        self.losses = losses
        self.seconds = seconds

    def work(self) -> list[float]:
        """The losses, after a while."""
        time.sleep(self.seconds)
        return self.losses


def judge(fast: StandIn, plain: StandIn) -> tuple[StandIn | None, Proof, list[str]]:
    """The verdict on the fast way, and how often the state was put back."""
    restored = []
    chosen, proof = prove(lambda: plain, lambda: fast, StandIn.work, lambda: restored.append("restored"))
    return chosen, proof, restored


def test_a_right_and_faster_way_is_used():
    """A way with the same losses in less time is used, and the proof says how much faster it is."""
    fast = StandIn(LOSSES)

    chosen, proof, _ = judge(fast, StandIn(LOSSES, seconds=0.05))

    assert fast is chosen
    assert proof.used
    assert proof.reason.startswith("the same losses over 3 steps")


@pytest.mark.parametrize("losses", [[2.3, 2.2, 2.4], [2.3, float("nan"), 2.1]])
def test_a_wrong_way_is_not_used(losses):
    """A way with other losses stays off, however fast, and the proof names the step."""
    chosen, proof, _ = judge(StandIn(losses), StandIn(LOSSES, seconds=0.05))

    assert chosen is None
    assert not proof.used
    assert "its loss differs at step" in proof.reason


def test_a_slower_way_is_not_used():
    """A way that is right but not faster stays off."""
    chosen, proof, _ = judge(StandIn(LOSSES, seconds=0.05), StandIn(LOSSES))

    assert chosen is None
    assert "it is not faster" in proof.reason


@pytest.mark.parametrize("error", [RuntimeError("capture failed\nat length"), AssertionError()])
def test_a_crashing_way_is_not_used(error):
    """A way that fails while it is built stays off, and the proof says why in one line."""

    def fail():
        raise error

    restored = []
    chosen, proof = prove(lambda: StandIn(LOSSES), fail, StandIn.work, lambda: restored.append("restored"))

    assert chosen is None
    assert proof.reason in ("it failed: capture failed", "it failed: AssertionError()")
    assert restored


def test_every_round_begins_from_the_same_state():
    """The state is put back before every round of the proof, and once more in the end."""
    _, _, restored = judge(StandIn(LOSSES), StandIn(LOSSES))

    assert 5 == len(restored)


@pytest.mark.parametrize("optimizer_name", ["adam", "adamw", "sgd"])
def test_a_proof_leaves_no_trace(optimizer_name):
    """Steps that were taken for a proof change nothing after them: not weights, moments, nor random draws."""
    recipe = Recipe(optimizer=optimizer_name, conv_width=0.125, batch_norm="before", dense_dropout=0.5)
    dataset = make_toy_set()
    batches = [
        (to_inputs(images, recipe), labels)
        for images, labels in zip(dataset.train_images.split(50), dataset.train_labels.split(50), strict=True)
    ]

    def take_steps(proof_first: bool) -> list[float]:
        torch.manual_seed(1)
        model = build_model(recipe).to(memory_format=torch.channels_last)
        optimizer = build_optimizer(recipe, model)
        step = make_step(recipe, model, optimizer, set_precision(recipe, torch.device("cpu")))
        torch.manual_seed(2)
        if proof_first:
            restore = remember_state(model, optimizer)
            for batch in batches[:5]:
                step(*batch)
            restore()
        return [step(*batch)[0].item() for batch in batches]

    assert take_steps(proof_first=False) == take_steps(proof_first=True)


def test_the_learning_rate_is_set_in_place_where_a_graph_reads_it():
    """A learning rate that is a tensor keeps its place in memory."""
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=torch.tensor(0.5))
    place = optimizer.param_groups[0]["lr"]

    set_learning_rate(optimizer, 0.25)

    assert place is optimizer.param_groups[0]["lr"]
    assert 0.25 == place.item()


@pytest.mark.gpu
def test_a_graph_is_proved_on_the_device():
    """On a CUDA device a training begins with the proof, and a captured step gives the plain step's losses."""
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    device = choose_device("cuda")
    run = Run(recipe=Recipe(dataset="toy", epochs=1), seed=0)

    proof = next(train(run, make_toy_set().to(device)))

    assert isinstance(proof, Proof)
    assert proof.used, proof.reason


def test_the_processor_needs_no_graph(toy_recipe):
    """On the CPU a step stays as it is: a training there has no proof."""
    measurements = list(train(Run(recipe=toy_recipe, seed=0), make_toy_set()))

    assert not any(isinstance(one, Proof) for one in measurements)
