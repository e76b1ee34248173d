"""Inside in a real browser: a click on a cell, and a training that plays in ten seconds."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import PredictingEngine
from tests.whole.conftest import serve
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOY = Recipe(dataset="toy")
CELL = 35  # Fourth row, sixth column.
RUNNING = """() => document.getAnimations().filter(
    (one) => one.effect.getTiming().duration === 10_000 && one.playState === "running").length"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a server whose cache has three seeds of a recipe with predictions."""
    cache = tmp_path_factory.mktemp("cache")
    for seed in range(3):
        list(execute(Store(cache), PredictingEngine(0.3), Run(recipe=TOY, seed=seed)))
    with serve(cache) as address:
        yield address


def test_a_click_on_a_cell_shows_its_images(page: Page, lab):
    """A cell's images are those of its row that a seed takes for its column, each said in words; the link has it."""
    page.goto(f"{lab}/inside")
    page.locator("[data-testid=stVegaLiteChart] .mark-rect path").nth(CELL).click(timeout=60_000)

    words = page.get_by_text("images of class pattern 3 that any seed takes for pattern 5")
    expect(words).to_be_visible(timeout=30_000)
    said = re.compile(r"Test image \d+, label pattern 3; votes: .*\d of pattern 5")
    expect(page.locator(".gallery img").first).to_have_attribute("alt", said, timeout=30_000)
    expect(page).to_have_url(re.compile("label=pattern.3&said=pattern.5"))


def test_a_run_plays_in_ten_seconds(page: Page, lab):
    """Once it is told to, the browser plays the curves for ten seconds, and then they are all there."""
    page.goto(f"{lab}/inside")
    page.get_by_text("See it train again").click(timeout=60_000)
    page.get_by_role("button", name="Play in 10 seconds").click(timeout=60_000)

    page.wait_for_function(f"({RUNNING})() > 0", timeout=30_000)
    page.wait_for_function(f"({RUNNING})() === 0", timeout=30_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
