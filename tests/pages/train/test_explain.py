"""What the toggles do, seen beside them: nothing until somebody asks, then the picture of this very recipe."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.reading import open_train
from tricks.lab import open_lab
from tricks.pages.shared.links import link_to_trick
from tricks.recipe.recipe import STAGES, TRICKS

pytestmark = pytest.mark.usefixtures("engine", "one_thread")

OPEN = """
import streamlit as st
from tricks.pages.train.explain import offer_explanation
from tricks.recipe.recipe import TRICKS, Recipe
st.session_state["see-data"] = True
offer_explanation([TRICKS[name] for name in ("flip", "cutout")], "data", Recipe(dataset="toy", cutout=16))
"""


def test_nothing_is_drawn_before_somebody_asks():
    """Train has a button for each group of toggles, and no picture is asked for until one is pressed."""
    page = open_train()
    names = [each.proto.popover.id for each in page.get("popover")]

    assert not page.exception
    assert {"headline", *STAGES} == {name.rpartition("see-")[2] for name in names if "see-" in name}
    assert [] == open_lab().pictures.draws


def test_every_toggle_links_to_its_trick():
    """The help of every toggle has a link to its trick."""
    page = open_train()
    widgets = [*page.toggle, *page.text_input, *page.selectbox, *page.segmented_control]
    helps = {widget.key: widget.help for widget in widgets if widget.key}

    assert [] == [name for name in TRICKS if link_to_trick(name) not in helps[f"trick-{name}"]]


def test_a_trick_is_seen_as_it_is_in_the_recipe():
    """The first that is on is shown at its value, with a link to more; another can be chosen."""
    page = AppTest.from_string(OPEN, default_timeout=30).run()

    assert not page.exception
    assert "cutout" == page.selectbox(key="seen-data").value
    assert 1 == sum("class='pairs'" in html.proto.body for html in page.get("html"))
    assert link_to_trick("cutout") in page.markdown[-1].value
