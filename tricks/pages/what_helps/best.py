"""The best recipe of this host so far, within the blog's budget and within so many parameters."""

import streamlit as st

from tricks.analysis.best import EPOCHS, FEWEST_SEEDS, Best, find_best, name_classes
from tricks.lab import open_lab
from tricks.pages.shared.links import link_to
from tricks.pages.shared.text import plain
from tricks.stats.wording import format_count


def show_best(dataset: str) -> None:
    """A box for each winner, and what to think of it."""
    found = find_best(open_lab().results(), dataset)
    st.header("Best so far", anchor=False)
    rules = f"{EPOCHS} epochs of all training images, {format_count(FEWEST_SEEDS)} seeds or more"
    if not found:
        st.caption(f"Nobody competes yet: that takes {rules} of a recipe, and an interval.")
        return
    st.caption(
        f"Of {format_count(found[0].competing)} recipes on this host with {rules}, ranked by the lower end of an"
        " interval of the accuracy after the last epoch that is corrected for all of them. Chosen on the test images:"
        " the best of many looks better than it is."
    )
    winners = name_classes(found)
    for column, (title, best) in zip(st.columns(len(winners)), winners.items(), strict=True):
        with column, st.container(border=True, gap="xxsmall"):
            show_winner(title, best)


def show_winner(title: str, best: Best) -> None:
    """What it is the best of, the recipe, its accuracy, and the way to a better one."""
    accuracy = best.accuracy
    st.markdown(f":small[{title.capitalize()}]")
    st.markdown(f"**{accuracy.mean:.1%}** ({accuracy.low:.1%} to {accuracy.high:.1%}, {accuracy.count} seeds)")
    st.markdown(plain(best.recipe.label))
    st.markdown(f":small[{best.parameters:,} parameters · [try to beat it]({link_to(best.recipe)})]")
