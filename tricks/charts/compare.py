"""The chosen recipes beside their reference, as tables: what the page lists, draws and gives away as CSV."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from tricks.analysis.compare import compare_recipes, is_compared, measure_accuracy, sample_all, spread_seeds
from tricks.analysis.confounds import find_confounds
from tricks.charts.colors import Sign, choose_signs
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS, name_preset
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import SETTLED, Comparison
from tricks.stats.interval import Interval, bonferroni
from tricks.stats.wording import format_sides
from tricks.store.results import RecipeResults, Results, format_origins

TEXT_COLUMNS = ("label", "color", "shape", "kind")
BAR_COLUMNS = ["label", "color", "kind", "place", "mean", "low", "high", "reported", "reference", "value"]


@dataclass(frozen=True, kw_only=True)
class ComparedRecipe:
    """One recipe beside the reference. `results` is None while no run is finished; the comparisons are None for the
    reference itself and for other images.

    `accuracies` and `accuracy` are in the measure that the visitor wishes for; `differences` is how far each seed lies
    from the reference's mean, in the measure of the comparison.
    """

    recipe: Recipe
    sign: Sign
    results: RecipeResults | None
    accuracies: dict[int, float]
    accuracy: Interval | None
    uncorrected: Comparison | None = None
    corrected: Comparison | None = None
    differences: tuple[float, ...] = ()

    @property
    def seeds(self) -> int:
        """How many runs are finished."""
        return len(self.results.runs) if self.results else 0

    @property
    def label(self) -> str:
        """A legend's entry: the recipe and how many seeds stand behind it."""
        return f"{self.recipe.label} (N = {self.seeds})"

    @property
    def reported(self) -> float | None:
        """The accuracy that the blog gives for the recipe."""
        preset = name_preset(self.recipe) if self.recipe.dataset == "cifar10" else None
        return PRESETS[preset].reported if preset else None

    @property
    def images_per_second(self) -> float | None:
        """The median speed of the finished runs: beside other work one may have been slow."""
        if not self.results:
            return None
        return statistics.median(one.outcome.images_per_second for one in self.results.runs.values())

    def judged(self, corrected: bool) -> Comparison | None:
        """The comparison with the reference, corrected or not."""
        return self.corrected if corrected else self.uncorrected


def compare_all(
    results: Results, recipes: Sequence[Recipe], reference: Recipe, comparisons: int, wish: str = SETTLED
) -> dict[str, ComparedRecipe]:
    """The compared recipes by key, in their order; corrected for as many comparisons."""
    alpha = bonferroni(comparisons)
    entries = {}
    for recipe, sign in zip(recipes, choose_signs(tuple(recipes)), strict=True):
        entry = replace(describe_entry(results, recipe, wish), sign=sign)
        if is_compared(recipe, reference):
            entry = replace(
                entry,
                uncorrected=compare_recipes(recipe, reference, results, wish),
                corrected=compare_recipes(recipe, reference, results, wish, alpha),
                differences=spread_seeds(sample_all((recipe, reference), results, wish)),
            )
        entries[recipe.key] = entry
    return entries


def describe_entry(results: Results, recipe: Recipe, wish: str = SETTLED) -> ComparedRecipe:
    """A recipe by itself."""
    known = results.get(recipe.key)
    return ComparedRecipe(
        recipe=recipe,
        sign=choose_signs((recipe,))[0],
        results=known,
        accuracies=known.measured(wish) if known else {},
        accuracy=measure_accuracy(recipe, results, wish),
    )


def tabulate(entries: Sequence[ComparedRecipe], reference: ComparedRecipe) -> pd.DataFrame:
    """One row a recipe with all its numbers: accuracies and differences as fractions."""
    return pd.DataFrame([list_numbers(entry, reference) for entry in entries])


