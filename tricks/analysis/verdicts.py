"""What the cache says of the blog's conclusions, by the same comparison as everywhere."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from tricks.analysis.claims import CONCLUSIONS, CONTROLS, OTHER_RUNS, QUESTIONS, Claim, find_setting
from tricks.analysis.effects import Results, compare_known, format_accuracy, format_figures, subtract
from tricks.recipe.network import count_parameters, describe_network
from tricks.recipe.presets import PRESETS
from tricks.stats.comparison import SAME_POINTS, Comparison, format_points, format_seeds, predict_seeds


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A claim and what the cache says of it.

    `holds` is None while that is not clear yet, and `seeds_needed` says how many further pairs that probably takes.
    """

    claim: Claim
    comparison: Comparison
    differences: dict[int, float]
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
        return "not clear yet" if self.comparison.pairs else "not measured yet"

    @property
    def words(self) -> str:
        """The figures, whether they are small, and how many more seeds it takes."""
        is_small = judge_claim("about the same", self.comparison.low, self.comparison.high)
        remarks = ("less than a point" if is_small else "", format_seeds(self.seeds_needed))
        return "; ".join(filter(None, (format_figures(self.comparison, self.differences), *remarks)))


def check(claim: Claim, results: Results) -> Finding:
    """What the cache says of the claim."""
    recipe, reference = find_setting(claim.recipe), find_setting(claim.reference)
    comparison = compare_known(recipe, reference, results)
    differences = subtract(recipe, reference, results)
    holds = judge_claim(claim.direction, comparison.low, comparison.high)
    return Finding(
        claim=claim,
        comparison=comparison,
        differences=differences,
        holds=holds,
        seeds_needed=predict_answer(claim.direction, tuple(differences.values())) if holds is None else 0,
    )


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
            holds, fails = low > 0, no_point_better
        case "no worse":
            holds, fails = no_point_worse, a_point_worse
        case "about the same":
            holds, fails = no_point_worse and no_point_better, a_point_worse or a_point_better
        case _:
            raise ValueError(f"a claim cannot say {direction!r}")
    return True if holds else False if fails else None


@lru_cache(maxsize=1024)
def predict_answer(direction: str, differences: tuple[float, ...]) -> int | None:
    """How many further pairs until such a claim is borne out or refuted, if all goes on as before; None if unknown."""
    return predict_seeds(differences, is_enough=lambda low, high: judge_claim(direction, low, high) is not None)


def format_reported(claim: Claim) -> str:
    """What the blog's three runs say of the claim, in points: the post's first; nothing where it has none."""
    if not {claim.recipe, claim.reference} <= OTHER_RUNS.keys():
        return ""
    ours, theirs = ((PRESETS[name].reported, *OTHER_RUNS[name]) for name in (claim.recipe, claim.reference))
    return ", ".join(format_points(one - other) for one, other in zip(ours, theirs, strict=True))


def tabulate_settings(results: Results) -> list[str]:
    """The blog's settings and the controls, with their accuracies there and here, as the lines of a Markdown table."""
    lines = ["| setting | what changes | parameters | its three runs | here |", "|---|---|---:|---|---|"]
    for name in (*PRESETS, *CONTROLS):
        recipe = find_setting(name)
        parameters = count_parameters(describe_network(recipe))
        runs = (PRESETS[name].reported, *OTHER_RUNS[name]) if name in PRESETS else ()
        theirs, ours = ", ".join(f"{run:.1%}" for run in runs), format_accuracy(results.get(recipe.key))
        lines.append(f"| {name} | {recipe.label} | {parameters:,} | {theirs} | {ours} |")
    return lines


def tabulate_conclusions(results: Results) -> list[str]:
    """The blog's conclusions as the lines of a Markdown table."""
    lines = ["| the blog's conclusion | its three runs | here | verdict |", "|---|---|---|---|"]
    for finding in (check(claim, results) for claim in CONCLUSIONS):
        claim = finding.claim
        lines.append(f"| {claim.words} | {format_reported(claim)} | {finding.words} | **{finding.verdict}** |")
    return lines


def tabulate_questions(results: Results) -> list[str]:
    """The questions that take the blog's confounds apart as the lines of a Markdown table."""
    lines = ["| taken apart | here | answer |", "|---|---|---|"]
    for finding in (check(question, results) for question in QUESTIONS):
        lines.append(f"| {finding.claim.text} | {finding.words} | **{finding.answer}** |")
    return lines


def describe_findings(claims: Iterable[Claim], results: Results) -> list[dict[str, Any]]:
    """The claims and what the cache says of them, for programs."""
    return [
        asdict(finding.claim)
        | asdict(finding.comparison)
        | {"holds": finding.holds, "verdict": finding.verdict, "seeds_needed": finding.seeds_needed}
        for finding in (check(claim, results) for claim in claims)
    ]
