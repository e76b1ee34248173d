"""How fast a device is, and whether estimates that follow from it hold."""

import time
from contextlib import closing

import pytest

from tricks.recipe.measurements import Losses
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.recipe.work import Speed, count_learning_work
from tricks.training import pace
from tricks.training.datasets import make_toy_set
from tricks.training.loop import train

UNTIMED = ("epochs", "train_share", "label_noise", "learning_rate", "batch_size")  # The last has corners of its own.
SMALL = {"conv_width": 0.125, "dense_width": 8}
MOST_TRIES = 3  # Another process may have had the processor in one.
CORNERS = [
    *(
        {name: value, **trick.needs}
        for name, trick in TRICKS.items()
        if name not in UNTIMED
        for value in (trick.choices or (trick.minimum, trick.maximum))
        if value != trick.default
    ),
    *({"batch_size": size, **values} for size in (1, 8, 256, 2000) for values in ({}, SMALL)),
]


def test_both_numbers_are_found_from_two_trainings():
    """Of an epoch with many products and one with many operations follow the seconds of each."""
    speed = Speed(product_seconds=2e-11, operation_seconds=3e-5)

    def expect(recipe: Recipe) -> float:
        work = count_learning_work(recipe)
        return work.products * speed.product_seconds + work.operations * speed.operation_seconds

    product, operation = pace.solve(expect(pace.PRODUCTS), expect(pace.OPERATIONS))

    assert (pytest.approx(2e-11), pytest.approx(3e-5)) == (product, operation)


@pytest.mark.parametrize(
    "speed",
    [
        Speed(product_seconds=9.6e-12, operation_seconds=4.8e-5),
        Speed(product_seconds=2e-13, operation_seconds=2e-6),
        Speed(product_seconds=5e-14, operation_seconds=1e-6),
    ],
    ids=["a core", "a GPU", "a quicker GPU"],
)
@pytest.mark.parametrize("slower", [0.25, 1.0, 3.0])
def test_another_precision_is_as_slow_as_it_is_on_any_device(speed, slower):
    """However quick the device, of the seconds that an epoch takes follows how much slower its products are."""
    work = count_learning_work(Recipe(dataset="toy", batch_size=pace.SMALL_BATCH, precision="bfloat16"))
    seconds = work.products * speed.product_seconds * slower + work.operations * speed.operation_seconds

    assert pytest.approx(slower) == pace.solve_slower(seconds, work, speed.product_seconds, speed.operation_seconds)


def test_no_precision_costs_less_than_nothing():
    """Where an epoch seems to take less than its operations alone, the products still take something."""
    work = count_learning_work(Recipe(dataset="toy"))

    assert 0 < pace.solve_slower(1e-6, work, 1e-13, 1e-6)


def measure_steps(recipe: Recipe, dataset, most: float = 0.5) -> float:
    """The processor's seconds of an epoch's steps, without the first losses, or what is known after some seconds."""
    run, first, began = Run(recipe=recipe, seed=0), None, time.process_time()
    with closing(train(run, dataset)) as training:
        for measurement in training:
            if isinstance(measurement, Losses):
                now, done = time.process_time(), measurement.step + len(measurement.losses)
                first = first or (now, done)
                if done > first[1] and now - first[0] > most:
                    return run.steps_per_epoch * (now - first[0]) / (done - first[1])
                if now - began > 20:
                    return run.steps_per_epoch * (now - began) / done
    raise AssertionError("the training ended before it was measured")


@pytest.mark.slow
def test_estimates_hold_in_every_corner_of_the_catalogue(one_thread):
    """From the speed that a worker measures follows how long any recipe takes, within a factor of two."""
    dataset, wrong = make_toy_set(), CORNERS
    for _ in range(MOST_TRIES):
        speed = pace.measure_speed(dataset)
        ratios = [(values, compare_with_training(values, speed, dataset)) for values in wrong]
        wrong = [values for values, ratio in ratios if not 0.5 < ratio < 2]

    assert [] == wrong, ratios


def compare_with_training(values: dict, speed, dataset) -> float:
    """The seconds expected of a step with these values, over those that it takes."""
    recipe = Recipe(dataset="toy", epochs=200, **values)
    work, slower = count_learning_work(recipe), speed.slower.get(recipe.precision, 1)
    expected = work.products * speed.product_seconds * slower + work.operations * speed.operation_seconds
    return expected / measure_steps(recipe, dataset)
