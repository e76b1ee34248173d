"""Effects and the blog in all their states, in Streamlit's simulator."""

import json

import pytest
from streamlit.testing.v1 import AppTest

import tricks.lab
from tests.fakes import ChosenEngine, SlowEngine
from tests.pages.reading import press, read
from tricks.analysis.claims import CONCLUSIONS, QUESTIONS, list_settings
from tricks.analysis.effects import FULL_RECIPES, list_additions, list_removals
from tricks.analysis.interactions import list_pairs
from tricks.lab import close_lab, open_lab
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.scheduling.limits import LimitExceeded
from tricks.store.store import Store

BASELINE = Recipe()
ASKED = [name for name, trick in TRICKS.items() if not trick.is_condition]
MISSING = 4 * len({recipe for one in list_additions(BASELINE) for recipe in (one.reference, one.recipe)})
PAGES = {"effects": "from tricks.pages.effects import page", "blog": "from tricks.pages import blog as page"}
VIEWS = ("alone", "removed", "pairs")


@pytest.fixture(autouse=True)
def lab(monkeypatch, tmp_path):
    """A lab on an empty cache, whose engine begins its runs and never ends them."""
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path))
    monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [SlowEngine()])
    yield
    close_lab()


def train(tmp_path, recipe: Recipe, accuracies: list[float], diverged: bool = False) -> None:
    """Puts runs of the recipe into the cache, one a seed."""
    for seed, accuracy in enumerate(accuracies):
        list(execute(Store(tmp_path), ChosenEngine(accuracy, diverged), Run(recipe=recipe, seed=seed)))


def open_page(name: str, **link: str) -> AppTest:
    page = AppTest.from_string(f"{PAGES[name]}\npage.show()", default_timeout=20)
    for key, value in link.items():
        page.query_params[key] = value
    return page.run()


def choose(page: AppTest, correction: str) -> AppTest:
    return page.segmented_control(key="correction").set_value(correction).run()


def list_charts(page: AppTest) -> int:
    return len(page.get("vega_lite_chart"))


def find_row(page: AppTest, column: str, name: str) -> dict:
    table = page.dataframe[0].value
    return table[table[column] == name].iloc[0].to_dict()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("images", ["cifar10", "toy"])
def test_an_empty_cache_is_shown_as_such(view, images):
    """Where nothing is measured every view says so, has no chart, and offers to queue all of it."""
    page = open_page("effects", view=view, images=images)

    assert not page.exception
    assert "None of these differences has been measured yet" in read(page)
    assert 0 == list_charts(page)
    assert "not measured yet" in page.dataframe[0].value.to_string()
    assert page.button(key="ask-missing").label.startswith("Queue the ")


def test_each_trick_has_its_row_and_its_link(tmp_path):
    """Every trick of the catalogue has a row, which opens its recipe on the first page; conditions have none."""
    page = open_page("effects")

    table = page.dataframe[0].value
    assert len(ASKED) == len(table)
    assert "/?optimizer=sgd&learning_rate=0.05" in set(table["Train page"])


def test_an_effect_needs_two_seeds(tmp_path):
    """With a single seed a row has a difference without a verdict; with more it has an interval and a verdict."""
    train(tmp_path, BASELINE, [0.5] * 5)
    train(tmp_path, Recipe(flip=True), [0.6875])
    train(tmp_path, Recipe(normalize=True), [0.75] * 4)

    page = choose(open_page("effects"), "uncorrected")

    flip, normalised = find_row(page, "Trick", "flip"), find_row(page, "Trick", "normalised inputs")
    assert not page.exception
    assert ("1 and 5", 18.8, "needs three seeds of each", "not clear yet") == tuple(
        flip[name] for name in ("Seeds", "Effect", "Interval", "Verdict")
    )
    assert (25.0, "+25.0 to +25.0", "better") == tuple(normalised[name] for name in ("Effect", "Interval", "Verdict"))
    assert 1 == list_charts(page)


def test_many_effects_are_corrected_for_their_number(tmp_path):
    """At first each interval allows for the number of tricks with data; a click undoes it."""
    rates = [0.516, 0.521, 0.526, 0.511, 0.531]
    train(tmp_path, BASELINE, [0.5] * 5)
    train(tmp_path, Recipe(flip=True), rates)
    train(tmp_path, Recipe(normalize=True), [0.75] * 4)

    page = open_page("effects")

    assert "The 2 intervals of this view hold together" in read(page)
    assert "better" == find_row(page, "Trick", "normalised inputs")["Verdict"]
    assert "not clear yet" == find_row(page, "Trick", "flip")["Verdict"]
    corrected = read(page)
    page = choose(page, "uncorrected")
    assert "not as one of 2: flip (better)" in corrected
    assert "better" == find_row(page, "Trick", "flip")["Verdict"]
    assert "Each interval holds by itself" in read(page)


