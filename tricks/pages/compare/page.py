"""Any recipes of the cache beside a reference: curves, bars, costs, one table, and what to think of them."""

import streamlit as st

from tricks.analysis.compare import is_compared
from tricks.charts.compare import (
    ComparedRecipe,
    bar_table,
    compare_all,
    describe_entry,
    difference_table,
)
from tricks.charts.drawing import draw_legend
from tricks.charts.frontier import cost_table
from tricks.charts.theme import COSTS, compare_bars_spec, cost_spec
from tricks.lab import open_lab
from tricks.pages.compare.caveats import show_arithmetic, show_confounds, show_oddities, show_timing, show_warnings
from tricks.pages.compare.correction import choose_correction, count_seen, show_clear_alone
from tricks.pages.compare.curves import list_asked_runs, show_curves
from tricks.pages.compare.selection import PAGE_NAMES, choose_recipes, choose_reference, write_selection
from tricks.pages.compare.table import show_figures
from tricks.pages.sessions.page_lock import give_way, refresh
from tricks.pages.shared.choices import choose
from tricks.pages.shared.imported import choose_imported, show_origins
from tricks.pages.shared.links import link_to_inside, read_query
from tricks.pages.shared.measure import choose_measure
from tricks.pages.shared.missing_runs import show_missing
from tricks.pages.shared.recipes import find_recipes
from tricks.pages.shared.settle import show_settle
from tricks.pages.shared.share import show_share
from tricks.pages.shared.take_away import show_take_away
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe
from tricks.stats.wording import MEASURE_WORDS

LIVE_SECONDS = 2.0
MOST_BESIDE = 10  # With more recipes the bars are too high to stand beside the curves.


def show() -> None:
    """The page, top to bottom."""
    st.title("Compare", anchor=False)
    asked = {run.recipe.key: run.recipe for run in list_asked_runs()}  # Before the results: a run may be finished now.
    notices = st.container()
    imported = choose_imported()
    known = {key: result.recipe for key, result in open_lab().results(imported).items()}
    recipes = find_recipes(known | asked, PAGE_NAMES, notices)
    if not recipes:
        st.info("Nothing has been trained yet: press Train on the first page.", icon=":material/explore:")
        return
    left, right = st.columns([3, 1])
    with left:
        chosen = choose_recipes(recipes)
    if not chosen:
        write_selection(recipes, chosen, None)
        st.info("Choose the recipes that you want to compare.", icon=":material/checklist:")
        return
    with right:
        reference = choose_reference(recipes, chosen)
    write_selection(recipes, chosen, reference)
    refresh(show_comparison, LIVE_SECONDS)(chosen, reference, imported)


def show_comparison(recipes: list[Recipe], reference: Recipe, imported: bool) -> None:
    """Everything on the chosen recipes, up to date with what others add."""
    results, wish = open_lab().results(imported), choose_measure()
    trained = [recipe for recipe in recipes if recipe.key in results]
    comparisons = count_seen(trained if reference.key in results else [], reference)
    entries = compare_all(results, recipes, reference, comparisons, wish)
    beside = describe_entry(results, reference, wish)
    signs = {entry.label: entry.sign for entry in entries.values()}
    give_way()
    glyphs = {label: sign.glyph for label, sign in signs.items()}
    st.html(draw_legend({label: sign.color for label, sign in signs.items()}, glyphs))
    show_origins(results, {*recipes, reference})
    show_oddities(entries, beside)
    left, right = st.columns(2, gap="medium")
    with left:
        corrected = choose_correction(comparisons)
    with right:
        question = choose_recipe_to_settle(entries, reference)
    if corrected:
        compared = [entry for entry in entries.values() if entry.corrected]
        judged = [(entry.recipe.label, entry.uncorrected, entry.corrected) for entry in compared]
        show_clear_alone(judged, comparisons)
    if question:
        show_settle(question, reference, wish)
    show_way_inside(question or recipes[0], reference)
    is_crowded = len(entries) > MOST_BESIDE
    left, right = (st.container(), st.container()) if is_crowded else st.columns(2, gap="medium")
    with left:
        show_curves(entries)
    give_way()
    with right:
        show_bars(entries, beside, comparisons if corrected else 1, wish)
    show_figures(entries, beside, comparisons if corrected else 1, wish)
    with st.container(horizontal=True, gap="small"):
        show_share(read_query())
        show_take_away(recipes)
    give_way()
    show_confounds(entries, beside)
    show_arithmetic(results, entries, beside, comparisons if corrected else 1, wish)
    show_warnings(entries)
    give_way()
    show_costs(entries, beside, wish)
    show_missing([*recipes, reference])


