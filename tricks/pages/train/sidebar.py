"""The sidebar: one widget a trick, made from the catalogue, and the link that carries them all."""

import time

import streamlit as st

from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.trick import Trick, Value
from tricks.pages.shared.choices import keep_open
from tricks.pages.shared.links import link_to_trick, write_query
from tricks.pages.shared.pictures import expect_pictures
from tricks.pages.shared.text import plain
from tricks.pages.train.explain import offer_explanation
from tricks.recipe.link import read_link, write_link
from tricks.recipe.presets import PRESETS, name_preset
from tricks.recipe.recipe import STAGES, TRICKS, Recipe, find_trick

CUSTOM = "custom"
FIELDS = ("dataset", *TRICKS)  # In the link, too.
ADDRESS_SECONDS = 1.5


def choose_recipe() -> Recipe:
    """Shows the toggles and returns the recipe that they say; the link in the address bar follows them."""
    session = st.session_state
    if "recipe" not in session or has_navigated():
        session.recipe, wrong = read_link(st.query_params.to_dict())
        session.complaints = [f"The link is followed but for this: {sentence}" for sentence in wrong]
        for name in FIELDS:
            session.pop(f"trick-{name}", None)
    session.recipe = recipe = read_widgets(session.recipe)
    set_widgets(recipe)
    session.preset = name_preset(recipe) or CUSTOM
    with st.sidebar:
        show_widgets(recipe)
    if write_query(set(FIELDS), {name: [text] for name, text in write_link(recipe).items()}):
        session.link_written = time.monotonic()
    session.link = write_link(recipe)
    for complaint in session.pop("complaints", ()):
        st.warning(plain(complaint if complaint.endswith("?") else f"{complaint}."), icon=":material/error:")
    return recipe


def has_navigated() -> bool:
    """Whether the browser's back or forward button has changed the address.

    Just after a toggle the browser may still send the address of before, which is no navigation.
    """
    session = st.session_state
    recent = time.monotonic() - session.get("link_written", 0) < ADDRESS_SECONDS
    now = {name: text for name, text in st.query_params.to_dict().items() if name in FIELDS}
    return "link" in session and session.link != now and not recent


def read_widgets(recipe: Recipe) -> Recipe:
    """The recipe with what the visitor has changed; a change that cannot be is explained and taken back."""
    values, complaints = {}, st.session_state.setdefault("complaints", [])
    for name in FIELDS:
        now = getattr(recipe, name)
        try:
            values[name] = read_value(name, st.session_state.get(f"trick-{name}", now))
        except ValueError as error:
            values[name] = now
            complaints.append(f"{name_by_title(error)}: it stays {find_trick(name).show(now)}")
    try:
        return Recipe(**values)
    except ValueError as error:
        complaints.append(name_by_title(error))
        return recipe


def name_by_title(error: ValueError) -> str:
    """What is wrong with a value, with the name that the visitor sees at its box."""
    name, _, rest = str(error).partition(" ")
    return f"{find_trick(name).title} {rest}" if name in TRICKS else str(error)


def read_value(name: str, value: Value) -> Value:
    """A widget's value in the trick's type; a typed number arrives as text, and may be the word that stands for it."""
    if name == "dataset":
        return value
    trick = find_trick(name)
    if not is_typed(trick):
        return trick.check(value)
    typed = str(value).strip()
    return trick.default if typed == trick.show(trick.default) else trick.parse(typed)


def set_widgets(recipe: Recipe) -> None:
    """Lets the widgets say what the recipe says."""
    for name in FIELDS:
        st.session_state[f"trick-{name}"] = show_value(name, getattr(recipe, name))


def show_value(name: str, value: Value) -> Value:
    """The value as its widget has it: what is typed is a text."""
    return TRICKS[name].show(value) if name in TRICKS and is_typed(TRICKS[name]) else value


def is_typed(trick: Trick) -> bool:
    """Whether the value is typed into a box: any number can be, and a box that guesses would take another one."""
    return not trick.choices and not trick.headline


