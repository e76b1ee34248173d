"""How the steps of an epoch are laid out in graphs and launches."""

import pytest

from tricks.training.graph import choose_steps, plan_launches

pytestmark = pytest.mark.usefixtures("one_thread")


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
