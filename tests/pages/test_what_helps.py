"""What helps? in all its states, in Streamlit's simulator."""

from functools import partial

import pytest

from tests.fakes import SlowEngine
from tests.pages.reading import list_buttons, open_page, press, read, read_rows
from tricks.analysis.effects import FULL_RECIPES, list_additions, list_removals
from tricks.analysis.interactions import list_pairs
from tricks.lab import open_lab
from tricks.recipe.link import write_word
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.scheduling.limits import LimitExceeded

BASELINE, FLIP, NORMALISED = Recipe(), Recipe(flip=True), Recipe(normalize=True)
ASKED = [trick for trick in TRICKS.values() if not trick.is_condition]
VIEWS = ("alone", "removed", "pairs")
open_answers = partial(open_page, "what_helps.page")
CLOSE = [0.516, 0.521, 0.526, 0.511, 0.531]  # Better than five times 0.5 as a single question, not as one of two.


@pytest.fixture(autouse=True)
def lab(engine):
    """A lab on an empty cache, whose engine begins its runs and never ends them."""
    engine(SlowEngine())


def find_pair(first: str, second: str):
    """The pair of two tricks on the baseline."""
    return next(pair for pair in list_pairs(TRICKS[first], "cifar10") if pair.alone.trick.name == second)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("images", ["cifar10", "toy"])
def test_an_empty_cache_is_shown_as_such(view, images):
    """Where nothing is measured every view says so, and has a small button for each trick that has it measured."""
    page = open_answers(view=view, images=images, full="all")

    assert "Nobody knows yet what helps" in page.markdown[0].value
    assert {} == read_rows(page)
    assert len([button for button in page.button if button.key.startswith("measure-")]) >= 20
    assert "Nobody competes yet" in read(page)


def test_the_headline_is_the_answer(fill):
    """The first sentences say how many tricks help, which, by how much, and how sure; then what harms, and the rest."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, *CLOSE)
    fill(NORMALISED, *[0.75] * 5)
    fill(Recipe(grad_clip=1.0), *[0.25] * 5)

    words = read(open_answers())

    assert (
        "**Two of the three tricks measured on the baseline help, one of them clear among all 3: normalised inputs"
        " (+25.0), flip (+2.1).** One harms, clear among all 3: gradient clipping 1 (-25.0). Of the others:"
        f" {len(ASKED) - 3} not measured."
    ) in words


def test_each_measured_trick_is_a_row(fill):
    """A row has the figure, interval, seeds, how sure it is, costs as factors, and links to where more is known."""
    fill(BASELINE, *[0.5] * 5)
    fill(Recipe(block="residual"), *[0.75] * 4)

    row = read_rows(open_answers())["residual blocks"]

    assert ("Helps · 1", "+25.0 (+25.0 to +25.0)", "4 and 5 seeds") == (row["group"], row["figure"], row["details"])
    assert ("clear", "×1.7", "×3.8", "×1.0") == tuple(
        row[name] for name in ("how sure", "parameters", "arithmetic", "seconds")
    )
    assert ("also changes: a second convolution", "./tricks?trick=block") == (row["note"], row["about"])
    assert ["./?block=residual", "./compare?recipe=block~residual&recipe=baseline&reference=baseline"] == row["links"]


def test_how_sure_names_its_family(fill):
    """A verdict is shown as that of a single question, and whether it also holds among all that are measured."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, *CLOSE)
    fill(NORMALISED, *[0.75] * 4)

    rows = read_rows(open_answers())

    assert ("Helps · 2", "Helps · 2") == (rows["flip"]["group"], rows["normalised inputs"]["group"])
    assert ("clear alone", "clear among all 2") == (rows["flip"]["how sure"], rows["normalised inputs"]["how sure"])


