"""For everybody: every page by day and by night, on a desk and on a phone, with a keyboard or a screen reader."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import ChosenEngine, PredictingEngine
from tests.whole.conftest import serve
from tests.whole.looks import BOTH_ONCE, DRAWN, PAGES, SIZES, find_barriers
from tricks.recipe.recipe import STAGES, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a server whose cache has two seeds of each of three recipes, and two that can be looked into."""
    cache = tmp_path_factory.mktemp("cache")
    for recipe in (Recipe(), Recipe(block="residual"), Recipe(batch_norm="before")):
        for seed in (0, 1):
            list(execute(Store(cache), ChosenEngine(0.7 + seed / 100), Run(recipe=recipe, seed=seed)))
    for recipe in (Recipe(dataset="toy"), Recipe(dataset="toy", flip=True)):
        for seed in (0, 1):
            list(execute(Store(cache), PredictingEngine(), Run(recipe=recipe, seed=seed)))
    with serve(cache) as address:
        yield address


@pytest.fixture
def visit(browser, lab):
    """Opens a page of the lab, and waits until its charts are drawn."""
    opened = []

    def open_one(place: str = "", size: str = "desk", scheme: str = "light") -> Page:
        opened.append(browser.new_context(viewport=SIZES[size], color_scheme=scheme))
        page = opened[-1].new_page()
        page.goto(f"{lab}/{place}")
        expect(page.locator(DRAWN).first).to_be_visible(timeout=30_000)
        page.wait_for_timeout(1500)
        return page

    yield open_one
    for context in opened:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", PAGES)
def test_a_page_has_no_barrier(visit, place, size, scheme):
    """axe-core finds nothing on any page: names, roles, headings, and contrast of at least 4.5."""
    assert [] == find_barriers(visit(place, size, scheme))


@pytest.mark.parametrize(("size", "scheme"), BOTH_ONCE)
def test_what_a_toggle_does_opens_without_a_barrier(visit, size, scheme):
    """Beside the toggles of an opened stage, the others open too, a picture opens that can be seen as a whole, and
    axe-core finds nothing there."""
    page = visit("?dataset=toy&flip=true&schedule=cosine", size, scheme)
    if size == "phone":
        page.get_by_test_id("stExpandSidebarButton").click()
    for stage in STAGES:
        page.locator(f".st-key-stage-{stage} summary").click()
        expect(page.locator(f".st-key-see-{stage} button")).to_be_visible()
    page.locator(".st-key-see-data button").click()
    opened = page.get_by_test_id("stPopoverBody")
    expect(opened.get_by_role("list", name=re.compile("Eight images with flip"))).to_be_visible(timeout=60_000)
    page.wait_for_timeout(1000)

    assert [] == find_barriers(page)
    box = opened.bounding_box()
    assert 0 <= box["x"] and box["x"] + box["width"] <= SIZES[size]["width"]
    assert box["y"] + box["height"] <= SIZES[size]["height"]


@pytest.mark.parametrize(("size", "scheme"), BOTH_ONCE)
def test_tour_and_sharing_have_no_barrier(visit, size, scheme):
    """axe-core finds nothing at any step of the first visit's tour, nor where a page is shared, all of it in sight."""
    page = visit("?dataset=toy", size, scheme)
    for step in range(3):
        expect(page.get_by_text(f"{step + 1} of 3")).to_be_visible()
        page.wait_for_timeout(1500)  # What is redrawn is pale for a moment.
        assert [] == find_barriers(page)
        page.locator(".st-key-tour button").first.click()
    expect(page.locator(".st-key-tour")).to_have_count(0)
    share = page.get_by_role("button", name="Share")
    expect(share).to_have_count(1)  # For a moment the page of before is there too.
    share.click()
    expect(page.get_by_role("img", name="QR code of this link")).to_be_visible()
    page.wait_for_timeout(1500)

    assert [] == find_barriers(page)
    box = page.get_by_test_id("stPopoverBody").bounding_box()
    assert 0 <= box["x"] and box["x"] + box["width"] <= SIZES[size]["width"]


def test_the_tour_is_for_the_first_visit(visit):
    """Who has left the tour does not see it again, in a new window neither; who has only looked does."""
    page = visit("?dataset=toy")
    page.reload()
    page.get_by_role("button", name="Skip the tour").click()
    page.wait_for_function("document.cookie.includes('tricks_toured')")

    again = page.context.new_page()
    again.goto(page.url)

    expect(again.get_by_text("watch it learn")).to_be_visible(timeout=30_000)
    expect(again.locator(".st-key-tour")).to_have_count(0)


