"""Compare in all its states, in Streamlit's simulator: the words that a visitor reads, and no exception."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import FakeEngine, SlowEngine, wait_until
from tests.pages.reading import open_page
from tricks.lab import open_lab
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

BASELINE, FLIP, RESIDUAL = Recipe(), Recipe(flip=True), Recipe(block="residual", batch_norm="before")
pytestmark = pytest.mark.usefixtures("engine")


def open_compare(*recipes: Recipe, reference: Recipe | None = None, **link: str) -> AppTest:
    further = {"reference": write_word(reference)} if reference else {}
    return open_page("compare.page", *recipes, **further, **link)


def read(page: AppTest) -> str:
    """All words of the page's texts, in order."""
    texts = [*page.markdown, *page.caption, *page.info, *page.warning]
    return "\n".join(str(text.value).replace("\\", "") for text in texts)


def list_specs(page: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]


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


def test_one_seed_has_no_interval(fill):
    """With one seed there are numbers, and words instead of intervals."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)

    page = open_compare(BASELINE, FLIP)

    flip = page.dataframe[0].value.set_index("recipe").loc["flip"]
    assert not page.exception
    assert ("needs more seeds", "needs three seeds of each", "not clear yet") == (
        flip["interval"],
        flip["uncorrected"],
        flip["verdict"],
    )


def test_equal_results_are_about_the_same(fill):
    """Recipes with the very same accuracies are about the same, and nothing is divided by zero."""
    fill(BASELINE, 0.7, 0.7, 0.7, 0.7)
    fill(FLIP, 0.7, 0.7, 0.7, 0.7)

    page = open_compare(BASELINE, FLIP)
    page.session_state.sums = True
    page.run()

    assert not page.exception
    assert "about the same" == page.dataframe[0].value.set_index("recipe").loc["flip"]["verdict"]
    assert "t = +0.00 / 0.00 = 0.00" in read(page)


def test_a_diverged_run_is_named_and_counts(fill):
    """A diverged run lowers the mean, and the page says which one it is."""
    fill(BASELINE, 0.7, 0.7)
    fill(FLIP, 0.8, 0.1, diverged=1)

    page = open_compare(BASELINE, FLIP)

    flip = page.dataframe[0].value.set_index("recipe").loc["flip"]
    assert not page.exception
    assert (45.0, 1) == (pytest.approx(flip["accuracy"]), flip["diverged"])
    assert "Diverged, and counted with the accuracy that the weights have" in read(page)
    assert "few seeds cannot tell how often: flip (seed 1)" in read(page)


def test_a_diverged_reference_is_named(fill):
    """What diverged of the reference is named too, also when it is not among the chosen: all differences rest on it."""
    fill(BASELINE, 0.7, 0.1, diverged=1)
    fill(FLIP, 0.8, 0.8)

    page = open_compare(FLIP)

    assert not page.exception
    assert "few seeds cannot tell how often: baseline (seed 1)" in read(page)


def test_other_images_are_not_compared(fill):
    """Recipes that learned other images are shown, and the page says that they are not compared."""
    fill(BASELINE, 0.7)
    fill(Recipe(dataset="toy"), 0.5)

    page = open_compare(BASELINE, Recipe(dataset="toy"), reference=BASELINE)

    assert not page.exception
    assert ["the reference", "other images"] == list(page.dataframe[0].value["verdict"])
    assert "Learned other images than the reference (cifar10), so not compared with it: baseline (toy)." in read(page)


def test_what_nothing_is_known_of_costs_nothing(fill):
    """Where no chosen recipe has a run on the reference's images, the page says so instead of an empty chart."""
    fill(BASELINE, 0.7)
    fill(Recipe(dataset="toy"), 0.5)

    page = open_compare(Recipe(dataset="toy"), reference=BASELINE)

    assert not page.exception
    assert "None of the chosen recipes has a finished run on the reference's images." in read(page)


def test_a_cache_without_the_blog_s_settings_opens_with_what_there_is(fill):
    """A visitor of a host that has trained the toy set alone sees those recipes at first."""
    fill(Recipe(dataset="toy"), 0.5)
    fill(Recipe(dataset="toy", flip=True), 0.6)

    page = open_compare()

    assert ["baseline (toy)", "flip (toy)"] == list(page.dataframe[0].value["recipe"])


def test_seeds_need_not_be_common(fill, tmp_path):
    """Recipes without a seed in common are compared by the means of what they have."""
    fill(BASELINE, 0.7)
    list(execute(Store(tmp_path), FakeEngine(), Run(recipe=FLIP, seed=3)))

    page = open_compare(BASELINE, FLIP)
    page.segmented_control(key="shown").set_value("difference").run()

    assert not page.exception
    assert -17.0 == pytest.approx(page.dataframe[0].value.set_index("recipe").loc["flip"]["difference"])
    assert 4 == len(list_specs(page))


