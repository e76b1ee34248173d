"""Two recipes: on which classes, and on which images, one is right and the other wrong."""

from collections.abc import Sequence

import streamlit as st

from tricks.analysis.predictions import Predictions, expect_won, find_won, measure_vote
from tricks.charts.colors import Sign, choose_signs
from tricks.charts.drawing import draw_legend
from tricks.images.test_set import TestSet
from tricks.pages.inside.classes import show_class_accuracies, show_class_differences
from tricks.pages.inside.pictures import show_pictures
from tricks.pages.inside.replay import show_replay
from tricks.pages.shared.text import plain


def show_two(first: Predictions, second: Predictions, images: TestSet) -> None:
    """Legend and figures, classes, then the images that only one of the two gets right."""
    each = [first, second]
    signs = choose_signs((first.recipe, second.recipe))
    labels = [format_recipe_figures(of) for of in each]
    colors = dict(zip(labels, (sign.color for sign in signs), strict=True))
    st.html(draw_legend(colors, dict(zip(labels, (sign.glyph for sign in signs), strict=True))))
    left, right = st.columns(2, gap="medium")
    with left:
        show_class_accuracies(each, signs)
    with right:
        show_class_differences(first, second, signs[0])
    st.markdown("**Images that most seeds of one get right, and most of the other wrong**")
    for column, (winner, loser) in zip(st.columns(2, gap="medium"), (each, each[::-1]), strict=True):
        with column:
            show_won(winner, loser, each, signs, images)
    show_replay(each, signs)


def show_won(
    winner: Predictions, loser: Predictions, each: Sequence[Predictions], signs: Sequence[Sign], images: TestSet
) -> None:
    """Those that the winner alone gets right, and how many luck alone would give it."""
    places, expected = find_won(winner, loser), expect_won(winner, loser)
    label = plain(winner.recipe.label)
    st.markdown(
        f"Right with **{label}**: {len(places):,}",
        help="If it made no difference which run is of which recipe, and the same runs were dealt out at random, about"
        f" {expected:,.0f} images would be like that.",
    )
    st.caption(f"By luck alone: about {expected:,.0f}")
    show_pictures(places, images, each, signs, f"Right with {winner.recipe.label} only", f"won-{winner.recipe.key}")


def format_recipe_figures(of: Predictions) -> str:
    """The recipe with its accuracy, and what its seeds are together."""
    seeds = f"{len(of.seeds)} seeds" if len(of.seeds) > 1 else "1 seed"
    together = f", majority {measure_vote(of):.1%}" if of.is_ensemble else ""
    return f"{of.recipe.label}: {of.right.mean():.1%} after the last epoch ({seeds}){together}"
