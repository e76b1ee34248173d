"""Streams of the simulated GPU: trainings that take turns have one each."""

from collections.abc import Iterator

import torch

from tests.training.batches import take_first
from tests.training.simulated_gpu import Stream, simulated_gpu
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.data import Dataset
from tricks.training.loop import build_trainer, train_epoch, use_graphs
from tricks.training.optimizer import plan_learning_rates
from tricks.training.streams import Streams, leave_default_stream

RECIPE = Recipe(dataset="toy", epochs=2, conv_width=0.125, dense_width=8, batch_size=8)


def work(seed: int, dataset: Dataset) -> Iterator[Stream]:
    """A training by graphs, which says on which stream it is."""
    trainer = build_trainer(Run(recipe=RECIPE, seed=seed), dataset, on_gpu=True)
    plan = plan_learning_rates(RECIPE, len(trainer.epoch.losses))
    trainer, _ = use_graphs(trainer, 0, plan[0])
    yield torch.cuda.current_stream()
    for epoch, rates in enumerate(plan):
        for _ in train_epoch(trainer, epoch, rates, 0.0):
            yield torch.cuda.current_stream()


def test_each_training_captures_and_replays_on_its_own_stream(toy_set):
    """Two trainings in turns never meet on a stream, and the next one takes over that of the first to end."""
    dataset = take_first(toy_set, 28)

    with simulated_gpu():
        streams = Streams(torch.device("cuda"))
        first, second, third = (streams.run(work(seed, dataset)) for seed in range(3))
        own = [next(first), next(second)]
        seen = [(one, other) for one, other in zip(first, second, strict=True)]
        after = set(third)

    assert seen
    assert {tuple(own)} == set(seen)
    assert own[0] is not own[1]
    assert after <= set(own)
    assert 2 == Stream.made


def test_trainings_one_after_the_other_share_a_stream(toy_set):
    """Off the default stream trainings that follow each other all use the same one, and what libraries keep for it."""
    dataset = take_first(toy_set, 28)

    with simulated_gpu():
        leave_default_stream(torch.device("cuda"))
        seen = {stream for seed in range(3) for stream in work(seed, dataset)}

    assert (1, 1) == (len(seen), Stream.made)


def test_without_a_gpu_there_are_no_streams():
    """On a processor the parts of a work come as they are."""
    assert [0, 1, 2] == list(Streams(torch.device("cpu")).run(iter(range(3))))
