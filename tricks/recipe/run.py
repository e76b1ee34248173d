"""A run is a recipe and a seed: its name, its steps, and the seeds of its random streams."""

import hashlib
from dataclasses import dataclass

from tricks.recipe.recipe import Recipe

MOST_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training: the recipe and the seed that all its random streams are derived from."""

    recipe: Recipe
    seed: int

    def __post_init__(self):
        if type(self.seed) is not int or not 0 <= self.seed <= MOST_SEED:
            raise ValueError(f"seed must be a whole number from 0 to {MOST_SEED}, not {self.seed!r}")

    @property
    def name(self) -> str:
        """The run's name in the cache."""
        return f"{self.recipe.key}-s{self.seed}"

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps of one epoch; the last batch may be smaller."""
        return self.recipe.steps_per_epoch

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self.steps_per_epoch * self.recipe.epochs

    def derive_seed(self, purpose: str, epoch: int = 0) -> int:
        """The seed of one random stream, so that one purpose's draws never move another's, nor one epoch's the next."""
        digest = hashlib.sha256(f"{self.seed} {purpose} {epoch}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1
