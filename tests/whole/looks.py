"""On what, by which light and where the lab is looked at, and what axe-core finds there."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
BOTH_ONCE = [("desk", "light"), ("phone", "dark")]  # What is on all pages is seen in each size and each scheme.
PAGES = {"": "Train", "what-helps": "What helps?", "compare": "Compare", "blog": "The blog", "host": "Host"}
PAGES |= {"?lecture=true": "Train", "what-helps?view=removed": "What helps?", "what-helps?view=pairs": "What helps?"}
PAGES |= {"tricks?trick=flip": "The tricks", "tricks?trick=schedule": "The tricks", "tricks?trick=norm": "The tricks"}
PAGES |= {"inside?recipe=dataset~toy": "Inside", "inside?recipe=dataset~toy&recipe=dataset~toy~flip~true": "Inside"}
DRAWN = ".network, .pairs img, .st-key-unmeasured, table, [data-testid=stDataFrame], [data-testid=stVegaLiteChart] svg"


def find_barriers(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds, once nothing waits to be drawn anew: until then that is pale."""
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=30_000)
    page.wait_for_timeout(500)
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
