"""The sidebar: one widget a trick, made from the catalogue, and the link that carries them all."""

import json
import time

import streamlit as st

from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.trick import Trick, Value
from tricks.pages.shared.text import plain
from tricks.recipe.presets import PRESETS, name_preset
from tricks.recipe.recipe import (
    STAGES,
    TRICKS,
    Recipe,
    find_trick,
    read_link,
    write_link,
)

CUSTOM = "custom"
ADDRESS_SECONDS = 1.5


def choose_recipe() -> Recipe:
    """Shows the toggles and returns the recipe that they say; the link in the address bar follows them."""
    session = st.session_state
    if "recipe" not in session or has_navigated():
        session.recipe, session.complaint = read_address()
        for name in ("dataset", *TRICKS):
            session.pop(f"trick-{name}", None)
    session.recipe = recipe = read_widgets(session.recipe)
    for name in ("dataset", *TRICKS):
        session[f"trick-{name}"] = getattr(recipe, name)
    session.preset = name_preset(recipe) or CUSTOM
    with st.sidebar:
        show_widgets(recipe)
    if write_link(recipe) != st.query_params.to_dict():
        st.query_params.from_dict(write_link(recipe))
        session.link_written = time.monotonic()
    session.link = write_link(recipe)
    if complaint := session.pop("complaint", ""):
        st.error(plain(complaint), icon=":material/error:")
    return recipe


def has_navigated() -> bool:
    """Whether the browser's back or forward button has changed the address.

    Just after a toggle the browser may still send the address of before, which is no navigation.
    """
    session = st.session_state
    recent = time.monotonic() - session.get("link_written", 0) < ADDRESS_SECONDS
    return "link" in session and session.link != st.query_params.to_dict() and not recent


def read_address() -> tuple[Recipe, str]:
    """The recipe of the link, or the baseline and a sentence that says what is wrong with the link."""
    try:
        return read_link(st.query_params.to_dict()), ""
    except ValueError as error:
        return Recipe(), f"This link cannot be read, so the baseline is shown: {error}."


def read_widgets(recipe: Recipe) -> Recipe:
    """The recipe with what the visitor has changed; a change that cannot be is explained and taken back."""
    values = {}
    for name in ("dataset", *TRICKS):
        value = st.session_state.get(f"trick-{name}", getattr(recipe, name))
        try:
            values[name] = read_value(name, value)
        except ValueError as error:
            values[name] = getattr(recipe, name)
            st.session_state.complaint = f"{error}. It stays at {find_trick(name).write(values[name])}."
    try:
        return Recipe(**values)
    except ValueError as error:
        st.session_state.complaint = f"{error}."
        return recipe


def read_value(name: str, value: Value) -> Value:
    """A widget's value in the trick's type; a typed number arrives as text."""
    if name == "dataset":
        return value
    trick = find_trick(name)
    return trick.parse(value) if isinstance(value, str) and not isinstance(trick.default, str) else trick.check(value)


def show_widgets(recipe: Recipe) -> None:
    """The preset, the headline tricks, then the others by stage."""
    st.selectbox(
        "Preset",
        [*PRESETS, *([CUSTOM] if st.session_state.preset == CUSTOM else [])],
        key="preset",
        format_func=lambda name: PRESETS[name].title if name in PRESETS else "your own recipe",
        on_change=apply_preset,
        help="The eight settings of the blog post that this lab grew out of.",
    )
    for trick in TRICKS.values():
        if trick.headline:
            show_widget(trick, recipe)
    for stage, title in STAGES.items():
        tricks = [trick for trick in TRICKS.values() if trick.stage == stage and not trick.headline]
        changed = sum(trick.name in recipe.values for trick in tricks)
        with st.expander(f"{title} · {changed} changed" if changed else title, key=f"stage-{stage}"):
            for trick in tricks:
                show_widget(trick, recipe)
    st.segmented_control(
        "Images",
        list(DATASETS),
        key="trick-dataset",
        required=True,
        format_func=lambda name: {"cifar10": "CIFAR-10", "toy": "Toy set"}[name],
        help="The toy set is made, not downloaded: a training takes seconds, and proves nothing about real images.",
    )


def show_widget(trick: Trick, recipe: Recipe) -> None:
    """The widget that fits the trick's values."""
    options = {"label": trick.title, "key": f"trick-{trick.name}", "help": f"{trick.why}\n\n{trick.paper}"}
    if trick.is_idle(recipe):
        options |= {"label": f"{trick.title} (without effect here)", "disabled": True}
    if trick.name == "optimizer":
        options["on_change"] = recommend_for_optimizer
    if isinstance(trick.default, bool):
        st.toggle(**options)
        return
    current = getattr(recipe, trick.name)
    choices = list(trick.choices or sorted({*trick.picks, current}))
    options["format_func"] = lambda value: format_choice(trick, value)
    if trick.headline or (trick.choices and len(choices) <= 3):
        st.segmented_control(options=choices, required=True, **options)
    else:
        st.selectbox(options=choices, accept_new_options=not trick.choices, **options)


def format_choice(trick: Trick, value: Value) -> str:
    """An option of a widget as text; what a visitor typed is shown as it is."""
    return value if isinstance(value, str) else trick.show(value)


def apply_preset() -> None:
    """Sets all tricks as the preset says."""
    preset = Recipe(**PRESETS[st.session_state.preset].values)
    for name in TRICKS:
        st.session_state[f"trick-{name}"] = getattr(preset, name)


def choose_dataset(name: str) -> None:
    """Switches the images, as the widget at the sidebar's end does."""
    st.session_state["trick-dataset"] = name


def recommend_for_optimizer() -> None:
    """Fills in the learning rate that suits the chosen optimiser, and says so."""
    optimizer = st.session_state["trick-optimizer"]
    rate = TRICKS["optimizer"].fills_in[optimizer]["learning_rate"]
    if st.session_state["trick-learning_rate"] != rate:
        st.session_state["trick-learning_rate"] = rate
        st.toast(f"Learning rate set to {json.dumps(rate)}, recommended for {optimizer}.")
