"""The tricks: one at a time with all that there is to know of it, and the list of all, each with its own link."""

import streamlit as st

from tricks.catalogue.trick import Trick
from tricks.pages.shared.choices import choose
from tricks.pages.shared.links import link_to_trick
from tricks.pages.shared.pictures import expect_pictures, show_picture
from tricks.pages.shared.text import escape
from tricks.pages.tricks.evidence import show_evidence
from tricks.pages.tricks.facts import show_facts
from tricks.recipe.picture import picture_value
from tricks.recipe.recipe import STAGES, TRICKS, Recipe


def show() -> None:
    """The page, top to bottom."""
    expect_pictures()
    st.title("The tricks", anchor=False)
    name = choose("Trick", "trick", list_trick_names(), st.selectbox, format_func=format_title, width=420)
    trick = TRICKS[name]
    show_trick(trick)
    show_all()


def list_trick_names() -> list[str]:
    """The tricks, stage after stage."""
    return [trick.name for stage in STAGES for trick in TRICKS.values() if trick.stage == stage]


def format_title(name: str) -> str:
    """The title, after that of its stage."""
    return f"{STAGES[TRICKS[name].stage]}: {TRICKS[name].title}"


def show_trick(trick: Trick) -> None:
    """What it does, in words and in a picture, and what is known of it."""
    st.header(trick.title, anchor=False)
    st.markdown(escape(trick.why))
    st.markdown(f"**When it helps.** {escape(trick.helps)}")
    value = choose_value(trick)
    show_picture(trick, picture_value(trick, value, Recipe()), f"picture-{trick.name}")
    show_evidence(trick)
    show_facts(trick)


def choose_value(trick: Trick):
    """The value that is shown: the recommended one, or another one that is usual."""
    values = [value for value in trick.choices or trick.picks if value != trick.default]
    if len(values) < 2:
        return trick.recommended
    chosen = st.segmented_control(
        "Shown with",
        values,
        key=f"value-{trick.name}",
        default=trick.recommended,
        required=True,
        format_func=trick.show,
    )
    return trick.recommended if chosen is None else chosen


def show_all() -> None:
    """All tricks, each with its link."""
    st.header("All of them", anchor=False)
    for stage, title in STAGES.items():
        links = [
            f"[{escape(trick.title)}]({link_to_trick(trick.name)})" for trick in TRICKS.values() if trick.stage == stage
        ]
        st.markdown(f"**{title}**: {', '.join(links)}")
