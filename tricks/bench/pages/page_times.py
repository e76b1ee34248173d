"""How quick the page is, in a real browser: from click to first loss, and with many runs in the cache."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tricks.bench.pages.generated_runs import generate_runs
from tricks.bench.pages.server import WARM_SECONDS, start_server
from tricks.bench.pages.visits import VISITS, measure_visit

CACHED_RUNS = (1_000, 10_000)
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
                visits = {title: measure_visit(browser, address, visit) for title, visit in VISITS.items()}
                found["pages"][str(runs)] = visits
                report(f"pages with {runs:,} runs: {visits}")
    return found


def tabulate_pages(measured: dict[str, Any]) -> list[str]:
    """Clicks and visits as lines of Markdown, a column for each number of cached runs."""
    clicks, pages = measured["click_to_first_loss"], measured["pages"]
    columns = list(pages.values())
    lines = [f"Click to first loss: {clicks['toy']:.2f} s (toy set), {clicks['cifar10']:.2f} s (CIFAR-10).", ""]
    lines += ["| page | until | " + " | ".join(f"{int(runs):,} cached runs" for runs in pages) + " |"]
    lines.append("|---|---|" + "---:|" * len(pages))
    for page, titles in columns[0].items():
        for title in titles:
            lines.append(f"| {page} | {title} | " + " | ".join(f"{one[page][title]:.2f} s" for one in columns) + " |")
    return lines


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


@contextmanager
def serve(data: Path, device: str, runs: int) -> Iterator[str]:
    """A warm server on a cache with this many generated runs; yields its address."""
    with tempfile.TemporaryDirectory() as cache:
        generate_runs(Path(cache), runs)
        with start_server(data, device, Path(cache)) as server:
            time.sleep(WARM_SECONDS)
            yield f"http://{server.address}"
