"""What becomes of a claim is found in the results, whatever they are."""

import pytest

from tests.fakes import finish, finish_seeds
from tricks.analysis.claims import CONCLUSIONS, CONTROLS, QUESTIONS, Claim, find_setting
from tricks.analysis.verdicts import (
    check,
    check_both,
    describe_findings,
    format_reported,
    judge_claim,
    predict_answer,
    tabulate_conclusions,
    tabulate_questions,
    tabulate_settings,
)
from tricks.recipe.presets import BLOG_PRESETS
from tricks.stats.interval import Sample
from tricks.stats.wording import format_seeds
from tricks.store.results import gather

OLD = [0.70, 0.701, 0.70, 0.702, 0.701]
RESULTS = {
    "better": [value + 0.05 for value in OLD],
    "worse": [value - 0.05 for value in OLD],
    "about the same": [0.701, 0.70, 0.701, 0.702, 0.70],
    "not clear yet": [0.75, 0.66, 0.74, 0.70, 0.69],
}
WIDER = Claim(text="A wider dense head helps", recipe="wider", reference="baseline")


def check_with(claim: Claim, accuracies: list[float], others: list[float]):
    """What becomes of the claim where its recipe and its reference have these accuracies."""
    recipe, reference = find_setting(claim.recipe), find_setting(claim.reference)
    return check(claim, gather([*finish_seeds(recipe, accuracies), *finish_seeds(reference, others)]))


@pytest.mark.parametrize(
    ("direction", "measured", "verdict", "answer"),
    [
        ("better", "better", "confirmed", "yes"),
        ("better", "worse", "refuted", "no"),
        ("better", "about the same", "refuted", "no"),
        ("better", "not clear yet", "not clear yet", "not clear yet"),
        ("no worse", "better", "confirmed", "yes"),
        ("no worse", "about the same", "confirmed", "yes"),
        ("no worse", "worse", "refuted", "no"),
        ("no worse", "not clear yet", "not clear yet", "not clear yet"),
        ("about the same", "about the same", "confirmed", "yes"),
        ("about the same", "better", "refuted", "no"),
        ("about the same", "worse", "refuted", "no"),
        ("about the same", "not clear yet", "not clear yet", "not clear yet"),
    ],
)
def test_a_claim_holds_as_the_results_say(direction, measured, verdict, answer):
    """A claim is confirmed, refuted or not clear yet by the comparison, and by nothing else."""
    claim = Claim(text="A claim", recipe="wider", reference="baseline", direction=direction)

    finding = check_with(claim, RESULTS[measured], OLD)

    assert (measured, verdict, answer) == (finding.comparison.verdict, finding.verdict, finding.answer)


@pytest.mark.parametrize("claim", (*CONCLUSIONS, *QUESTIONS), ids=lambda claim: claim.text)
def test_every_claim_can_turn_out_either_way(claim):
    """No conclusion is written down: other results give another verdict."""
    turned = {check_with(claim, values, OLD).holds for values in RESULTS.values()}

    assert {True, False, None} == turned


def test_the_shortcut_question_is_answered_by_comparing():
    """Two convolutions with BatchNorm reach residual when they are no worse, and do not when they are worse."""
    claim = next(claim for claim in QUESTIONS if "reach what residual reaches" in claim.text)

    answers = [check_with(claim, RESULTS[name], OLD).answer for name in ("about the same", "better", "worse")]

    assert ("double-bn", "residual") == (claim.recipe, claim.reference)
    assert ["yes", "yes", "no"] == answers


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [
        ([], "not measured yet"),
        ([0.75], "+4.9 points (needs three seeds of each), 1 against 5 seeds"),
        (RESULTS["better"], "+5.0 points (+4.8 to +5.2), 5 seeds each"),
    ],
)
def test_a_finding_carries_its_figures(accuracies, words):
    """The words have the figures as far as there are any."""
    assert words == check_with(WIDER, accuracies, OLD).words


def test_an_open_finding_says_how_many_seeds_it_needs():
    """What is not clear yet says how many more seeds would probably make it so."""
    finding = check_with(WIDER, RESULTS["not clear yet"], OLD)

    assert finding.words.endswith(f"; {format_seeds(finding.seeds_needed)}")
    assert finding.seeds_needed > 0


