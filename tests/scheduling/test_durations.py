"""How long a training will take."""

from dataclasses import replace

import pytest

from tests.fakes import MACHINE, finish
from tricks.recipe.recipe import Recipe
from tricks.recipe.work import Speed
from tricks.scheduling.durations import DurationEstimate

OTHER_MACHINE = replace(MACHINE, name="Other processor")
LONGER = Recipe(epochs=20)
SPEED = Speed(product_seconds=1e-11, operation_seconds=1e-4)


def expect(finished, recipe, machine):
    """The forecast's seconds, and whose they are."""
    pace = DurationEstimate.measure(finished, machine)
    return pace.expect(recipe), pace.where


def test_a_trained_recipe_takes_what_it_took():
    """A recipe that this machine has trained takes the median of its runs."""
    finished = [finish(Recipe(), seed, seconds=seconds) for seed, seconds in enumerate([10, 90, 20])]

    assert (20, "this machine") == expect(finished, Recipe(), MACHINE)


def test_another_recipe_takes_in_proportion_to_its_work():
    """A recipe that was never trained takes as long as others did for as many products."""
    finished = [finish(Recipe(), 0, seconds=10)]

    assert (pytest.approx(20), "this machine") == expect(finished, LONGER, MACHINE)


def test_sharpness_aware_steps_are_twice_the_work():
    """A recipe whose steps each take two gradients takes twice as long."""
    finished = [finish(Recipe(), 0, seconds=10)]

    assert (pytest.approx(20, rel=0.1), "this machine") == expect(finished, Recipe(sharpness=0.05), MACHINE)


def test_a_part_of_the_images_takes_a_part_of_the_time():
    """A recipe with a tenth of the images takes a tenth of the time."""
    finished = [finish(Recipe(), 0, seconds=10)]

    seconds, _ = expect(finished, Recipe(train_share=0.1), MACHINE)
    assert 1 < seconds < 2  # All test images are judged all the same.


def test_this_machine_s_runs_count_more_than_another_s():
    """Where this machine has trained anything, a faster machine's runs of the recipe do not count."""
    finished = [finish(Recipe(), 0, seconds=10), replace(finish(LONGER, 0, seconds=1), machine=OTHER_MACHINE)]

    assert (pytest.approx(20), "this machine") == expect(finished, LONGER, MACHINE)


@pytest.mark.parametrize("machine", [OTHER_MACHINE, None], ids=["another", "unknown"])
def test_another_machine_is_named(machine):
    """Where only another machine has trained, the forecast is that machine's, and says so."""
    finished = [finish(Recipe(), 0, seconds=10)]

    assert (10, MACHINE.title) == expect(finished, Recipe(), machine)


def test_a_forecast_is_that_of_the_machine_it_names():
    """With runs of several other machines, the forecast is one of theirs, not a mixture."""
    slow = replace(finish(Recipe(), 1, seconds=1000), machine=OTHER_MACHINE)
    known = {MACHINE.title: 10, OTHER_MACHINE.title: 1000}

    seconds, where = expect([finish(Recipe(), 0, seconds=10), slow], Recipe(), None)

    assert known[where] == seconds


def test_fewer_threads_take_longer():
    """A run with one thread takes some 1.5 times as long as one with two, whichever of them was timed."""
    two = replace(MACHINE, threads=2)
    with_two = replace(finish(Recipe(), 0, seconds=10), machine=two)

    known_by_two = DurationEstimate.measure([with_two], two)
    known_by_one = DurationEstimate.measure([finish(Recipe(), 0, seconds=15)], two)

    assert pytest.approx(10) == known_by_two.expect(Recipe()) == known_by_two.expect(Recipe(), threads=2)
    assert pytest.approx(15, rel=0.02) == known_by_two.expect(Recipe(), threads=1)
    assert pytest.approx(10, rel=0.02) == known_by_one.expect(Recipe())
    assert "this machine" == known_by_one.where


def test_a_gpu_s_time_does_not_depend_on_threads():
    """On a GPU the threads of its host make no difference."""
    gpu = replace(MACHINE, device="cuda", threads=16)
    timed = replace(finish(Recipe(), 0, seconds=10), machine=replace(gpu, threads=4))

    assert 10 == DurationEstimate.measure([timed], gpu).expect(Recipe())


def test_nothing_known_is_no_forecast():
    """An empty cache forecasts nothing."""
    assert (None, "") == expect([], Recipe(), MACHINE)


def test_a_device_that_has_trained_nothing_yet_is_known_by_its_speed():
    """On an empty cache, and beside another machine's runs, a forecast follows from what the device has shown."""
    slow = replace(finish(Recipe(), 1, seconds=1000), machine=OTHER_MACHINE)
    expected = 10 * SPEED.expect(Recipe())

    for finished in ([], [slow]):
        pace = DurationEstimate.measure(finished, MACHINE, SPEED)

        assert (pytest.approx(expected), "this machine") == (pace.expect(Recipe()), pace.where)


def test_forecasts_follow_what_trainings_really_take():
    """Where trainings take twice as long as the device's speed says, as beside other work, so will others."""
    finished = [finish(Recipe(), 0, seconds=2 * 10 * SPEED.expect(Recipe()))]

    pace = DurationEstimate.measure(finished, MACHINE, SPEED)

    assert pytest.approx(2 * 10 * SPEED.expect(Recipe(block="residual"))) == pace.expect(Recipe(block="residual"))


def test_steps_of_single_images_are_not_free():
    """A tiny network that learns from single images asks for few products, and takes hours: each step has a cost."""
    finished = [finish(Recipe(), 0, seconds=250)]
    cheat = Recipe(batch_size=1, conv_width=0.125, dense_width=8, epochs=200)

    seconds, _ = expect(finished, cheat, MACHINE)

    assert 3600 < seconds
