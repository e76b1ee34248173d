"""How often a session may look, by how many others are looking."""

import pytest

from tricks.pages.sessions.refresh_rate import FEWEST_UPDATES, MOST_UPDATES, SPREAD, TURN_SECONDS, Presence


class Clock:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def look_around(presence: Presence, clock: Clock, sessions: int, seconds: float, wish: float = 1.0) -> list[float]:
    """The waits of so many sessions after all have looked once a second for a while."""
    waits = []
    for _ in range(round(seconds)):
        waits = []
        for name in range(sessions):
            clock.now += 1 / sessions
            waits.append(presence.widen(str(name), wish))
    return waits


@pytest.mark.parametrize("sessions, wait", [(1, 1), (50, 1), (75, 1), (100, 2), (150, 2), (300, 4), (600, 8)])
def test_a_crowd_looks_less_often(sessions, wait):
    """The more sessions look, the longer each waits, so that all together never ask more often than is allowed."""
    clock = Clock()

    waits = look_around(Presence(clock, draw=lambda: 0.0), clock, sessions, seconds=120)

    assert {wait} == set(waits)
    assert sum(1 / each for each in waits) <= MOST_UPDATES


def test_a_wish_weighs_what_it_asks_for():
    """Who waits for a first loss, ten looks a second, counts as ten who look once a second."""
    clock = Clock()

    waits = look_around(Presence(clock, draw=lambda: 0.0), clock, sessions=10, seconds=10, wish=0.1)

    assert {0.2} == set(waits)


def test_whoever_has_gone_is_forgotten():
    """When the crowd has gone, the one who stays looks as often as if they had always been alone."""
    clock = Clock()
    presence = Presence(clock, draw=lambda: 0.0)
    look_around(presence, clock, sessions=300, seconds=60)

    waits = [look_around(presence, clock, sessions=1, seconds=1)[0] for _ in range(30)]

    assert 4 == waits[0]
    assert 1 == waits[-1]


def test_waits_do_not_swing():
    """A few sessions who come and go at the edge of what is allowed change nobody's wait."""
    clock = Clock()
    presence = Presence(clock, draw=lambda: 0.0)
    look_around(presence, clock, sessions=80, seconds=20)

    waits = look_around(presence, clock, sessions=70, seconds=30)

    assert {2} == set(waits)


def test_sessions_change_their_wait_one_after_the_other():
    """When the crowd has grown, not all sessions run the whole page at once to hear of their new wait."""
    clock = Clock()
    presence = Presence(clock, draw=lambda: 0.0)
    look_around(presence, clock, sessions=75, seconds=10)
    look_around(presence, clock, sessions=100, seconds=1)
    clock.now += TURN_SECONDS

    changed = [presence.widen(str(name), 1.0) for name in range(75)].count(2)

    assert changed < 75 / 2


def test_sessions_do_not_ask_in_step():
    """Two sessions that look at the same moment look again at different ones, a little before their time."""
    draws = iter([0.0, 1.0])
    presence = Presence(Clock(), draw=lambda: next(draws))

    assert [1.0, 1.0 - SPREAD] == [presence.widen(name, 1.0) for name in ("one", "other")]
    assert [1.0, 1.0 - SPREAD] == [presence.widen(name, 1.0) for name in ("one", "other")]


def test_slow_updates_become_rarer():
    """Where updates take long, fewer are allowed, down to half as many, until they are quick again."""
    clock = Clock()
    presence = Presence(clock, draw=lambda: 0.0)
    for _ in range(100):
        presence.note_update(1.0)
    slow = look_around(presence, clock, sessions=50, seconds=40)
    for _ in range(100):
        presence.note_update(0.005)
    quick = look_around(presence, clock, sessions=50, seconds=60)

    assert {2.0} == set(slow)
    assert sum(1 / each for each in slow) <= FEWEST_UPDATES
    assert {1.0} == set(quick)
