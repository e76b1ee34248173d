"""The real page in a real Chromium: the server is started as the README says, and the training is a real one."""

import re
import time
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import FakeEngine, train_fake
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def read_metric(page: Page, name: str) -> str:
    """The value of the metric of this name."""
    metric = page.get_by_test_id("stMetric").filter(has=page.get_by_text(name, exact=True))
    return metric.get_by_test_id("stMetricValue").inner_text()


def asked_for(seed: int) -> re.Pattern:
    """What the button says of a seed that the visitor has asked for, which on a busy machine waits for a moment."""
    return re.compile(f"^(Training seed {seed}|Seed {seed} waits)$")


def wait_for_growth(page: Page) -> None:
    """Returns when the loss chart has changed while the run went on."""
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart).to_be_visible()
    expect(page.get_by_text(re.compile(r"Seed \d+: .* left"))).to_be_visible(timeout=60_000)
    first, loss = chart.screenshot(), read_metric(page, "Loss, smoothed")
    deadline = time.monotonic() + 20
    while chart.screenshot() == first or read_metric(page, "Loss, smoothed") == loss:
        assert time.monotonic() < deadline, "the chart did not grow"
        time.sleep(0.5)


def test_a_visitor_trains_reloads_and_trains_again(page: Page, address: str):
    """A reload does not disturb a training, its result is kept, and Train then asks for the next seed."""
    page.goto(f"{address}/?dataset=toy&epochs=12")
    page.get_by_role("button", name="Train seed 0").click()
    wait_for_growth(page)

    page.reload()
    expect(page.get_by_role("button", name="Training seed 0")).to_be_disabled()
    expect(page.locator(".st-key-stop button")).to_be_enabled()
    wait_for_growth(page)

    expect(page.get_by_text("Seed 0 finished")).to_be_visible(timeout=120_000)
    expect(page.get_by_text(re.compile(r"Known: 1 seed, test accuracy [\d.]+%"))).to_be_visible()
    page.get_by_role("button", name="Train seed 1").click()
    expect(page.get_by_role("button", name=asked_for(1))).to_be_visible()
    wait_for_growth(page)


def test_the_link_follows_the_toggles(page: Page, address: str):
    """A toggle writes itself into the address bar, and the address opens the same recipe."""
    page.goto(address)
    page.get_by_role("radio", name="residual").click()
    expect(page.get_by_text("212,074")).to_be_visible()
    expect(page).to_have_url(re.compile(r"block=residual"))

    page.goto(page.url)

    expect(page.get_by_text("212,074")).to_be_visible()


def test_a_second_visitor_sees_what_the_first_adds(page: Page, address: str, browser):
    """Without a reload, somebody else's page shows the new result."""
    other = browser.new_context().new_page()
    other.goto(f"{address}/?dataset=toy&epochs=1")
    expect(other.get_by_text("Nobody has trained this recipe yet")).to_be_visible()

    page.goto(f"{address}/?dataset=toy&epochs=1")
    page.get_by_role("button", name="Train seed 0").click()

    expect(other.get_by_text("Known: 1 seed")).to_be_visible(timeout=60_000)


def test_compare_follows_the_selection(page: Page, address: str, tmp_path):
    """On Compare a recipe can be left out and taken in again, and the link follows."""
    for recipe in (Recipe(), Recipe(batch_norm="before")):
        list(execute(Store(tmp_path / "cache"), FakeEngine(), Run(recipe=recipe, seed=0)))
    page.goto(f"{address}/compare")
    expect(page.get_by_role("listitem").filter(has_text="BatchNorm before ReLU (N = 1)")).to_be_visible()

    page.get_by_test_id("stMultiSelect").get_by_role("button", name="Remove baseline").click()

    expect(page.get_by_role("listitem").filter(has_text="baseline (N = 1)")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"recipe=batch_norm~before$"))
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="BatchNorm before ReLU (N = 1)")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="baseline (N = 1)")).to_be_hidden()


def test_a_question_is_settled(page: Page, address: str, tmp_path, toy_recipe):
    """On Compare one press trains until the verdict is clear or the budget ends, and a reload changes nothing."""
    recipes = [toy_recipe, replace(toy_recipe, flip=True)]
    for recipe in recipes:
        train_fake(Store(tmp_path / "cache"), Run(recipe=recipe, seed=0))
    plain, flip = map(write_word, recipes)
    page.goto(f"{address}/compare?recipe={flip}&reference={plain}")
    page.get_by_role("radio", name="10").click()
    page.get_by_role("button", name="Settle it").click()
    progress = page.get_by_text(re.compile(r"[2-9] and [2-9] of at most 10 seeds; "))
    expect(progress).to_be_visible(timeout=120_000)

    page.reload()

    expect(progress).to_be_visible()
    expect(page.get_by_role("button", name="Settle it")).to_be_visible(timeout=240_000)
    expect(page.get_by_text("10 seeds each: not clear yet")).to_be_visible()


def test_the_back_button_takes_a_toggle_back(page: Page, address: str):
    """Back in the browser shows the recipe of before."""
    page.goto(address)
    page.get_by_role("radio", name="residual").click()
    expect(page.get_by_text("212,074")).to_be_visible()
    expect(page).to_have_url(re.compile(r"block=residual"))
    page.wait_for_timeout(2000)

    page.go_back()

    expect(page.get_by_text("122,570")).to_be_visible()
    expect(page.get_by_role("radio", name="residual")).not_to_be_checked()


def test_a_visitor_keeps_their_run_from_any_door(page: Page, address: str):
    """A visitor who came in by Compare can stop their own run after a reload."""
    page.goto(f"{address}/compare")
    page.get_by_role("link", name="Train").click()
    page.get_by_test_id("stSidebar").get_by_text("Toy set").click()
    page.get_by_role("button", name="Train seed 0").click()
    expect(page.get_by_role("button", name=asked_for(0))).to_be_visible()

    page.reload()
    page.locator(".st-key-stop button").click()

    # On a slow machine the worker is not ready so soon.
    ended = page.get_by_text(re.compile("was stopped; pressing Train goes on|has not begun"))
    expect(ended).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Train seed 0")).to_be_enabled()


def test_the_end_of_a_training_is_announced(page: Page, address: str):
    """When a run ends screen readers are told, and the window's title says so."""
    page.goto(f"{address}/?dataset=toy&epochs=1")
    page.get_by_role("button", name="Train seed 0").click()

    expect(page.get_by_role("status")).to_contain_text("Seed 0 of 1 epoch (toy) finished", timeout=60_000)
    expect(page).to_have_title(re.compile("^✓ Seed 0 of 1 epoch"))
    expect(page.get_by_role("progressbar", name=re.compile("Seed 0 finished"))).to_be_visible()
