"""How fast a device is: measured in a second on tiny trainings, so that estimates hold from the first visitor on."""

import time
from contextlib import closing

import torch

from tricks.recipe.measurements import Epoch, Losses
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.recipe.work import Speed, Work, count_learning_work
from tricks.training.data import Dataset
from tricks.training.device import use_threads
from tricks.training.loop import train

SECONDS = 0.08  # Of each look at a training, of which the quickest counts: the first is cold, and others may interfere.
LOOKS = 3
PRODUCTS = Recipe(dataset="toy", epochs=200, batch_size=16, conv_width=2.0)
OPERATIONS = Recipe(dataset="toy", epochs=200, batch_size=4, conv_width=0.125, dense_width=8)
PRECISIONS = ("bfloat16", "float16")
SMALL_BATCH = 16  # Where a precision is emulated a batch takes long.
LEAST_SLOWER = 0.1  # No precision is ten times as fast, whatever was measured.
LEAST = 1e-15  # Seconds: nothing is for nothing.


def measure_speed(dataset: Dataset, plainly: str = "") -> Speed:
    """The device's speed on the toy set, of a processor that of one thread; `plainly` is as `train` has it."""
    on_cpu = dataset.train_images.device.type == "cpu"
    threads = torch.get_num_threads()
    if on_cpu:
        use_threads(1)
    try:
        seconds = [measure_epoch(recipe, dataset, plainly) for recipe in (PRODUCTS, OPERATIONS)]
        product, operation = solve(*seconds)
        slower = {name: measure_slower(name, product, operation, dataset, plainly) for name in PRECISIONS}
    finally:
        if on_cpu:
            use_threads(threads)
    return Speed(product_seconds=product, operation_seconds=operation, slower=slower)


def solve(large: float, small: float) -> tuple[float, float]:
    """Seconds a product and seconds an operation, from an epoch with many products and one with many operations."""
    many, few = count_learning_work(PRODUCTS), count_learning_work(OPERATIONS)
    determinant = many.products * few.operations - many.operations * few.products
    product = (large * few.operations - small * many.operations) / determinant
    operation = (small * many.products - large * few.products) / determinant
    return max(LEAST, product), max(LEAST, operation)


def measure_slower(precision: str, product: float, operation: float, dataset: Dataset, plainly: str = "") -> float:
    """How many times as long products take in this precision."""
    recipe = Recipe(dataset="toy", epochs=200, batch_size=SMALL_BATCH, precision=precision)
    return solve_slower(measure_epoch(recipe, dataset, plainly), count_learning_work(recipe), product, operation)


def solve_slower(seconds: float, work: Work, product: float, operation: float) -> float:
    """How many times as long products take where so much work takes so many seconds: on any device a tenth at least."""
    return max(LEAST_SLOWER, (seconds - operation * work.operations) / (product * work.products))


def measure_epoch(recipe: Recipe, dataset: Dataset, plainly: str = "") -> float:
    """The seconds of an epoch's steps, from some of them, or from whole epochs where they are short.

    What comes before the first losses prepares the training, and is not counted; nor is, on a processor, the time that
    other programs had.
    """
    on_cpu, run = dataset.train_images.device.type == "cpu", Run(recipe=recipe, seed=0)
    first: tuple[int, float] | None = None
    looks: list[float] = []
    with closing(train(run, dataset, plainly=plainly)) as training:
        for measurement in training:
            if isinstance(measurement, Losses):
                done = measurement.step + len(measurement.losses)
                seconds = time.process_time() if on_cpu else measurement.seconds
                first = first or (done, seconds)
                if seconds - first[1] >= SECONDS:
                    looks.append(run.steps_per_epoch * (seconds - first[1]) / (done - first[0]))
                    first = done, seconds
                if len(looks) == LOOKS:
                    return min(looks)
            elif isinstance(measurement, Epoch) and measurement.seconds >= SECONDS and not on_cpu:
                return recipe.train_images / measurement.images_per_second
    raise ValueError("the training ended before it was measured")
