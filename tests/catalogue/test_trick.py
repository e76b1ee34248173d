"""One field of a recipe: what it allows, how it is read and written."""

import math

import pytest

from tricks.catalogue.trick import Trick
from tricks.recipe.recipe import TRICKS

ABOUT = {"title": "T", "why": "W", "stage": "model", "helps": "H", "paper": "P", "phrase": "thing {}"}
COUNT = Trick(name="count", default=2, recommended=4, minimum=1, maximum=8, **ABOUT)
SHARE = Trick(name="share", default=0.0, recommended=0.5, maximum=0.9, **ABOUT)
SWITCH = Trick(name="switch", default=False, recommended=True, choices=(False, True), **ABOUT)
KIND = Trick(name="kind", default="round", recommended="square", choices=("round", "square"), **ABOUT)


@pytest.mark.parametrize(
    ("trick", "value"), [(COUNT, 1), (COUNT, 8), (SHARE, 0.0), (SHARE, 0.9), (SWITCH, True), (KIND, "square")]
)
def test_an_allowed_value_is_kept(trick, value):
    """A trick gives an allowed value back, the limits included."""
    assert value == trick.check(value)


def test_a_whole_number_for_a_fraction_becomes_one():
    """A whole number where a fraction is expected is read as that fraction."""
    assert float is type(SHARE.check(0))


@pytest.mark.parametrize("value", [0, 9, 2.0, "2", True, None, [2], math.nan, math.inf])
def test_a_whole_number_field_refuses_everything_else(value):
    """A field for whole numbers takes neither fractions, texts, booleans nor anything out of its range."""
    with pytest.raises(ValueError, match="^count must be a whole number from 1 to 8, not [^\n]+$"):
        COUNT.check(value)


@pytest.mark.parametrize("value", [-0.1, 0.91, 1, "0.5", True, None, math.nan, math.inf, -math.inf])
def test_a_fraction_field_refuses_everything_else(value):
    """A field for fractions takes neither texts, booleans, NaN, infinities nor anything out of its range."""
    with pytest.raises(ValueError, match="^share must be a number from 0 to 0.9, not [^\n]+$"):
        SHARE.check(value)


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_a_switch_refuses_everything_but_true_and_false(value):
    """A field that is on or off takes booleans only."""
    with pytest.raises(ValueError, match="^switch must be one of false, true, not [^\n]+$"):
        SWITCH.check(value)


@pytest.mark.parametrize("value", ["", "Round", "oval", 1, None, ["round"]])
def test_a_choice_refuses_what_is_not_offered(value):
    """A field with choices names them when it is given something else."""
    with pytest.raises(ValueError, match="^kind must be one of round, square, not [^\n]+$"):
        KIND.check(value)


@pytest.mark.parametrize("value", [10**400, -(10**400)], ids=["large", "small"])
def test_a_number_beyond_all_fractions_is_refused(value):
    """A whole number that is too large for a fraction is refused like any other wrong value."""
    with pytest.raises(ValueError, match="^share must be a number"):
        SHARE.check(value)


def test_any_object_is_refused_in_the_same_words():
    """A value that cannot be written as JSON is refused like any other wrong value."""
    with pytest.raises(ValueError, match="^share must be a number"):
        SHARE.check({(1, 2): object()})


@pytest.mark.parametrize(
    ("trick", "text", "value"),
    [
        (COUNT, "4", 4),
        (SHARE, "0.25", 0.25),
        (SHARE, "1e-3", 0.001),
        (SWITCH, "true", True),
        (SWITCH, "False", False),
        (KIND, "square", "square"),
    ],
)
def test_a_text_is_read_as_the_value_it_writes(trick, text, value):
    """A trick reads its value from a link's text."""
    assert value == trick.parse(text)


@pytest.mark.parametrize("trick", [COUNT, SHARE, SWITCH, KIND])
@pytest.mark.parametrize("text", ["", "nonsense", "nan", "inf", "-1", "1e999", "9" * 5000, "1,5", "\x00"])
def test_a_text_that_is_no_value_is_refused_in_one_sentence(trick, text):
    """A text that the field does not allow is one line that names the field."""
    with pytest.raises(ValueError, match=rf"^{trick.name} must be [^\n]+$"):
        trick.parse(text)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (64, "64"), (1.0, "1"), (0.001, "0.001"), (1e-4, "0.0001"), ("sgd", "sgd")]
)
def test_values_are_written_as_people_write_them(value, text):
    """Booleans are written true and false, and a fraction has no digits that say nothing."""
    assert text == SHARE.write(value)


def test_no_digit_of_a_fraction_is_lost():
    """A fraction with many digits is written with all of them."""
    assert 1 / 3 == SHARE.parse(SHARE.write(1 / 3))


def test_a_trick_with_its_value_reads_as_a_phrase():
    """A label names the trick with its value in a few words."""
    assert "thing 0.5" == SHARE.say(0.5)


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_trick_names_its_allowed_values(trick):
    """Every trick says in words what it allows, and its picks and its recommended value are among that."""
    offered = [trick.default, trick.recommended, *trick.picks, *(trick.choices or ())]

    assert trick.allowed.startswith(("one of ", "a number from ", "a whole number from "))
    assert offered == [trick.check(value) for value in offered]


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_trick_offers_its_default_and_its_recommended_value(trick):
    """What the page offers for a trick has the default in it, and either choices or picks to choose from."""
    offered = trick.choices or trick.picks

    assert trick.default in offered
    assert len(offered) == len(set(offered)) >= 2


def test_nothing_is_off():
    """Values are shown as people say them: zero and false are off, where the trick starts from there."""
    assert ("off", "0.5") == tuple(TRICKS["grad_clip"].show(value) for value in (0.0, 0.5))
    assert ("off", "on") == tuple(TRICKS["flip"].show(value) for value in (False, True))
    assert "none" == TRICKS["batch_norm"].show("none")


def test_one_thing_is_said_in_the_singular():
    """A label says 1 epoch, 2 epochs, and leaves words alone that are no count."""
    assert ("1 epoch", "2 epochs") == tuple(TRICKS["epochs"].say(count) for count in (1, 2))
    assert "normalised inputs" == TRICKS["normalize"].say(True)
