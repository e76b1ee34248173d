"""What networks say of one image: the probabilities of several recipes side by side, spread over seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from tricks.catalogue.datasets import DATASETS
from tricks.charts.colors import Sign, choose_signs
from tricks.charts.drawing import draw_legend
from tricks.charts.gallery import draw_enlarged
from tricks.charts.predictions import class_spec
from tricks.pages.inside.classes import tabulate_classes
from tricks.pages.inside.networks import ask
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run


def show_answers(pixels: np.ndarray, label: int | None, networks: Mapping[Recipe, tuple[Run, ...]]) -> None:
    """The image as the networks see it, beside what they say."""
    names = DATASETS[next(iter(networks)).dataset].class_names
    known = "" if label is None else f", label {names[label]}"
    answers = {recipe: ask_networks(runs, pixels) for recipe, runs in networks.items()}
    usable = {recipe: answer for recipe, answer in answers.items() if len(answer)}
    left, right = st.columns([1, 3], gap="medium")
    with left:
        st.html(draw_enlarged(pixels, f"What the networks see: 32 x 32 pixels{known}"))
        st.caption(f"What the networks see{known}")
    with right:
        if usable:
            show_probabilities(usable, names)
        for recipe in answers.keys() - usable.keys():
            words = f"{recipe.label} does not answer: its weights are damaged, or no numbers since it diverged."
            st.caption(plain(words))


def show_probabilities(answers: Mapping[Recipe, np.ndarray], names: Sequence[str]) -> None:
    """The probabilities of several recipes side by side, spread over seeds."""
    signs = dict(zip(answers, choose_signs(tuple(answers)), strict=True))
    words = {recipe: format_likeliest(recipe, answer, names) for recipe, answer in answers.items()}
    colors = {words[recipe]: sign.color for recipe, sign in signs.items()}
    st.html(draw_legend(colors, {words[recipe]: sign.glyph for recipe, sign in signs.items()}))
    rows = [row for at, one in enumerate(answers) for row in list_rows(at, one, answers[one], signs[one], names)]
    st.vega_lite_chart(
        tabulate_classes(rows),
        class_spec("probability"),
        key="own-image-answers",
        alt=f"Probability of each class: {'; '.join(words.values())}",
    )
    st.caption("Diamond the mean of the seeds whose weights are kept, line from their lowest to their highest")


def ask_networks(runs: Sequence[Run], pixels: np.ndarray) -> np.ndarray:
    """The probabilities of each run that answers, [runs, classes]; of a diverged one they may be no numbers."""
    answers = [answer for run in runs if (answer := ask(run, pixels)) is not None and np.isfinite(answer).all()]
    return np.stack(answers) if answers else np.zeros((0, 0))


def format_likeliest(recipe: Recipe, answers: np.ndarray, names: Sequence[str]) -> str:
    """What the recipe says in the mean, the likeliest two."""
    mean = answers.mean(0)
    likeliest = ", ".join(f"{names[place]} {mean[place]:.0%}" for place in np.argsort(-mean)[:2])
    return f"{recipe.label} ({len(answers)} seed{'s' if len(answers) > 1 else ''}): {likeliest}"


def list_rows(row: int, recipe: Recipe, answers: np.ndarray, sign: Sign, names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of one recipe in the chart."""
    rows = []
    for place, (name, values) in enumerate(zip(names, answers.T, strict=True)):
        own = {"label": name, "place": place, "row": row, "color": sign.color, "recipe": recipe.label}
        ends = {"low": values.min(), "high": values.max()}
        rows.append({**own, "kind": "mean", "value": values.mean(), **ends})
        rows += [{**own, "kind": "seed", "value": value} for value in values]
    return rows
