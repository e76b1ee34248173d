"""What the tests of pages share: the lab on an empty cache, and a cache that the test fills."""

import pytest

import tricks.lab
from tests.fakes import ChosenEngine, FakeEngine
from tests.pages.pictures import HerePictures
from tricks.lab import close_lab
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """Opens the lab on an empty cache with an engine that the test chooses."""
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path))

    def use(engine) -> None:
        monkeypatch.setattr(tricks.lab, "open_engines", lambda settings: [engine])
        monkeypatch.setattr(tricks.lab, "Pictures", HerePictures)

    use(FakeEngine())
    yield use
    close_lab()


@pytest.fixture
def fill(tmp_path):
    """Finishes seeds of a recipe in the cache, with the accuracies given; the seed `diverged` did."""

    def finish(recipe: Recipe, *accuracies: float, diverged: int = -1) -> None:
        for seed, accuracy in enumerate(accuracies):
            engine = ChosenEngine(accuracy, seed == diverged)
            list(execute(Store(tmp_path), engine, Run(recipe=recipe, seed=seed)))

    return finish
