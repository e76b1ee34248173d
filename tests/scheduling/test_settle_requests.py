"""What visitors have asked to be settled, as files."""

import json
import stat

import pytest

from tests.disks import umask
from tests.fakes import BASELINE, FLIP
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.settle import Question
from tricks.scheduling.settle_requests import SettleRequest, forget_settle, read_settles, write_settle

QUESTION = Question(recipe=FLIP, reference=BASELINE, measure="last")
REQUEST = SettleRequest(
    question=QUESTION, at_most=20, visitor="ann", runs=(Run(recipe=FLIP, seed=2), Run(recipe=BASELINE, seed=3))
)


def test_a_request_reads_back(tmp_path):
    """A server that starts again knows who asked what, with which budget, and which runs it was waiting for."""
    write_settle(tmp_path, REQUEST)

    assert [REQUEST] == read_settles(tmp_path)


def test_questions_of_several_visitors_are_kept_apart(tmp_path):
    """Each visitor has a request of their own for each question and measure, and one budget for it."""
    for changes in ({}, {"visitor": "bob"}, {"question": Question(recipe=FLIP, reference=BASELINE)}, {"at_most": 40}):
        write_settle(tmp_path, SettleRequest(**{"question": QUESTION, "at_most": 20, "visitor": "ann", **changes}))

    assert {("ann", "last", 40), ("ann", "settled", 20), ("bob", "last", 20)} == {
        (each.visitor, each.question.measure, each.at_most) for each in read_settles(tmp_path)
    }


def test_a_question_is_its_owner_s_alone(tmp_path):
    """The file names a visitor, so nobody but the server's user may read it, whatever the umask."""
    with umask(0):
        write_settle(tmp_path, REQUEST)

    (path,) = (tmp_path / "settle").iterdir()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_what_is_settled_is_forgotten(tmp_path):
    """A request that has ended leaves nothing behind, and ending it twice is no error."""
    write_settle(tmp_path, REQUEST)

    forget_settle(tmp_path, REQUEST)
    forget_settle(tmp_path, REQUEST)

    assert [] == read_settles(tmp_path)


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b"\xff", b'{"dataset":1}', b"[" * 100_000])
def test_a_damaged_request_is_left_out(tmp_path, content):
    """A file that is no request disturbs no other."""
    write_settle(tmp_path, REQUEST)
    (tmp_path / "settle" / "nonsense.json").write_bytes(content)

    assert [REQUEST] == read_settles(tmp_path)


@pytest.mark.parametrize(
    "changes", [{"at_most": 10**9}, {"at_most": "20"}, {"measure": "best"}, {"recipe": {}}, {"runs": [{"of": "flip"}]}]
)
def test_a_request_of_nonsense_values_is_left_out(tmp_path, changes):
    """A file that asks for what nobody can ask for is not followed."""
    write_settle(tmp_path, REQUEST)
    (path,) = (tmp_path / "settle").iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    assert [] == read_settles(tmp_path)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    """Where nothing can be kept, asking still works."""
    (tmp_path / "settle").write_text("in the way")

    write_settle(tmp_path, REQUEST)

    assert [] == read_settles(tmp_path)


def test_the_name_tells_nobody_who_asks():
    """A file's name contains neither the visitor nor characters that a file system refuses."""
    request = SettleRequest(question=QUESTION, at_most=20, visitor="somebody/else")

    assert request.name.isalnum() and "somebody" not in request.name
    assert request.name != SettleRequest(question=QUESTION, at_most=20, visitor="ann").name
    assert Recipe().key not in request.name
