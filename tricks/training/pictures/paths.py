"""The way of two weights through a valley, by the optimisers that train: a sketch, since networks have a hundred
thousand weights, and valleys that nobody can draw."""

import numpy as np
import torch
from torch import nn

from tricks.recipe.picture import switch_off
from tricks.recipe.recipe import Recipe, find_trick
from tricks.training.averaging import build_average, judged
from tricks.training.lookahead import build_lookahead
from tricks.training.optimizer import build_optimizer, take_step

STEPS = 100
START = (-0.05, 0.02)
CURVATURE = (0.5, 5.0)  # Along the valley and across it.
NOISE = {"lookahead": 0.05, "weight_averaging": 0.05}  # Deviation of gradients, for what is there against noise.


class Valley(nn.Module):
    """A loss of two weights, [1, 1, 1, 2] as if they were a filter: half of each one's square by its curvature."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(START).view(1, 1, 1, 2))

    def forward(self, noise: torch.Tensor) -> torch.Tensor:
        """The loss at the weights; `noise`, [2], is added to its gradient."""
        weights = self.weight.view(2)
        return (torch.tensor(CURVATURE) * weights.square() / 2 + noise * weights).sum()


def draw_path(recipe: Recipe, name: str, draw: int) -> dict[str, np.ndarray]:
    """The places `on` and `off`, [steps + 1, 2] each, of the weights that would be judged; and the `curvature`."""
    generator = torch.Generator().manual_seed(draw)
    noise = NOISE.get(name, 0.0) * torch.randn(STEPS, 2, generator=generator)
    off = switch_off(find_trick(name), recipe)
    drawn = {"drawn": np.array(True)} if name in NOISE else {}
    return {"on": walk(recipe, noise), "off": walk(off, noise), "curvature": np.array(CURVATURE)} | drawn


def walk(recipe: Recipe, noise: torch.Tensor) -> np.ndarray:
    """The places after each step."""
    model = Valley()
    optimizer = build_optimizer(recipe, model)
    followers = [*build_lookahead(recipe, model), *build_average(recipe, model)]
    places = [START]
    for step in noise:
        model(step).backward()
        take_step(recipe, model, optimizer)
        for follower in followers:
            follower.follow()
        with judged(followers):
            places.append(tuple(model.weight.flatten().tolist()))
    return np.array(places)
