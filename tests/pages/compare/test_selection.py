"""Which recipes Compare shows and with which reference: at first, by choice, and by link."""

import pytest

from tests.fakes import SlowEngine, wait_until
from tests.pages.caches import fill_cache
from tests.pages.compare.reading import BASELINE, FLIP, RESIDUAL, list_specs, open_compare
from tests.pages.reading import open_page, read
from tricks.lab import open_lab
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

pytestmark = pytest.mark.usefixtures("engine")


def test_the_baseline_is_the_usual_reference(fill):
    """Without a choice of their own, a visitor sees the differences from the baseline."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    fill(FLIP, 0.80, 0.81, 0.82, 0.831)

    page = open_compare(BASELINE, FLIP)

    table = page.dataframe[0].value.set_index("recipe")
    assert not page.exception
    assert BASELINE.key == page.selectbox(key="reference").value
    assert ["the reference", "better"] == list(table["verdict"])
    assert "+6.0 to +14.1" == table.loc["flip"]["uncorrected"]
    assert "settled" == table.loc["flip"]["measure"]
    assert 4 == len(list_specs(page))


def test_the_link_chooses_the_reference(fill):
    """The link names the recipe that the others are compared with, and a visitor can choose another."""
    fill(BASELINE, 0.70)
    fill(FLIP, 0.80)

    page = open_compare(BASELINE, FLIP, reference=FLIP)
    table = page.dataframe[0].value.set_index("recipe")
    page.selectbox(key="reference").set_value(BASELINE.key).run()

    assert not page.exception
    assert -10.0 == pytest.approx(table.loc["baseline"]["difference"])
    assert 10.0 == pytest.approx(page.dataframe[0].value.set_index("recipe").loc["flip"]["difference"])


def test_a_toy_recipe_is_compared_with_the_toy_baseline(fill):
    """The usual reference is of the images that the chosen recipes have learned."""
    fill(BASELINE, 0.7)
    fill(Recipe(dataset="toy"), 0.5)
    fill(Recipe(dataset="toy", flip=True), 0.6)

    page = open_compare(Recipe(dataset="toy", flip=True))

    assert Recipe(dataset="toy").key == page.selectbox(key="reference").value


def test_recipes_under_a_condition_are_compared_with_its_baseline(fill):
    """The usual reference has the condition of the chosen recipes."""
    fill(BASELINE, 0.7)
    fill(Recipe(label_noise=0.2), 0.5)
    fill(Recipe(label_noise=0.2, flip=True), 0.6)

    page = open_compare(Recipe(label_noise=0.2, flip=True))

    assert Recipe(label_noise=0.2).key == page.selectbox(key="reference").value


def test_nothing_chosen_is_an_invitation(fill):
    """Without a chosen recipe the page says what to do."""
    fill(BASELINE, 0.7)

    page = open_compare(BASELINE)
    page.multiselect(key="picked").set_value([]).run()

    assert not page.exception
    assert "Choose the recipes that you want to compare" in read(page)


def test_a_cache_without_the_blog_s_settings_opens_with_what_there_is(fill):
    """A visitor of a host that has trained the toy set alone sees those recipes at first."""
    fill(Recipe(dataset="toy"), 0.5)
    fill(Recipe(dataset="toy", flip=True), 0.6)

    page = open_compare()

    assert ["baseline (toy)", "flip (toy)"] == list(page.dataframe[0].value["recipe"])


def test_a_run_that_waits_keeps_its_place(engine, fill):
    """A recipe whose first run waits for its turn stays chosen, and in the link."""
    fill(BASELINE, 0.7)
    engine(SlowEngine())
    for recipe in (RESIDUAL, FLIP):
        open_lab().scheduler.ask(Run(recipe=recipe, seed=0), "somebody")
    wait_until(lambda: any(request.running for request in open_lab().scheduler.queue()))

    page = open_compare(BASELINE, FLIP)

    assert not page.exception
    assert [BASELINE.key, FLIP.key] == page.multiselect(key="picked").value


@pytest.mark.parametrize("count", [1, 2, 8])
def test_compare_shows_the_presets_first(engine, tmp_path, count):
    """Compare starts with the blog's settings that are in the cache, each with its number of seeds."""
    recipes = [Recipe(**preset.values) for preset in list(PRESETS.values())[:count]]
    fill_cache(tmp_path, *(Run(recipe=recipe, seed=seed) for recipe in recipes for seed in (0, 1)))

    page = open_page("compare.page")

    assert not page.exception
    assert [recipe.key for recipe in recipes] == page.session_state.compared
    assert count == len(page.dataframe[0].value)
