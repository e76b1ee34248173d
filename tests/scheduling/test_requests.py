"""What visitors have asked for, as files."""

import json
import stat

import pytest

from tests.disks import as_user, umask
from tests.fakes import toy_run
from tricks.scheduling.kept import Watch
from tricks.scheduling.requests import (
    Request,
    forget_request,
    read_queue,
    request_path,
    was_taken_back,
    write_request,
)


def test_requests_read_back_in_the_order_of_asking(tmp_path):
    """A server that starts again knows who asked for what, oldest first, however often others joined since."""
    early = Request(run=toy_run(1), visitors=frozenset({"ann"}), asked=10.0)
    late = Request(run=toy_run(0), visitors=frozenset({"bob", "eve"}), asked=20.0, tries=2)
    for request in (late, early):
        assert write_request(tmp_path, request)

    assert [("ann",), ("bob", "eve")] == [tuple(sorted(each.visitors)) for each in read_queue(tmp_path)]
    assert [10.0, 20.0] == [each.asked for each in read_queue(tmp_path)]
    assert [0, 2] == [each.tries for each in read_queue(tmp_path)]


def test_visitors_names_are_for_nobody_else(tmp_path):
    """A request's file, which has its visitors' cookies, is its owner's alone; one that was not becomes so."""
    with umask(0o022):
        write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"})))
    path = request_path(tmp_path, toy_run(0))
    written = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o644)

    assert [toy_run(0)] == [each.run for each in read_queue(tmp_path)]
    assert [0o600, 0o600] == [written, stat.S_IMODE(path.stat().st_mode)]


def test_what_a_link_leads_to_keeps_its_rights(tmp_path):
    """A link in the queue's place of a request changes nothing of the file or folder that it leads to."""
    folder, queue = tmp_path / "elsewhere", tmp_path / "queue"
    folder.mkdir(mode=0o755)
    queue.mkdir()
    (queue / "x.json").symlink_to(folder)

    assert [] == read_queue(tmp_path)
    assert 0o755 == stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.slow
def test_another_user_s_requests_cannot_be_read(common_folder):
    """Another user's requests name visitors: they cannot be read, and disturb nobody."""
    write_request(common_folder, Request(run=toy_run(0), visitors=frozenset({"ann"})))

    with as_user():
        assert [] == read_queue(common_folder)


def test_a_request_whose_run_had_begun_is_known_as_such(tmp_path):
    """A run that the last server left unfinished goes on first."""
    write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"})))
    (tmp_path / f"{toy_run(0).name}.part").write_text("")

    assert [True] == [each.interrupted for each in read_queue(tmp_path)]


def test_who_deletes_the_file_takes_the_request_back(tmp_path):
    """The file is the request: without it nobody asks any more."""
    write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"})))
    (request,) = read_queue(tmp_path)
    assert not was_taken_back(tmp_path, request)

    forget_request(tmp_path, toy_run(0))

    assert was_taken_back(tmp_path, request)
    assert [] == read_queue(tmp_path)


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b"\xff", b'{"dataset":1}', b"[" * 100_000])
def test_a_damaged_request_is_left_out(tmp_path, content):
    """A file that is no request disturbs no other."""
    for seed in (0, 1):
        write_request(tmp_path, Request(run=toy_run(seed), visitors=frozenset({"ann"})))
    request_path(tmp_path, toy_run(0)).write_bytes(content)

    assert [toy_run(1)] == [each.run for each in read_queue(tmp_path)]


def test_a_request_of_nonsense_values_is_left_out(tmp_path):
    """A file with a recipe that does not exist is not trained."""
    write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"})))
    path = request_path(tmp_path, toy_run(0))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"values": {"epochs": 10**9}}))

    assert [] == read_queue(tmp_path)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    """Where nothing can be kept, asking still works, and says that it is not kept."""
    (tmp_path / "queue").write_text("in the way")

    assert not write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"})))


def test_what_nobody_has_changed_is_read_once(tmp_path):
    """A file is told of as changed when it is, and not since it was read."""
    write_request(tmp_path, Request(run=toy_run(0), visitors=frozenset({"ann"})))
    watch = Watch(tmp_path / "queue")
    first = watch.list_changes()
    read_queue(tmp_path)
    again = watch.list_changes()
    forget_request(tmp_path, toy_run(0))

    name = request_path(tmp_path, toy_run(0)).name
    assert ([name], [], [name]) == (list(first.new), list(again.new), list(watch.list_changes().gone))
