"""The whole bench: its numbers as one document, and as a table."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tricks.bench.ceilings import measure_ceilings, training_flops
from tricks.bench.contest import hold_contest
from tricks.bench.pages import measure_pages
from tricks.data import finish, load_cifar10
from tricks.device import choose_device, describe_machine, use_threads
from tricks.presets import find_preset
from tricks.recipe import Recipe


def measure(data: Path, device_wish: str, rounds: int) -> dict[str, Any]:
    """Measures everything, one thing after the other; progress goes to stderr."""
    finish(load_cifar10(data))  # Before the clocks start: a first download or decoding.
    use_threads()
    device = choose_device(device_wish)
    report("the machine's ceilings")
    ceilings = measure_ceilings(device.type)
    scores = [asdict(score) for score in hold_contest(data, device.type, rounds, report)]
    for score in scores:
        flops = training_flops(Recipe(**find_preset(score["network"]).values))
        precision = "bfloat16" if "bfloat16" in score["name"] else "float32"
        score["share_of_ceiling"] = score["images_per_second"] * flops / ceilings[f"{precision}_flops"]
    pages = measure_pages(data, device.type, report)
    return {"machine": asdict(describe_machine(device)), "ceilings": ceilings, "training": scores, "browser": pages}


def report(line: str) -> None:
    """Says on stderr what is being measured."""
    print(line, file=sys.stderr, flush=True)


def tabulate(measured: dict[str, Any]) -> list[str]:
    """The document as lines of Markdown."""
    machine, ceilings = measured["machine"], measured["ceilings"]
    lines = [
        f"{machine['name']}, {machine['threads']} threads, PyTorch {machine['torch']};"
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
    if browser := measured["browser"]:
        clicks = browser["click_to_first_loss"]
        lines += ["", f"Click to first loss: {clicks['toy']:.2f} s (toy set), {clicks['cifar10']:.2f} s (CIFAR-10)."]
        lines += ["", "| cached runs | first visit | toggle | Compare |", "|---:|---:|---:|---:|"]
        for runs, seconds in browser["pages"].items():
            lines.append(f"| {int(runs):,} | " + " | ".join(f"{value:.2f} s" for value in seconds.values()) + " |")
    return lines
