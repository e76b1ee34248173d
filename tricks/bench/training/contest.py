"""The contest: all ways take turns, A B C A B C, so that a machine that slows down slows them all."""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tricks.engines.start import worker_environment
from tricks.settings import ROOT
from tricks.system.resources import count_usable_cores

WHOLE_RUN_IMAGES = 500_000  # Ten epochs of CIFAR-10.
SLICES = {"baseline": 6_400, "residual": 2_560}  # Training images a turn, some seconds each on a processor.
GPU_SLICE = 50_000


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A way to train a network; `processes` of them work side by side, sharing the processor's threads.

    `threads` is what each has, 0 its part of all. `as_worker` gives it the environment of our workers; the others have
    what their users would have.
    """

    way: str
    network: str
    precision: str
    processes: int = 1
    threads: int = 0
    as_worker: bool = False

    @property
    def name(self) -> str:
        """The contestant in a few words."""
        beside = f", {self.processes} side by side" if self.processes > 1 else ""
        alone = ", one thread" if self.threads == 1 else ""
        return f"{self.way} {self.precision}{beside}{alone}"


@dataclass(frozen=True, kw_only=True)
class Score:
    """A contestant's medians; `ratio` is its speed over that of the blog's way on the same network."""

    network: str
    name: str
    images_per_second: float
    ratio: float
    whole_run_seconds: float
    peak_bytes: int


Report = Callable[[str], None]
INSTALLED = {"keras": "tensorflow", "lightning": "lightning"}


def enter_contestants() -> list[Contestant]:
    """Who takes part: a peer when it is installed."""
    entered = []
    for network in SLICES:
        entered.append(Contestant(way="blog", network=network, precision="float32"))
        for way in ("keras", "lightning", "ours"):
            if way in INSTALLED and importlib.util.find_spec(INSTALLED[way]) is None:
                continue
            enter = partial(Contestant, way=way, network=network, as_worker=way == "ours")
            entered += [enter(precision=each) for each in ("float32", "bfloat16")]
        entered += [enter(precision=each, processes=2) for each in ("float32", "bfloat16")]
        entered += [enter(precision=each, threads=1) for each in ("float32", "bfloat16")]
    return entered


def hold_contest(data: Path, device: str, rounds: int, report: Report) -> list[Score]:
    """Trains `rounds` slices with every contestant in turn, network by network."""
    scores = []
    for network in SLICES:
        entered = [one for one in enter_contestants() if one.network == network]
        measured = run_contest(entered, data, device, rounds, report)
        speeds = {one: statistics.median(speed for speed, _ in turns) for one, turns in measured.items()}
        blog = next(speed for one, speed in speeds.items() if one.way == "blog")
        scores += [
            Score(
                network=network,
                name=one.name,
                images_per_second=speed,
                ratio=speed / blog,
                whole_run_seconds=WHOLE_RUN_IMAGES / speed,
                peak_bytes=max(peak for _, peak in measured[one]),
            )
            for one, speed in speeds.items()
        ]
    return scores


def run_contest(
    entered: list[Contestant], data: Path, device: str, rounds: int, report: Report
) -> dict[Contestant, list[tuple[float, int]]]:
    """Images per second and peak memory of every slice; whoever cannot run here is left out."""
    teams: dict[Contestant, Team] = {}
    for one in entered:
        report(f"{one.network}: {one.name} warms up")
        try:
            teams[one] = Team(one, data, device)
        except RuntimeError as error:
            report(str(error))
    measured: dict[Contestant, list[tuple[float, int]]] = {one: [] for one in teams}
    for turn in range(rounds):
        for one, team in teams.items():
            measured[one].append(team.take_turn())
            speed = measured[one][-1][0]
            report(f"{one.network}, round {turn + 1} of {rounds}: {one.name} {speed:,.0f} images/s")
    for team in teams.values():
        team.leave()
    return measured


class Team:
    """The processes of one contestant."""

    def __init__(self, one: Contestant, data: Path, device: str):
        task = {"network": one.network, "precision": one.precision, "device": device, "data": str(data)}
        images = GPU_SLICE if device.startswith("cuda") else SLICES[one.network]
        task |= {"images": images, "threads": one.threads or max(1, count_usable_cores() // one.processes)}
        environment = worker_environment() if one.as_worker else {**os.environ, "PYTHONPATH": str(ROOT)}
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tricks.bench.training.contestant", one.way, json.dumps(task)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
            for _ in range(one.processes)
        ]
        for process in self.processes:
            if process.stdout.readline() != "ready\n":
                self.leave()
                raise RuntimeError(f"{one.network}: {one.name} does not run here")

    def take_turn(self) -> tuple[float, int]:
        """Images per second of all processes together, and the memory that they needed at most."""
        for process in self.processes:
            print("go", file=process.stdin, flush=True)
        answers = [json.loads(process.stdout.readline()) for process in self.processes]
        images = sum(answer["images"] for answer in answers)
        return images / max(answer["seconds"] for answer in answers), sum(answer["peak_bytes"] for answer in answers)

    def leave(self) -> None:
        """Ends the processes."""
        for process in self.processes:
            process.communicate()  # Closes its pipes, which ends it.