def list_numbers(entry: ComparedRecipe, reference: ComparedRecipe) -> dict[str, object]:
    """A row of the table; what is not known is None."""
    own, single, corrected = entry.accuracy, entry.uncorrected, entry.corrected
    return {
        "recipe": entry.recipe.label,
        "seeds": entry.seeds,
        "imported": format_origins(entry.results.origins) if entry.results else "",
        "accuracy": own and own.mean,
        "accuracy_low": own and own.low,
        "accuracy_high": own and own.high,
        "last": mean_last(entry),
        "measure": single and single.measure,
        "reference_seeds": single and single.seeds[1],
        "difference": single and single.difference,
        "low": single and single.low,
        "high": single and single.high,
        "verdict": single and single.verdict,
        "seeds_needed": single and single.seeds_needed,
        "corrected_low": corrected and corrected.low,
        "corrected_high": corrected and corrected.high,
        "corrected_verdict": corrected and corrected.verdict,
        "corrected_seeds_needed": corrected and corrected.seeds_needed,
        "parameters": count_parameters(describe_network(entry.recipe)),
        "seconds": entry.results and entry.results.seconds,
        "images_per_second": entry.images_per_second,
        "blog_accuracy": entry.reported,
        "diverged": len(entry.results.diverged) if entry.results else 0,
        "also_differs": "; ".join(find_confounds(entry.recipe, reference.recipe)),
        "key": entry.recipe.key,
    }


def mean_last(entry: ComparedRecipe) -> float | None:
    """The mean accuracy after the last epoch, which is the blog's measure."""
    return statistics.fmean(entry.results.accuracies.values()) if entry.results else None


def bar_table(entries: Sequence[ComparedRecipe], reference: ComparedRecipe) -> pd.DataFrame:
    """Accuracies for the bars, from the reference's mean: rows of kind mean, and one of kind seed for each run."""
    rows = []
    for place, entry in enumerate(entries):
        own = entry.accuracy
        numbers = {"mean": own.mean, "low": own.low, "high": own.high} if own else {}
        same = reference.results and reference.recipe.dataset == entry.recipe.dataset
        start = {"reference": reference.accuracy.mean if same else None, "reported": entry.reported}
        rows.append({**name_row(entry, "mean"), "place": place, **numbers, **start})
        seeds = {**name_row(entry, "seed"), "place": place}
        rows += [{**seeds, "value": value} for value in entry.accuracies.values()]
    return number_columns(rows, BAR_COLUMNS)


def difference_table(entries: Sequence[ComparedRecipe], reference: ComparedRecipe, corrected: bool) -> pd.DataFrame:
    """Differences for the bars, in points: of the means, of seeds from the reference's mean, of the blog's figures."""
    rows = []
    for place, entry in enumerate(entries):
        comparison = entry.judged(corrected)
        if comparison is None or comparison.difference is None:
            continue
        blog = entry.reported - reference.reported if entry.reported and reference.reported else None
        numbers = {"mean": comparison.difference, "low": comparison.low, "high": comparison.high, "reported": blog}
        shared = {"label": f"{entry.recipe.label} ({format_sides(comparison.seeds)})", "place": place}
        rows.append({**name_row(entry, "mean"), **shared, **_points(numbers), "reference": 0.0})
        seeds = {**name_row(entry, "seed"), **shared}
        rows += [{**seeds, "value": 100 * difference} for difference in entry.differences]
    return number_columns(rows, BAR_COLUMNS)


def name_row(entry: ComparedRecipe, kind: str) -> dict[str, str | float]:
    """What every row of a chart's table says of its recipe."""
    return {"label": entry.label, **entry.sign.columns, "kind": kind}


def number_columns(rows: list[dict[str, object]], columns: list[str]) -> pd.DataFrame:
    """The rows as a table whose columns of numbers are numbers also where nothing is known."""
    return pd.DataFrame(rows, columns=columns).astype({name: float for name in columns if name not in TEXT_COLUMNS})


def _points(numbers: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else 100 * value for name, value in numbers.items()}
