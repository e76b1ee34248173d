"""What breaks: workers and servers killed at random moments, and a full or read-only disk, cost no run anything."""

import os
import random
import signal
import time
from contextlib import suppress

import psutil
import pytest

from tests.disks import fill, make_read_only, unmount
from tests.fakes import wait_until
from tests.whole.servers import serve
from tests.whole.sitting import COMMAND_LINE, RUNS, SERVER, Member, continue_all, disturb
from tricks.engines.local import LocalEngine
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.scheduling.requests import Request, read_queue, write_request
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store
from tricks.system.resources import count_usable_cores

SITTING_EVENTS = int(os.environ.get("TRICKS_SITTING", "12"))  # 60 for a long one.
WORKER_KILLS = SITTING_EVENTS
SERVER_KILLS = SITTING_EVENTS // 2


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> set[tuple[Run, int, str]]:
    """The runs, by the threads that they may get, and the weights that they end with when nothing happens to them."""
    ends = set()
    for threads in {1, count_usable_cores()}:
        folder = tmp_path_factory.mktemp("undisturbed")
        engine, store = LocalEngine("cpu", folder), Store(folder)
        for run in RUNS:
            list(execute(store, engine, run, threads))
        engine.stop()
        ends |= read_ends(store)
    return ends


def read_ends(store: Store) -> set[tuple[Run, int, str]]:
    """The finished runs, the threads they had, which rounding follows, and their weights."""
    return {(one.run, one.machine.threads, one.outcome.weights_sha256) for one in store.finished()}


@pytest.mark.slow
def test_workers_killed_at_random_moments_cost_nothing(tmp_path, undisturbed):
    """Whenever its worker is killed, every run is completed, with an undisturbed one's weights, and none is lost."""
    engine, store, moments = LocalEngine("cpu", tmp_path), Store(tmp_path), random.Random(2026)
    scheduler = Scheduler(store, [engine])
    kills, ended = 0, set()
    while kills < WORKER_KILLS:
        for run in RUNS:
            if not store.find(run):
                scheduler.ask(run, "ann")  # Also again, when three kills have set it aside.
        time.sleep(moments.uniform(0.05, 3.0))
        if engine.process and psutil.pid_exists(engine.process):
            os.kill(engine.process, signal.SIGKILL)
            kills += 1
        ended |= read_ends(store)
        if len(store.finished()) == len(RUNS):
            for run in RUNS:
                store.path(run, ".jsonl").unlink()  # All again, until there were enough kills.

    for run in RUNS:
        scheduler.ask(run, "ann")
    wait_until(lambda: ask_again(scheduler, store) and len(store.finished()) == len(RUNS), seconds=120)
    scheduler.close()

    ended |= read_ends(store)
    assert set(RUNS) == {run for run, _, _ in ended}
    assert ended <= undisturbed
    assert [] == store.damaged
    assert [] == list(tmp_path.glob("*.tmp"))


def ask_again(scheduler: Scheduler, store: Store) -> bool:
    """Asks again for what was set aside."""
    for failure in scheduler.failures():
        if not store.find(failure.run):
            scheduler.ask(failure.run, "ann")
    return True


@pytest.mark.slow
def test_servers_killed_at_random_moments_cost_nothing(tmp_path, undisturbed):
    """Whenever the server is killed, the next one goes on with the queue, and the runs end as undisturbed ones."""
    moments, store = random.Random(2026), Store(tmp_path)
    for run in RUNS:
        write_request(tmp_path, Request(run=run, visitors=frozenset({"ann"}), asked=run.seed))

    for _ in range(SERVER_KILLS):
        with serve(tmp_path) as server:
            time.sleep(moments.uniform(0.2, 6.0))
            server.send_signal(signal.SIGKILL)
        known = {one.run for one in store.finished()}
        assert set(RUNS) == known | {request.run for request in read_queue(tmp_path)}
    with serve(tmp_path):
        wait_until(lambda: len(store.finished()) == len(RUNS), seconds=120)
        wait_until(lambda: not read_queue(tmp_path))

    assert set(RUNS) == {one.run for one in store.finished()}
    assert read_ends(store) <= undisturbed
    assert [] == store.damaged


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_disk_that_takes_nothing_more_holds_the_run_up(small_disk, undisturbed, trouble):
    """When the disk takes nothing more the reason is told, no file is damaged, and later the run goes on."""
    engine, store = LocalEngine("cpu", small_disk), Store(small_disk)
    scheduler = Scheduler(store, [engine])
    run = RUNS[0]
    scheduler.ask(run, "ann")
    wait_until(lambda: (record := store.read(run)) and record.epochs, seconds=60)

    if trouble == "full":
        ballast = fill(small_disk)
    else:
        make_read_only(small_disk)
    wait_until(lambda: any("cannot be written" in request.trouble for request in scheduler.queue()), seconds=60)
    assert store.find(run) is None
    assert Store(small_disk).read(run).run == run

    if trouble == "full":
        ballast.unlink()
    else:
        unmount(small_disk)
    wait_until(lambda: store.find(run), seconds=60)
    scheduler.close()

    assert [run] == [one.run for one in store.finished()]
    assert read_ends(store) <= undisturbed
    assert [] == store.damaged
    assert [] == list(small_disk.glob("*.tmp"))


@pytest.mark.slow
def test_a_sitting_of_kills_stops_and_a_disk_that_fails(small_disk, tmp_path, undisturbed):
    """Two servers, workers and a command line share a cache, and are killed, stopped and continued at random moments.

    The disk is full for a while, and read-only for another. In the end every run is complete with an undisturbed one's
    weights, no thread is gone, and nothing is left over.
    """
    seed = int(os.environ.get("TRICKS_SITTING_SEED", time.time_ns()))
    chance, store, ended = random.Random(seed), Store(small_disk), set()
    members = [Member(small_disk, arguments, tmp_path / "log") for arguments in (SERVER, SERVER, COMMAND_LINE)]
    troubles = {
        SITTING_EVENTS // 4: lambda: fill(small_disk),
        SITTING_EVENTS * 3 // 8: lambda: (small_disk / "ballast").unlink(),
        SITTING_EVENTS * 5 // 8: lambda: make_read_only(small_disk),
        SITTING_EVENTS * 6 // 8: lambda: unmount(small_disk),
    }
    try:
        for event in range(SITTING_EVENTS):
            troubles.get(event, lambda: None)()
            time.sleep(chance.uniform(0.1, 8.0))
            print(event, disturb(members, chance), len(store.finished()), flush=True)
            ended |= read_ends(store)
            if len(store.finished()) == len(RUNS):
                with suppress(OSError):  # While the disk is read-only.
                    for run in RUNS:
                        store.path(run, ".jsonl").unlink()  # All again, until there were enough events.
            for member in members:
                member.remind()
        continue_all(members)
        wait_until(lambda: is_all_quiet(members, store), seconds=240)
    finally:
        for member in members:
            member.end()

    ended |= read_ends(store)
    assert set(RUNS) == {run for run, _, _ in ended}
    assert ended <= undisturbed
    assert ([], []) == (store.damaged, read_queue(small_disk))
    assert [] == list(small_disk.glob("*.tmp"))


def is_all_quiet(members: list[Member], store: Store) -> bool:
    """Whether all runs are finished, nothing waits any more, and all threads of both servers are there; asks again."""
    for member in members[: 2 if len(store.finished()) == len(RUNS) else 3]:
        member.remind()
    time.sleep(2)
    return len(store.finished()) == len(RUNS) and all(member.said[-1:] == ["0 0\n"] for member in members[:2])
