"""A recipe's colour: its own, always the same, and to be seen."""

import random
import re
import tracemalloc
from itertools import combinations

import pytest

from tricks.analysis.claims import CONTROLS, list_settings
from tricks.charts.colors import (
    APART,
    CLOSEST,
    SETTING_COLORS,
    choose_signs,
    color_of,
    measure_distance,
    measure_luminance,
    mix_color,
)
from tricks.charts.theme import GREY
from tricks.recipe.presets import BLOG_PRESETS
from tricks.recipe.recipe import TRICKS, Recipe

DARK_PAGE = "#0e1117"
OTHERS = [Recipe(dense_width=width) for width in range(100, 300)]


def shine(color: str) -> float:
    """The colour's luminance."""
    return measure_luminance(*(int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)))


def test_the_baseline_is_grey():
    """The baseline is grey, on the real images and on the toy set."""
    assert GREY == color_of(Recipe()) == color_of(Recipe(dataset="toy"))


def test_settings_have_colours_of_their_own():
    """The blog's settings and their controls have colours that nobody takes for one another."""
    colors = [color_of(recipe) for recipe in list_settings()]

    assert list(SETTING_COLORS.values()) == colors
    assert len(BLOG_PRESETS) + len(CONTROLS) == len(colors)
    assert min(measure_distance(one, two) for one, two in combinations(colors, 2)) > 0.1


@pytest.mark.parametrize("name", TRICKS)
def test_other_recipes_never_look_like_a_setting(name):
    """A recipe that is no setting of the blog has the same colour always, and none that looks like a setting's."""
    recipe = Recipe(**{"epochs": 7, **TRICKS[name].needs, name: TRICKS[name].recommended})

    color = color_of(recipe)

    assert re.fullmatch("#[0-9a-f]{6}", color)
    assert min(measure_distance(color, other) for other in SETTING_COLORS.values()) >= CLOSEST
    assert color == mix_color.__wrapped__(recipe.key)


def test_distances_are_those_of_oklab():
    """Black and white are 1 apart, a colour and itself 0, and red is nearer to orange than to blue."""
    assert measure_distance("#000000", "#ffffff") == pytest.approx(1, abs=1e-3)
    assert measure_distance("#d55e00", "#d55e00") == 0
    assert measure_distance("#ff0000", "#ff8000") < measure_distance("#ff0000", "#0000ff")


def test_every_colour_can_be_seen_by_day_and_by_night():
    """Every mixed colour has a contrast of at least 2.7 to white and to the dark page."""
    luminances = [shine(color_of(recipe)) for recipe in OTHERS]

    assert 2.7 < (min(luminances) + 0.05) / (shine(DARK_PAGE) + 0.05)
    assert 2.7 < 1.05 / (max(luminances) + 0.05)


def test_controls_can_be_seen_by_day_and_by_night():
    """So have the controls' own colours."""
    for color in list(SETTING_COLORS.values())[len(BLOG_PRESETS) :]:
        assert 2.7 < (shine(color) + 0.05) / (shine(DARK_PAGE) + 0.05)
        assert 2.7 < 1.05 / (shine(color) + 0.05)


def test_forty_recipes_have_forty_colours():
    """Even among two hundred recipes, hardly two have the same colour."""
    assert len({color_of(recipe) for recipe in OTHERS}) >= 198


def test_a_colour_stays_after_a_restart():
    """Colours are made from the recipe's key alone, not from what differs from process to process."""
    assert color_of(Recipe(flip=True)) == "#cb65da"


@pytest.mark.parametrize("draw", range(20))
def test_six_recipes_are_told_apart(draw):
    """Of six recipes of one's own that are shown together no two have colours that are confused."""
    signs = choose_signs(tuple(random.Random(draw).sample(OTHERS, 6)))

    assert APART <= min(measure_distance(one.color, two.color) for one, two in combinations(signs, 2))


def test_ten_recipes_are_told_apart_without_colours():
    """Ten recipes that are shown together have ten shapes, and so have their entries in the legend."""
    signs = choose_signs(tuple(OTHERS[:10]))

    assert 10 == len({(sign.shape, sign.filled) for sign in signs}) == len({sign.glyph for sign in signs})


def test_a_recipe_keeps_its_colour_where_it_can():
    """Who comes first, and each setting of the blog in any company, has the colour that it has everywhere."""
    recipes = (OTHERS[0], *list_settings())

    assert [color_of(recipe) for recipe in recipes] == [sign.color for sign in choose_signs(recipes)]


def test_signs_are_chosen_once():
    """Forty recipes are no burden for a page that looks every two seconds: what was chosen is kept."""
    assert choose_signs(tuple(OTHERS[:40])) is choose_signs(tuple(OTHERS[:40]))


def test_colours_of_ever_new_recipes_take_no_ever_new_memory():
    """Visitors may ask for the colours of any recipes that there could be: what is kept of each is next to nothing."""

    def take_signs(first: int) -> int:
        for share in range(first, first + 3):
            choose_signs(tuple(Recipe(weight_decay=0.0001 * one, dense_width=share) for one in range(1, 41)))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before, after = take_signs(100), take_signs(200)
    finally:
        tracemalloc.stop()

    assert after - before < 1_000_000