def show_widgets(recipe: Recipe) -> None:
    """The images, the preset, the headline tricks, then the others by stage."""
    expect_pictures()
    st.segmented_control(
        "Images",
        list(DATASETS),
        key="trick-dataset",
        required=True,
        format_func=lambda name: DATASETS[name].title,
        help="The toy set is made, not downloaded: a training takes seconds, shows how all this works, and proves"
        " nothing about real images.",
    )
    st.selectbox(
        "Preset",
        [*PRESETS, *([CUSTOM] if st.session_state.preset == CUSTOM else [])],
        key="preset",
        format_func=format_preset,
        on_change=apply_preset,
        help="The eight settings of the blog post that this lab grew out of, and a strong recipe of the lab's own.",
    )
    headline = [trick for trick in TRICKS.values() if trick.headline]
    offer_explanation(headline, "headline", recipe)
    for trick in headline:
        show_widget(trick, recipe)
    for stage, title in STAGES.items():
        tricks = [trick for trick in TRICKS.values() if trick.stage == stage and not trick.headline]
        changed = sum(trick.name in recipe.values for trick in tricks)
        label = f"{title} · {changed} changed" if changed else title
        key = f"stage-{stage}"
        keep_open(key)
        group = st.expander(label, key=key, on_change="rerun")
        if not group.open:
            continue  # What nobody sees would make every toggle twice as slow in the browser.
        with group:
            offer_explanation(tricks, stage, recipe)
            for trick in tricks:
                show_widget(trick, recipe)


def format_preset(name: str) -> str:
    """A preset's name in the blog, and the recipe's own where that says more."""
    if name == CUSTOM:
        return "your own recipe"
    label, title = Recipe(**PRESETS[name].values).label, PRESETS[name].title.split(" + ")[0]
    return label if label == title else f"{title}: {label}"


def show_widget(trick: Trick, recipe: Recipe) -> None:
    """The widget that fits the trick's values."""
    options = {"label": trick.title, "key": f"trick-{trick.name}", "help": f"{trick.why}\n\n{about(trick)}"}
    if trick.is_idle(recipe):
        options |= {"label": f"{trick.title} (without effect here)", "disabled": True}
    if trick.fills_in:
        options |= {"on_change": show_filled_in, "args": (trick,)}
    if isinstance(trick.default, bool):
        st.toggle(**options)
        return
    if is_typed(trick):
        usual = ", ".join(trick.show(value) for value in trick.picks)
        options["help"] = f"{trick.why} Usual: {usual}; {trick.allowed} can be typed.\n\n{about(trick)}"
        st.text_input(**options)
        return
    choices = list(trick.choices or sorted({*trick.picks, getattr(recipe, trick.name)}))
    if trick.headline or len(choices) <= 3:
        st.segmented_control(options=choices, required=True, format_func=trick.show, **options)
    else:
        st.selectbox(options=choices, format_func=trick.show, **options)


def about(trick: Trick) -> str:
    """Where the trick comes from, and a link to all that there is to know of it."""
    return f"{trick.paper}\n\n[What it does]({link_to_trick(trick.name)})"


def apply_preset() -> None:
    """Sets all tricks as the preset says."""
    set_widgets(Recipe(dataset=st.session_state["trick-dataset"], **PRESETS[st.session_state.preset].values))


def show_another(recipe: Recipe) -> None:
    """Shows another recipe on the page, in widgets and address."""
    st.session_state.recipe = recipe
    set_widgets(recipe)
    st.session_state["shown-another"] = True


def show_filled_in(trick: Trick) -> None:
    """Fills in what suits the chosen value, as an optimiser its learning rate, and says so."""
    chosen = st.session_state[f"trick-{trick.name}"]
    for name, value in trick.fills_in.get(chosen, {}).items():
        shown = show_value(name, value)
        if st.session_state[f"trick-{name}"] != shown:
            st.session_state[f"trick-{name}"] = shown
            st.toast(f"{TRICKS[name].title} set to {shown}, recommended for {chosen}.")
