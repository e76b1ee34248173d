"""The whole bench: its numbers as one document, and as a table."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tricks.bench.growth import measure_growth
from tricks.bench.pages.page_times import measure_pages, tabulate_pages
from tricks.bench.plot import save_plot
from tricks.bench.training.ablation import run_ablation
from tricks.bench.training.ceilings import measure_ceilings, training_flops
from tricks.bench.training.contest import hold_contest
from tricks.bench.visitors.load_test import measure_crowds, tabulate_crowds
from tricks.bench.visitors.shared_queue import measure_queues, tabulate_queues
from tricks.recipe.presets import find_preset
from tricks.recipe.recipe import Recipe
from tricks.stats.wording import format_quantity
from tricks.training.cifar10 import DataError, load_cifar10
from tricks.training.datasets import finish
from tricks.training.device import describe_machine, open_device, use_threads

__all__ = ["PARTS", "DataError", "save_plot"]


def run_bench(data: Path, device_wish: str, rounds: int) -> dict[str, Any]:
    """Measures everything, one thing after the other; progress goes to stderr."""
    finish(load_cifar10(data))  # Before the clocks start: a first download or decoding.
    use_threads()
    device = open_device(device_wish)[0]
    announce("the machine's ceilings")
    ceilings = measure_ceilings(str(device))
    scores = [asdict(score) for score in hold_contest(data, str(device), rounds, announce)]
    for score in scores:
        flops = training_flops(Recipe(**find_preset(score["network"]).values))
        precision = "bfloat16" if "bfloat16" in score["name"] else "float32"
        score["share_of_ceiling"] = score["images_per_second"] * flops / ceilings[f"{precision}_flops"]
    growth = measure_growth(device, announce)
    pages = measure_pages(data, str(device), announce)
    return {
        "machine": asdict(describe_machine(device)),
        "ceilings": ceilings,
        "training": scores,
        "growth": growth,
        "browser": pages,
    }


def compare_side_by_side(scores: list[dict[str, Any]]) -> list[str]:
    """What runs side by side bring over runs one after the other, as a line of Markdown each."""
    speeds = {(score["network"], score["name"]): score["images_per_second"] for score in scores}
    lines = []
    for (network, name), speed in speeds.items():
        way, _, beside = name.partition(", ")
        one_thread = speeds.get((network, f"{way}, one thread"))
        if beside.endswith("side by side") and one_thread:
            lines.append(
                f"Side by side, {network} {way}: {speed / speeds[network, way]:.2f} times runs with all threads one"
                f" after the other, {speed / one_thread:.2f} times runs with one thread."
            )
    return lines


def tabulate_growth(growth: dict[str, dict[str, float]]) -> list[str]:
    """What must not grow, as lines of Markdown."""
    first, last = growth["step"].values()
    tick, result = growth["live_chart_tick"].items(), growth["new_result"].items()
    ticks = ", ".join(f"{1000 * seconds:.1f} ms at step {int(step):,}" for step, seconds in tick)
    results = ", ".join(f"{1000 * seconds:.0f} ms beside {int(runs):,}" for runs, seconds in result)
    return [
        f"A step in the first and in the last quarter of a long run: {1000 * first:.1f} and {1000 * last:.1f} ms.",
        f"A tick of the live chart: {ticks}.",
        f"Reading a new result: {results} cached ones.",
    ]


def measure_ablation(data: Path, device_wish: str, rounds: int) -> dict[str, Any]:
    """Measures what each optimisation brings."""
    finish(load_cifar10(data))
    use_threads()
    device = open_device(device_wish)[0]
    steps = run_ablation(data, str(device), rounds, announce)
    return {"machine": asdict(describe_machine(device)), "levers": [asdict(step) for step in steps]}


def tabulate_ablation(measured: dict[str, Any]) -> list[str]:
    """The ablation as lines of Markdown."""
    machine = measured["machine"]
    lines = [f"{machine['name']}, {format_quantity(machine['threads'], 'thread')}, PyTorch {machine['torch']}", ""]
    for taken, title in ((True, "lever, on top of those above"), (False, "tried on top of all in float32, not taken")):
        lines += [f"| {title} | images/s | brought |", "|---|---:|---:|"]
        for step in measured["levers"]:
            if step["taken"] == taken:
                brought = f"{step['brought'] - 1:+.0%}" if step["name"] != "none" else ""
                lines.append(f"| {step['about']} | {step['images_per_second']:,.0f} | {brought} |")
        lines.append("")
    return lines[:-1]


def measure_visitors(data: Path, device_wish: str, rounds: int) -> dict[str, Any]:
    """Measures how the page holds with many visitors beside a training; once, whatever the rounds."""
    finish(load_cifar10(data))
    device = open_device(device_wish)[0]
    return {"machine": asdict(describe_machine(device))} | measure_crowds(data, str(device), announce)


def tabulate_visitors(measured: dict[str, Any]) -> list[str]:
    """The crowds as lines of Markdown."""
    machine = measured["machine"]
    title = f"{machine['name']}, {format_quantity(measured['cores'], 'core')}, PyTorch {machine['torch']}"
    return [title, "", *tabulate_crowds(measured["visits"])]


def measure_queue_costs(data: Path, device_wish: str, rounds: int) -> dict[str, Any]:
    """Measures what a request costs the servers of a cache; once, whatever the rounds."""
    machine = describe_machine(open_device(device_wish)[0])
    return {"machine": asdict(machine), "queues": measure_queues(announce)}


def tabulate_queue_costs(measured: dict[str, Any]) -> list[str]:
    """The costs of a request as lines of Markdown."""
    return [measured["machine"]["name"], "", *tabulate_queues(measured["queues"])]


def announce(line: str) -> None:
    """Says on stderr what is being measured."""
    print(line, file=sys.stderr, flush=True)


def tabulate_all(measured: dict[str, Any]) -> list[str]:
    """The document of everything as lines of Markdown."""
    machine, ceilings = measured["machine"], measured["ceilings"]
    lines = [
        f"{machine['name']}, {format_quantity(machine['threads'], 'thread')}, PyTorch {machine['torch']};"
        f" matrix products {ceilings['float32_flops'] / 1e9:,.0f} GFLOP/s in float32,"
        f" {ceilings['bfloat16_flops'] / 1e9:,.0f} in bfloat16; memory copy {ceilings['copied_bytes'] / 1e9:.0f} GB/s",
        "",
        "| network | way | images/s | of the blog's way | whole run | peak memory | share of matrix products |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for score in measured["training"]:
        lines.append(
            f"| {score['network']} | {score['name']} | {score['images_per_second']:,.0f} | {score['ratio']:.2f} |"
            f" {score['whole_run_seconds']:,.0f} s | {score['peak_bytes'] / 2**20:,.0f} MiB |"
            f" {score['share_of_ceiling']:.0%} |"
        )
    lines += ["", *compare_side_by_side(measured["training"]), *tabulate_growth(measured["growth"])]
    if browser := measured["browser"]:
        lines += ["", *tabulate_pages(browser)]
    return lines


def measure_browser(data: Path, device_wish: str, rounds: int) -> dict[str, Any]:
    """Measures how quick the pages are; once, whatever the rounds."""
    finish(load_cifar10(data))
    device = open_device(device_wish)[0]
    return {"machine": asdict(describe_machine(device)), "browser": measure_pages(data, str(device), announce)}


def tabulate_browser(measured: dict[str, Any]) -> list[str]:
    """The times of the pages as lines of Markdown."""
    return tabulate_pages(measured["browser"]) if measured["browser"] else []


# How each part is measured, from a data folder, a device and a number of rounds, and how it is told.
PARTS = {
    "all": (run_bench, tabulate_all),
    "levers": (measure_ablation, tabulate_ablation),
    "pages": (measure_browser, tabulate_browser),
    "visitors": (measure_visitors, tabulate_visitors),
    "queue": (measure_queue_costs, tabulate_queue_costs),
}
