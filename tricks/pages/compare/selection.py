"""Which recipes are compared, and with which reference: chosen in two widgets, and carried by the link."""

from collections import Counter
from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tricks.pages.shared.correction import KEY as CORRECTION
from tricks.pages.shared.measure import KEY as MEASURE
from tricks.pages.shared.text import plain
from tricks.recipe.presets import PRESETS, name_preset
from tricks.recipe.recipe import Recipe


def choose_recipes(recipes: dict[str, Recipe], notices: DeltaGenerator) -> list[Recipe]:
    """The recipes to compare; at first those of the link, or else the blog's settings. `notices`: for what is wrong."""
    session = st.session_state
    session.pop("link", None)  # The first page writes its own link again when the visitor comes back.
    if "compared" not in session:
        session.compared = read_selection(recipes, st.query_params.get("recipes", ""), notices)
    if "picked" not in session or any(key not in recipes for key in session.picked):
        session.picked = [key for key in session.get("picked", session.compared) if key in recipes]
    session.compared = st.multiselect(
        "Recipes", sort_keys(recipes, recipes), key="picked", format_func=lambda key: recipes[key].label
    )
    return [recipes[key] for key in session.compared]


def choose_reference(recipes: dict[str, Recipe], chosen: list[Recipe], notices: DeltaGenerator) -> Recipe:
    """The recipe that the others are compared with; until the visitor picks one, the baseline of their images."""
    session = st.session_state
    if "own_reference" not in session:
        session.own_reference = read_reference(recipes, st.query_params.get("reference", ""), notices)
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
    """The link that opens the same comparison; the usual reference need not be named."""
    kept = {name: value for name, value in st.query_params.items() if name in (CORRECTION, MEASURE)}
    link = {"recipes": ".".join(short_name(recipe.key) for recipe in chosen), **kept}
    if reference and reference.key != find_usual_reference(recipes, chosen):
        link["reference"] = short_name(reference.key)
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)


def find_usual_reference(recipes: dict[str, Recipe], chosen: list[Recipe]) -> str:
    """The baseline of the images that most of the chosen recipes have, else the first of them."""
    dataset = Counter(recipe.dataset for recipe in chosen).most_common(1)[0][0]
    baseline = Recipe(dataset=dataset).key
    return baseline if baseline in recipes else chosen[0].key


def read_selection(recipes: dict[str, Recipe], link: str, notices: DeltaGenerator) -> list[str]:
    """The recipes that the link names, in its order; without any, the blog's settings, else some that there are."""
    by_name = {short_name(key): key for key in recipes}
    named = link.split(".") if link else []
    if unknown := [name for name in named if name not in by_name]:
        notices.warning(plain(f"The link asks for {', '.join(unknown)}, unknown on this host: ignored."))
    chosen = [by_name[name] for name in dict.fromkeys(named) if name in by_name]
    presets = [key for key in recipes if is_preset(recipes[key])]
    return chosen or sort_keys(recipes, presets) or sort_keys(recipes, recipes)[: len(PRESETS)]


def read_reference(recipes: dict[str, Recipe], link: str, notices: DeltaGenerator) -> str | None:
    """The reference that the link names, when it is in the cache."""
    found = next((key for key in recipes if short_name(key) == link), None)
    if link and not found:
        notices.warning(plain(f"The link asks for the reference {link}, unknown on this host: ignored."))
    return found


def short_name(key: str) -> str:
    """The key's hash, which is enough for a link."""
    return key.rsplit("-", 1)[1]


def is_preset(recipe: Recipe) -> bool:
    """Whether the recipe is one of the blog's settings on the real images."""
    return recipe.dataset == "cifar10" and name_preset(recipe) is not None


def sort_keys(recipes: dict[str, Recipe], keys: Iterable[str]) -> list[str]:
    """The blog's settings in the blog's order, then the others."""
    order = {Recipe(**preset.values).key: place for place, preset in enumerate(PRESETS.values())}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), recipes[key].label))
