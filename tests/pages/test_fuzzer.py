"""Thousands of hostile files, made from true ones: the host starts as usual, no page raises, true results stay."""

import json
import os
import random
import time
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from tests.fakes import MACHINE, RUN, FakeEngine, toy_run, train_fake
from tests.pages.reading import open_train
from tricks.lab import close_lab, open_lab
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request, request_path, write_request
from tricks.store.lines import write_header
from tricks.store.store import Store

FILES = 5000
MOST_BYTES, MOST_SECONDS = 100_000_000, 2.0
HOSTILE = [
    *(None, True, False, -1, 0, 1, 1.5, -0.0, 1e308, 10**18, 10**400, float("nan"), float("inf"), -float("inf")),
    *(
        "",
        "x",
        "x" * 100_000,
        "\ud800",
        "\u202e",
        "a\nb",
        "\0",
        "![x](https://elsewhere.example)",
        "<script>",
        "../../x",
    ),
    *([], {}, [[]], [{}], {"a": {}}, [1] * 10_000, ["x"], "9999-12-31T00:00:00+00:00", "cuda", "e\u0301" * 50),
]
NO_FILES = [
    *(os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to(path)),
]
PAGES = ("compare.page", "what_helps.page", "inside.page", "blog", "host")


def replace_somewhere(value, chance: random.Random):
    """The value with a hostile one in place of something in it, or of itself."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(sorted(value))
        changed = {**value, name: replace_somewhere(value[name], chance)}
        return {**changed, chance.choice(["x", "kind", "step", ""]): 1} if chance.random() < 0.1 else changed
    if isinstance(value, list) and value and chance.random() < 0.7:
        place = chance.randrange(len(value))
        return [*value[:place], replace_somewhere(value[place], chance), *value[place + 1 :]]
    return chance.choice(HOSTILE)


def damage(content: bytes, chance: random.Random) -> bytes:
    """A file's content with one line changed as a value, or with bytes cut, doubled, overwritten or put in."""
    lines = content.splitlines()
    place, at = chance.randrange(len(lines)), chance.randrange(len(content))
    kind = chance.random()
    if kind < 0.7:
        lines[place] = json.dumps(replace_somewhere(json.loads(lines[place]), chance)).encode()
        return b"\n".join(lines) + b"\n"
    if kind < 0.8:
        return b"\n".join(chance.choices(lines, k=chance.randrange(12))) + b"\n"
    junk = chance.choice([b"", b"\0" * 100, b"\xff\xfe", b"[" * 100_000, b"{" * 5000, b"1" * 10_000, b'"'])
    return content[:at] + junk + content[at + chance.randrange(100) :]


def put_hostile_files(folder: Path, run_file: bytes, request: bytes) -> None:
    """Run files, requests, an index, and what is no file at all."""
    chance = random.Random(0)
    index = []
    for number in range(1000, 1000 + FILES):
        run = toy_run(number)
        header = json.dumps(write_header(run, MACHINE, "2026-01-02T03:04:05+00:00")).encode()
        content = damage(header + b"\n" + run_file.split(b"\n", 1)[1], chance)
        match number % 10:
            case 0:
                request_path(folder, run).write_bytes(damage(request, chance))
            case 1:
                (folder / f"{run.name}.part").write_bytes(content)
            case 2 if number % 100 == 2:
                chance.choice(NO_FILES)(folder / f"{run.name}.jsonl")
            case _:
                (folder / f"{run.name}.jsonl").write_bytes(content)
        index.append(json.dumps([f"{run.name}.jsonl", *chance.choices(HOSTILE, k=chance.randrange(6))]))
    (folder / ".index.jsonl").write_text("\n".join(index))


def start(folder: Path) -> float:
    """The seconds of the processor's time that a lab takes to know the folder."""
    close_lab()
    began = time.process_time()
    open_lab().read_all()
    return time.process_time() - began


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")
def test_five_thousand_hostile_files(tmp_path, monkeypatch):
    """The start takes two seconds more, memory grows by less than 100 MB, no page raises, and what is true stays."""
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path))
    monkeypatch.setenv("TRICKS_TRAINING", "off")
    monkeypatch.setattr("tricks.lab.open_engines", lambda settings: [FakeEngine()])
    true = [RUN, *(Run(recipe=RUN.recipe, seed=seed) for seed in (1, 2))]
    for run in true:
        train_fake(Store(tmp_path), run)
    write_request(tmp_path, Request(run=toy_run(900), visitors=frozenset({"ann"}), asked=1.0))
    request = request_path(tmp_path, toy_run(900)).read_bytes()
    request_path(tmp_path, toy_run(900)).unlink()
    usual, pages = start(tmp_path), open_all_pages()
    before = psutil.Process().memory_info().rss
    put_hostile_files(tmp_path, Store(tmp_path).path(RUN, ".jsonl").read_bytes(), request)

    seconds = start(tmp_path)
    pages = open_all_pages()

    known = {one.run: one.outcome.test_accuracy for one in open_lab().store.finished()}
    grown, damaged = psutil.Process().memory_info().rss - before, len(open_lab().store.damaged)
    close_lab()
    assert [] == [page.exception for page in pages if page.exception]
    assert FILES / 10 < damaged < FILES
    assert [0.5, 0.51, 0.52] == [known.get(run) for run in true]
    assert all(run.recipe == RUN.recipe and 0 <= accuracy <= 1 for run, accuracy in known.items())
    assert (True, True) == (seconds < usual + MOST_SECONDS, grown < MOST_BYTES), (usual, seconds, grown)


def open_all_pages() -> list[AppTest]:
    """All pages, the first one for the toy set."""
    others = [
        AppTest.from_string(f"import tricks.pages.{name} as page\npage.show()", default_timeout=60).run()
        for name in PAGES
    ]
    return [open_train(dataset="toy"), *others]
