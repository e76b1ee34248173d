"""Which engine the settings ask for, and what is said where it cannot be had."""

import platform
from dataclasses import replace
from pathlib import Path

import pytest

import tricks.engines.ray
from tricks.engines.choose import open_engines
from tricks.engines.local import LocalEngine
from tricks.engines.ray import RayEngine
from tricks.settings import Settings

SETTINGS = Settings(data=Path("data"), cache=Path("cache"))
ON_RAY = replace(SETTINGS, engine="ray", ray_address="head:6379")


@pytest.fixture
def with_ray(monkeypatch):
    """The package is there, or at least is found."""
    monkeypatch.setattr(tricks.engines.ray, "find_spec", lambda name: name)


def test_an_engine_for_each_device():
    """On one machine each device has an engine; a Ray cluster is one engine, which is not started yet."""
    local = open_engines(replace(SETTINGS, devices=("cuda:0", "cuda:1")))

    assert [(LocalEngine, "0"), (LocalEngine, "1")] == [(type(engine), engine.place) for engine in local]


def test_a_cluster_is_one_engine(with_ray):
    """A Ray cluster is one engine, which has neither process nor nodes before it is started."""
    [engine] = open_engines(ON_RAY)

    assert isinstance(engine, RayEngine)
    assert (None, (), ()) == (engine.machine, engine.processes, engine.nodes)


def test_servers_of_a_cluster_wait_only_for_those_beside_them(with_ray, monkeypatch):
    """Two servers on one machine have one device in a cluster; those of other machines have their own place in it."""
    names = []
    for machine in ("one", "one", "two"):
        monkeypatch.setattr(platform, "node", lambda machine=machine: machine)
        names += [engine.device_id for engine in open_engines(ON_RAY)]

    assert names[0] == names[1] != names[2]


def test_ray_is_not_installed(monkeypatch):
    """Without the package, one sentence says what to install."""
    monkeypatch.setattr(tricks.engines.ray, "find_spec", lambda name: None)

    with pytest.raises(ValueError, match=r'^TRICKS_ENGINE=ray needs the package ray: pip install "ray>=2.50"$'):
        open_engines(ON_RAY)


@pytest.mark.parametrize("devices", [("cuda:1",), ("cuda", "cpu")])
def test_ray_chooses_gpus_itself(devices, with_ray):
    """A cluster's GPUs are not numbered: asking for one of them is refused in one sentence."""
    with pytest.raises(ValueError, match="^with TRICKS_ENGINE=ray the device must be auto, cpu, cuda, not [^\n]+$"):
        open_engines(replace(ON_RAY, devices=devices))
