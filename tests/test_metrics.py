"""Numbers for Prometheus."""

import re
import socket
import urllib.error
import urllib.request

import pytest

import tricks.lab
from tests.fakes import FakeEngine, SlowEngine, toy_run, train_fake, wait_until
from tricks.lab import Lab
from tricks.metrics import format_metrics, serve_metrics
from tricks.settings import Settings

SAMPLE = re.compile(r'^tricks_[a-z_]+(\{[a-z]+="[a-z_]+"\})? -?[0-9.e+-]+$')


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A lab with a finished run, whose engine holds every further one."""
    engine = SlowEngine()
    monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [engine])
    lab = Lab(Settings(data=tmp_path, cache=tmp_path))
    train_fake(lab.store, toy_run(9))
    yield lab
    engine.go.set()
    lab.scheduler.close()


def read_samples(text: str) -> dict[str, float]:
    """The samples by name and label."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(map(SAMPLE.match, lines))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_the_numbers_are_the_hosts(lab):
    """Queue, visitors, places, runs, pages and events are counted, in Prometheus' text format; no cookie is there."""
    for seed, visitor in enumerate(["ann", "ann", "bob"]):
        lab.scheduler.ask(toy_run(seed), visitor)
    wait_until(lambda: lab.scheduler.turns())

    text = format_metrics(lab, lambda: 7)
    samples = read_samples(text)

    assert (1, 2) == (samples["tricks_runs_running"], samples["tricks_runs_waiting"])
    assert (2, 7, 1) == tuple(samples[f"tricks_{name}"] for name in ("visitors_waiting", "pages_open", "runs_finished"))
    assert 3 == samples['tricks_events_total{event="asked"}']
    assert 0 == samples['tricks_events_total{event="died"}']
    assert len({name.partition("{")[0] for name in samples}) == text.count("# TYPE") == text.count("# HELP")
    assert "ann" not in text


def test_only_this_machine_is_answered():
    """The port is this machine's own, answers /metrics with what is read at that moment, and nothing else."""
    reads = iter(["one\n", "two\n"])
    server = serve_metrics(0, lambda: next(reads))
    address = f"http://127.0.0.1:{server.server_port}"

    answers = [urllib.request.urlopen(f"{address}/metrics", timeout=5).read() for _ in range(2)]
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        urllib.request.urlopen(f"{address}/", timeout=5)
    refused.value.close()
    server.shutdown()
    server.server_close()

    assert [b"one\n", b"two\n"] == answers
    assert "127.0.0.1" == server.server_address[0]


def test_a_port_in_use_is_one_sentence():
    """A port that somebody has is refused with a sentence that names the setting."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ValueError, match=r"^TRICKS_METRICS_PORT \d+ cannot be used \([^\n]+\)$"):
            serve_metrics(other.getsockname()[1], str)


@pytest.mark.parametrize(("log", "told"), [("off", 0), ("json", 3)])
def test_a_lab_tells_what_happens_where_that_is_wanted(tmp_path, monkeypatch, capsys, log, told):
    """With the setting the server says what happens on stderr, and without it nothing."""
    monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [FakeEngine()])
    lab = Lab(Settings(data=tmp_path, cache=tmp_path, log=log))

    lab.scheduler.ask(toy_run(0), "ann")
    wait_until(lambda: lab.store.finished() and not lab.scheduler.turns())
    lab.scheduler.close()

    assert told == capsys.readouterr().err.count('"event": ')
