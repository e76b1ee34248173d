"""A run's name, its steps and its random streams."""

import dataclasses

import pytest

from tests.fakes import MACHINE, fake_epoch
from tricks.recipe.measurements import Machine
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run


def test_a_run_is_named_after_its_recipe_and_seed():
    """A run's name in the cache is the recipe's key and the seed."""
    assert "cifar10,baseline-ed6631e0e0-s3" == Run(recipe=Recipe(), seed=3).name


@pytest.mark.parametrize("seed", [0, 2**31 - 1])
def test_a_seed_can_be_any_whole_number_of_31_bits(seed):
    """The smallest and the largest seed are allowed."""
    assert seed == Run(recipe=Recipe(), seed=seed).seed


@pytest.mark.parametrize("seed", [-1, 2**31, 1.0, "1", True, None])
def test_a_wrong_seed_is_one_sentence(seed):
    """A seed that is not a whole number of 31 bits is refused in one line."""
    with pytest.raises(ValueError, match="^seed must be a whole number from 0 to 2147483647, not [^\n]+$"):
        Run(recipe=Recipe(), seed=seed)


@pytest.mark.parametrize(
    ("values", "steps_per_epoch", "steps"),
    [
        ({}, 782, 7820),
        ({"batch_size": 128, "epochs": 2}, 391, 782),
        ({"batch_size": 50_000, "epochs": 1}, 1, 1),
        ({"dataset": "toy"}, 32, 320),
        ({"dataset": "toy", "batch_size": 250, "epochs": 3}, 8, 24),
    ],
)
def test_steps_are_counted_with_the_smaller_last_batch(values, steps_per_epoch, steps):
    """A run has a step for every batch of every epoch, the last and smaller one included."""
    run = Run(recipe=Recipe(**values), seed=0)

    assert (steps_per_epoch, steps) == (run.steps_per_epoch, run.steps)


def test_every_random_stream_is_its_own():
    """Seeds, purposes and epochs never share a random stream."""
    streams = [
        Run(recipe=Recipe(), seed=seed).derive_seed(purpose, epoch)
        for seed in range(20)
        for purpose in ("weights", "order", "augment", "dropout")
        for epoch in range(20)
    ]

    assert 20 * 4 * 20 == len(set(streams))
    assert all(0 <= stream < 2**63 for stream in streams)


def test_random_streams_do_not_depend_on_the_recipe():
    """Two recipes with the same seed start from the same weights and see the images in the same order."""
    one, other = Run(recipe=Recipe(), seed=1), Run(recipe=Recipe(flip=True, dataset="toy"), seed=1)

    assert one.derive_seed("weights") == other.derive_seed("weights")
    assert one.derive_seed("order", 3) == other.derive_seed("order", 3)


def test_random_streams_stay_what_they_are():
    """The random streams are the same for ever, or VERSION must be raised."""
    assert 6945710624538358645 == Run(recipe=Recipe(), seed=0).derive_seed("weights")


def test_a_machine_is_named_by_what_rounds():
    """A processor is named with its threads, on which rounding depends, a GPU by its name alone."""
    gpu = Machine(device="cuda", name="Test GPU", threads=4, torch="2.15.0")

    assert ("Test processor, 1 thread", "Test GPU") == (MACHINE.title, gpu.title)


@pytest.mark.parametrize(
    "value", [Run(recipe=Recipe(), seed=0), MACHINE, fake_epoch()], ids=["run", "machine", "epoch"]
)
def test_what_was_measured_cannot_be_changed(value):
    """Runs, machines and measurements are frozen."""
    name = dataclasses.fields(value)[0].name

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
