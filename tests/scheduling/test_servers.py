"""Two servers on one cache: one queue, in which nobody loses what they have asked for."""

import pytest

from tests.fakes import BrokenEngine, FakeEngine, ScatteringEngine, SlowEngine, toy_run, wait_until
from tricks.engines.engine import EngineError
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request, forget_request, read_queue, write_request
from tricks.scheduling.scheduler import Scheduler
from tricks.scheduling.settle import Question
from tricks.scheduling.settler import Settler
from tricks.store.results import gather
from tricks.store.store import Store

SEEN_SECONDS = 2.0  # Until what is asked on one server is seen on the other.


@pytest.fixture
def open_server(tmp_path):
    """Opens schedulers as servers of their own have them, each with a device of its own, if any."""
    opened = []

    def open_one(*engines: FakeEngine) -> Scheduler:
        for engine in engines:
            engine.device_id = str(len(opened))
        opened.append(Scheduler(Store(tmp_path), engines))
        return opened[-1]

    yield open_one
    for scheduler in opened:
        scheduler.close()


def list_runs(server: Scheduler) -> dict[int, tuple[set[str], bool]]:
    """Who asks for which seed, and whether it is trained, as this server knows it."""
    return {each.run.seed: (set(each.visitors), each.running) for each in server.queue()}


def test_what_is_asked_on_one_server_is_seen_on_the_other(open_server):
    """Within two seconds a server knows what others were asked, what they train, and what was taken back there."""
    first, second = open_server(SlowEngine()), open_server(SlowEngine())

    first.ask(toy_run(0), "ann")
    wait_until(lambda: list_runs(second) == {0: ({"ann"}, True)}, SEEN_SECONDS)
    second.ask(toy_run(0), "bob")
    wait_until(lambda: list_runs(first) == {0: ({"ann", "bob"}, True)}, SEEN_SECONDS)
    second.withdraw(toy_run(0), "bob")

    wait_until(lambda: list_runs(first) == {0: ({"ann"}, True)}, SEEN_SECONDS)
    first.withdraw(toy_run(0), "ann")
    wait_until(lambda: not second.queue(), SEEN_SECONDS)


def test_two_servers_train_no_run_twice(open_server, tmp_path):
    """Of twelve runs that are asked for on two servers, some on both, each is trained once, on either's device."""
    engines = [ScatteringEngine(), ScatteringEngine()]
    servers = [open_server(engine) for engine in engines]

    for seed in range(12):
        servers[seed % 2].ask(toy_run(seed), "ann")
        servers[seed % 3 % 2].ask(toy_run(seed), "bob")
    wait_until(lambda: not any(server.queue() for server in servers), seconds=30)

    assert [toy_run(seed) for seed in range(12)] == sorted(
        engines[0].begun + engines[1].begun, key=lambda run: run.seed
    )
    assert all(engine.begun for engine in engines)
    assert [] == read_queue(tmp_path)


def test_a_free_device_takes_what_waits_on_the_other_server(open_server, tmp_path):
    """A run that waits on a server whose device is busy is trained by the other one."""
    busy = SlowEngine()
    first = open_server(busy)
    first.ask(toy_run(0), "ann")
    wait_until(lambda: busy.begun)
    first.ask(toy_run(1), "ann")

    open_server(FakeEngine())

    wait_until(lambda: Store(tmp_path).find(toy_run(1)))
    wait_until(lambda: list_runs(first) == {0: ({"ann"}, True)}, SEEN_SECONDS)
    assert [toy_run(0).name] == busy.begun


@pytest.fixture
def servers(open_server) -> tuple[Scheduler, Scheduler]:
    """A server that trains a run for ann, and another one."""
    first = open_server(engine := SlowEngine())
    first.ask(toy_run(0), "ann")
    wait_until(lambda: engine.begun)
    return first, open_server(SlowEngine())


def test_a_run_is_taken_back_only_for_those_who_took_it_back(servers):
    """A run goes on for the other server's visitor, and ends when that one takes it back too."""
    first, second = servers
    [engine] = first.engines

    second.ask(toy_run(0), "bob")
    first.withdraw(toy_run(0), "ann")
    wait_until(lambda: list_runs(first) == {0: ({"bob"}, True)}, SEEN_SECONDS)
    assert not engine.ended_early

    second.withdraw(toy_run(0), "bob")
    wait_until(lambda: engine.ended_early)
    wait_until(lambda: not first.queue() and not second.queue())


