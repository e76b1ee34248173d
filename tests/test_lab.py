"""What all visitors of a server share: settings, results, and what they may expect."""

import threading
import time
from dataclasses import replace

import pytest

import tricks.lab
from tests.fakes import MACHINE, FakeEngine, SlowEngine, fake_epoch, fake_result, toy_run, train_fake, wait_until
from tricks.lab import UNKNOWN_SECONDS, Lab
from tricks.recipe.measurements import Checkpoint, Heartbeat, Losses
from tricks.scheduling.requests import Request
from tricks.settings import Settings
from tricks.store.cleanup import measure_bytes


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A lab on an empty cache, with two devices that train nothing real."""
    opened = []

    def open_one(make=FakeEngine, **changes) -> Lab:
        monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [make() for _ in settings.devices])
        devices = {"devices": ("cuda:0", "cuda:1"), **changes}
        opened.append(Lab(Settings(data=tmp_path, cache=tmp_path, **devices)))
        return opened[-1]

    yield open_one
    for one in opened:
        one.scheduler.close()


def write(lab: Lab, *measurements) -> Request:
    """A running request whose file says what is given."""
    with lab.store.write(toy_run(0)) as writer:
        for measurement in measurements:
            writer.append(measurement)
    return Request(run=toy_run(0), visitors=frozenset({"ann"}), running=True)


def test_nothing_known_is_taken_for_some_minutes(lab):
    """With an empty cache a training is taken for ten minutes, less what is done of it."""
    lab = lab()
    steps = toy_run(0).steps

    begun = write(lab, MACHINE, Losses(step=0, seconds=3.0, losses=(1.0,) * (steps // 4)))

    assert UNKNOWN_SECONDS == lab.expect_seconds(Request(run=toy_run(1), visitors=frozenset({"ann"})))
    assert pytest.approx(9.0, rel=0.1) == lab.expect_seconds(begun)


def test_a_run_that_is_asked_for_anew_is_expected_to_go_on(lab):
    """Of a run that was stopped in the middle only the other half is still to come, whoever asks for it."""
    lab = lab()
    half = toy_run(0).steps // 2

    write(lab, MACHINE, Losses(step=0, seconds=3.0, losses=(1.0,) * half))
    asked = Request(run=toy_run(0), visitors=frozenset({"bob"}))

    assert pytest.approx(UNKNOWN_SECONDS / 2, rel=0.05) == lab.expect_seconds(asked)


def test_a_run_is_expected_by_its_own_pace_after_an_epoch(lab):
    """What a running training still takes is what its own steps took, once they are enough to tell."""
    lab = lab()
    half = toy_run(0).steps // 2

    running = write(lab, MACHINE, Losses(step=0, seconds=50.0, losses=(1.0,) * half), fake_epoch(seconds=50.0))

    assert pytest.approx(50.0, rel=0.05) == lab.expect_seconds(running)


def test_a_long_queue_is_forecast_by_one_look(lab, monkeypatch):
    """However many runs wait, when each begins is said by one look at how long trainings take here."""
    lab, looks = lab(SlowEngine, devices=("cpu",)), []
    for seed in range(40):
        lab.scheduler.ask(toy_run(seed), f"visitor {seed}")
    wait_until(lambda: 1 == sum(request.running for request in lab.scheduler.queue()))
    measure = lab.pace
    monkeypatch.setattr(lab, "pace", lambda: looks.append(measure()) or looks[-1])

    forecast = lab.forecast()

    assert [10.0 * 60 * place for place in range(40)] == sorted(one.start for one in forecast.values())
    assert 1 == len(looks)


def test_the_cache_keeps_within_its_size(lab):
    """After each run, weights beyond the size that the settings give the cache are gone, and the result is there."""
    lab = lab(devices=("cpu",), cache_bytes=100)

    lab.scheduler.ask(toy_run(0), "ann")

    wait_until(lambda: lab.store.find(toy_run(0)) and not lab.store.path(toy_run(0), ".weights.safetensors").exists())
    assert fake_result().test_accuracy == lab.store.find(toy_run(0)).outcome.test_accuracy


class EndlessEngine(FakeEngine):
    """Comes to a checkpoint of 10 kB, and to nothing more."""

    def train(self, run, checkpoint, threads=0):
        """The machine, a checkpoint, then signs of life."""
        yield self.machine
        yield Checkpoint(epoch=1, step=2, seconds=1.0, state=b"c" * 10_000)
        while True:
            yield Heartbeat()
            time.sleep(0.01)


@pytest.mark.parametrize("limit", ["cache_bytes", "visitor_bytes"])
def test_who_begins_and_stops_runs_takes_nothing_from_others(lab, limit):
    """However many large runs a visitor begins and stops, the cache keeps its size, and others keep their weights."""
    lab = lab(EndlessEngine, devices=("cpu",), **{limit: 25_000})
    train_fake(lab.store, toy_run(9))
    checkpoints = [lab.store.path(toy_run(seed), ".checkpoint.safetensors") for seed in range(4)]

    for seed, checkpoint in enumerate(checkpoints):
        lab.scheduler.ask(toy_run(seed), "ann")
        wait_until(checkpoint.exists)
        lab.scheduler.withdraw(toy_run(seed), "ann")
        wait_until(lambda: not lab.scheduler.queue())

    wait_until(lambda: sum(checkpoint.exists() for checkpoint in checkpoints) < 3)
    assert checkpoints[-1].exists()
    assert lab.store.path(toy_run(9), ".weights.safetensors").exists()


def test_two_runs_that_end_together_take_what_must_go_once(lab, monkeypatch):
    """Where the weights of one run are enough to make room, those of others stay, however many runs end together."""
    lab = lab(devices=("cpu",))
    for seed in range(8):
        with lab.store.write(toy_run(seed)) as writer:
            for one in (MACHINE, fake_epoch(), fake_result(weights=b"w" * 10_000)):
                writer.append(one)
    most = measure_bytes(lab.store) - 5_000
    lab.settings = replace(lab.settings, cache_bytes=most)
    together = threading.Barrier(4)

    def end() -> None:
        together.wait()
        lab.make_room()

    threads = [threading.Thread(target=end) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 7 == len(list(lab.store.folder.glob("*.weights.safetensors")))


def test_a_visitor_s_part_of_the_cache_is_bounded(lab):
    """Beyond one visitor's part the weights of their older runs go, and nobody else's."""
    lab = lab(devices=("cpu",), visitor_bytes=2)

    for seed, visitor in enumerate(["ann", "ben", "ann", "ann"]):
        lab.scheduler.ask(toy_run(seed), visitor)
        wait_until(lambda seed=seed: lab.store.find(toy_run(seed)))

    weights = [lab.store.path(toy_run(seed), ".weights.safetensors") for seed in range(4)]
    wait_until(lambda: [False, True, True, True] == [path.exists() for path in weights])
    assert 4 == len(lab.store.finished())
