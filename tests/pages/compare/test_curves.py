"""The curves of Compare: their axes, and the runs that are in training now."""

import json

import pytest

from tests.fakes import SlowEngine, wait_until
from tests.pages.compare.reading import BASELINE, FLIP, list_specs, open_compare
from tests.pages.reading import read
from tricks.lab import open_lab
from tricks.recipe.run import Run

pytestmark = pytest.mark.usefixtures("engine")


def test_a_live_run_takes_its_place(engine, fill):
    """A recipe that has no finished run yet can be chosen while it is trained, and the page says how far it is."""
    fill(BASELINE, 0.7)
    slow = SlowEngine()
    engine(slow)
    open_lab().scheduler.ask(Run(recipe=FLIP, seed=0), "somebody")
    wait_until(lambda: any(request.running for request in open_lab().scheduler.queue()))

    page = open_compare(BASELINE, FLIP)

    assert not page.exception
    assert "In training: flip, seed 0" in read(page)
    assert "No run is finished yet of flip" in read(page)
    assert [1, 0] == list(page.dataframe[0].value["seeds"])


@pytest.mark.parametrize("axis", ["epoch", "step", "seconds"])
def test_curves_have_three_axes(fill, axis):
    """Curves are drawn by epoch, by optimiser step, or by seconds."""
    fill(BASELINE, 0.7, 0.71)

    page = open_compare(BASELINE)
    page.segmented_control(key="axis").set_value(axis).run()

    assert not page.exception
    assert axis in json.dumps(list_specs(page)[0])