def test_a_single_seed_is_not_clear(fill):
    """With a single seed a trick has a difference and no verdict, and the row says what an interval needs."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, 0.6875)

    row = read_rows(open_answers())["flip"]

    assert ("Not clear yet · 1", "+18.8", "needs three seeds of each") == tuple(
        row[name] for name in ("group", "figure", "how sure")
    )


def test_diverged_seeds_are_named(fill):
    """A row names the seeds that diverged."""
    fill(BASELINE, *[0.5] * 5)
    fill(FLIP, 0.5, 0.1, 0.5, diverged=1)

    assert "diverged: seed 1" == read_rows(open_answers())["flip"]["note"]


def test_any_recipe_can_be_the_base(fill):
    """The tricks can be switched on in any recipe of the cache, which the link carries, and links go on from there."""
    fill(Recipe(batch_norm="before"), *[0.5] * 4)
    fill(Recipe(batch_norm="before", block="residual"), *[0.75] * 4)

    page = open_answers(base="batch_norm~before")
    chosen = open_answers()
    chosen.selectbox(key="base").set_value("batch_norm~before").run()

    assert "**The one trick measured on top of BatchNorm before ReLU helps" in read(page)
    assert read_rows(page) == read_rows(chosen)
    assert "batch_norm~before" == chosen.query_params["base"]
    assert "reference=batch_norm~before" in read_rows(page)["residual blocks"]["links"][1]


def test_a_base_that_nobody_has_trained_can_be_linked():
    """A link may bring a recipe that the host does not know."""
    page = open_answers(base="flip~true~crop_padding~4")

    assert "flip~true~crop_padding~4" == page.selectbox(key="base").value
    assert "Nobody knows yet what helps on top of flip + crop padding 4" in read(page)


def test_other_images_have_other_bases(fill):
    """Who changes the images has their baseline as the base again."""
    fill(FLIP, 0.5)
    fill(Recipe(dataset="toy"), *[0.5] * 4)
    fill(Recipe(dataset="toy", normalize=True), *[0.75] * 4)
    page = open_answers(base="flip~true")

    page.segmented_control(key="images").set_value("toy").run()

    assert not page.exception
    assert "dataset~toy" == page.selectbox(key="base").value
    assert "The one trick measured on the baseline helps" in read(page)


@pytest.mark.parametrize("name", FULL_RECIPES)
def test_a_full_recipe_is_tried_without_each_trick(fill, name):
    """Each full recipe shows what each of its tricks brings there, and why it is the one."""
    full = Recipe(**FULL_RECIPES[name].values)
    change = list_removals(full)[0]
    fill(full, *[0.75] * 5)
    fill(change.reference, *[0.5] * 5)

    page = open_answers(view="removed", full=name)

    row = read_rows(page)[change.label]
    assert ("Helps · 1", "+25.0 (+25.0 to +25.0)") == (row["group"], row["figure"])
    assert FULL_RECIPES[name].reason in read(page)
    assert f"measured in the recipe “{FULL_RECIPES[name].title}” helps" in read(page)


def test_any_recipe_with_a_few_tricks_can_be_taken_apart(fill):
    """Beside the full recipes, those of the cache with several tricks are offered."""
    fill(Recipe(flip=True, normalize=True), *[0.75] * 4)
    fill(FLIP, *[0.5] * 4)

    page = open_answers(view="removed", full=write_word(Recipe(flip=True, normalize=True)))

    assert ["normalised inputs"] == list(read_rows(page))
    assert "Helps · 1" == read_rows(page)["normalised inputs"]["group"]


def test_a_pair_is_a_table_of_four(fill):
    """Two tricks are a row, four recipes, and a sentence that says how they go together."""
    pair = find_pair("flip", "normalize")
    fill(BASELINE, *[0.5] * 4)
    fill(pair.alone.recipe, *[0.75] * 4)
    fill(pair.together.reference, *[0.625] * 4)
    fill(pair.together.recipe, *[0.75] * 4)

    page = open_answers(view="pairs", first="flip", second="normalize")

    row, words = read_rows(page)["normalised inputs"], read(page)
    assert ("Helps · 1", "clear among all 3") == (row["group"], row["how sure"])
    assert ("+25.0", "less than the sum (-12.5)") == (row["without the first"], row["together"])
    assert "The effect of normalised inputs is smaller with flip: together they bring less than their sum" in words
    assert "62.5% (62.5% to 62.5%, N = 4)" in words


def test_the_link_to_share_has_the_second_trick(fill):
    """The link to a pair is of the pair that is shown, also after another second trick was chosen."""
    fill(BASELINE, *[0.5] * 4)
    page = open_answers(view="pairs", first="flip", second="normalize")

    page.selectbox(key="second").set_value("grad_clip").run()

    assert page.code[0].value.endswith("?view=pairs&first=flip&second=grad_clip")


def test_what_is_known_of_pairs_comes_first(fill):
    """The view of pairs opens with the pair that most is known of."""
    pair = find_pair("flip", "normalize")
    for recipe in (BASELINE, pair.alone.recipe, pair.together.reference, pair.together.recipe):
        fill(recipe, *[0.5] * 4)

    page = open_answers(view="pairs", first="flip")

    assert "normalize" == page.selectbox(key="second").value
    assert ["normalised inputs"] == list(read_rows(page))


@pytest.mark.parametrize("first", [trick.name for trick in TRICKS.values() if trick.is_condition])
def test_conditions_stand_apart(first):
    """Conditions have no row and no button among the tricks; they are what tricks can be tried under."""
    page = open_answers()
    keys = [button.key for button in page.button]

    assert f"measure-{first}" not in keys
    assert f"./what-helps?base={first}~{TRICKS[first].write(TRICKS[first].recommended)}" in read(page)
    assert "Nobody knows yet what helps with" in read(open_answers(view="pairs", first=first))


@pytest.mark.parametrize(
    "link",
    [
        {"view": "sideways"},
        {"images": "mnist"},
        {"base": "x~y"},
        {"view": "pairs", "first": "[x](y)"},
        {"view": "removed", "full": "label_noise~0.2"},
    ],
)
def test_a_wrong_link_is_one_sentence(link):
    """A link that asks for what there is not is answered, and the page shows what it shows at first."""
    page = open_answers(**link)

    assert "which does not exist: it is ignored" in page.toast[0].value.replace("\\", "")
    assert "[x](y)" not in page.toast[0].value


def test_a_trick_is_measured_by_one_press(fill):
    """The button of a trick asks for what an interval needs of both sides, and then says that it is in the queue."""
    fill(BASELINE, *[0.5] * 2)

    page = press(open_answers(), "flip: about 4 s")

    asked = {(request.run.recipe, request.run.seed) for request in open_lab().scheduler.queue()}
    assert {(BASELINE, 2), (FLIP, 0), (FLIP, 1), (FLIP, 2)} == asked
    assert "flip: in the queue" in [button.label for button in page.button]


def test_many_hours_are_asked_for_twice(monkeypatch, fill):
    """What takes more than an hour is queued at a second word, which says who can stop it and where, or not at all."""
    monkeypatch.setattr("tricks.pages.shared.missing_runs.MUCH_SECONDS", 2.0)
    fill(BASELINE, *[0.5] * 3)
    page = press(open_answers(), "flip: about 3 s")
    asked = read(page)

    press(page, "No")
    refused = open_lab().scheduler.queue(), list_buttons(page)
    press(press(page, "flip: about 3 s"), "Yes, queue 3 runs")

    assert "That is 3 runs, about 3 s of training on this host" in asked
    assert "*Stop all mine* on [Train](./), and the host with `python -m tricks stop all`" in asked
    assert not refused[0] and "Yes, queue 3 runs" not in refused[1]
    assert 3 == len(open_lab().scheduler.queue())
    assert not page.exception


def test_a_question_is_settled_where_it_stands(fill):
    """A trick that is not clear yet is chosen, and offered to be settled; while that goes on the page shows it."""
    fill(BASELINE, 0.5, 0.6, 0.55)
    fill(FLIP, 0.5, 0.65, 0.55)
    page = open_answers()

    page.pills(key="unclear-one").set_value(FLIP.key).run()
    press(page, "Settle it")

    assert not page.exception
    assert "flip against baseline" in read(page)
    assert "Stop" in list_buttons(page)
    assert "Stop" in list_buttons(page.run())


def test_more_seeds_of_all_are_out_of_the_way(fill):
    """Whoever wants more seeds of everything opens that part."""
    fill(BASELINE, *[0.5] * 4)
    page = open_answers()

    assert "ask-missing" not in [button.key for button in page.button]
    page.expander(key="more-seeds")


def test_a_refusal_is_one_sentence(monkeypatch, fill):
    """What the host does not take is said with how many runs it took, and the page stands."""
    fill(BASELINE, *[0.5] * 3)
    page = open_answers()

    def refuse(run, visitor):
        raise LimitExceeded("this host gives each visitor 10 minutes at a time")

    monkeypatch.setattr(open_lab().scheduler, "ask", refuse)
    press(page, "flip: about 3 s")

    assert not page.exception
    assert "0 of 3 runs were queued: this host gives each visitor 10 minutes at a time." in read(page)


def test_a_host_without_training_offers_none(monkeypatch):
    """Where training is off, what is not measured is named and cannot be asked for."""
    monkeypatch.setenv("TRICKS_TRAINING", "off")

    page = open_answers()

    assert "Training is off on this host" in read(page)
    assert "stride pooling, average head" in read(page)
    assert [] == list(page.button)


def test_the_best_so_far_is_shown(fill):
    """The best recipe of each class stands with its accuracy, how it was chosen, and a way to beat it."""
    fill(BASELINE, *[0.5] * 4)
    fill(Recipe(block="residual"), *[0.75] * 4)

    words = read(open_answers())

    assert "Of two recipes on this host with 10 epochs of all training images, three seeds or more" in words
    assert "Chosen on the test images" in words
    assert "122,570 parameters · [try to beat it](./?)" in words
    assert 2 == words.count("212,074 parameters · [try to beat it](./?block=residual)")


def test_all_tricks_measured_is_shown(fill):
    """The page stands with every trick measured."""
    changes = list_additions(BASELINE)
    for recipe in dict.fromkeys(change.reference for change in changes):
        fill(recipe, 0.5, 0.51, 0.5)
    for recipe in dict.fromkeys(change.recipe for change in changes):
        if recipe.key not in open_lab().results():
            fill(recipe, 0.52, 0.52, 0.51)

    page = open_answers()

    assert {change.label for change in changes} == set(read_rows(page))
    assert "Not measured yet" not in read(page)