def test_the_measure_is_in_the_link(fill):
    """Who opens a link sees settled accuracies or those after the last epoch, as its sender did."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)

    page = open_compare(BASELINE, FLIP, measure="last")
    linked, words = page.query_params["measure"], read(page)
    page.segmented_control(key="measure").set_value("settled").run()

    assert not page.exception
    assert ("last", True) == (linked[0] if isinstance(linked, list) else linked, "after the last epoch**" in words)
    assert "measure" not in page.query_params


def test_other_schedules_are_compared_after_the_last_epoch(fill):
    """A recipe with another schedule is compared by its last epoch, and its row says so."""
    fill(BASELINE, 0.7, 0.71)
    fill(Recipe(schedule="cosine"), 0.8, 0.81)
    fill(FLIP, 0.8, 0.81)

    page = open_compare(Recipe(schedule="cosine"), FLIP)

    assert not page.exception
    assert ["after the last epoch", "settled"] == list(page.dataframe[0].value["measure"])


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


def test_the_arithmetic_is_one_click_away(fill):
    """Opening the arithmetic shows every step of a recipe's verdict, and the warnings how far to believe it."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    fill(RESIDUAL, 0.80, 0.82, 0.81, 0.83)

    page = open_compare(BASELINE, RESIDUAL)
    for key in ("sums", "warnings", "confounds"):
        page.session_state[key] = True
    page.run()

    words = read(page)
    assert not page.exception
    assert "80.00%, 82.00%, 81.00%, 83.00%, in the mean 81.50%" in words
    assert "What a plain 95% t-interval would have said" in words
    assert "Choosing by test accuracy flatters" in words
    assert "2 tricks at once (BatchNorm before instead of none, Block residual instead of conv)" in words


def test_a_correction_is_chosen(fill):
    """With several comparisons verdicts are corrected for their number, unless the visitor wants them uncorrected."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    for width in (70, 80):
        fill(Recipe(dense_width=width), 0.72, 0.74, 0.73, 0.76)

    page = open_compare(BASELINE, Recipe(dense_width=70), Recipe(dense_width=80))
    corrected = read(page)
    page.segmented_control(key="correction").set_value("uncorrected").run()

    assert not page.exception
    assert "verdicts corrected for 2 comparisons" in corrected
    assert "verdicts uncorrected" in read(page)


def test_what_is_clear_alone_is_said(fill):
    """A recipe that Train calls better and that is not clear as one of two is named, so that no page contradicts."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    fill(FLIP, 0.80, 0.81, 0.82, 0.83)
    fill(RESIDUAL, 0.75, 0.755, 0.76, 0.765)

    page = open_compare(FLIP, RESIDUAL)

    assert not page.exception
    assert "not as one of 2: BatchNorm before ReLU + residual blocks (better)" in read(page)


def test_the_correction_is_in_the_link(fill):
    """Who opens a link sees intervals corrected or not, as its sender did."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)
    fill(RESIDUAL, 0.8)

    page = open_compare(FLIP, RESIDUAL, correction="uncorrected")
    linked = page.query_params["correction"]
    page.segmented_control(key="correction").set_value("corrected").run()

    assert not page.exception
    assert "uncorrected" == linked
    assert "correction" not in page.query_params


def test_what_was_seen_counts(fill):
    """Who takes recipes out again has compared them all the same: the best of three stays one of three."""
    fill(BASELINE, 0.70, 0.71, 0.72, 0.73)
    widths = [Recipe(dense_width=width) for width in (70, 80, 90)]
    for recipe in widths:
        fill(recipe, 0.72, 0.74, 0.73, 0.76)

    page = open_compare(*widths)
    page.multiselect(key="picked").set_value([widths[0].key]).run()

    assert not page.exception
    assert "verdicts corrected for 3 comparisons" in read(page)
    assert 1 == len(page.dataframe[0].value)


def test_a_measure_that_came_by_link_stays(fill, tmp_path):
    """Who opens a link with accuracies after the last epoch finds them on the next page, and on the way back."""
    fill(BASELINE, 0.7)
    (tmp_path / "pages").mkdir()
    for place, name in (("compare", "compare"), ("pages/what_helps", "what_helps")):
        (tmp_path / f"{place}.py").write_text(f"from tricks.pages.{name} import page\npage.show()")
    page = AppTest.from_file(str(tmp_path / "compare.py"), default_timeout=30)
    page.query_params["measure"] = "last"
    page.run()

    for place in ("pages/what_helps.py", "compare.py"):
        page.query_params.clear()  # As a browser does when a link of the navigation is followed.
        page.switch_page(place).run()

        assert "last" == page.segmented_control(key="measure").value == page.query_params["measure"]


def test_the_measure_is_chosen_once(fill, tmp_path):
    """Who wants accuracies after the last epoch gets them on the next page too."""
    fill(BASELINE, 0.7)
    fill(FLIP, 0.8)
    (tmp_path / "pages").mkdir()
    for place, name in (("compare", "compare"), ("pages/what_helps", "what_helps")):
        (tmp_path / f"{place}.py").write_text(f"from tricks.pages.{name} import page\npage.show()")

    page = AppTest.from_file(str(tmp_path / "compare.py"), default_timeout=30)
    page.query_params["recipe"] = [write_word(FLIP)]
    page.run().segmented_control(key="measure").set_value("last").run()
    page.switch_page("pages/what_helps.py").run()

    assert not page.exception
    assert "last" == page.segmented_control(key="measure").value == page.query_params["measure"]
    assert "Points of test accuracy, after the last epoch" in read(page)


@pytest.mark.parametrize("axis", ["epoch", "step", "seconds"])
def test_curves_have_three_axes(fill, axis):
    """Curves are drawn by epoch, by optimiser step, or by seconds."""
    fill(BASELINE, 0.7, 0.71)

    page = open_compare(BASELINE)
    page.segmented_control(key="axis").set_value(axis).run()

    assert not page.exception
    assert axis in json.dumps(list_specs(page)[0])


def test_forty_recipes_are_shown(fill):
    """Forty recipes are one page, with a row and a bar each."""
    recipes = [Recipe(dense_width=width) for width in range(64, 104)]
    for recipe in recipes:
        fill(recipe, 0.7)

    page = open_compare(*recipes)

    assert not page.exception
    assert 40 == len(page.dataframe[0].value)
    assert "means alone, for clarity" in read(page)
