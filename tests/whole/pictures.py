"""The pictures in docs/, taken from the running product: `python -m tests.whole.pictures` takes them anew."""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tricks.bench.pages.server import start_server
from tricks.settings import ROOT, read_settings

SIZE = {"width": 1400, "height": 1080}
CHART = "[data-testid=stVegaLiteChart] :is(canvas, svg)"
# Each with a link to what it shows, and what stands there how often when all is drawn.
PICTURES = {
    "train": ("?batch_norm=before&block=residual", CHART, 2),
    "helps": ("what-helps", "table.effects", 1),
    "compare": ("compare", CHART, 2),
    "inside": ("inside?recipe=batch_norm~before~block~residual&label=cat&said=dog", ".gallery img", 24),
}


def main() -> None:
    """Takes all pictures of a server on a copy of the committed cache, which stays as it is."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        cache = Path(shutil.copytree(ROOT / "cache", Path(folder) / "cache"))
        page = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page(viewport=SIZE)
        with start_server(read_settings().data, "cpu", cache) as server:
            for name, (link, drawn, count) in PICTURES.items():
                page.goto(f"http://{server.address}/{link}")
                page.locator(drawn).nth(count - 1).wait_for(timeout=60_000)
                page.wait_for_timeout(3000)
                picture = Image.open(io.BytesIO(page.screenshot()))
                picture.save(ROOT / "docs" / f"{name}.webp", quality=80)


if __name__ == "__main__":
    main()
