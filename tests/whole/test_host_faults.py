"""What is wrong with a host's cache, seen from outside: a real server says it in a sentence, and goes on later."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.disks import fill
from tests.fakes import MACHINE, RUN, train_fake, wait_until
from tests.whole.conftest import serve
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import read_queue
from tricks.settings import ROOT
from tricks.store.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LINK = "?dataset=toy&epochs=200&conv_width=0.5"
BOUND = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")  # Root without the right to read everything.
PATIENCE = 90_000


@pytest.fixture
def bound() -> tuple[str, ...]:
    """What a command begins with, so that not even root may read what nobody may read."""
    if os.geteuid() or not shutil.which("setpriv") or subprocess.run([*BOUND, "true"]).returncode:
        pytest.skip("needs root on Linux, and setpriv")
    return BOUND


def press_train(page: Page, address: str) -> None:
    """A visitor asks for a long run."""
    page.goto(f"{address}/{LINK}")
    page.get_by_role("button", name="Train seed 0").click()


def test_a_folder_without_rights_is_a_sentence_at_the_start(tmp_path, bound):
    """A server that may not read its cache ends with one sentence, which says what to do, and no traceback."""
    (tmp_path / "cache").mkdir(mode=0)
    command = [*bound, sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless", "true"]
    environment = {**os.environ, "TRICKS_CACHE": str(tmp_path / "cache"), "TRICKS_DEVICE": "cpu"}

    ended = subprocess.run([*command, "--server.port", "0"], cwd=ROOT, env=environment, capture_output=True, timeout=90)

    assert 2 == ended.returncode
    said = ended.stderr.decode().strip()
    assert "Traceback" not in said
    assert "The lab cannot start: The cache cannot be read (Permission denied): give" in said.splitlines()[-1]


def test_a_folder_that_loses_its_rights_is_told_of(page: Page, tmp_path, bound):
    """What was known is still shown, with a sentence, until the folder can be read again."""
    cache = tmp_path / "cache"
    train_fake(Store(cache), RUN)
    with serve(cache, before=bound) as address:
        page.goto(f"{address}/host")
        expect(page.get_by_text("None since the server started.")).to_be_visible(timeout=PATIENCE)
        cache.chmod(0)
        try:
            expect(page.get_by_text("The cache cannot be read (Permission denied)")).to_be_visible(timeout=PATIENCE)
            expect(page.get_by_test_id("stMetric").filter(has_text="Finished runs")).to_contain_text("1")
        finally:
            cache.chmod(0o755)
        expect(page.get_by_text("None since the server started.")).to_be_visible(timeout=PATIENCE)


def test_a_cache_that_is_deleted_under_a_run_is_told_of(page: Page, address: str, tmp_path):
    """The visitor whose run loses its folder reads so, without the folder's place, and it is trained again."""
    press_train(page, address)
    wait_until(lambda: list((tmp_path / "cache").glob("*.part")), seconds=60)

    shutil.rmtree(tmp_path / "cache")

    expect(page.get_by_text("cannot be written")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(str(tmp_path))).to_have_count(0)
    wait_until(lambda: list((tmp_path / "cache").glob("*.part")), seconds=60)
    wait_until(lambda: len(read_queue(tmp_path / "cache")) == 1)


def test_what_is_asked_for_while_the_disk_is_full_is_not_lost(page: Page, small_disk):
    """The visitor reads that there is no room; once there is, the request outlasts a server that is killed."""
    ballast = fill(small_disk)
    with serve(small_disk) as address:
        press_train(page, address)
        expect(page.get_by_text("No space left on device")).to_be_visible(timeout=PATIENCE)
        assert [] == read_queue(small_disk)
        ballast.unlink()
        wait_until(lambda: len(read_queue(small_disk)) == 1, seconds=30)
        expect(page.get_by_text("No space left on device")).to_have_count(0, timeout=PATIENCE)

    assert [0] == [request.run.seed for request in read_queue(small_disk)]


def test_addresses_in_what_is_shown_lead_nowhere(page: Page, tmp_path):
    """Names of files and of machines that are addresses, of pages or of mail, are texts on every page, and no links."""
    cache = tmp_path / "cache"
    train_fake(Store(cache), Run(recipe=Recipe(dataset="toy"), seed=0))
    path = Store(cache).path(Run(recipe=Recipe(dataset="toy"), seed=0), ".jsonl")
    path.write_text(path.read_text().replace(json.dumps(MACHINE.name), json.dumps("https://elsewhere.example x")))
    for name in ("www.elsewhere.example", "mail@elsewhere.example", "http:elsewhere.example"):
        (cache / f"{name}.jsonl").write_text("damaged")

    with serve(cache) as address:
        for link in ("?dataset=toy", "host"):
            page.goto(f"{address}/{link}")
            expect(page.get_by_text("elsewhere.example").first).to_be_visible(timeout=PATIENCE)
            page.wait_for_timeout(1000)
            assert 0 == page.locator("a[href*=elsewhere]").count()
