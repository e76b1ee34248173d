"""What can be done with a recipe besides training it: compare it, send it, take it away, show it to a room."""

import streamlit as st

from tricks.pages.shared.links import link_to_compare
from tricks.pages.shared.share import show_share
from tricks.pages.shared.take_away import show_take_away
from tricks.pages.train.knowledge import find_reference
from tricks.pages.train.sidebar import show_another
from tricks.recipe.link import write_link
from tricks.recipe.recipe import Recipe


def show_tools(recipe: Recipe) -> None:
    """In one line, below what the recipe is."""
    baseline = Recipe(dataset=recipe.dataset)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.link_button(
            "Compare this",
            link_to_compare([find_reference(recipe), recipe]),
            icon=":material/bar_chart:",
            type="tertiary",
        )
        show_share(write_link(recipe))
        show_take_away([recipe])
        st.button(
            "Reset to baseline",
            key="reset",
            icon=":material/restart_alt:",
            type="tertiary",
            disabled=recipe == baseline,
            on_click=show_another,
            args=(baseline,),
        )
