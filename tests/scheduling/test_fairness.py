"""Visitors take turns, and everybody can see when theirs comes."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import toy_run
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.fairness import Expected, forecast, take_turns
from tricks.scheduling.requests import Request

RUNS = [Run(recipe=Recipe(dataset="toy"), seed=seed) for seed in range(40)]


def requests(*visitors: str, **changes) -> list[Request]:
    """One request for each word, in the order of asking; the letters of a word are its visitors."""
    return [
        Request(run=run, visitors=frozenset(letters), **changes) for run, letters in zip(RUNS, visitors, strict=False)
    ]


def say(ordered: list[Request]) -> str:
    """The seeds in order."""
    return " ".join(str(request.run.seed) for request in ordered)


def test_three_visitors_take_turns():
    """Of three visitors with 5, 1 and 1 runs, the second and third are served before the first's second run."""
    assert "0 5 6 1 2 3 4" == say(take_turns(requests("a", "a", "a", "a", "a", "b", "c"), {}))


def test_who_was_served_last_is_last():
    """A visitor who has just had a turn waits for those who have not."""
    assert "1 2 0" == say(take_turns(requests("a", "b", "c"), {"a": 7, "b": 3, "c": 5}))


def test_a_newcomer_is_before_all_who_were_served():
    """Somebody who asks for the first time is next, whatever the others have queued."""
    assert "3 0 1 2" == say(take_turns(requests("a", "a", "a", "b"), {"a": 4}))


def test_sharing_costs_no_turn():
    """A run that two visitors ask for spends the turn of one; the other's own run comes next."""
    assert "0 2 1" == say(take_turns(requests("ab", "a", "b"), {}))


def test_an_interrupted_run_goes_on_first():
    """What was begun before its worker died or the server ended has had its turn."""
    waiting = [*requests("a", "b"), Request(run=RUNS[9], visitors=frozenset("c"), interrupted=True)]

    assert "9 0 1" == say(take_turns(waiting, {"c": 5}))


@given(
    st.lists(st.text("abcdef", min_size=1, max_size=3), max_size=40),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 99)),
)
def test_nobody_is_forgotten(visitors, served):
    """Every request has exactly one place in the order, whoever asks."""
    waiting = requests(*visitors)

    assert sorted(request.run.seed for request in waiting) == sorted(
        request.run.seed for request in take_turns(waiting, served)
    )


def test_a_forecast_fills_the_slots():
    """Each run begins when a slot is free, and ends after its expected seconds."""
    seconds = {RUNS[0]: 10.0, RUNS[1]: 30.0, RUNS[2]: 5.0, RUNS[3]: 5.0}

    expected = forecast(requests("a", "a", "a", "a"), lambda request: seconds[request.run], shares=2)

    assert [Expected(start=0, end=10), Expected(start=0, end=30)] == [expected[RUNS[0]], expected[RUNS[1]]]
    assert [Expected(start=10, end=15), Expected(start=15, end=20)] == [expected[RUNS[2]], expected[RUNS[3]]]


def test_a_forecast_knows_shares():
    """Who needs more shares than are free begins when enough runs have ended, and nobody is expected before it."""
    queue = [Request(run=toy_run(seed), visitors=frozenset({"ann"})) for seed in range(4)]
    shares = {toy_run(0): 1, toy_run(1): 1, toy_run(2): 2, toy_run(3): 1}
    seconds = {toy_run(0): 10.0, toy_run(1): 30.0, toy_run(2): 5.0, toy_run(3): 5.0}

    expected = forecast(queue, lambda each: seconds[each.run], 2, lambda each: shares[each.run])

    spans = [(0, 10), (0, 30), (30, 35), (35, 40)]
    assert [Expected(start=start, end=end) for start, end in spans] == list(expected.values())
