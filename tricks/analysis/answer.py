"""The answer to "What helps?" in words and in groups: the effects of many tricks on one recipe, all together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tricks.analysis.confounds import name_confounds
from tricks.analysis.costs import COSTS, Costs, compare_costs
from tricks.analysis.effects import Change, Effect, count_measured, describe_effect, measure_all
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import BETTER, NO_GAIN, SAME, SETTLED, UNCLEAR, WORSE, holds_among_all
from tricks.stats.wording import begin_sentence, format_certainty, format_count, format_points
from tricks.store.results import Results

# In the order in which they are told, each with its title and what it means.
GROUPS = {
    BETTER: ("Helps", "all of the interval lies above zero"),
    WORSE: ("Harms", "all of it lies below zero"),
    SAME: ("About the same", "all of it lies within one point"),
    NO_GAIN: ("No gain of a point", "it may lose, and cannot gain a point"),
    UNCLEAR: ("Not clear yet", "the interval is still too wide to say"),
}
REST = {SAME: "about the same", NO_GAIN: "without a gain of a point", UNCLEAR: "not clear yet"}
MOST_NAMED = 8


@dataclass(frozen=True, kw_only=True)
class Measured:
    """An effect with what else there is to know of it: what it costs, and what else it changes in a few words each."""

    effect: Effect
    costs: Costs
    also: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GroupedEffects:
    """The measured tricks by verdict, what brings most first, of those that harm the worst, and the unmeasured ones.

    A verdict is that of its question alone; `comparisons` is how many the corrected ones allow for.
    """

    groups: dict[str, tuple[Measured, ...]]
    unmeasured: tuple[Effect, ...]
    comparisons: int

    @property
    def measured(self) -> list[Measured]:
        """All that are measured, group after group."""
        return [one for group in self.groups.values() for one in group]


def find_answer(changes: Sequence[Change], results: Results, wish: str = SETTLED) -> GroupedEffects:
    """What the cache knows of all the changes."""
    return group_effects(measure_all(changes, results, wish), count_measured(changes, results), results)


def group_effects(effects: Sequence[Effect], comparisons: int, results: Results) -> GroupedEffects:
    """The effects in their groups."""
    known = [effect for effect in effects if effect.single.difference is not None]
    groups = {
        verdict: tuple(look_closer(effect, results) for effect in known if effect.single.verdict == verdict)
        for verdict in GROUPS
    }
    groups[WORSE] = groups[WORSE][::-1]
    return GroupedEffects(
        groups={verdict: group for verdict, group in groups.items() if group},
        unmeasured=tuple(effect for effect in effects if effect.single.difference is None),
        comparisons=comparisons,
    )


def look_closer(effect: Effect, results: Results) -> Measured:
    """The effect with its costs and what else it changes."""
    sides = (effect.change.recipe, effect.change.reference)
    return Measured(effect=effect, costs=compare_costs(*sides, results), also=tuple(name_confounds(*sides)))


def say_where(base: Recipe, taken_out: bool = False) -> str:
    """Where tricks are asked about, for `format_answer`: on top of the base, or each taken out of it."""
    if taken_out:
        return f"in {base.label}"
    return f"on top of {base.label}" if base.values else "on the baseline"


def format_answer(answer: GroupedEffects, where: str) -> list[str]:
    """The answer in a few sentences, what helps first; `where` says on top of what, as in "on the baseline"."""
    if not answer.groups:
        return [f"Nobody knows yet what helps {where}: none of {format_tricks(len(answer.unmeasured))} is measured."]
    helping = answer.groups.get(BETTER, ())
    known = format_helping(len(helping), answer.measured, where)
    told = [f"{known}{format_clear_share(helping, answer)}{name_all(helping)}."]
    if harming := answer.groups.get(WORSE):
        verb = "harms" if len(harming) == 1 else "harm"
        told.append(f"{format_how_many(len(harming))} {verb}{format_clear_share(harming, answer)}{name_all(harming)}.")
    counts = {words: len(answer.groups.get(verdict, ())) for verdict, words in REST.items()}
    counts["not measured"] = len(answer.unmeasured)
    rest = [f"{format_count(count)} {words}" for words, count in counts.items() if count]
    if not rest:
        return told
    counted = ", ".join(rest)
    is_others = len(told) > 1 or helping
    return [*told, f"Of the others: {counted}." if is_others else f"{begin_sentence(counted)}."]


def format_tricks(count: int) -> str:
    """So many tricks in words."""
    return f"{format_count(count)} trick{'s' if count != 1 else ''}"


def format_how_many(count: int) -> str:
    """A number at the beginning of a sentence."""
    return format_count(count).capitalize()


def format_helping(helping: int, measured: Sequence[Measured], where: str) -> str:
    """How many of those that are measured help."""
    if len(measured) == 1:
        return f"The one trick measured {where} {'helps' if helping else 'is not known to help'}"
    what = f"{name_kind(measured)} measured {where}"
    if helping == len(measured):
        return f"{'Both' if helping == 2 else f'All {format_count(helping)}'} {what} help"
    whole = f"of the {format_count(len(measured))} {what}"
    if helping == 0:
        return f"None {whole} is known to help"
    return f"{format_how_many(helping)} {whole} {'help' if helping > 1 else 'helps'}"


def name_kind(measured: Sequence[Measured]) -> str:
    """What several of these are: tricks, or settings where one trick has been measured at more than one."""
    tricks = len({one.effect.change.trick.name for one in measured})
    return "tricks" if tricks == len(measured) else f"settings (of {format_tricks(tricks)})"


def format_clear_share(group: Sequence[Measured], answer: GroupedEffects) -> str:
    """How many of a group are clear among all, too; nothing where all are one."""
    if not group or answer.comparisons < 2:
        return ""
    sure = sum(holds_among_all(one.effect.single, one.effect.corrected) for one in group)
    everyone = "both of them " if len(group) == 2 else "all of them "
    some = f"{format_count(sure, none='none')} of them "
    of = "" if len(group) == 1 else everyone if sure == len(group) else some
    is_one = len(group) == 1 and not sure
    return ", clear as a single question only" if is_one else f", {of}clear among all {answer.comparisons}"


def name_all(group: Sequence[Measured]) -> str:
    """The tricks of a group with their points, of very many only the first; a single one is never left over."""
    shown = group if len(group) <= MOST_NAMED + 1 else group[:MOST_NAMED]
    named = [f"{one.effect.change.label} ({format_points(one.effect.single.difference)})" for one in shown]
    more = f" and {len(group) - len(shown)} more" if len(group) > len(shown) else ""
    return f": {', '.join(named)}{more}" if named else ""


def describe_measured(one: Measured) -> dict[str, Any]:
    """A measured effect for programs."""
    return {
        **describe_effect(one.effect),
        "certainty": format_certainty(one.effect.single, one.effect.corrected),
        **{f"{name}_factor": getattr(one.costs, name) for name in COSTS},
        "seconds_measured": one.costs.is_measured,
        "also_changes": list(one.also),
        "diverged": list(one.effect.diverged),
    }
