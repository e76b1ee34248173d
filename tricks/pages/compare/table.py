"""All figures of the chosen recipes in one table, to sort and to take along."""

import pandas as pd
import streamlit as st
from streamlit.column_config import NumberColumn, TextColumn

from tricks.charts.compare import ComparedRecipe, tabulate
from tricks.stats.comparison import Comparison
from tricks.stats.wording import MEASURE_WORDS, format_certainty, format_interval

COLUMNS = {
    "recipe": TextColumn("Recipe", width="medium", pinned=True),
    "verdict": TextColumn("Verdict"),
    "certainty": TextColumn("How sure", help="Whether it also holds as one of all that you have compared."),
    "difference": NumberColumn("Difference", format="%+.2f", help="In points, of the means over all seeds of both."),
    "measure": TextColumn("Measure", help="What is compared: settled, or after the last epoch where schedules differ."),
    "seeds": NumberColumn("N", help="Finished runs, each with a seed of its own."),
    "imported": TextColumn("Imported", help="How many of these runs come from which other hosts."),
    "accuracy": NumberColumn("Accuracy", format="%.2f%%", help="Mean test accuracy, in the measure chosen."),
    "interval": TextColumn("95% interval", help="Of the accuracy, however often one looks."),
    "last": NumberColumn("Last epoch", format="%.2f%%", help="Mean test accuracy after the last epoch."),
    "uncorrected": TextColumn("Uncorrected", help="The interval of the difference, right for this one comparison."),
    "corrected": TextColumn("Corrected", help="The same, right for all that you have compared with this reference."),
    "seeds_needed": NumberColumn(
        "Seeds needed",
        help="Further seeds of each until a verdict, if all goes on as before: a guess, and often it takes more.",
    ),
    "parameters": NumberColumn("Parameters", format="localized"),
    "seconds": NumberColumn("Seconds", format="%.0f", help="Median duration of a training."),
    "images_per_second": NumberColumn("Images/s", format="%.0f", help="Median speed of a training."),
    "blog_accuracy": NumberColumn("The blog", format="%.1f%%", help="What the blog measured, once."),
    "diverged": NumberColumn("Diverged", help="Runs whose loss was no longer a number; they count."),
    "also_differs": TextColumn("Besides the trick", width="large", help="What else differs from the reference."),
}


def show_figures(entries: dict[str, ComparedRecipe], reference: ComparedRecipe, comparisons: int, wish: str) -> None:
    """One row a recipe; the download has every number with more digits."""
    numbers = tabulate(list(entries.values()), reference)
    corrected = comparisons > 1
    verdicts = f"verdicts corrected for {comparisons} comparisons" if corrected else "verdicts uncorrected"
    st.markdown(
        f"**All figures**, accuracy {MEASURE_WORDS[wish]}, {verdicts}; differences from {reference.label} in points"
    )
    st.download_button(
        "Download as CSV",
        numbers.to_csv(index=False, float_format="%.8g").encode(),
        file_name="comparison.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.dataframe(
        word_figures(numbers, entries, reference, corrected),
        hide_index=True,
        column_config=COLUMNS,
        column_order=[name for name in COLUMNS if name != "imported" or any(numbers["imported"])],
        key="figures",
        placeholder="–",
        alt="All figures of the chosen recipes",
    )


def word_figures(
    numbers: pd.DataFrame, entries: dict[str, ComparedRecipe], reference: ComparedRecipe, corrected: bool
) -> pd.DataFrame:
    """The table as people read it: intervals and verdicts in words, differences in points."""
    each = list(entries.values())
    chosen = [entry.judged(corrected) for entry in each]
    return numbers.assign(
        interval=[format_accuracy_interval(entry) for entry in each],
        **{name: 100 * pd.to_numeric(numbers[name]) for name in ("accuracy", "last", "difference", "blog_accuracy")},
        measure=[entry.uncorrected and MEASURE_WORDS[entry.uncorrected.measure] for entry in each],
        uncorrected=[format_difference(entry.uncorrected) for entry in each],
        corrected=[format_difference(entry.corrected) for entry in each],
        verdict=[format_verdict(entry, reference, judged) for entry, judged in zip(each, chosen, strict=True)],
        certainty=[format_corrected(entry) for entry in each] if corrected else None,
        seeds_needed=[judged and judged.seeds_needed for judged in chosen],
    )


def format_accuracy_interval(entry: ComparedRecipe) -> str:
    """The interval of the accuracy, or why there is none."""
    own = entry.accuracy
    if own is None:
        return "no run finished"
    return "needs more seeds" if own.low is None else f"{own.low:.1%} to {own.high:.1%}"


def format_corrected(entry: ComparedRecipe) -> str | None:
    """Whether the verdict also holds as one of all; nothing for the reference and for other images."""
    return entry.uncorrected and format_certainty(entry.uncorrected, entry.corrected)


def format_difference(comparison: Comparison | None) -> str | None:
    """The interval of a difference, or why there is none."""
    return comparison and format_interval(comparison)


def format_verdict(entry: ComparedRecipe, reference: ComparedRecipe, comparison: Comparison | None) -> str:
    """The verdict, or why there is none."""
    if comparison is None:
        return "the reference" if entry.recipe == reference.recipe else "other images"
    return comparison.verdict if comparison.least_seeds else "not measured yet"
