"""Inside in all its states, in Streamlit's simulator: the words that a visitor reads, and no exception."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import PredictingEngine
from tests.pages.reading import open_page, read
from tricks.charts.predictions import WRONG
from tricks.pages.inside.matrix import tabulate_cells
from tricks.pages.inside.readings import find_predictions, open_images
from tricks.pages.shared.links import link_to_inside
from tricks.recipe.link import write_word
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store

TOY, FLIP = Recipe(dataset="toy"), Recipe(dataset="toy", flip=True)
pytestmark = pytest.mark.usefixtures("engine")
open_inside = partial(open_page, "inside.page")


@pytest.fixture
def predict(tmp_path, monkeypatch):
    """Finishes seeds of a recipe with predictions on the toy set, of which a share is wrong."""
    monkeypatch.setenv("TRICKS_DATA", str(tmp_path / "data"))

    def finish(recipe: Recipe, seeds: int, wrong: float = 0.3) -> None:
        for seed in range(seeds):
            list(execute(Store(tmp_path), PredictingEngine(wrong), Run(recipe=recipe, seed=seed)))

    return finish


def list_html(page: AppTest, part: str) -> list[str]:
    """The page's pieces of HTML that have this in them, in order."""
    return [html.proto.body for html in page.get("html") if part in html.proto.body]


def list_pictures(page: AppTest) -> list[str]:
    """The galleries of the page, in order."""
    return list_html(page, "class='gallery'")


def test_an_empty_lab_says_so():
    """Where nothing has been trained, the page says what to do."""
    assert "Nothing has been trained yet" in read(open_inside())


def test_one_recipe_is_shown(predict):
    """Of one recipe there are its figures, the matrix, the classes, and the images that most seeds get wrong."""
    predict(TOY, 3)

    page = open_inside()

    assert ["Accuracy of a seed", "Majority of 3 seeds", "Wrong in most seeds", "Wrong in all"] == [
        metric.label for metric in page.metric
    ]
    assert float(page.metric[1].value.rstrip("%")) > float(page.metric[0].value.rstrip("%")) + 5
    assert 2 == len(page.get("vega_lite_chart"))
    assert "images that most seeds get wrong" in read(page)
    assert 24 == list_pictures(page)[0].count("<img ") == list_pictures(page)[0].count(" alt='Test image ")
    assert write_word(TOY) == page.query_params["recipe"]


def test_two_seeds_have_no_majority(predict):
    """Of two seeds that differ the first would have the last word: they are no ensemble, alone or beside another."""
    predict(TOY, 2)

    assert not any("Majority" in metric.label for metric in open_inside().metric)


def test_more_images_come_when_asked_for(predict):
    """A press shows more of the same images."""
    predict(TOY, 1)
    page = open_inside()

    next(button for button in page.button if "More of these" in button.label).click().run()

    assert 48 == list_pictures(page)[0].count("<img ")


def test_a_cell_s_images_are_in_the_link(predict):
    """The link opens the images of one cell, and the boxes below the matrix choose another."""
    predict(TOY, 3)

    page = open_inside(TOY, label="pattern 3", said="pattern 5")
    assert "images of class pattern 3 that any seed takes for pattern 5" in read(page)
    page.selectbox(key="said").set_value("any").run()

    assert not page.exception
    assert "images of class pattern 3 that any seed takes for another" in read(page)
    assert "pattern 3" == page.query_params["label"]
    assert "said" not in page.query_params


def open_replay(page: AppTest) -> AppTest:
    page.session_state["replay"] = True
    page.run()
    assert not page.exception
    return page


def test_a_run_can_be_seen_again(predict):
    """A finished run plays its curves again when asked to, and shows its first filters before and after."""
    predict(TOY, 2)
    page = open_replay(open_inside(TOY))
    assert "animation:none" in list_html(page, "st-key-replay-loss")[0]

    page.button(key="play").click().run()

    assert not page.exception
    assert "animation:uncover-1 10s linear" in list_html(page, "st-key-replay-loss")[0]
    assert 2 == len(list_html(page, "class='filters'"))
    assert "32 first filters before training" in list_html(page, "class='filters'")[0]


