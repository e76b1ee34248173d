"""One recipe: how good it is and its seeds together, what is taken for what, and the images that it gets wrong."""

import streamlit as st

from tricks.analysis.compare import measure_accuracy
from tricks.analysis.predictions import Predictions, find_confused, find_wrong, measure_vote
from tricks.catalogue.datasets import DATASETS
from tricks.charts.colors import choose_signs
from tricks.images.test_set import TestSet
from tricks.lab import open_lab
from tricks.pages.inside.classes import show_class_accuracies
from tricks.pages.inside.matrix import show_matrix
from tricks.pages.inside.pictures import show_pictures
from tricks.pages.inside.readings import has_pixels
from tricks.pages.inside.replay import show_replay
from tricks.pages.inside.selection import choose_class


def show_one_recipe(of: Predictions, images: TestSet) -> None:
    """Figures, matrix and classes, then images."""
    show_accuracies(of)
    names, signs = DATASETS[of.recipe.dataset].class_names, choose_signs((of.recipe,))
    left, right = st.columns(2, gap="medium")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = choose_class("Images of", "label", names)
        said = choose_class("taken for", "said", names)
    with left:
        show_matrix(of, label, said)
    with right:
        show_class_accuracies([of], signs)
    places = find_confused(of, label, said)
    title = format_choice(of, label, said, len(places))
    below = ": below each its label, and how many seeds say what" if has_pixels(images) else ""
    st.markdown(f"**{title}**{below}")
    show_pictures(places, images, [of], signs, title, f"pictures-{label}-{said}")
    show_replay([of], signs)


def show_accuracies(of: Predictions) -> None:
    """How many seeds are right, and what they are together."""
    mean, together = of.right.mean(), measure_vote(of)
    never = int((of.right_share == 0).sum())
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "Accuracy of a seed",
            f"{mean:.1%}",
            format_mean_interval(of),
            delta_color="off",
            delta_arrow="off",
            width="content",
            help="After the last epoch, from which the predictions are; with the 95% interval of the mean over seeds.",
        )
        if of.is_ensemble:
            st.metric(
                f"Majority of {len(of.seeds)} seeds",
                f"{together:.1%}",
                f"{100 * (together - mean):+.1f} points",
                delta_color="off",
                width="content",
                help="An ensemble: each image is what most seeds say, and of equals what an earlier seed says. It is"
                " one figure of these seeds, so there is no interval.",
            )
        st.metric(
            "Wrong in most seeds",
            f"{len(find_wrong(of)):,}",
            width="content",
            help=f"Of {len(of.labels):,} test images",
        )
        st.metric("Wrong in all", f"{never:,}", width="content")


def format_mean_interval(of: Predictions) -> str:
    """Where the mean accuracy lies, by what all recipes of the host scatter."""
    accuracy = measure_accuracy(of.recipe, open_lab().results())
    return f"{accuracy.low:.1%} to {accuracy.high:.1%}" if accuracy and accuracy.low is not None else "no interval yet"


def format_choice(of: Predictions, label: int | None, said: int | None, found: int) -> str:
    """What the images below have in common."""
    names = DATASETS[of.recipe.dataset].class_names
    seeds = "any seed takes" if len(of.seeds) > 1 else "the seed takes"
    match label, said:
        case None, None:
            return f"The {found:,} images that most seeds get wrong"
        case _, None:
            return f"The {found:,} images of class {names[label]} that {seeds} for another"
        case None, _:
            return f"The {found:,} images of other classes that {seeds} for {names[said]}"
    return f"The {found:,} images of class {names[label]} that {seeds} for {names[said]}"