def test_chosen_tricks_are_corrected_for_all(tmp_path):
    """Who has seen all tricks and chooses the best of them gets the intervals that hold for all."""
    train(tmp_path, BASELINE, [0.5] * 4)
    train(tmp_path, Recipe(flip=True), [0.75] * 4)
    train(tmp_path, Recipe(normalize=True), [0.5] * 4)
    page = open_page("effects")

    page.multiselect(key="tricks").set_value(["flip"]).run()

    assert 1 == len(page.dataframe[0].value)
    assert "The 2 intervals of this view hold together" in read(page)


def test_chosen_tricks_are_in_the_link(tmp_path):
    """A link has the chosen tricks, opens them again, and does without what is none."""
    train(tmp_path, BASELINE, [0.5] * 4)

    page = open_page("effects", tricks="flip,banana,normalize")

    assert not page.exception
    assert ["flip", "normalised inputs"] == sorted(page.dataframe[0].value["Trick"])
    page.multiselect(key="tricks").set_value(["flip"]).run()
    assert "flip" == page.query_params["tricks"]
    page.multiselect(key="tricks").set_value([]).run()
    assert "tricks" not in page.query_params
    assert len(ASKED) == len(page.dataframe[0].value)


def test_equal_and_diverged_results_are_shown(tmp_path):
    """Equal results are about the same, and a diverged seed is named and does not stretch the chart."""
    train(tmp_path, BASELINE, [0.5] * 5)
    train(tmp_path, Recipe(flip=True), [0.5] * 5)
    train(tmp_path, Recipe(normalize=True), [0.1] * 5, diverged=True)

    page = open_page("effects")

    axis = json.loads(page.get("vega_lite_chart")[0].proto.spec)["layer"][2]["encoding"]["x"]
    assert not page.exception
    assert "about the same" == find_row(page, "Trick", "flip")["Verdict"]
    assert "diverged: seed 0, 1, 2, 3, 4" in find_row(page, "Trick", "normalised inputs")["Note"]
    assert [-1, 1] == axis["scale"]["domain"]


@pytest.mark.parametrize("name", FULL_RECIPES)
def test_a_full_recipe_can_be_chosen(tmp_path, name):
    """Each full recipe shows what each of its tricks brings, and why it is the one."""
    full = Recipe(**FULL_RECIPES[name].values)
    train(tmp_path, full, [0.75] * 5)
    train(tmp_path, list_removals(full)[0].recipe, [0.5] * 5)

    page = open_page("effects", view="removed", full=name)

    row = find_row(page, "Trick", list_removals(full)[0].label)
    assert not page.exception
    assert (-25.0, "worse") == (row["Effect"], row["Verdict"])
    assert FULL_RECIPES[name].reason in read(page)
    assert "75.0% (75.0% to 75.0%, N = 5)" in read(page)


def test_a_pair_is_a_table_of_four(tmp_path):
    """Two tricks are shown as four recipes, and in words that say how they go together."""
    pair = next(pair for pair in list_pairs(TRICKS["flip"], "cifar10") if pair.alone.trick.name == "normalize")
    train(tmp_path, BASELINE, [0.5] * 4)
    train(tmp_path, pair.alone.recipe, [0.75] * 4)
    train(tmp_path, pair.together.reference, [0.625] * 4)
    train(tmp_path, pair.together.recipe, [0.75] * 4)

    page = open_page("effects", view="pairs", first="flip", second="normalize")
    corrected = read(page)
    page = choose(page, "uncorrected")

    row = find_row(page, "Second trick", "normalised inputs")
    assert not page.exception
    assert "The 3 intervals of this view hold together" in corrected
    assert "The effect of normalised inputs is smaller with flip" in read(page)
    assert "62.5% (62.5% to 62.5%, N = 4)" in read(page)
    assert ("yes", "-12.5 points (-12.5 to -12.5), 4 seeds each, settled") == (row["Still helps?"], row["Interaction"])


def test_what_is_known_of_pairs_comes_first(tmp_path):
    """The view of pairs opens with the pair that most is known of."""
    pair = next(pair for pair in list_pairs(TRICKS["flip"], "cifar10") if pair.alone.trick.name == "normalize")
    for recipe in (BASELINE, pair.alone.recipe, pair.together.reference, pair.together.recipe):
        train(tmp_path, recipe, [0.5] * 4)

    page = open_page("effects", view="pairs", first="flip")

    assert not page.exception
    assert "normalize" == page.selectbox(key="second").value
    assert "normalised inputs" == page.dataframe[0].value["Second trick"].iloc[0]


@pytest.mark.parametrize("first", TRICKS)
def test_any_trick_can_be_the_first(first):
    """Every trick of the catalogue can be the first of a pair."""
    page = open_page("effects", view="pairs", first=first)

    assert not page.exception
    assert len(page.dataframe[0].value) >= len(ASKED) - 4


