"""What the cache says of the blog's conclusions, by the same comparison as everywhere."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from tricks.blog import CONCLUSIONS, CONTROLS, OTHER_RUNS, QUESTIONS, Claim, find_setting
from tricks.comparison import Comparison, say_points
from tricks.effects import Results, compare_known, say_accuracy, say_figures, say_needed, subtract
from tricks.network import count_parameters, describe_network
from tricks.presets import PRESETS

# What a claim's direction says, as the verdicts of a comparison under which it holds.
HOLDS = {
    "better": {"better"},
    "no worse": {"better", "about the same"},
    "about the same": {"about the same"},
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A claim and what the cache says of it; `holds` is None while that is not clear yet."""

    claim: Claim
    comparison: Comparison
    differences: dict[int, float]
    holds: bool | None

    @property
    def verdict(self) -> str:
        """What becomes of a conclusion."""
        return {True: "confirmed", False: "refuted", None: "not clear yet"}[self.holds]

    @property
    def answer(self) -> str:
        """What is answered to a question."""
        return {True: "yes", False: "no", None: "not clear yet"}[self.holds]

    @property
    def words(self) -> str:
        """The figures, and what they amount to."""
        figures = say_figures(self.comparison, self.differences)
        if self.comparison.low is None:
            return figures
        needed = f", {needed}" if (needed := say_needed(self.comparison)) else ""
        return f"{figures}: {self.comparison.verdict}{needed}"


def check(claim: Claim, results: Results) -> Finding:
    """What the cache says of the claim."""
    recipe, reference = find_setting(claim.recipe), find_setting(claim.reference)
    comparison = compare_known(recipe, reference, results)
    return Finding(
        claim=claim,
        comparison=comparison,
        differences=subtract(recipe, reference, results),
        holds=judge_claim(claim, comparison),
    )


def judge_claim(claim: Claim, comparison: Comparison) -> bool | None:
    """Whether the comparison bears the claim out; a difference within one point bears out no "better"."""
    if comparison.verdict == "not clear yet":
        return None
    return comparison.verdict in HOLDS[claim.direction]


def say_reported(claim: Claim) -> str:
    """What the blog's three runs say of the claim, in points: the post's first; nothing where it has none."""
    if not {claim.recipe, claim.reference} <= OTHER_RUNS.keys():
        return ""
    ours, theirs = ((PRESETS[name].reported, *OTHER_RUNS[name]) for name in (claim.recipe, claim.reference))
    return ", ".join(say_points(one - other) for one, other in zip(ours, theirs, strict=True))


def tabulate_settings(results: Results) -> list[str]:
    """The blog's settings and the controls, with their accuracies there and here, as the lines of a Markdown table."""
    lines = ["| setting | what changes | parameters | its three runs | here |", "|---|---|---:|---|---|"]
    for name in (*PRESETS, *CONTROLS):
        recipe = find_setting(name)
        parameters = count_parameters(describe_network(recipe))
        runs = (PRESETS[name].reported, *OTHER_RUNS[name]) if name in PRESETS else ()
        theirs, ours = ", ".join(f"{run:.1%}" for run in runs), say_accuracy(results.get(recipe.key))
        lines.append(f"| {name} | {recipe.label} | {parameters:,} | {theirs} | {ours} |")
    return lines


def tabulate_conclusions(results: Results) -> list[str]:
    """The blog's conclusions as the lines of a Markdown table."""
    lines = ["| the blog's conclusion | its three runs | here | verdict |", "|---|---|---|---|"]
    for finding in (check(claim, results) for claim in CONCLUSIONS):
        claim = finding.claim
        lines.append(f"| {claim.text} | {say_reported(claim)} | {finding.words} | **{finding.verdict}** |")
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
        asdict(finding.claim) | {"holds": finding.holds} | asdict(finding.comparison)
        for finding in (check(claim, results) for claim in claims)
    ]
