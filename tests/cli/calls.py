"""Calls of the command line, and what they find in the cache."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.fakes import MACHINE, FakeEngine, train_fake
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.settings import ROOT
from tricks.store.store import Store


class Answer(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str


class ListingEngine(FakeEngine):
    """Remembers the seeds that it trained; those in `fails` end with their error."""

    def __init__(self):
        self.seeds: list[int] = []
        self.fails: dict[int, BaseException] = {}

    def train(self, run, checkpoint, threads=0):
        """The fixed measurements."""
        self.seeds.append(run.seed)
        if run.seed in self.fails:
            yield MACHINE
            raise self.fails[run.seed]
        yield from super().train(run, checkpoint, threads)


def fill(cache: Path, seeds: int, **values) -> None:
    """Trains the recipe's first seeds into the cache."""
    for seed in range(seeds):
        train_fake(Store(cache), Run(recipe=Recipe(**values), seed=seed))


def run_python(*arguments: str) -> subprocess.CompletedProcess:
    """A fresh Python in the project's folder."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)
