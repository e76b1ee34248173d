"""The training loop trains: with every trick, in every precision and layout, and better than chance."""

from dataclasses import replace

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from tests.training.batches import cut_batches
from tests.training.trainings import RECOMMENDED, finish, first_losses, list_losses
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.training.checkpoint import hash_weights
from tricks.training.evaluation import evaluate
from tricks.training.loop import train
from tricks.training.model import build_model
from tricks.training.speed import LAYOUTS

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_trick_trains_as_recommended(toy_set):
    """A recipe with every trick on at its recommended value trains on the toy set, and none of them is idle."""
    run = Run(recipe=Recipe(dataset="toy", **RECOMMENDED), seed=0)

    measured = list(train(run, toy_set))

    assert set(TRICKS) == set(run.recipe.values)
    assert () == run.recipe.idle
    assert run.steps == len(list(list_losses(measured))) == 3 * 20
    assert not measured[-1].diverged


@pytest.mark.parametrize("values", [{"weight_averaging": 0.99}, {"lookahead": True}], ids=str)
def test_what_follows_the_weights_is_judged_and_kept(toy_recipe, toy_set, values):
    """The kept and hashed weights are the average, or lookahead's slow ones, and so is what the accuracy is of."""
    averaged, plain = (
        finish(Run(recipe=replace(toy_recipe, batch_size=240, **each), seed=0), toy_set) for each in (values, {})
    )
    model = build_model(toy_recipe)
    model.load_state_dict(safetensors.torch.load(averaged.weights))

    assert hash_weights(model) == averaged.weights_sha256 != plain.weights_sha256
    assert evaluate(toy_recipe, model, toy_set).accuracy == averaged.test_accuracy


def test_bfloat16_trains(toy_recipe, toy_set):
    """In bfloat16 the losses are near float32's, and not the same."""
    exact, rounded = (
        first_losses(Run(recipe=replace(toy_recipe, precision=precision), seed=0), toy_set, 8)
        for precision in ("float32", "bfloat16")
    )

    assert pytest.approx(exact, rel=0.02) == rounded
    assert exact != rounded


def test_label_smoothing(toy_recipe, toy_set):
    """The first loss with label smoothing is that of a target of which a share is spread over all ten classes."""
    run = Run(recipe=replace(toy_recipe, label_smoothing=0.3), seed=0)
    torch.manual_seed(run.derive_seed("weights"))
    inputs, labels = next(cut_batches(toy_set, run, epoch=0))
    log_shares = build_model(run.recipe)(inputs).log_softmax(1)  # [batch, 10]
    target = 0.7 * F.one_hot(labels, 10) + 0.3 / 10

    losses = first_losses(run, toy_set, 1)

    assert pytest.approx(-(target * log_shares).sum(1).mean().item(), rel=1e-5) == losses[0]


def test_learning_is_real(toy_set):
    """Three epochs on the toy set are enough to be right five times as often as by chance."""
    values = {"batch_norm": "before", "conv_width": 0.125, "dense_width": 32, "batch_size": 50, "learning_rate": 5e-3}

    result = finish(Run(recipe=Recipe(dataset="toy", epochs=3, **values), seed=0), toy_set)

    assert result.test_accuracy > 0.5


@pytest.mark.parametrize("values", [{}, {"block": "residual", "batch_norm": "after", "flip": True, "test_flip": True}])
@pytest.mark.parametrize("layout", ["channels_last", "contiguous"])
def test_all_that_a_run_holds_lies_in_its_layout(few_images, toy_recipe, layout, values):
    """What goes into convolutions and out of them lies in memory as the run's layout says, trained or evaluated."""
    others, seen = set(), set()

    def look(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            seen.add(module.training)
            tensors = {"weight": module.weight, "input": inputs[0], "output": output}
            others.update(
                f"{name} {tuple(one.shape)}"
                for name, one in tensors.items()
                if not one.is_contiguous(memory_format=LAYOUTS[layout])
            )

    run = Run(recipe=replace(toy_recipe, epochs=1, **values), seed=0)
    with register_module_forward_hook(look):
        list(train(run, few_images, layout=layout))

    assert {True, False} == seen
    assert set() == others