@pytest.mark.parametrize("link", [{"view": "sideways"}, {"images": "mnist"}, {"view": "pairs", "first": "[x](y)"}])
def test_a_wrong_link_is_one_sentence(link):
    """A link that asks for what there is not is answered, and the page shows what it shows at first."""
    page = open_page("effects", **link)

    assert not page.exception
    assert "which does not exist: it is ignored" in read(page)
    assert "[x](y)" not in page.warning[0].value


def test_exactly_the_missing_runs_are_queued(tmp_path):
    """The button says how many runs are missing, asks for these and no others, and then says that they are queued."""
    train(tmp_path, BASELINE, [0.5] * 3)
    train(tmp_path, Recipe(flip=True), [0.5])
    page = open_page("effects")
    page.multiselect(key="tricks").set_value(["flip"]).run()
    page.segmented_control(key="seeds").set_value(4).run()
    assert "4 runs are missing until each of these recipes has 4 seeds" in read(page)

    press(page, "Queue the 4 missing runs")

    asked = [(request.run.recipe, request.run.seed) for request in open_lab().scheduler.queue()]
    assert {(BASELINE, 3), *((Recipe(flip=True), seed) for seed in (1, 2, 3))} == set(asked)
    assert 4 == len(asked)
    assert "4 seeds is in the queue (4)." in read(page)
    assert "ask-missing" not in [button.key for button in page.button]


def test_more_seeds_can_be_asked_for(tmp_path):
    """The visitor chooses how many seeds each recipe should have."""
    train(tmp_path, BASELINE, [0.5] * 4)
    page = open_page("effects")
    page.multiselect(key="tricks").set_value(["flip"]).run()

    page.segmented_control(key="seeds").set_value(10).run()

    assert "Queue the 16 missing runs" in [button.label for button in page.button]


def test_a_refusal_is_one_sentence(monkeypatch):
    """What the host does not take is said with how many runs it took, and the page stands."""
    page = open_page("effects")
    ask, taken = open_lab().scheduler.ask, []

    def ask_twice(run, visitor):
        if len(taken) == 2:
            raise LimitExceeded("this host gives each visitor 10 minutes at a time")
        taken.append(run)
        ask(run, visitor)

    monkeypatch.setattr(open_lab().scheduler, "ask", ask_twice)
    page.button(key="ask-missing").click().run()

    assert not page.exception
    assert f"2 of {MISSING} runs were queued: this host gives each visitor 10 minutes at a time." in read(page)


def test_a_host_without_training_offers_none(monkeypatch):
    """Where training is off, what is missing is said and cannot be asked for."""
    monkeypatch.setenv("TRICKS_TRAINING", "off")

    page = open_page("effects")

    assert not page.exception
    assert f"{MISSING} runs are missing" in read(page)
    assert [] == list(page.button)


def test_the_blog_stands_without_results():
    """On an empty cache the blog's own figures are shown, and every conclusion is not measured yet."""
    page = open_page("blog")

    assert not page.exception
    assert f"{len(CONCLUSIONS)} not measured yet" in read(page)
    assert "not trained yet" in page.dataframe[0].value.to_string()
    assert 2 == list_charts(page)
    assert f"Queue the {4 * len(list_settings())} missing runs" in [button.label for button in page.button]


def test_the_blog_s_conclusions_follow_the_results(tmp_path):
    """Conclusions and questions are judged by what is in the cache, each with its figures."""
    train(tmp_path, BASELINE, [0.5] * 4)
    train(tmp_path, Recipe(dense_width=512), [0.75] * 4)
    train(tmp_path, Recipe(grad_clip=1.0), [0.25] * 4)
    train(tmp_path, Recipe(dense_layers=2), [0.5] * 4)

    page = open_page("blog")

    words = read(page)
    assert not page.exception
    assert "**A wider dense head helps** :green-badge[confirmed]" in words
    assert "**Gradient clipping helps** :orange-badge[refuted]" in words
    assert "+25.0 points (+25.0 to +25.0), 4 seeds each" in words
    assert "**Does a second dense layer help at the baseline's width?** :orange-badge[no]" in words
    assert all(claim.text in words for claim in (*CONCLUSIONS, *QUESTIONS))


def test_all_tricks_measured_is_shown(tmp_path):
    """The page stands with every effect measured."""
    train(tmp_path, BASELINE, [0.5, 0.51, 0.5, 0.52, 0.51, 0.53])
    for change in list_additions(BASELINE):
        train(tmp_path, change.recipe, [0.52, 0.52, 0.51, 0.54, 0.53, 0.52])

    page = open_page("effects")

    assert not page.exception
    assert {"6 and 6"} == set(page.dataframe[0].value["Seeds"])
    assert "All of these recipes have at least 4 seeds." in read(page)
