"""Recipes as links carry them: as query parameters, or as one word among others."""

import itertools
from collections.abc import Mapping

from tricks.catalogue.trick import short_repr
from tricks.recipe.recipe import TRICKS, Recipe, find_near, parse_values


def write_link(recipe: Recipe) -> dict[str, str]:
    """The query parameters that carry the whole recipe."""
    dataset = {} if recipe.dataset == "cifar10" else {"dataset": recipe.dataset}
    return dataset | {name: TRICKS[name].write(value) for name, value in recipe.values.items()}


def read_link(texts: Mapping[str, str]) -> tuple[Recipe, list[str]]:
    """The recipe that a link's query parameters describe, and a sentence for each one that cannot be.

    A name that is far from any of ours is somebody else's, as trackers add them, and nothing is said.
    """
    recipe, values, complaints = Recipe(), {}, []
    for name in sorted(texts, key="dataset".__ne__):  # How large a batch may be depends on the images.
        try:
            if name == "dataset":
                further = {name: texts[name]}
            else:
                further = parse_values({name: texts[name]}) if find_near(name) else {}
            recipe = Recipe(**values | further)
            values |= further
        except ValueError as error:
            complaints.append(str(error))
    return recipe, complaints


def write_word(recipe: Recipe) -> str:
    """The recipe as one word, of characters that every link leaves as they are: names and values by turns."""
    return "~".join(itertools.chain(*write_link(recipe).items())) or "baseline"


def read_word(word: str) -> Recipe:
    """The recipe that `write_word` made this word of (ValueError, one sentence)."""
    parts = [] if word == "baseline" else word.split("~")
    if len(parts) % 2:
        raise ValueError(f"{short_repr(word)} is no recipe")
    values = dict(zip(parts[::2], parts[1::2], strict=True))
    dataset = values.pop("dataset", "cifar10")
    return Recipe(dataset=dataset, **parse_values(values))
