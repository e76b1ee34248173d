"""Images of the test set with what the seeds say of them."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from tricks.analysis.predictions import Predictions
from tricks.catalogue.datasets import DATASETS
from tricks.charts.colors import Sign
from tricks.charts.gallery import Opinion, Picture, draw_gallery
from tricks.images.test_set import TestSet
from tricks.pages.inside.readings import read_pixels

AT_ONCE = 24
MOST = 240  # More than anybody looks at.


def show_pictures(
    places: np.ndarray, images: TestSet, each: Sequence[Predictions], signs: Sequence[Sign], name: str, key: str
) -> None:
    """The first of the images at these places, and a button for more; `name` says what they have in common."""
    limit = st.session_state.get(f"{key}-limit", AT_ONCE)
    shown = places[:limit]
    if not len(shown):
        st.caption("None.")
        return
    pixels = read_pixels(images, shown)
    if pixels is None:
        return  # The page says so once, above.
    pictures = [describe_votes(pixel, int(place), each, signs) for pixel, place in zip(pixels, shown, strict=True)]
    st.html(draw_gallery(pictures, name))
    if len(places) > limit and limit < MOST:
        st.button(
            f"More of these {len(places):,}",
            key=f"{key}-more",
            icon=":material/add_photo_alternate:",
            on_click=lambda: st.session_state.update({f"{key}-limit": limit + AT_ONCE}),
        )


def describe_votes(pixels: np.ndarray, place: int, each: Sequence[Predictions], signs: Sequence[Sign]) -> Picture:
    """An image with each recipe's votes; a single recipe needs no sign."""
    names = DATASETS[each[0].recipe.dataset].class_names
    marks = [{"glyph": sign.glyph, "color": sign.color} for sign in signs] if len(each) > 1 else [{}]
    opinions = [Opinion(votes=list_votes(of.votes[place], names), **mark) for of, mark in zip(each, marks, strict=True)]
    return Picture(pixels=pixels, label=names[each[0].labels[place]], place=place, opinions=tuple(opinions))


def list_votes(votes: np.ndarray, names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """The classes that have votes, the most first."""
    return tuple((names[place], int(votes[place])) for place in np.argsort(-votes, kind="stable") if votes[place])
