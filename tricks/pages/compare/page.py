"""Any recipes of the cache beside a reference: curves, bars, costs, one table, and what to think of them."""

import streamlit as st

from tricks.charts.compare import (
    ComparedRecipe,
    bar_table,
    difference_table,
    find_standings,
    is_compared,
)
from tricks.charts.drawing import draw_legend
from tricks.charts.frontier import cost_table
from tricks.charts.theme import COSTS, compare_bars_spec, cost_spec
from tricks.lab import open_lab
from tricks.pages.compare.caveats import show_arithmetic, show_confounds, show_oddities, show_timing, show_warnings
from tricks.pages.compare.curves import list_asked_runs, show_curves
from tricks.pages.compare.selection import choose_recipes, choose_reference, write_selection
from tricks.pages.compare.table import show_figures
from tricks.pages.shared.correction import choose_correction, count_seen, show_clear_alone
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import correct, fewest_pairs, format_count
from tricks.store.results import RecipeResults

LIVE_SECONDS = 2.0
MOST_BESIDE = 10  # With more recipes the bars are too high to stand beside the curves.


def show() -> None:
    """The page, top to bottom."""
    st.markdown("### Compare")
    asked = {run.recipe.key: run.recipe for run in list_asked_runs()}  # Before the results: a run may be finished now.
    recipes = {key: result.recipe for key, result in open_lab().results().items()} | asked
    if not recipes:
        st.info("Nothing has been trained yet: press Train on the first page.", icon=":material/explore:")
        return
    notices = st.container()
    left, right = st.columns([3, 1])
    with left:
        chosen = choose_recipes(recipes, notices)
    if not chosen:
        write_selection(recipes, chosen, None)
        st.info("Choose the recipes that you want to compare.", icon=":material/checklist:")
        return
    with right:
        reference = choose_reference(recipes, chosen, notices)
    write_selection(recipes, chosen, reference)
    st.fragment(show_comparison, run_every=LIVE_SECONDS)(chosen, reference)


def show_comparison(recipes: list[Recipe], reference: Recipe) -> None:
    """Everything on the chosen recipes, up to date with what others add."""
    results = open_lab().results()
    known = {each.key: results[each.key].accuracies for each in (*recipes, reference) if each.key in results}
    comparisons = count_seen(recipes, reference)
    standings = judge_recipes(recipes, reference, comparisons, known, results)
    beside = ComparedRecipe(recipe=reference, results=results.get(reference.key), uncorrected=None, corrected=None)
    st.html(draw_legend({standing.label: standing.color for standing in standings.values()}))
    show_oddities(standings, beside)
    if corrected := choose_correction(comparisons):
        compared = [standing for standing in standings.values() if standing.corrected]
        judged = [(standing.recipe.label, standing.uncorrected, standing.corrected) for standing in compared]
        show_clear_alone(judged, comparisons)
    is_crowded = len(standings) > MOST_BESIDE
    left, right = (st.container(), st.container()) if is_crowded else st.columns(2, gap="medium")
    with left:
        show_curves(standings)
    with right:
        show_bars(standings, beside, comparisons, corrected)
    show_figures(standings, beside, comparisons, corrected)
    show_confounds(standings, beside)
    show_arithmetic(standings, beside, comparisons if corrected else 1)
    show_warnings(standings)
    show_costs(standings, beside)


@st.cache_resource(max_entries=50, show_spinner=False, hash_funcs={Recipe: lambda recipe: recipe.key})
def judge_recipes(
    recipes: list[Recipe],
    reference: Recipe,
    comparisons: int,
    known: dict[str, dict[int, float]],
    _results: dict[str, RecipeResults],
) -> dict[str, ComparedRecipe]:
    """The standings, found again only when a seed is added."""
    return find_standings(_results, recipes, reference, comparisons)


def show_bars(
    standings: dict[str, ComparedRecipe], reference: ComparedRecipe, comparisons: int, corrected: bool
) -> None:
    """Accuracies or differences as bars; the latter corrected for their number, or not."""
    heading = st.container()
    shown = st.segmented_control(
        "Bars show",
        ["accuracy", "difference"],
        key="shown",
        default="accuracy",
        required=True,
        label_visibility="collapsed",
    )
    if shown == "accuracy":
        heading.markdown(
            "**After the last epoch**: diamond the mean, line its 95% interval, dots the single seeds, grey tick the"
            f" blog's single run; bars begin at the reference, {reference.label}"
        )
        table = bar_table(list(standings.values()), reference)
    else:
        fewest = format_count(fewest_pairs(correct(comparisons if corrected else 1)))
        interval = f"interval, corrected for {comparisons} comparisons" if corrected else "95% interval"
        heading.markdown(
            f"**Ahead of {reference.label}**: diamond the mean difference, line its {interval} (from {fewest} pairs"
            " on), dots the pairs of the same seed, thick grey tick what the blog's single runs say, thin one zero"
        )
        table = difference_table(list(standings.values()), reference, corrected)
    if len(table):
        st.vega_lite_chart(
            table, compare_bars_spec(shown), key="bars", alt=f"Final test {shown} of the chosen recipes, with intervals"
        )
    elif any(is_compared(standing.recipe, reference.recipe) for standing in standings.values()):
        st.info("No recipe has a seed in common with the reference yet.", icon=":material/compare_arrows:")
    else:
        st.info("Choose a recipe beside the reference to see a difference.", icon=":material/compare_arrows:")


def show_costs(standings: dict[str, ComparedRecipe], reference: ComparedRecipe) -> None:
    """Accuracy against parameters and against seconds, with the frontier."""
    st.markdown(
        "**What accuracy costs**: dashed, the frontier of recipes that no cheaper one equals; lines are 95% intervals,"
        " grey crosses the blog's figures"
    )
    each = standings.values()
    same = [standing for standing in each if standing.results and standing.recipe.dataset == reference.recipe.dataset]
    if not same:
        st.info("None of the chosen recipes has a finished run on the reference's images.", icon=":material/payments:")
        return
    show_timing(same)
    for column, cost in zip(st.columns(2, gap="medium"), COSTS, strict=True):
        with column:
            st.vega_lite_chart(
                cost_table(same, cost),
                cost_spec(cost),
                key=f"cost-{cost}",
                alt=f"Test accuracy of the chosen recipes against {COSTS[cost]}, with the frontier",
            )