def test_the_link_chooses_the_seed_that_is_seen_again(predict):
    """The link names the seed, where it is not the usual one."""
    predict(TOY, 3)

    page = open_inside(TOY, seed="2")
    assert 2 == page.selectbox(key="seed").value
    page.selectbox(key="seed").set_value(0).run()

    assert "seed" not in page.query_params


def test_without_weights_there_are_no_filters(predict, tmp_path):
    """Where weights were deleted there are curves alone; where it is not known how they began, the end alone."""
    predict(TOY, 1)
    predict(Recipe(dataset="toy", init="kaiming"), 1)
    for path in tmp_path.glob("*baseline*.weights.safetensors"):
        path.unlink()

    assert "The weights of this seed are not kept" in read(open_replay(open_inside(TOY)))
    other = open_replay(open_inside(Recipe(dataset="toy", init="kaiming")))
    assert "only the end is shown" in read(other)
    assert 1 == len(list_html(other, "class='filters'"))


def test_runs_of_no_common_seed_are_seen_together(predict, tmp_path):
    """Two recipes without a seed in common are shown each with its first."""
    predict(TOY, 1)
    predict(FLIP, 2)
    for path in tmp_path.glob("*flip*-s0.*"):
        path.unlink()

    page = open_replay(open_inside(TOY, FLIP))

    assert 4 == len(list_html(page, "class='filters'"))
    assert "seed" not in [box.key for box in page.selectbox]


@pytest.mark.parametrize(
    ("values", "other", "is_told"),
    [
        ({}, {"flip": True}, False),
        ({}, {"label_smoothing": 0.1}, True),
        ({"loss": "squared"}, {"loss": "squared", "flip": True}, False),
    ],
)
def test_different_losses_are_told(predict, values, other, is_told):
    """Of two recipes that are trained by different losses that is said, and of equal ones, whichever, it is not."""
    recipes = [Recipe(dataset="toy", **each) for each in (values, other)]
    for recipe in recipes:
        predict(recipe, 1)

    assert is_told == ("the two are different losses" in read(open_replay(open_inside(*recipes))))


def test_what_is_no_class_is_told(predict):
    """A class that does not exist is ignored, and told."""
    predict(TOY, 1)

    page = open_inside(TOY, label="cat")

    assert "no class here" in read(page)
    assert "images that most seeds get wrong" in read(page)


def test_shares_or_counts(predict):
    """The matrix shows shares of a class's images, or counts."""
    predict(TOY, 2)

    assert "percent of a class's images, over 2 seeds" in read(open_inside())
    assert ": images, over 2 seeds" in read(open_inside(TOY, cells="counts"))


def test_two_recipes_are_shown_beside_each_other(predict):
    """Of two recipes there are differences by class, corrected for ten, and the images that only one gets right."""
    predict(TOY, 3, wrong=0.1)
    predict(FLIP, 3, wrong=0.9)

    page = open_inside(TOY, FLIP)

    assert "corrected for 10 classes" in read(page)
    assert "Clearly ahead on pattern 0" in read(page)
    assert "By luck alone: about" in read(page)
    assert "Right with baseline (toy):" in read(page).replace("**", "")
    assert 2 == len(page.get("vega_lite_chart"))
    assert "votes: 3 of pattern" in list_pictures(page)[0]
    assert [write_word(TOY), write_word(FLIP)] == page.query_params["recipe"]


def test_recipes_of_one_seed_each(predict):
    """With a seed each nothing is clear, and the page says so instead of failing."""
    predict(TOY, 1)
    predict(FLIP, 1, wrong=0.5)

    assert "No class is clear yet" in read(open_inside(TOY, FLIP))


def test_recipes_of_other_images_are_not_compared(predict):
    """What has learned other images is not compared."""
    predict(TOY, 1)

    assert "have learned other images" in read(open_inside(TOY, Recipe()))


