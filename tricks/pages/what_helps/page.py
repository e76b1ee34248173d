"""Which tricks help? The answer in words, every trick with its interval, how to know more, and the best recipe."""

import statistics

import streamlit as st

from tricks.analysis.answer import GroupedEffects, find_answer, format_answer, group_effects
from tricks.analysis.costs import ESTIMATED
from tricks.analysis.effects import sort_effects
from tricks.analysis.interactions import PairEffect, count_figures, measure_pair
from tricks.charts.effects import draw_effects
from tricks.charts.intervals import draw_key
from tricks.lab import open_lab
from tricks.pages.sessions.page_lock import refresh
from tricks.pages.shared.imported import show_origins
from tricks.pages.shared.links import link_to_answer, read_query
from tricks.pages.shared.missing_runs import show_missing
from tricks.pages.shared.share import show_share
from tricks.pages.shared.text import escape
from tricks.pages.what_helps.best import show_best
from tricks.pages.what_helps.open_questions import show_unclear, show_unmeasured
from tricks.pages.what_helps.pairs import show_square
from tricks.pages.what_helps.question import Asked, choose_question
from tricks.pages.what_helps.table import COLUMNS, PAIR_COLUMNS, list_costs, list_groups, list_pair_cells
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.stats.comparison import SETTLED, UNCLEAR
from tricks.stats.wording import MEASURE_WORDS, begin_sentence, format_quantity
from tricks.store.results import Results

LIVE_SECONDS = 5.0
MEANINGS = MEASURE_WORDS | {SETTLED: f"{MEASURE_WORDS[SETTLED]} (the mean of the last three epochs)"}
SECONDS = (
    f" Seconds are of trainings on the same machine within hours of each other; {ESTIMATED} is estimated from the work"
    " of a training, within a factor of two."
)


def show() -> None:
    """The page, top to bottom."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("What helps?", anchor=False, width="content")
        share = st.container(width="content")
    headline = st.container()
    asked = choose_question()
    with share:
        show_share(read_query())
    with headline:
        refresh(show_headline, LIVE_SECONDS)(asked)
    refresh(show_effects, LIVE_SECONDS)(asked)


def show_headline(asked: Asked) -> None:
    """The answer in words."""
    first, *others = format_answer(find_answer_to(asked, open_lab().results(asked.imported)), asked.where)
    st.markdown(f"**{escape(first)}** {escape(' '.join(others))}")


def show_effects(asked: Asked) -> None:
    """All tricks in their groups, and what can be done where no answer is known; up to date with what others add."""
    results = open_lab().results(asked.imported)
    answer = find_answer_to(asked, results)
    if asked.base:
        st.caption(escape(describe_base(asked.base, asked, results)))
    show_table(asked, answer, results)
    show_origins(results, asked.recipes)
    show_unclear(answer.groups.get(UNCLEAR, ()), asked.measure)
    show_unmeasured(answer.unmeasured)
    show_missing(asked.recipes)
    if asked.pairs:
        show_square(asked, results)
    show_best(asked.dataset)
    show_conditions(asked.dataset)


def describe_base(base: Recipe, asked: Asked, results: Results) -> str:
    """What each trick is switched on in, or taken out of, and what that means."""
    known = ""
    if base.key in results:
        accuracies = results[base.key].measured(asked.measure).values()
        seeds = format_quantity(len(accuracies), "seed")
        known = f"{statistics.mean(accuracies):.1%} {MEASURE_WORDS[asked.measure]}, {seeds}; "
    facts = (
        f"{count_parameters(describe_network(base)):,} parameters, {format_quantity(base.epochs, 'epoch')},"
        f" {base.optimizer} at learning rate {base.learning_rate:g}, batches of {base.batch_size}"
    )
    row = "takes one thing out" if asked.view == "removed" else "switches one thing on"
    together = "what several bring together need not be the sum"
    return f"{begin_sentence(base.label)}: {known}{facts}. Each row {row}; {together}."


def show_table(asked: Asked, answer: GroupedEffects, results: Results) -> None:
    """The measured tricks, below what the marks mean."""
    if not answer.groups:
        return
    st.html(draw_key(answer.comparisons))
    if asked.pairs:
        pairs = {effect.together.change.trick.name: effect for effect in measure_pairs(asked, results)}
        groups = list_groups(answer, asked, lambda one: list_pair_cells(pairs[one.effect.change.trick.name]))
        st.html(draw_effects(groups, PAIR_COLUMNS, f"What each trick brings {asked.where}"))
    else:
        groups = list_groups(answer, asked, list_costs)
        st.html(draw_effects(groups, COLUMNS, f"What each trick brings {asked.where}"))
    st.caption(
        f"Points of test accuracy, {MEANINGS[asked.measure]}, where a row does not say otherwise."
        f"{format_sureness(answer.comparisons)}{'' if asked.pairs else SECONDS}"
    )


def format_sureness(comparisons: int) -> str:
    """What alone and among all mean, where there are several comparisons."""
    if comparisons < 2:
        return ""
    return (
        " Rows are grouped by their own interval, the broad one. *Clear alone*: it answers this one question; of twenty"
        f" such verdicts one may be wrong. *Clear among all {comparisons}*: the narrow, longer one does too; all such"
        " verdicts together err in at most one case of twenty. *Not clear yet* is not *no effect*."
    )


def show_conditions(dataset: str) -> None:
    """Conditions stand apart: they are no tricks, but what tricks are asked to help with."""
    conditions = [trick for trick in TRICKS.values() if trick.is_condition]
    links = [
        f"[{escape(trick.say(trick.recommended))}]"
        f"({link_to_answer(Recipe(dataset=dataset, **{trick.name: trick.recommended}))})"
        for trick in conditions
    ]
    st.caption(f"Do they also help where there is less to learn from? The same question with {' or '.join(links)}.")


def find_answer_to(asked: Asked, results: Results) -> GroupedEffects:
    """The answer, found once of the same results."""

    def find() -> GroupedEffects:
        if not asked.pairs:
            return find_answer(asked.changes, results, asked.measure)
        effects = sort_effects(effect.together for effect in measure_pairs(asked, results))
        return group_effects(effects, count_figures(asked.pairs, results), results)

    return results.once(("answer", asked.view, asked.where, asked.dataset, asked.measure), find)


def measure_pairs(asked: Asked, results: Results) -> list[PairEffect]:
    """All pairs, each corrected for all figures of the view that have data."""
    comparisons = count_figures(asked.pairs, results)

    def find() -> list[PairEffect]:
        return [measure_pair(pair, results, asked.measure, comparisons) for pair in asked.pairs]

    return results.once(("pairs", asked.where, asked.dataset, asked.measure), find)
