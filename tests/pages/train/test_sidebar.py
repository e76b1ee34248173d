"""The sidebar: what is typed or linked is what is set, and what cannot be is told."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.reading import open_train, read
from tricks.pages.shared.text import WORD_JOINER
from tricks.pages.train.sidebar import is_typed, read_value
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe

pytestmark = pytest.mark.usefixtures("engine")


def read_warnings(page: AppTest) -> list[str]:
    assert not page.exception
    return [warning.value.replace("\\", "") for warning in page.warning]


TYPED = [("learning_rate", "0.0015", 0.0015), ("epochs", "100", 100), ("epochs", " 7 ", 7), ("weight_decay", "off", 0)]

BOXES = [name for name, trick in TRICKS.items() if is_typed(trick) and not isinstance(trick.default, bool)]


@pytest.mark.parametrize(("name", "text", "value"), [*TYPED, ("conv_width", "0.3", 0.3), ("crop_padding", "0", 0)])
def test_what_is_typed_is_set(name, text, value):
    """A number is typed into a box, which takes it as it is."""
    page = open_train()

    page.text_input(key=f"trick-{name}").set_value(text).run()

    assert [] == read_warnings(page)
    assert value == getattr(page.session_state.recipe, name)


@pytest.mark.parametrize("name", BOXES)
def test_every_box_takes_what_its_help_recommends(name):
    """Whatever box: the recommended value, typed as the page writes it, is the recipe's."""
    trick = TRICKS[name]
    page = open_train(**{needed: str(value) for needed, value in trick.needs.items()})

    page.text_input(key=f"trick-{name}").set_value(trick.show(trick.recommended)).run()

    assert [] == read_warnings(page)
    assert trick.recommended == getattr(page.session_state.recipe, name)


def test_what_cannot_be_typed_is_told_in_the_box_s_words():
    """A wrong number is told with the title and the value that the visitor sees, and the box shows that value again."""
    page = open_train()

    page.text_input(key="trick-conv_width").set_value("wide").run()
    page.text_input(key="trick-weight_decay").set_value("-1").run()

    assert ["Weight decay must be a number from 0 to 1, not -1.0: it stays off."] == read_warnings(page)
    assert ("1", "off") == tuple(page.text_input(key=f"trick-{name}").value for name in ("conv_width", "weight_decay"))


def test_a_closed_stage_holds_its_values_and_nothing_else():
    """The toggles of a stage are made when it is opened; what is set there stays set when it is closed again."""
    page = open_train(stages=["loss"])
    page.text_input(key="trick-label_smoothing").set_value("0.2").run()

    page.session_state["stage-loss"] = False
    page.run()
    page.segmented_control(key="trick-block").set_value("residual").run()

    assert {"trick-loss", "trick-label_smoothing"}.isdisjoint(widget.key for widget in [*page.text_input, *page.toggle])
    assert {"label_smoothing": 0.2, "block": "residual"} == page.session_state.recipe.values


def test_strangers_in_a_link_are_ignored():
    """What trackers add to a link leaves the recipe, says nothing, and stays in the address."""
    page = open_train(block="residual", utm_source="x", fbclid="y", __theme="dark")

    assert [] == read_warnings(page)
    assert Recipe(block="residual") == page.session_state.recipe
    assert {"block", "utm_source", "fbclid", "__theme"} == set(page.query_params)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"block": "cubic"}, 'block must be one of conv, double, residual, not "cubic".'),
        ({"blok": "conv"}, 'there is no trick "blok": did you mean block?'),
        ({"dense_width": "-1"}, "dense_width must be a whole number from 8 to 4096, not -1."),
        ({"dataset": "mnist"}, 'dataset must be one of cifar10, toy, not "mnist".'),
    ],
)
def test_a_wrong_part_of_a_link_is_one_sentence(wrong, sentence):
    """What cannot be is told in one sentence, and the rest of the link holds."""
    page = open_train(flip="true", **wrong)

    assert [f"The link is followed but for this: {sentence}"] == read_warnings(page)
    assert Recipe(flip=True) == page.session_state.recipe


def test_a_link_cannot_bring_markup():
    """What a link says is shown as it is, never interpreted as Markdown."""
    page = open_train(block="[click](http://example.org)")

    assert not page.exception
    assert r"\[click\]\(http\://example.org\)" in page.warning[0].value.replace(WORD_JOINER, "")


@pytest.mark.parametrize("name", [name for name, trick in TRICKS.items() if not trick.choices and not trick.headline])
def test_a_box_says_what_is_usual(name):
    """Each box's help has the usual values and what else can be typed."""
    box = open_train().text_input(key=f"trick-{name}")

    assert TRICKS[name].allowed in box.help
    assert all(TRICKS[name].show(value) in box.help for value in TRICKS[name].picks)


@pytest.mark.parametrize("name", TRICKS)
def test_a_link_restores_every_trick(engine, name):
    """Opening a link sets the widget of each trick that it names."""
    trick = TRICKS[name]

    chosen = {**trick.needs, name: trick.recommended}

    page = open_train(**{one: TRICKS[one].write(value) for one, value in chosen.items()})

    assert not page.exception
    assert trick.recommended == page.session_state.recipe.values[name]
    assert trick.recommended == read_value(name, page.session_state[f"trick-{name}"])


def test_a_trick_without_effect_cannot_be_toggled(engine):
    """The widget of a trick that has no effect in the recipe says so, and wakes with what it needs."""
    asleep, awake = open_train(), open_train(crop_padding="2")

    widgets = [page.segmented_control(key="trick-crop_fill") for page in (asleep, awake)]

    assert ["Crop filling (without effect here)", "Crop filling"] == [widget.label for widget in widgets]
    assert [True, False] == [widget.disabled for widget in widgets]


def test_all_tricks_at_once_are_shown(engine):
    """The page stands with every trick on."""
    page = open_train(**{name: trick.write(trick.recommended) for name, trick in TRICKS.items()})

    assert not page.exception
    assert set(TRICKS) == set(page.session_state.recipe.values)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_the_toggles(engine, name):
    """Choosing a preset shows its recipe with the blog's parameter count."""
    page = open_train()

    page.selectbox(key="preset").set_value(name).run()

    assert not page.exception
    assert Recipe(**PRESETS[name].values) == page.session_state.recipe


def test_choosing_an_optimiser_fills_in_its_learning_rate(engine):
    """SGD comes with the learning rate that suits it, and the page says so."""
    page = open_train()

    page.selectbox(key="trick-optimizer").set_value("sgd").run()

    assert {"optimizer": "sgd", "learning_rate": 0.05} == page.session_state.recipe.values
    assert "recommended for sgd" in page.toast[0].value


def test_an_impossible_choice_is_explained_and_taken_back(engine):
    """A batch larger than the toy set is refused in one sentence, and the recipe stays as it was."""
    page = open_train(batch_size="4000")

    page.segmented_control(key="trick-dataset").set_value("toy").run()

    assert not page.exception
    assert "Batch size must be at most 2000" in read(page)
    assert Recipe(batch_size=4000) == page.session_state.recipe
