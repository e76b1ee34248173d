"""A run's first filters before its first step, without PyTorch."""

import numpy as np
import pytest
import torch

from tricks.analysis.filters import draw_first_filters
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.model import build_model


@pytest.mark.parametrize("values", [{}, {"block": "residual", "batch_norm": "before"}, {"conv_width": 0.125}])
@pytest.mark.parametrize("seed", [0, 7])
def test_they_are_the_ones_that_the_training_begins_with(values, seed):
    """The filters are those of the network that the run's seed draws, bit by bit."""
    run = Run(recipe=Recipe(**values), seed=seed)
    torch.manual_seed(run.derive_seed("weights"))
    drawn = build_model(run.recipe).state_dict()["stage1.body.conv0.weight"]

    assert np.array_equal(drawn, draw_first_filters(run))


@pytest.mark.parametrize("values", [{"init": "kaiming"}, {"init": "orthogonal"}, {"whiten": True}])
def test_what_begins_otherwise_is_not_guessed(values):
    """Where the first filters are drawn in another way, or made of the images, there are none."""
    assert draw_first_filters(Run(recipe=Recipe(**values), seed=0)) is None
