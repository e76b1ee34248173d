"""Many visitors watch one live training: how soon their updates come, what that costs, and what the training loses."""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from tricks.bench.pages.server import Server, start_server
from tricks.bench.visitors.crowd import Crowd
from tricks.recipe.link import write_link
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request, write_request
from tricks.settings import ROOT
from tricks.store.files import GROWING, run_path
from tricks.system.resources import count_usable_cores

CROWDS = (
    Crowd(visitors=10, ramp_seconds=3, seconds=20),
    Crowd(visitors=100, ramp_seconds=15, seconds=40),
    Crowd(visitors=300, ramp_seconds=40, seconds=40),
)
WATCHED = Run(recipe=Recipe(epochs=200), seed=0)  # Far longer than the bench takes.
ALONE_SECONDS = 20
PROMISED_SECONDS = 0.5
START_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class CrowdMeasurement:
    """What a crowd saw and cost, the times in seconds; `fewest_charts` are the different ones that each visitor got.

    `server_share` and `crowd_share` are of one processor core, `machine_share` is both together of all cores;
    `speed_lost` is what the training beside it loses of its speed alone.
    """

    visitors: int
    interval: float
    asked_per_second: float
    done_per_second: float
    median: float
    p95: float
    longest: float
    in_time: float
    errors: int
    fewest_charts: int
    server_share: float
    crowd_share: float
    machine_share: float
    bytes_per_visitor: float
    images_per_second: float
    speed_lost: float


def measure_crowds(
    data: Path,
    device: str,
    report: Callable[[str], None],
    run: Run = WATCHED,
    crowds: Sequence[Crowd] = CROWDS,
    alone_seconds: float = ALONE_SECONDS,
) -> dict[str, Any]:
    """Lets crowds of several sizes watch the same run, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        write_request(cache, Request(run=run, visitors=frozenset({"bench"})))
        with start_server(data, device, cache) as server:
            path = run_path(cache, run, GROWING)
            await_training(path)
            visits = []
            speed = measure_training_speed(path, run, alone_seconds)
            for crowd in crowds:
                report(f"{crowd.visitors} visitors come; the training alone: {speed:,.0f} images/s")
                visit, speed = measure_crowd(server, run, path, crowd, speed, alone_seconds)
                visits.append(visit)
                report(f"{visit}")
    return {"cores": count_usable_cores(), "visits": [asdict(one) for one in visits]}


def measure_crowd(
    server: Server, run: Run, path: Path, crowd: Crowd, before: float, alone_seconds: float
) -> tuple[CrowdMeasurement, float]:
    """One crowd, by the training's speed alone before it; and that speed after it."""
    process = psutil.Process(server.process)
    memory = process.memory_info().rss
    with join_crowd(server, run, crowd) as members:
        if members.stdout.readline() != "watching\n":
            raise RuntimeError("the simulated visitors do not run here")
        used, began = sum(process.cpu_times()[:2]), time.monotonic()
        beside = measure_training_speed(path, run, crowd.seconds)
        used, seconds = sum(process.cpu_times()[:2]) - used, time.monotonic() - began
        grown = process.memory_info().rss - memory
        counted = json.loads(members.stdout.readline())
    after = measure_training_speed(path, run, alone_seconds)
    shares = {"server_share": used / seconds, "crowd_share": counted["processor_seconds"] / counted["seconds"]}
    visit = CrowdMeasurement(
        **summarize_updates(crowd.visitors, counted),
        **shares,
        machine_share=sum(shares.values()) / count_usable_cores(),
        bytes_per_visitor=grown / crowd.visitors,
        images_per_second=beside,
        speed_lost=1 - beside / statistics.mean([before, after]),
    )
    return visit, after


def join_crowd(server: Server, run: Run, crowd: Crowd) -> subprocess.Popen:
    """The process of the simulated visitors, who all look at the run's recipe."""
    query = "&".join(f"{name}={value}" for name, value in write_link(run.recipe).items())
    address = f"ws://{server.address}/_stcore/stream"
    return subprocess.Popen(
        [sys.executable, "-m", "tricks.bench.visitors.crowd", address, query, json.dumps(asdict(crowd))],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def summarize_updates(visitors: int, counted: dict[str, Any]) -> dict[str, Any]:
    """The counted updates in numbers; one that never came is not in time."""
    latencies, asked = counted["latencies"], counted["asked"]
    return {
        "visitors": visitors,
        "interval": statistics.median(counted["intervals"]),
        "asked_per_second": asked / counted["seconds"],
        "done_per_second": len(latencies) / counted["seconds"],
        "median": find_percentile(latencies, 50),
        "p95": find_percentile(latencies, 95),
        "longest": max(latencies, default=math.inf),
        "in_time": sum(seconds <= PROMISED_SECONDS for seconds in latencies) / max(1, asked),
        "errors": counted["errors"],
        "fewest_charts": min(counted["charts"]),
    }


def find_percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else math.inf


def await_training(path: Path) -> None:
    """Returns when the run has its first losses."""
    for _ in range(START_SECONDS):
        if path.exists() and b'"losses"' in path.read_bytes():
            return
        time.sleep(1)
    raise RuntimeError("the training did not start")


def measure_training_speed(path: Path, run: Run, seconds: float) -> float:
    """Training images per second, from what the growing run file gains in this time."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        time.sleep(seconds)
        lines = file.read().split(b"\n")[1:-1]  # The first one may have begun before.
    return count_speed(map(json.loads, lines), run.recipe.batch_size)


def count_speed(lines: Iterable[dict[str, Any]], batch_size: int) -> float:
    """Training images per second of a run file's lines, without the evaluations between epochs."""
    steps, seconds, before = 0, 0.0, None
    for line in lines:
        if line["kind"] != "losses":
            before = None
            continue
        if before is not None:
            steps += len(line["losses"])
            seconds += line["seconds"] - before
        before = line["seconds"]
    return steps * batch_size / seconds if seconds else 0.0


def tabulate_crowds(visits: Sequence[dict[str, Any]]) -> list[str]:
    """The crowds as lines of Markdown."""
    lines = [
        "| visitors | an update every | updates/s | median | 95% within | longest | within 0.5 s | errors |"
        " server, of a core | memory a visitor | server and visitors, of the machine | training loses |",
        "|---:" * 12 + "|",
    ]
    for visit in visits:
        lines.append(
            f"| {visit['visitors']} | {visit['interval']:.1f} s |"
            f" {visit['done_per_second']:.1f} of {visit['asked_per_second']:.1f} | {1000 * visit['median']:.0f} ms |"
            f" {1000 * visit['p95']:.0f} ms | {1000 * visit['longest']:.0f} ms | {visit['in_time']:.1%} |"
            f" {visit['errors']} | {visit['server_share']:.0%} | {visit['bytes_per_visitor'] / 2**20:.1f} MiB |"
            f" {visit['machine_share']:.0%} | {visit['speed_lost']:.0%} |"
        )
    return lines
