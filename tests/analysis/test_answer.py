"""What helps, in words and in groups."""

import pytest

from tests.fakes import finish_seeds
from tricks.analysis.answer import GROUPS, GroupedEffects, describe_measured, find_answer, format_answer
from tricks.analysis.effects import add_trick, list_additions
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.stats.comparison import BETTER, SAME, UNCLEAR, WORSE
from tricks.store.results import gather

BASELINE = Recipe()
CHANGES = list_additions(BASELINE)
BY_NAME = {change.trick.name: change for change in CHANGES}
CLOSE = [0.516, 0.521, 0.526, 0.511, 0.531]  # Better than five times 0.5 as a single question, not as one of two.


def answer_for(**accuracies: list[float]) -> GroupedEffects:
    """The answer of a cache with five seeds of the baseline at 50%, and these of tricks by their names."""
    runs = finish_seeds(BASELINE, [0.5] * 5)
    for name, values in accuracies.items():
        runs += finish_seeds(BY_NAME[name].recipe, values)
    return find_answer(CHANGES, gather(runs))


def test_tricks_are_grouped_by_their_verdicts():
    """What helps comes first, then what harms, then what makes no difference, then what is open; the rest is apart."""
    answer = answer_for(flip=[0.75] * 4, grad_clip=[0.25] * 4, normalize=[0.5] * 4, crop_padding=[0.5, 0.6, 0.4])

    names = {verdict: [one.effect.change.trick.name for one in group] for verdict, group in answer.groups.items()}
    assert {BETTER: ["flip"], WORSE: ["grad_clip"], SAME: ["normalize"], UNCLEAR: ["crop_padding"]} == names
    assert list(names) == [verdict for verdict in GROUPS if verdict in names]
    assert len(CHANGES) - 4 == len(answer.unmeasured)
    assert 4 == answer.comparisons


@pytest.mark.parametrize(
    ("accuracies", "sentence"),
    [
        ({}, f"Nobody knows yet what helps on the baseline: none of {len(CHANGES)} tricks is measured."),
        ({"flip": [0.75] * 4}, "The one trick measured on the baseline helps: flip (+25.0)."),
        ({"flip": [0.25] * 4}, "The one trick measured on the baseline is not known to help."),
        (
            {"flip": [0.5] * 4, "normalize": [0.5] * 4},
            "None of the two tricks measured on the baseline is known to help.",
        ),
        (
            {"flip": CLOSE, "normalize": [0.5] * 4},
            "One of the two tricks measured on the baseline helps, clear as a single question only: flip (+2.1).",
        ),
        (
            {"flip": CLOSE, "normalize": CLOSE},
            "Both tricks measured on the baseline help, none of them clear among all 2: normalised inputs (+2.1),"
            " flip (+2.1).",
        ),
        (
            {"flip": [0.75] * 4, "normalize": [0.7] * 4},
            "Both tricks measured on the baseline help, both of them clear among all 2: flip (+25.0),"
            " normalised inputs (+20.0).",
        ),
    ],
    ids=["nothing", "one", "none of one", "none", "alone", "both alone", "all"],
)
def test_the_first_sentence_is_the_answer(accuracies, sentence):
    """The first sentence says how many help, which, and how sure that is."""
    assert sentence == format_answer(answer_for(**accuracies), "on the baseline")[0]


def test_two_choices_of_a_trick_are_one_trick():
    """Where one trick is measured at two of its choices, the answer counts settings, and says of how many tricks."""
    places = [add_trick(TRICKS["batch_norm"], BASELINE, place) for place in ("before", "after")]
    runs = [run for place in places for run in finish_seeds(place.recipe, [0.75] * 4)]
    results = gather([*runs, *finish_seeds(BASELINE, [0.5] * 5), *finish_seeds(BY_NAME["flip"].recipe, [0.5] * 4)])

    first = format_answer(find_answer([*places, BY_NAME["flip"]], results), "on the baseline")[0]

    assert first.startswith("Two of the three settings (of two tricks) measured on the baseline help, both of them")


def test_what_harms_and_what_is_open_follow():
    """The other sentences say what harms, and count the rest."""
    answer = answer_for(flip=[0.75] * 4, grad_clip=[0.25] * 4, crop_padding=[0.5])

    assert [
        "One harms, clear among all 3: gradient clipping 1 (-25.0).",
        f"Of the others: one not clear yet, {len(CHANGES) - 3} not measured.",
    ] == format_answer(answer, "on the baseline")[1:]


def test_where_nothing_helps_all_are_counted():
    """Where nothing helps and nothing harms there are no others to tell of."""
    answer = answer_for(flip=[0.5] * 4, crop_padding=[0.5])

    assert [
        "None of the two tricks measured on the baseline is known to help.",
        f"One about the same, one not clear yet, {len(CHANGES) - 2} not measured.",
    ] == format_answer(answer, "on the baseline")


def test_a_single_trick_is_not_left_over():
    """Of nine tricks all are named: to count the ninth would be no shorter."""
    changes = [change for change in CHANGES if not change.needs][:9]

    first = format_answer(answer_for(**{change.trick.name: [0.75] * 3 for change in changes}), "on the baseline")[0]

    assert 9 == first.count("(+25.0)")
    assert "more" not in first


def test_of_very_many_only_the_first_are_named():
    """A sentence names eight tricks, the largest first, and counts the others."""
    answer = answer_for(**{change.trick.name: [0.75] * 3 for change in CHANGES if not change.needs})

    first = format_answer(answer, "on the baseline")[0]

    assert 8 == first.count("(+25.0)")
    assert first.endswith(f" and {len(answer.measured) - 8} more.")


def test_what_harms_most_is_told_first():
    """Of what helps the best comes first, of what harms the worst."""
    answer = answer_for(flip=[0.75] * 4, normalize=[0.7] * 4, grad_clip=[0.4] * 4, crop_padding=[0.25] * 4)

    helps, harms, *_ = format_answer(answer, "on the baseline")
    assert helps.endswith(": flip (+25.0), normalised inputs (+20.0).")
    assert harms.endswith(": crop padding 2 (-25.0), gradient clipping 1 (-10.0).")


def test_programs_get_costs_too():
    """For programs a measured trick has its costs as factors, what else it changes, and how sure it is."""
    row = describe_measured(answer_for(epochs=[0.75] * 4).measured[0])

    assert (1.0, 2.0) == (row["parameters_factor"], row["arithmetic_factor"])
    assert (["2 times the optimiser steps"], "clear among all") == (row["also_changes"], row["certainty"])
