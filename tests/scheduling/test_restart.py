"""The queue outlives its server: what was asked for is trained after the next start."""

from tests.fakes import FakeEngine, SlowEngine, toy_run, wait_until
from tricks.scheduling.scheduler import Scheduler
from tricks.store.store import Store


def test_a_killed_server_goes_on_with_its_queue(store, open_scheduler):
    """What was asked for when the server was killed is trained after the next start; what was done is not."""
    killed = SlowEngine()
    scheduler = Scheduler(Store(store.folder), [killed])
    scheduler.ask(toy_run(0), "ann")
    scheduler.ask(toy_run(1), "bob")
    scheduler.ask(toy_run(2), "bob")
    scheduler.withdraw(toy_run(2), "bob")
    kept = sorted(path.name for path in (store.folder / "queue").iterdir())
    copied = {name: (store.folder / "queue" / name).read_bytes() for name in kept}
    killed.go.set()
    wait_until(lambda: store.find(toy_run(1)))
    scheduler.close()
    assert [] == list((store.folder / "queue").iterdir())
    for run in (toy_run(0), toy_run(1)):
        store.path(run, ".jsonl").unlink()
    for name, content in copied.items():
        (store.folder / "queue" / name).write_bytes(content)

    again = open_scheduler(FakeEngine())

    wait_until(lambda: store.find(toy_run(0)) and store.find(toy_run(1)))
    wait_until(lambda: not again.queue())
    assert store.find(toy_run(2)) is None


def test_a_damaged_request_is_left_out(store, open_scheduler):
    """A request that cannot be read does not keep the server from starting."""
    (store.folder / "queue").mkdir()
    (store.folder / "queue" / "nonsense.json").write_text("[")

    scheduler = open_scheduler(FakeEngine())

    assert () == scheduler.queue()


def test_a_closed_scheduler_leaves_its_run_to_be_resumed(store, open_scheduler):
    """Closing the server ends the run in hand without finishing it."""
    engine = SlowEngine()
    scheduler = open_scheduler(engine)
    scheduler.ask(toy_run(0), "ann")
    wait_until(lambda: engine.begun)

    scheduler.close()

    assert [toy_run(0).name] == engine.ended_early
    assert store.find(toy_run(0)) is None