def choose_recipe_to_settle(entries: dict[str, ComparedRecipe], reference: Recipe) -> Recipe | None:
    """The recipe to be settled against the reference: of several the visitor's choice, at first one that is not clear.

    None where nothing is compared with the reference.
    """
    keys = [key for key, entry in entries.items() if is_compared(entry.recipe, reference)]
    if len(keys) < 2:
        return entries[keys[0]].recipe if keys else None
    first = min(range(len(keys)), key=lambda place: entries[keys[place]].uncorrected.is_clear)
    chosen = st.selectbox(
        "To be settled", keys, first, key="question", format_func=lambda key: entries[key].recipe.label
    )
    return entries[chosen].recipe


def show_way_inside(recipe: Recipe, reference: Recipe) -> None:
    """The link to where the recipe and its reference err."""
    sides = [one for one in dict.fromkeys((recipe, reference)) if one.dataset == recipe.dataset]
    st.markdown(f"[Look inside]({link_to_inside(sides)}): where {plain(' and '.join(one.label for one in sides))} err")


def show_bars(entries: dict[str, ComparedRecipe], reference: ComparedRecipe, comparisons: int, wish: str) -> None:
    """Accuracies or differences as bars; the latter corrected for their number, or not."""
    heading = st.container()
    shown = choose("Bars show", "shown", ["accuracy", "difference"], label_visibility="collapsed")
    if shown == "accuracy":
        heading.markdown(
            f"**Accuracy, {MEASURE_WORDS[wish]}**: diamond the mean, line its 95% interval, dots the single seeds, grey"
            f" tick the blog's single run, after its last epoch; bars begin at the reference, {reference.label}"
        )
        table = bar_table(list(entries.values()), reference)
    else:
        interval = f"interval, corrected for {comparisons} comparisons" if comparisons > 1 else "95% interval"
        heading.markdown(
            f"**Ahead of {reference.label}**: diamond the difference of the means, line its {interval}, dots the"
            " single seeds, thick grey tick what the blog's single runs say, thin one zero"
        )
        table = difference_table(list(entries.values()), reference, comparisons > 1)
    if len(table):
        st.vega_lite_chart(
            table, compare_bars_spec(shown), key="bars", alt=f"Test {shown} of the chosen recipes, with intervals"
        )
    elif any(is_compared(entry.recipe, reference.recipe) for entry in entries.values()):
        st.info("A difference needs a finished run of a recipe and of the reference.", icon=":material/compare_arrows:")
    else:
        st.info("Choose a recipe beside the reference to see a difference.", icon=":material/compare_arrows:")


def show_costs(entries: dict[str, ComparedRecipe], reference: ComparedRecipe, wish: str) -> None:
    """Accuracy against parameters and against seconds, with the frontier."""
    st.markdown(
        f"**What accuracy ({MEASURE_WORDS[wish]}) costs**: dashed, the frontier of recipes that no cheaper one equals;"
        " lines are 95% intervals, grey crosses the blog's figures"
    )
    each = entries.values()
    same = [entry for entry in each if entry.results and entry.recipe.dataset == reference.recipe.dataset]
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
