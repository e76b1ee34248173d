"""What the toggles do, where they are toggled: a picture of one of a group's tricks, drawn once somebody opens it."""

from collections.abc import Sequence

import streamlit as st

from tricks.catalogue.trick import Trick
from tricks.pages.sessions.page_lock import refresh
from tricks.pages.shared.links import link_to_trick
from tricks.pages.shared.pictures import show_picture
from tricks.pages.shared.text import escape
from tricks.recipe.picture import reduce_to_picture
from tricks.recipe.recipe import TRICKS, Recipe


def offer_explanation(tricks: Sequence[Trick], group: str, recipe: Recipe) -> None:
    """A button that shows what the tricks of a group do, in this recipe; `group` names it among the others."""
    refresh(_show)([trick.name for trick in tricks], group, recipe)


def _show(names: list[str], group: str, recipe: Recipe) -> None:
    """The button, and once it is pressed one of the tricks: at first one that the recipe has on."""
    popover = st.popover(
        "See what they do", key=f"see-{group}", icon=":material/visibility:", type="tertiary", on_change="rerun"
    )
    if not popover.open:
        return
    with popover.container(key=f"seen-in-{group}", gap="small"):
        first = next((name for name in names if name in recipe.values), names[0])
        name = st.selectbox(
            "Trick",
            names,
            index=names.index(first),
            key=f"seen-{group}",
            format_func=lambda name: TRICKS[name].title,
        )
        trick = TRICKS[name]
        show_picture(trick, reduce_to_picture(trick, recipe), f"seen-{name}")
        st.markdown(f"**When it helps.** {escape(trick.helps)} [More about it]({link_to_trick(name)})")
