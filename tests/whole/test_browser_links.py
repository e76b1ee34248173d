"""What is typed and linked, in a real Chromium: the simulator knows neither a box that guesses nor an address."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import ChosenEngine
from tests.whole.conftest import serve
from tricks.pages.train.sidebar import ADDRESS_SECONDS
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("title", "name", "text"), [("Learning rate", "learning_rate", "0.0015"), ("Epochs", "epochs", "100")]
)
def test_what_is_typed_is_set(page: Page, address: str, title: str, name: str, text: str):
    """What is typed, character by character, is set, although its beginning is the value that there was."""
    page.goto(address)
    page.locator("summary", has_text="Optimiser").click()

    page.get_by_role("textbox", name=title).click(click_count=3)
    page.keyboard.type(text, delay=40)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(rf"\?{name}={text}$"))
    expect(page.get_by_role("textbox", name=title)).to_have_value(text)


def test_a_stranger_in_the_address_stays(page: Page, address: str):
    """A tracker's name in the address disturbs nothing, also when a toggle moves."""
    page.goto(f"{address}/?block=residual&utm_source=x")
    expect(page.get_by_text("212,074")).to_be_visible()

    page.get_by_role("radio", name="after").click()

    expect(page).to_have_url(re.compile(r"utm_source=x"))
    expect(page).to_have_url(re.compile(r"batch_norm=after"))
    expect(page.get_by_text("The link")).to_be_hidden()


@pytest.mark.parametrize("other", ["Compare", "The blog", "Host"])
def test_toggles_are_kept_on_the_way_through_other_pages(page: Page, address: str, other: str):
    """Who comes back to Train from another page finds the recipe that they had toggled there."""
    page.goto(address)
    page.get_by_role("radio", name="residual").click()
    expect(page.get_by_role("heading", name="residual")).to_be_visible()
    page.wait_for_timeout(1000 * ADDRESS_SECONDS)

    page.get_by_role("navigation").get_by_role("link", name=other).click()
    expect(page).to_have_title(re.compile(other))
    page.get_by_role("navigation").get_by_role("link", name="Train").click()

    expect(page.get_by_role("heading", name="residual")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?block=residual$"))


def test_links_hold_below_a_path(page: Page, tmp_path):
    """Where the lab is served below a path, links to recipes open there, from Train and from The blog."""
    for recipe in (Recipe(), Recipe(block="residual")):
        list(execute(Store(tmp_path), ChosenEngine(0.5), Run(recipe=recipe, seed=0)))
    with serve(tmp_path, "--server.baseUrlPath", "lab", path="/lab") as address:
        for place, query in (("/", r"block=residual"), ("/blog", r"dense_width=512")):
            page.goto(address + place)
            with page.context.expect_page() as opened:
                page.locator(f"a[href$='?{query}']").first.click()

            expect(opened.value).to_have_url(f"{address}/?{query}")
            expect(
                opened.value.get_by_text("Nobody has trained" if place == "/blog" else "Known: 1 seed")
            ).to_be_visible()


def test_a_cleared_comparison_stays_clear(page: Page, address: str, tmp_path):
    """Who clears Compare and reloads finds it clear."""
    list(execute(Store(tmp_path / "cache"), ChosenEngine(0.5), Run(recipe=Recipe(), seed=0)))
    page.goto(f"{address}/compare")
    page.get_by_test_id("stMultiSelect").get_by_role("button", name="Remove baseline").click()
    expect(page).to_have_url(re.compile(r"recipe=$"))

    page.reload()

    expect(page.get_by_text("Choose the recipes that you want to compare")).to_be_visible()
