"""A question outlives killed servers."""

import random
import signal
import time
from dataclasses import replace

import pytest

from tests.fakes import wait_until
from tests.whole.servers import serve
from tests.whole.sitting import RECIPE
from tricks.scheduling.requests import read_queue
from tricks.scheduling.settle import Question
from tricks.scheduling.settle_requests import SettleRequest, read_settles, write_settle
from tricks.store.results import gather
from tricks.store.store import Store


@pytest.mark.slow
def test_a_question_survives_killed_servers(tmp_path):
    """A question that was asked before two servers were killed is settled, or ends by its budget, in the third."""
    question = Question(recipe=RECIPE, reference=replace(RECIPE, flip=False))
    write_settle(tmp_path, SettleRequest(question=question, at_most=3, visitor="ann"))
    moments, store = random.Random(2026), Store(tmp_path)

    for _ in range(2):
        with serve(tmp_path) as server:
            wait_until(lambda: list(tmp_path.glob("*.checkpoint.safetensors")), seconds=120)
            time.sleep(moments.uniform(0.0, 3.0))
            server.send_signal(signal.SIGKILL)
        assert 1 == len(read_settles(tmp_path))
    with serve(tmp_path):
        wait_until(lambda: not read_settles(tmp_path), seconds=240)

    comparison = question.compare(gather(store.finished()))
    assert comparison.is_clear or (3, 3) == comparison.seeds
    assert [] == read_queue(tmp_path)
