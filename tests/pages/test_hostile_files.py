"""Run files that somebody made to crash or dress the pages: each costs a line of what is left out, and nothing else."""

import json
import os

import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import train_fake
from tests.pages.reading import open_train, read
from tricks.lab import open_lab
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.store.store import Store

GOOD, BAD = (Run(recipe=Recipe(dataset="toy"), seed=seed) for seed in (0, 1))
PAGES = ("compare", "blog", "host")
NAMES = {
    "lone surrogate": "\\ud800",
    "reversed": "AMD \u202ecpu",
    "line break": "AMD\\n# A headline",
    "long": "x" * 5_000_000,
}
MARKUP = "![x](https://elsewhere.example/x.png) :red[**AMD**] <b>https://elsewhere.example</b>"


def write_run(folder, old: str, new: str) -> None:
    """A second run whose file has something else in place of some of its text."""
    train_fake(Store(folder), BAD)
    path = Store(folder).path(BAD, ".jsonl")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def open_page(name: str) -> AppTest:
    """A page by the module that shows it."""
    module = {"compare": "compare.page"}.get(name, name)
    package, _, last = f"tricks.pages.{module}".rpartition(".")
    return AppTest.from_string(f"from {package} import {last}\n{last}.show()", default_timeout=20).run()


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_machine_s_name_cannot_crash_a_page(engine, tmp_path, name):
    """A name with characters that cannot be shown, or without end, makes its file damaged, and no page raises."""
    train_fake(Store(tmp_path), GOOD)
    write_run(tmp_path, "Test processor", name)

    pages = [open_train(dataset="toy"), *map(open_page, PAGES)]

    assert not any(page.exception for page in pages)
    assert [f"{BAD.name}.jsonl"] == open_lab().store.damaged
    assert f"Damaged files are left out: {BAD.name}.jsonl" in read(pages[0])
    assert all(len(read(page)) < 100_000 for page in pages)


def test_a_machine_s_name_cannot_dress_a_page(engine, tmp_path):
    """A name that is written like a picture, a link or a colour is shown letter by letter."""
    write_run(tmp_path, "Test processor", MARKUP)

    pages = [open_train(dataset="toy"), *map(open_page, PAGES)]

    texts = [str(text.value) for page in pages for text in (*page.markdown, *page.caption, *page.warning)]
    assert any("elsewhere" in text for text in texts)
    assert not any("![x]" in text or ":red[" in text or "<b>" in text for text in texts)
    assert not any(page.exception for page in pages)


def test_a_run_of_the_year_9999_is_no_news(engine, tmp_path):
    """A run that says it finished in the far future does not head the news, but is left out."""
    train_fake(Store(tmp_path), GOOD)
    finished = json.loads(Store(tmp_path).path(GOOD, ".jsonl").read_text().splitlines()[-1])["finished"]
    write_run(tmp_path, '"finished":"20', '"finished":"99')

    page = open_train(dataset="toy")

    assert [GOOD] == [one.run for one in open_lab().latest()]
    assert f"Damaged files are left out: {BAD.name}.jsonl" in read(page)
    assert finished.startswith("20")


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_a_file_s_own_name_cannot_crash_a_page(engine, tmp_path):
    """A name of bytes that are no text, or that turn others around, is shown with marks in their place."""
    for name in (b"\xff\xfe.jsonl", "a\u202eb\n.jsonl".encode()):
        (tmp_path / os.fsdecode(name)).write_text("")

    pages = [open_train(dataset="toy"), open_page("host")]

    assert not any(page.exception for page in pages)
    assert {"a�b�.jsonl", "��.jsonl"} == set(open_lab().store.damaged)
