"""An image of the visitor's own, and the recipes that are asked what it shows."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from tricks.catalogue.datasets import DATASETS
from tricks.charts.gallery import encode_address
from tricks.images.test_set import TestSet
from tricks.lab import open_lab
from tricks.pages.inside.answers import show_answers
from tricks.pages.inside.networks import list_kept
from tricks.pages.inside.readings import open_images, read_pixels
from tricks.pages.shared.recipes import sort_keys
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run

PLACE, LINK_NAME = "own-image", "image"
SIDE, COLORS = 32, 3
EACH = 2  # Test images of a class to choose from.
MOST_RECIPES = 8
HERE = Path(__file__)
HTML = """
<div class="drop">
  <div class="ways">
    <label>Choose an image<input type="file" accept="image/*"></label>
    <button type="button" class="camera" hidden>Camera</button>
    <span>or drop one here, or paste one</span>
  </div>
  <video hidden muted playsinline></video>
</div>
<p role="status"></p>
<p class="heading" hidden>or take one of the test images:</p>
<div class="tests" role="group" aria-label="Test images"></div>
"""


def show_own_image(recipes: Sequence[Recipe]) -> None:
    """The choice of an image and of recipes, then what these say; as soon as somebody opens it."""
    title, icon, is_linked = "Try an image of your own", ":material/add_a_photo:", LINK_NAME in st.query_params
    with st.expander(title, is_linked, key=PLACE, on_change="rerun", icon=icon) as expander:
        if not expander.open:
            return
        dataset = recipes[0].dataset
        images = open_images(dataset)
        choice = take_choice(images, dataset)
        pixels, label = read_choice(choice, images)
        write_choice(label, choice)
        networks = choose_networks(recipes)
        if pixels is None:
            st.caption("Your image stays in your browser: only the 32 x 32 pixels that a network sees are sent.")
        elif networks:
            show_answers(pixels, label, networks)


def take_choice(images: TestSet, dataset: str) -> Mapping[str, Any]:
    """What the visitor's browser sent: `pixels`, or the `place` of a test image; at first nothing."""
    offered = list_offered(images)
    pixels = read_pixels(images, offered)
    names, chosen = DATASETS[dataset].class_names, get_choice()
    tests = [
        {"place": place, "label": names[images.labels[place]], "source": encode_address(each)}
        for place, each in zip(offered, [] if pixels is None else pixels, strict=False)
    ]
    component = st.components.v2.component(
        "own_image",
        html=HTML,
        css=HERE.with_suffix(".css").read_text("utf-8"),
        js=HERE.with_suffix(".js").read_text("utf-8"),
    )
    data = {"tests": tests, "chosen": chosen.get("place")}
    component(key=f"{PLACE}-choice", data=data, on_choice_change=lambda: None)
    return get_choice()


def get_choice() -> Mapping[str, Any]:
    """What was sent last in this session, or else the test image that the link names."""
    choice = (st.session_state.get(f"{PLACE}-choice") or {}).get("choice")
    if isinstance(choice, Mapping):
        return choice
    linked = st.query_params.get(LINK_NAME, "")
    return {"place": int(linked)} if re.fullmatch(r"[0-9]{1,6}", linked) else {}


def write_choice(label: int | None, choice: Mapping[str, Any]) -> None:
    """Names a test image in the link; what is the visitor's own stays theirs."""
    if label is None:
        st.query_params.pop(LINK_NAME, None)
    else:
        st.query_params[LINK_NAME] = str(choice["place"])


def list_offered(images: TestSet) -> list[int]:
    """The first test images of each class."""
    return [int(place) for label in np.unique(images.labels) for place in np.flatnonzero(images.labels == label)[:EACH]]


def read_choice(choice: Mapping[str, Any], images: TestSet) -> tuple[np.ndarray | None, int | None]:
    """The pixels, [32, 32, 3] bytes, and the label where it is known; None for what is no image."""
    place, sent = choice.get("place"), choice.get("pixels")
    if type(place) is int and 0 <= place < len(images.labels):
        pixels = read_pixels(images, [place])
        return (None, None) if pixels is None else (pixels[0], int(images.labels[place]))
    if isinstance(sent, str) and len(sent) == SIDE * SIDE * COLORS * 4 // 3:
        try:
            content = base64.b64decode(sent, validate=True)
            return np.frombuffer(content, np.uint8).reshape(SIDE, SIDE, COLORS), None
        except (binascii.Error, ValueError):
            pass
    return None, None


def choose_networks(recipes: Sequence[Recipe]) -> dict[Recipe, tuple[Run, ...]]:
    """The recipes that are asked, each with its runs whose weights are kept; at first those of the page."""
    results = open_lab().results()
    kept = list_kept(results)
    known = {key: results[key].recipe for key in kept if results[key].recipe.dataset == recipes[0].dataset}
    if not known:
        st.info("No weights are kept of recipes for these images: train a seed, and ask it.", icon=":material/explore:")
        return {}
    if "asked" not in st.session_state or any(key not in known for key in st.session_state.asked):
        st.session_state.asked = [recipe.key for recipe in recipes if recipe.key in known] or sort_keys(known, known)[
            :2
        ]
    chosen = st.multiselect(
        "Ask the networks of",
        sort_keys(known, known),
        key="asked",
        format_func=lambda key: known[key].label,
        max_selections=MOST_RECIPES,
        persist_state="session",
    )
    return {known[key]: kept[key] for key in chosen}