def test_without_runs_there_is_a_way_on(predict):
    """A recipe that nobody has trained leads to Train."""
    predict(TOY, 1)

    page = open_inside(FLIP)

    assert "No run of flip (toy) is finished yet: [train a seed of it](./?dataset=toy&flip=true)" in read(page)
    assert not page.get("vega_lite_chart")


def test_without_predictions_there_is_a_sentence(predict, tmp_path):
    """Deleted predictions are told, of all seeds or of some."""
    predict(TOY, 2)
    kept = sorted(tmp_path.glob("*.predictions.safetensors"))
    kept[1].unlink()
    assert "the predictions of seed 1 are not kept" in read(open_inside())

    predict(FLIP, 1)
    for path in tmp_path.glob("*flip*.predictions.safetensors"):
        path.unlink()

    assert "No predictions of flip (toy) are kept" in read(open_inside(FLIP))


def test_predictions_of_other_images_do_not_count(predict, tmp_path):
    """Predictions that have not the accuracy of their run are another run's, and do not count."""
    predict(TOY, 2)
    first, second = sorted(tmp_path.glob("*.predictions.safetensors"))
    first.write_bytes(second.read_bytes())

    assert "the predictions of seed 0 are not kept" in read(open_inside())


@pytest.mark.parametrize(("training", "way"), [("open", "training on CIFAR-10"), ("off", "TRICKS_DATA")])
def test_without_images_there_are_figures(predict, monkeypatch, training, way):
    """Where CIFAR-10 has never been read, the page has the figures, and says how the images come."""
    monkeypatch.setenv("TRICKS_TRAINING", training)
    predict(Recipe(), 2)

    page = open_inside()

    assert "The test images of CIFAR-10 are not on this host yet" in read(page)
    assert way in read(page)
    assert 2 == len(page.get("vega_lite_chart"))
    assert [] == list_pictures(page)


def test_diverged_runs_are_told(fill, predict, tmp_path):
    """A run that diverged counts with what its weights say, and the page says so."""
    predict(TOY, 2)
    path = next(tmp_path.glob("*-s1.jsonl"))
    path.write_text(path.read_text().replace('"diverged":false', '"diverged":true'))

    assert "diverged: seed 1" in read(open_inside(TOY))


def test_other_pages_lead_inside(predict):
    """Train leads inside its recipe, Compare inside the recipe in question and its reference."""
    predict(TOY, 2)
    predict(FLIP, 2)
    train, compare = open_page("train.page", dataset="toy"), open_page("compare.page", FLIP, TOY)

    assert f"[look inside]({link_to_inside([TOY])})" in read(train)
    assert f"[Look inside]({link_to_inside([FLIP, TOY])})" in read(compare)


def test_many_recipes_make_it_no_slower(predict, fill, monkeypatch):
    """Only the predictions of the recipes that are shown are read."""
    import tricks.pages.inside.readings as readings

    predict(TOY, 2)
    for dense_width in range(10, 30):
        fill(Recipe(dataset="toy", dense_width=dense_width), 0.5)
    read_runs, read_one = [], readings.read_predictions
    monkeypatch.setattr(readings, "read_predictions", lambda store, run: read_runs.append(run) or read_one(store, run))

    open_inside(TOY)

    assert {TOY} == {run.recipe for run in read_runs}


def test_the_matrix_has_every_cell(predict):
    """The matrix has a cell for each pair of classes, whose counts are all images of all seeds; one has an edge."""
    predict(TOY, 2)
    images = open_images("toy")
    of = find_predictions(TOY, images)

    table = tabulate_cells(of, "counts", 1, 2)

    assert 100 == len(table)
    assert 1_000 == table["images"].sum()
    assert ["pattern 1 pattern 2"] == list(
        table[table["edge"] > 0].apply(lambda row: f"{row.label} {row.said}", axis=1)
    )
    assert WRONG in set(table[table["label"] != table["said"]]["color"])


def test_links_lead_inside():
    """A link to Inside is relative, and carries one recipe or two."""
    assert "./inside?recipe=flip~true&recipe=baseline" == link_to_inside([Recipe(flip=True), Recipe()])
