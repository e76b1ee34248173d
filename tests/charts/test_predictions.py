"""The charts of Inside, on their dictionaries."""

from tricks.charts.colors import CLOSEST, LUMINANCES, SETTING_COLORS, measure_distance, measure_luminance
from tricks.charts.predictions import CELL, WRONG, confusion_spec


def test_a_cell_can_be_clicked():
    """The matrix has one selection, by label and by what it is taken for."""
    (selection,) = confusion_spec()["params"]

    assert CELL == selection["name"]
    assert ["label", "said"] == selection["select"]["fields"]


def test_wrong_has_a_colour_of_its_own():
    """No recipe's colour looks like that of what is wrong, which stands out from white and from black."""
    red, green, blue = (int(WRONG[place : place + 2], 16) / 255 for place in (1, 3, 5))

    assert min(measure_distance(WRONG, color) for color in SETTING_COLORS.values()) > CLOSEST
    assert LUMINANCES[0] <= measure_luminance(red, green, blue) <= LUMINANCES[1]
