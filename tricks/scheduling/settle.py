"""Settling a question: which seeds to train until the verdict on two recipes is clear, or a budget of seeds ends.

The interval holds however often one looks, so one may look after every seed and stop at the first clear verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from tricks.analysis.compare import compare_recipes, sample_all
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.stats.comparison import MEASURES, SETTLED, Comparison
from tricks.stats.interval import Sample, summarize
from tricks.store.results import Results, unfinished_seeds

FEWEST_SEEDS = 2  # Of each side: with fewer there is no interval.
MOST_SEEDS = 1000


@dataclass(frozen=True, kw_only=True)
class Question:
    """Is the recipe better than the reference? Two recipes of the same images (ValueError, one sentence).

    `measure` is the accuracy that is wished for; recipes of different schedules are compared after the last epoch.
    """

    recipe: Recipe
    reference: Recipe
    measure: str = SETTLED

    def __post_init__(self):
        if self.recipe == self.reference:
            raise ValueError(f"{self.recipe.label} is given twice: settle one recipe against another")
        if self.recipe.dataset != self.reference.dataset:
            raise ValueError(f"{self.recipe.label} and {self.reference.label} are of different datasets")
        if self.measure not in MEASURES:
            raise ValueError(f"the measure must be one of {', '.join(MEASURES)}, not {self.measure!r}")

    @property
    def sides(self) -> tuple[Recipe, Recipe]:
        """The recipe and the reference."""
        return self.recipe, self.reference

    def compare(self, results: Results) -> Comparison:
        """The answer so far."""
        return compare_recipes(*self.sides, results, self.measure)


def check_budget(at_most: int) -> None:
    """Refuses a budget with which no question can be settled (ValueError, one sentence)."""
    if type(at_most) is not int or not FEWEST_SEEDS <= at_most <= MOST_SEEDS:
        raise ValueError(f"settling takes at most {FEWEST_SEEDS} to {MOST_SEEDS} seeds of each, not {at_most!r}")


def choose_next(
    question: Question, at_most: int, results: Results, expect: Callable[[Recipe], float | None] = lambda recipe: None
) -> list[Run]:
    """The runs to train now; none once the verdict is clear, or both sides have `at_most` seeds.

    At first all that an interval needs, which may be trained side by side; then one run of the side whose next seed
    makes the difference more certain by the second. `expect` gives a run's seconds, None while they are unknown.
    """
    comparison = question.compare(results)
    if comparison.is_clear:
        return []
    left = [list_left(recipe, at_most, results) for recipe in question.sides]
    if comparison.low is None:
        lacking = [
            runs[: max(0, comparison.fewest - count)] for runs, count in zip(left, comparison.seeds, strict=True)
        ]
        if any(lacking):
            return [run for run in chain.from_iterable(zip_longest(*lacking)) if run]
    samples = sample_all(question.sides, results, question.measure)
    gains = {
        runs[0]: measure_gain(sample) / (expect(runs[0].recipe) or 1.0)
        for runs, sample in zip(left, samples, strict=True)
        if runs
    }
    return [max(gains, key=gains.get)] if gains else []


def list_left(recipe: Recipe, at_most: int, results: Results) -> list[Run]:
    """The unfinished seeds that the budget leaves to one side, the lowest first."""
    known = len(results[recipe.key].runs) if recipe.key in results else 0
    return [
        Run(recipe=recipe, seed=seed) for seed in islice(unfinished_seeds(results, recipe), max(0, at_most - known))
    ]


def measure_gain(sample: Sample) -> float:
    """How much less the variance of the sample's mean is with one more seed."""
    side = summarize(sample)
    return side.variance / side.count - side.variance / (side.count + 1)
