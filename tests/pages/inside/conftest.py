"""What the tests of Inside share: runs that have predictions, and runs whose networks are kept."""

import pytest
import safetensors.numpy
import torch

from tests.fakes import PredictingEngine
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.store.store import Store
from tricks.training.model import build_model


@pytest.fixture
def train(tmp_path):
    """Finishes a seed whose network, which has learned nothing, is kept."""

    def finish(recipe: Recipe, seed: int = 0) -> Run:
        run, store = Run(recipe=recipe, seed=seed), Store(tmp_path)
        list(execute(store, PredictingEngine(), run))
        torch.manual_seed(seed)
        weights = {name: tensor.numpy() for name, tensor in build_model(recipe).state_dict().items()}
        store.path(run, ".weights.safetensors").write_bytes(safetensors.numpy.save(weights))
        return run

    return finish


@pytest.fixture
def predict(tmp_path, monkeypatch):
    """Finishes seeds of a recipe with predictions on the toy set, of which a share is wrong."""
    monkeypatch.setenv("TRICKS_DATA", str(tmp_path / "data"))

    def finish(recipe: Recipe, seeds: int, wrong: float = 0.3) -> None:
        for seed in range(seeds):
            list(execute(Store(tmp_path), PredictingEngine(wrong), Run(recipe=recipe, seed=seed)))

    return finish
