"""Visitors whom the operator refuses for a while."""

import time

import pytest

from tests.fakes import SlowEngine, toy_run
from tricks.scheduling.bans import FOLDER, ban_visitor, check_ban, mask_visitor
from tricks.scheduling.limits import LimitExceeded


def test_a_banned_visitor_is_refused_and_others_are_not(store, open_scheduler):
    """Who is banned can ask for nothing, nor join, and reads until when; all others can; a lifted ban is over."""
    scheduler = open_scheduler(SlowEngine())
    scheduler.ask(toy_run(0), "bob")

    assert ban_visitor(store.folder, mask_visitor("ann"), 1)
    with pytest.raises(LimitExceeded, match=r"^this host's operator takes no trainings from you until .* UTC$"):
        scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(1), "bob")
    assert ban_visitor(store.folder, mask_visitor("ann"), 0)
    scheduler.ask(toy_run(2), "ann")

    assert {toy_run(seed) for seed in range(3)} == {request.run for request in scheduler.queue()}


def test_a_ban_ends_by_itself(tmp_path, monkeypatch):
    """After its hour a ban is over, and its file is gone."""
    ban_visitor(tmp_path, mask_visitor("ann"), 1)
    later = time.time() + 3601
    monkeypatch.setattr(time, "time", lambda: later)

    check_ban(tmp_path, "ann")

    assert [] == list((tmp_path / FOLDER).iterdir())


@pytest.mark.parametrize("content", ["", "{}", '{"until": "never"}', '{"until": 1e999}', "[]"])
def test_a_damaged_ban_is_none(tmp_path, content):
    """A file that is no ban refuses nobody."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / f"{mask_visitor('ann')}.json").write_text(content)

    check_ban(tmp_path, "ann")


@pytest.mark.parametrize("masked", ["ann", "../../x", "0123456789AB", ""])
def test_a_visitor_is_named_by_what_tells_no_cookie(tmp_path, masked):
    """A ban of what is no masked name is refused, and nothing is written."""
    with pytest.raises(ValueError, match="a visitor is named as"):
        ban_visitor(tmp_path, masked, 1)

    assert [] == list(tmp_path.iterdir())
    assert "ann" not in mask_visitor("ann")
