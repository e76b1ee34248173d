"""An image of the visitor's own, in a real browser: whatever they choose, an answer or a sentence."""

import base64
import io

import numpy as np
import psutil
import pytest
import safetensors.numpy
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.fakes import PredictingEngine
from tests.whole.conftest import serve
from tests.whole.images import MODES, NO_IMAGES, encode, make_halves, make_strange
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store
from tricks.training.model import build_model

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOY = Recipe(dataset="toy", conv_width=0.125, dense_width=8)
STRANGE_FILES = 200
MOST_GROWTH = 30e6
# What the browser's own function for bytes as text gives in their place.
HOSTILE = ["5", "null", "[]", "({deep: {er: [1, 2]}})", "''", "'A'.repeat(4095)", "'!'.repeat(4096)", "'A'.repeat(2e6)"]
UNREADABLE = "Your browser cannot read that as an image: choose another file, a JPEG or PNG for example."


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a server that has a network of the toy set, which has learned nothing."""
    cache = tmp_path_factory.mktemp("cache")
    run, store = Run(recipe=TOY, seed=0), Store(cache)
    list(execute(store, PredictingEngine(), run))
    torch.manual_seed(0)
    weights = {name: tensor.numpy() for name, tensor in build_model(TOY).state_dict().items()}
    store.path(run, ".weights.safetensors").write_bytes(safetensors.numpy.save(weights))
    with serve(cache) as address:
        yield address


@pytest.fixture
def visit(page: Page, lab) -> Page:
    """Inside with this part opened."""
    page.goto(f"{lab}/inside")
    page.get_by_text("Try an image of your own").click()
    expect(page.locator(".tests button")).to_have_count(20, timeout=30_000)
    page.wait_for_timeout(1000)
    return page


def choose(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})


def await_answer(page: Page) -> str:
    """What the page says in the end: a sentence, or nothing beside the image that the networks see."""
    status = page.locator("[role=status]").last
    expect(status).not_to_have_text("Reading the image …", timeout=20_000)
    return status.inner_text()


def read_seen(page: Page) -> np.ndarray:
    """The pixels that the page shows as those that the networks see."""
    expect(page.locator("img.enlarged")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(800)
    source = page.locator("img.enlarged").get_attribute("src")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).convert("RGB"))


@pytest.mark.parametrize("mode", MODES)
def test_any_mode_is_seen_as_it_is(visit, mode):
    """Grey, colours, palettes, transparency, CMYK and 16 bits: the network sees what the visitor sees."""
    choose(visit, "halves", make_halves(mode))
    seen = read_seen(visit)

    assert (32, 32, 3) == seen.shape
    assert seen[:, :15].mean() < 60
    assert seen[:, 17:].mean() > 195


def test_a_turned_photograph_is_turned_back(visit):
    """What a camera marks as turned is seen upright."""
    halves = Image.open(io.BytesIO(make_halves("RGB")))
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned by a quarter, clockwise: what is left comes to the top.
    choose(visit, "turned", encode(halves, "JPEG", exif=exif))
    seen = read_seen(visit)

    assert seen[:15].mean() < 60
    assert seen[17:].mean() > 195


def test_a_huge_or_animated_image_is_answered(visit):
    """Of a huge image its middle is seen, of an animated one its first picture."""
    choose(visit, "huge", encode(Image.new("L", (9_000, 7_000), 200), "PNG"))
    assert "" == await_answer(visit)
    assert abs(int(read_seen(visit).mean()) - 200) < 3

    frames = [Image.new("L", (40, 40), value) for value in (50, 250)]
    choose(visit, "animated", encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert "" == await_answer(visit)
    visit.wait_for_timeout(1000)
    assert abs(int(read_seen(visit).mean()) - 50) < 3


def test_what_is_seen_through_is_white(visit):
    """Where an image is transparent the networks see white, and half of a colour where it is half so."""
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((0, 0, 0, 128), (32, 0, 64, 64))
    choose(visit, "glass", encode(image, "PNG"))
    seen = read_seen(visit)

    assert seen[:, :15].min() > 250
    assert abs(int(seen[:, 17:].mean()) - 127) < 4


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 5_000)])
def test_the_thinnest_image_is_answered(visit, size):
    """An image of a single row, column or pixel is one too."""
    choose(visit, "thin", encode(Image.new("L", size, 90), "PNG"))

    assert "" == await_answer(visit)
    assert abs(int(read_seen(visit).mean()) - 90) < 3


@pytest.mark.parametrize("content", NO_IMAGES.values(), ids=NO_IMAGES)
def test_what_is_no_image_gets_a_sentence(visit, content):
    """Nothing, words, a drawing in XML, half of an image's head, or more pixels than memory: one sentence."""
    choose(visit, "none", content)

    assert UNREADABLE == await_answer(visit)
    expect(visit.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("sent", HOSTILE)
def test_what_a_hostile_browser_sends_is_no_image(visit, sent):
    """Whatever a changed browser sends in place of pixels is no image and no traceback; what comes next is answered."""
    visit.evaluate(f"window.kept ??= window.btoa; window.btoa = () => {sent}")
    choose(visit, "hostile", make_halves("RGB"))
    await_answer(visit)
    visit.wait_for_timeout(1500)
    expect(visit.get_by_test_id("stException")).to_have_count(0)
    expect(visit.locator("img.enlarged")).to_have_count(0)

    visit.evaluate("window.btoa = window.kept")
    choose(visit, "halves", make_halves("RGB"))

    assert read_seen(visit)[:, :15].mean() < 60


def test_a_test_image_is_asked_about(visit):
    """One of the twenty test images is answered with its label, and stays chosen."""
    visit.locator(".tests button").nth(5).click()

    expect(visit.get_by_text("What the networks see, label pattern 2")).to_be_visible(timeout=20_000)
    expect(visit.locator(".tests button[aria-pressed=true]")).to_have_count(1)
    assert [] == [one["id"] for one in Axe().run(visit).response["violations"]]


def test_a_pasted_image_is_asked_about(visit):
    """What is pasted is taken as a file is."""
    visit.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(50, 50); canvas.getContext("2d").fillRect(0, 0, 50, 50);
            const transfer = new DataTransfer();
            transfer.items.add(new File([await canvas.convertToBlob()], "pasted.png", {type: "image/png"}));
            document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer}));
        }"""
    )

    assert read_seen(visit).max() == 0


def test_a_dropped_image_is_asked_about(visit):
    """What is dropped on the page's field is taken as a file is."""
    visit.locator(".drop").evaluate(
        """async (field) => {
            const canvas = new OffscreenCanvas(50, 50); canvas.getContext("2d").fillRect(0, 0, 50, 50);
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([await canvas.convertToBlob()], "dropped.png", {type: "image/png"}));
            field.dispatchEvent(new DragEvent("drop", {dataTransfer}));
        }"""
    )

    assert read_seen(visit).max() == 0


def test_strange_files_leave_no_trace(visit, lab):
    """Of 200 damaged files each has an answer or one sentence, none a traceback, and the server grows by none."""
    port = int(lab.rsplit(":", 1)[1])
    server = next(each.pid for each in psutil.net_connections() if each.laddr.port == port and each.status == "LISTEN")
    for number in range(10):
        choose(visit, f"{number}", make_strange(number))
        await_answer(visit)
    before = psutil.Process(server).memory_info().rss

    said = []
    for number in range(STRANGE_FILES):
        choose(visit, f"{number}", make_strange(number))
        visit.wait_for_timeout(60)
        said.append(await_answer(visit))

    assert {"", UNREADABLE} == set(said)
    expect(visit.get_by_test_id("stException")).to_have_count(0)
    expect(visit.locator("img.enlarged")).to_be_visible()
    assert psutil.Process(server).memory_info().rss - before < MOST_GROWTH
