"""What visitors do on the pages, each thing timed in a real browser until its answer stands there."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

REST_SECONDS = 2.5  # Between two things that a visitor does: long enough for what the first one set going.


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """Something that a visitor does: `act` after what leads to it, `answer` is what then comes to stand on the page."""

    title: str
    act: Callable[[Any], None]
    answer: Callable[[Any], Any]
    lead: Callable[[Any], None] = lambda page: None


@dataclass(frozen=True, kw_only=True)
class PageVisit:
    """A page, what shows that it is complete, and what a visitor does there."""

    path: str
    complete: Callable[[Any], Any]
    interactions: tuple[Interaction, ...] = ()


def pick(name: str) -> Callable[[Any], None]:
    """Clicks one of several alternatives."""
    return lambda page: page.get_by_role("radio", name=name).click()


def look_up(label: str, text: str) -> Callable[[Any], None]:
    """Types into a list to choose from, until only Enter is missing."""

    def type_it(page: Any) -> None:
        lists = page.locator("[data-testid=stSelectbox], [data-testid=stMultiSelect]")
        lists.filter(has_text=label).locator("input").click()
        page.keyboard.type(text)
        page.get_by_role("option", name=text).first.wait_for()

    return type_it


def confirm(page: Any) -> None:
    """Takes what is looked up."""
    page.keyboard.press("Enter")


def words(text: str) -> Callable[[Any], Any]:
    """The place where the text stands."""
    return lambda page: page.get_by_text(text).first


def chart(place: int) -> Callable[[Any], Any]:
    """The drawing of the page's chart at this place, from 0."""
    return lambda page: page.get_by_test_id("stVegaLiteChart").nth(place).locator("canvas, svg").first


VISITS = {
    "Train": PageVisit(
        path="",
        complete=words("Known: "),
        interactions=(Interaction(title="a toggle", act=pick("double"), answer=words("double blocks")),),
    ),
    "What helps?": PageVisit(
        path="what-helps",
        complete=words("where there is less to learn from?"),
        interactions=(
            Interaction(
                title="after the last epoch",
                act=pick("after the last epoch"),
                answer=words("Points of test accuracy, after the last epoch"),
            ),
            Interaction(
                title="another base",
                lead=look_up("On top of", "residual blocks"),
                act=confirm,
                answer=words("on top of residual blocks"),
            ),
            Interaction(title="taken out", act=pick("Taken out"), answer=words("in the recipe “The blog's best”")),
            Interaction(title="in pairs", act=pick("In pairs"), answer=words("with BatchNorm before ReLU")),
            Interaction(
                title="another first trick",
                lead=look_up("First trick", "Label smoothing"),
                act=confirm,
                answer=words("with label smoothing 0.1"),
            ),
        ),
    ),
    "Compare": PageVisit(
        path="compare",
        complete=chart(3),
        interactions=(
            Interaction(title="uncorrected intervals", act=pick("uncorrected"), answer=words("verdicts uncorrected")),
            Interaction(
                title="one recipe more",
                lead=look_up("Recipes", "flip"),
                act=confirm,
                answer=words("flip (N = 10)"),
            ),
            Interaction(
                title="another reference",
                lead=look_up("Compared with", "dense width 512"),
                act=confirm,
                answer=words("differences from dense width 512"),
            ),
            Interaction(
                title="the arithmetic",
                act=lambda page: words("The arithmetic of")(page).click(),
                answer=words("fair bet"),
            ),
        ),
    ),
    "The tricks": PageVisit(
        path="tricks?trick=flip",
        complete=lambda page: page.locator(".pairs img").nth(15),
        interactions=(
            Interaction(
                title="another trick",
                lead=look_up("Trick", "Optimiser: Schedule"),
                act=confirm,
                answer=words("The learning rate of every step"),
            ),
        ),
    ),
    "Inside": PageVisit(
        path="inside",
        complete=lambda page: page.locator(".gallery img").nth(23),
        interactions=(
            Interaction(
                title="the images of a class",
                lead=look_up("Images of", "cat"),
                act=confirm,
                answer=words("images of class cat"),
            ),
            Interaction(
                title="a cell",
                act=lambda page: page.locator("[data-testid=stVegaLiteChart] .mark-rect path").nth(35).click(),
                answer=words("images of class cat that any seed takes for dog"),
            ),
            Interaction(
                title="a recipe beside it",
                lead=look_up("Beside it", "dense width 512"),
                act=confirm,
                answer=words("By luck alone"),
            ),
            Interaction(
                title="both runs again",
                act=lambda page: words("See both train again")(page).click(),
                answer=words("Play in 10 seconds"),
            ),
        ),
    ),
    "The blog": PageVisit(path="blog", complete=words("The controls")),
}


def measure_visit(browser: Any, address: str, visit: PageVisit) -> dict[str, float]:
    """The seconds of a first visit and of each interaction."""
    page = browser.new_page()
    began = time.perf_counter()
    page.goto(f"{address}/{visit.path}")
    visit.complete(page).wait_for(timeout=120_000)
    seconds = {"first visit": time.perf_counter() - began}
    for interaction in visit.interactions:
        page.wait_for_timeout(1000 * REST_SECONDS)
        interaction.lead(page)
        began = time.perf_counter()
        interaction.act(page)
        interaction.answer(page).wait_for()
        seconds[interaction.title] = time.perf_counter() - began
    page.close()
    return seconds