def test_the_seeds_needed_are_those_of_the_claim():
    """Whether two convolutions reach residual takes fewer seeds than whether they are ahead of it."""
    samples = (Sample(values=(0.751, 0.706, 0.716, 0.711)), Sample(values=(0.70, 0.701, 0.702, 0.70)))

    assert predict_answer("no worse", samples) < predict_answer("better", samples)


@pytest.mark.parametrize(
    ("low", "high", "better", "no_worse", "about_the_same"),
    [
        (0.001, 0.005, True, True, True),
        (0.002, 0.030, True, True, None),
        (0.011, 0.030, True, True, False),
        (-0.005, -0.001, False, True, True),
        (-0.030, 0.005, False, None, None),
        (-0.030, -0.011, False, False, False),
        (-0.009, 0.050, None, True, None),
        (-0.050, 0.050, None, None, None),
        (None, None, None, None, None),
    ],
)
def test_a_point_is_what_counts(low, high, better, no_worse, about_the_same):
    """A gain may be small, and is refuted where no point can be gained; "no worse" and "the same" allow a point."""
    verdicts = tuple(judge_claim(direction, low, high) for direction in ("better", "no worse", "about the same"))

    assert (better, no_worse, about_the_same) == verdicts


def test_a_diverged_run_counts():
    """A diverged run counts with the accuracy that its weights have."""
    runs = [
        *finish_seeds(find_setting("wider"), [0.1] * 5, diverged=True),
        *finish_seeds(find_setting("baseline"), OLD),
    ]

    assert "refuted" == check(WIDER, gather(runs)).verdict


def test_the_blog_s_own_runs_are_beside():
    """A conclusion shows what the blog's three runs say of it; a control has none."""
    assert "+3.7, +0.4, +4.2" == format_reported(WIDER)
    assert "" == format_reported(next(claim for claim in QUESTIONS if claim.recipe == "deep"))


def test_every_setting_has_its_line():
    """The blog's settings and the controls have a line each, with the blog's three runs and what is known here."""
    lines = tabulate_settings(gather(finish_seeds(find_setting("wider"), OLD)))

    assert 2 + len(BLOG_PRESETS) + len(CONTROLS) == len(lines)
    assert "| baseline | baseline | 122,570 | 70.5%, 73.3%, 66.2% | not trained yet | not trained yet |" == lines[2]
    here = "70.1% (69.9% to 70.3%, N = 5)"
    assert f"| wider | dense width 512 | 586,250 | 74.2%, 73.7%, 70.4% | {here} | {here} |" == lines[3]
    assert "| deep | 2 dense layers | 124,330 |  | not trained yet | not trained yet |" in lines


def test_the_tables_have_a_line_for_each_claim():
    """The Markdown tables have a head and one line a claim, whatever the cache knows."""
    conclusions, questions = tabulate_conclusions(gather([])), tabulate_questions(gather([]))

    assert (2 + len(CONCLUSIONS), 2 + len(QUESTIONS)) == (len(conclusions), len(questions))
    open_cells = " | ".join(2 * ["not measured yet | **not measured yet**"])
    assert conclusions[2] == f"| A wider dense head helps | +3.7, +0.4, +4.2 | {open_cells} |"
    assert {line.count("|") for line in conclusions} == {7}
    assert {line.count("|") for line in questions} == {6}


def test_programs_get_the_same():
    """For programs a finding is the claim, whether it holds, and the comparison, settled and after the last epoch."""
    [row] = describe_findings([WIDER], gather([]))

    assert ("A wider dense head helps", None, 0, "settled") == tuple(
        row[name] for name in ("text", "holds", "pairs", "measure")
    )
    assert (None, 0, "last") == tuple(row["last"][name] for name in ("holds", "pairs", "measure"))


def test_a_claim_is_judged_by_both_measures():
    """A conclusion can be confirmed by the settled accuracy and open after the last epoch."""
    sides = zip((find_setting("wider"), find_setting("baseline")), (0.75, 0.70), strict=True)
    runs = [
        finish(recipe, seed, 0.7 + seed / 10, settled=level + seed / 1000)
        for recipe, level in sides
        for seed in range(3)
    ]

    settled, last = check_both(WIDER, gather(runs))

    assert ("confirmed", "not clear yet") == (settled.verdict, last.verdict)
    assert ("settled", "last") == (settled.comparison.measure, last.comparison.measure)
