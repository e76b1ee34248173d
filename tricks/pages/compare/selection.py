"""Which recipes are compared, and with which reference: chosen in two widgets, and carried by the link."""

from collections import Counter

import streamlit as st

from tricks.pages.shared.links import read_query, write_query
from tricks.pages.shared.recipes import MOST_RECIPES, sort_keys
from tricks.recipe.link import write_word
from tricks.recipe.presets import BLOG_PRESETS, name_preset
from tricks.recipe.recipe import Recipe

LINK_NAMES = {"recipe", "reference"}
PAGE_NAMES = [*LINK_NAMES, "measure", "correction", "axis", "shown", "imported"]


def choose_recipes(recipes: dict[str, Recipe]) -> list[Recipe]:
    """The recipes to compare; at first those of the link, or else the blog's settings."""
    session = st.session_state
    if "compared" not in session:
        session.compared = list_first(recipes)
    if "picked" not in session or any(key not in recipes for key in session.picked):
        session.picked = [key for key in session.get("picked", session.compared) if key in recipes]
    session.compared = st.multiselect(
        "Recipes",
        sort_keys(recipes, recipes),
        key="picked",
        format_func=lambda key: recipes[key].label,
        max_selections=MOST_RECIPES,
    )
    return [recipes[key] for key in session.compared]


def choose_reference(recipes: dict[str, Recipe], chosen: list[Recipe]) -> Recipe:
    """The recipe that the others are compared with; until the visitor picks one, the baseline of their images."""
    session = st.session_state
    if "own_reference" not in session:
        session.own_reference = next((recipe.key for recipe in session.linked_reference), None)
    usual = find_usual_reference(recipes, chosen)
    session.reference = session.own_reference if session.own_reference in recipes else usual
    picked = st.selectbox(
        "Compared with",
        sort_keys(recipes, recipes),
        key="reference",
        format_func=lambda key: recipes[key].label,
        on_change=keep_reference,
    )
    return recipes[picked]


def keep_reference() -> None:
    """From now on the reference is the visitor's own."""
    st.session_state.own_reference = st.session_state.reference


def write_selection(recipes: dict[str, Recipe], chosen: list[Recipe], reference: Recipe | None) -> None:
    """The link that opens the same comparison, also an empty one; the usual reference need not be named."""
    link = {"recipe": [write_word(recipe) for recipe in chosen] or [""]}
    if reference and reference.key != find_usual_reference(recipes, chosen):
        link["reference"] = [write_word(reference)]
    write_query(LINK_NAMES, link)


def find_usual_reference(recipes: dict[str, Recipe], chosen: list[Recipe]) -> str:
    """The baseline of most of the chosen recipes, else that of their images, else the first of them."""
    common = Counter(recipe.baseline for recipe in chosen).most_common(1)[0][0]
    baselines = (common, Recipe(dataset=common.dataset))
    return next((each.key for each in baselines if each.key in recipes and [each] != chosen), chosen[0].key)


def list_first(recipes: dict[str, Recipe]) -> list[str]:
    """The keys of the link's recipes; without any, of the blog's settings, else of some that there are."""
    session = st.session_state
    if session.linked or read_query().get("recipe") == [""]:
        return list(dict.fromkeys(recipe.key for recipe in session.linked))
    presets = [key for key in recipes if is_preset(recipes[key])]
    return sort_keys(recipes, presets) or sort_keys(recipes, recipes)[: len(BLOG_PRESETS)]


def is_preset(recipe: Recipe) -> bool:
    """Whether the recipe is one of the blog's settings on the real images."""
    return recipe.dataset == "cifar10" and name_preset(recipe) in BLOG_PRESETS