def test_a_lecture_has_charts_and_toggles_on_one_screen(visit):
    """On a projector of 1280 x 720, in lecture mode, both charts stand whole beside the toggles, in large type."""
    page = visit("?lecture=true")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_timeout(2000)

    boxes = [page.get_by_test_id("stVegaLiteChart").nth(place).bounding_box() for place in range(2)]

    assert all(box["x"] >= 300 and box["x"] + box["width"] <= 1280 for box in boxes)
    assert all(box["y"] + box["height"] <= 720 for box in boxes)
    expect(page.get_by_role("radiogroup", name="BatchNorm")).to_be_in_viewport()
    sizes = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stVegaLiteChart] .role-axis-label text')].map("
        "text => text.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 17


@pytest.mark.parametrize("place", PAGES)
def test_a_page_says_where_one_is(visit, place):
    """Every page has a title of its own in the window, and one heading above all."""
    page = visit(place)

    assert f"{PAGES[place]} · Training tricks, tested" == page.title()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["", "compare", "blog", "inside?recipe=dataset~toy"])
def test_a_chart_s_text_is_as_dark_as_the_page_s(visit, place, scheme):
    """What axes say has the colour of text, which axe-core does not look at in drawings."""
    colors = visit(place, scheme=scheme).evaluate(
        """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart] .role-axis text')].map(
            text => [getComputedStyle(text).fill, getComputedStyle(text).opacity, getComputedStyle(document.body).color,
                     getComputedStyle(text.closest('[data-testid=stVegaLiteChart]')).color])"""
    )

    assert colors
    assert [] == [each for each in colors if each[0] != each[3] or float(each[1]) < 1]


def test_a_radio_group_begins_at_what_is_selected(visit):
    """The keyboard enters a group of options at the selected one, from both sides."""
    page = visit("?batch_size=128")
    page.get_by_role("button", name="Help for Batch size").focus()

    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="128").last).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("radio", name="128").last).to_be_focused()


def test_the_focus_can_be_seen(visit):
    """Wherever the keyboard comes, something with an outline is to be seen, also at the tools of the charts."""
    page, unseen = visit(), []
    for _ in range(60):
        page.keyboard.press("Tab")
        page.wait_for_timeout(250)  # Tools come into sight slowly.
        seen = page.evaluate(
            """() => {const e = document.activeElement; let opacity = 1;
                for (let p = e; p; p = p.parentElement) opacity *= +getComputedStyle(p).opacity;
                return [e.getAttribute('aria-label') || e.innerText.slice(0, 30), opacity > 0.9,
                        getComputedStyle(e).outlineStyle !== 'none', e.tagName]}"""
        )
        if seen[3] == "BODY":
            break
        unseen += [seen] if not (seen[1] and seen[2]) else []

    assert [] == unseen


def test_nothing_leaves_the_host(visit, lab):
    """All that a visitor's browser asks for, the window's icon and fonts too, it asks of the host."""
    page, hosts = visit(), set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    for place in PAGES:
        page.goto(f"{lab}/{place}")
        page.wait_for_timeout(3000)

    assert {urlsplit(lab).netloc} == hosts - {""}


def test_train_and_its_charts_share_a_small_screen(visit):
    """On 1024 x 768 the button and the beginning of the charts are seen together."""
    page = visit()
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_timeout(1000)

    assert page.get_by_role("button", name=re.compile("Train seed")).bounding_box()["y"] < 500
    assert page.get_by_test_id("stVegaLiteChart").first.bounding_box()["y"] < 680


@pytest.mark.parametrize("zoom", [{"width": 390, "height": 844}, {"width": 640, "height": 450}], ids=["phone", "200%"])
def test_the_way_to_the_tricks_says_so(visit, zoom):
    """On a phone, and on a desk at 200%, the toggles are behind a button with a label, and come when it is pressed."""
    page = visit()
    page.set_viewport_size(zoom)
    page.reload()

    way = page.get_by_test_id("stExpandSidebarButton")
    expect(way).to_be_visible(timeout=30_000)
    page.wait_for_function(
        "way => getComputedStyle(way, '::after').content === '\"Tricks and pages\"'", arg=way.element_handle()
    )
    way.click()

    expect(page.get_by_role("radiogroup", name="Images")).to_be_in_viewport()
