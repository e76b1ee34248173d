"""What the cache says of the blog's conclusions, by the same comparison as everywhere."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from tricks.analysis.claims import CONCLUSIONS, CONTROLS, OTHER_RUNS, QUESTIONS, Claim, find_setting
from tricks.analysis.compare import compare_recipes, describe_comparison, format_accuracy, sample_all
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import BLOG_PRESETS
from tricks.stats.comparison import (
    BETTER,
    LAST,
    MEASURES,
    SAME,
    SAME_POINTS,
    SETTLED,
    UNCLEAR,
    Comparison,
    judge,
    predict_seeds,
)
from tricks.stats.interval import ALPHA, Sample
from tricks.stats.wording import format_figures, format_points, format_seeds
from tricks.store.results import Results


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A claim and what the cache says of it, by one measure.

    `holds` is None while that is not clear yet, and `seeds_needed` says how many further seeds of each it probably
    takes.
    """

    claim: Claim
    comparison: Comparison
    holds: bool | None
    seeds_needed: int | None

    @property
    def verdict(self) -> str:
        """What becomes of a conclusion."""
        return {True: "confirmed", False: "refuted", None: self.open}[self.holds]

    @property
    def answer(self) -> str:
        """What is answered to a question."""
        return {True: "yes", False: "no", None: self.open}[self.holds]

    @property
    def open(self) -> str:
        """What is said while nothing is decided."""
        return UNCLEAR if self.comparison.least_seeds else "not measured yet"

    @property
    def words(self) -> str:
        """The figures, whether they are small, and how many more seeds it takes."""
        is_small = judge_claim(SAME, self.comparison.low, self.comparison.high)
        remarks = ("less than a point" if is_small else "", format_seeds(self.seeds_needed))
        return "; ".join(filter(None, (format_figures(self.comparison), *remarks)))


def check(claim: Claim, results: Results, measure: str = SETTLED) -> Finding:
    """What the cache says of the claim, by this measure."""
    sides = (find_setting(claim.recipe), find_setting(claim.reference))
    comparison = compare_recipes(*sides, results, measure)
    holds = judge_claim(claim.direction, comparison.low, comparison.high)
    samples = sample_all(sides, results, measure)
    return Finding(
        claim=claim,
        comparison=comparison,
        holds=holds,
        seeds_needed=predict_answer(claim.direction, samples) if holds is None else 0,
    )


def check_both(claim: Claim, results: Results) -> tuple[Finding, Finding]:
    """What the cache says of the claim by the settled accuracy, which comes first, and after the last epoch."""
    settled, last = (check(claim, results, measure) for measure in MEASURES)
    return settled, last


def judge_claim(direction: str, low: float | None, high: float | None) -> bool | None:
    """Whether an interval of the difference bears a claim out or refutes it; None while it leaves room for both.

    Less than a point is hardly a difference: it is enough for "better" when it is surely above zero, "no worse" allows
    it, and where no whole point can be gained any more, "better" is refuted.
    """
    if low is None or high is None:
        return None
    no_point_worse, no_point_better = low > -SAME_POINTS, high < SAME_POINTS
    a_point_worse, a_point_better = high < -SAME_POINTS, low > SAME_POINTS
    match direction:
        case "better":
            return {BETTER: True, UNCLEAR: None}.get(judge(low, high), False)
        case "no worse":
            holds, fails = no_point_worse, a_point_worse
        case "about the same":
            holds, fails = no_point_worse and no_point_better, a_point_worse or a_point_better
        case _:
            raise ValueError(f"a claim cannot say {direction!r}")
    return True if holds else False if fails else None


@lru_cache(maxsize=1024)
def predict_answer(direction: str, samples: tuple[Sample, ...]) -> int | None:
    """How many further seeds of each until such a claim is borne out or refuted, if all goes on as before."""
    return predict_seeds(samples, ALPHA, lambda low, high: judge_claim(direction, low, high) is not None)


def format_reported(claim: Claim) -> str:
    """What the blog's three runs say of the claim, in points: the post's first; nothing where it has none."""
    if not {claim.recipe, claim.reference} <= OTHER_RUNS.keys():
        return ""
    ours, theirs = ((BLOG_PRESETS[name].reported, *OTHER_RUNS[name]) for name in (claim.recipe, claim.reference))
    return ", ".join(format_points(one - other) for one, other in zip(ours, theirs, strict=True))


def tabulate_settings(results: Results) -> list[str]:
    """The blog's settings and the controls, with their accuracies there and here, as the lines of a Markdown table."""
    lines = [
        "| setting | what changes | parameters | its three runs | here, after the last epoch | here, settled |",
        "|---|---|---:|---|---|---|",
    ]
    for name in (*BLOG_PRESETS, *CONTROLS):
        recipe = find_setting(name)
        parameters = count_parameters(describe_network(recipe))
        runs = (BLOG_PRESETS[name].reported, *OTHER_RUNS[name]) if name in BLOG_PRESETS else ()
        theirs = ", ".join(f"{run:.1%}" for run in runs)
        ours = " | ".join(format_accuracy(recipe, results, measure) for measure in (LAST, SETTLED))
        lines.append(f"| {name} | {recipe.label} | {parameters:,} | {theirs} | {ours} |")
    return lines


def tabulate_conclusions(results: Results) -> list[str]:
    """The blog's conclusions, judged by both measures, as the lines of a Markdown table."""
    lines = [
        "| the blog's conclusion | its three runs | settled | | after the last epoch | |",
        "|---|---|---|---|---|---|",
    ]
    for claim in CONCLUSIONS:
        cells = " | ".join(f"{one.words} | **{one.verdict}**" for one in check_both(claim, results))
        lines.append(f"| {claim.words} | {format_reported(claim)} | {cells} |")
    return lines


def tabulate_questions(results: Results) -> list[str]:
    """The questions that take the blog's confounds apart, by both measures, as the lines of a Markdown table."""
    lines = ["| taken apart | settled | | after the last epoch | |", "|---|---|---|---|---|"]
    for question in QUESTIONS:
        cells = " | ".join(f"{one.words} | **{one.answer}**" for one in check_both(question, results))
        lines.append(f"| {question.text} | {cells} |")
    return lines


def describe_findings(claims: Iterable[Claim], results: Results) -> list[dict[str, Any]]:
    """The claims and what the cache says of them by both measures, for programs; the settled one first."""
    rows = []
    for claim in claims:
        settled, last = map(describe_finding, check_both(claim, results))
        rows.append(asdict(claim) | settled | {"last": last})
    return rows


def describe_finding(finding: Finding) -> dict[str, Any]:
    """What the cache says of a claim by one measure: its comparison, and what becomes of the claim."""
    return describe_comparison(finding.comparison) | {
        "holds": finding.holds,
        "verdict": finding.verdict,
        "seeds_needed": finding.seeds_needed,
    }
