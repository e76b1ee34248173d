"""How quick the page is, in a real browser: from click to first loss, and with many runs in the cache."""

import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tricks.bench.server import WARM_SECONDS, start_server
from tricks.recipe import Recipe
from tricks.record import write_header
from tricks.run import Machine, Run

CACHED_RUNS = (10, 1_000, 10_000)
CLICKS = 5
WATCH = """() => {
  window.clicked = window.seen = 0;
  document.addEventListener('click', () => { window.clicked ||= performance.now() }, true);
  const look = () => {
    const metrics = [...document.querySelectorAll('[data-testid=stMetric]')];
    const loss = metrics.find(metric => metric.innerText.startsWith('Loss'));
    if (window.clicked && !window.seen && loss && /[0-9]/.test(loss.innerText)) window.seen = performance.now();
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def measure_pages(data: Path, device: str, report: Callable[[str], None]) -> dict[str, Any] | None:
    """Medians in seconds; None, with a word why, where there is no browser to measure in."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if not chromium:
        report("the pages are not measured: that needs playwright and a Chromium on the PATH")
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        found: dict[str, Any] = {"click_to_first_loss": {}, "pages": {}}
        with serve(data, device, runs=0) as address:
            for dataset in ("toy", "cifar10"):
                found["click_to_first_loss"][dataset] = measure_clicks(browser, address, dataset)
                report(f"from click to first loss on {dataset}: {found['click_to_first_loss'][dataset]:.2f} s")
        for runs in CACHED_RUNS:
            with serve(data, device, runs) as address:
                found["pages"][str(runs)] = measure_visits(browser, address)
                report(f"pages with {runs:,} runs: {found['pages'][str(runs)]}")
    return found


def measure_clicks(browser: Any, address: str, dataset: str) -> float:
    """The median time from a click on Train to the first loss, with a warm worker and the data in memory."""
    page, seconds = browser.new_page(), []
    for click in range(CLICKS + 1):  # The first one, which may read the data, does not count.
        page.goto(f"{address}/?dataset={dataset}&batch_size={64 + click}")
        page.get_by_role("button", name="Train seed").wait_for()
        time.sleep(3)
        page.evaluate(WATCH)
        page.get_by_role("button", name="Train seed").click()
        page.wait_for_function("window.seen > 0", timeout=60_000)
        seconds.append(page.evaluate("window.seen - window.clicked") / 1000)
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("was stopped").wait_for()
    page.close()
    return statistics.median(seconds[1:])


def measure_visits(browser: Any, address: str) -> dict[str, float]:
    """The seconds of a first visit to the first page, of a toggle there, and of a visit to Compare."""
    page = browser.new_page()
    seconds = {}
    began = time.perf_counter()
    page.goto(address)
    page.get_by_text("Known: ").wait_for(timeout=120_000)
    seconds["first visit"] = time.perf_counter() - began
    page.wait_for_timeout(2000)
    began = time.perf_counter()
    page.get_by_role("radio", name="double").click()
    page.get_by_text("224,106").or_(page.get_by_text("double blocks")).first.wait_for()
    seconds["toggle"] = time.perf_counter() - began
    began = time.perf_counter()
    page.goto(f"{address}/compare")
    page.get_by_test_id("stDataFrame").wait_for(timeout=120_000)
    seconds["compare"] = time.perf_counter() - began
    page.close()
    return seconds


@contextmanager
def serve(data: Path, device: str, runs: int) -> Iterator[str]:
    """A warm server on a cache with this many generated runs; yields its address."""
    with tempfile.TemporaryDirectory() as cache:
        generate_runs(Path(cache), runs)
        with start_server(data, device, Path(cache)) as server:
            time.sleep(WARM_SECONDS)
            yield f"http://{server.address}"


def generate_runs(cache: Path, runs: int) -> None:
    """Writes run files of the usual size, ten seeds a recipe, the baseline among them."""
    machine = Machine(device="cpu", name="generated", threads=1, torch="0")
    losses = [{"kind": "losses", "step": step, "seconds": step, "losses": [1.234] * 10} for step in range(0, 7820, 10)]
    numbers = {"train_accuracy": 0.5, "test_loss": 1.0, "test_accuracy": 0.5, "seconds": 1.0, "images_per_second": 1.0}
    epochs = [{"kind": "epoch", "epoch": epoch, "step": 782 * epoch, **numbers} for epoch in range(1, 11)]
    body = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in losses + epochs)
    for number in range(runs):
        run = Run(recipe=Recipe(dense_width=64 + number // 10), seed=number % 10)
        outcome = {"kind": "outcome", "test_accuracy": 0.5 + number % 10 / 100, "diverged": False, "seconds": 1.0}
        outcome |= {"images_per_second": 1.0, "weights_sha256": "0" * 64, "finished": "2026-01-01T00:00:00+00:00"}
        header = json.dumps(write_header(run, machine, "2026-01-01T00:00:00+00:00"))
        (cache / f"{run.name}.jsonl").write_text(f"{header}\n{body}{json.dumps(outcome)}\n")