def test_who_leaves_on_the_other_server_takes_nothing_from_who_stays(servers):
    """A visitor of the other server who joins and leaves again does not end the run."""
    first, second = servers

    second.ask(toy_run(0), "bob")
    wait_until(lambda: list_runs(first) == {0: ({"ann", "bob"}, True)}, SEEN_SECONDS)
    second.withdraw(toy_run(0), "bob")

    wait_until(lambda: list_runs(first) == {0: ({"ann"}, True)}, SEEN_SECONDS)
    assert {0: ({"ann"}, True)} == list_runs(second)
    assert not first.engines[0].ended_early


def test_who_joins_while_the_last_one_leaves_has_the_run(servers):
    """Somebody who asks on one server in the moment that the last visitor leaves on the other gets the run."""
    first, second = servers

    second.ask(toy_run(0), "bob")
    first.withdraw(toy_run(0), "ann")  # Before it has looked who else asks.

    assert {"bob"} == set(first.queue()[0].visitors)


def test_the_operator_stops_a_run_on_all_servers(servers, tmp_path):
    """A request whose file is deleted is nobody's any more, on whichever server they asked."""
    first, second = servers
    second.ask(toy_run(0), "bob")

    forget_request(tmp_path, toy_run(0))

    wait_until(lambda: first.engines[0].ended_early)
    wait_until(lambda: not first.queue() and not second.queue())


def test_turns_are_counted_on_all_servers(open_server):
    """Who has had turns on one server comes after those who have had none, on the other one too."""
    engine, held = FakeEngine(), SlowEngine()
    first = open_server(engine)
    for seed in range(3):
        first.ask(toy_run(seed), "ann")
    wait_until(lambda: not first.queue())
    engine.train = held.train
    first.ask(toy_run(10), "cat")
    wait_until(lambda: held.begun)
    second = open_server()

    for seed, visitor in ((3, "ann"), (4, "ann"), (5, "ann"), (6, "bob")):
        second.ask(toy_run(seed), visitor)

    assert [10, 6, 3, 4, 5] == [each.run.seed for each in second.queue()]
    wait_until(lambda: [10, 6, 3, 4, 5] == [each.run.seed for each in first.queue()], SEEN_SECONDS)


def test_why_a_run_was_not_trained_is_told_on_all_servers(open_server):
    """Who waits on one server reads why the other one could not train the run, until somebody asks again."""
    first = open_server(busy := SlowEngine())
    first.ask(toy_run(9), "cat")
    wait_until(lambda: busy.begun)
    second = open_server(broken := SlowEngine())
    broken.train = BrokenEngine(EngineError("there is no data")).train

    first.ask(toy_run(0), "ann")

    wait_until(lambda: [each.failure for each in first.failures()] == ["there is no data"], SEEN_SECONDS)
    assert [each.failure for each in second.failures()] == ["there is no data"]
    del broken.train
    broken.go.set()
    second.ask(toy_run(0), "ann")
    assert [] == second.failures()
    wait_until(lambda: second.store.find(toy_run(0)))
    assert [] == first.failures()


def test_a_question_goes_on_on_the_other_server(open_server, tmp_path):
    """A question that is asked on one server is known on the other, which settles it when the first one is gone."""
    question = Question(recipe=Recipe(dataset="toy", flip=True), reference=Recipe(dataset="toy"))
    first = open_server(SlowEngine())
    asked = open_settler(first)
    asked.ask(question, 3, "ann")
    second = open_server(ScatteringEngine(hold=0))
    other = open_settler(second)
    assert other.find(question, "ann")
    first.close()
    second.engines[0].go.set()

    wait_until(lambda: not other.find(question, "ann"), seconds=30)

    assert (3, 3) == question.compare(gather(second.store.finished())).seeds
    assert [] == list((tmp_path / "settle").iterdir())


def open_settler(server: Scheduler) -> Settler:
    """Who settles questions on a server."""
    return Settler(server, lambda: gather(server.store.finished()))


def test_requests_of_before_are_taken_over(open_server, tmp_path):
    """What an earlier version's server was asked is trained, by whichever server."""
    run = Run(recipe=Recipe(dataset="toy"), seed=7)
    write_request(tmp_path, Request(run=run, visitors=frozenset({"ann"}), asked=1.0))

    open_server(FakeEngine())

    wait_until(lambda: Store(tmp_path).find(run))
    wait_until(lambda: not read_queue(tmp_path))
