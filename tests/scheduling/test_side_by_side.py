"""Several runs of one command: neither what ends one for its company only, nor a cluster that changes, ends them."""

import threading

import pytest

from tests.fakes import MACHINE, FakeEngine, toy_run, wait_until
from tests.scheduling.cores import FOUR_CORES
from tricks.engines.engine import Capacity, Crowded, EngineError, WorkerDied
from tricks.recipe.measurements import Result
from tricks.scheduling.side_by_side import RunsFailed, execute_all
from tricks.store.store import Store


class SmallEngine(FakeEngine):
    """A GPU that may train two runs at a time; seed 1 ends, with an error, as long as seed 0 is trained too."""

    capacity = Capacity(shares=2)

    def __init__(self, error: EngineError):
        self.error = error
        self.begun: list[list[int]] = []
        self._both = threading.Barrier(2, timeout=5)
        self._active: set[int] = set()

    def train(self, run, checkpoint, threads=0):
        """As any other engine, but for that."""
        yield MACHINE
        first_time = not any(run.seed in company for company in self.begun)
        self._active.add(run.seed)
        if first_time:
            self._both.wait()
        self.begun.append(sorted(self._active))
        if first_time:
            self._both.wait()
        try:
            if run.seed == 1 and first_time:
                raise self.error
            _, *measurements = super().train(run, checkpoint)
            yield from measurements
        finally:
            self._active.discard(run.seed)


@pytest.mark.parametrize(
    "error", [Crowded("not enough memory beside others"), WorkerDied("ended", alone=False)], ids=["memory", "death"]
)
def test_what_ended_for_its_company_goes_on_alone(tmp_path, error):
    """A run that ended beside another, for want of memory or with their worker, is trained once the other is done."""
    engine, store = SmallEngine(error), Store(tmp_path)

    results = [run for run, one in execute_all(store, engine, [toy_run(0), toy_run(1)]) if isinstance(one, Result)]

    assert [toy_run(0), toy_run(1)] == results
    assert [[0, 1], [0, 1], [1]] == engine.begun
    assert store.find(toy_run(1))


def test_what_ended_for_itself_has_failed(tmp_path):
    """A run that ended with a worker of its own has failed, and the other is trained."""
    engine, store = SmallEngine(WorkerDied("ended")), Store(tmp_path)

    with pytest.raises(RunsFailed) as failure:
        list(execute_all(store, engine, [toy_run(0), toy_run(1)]))

    assert [toy_run(1)] == list(failure.value.reasons)
    assert store.find(toy_run(0))


class ComingAndGoing(FakeEngine):
    """A cluster that has four places whenever it is looked at for the second time."""

    looks = 0

    @property
    def capacity(self) -> Capacity:
        """More at every second look."""
        self.looks += 1
        return FOUR_CORES if self.looks % 2 else Capacity()


def test_a_cluster_may_change_while_it_is_looked_at(tmp_path):
    """Seeds of one command are trained, however often a cluster's nodes come and go meanwhile."""
    store = Store(tmp_path)
    command = threading.Thread(target=lambda: list(execute_all(store, ComingAndGoing(), [toy_run(0)])), daemon=True)

    command.start()

    wait_until(lambda: store.find(toy_run(0)))
