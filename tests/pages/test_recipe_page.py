"""The first page around its run: like is compared with like, and a recipe can be compared, sent and reset."""

from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from tests.fakes import FakeEngine, SlowEngine
from tests.pages.reading import list_buttons, open_train, press, read
from tricks.lab import open_lab
from tricks.recipe.link import read_word
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute


def test_like_is_compared_with_like(engine, fill):
    """A short training is compared with the baseline trained as long, and the page says so."""
    fill(Recipe(), 0.7)
    fill(Recipe(epochs=2), 0.4)
    fill(Recipe(epochs=2, flip=True), 0.45)

    words = read(open_train(epochs="2", flip="true"))

    assert "against the baseline of 2 epochs: +5.0 points" in words
    assert "the baseline of 2 epochs in grey" in words


def test_another_length_alone_is_compared_with_the_baseline(engine, fill):
    """Where the epochs are all that differs, the page says of how many the baseline is."""
    fill(Recipe(), 0.7)
    fill(Recipe(epochs=1), 0.4)

    page = open_train(epochs="1")

    assert "against the baseline of 10 epochs: -30.0 points" in read(page)
    assert "1 epoch" == page.header[0].value


def test_a_condition_is_compared_under_the_same_condition(engine, fill):
    """What was trained on few images is compared with the baseline of these, and the page says so."""
    few = {"train_share": 0.1, "epochs": 100}
    fill(Recipe(), 0.7)
    fill(Recipe(**few), 0.4)
    fill(Recipe(**few, flip=True), 0.45)

    page = open_train(train_share="0.1", epochs="100", flip="true")

    assert "against the baseline of 100 epochs with 0.1 of the images: +5.0 points" in read(page)
    assert not [label for label in list_buttons(page) if label.endswith("too")]


def test_the_missing_baseline_is_trained_too(engine, fill):
    """Where the baseline that a recipe is compared with has no run, one press asks for it, and only there."""
    engine(SlowEngine())
    fill(Recipe(), 0.7)
    page = open_train(epochs="2", flip="true")

    press(page, "Train the baseline of 2 epochs too")

    assert [Run(recipe=Recipe(epochs=2), seed=0)] == [request.run for request in open_lab().scheduler.queue()]
    assert not [label for label in list_buttons(page) if label.endswith("too")]
    assert not [label for label in list_buttons(open_train(flip="true")) if label.endswith("too")]


def test_a_recipe_leads_to_its_comparison(engine):
    """From a recipe one comes to Compare, with it and with what it is compared with."""
    page = open_train(epochs="2", flip="true")

    target = urlsplit(page.get("link_button")[0].proto.url)

    assert "./compare" == target.path
    assert [Recipe(epochs=2), Recipe(epochs=2, flip=True)] == [
        read_word(word) for word in parse_qs(target.query)["recipe"]
    ]


def test_a_recipe_can_be_sent(engine):
    """The link to the recipe can be copied."""
    assert open_train(block="residual", utm_source="x").code[0].value.endswith("?block=residual")


def test_everything_is_reset_at_once(engine):
    """One press leads back to the baseline, of the same images."""
    page = open_train(dataset="toy", block="residual", epochs="2")

    press(page, "Reset to baseline")

    assert Recipe(dataset="toy") == page.session_state.recipe
    assert "10" == page.text_input(key="trick-epochs").value


def test_the_toy_set_is_the_first_choice_of_the_sidebar(engine):
    """The quickest way to see a training is not the last thing that a newcomer finds."""
    assert "Images" == next(iter(open_train().sidebar.segmented_control)).label


def test_where_training_is_off_nobody_is_told_to_press(engine, monkeypatch):
    """A host that only shows results does not speak of a Train button."""
    monkeypatch.setenv("TRICKS_TRAINING", "off")

    assert "press Train" not in read(open_train(flip="true"))


def test_a_preset_is_named_as_its_recipe(engine):
    """A preset bears the blog's name and the one that its recipe has everywhere else."""
    options = open_train().selectbox(key="preset").options

    assert "residual: BatchNorm before ReLU + residual blocks" in options
    assert {"baseline", "batch 128", "wider: dense width 512"} <= set(options)


def test_the_loss_in_numbers_is_the_smoothed_one(engine, fill):
    """The loss that is shown large is the course's, not that of a single batch."""
    list(execute(open_lab().store, FakeEngine(), Run(recipe=Recipe(dataset="toy"), seed=0)))

    page = open_train(dataset="toy")

    shown = {metric.label: metric.value for metric in page.metric}["Loss, smoothed"]
    assert 2.25 < float(shown) < 2.5


def test_what_was_recorded_by_epoch_is_drawn(engine, fill):
    """Beside the training loss stands the test loss, and beside the test accuracy that on training images."""
    fill(Recipe(dataset="toy"), 0.6)

    charts = open_train(dataset="toy").get("vega_lite_chart")

    series = [set(convert_arrow_bytes_to_pandas_df(chart.proto.data.data)["series"]) for chart in charts]
    assert [True, True] == ["on test images" in series[0], "on training images" in series[1]]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"loss": "squared"}, "the squared loss"),
        ({"label_smoothing": "0.1"}, "a loss of smoothed labels"),
        ({"cutmix": "1"}, "a loss of mixed images"),
    ],
)
def test_losses_of_two_kinds_are_not_drawn_on_one_axis(engine, values, words):
    """Of another loss than the one that is measured on test images only its own values are drawn, and that is said."""
    name, link = next(iter(values.items()))
    for recipe in (Recipe(dataset="toy"), Recipe(dataset="toy", **{name: TRICKS[name].parse(link)})):
        list(execute(open_lab().store, FakeEngine(), Run(recipe=recipe, seed=0)))

    page = open_train(dataset="toy", **values)

    losses = convert_arrow_bytes_to_pandas_df(page.get("vega_lite_chart")[0].proto.data.data)
    assert {"every step", "smoothed"} == set(losses["series"])
    assert f"this is {words}, whose values cannot be held against another's" in read(page)


def test_the_first_sentence_leads_to_the_answers(engine):
    """Who comes for the answers finds the way to them in the first sentence."""
    assert open_train().markdown[0].value.startswith("[Which training tricks really help](./what-helps) a small CNN")
