"""What a trick's picture is made of: the recipe with all that the picture depends on, and nothing else.

So recipes that differ elsewhere share a picture.
"""

from tricks.catalogue.trick import PICTURES, Trick, Value
from tricks.recipe.recipe import TRICKS, Recipe, fill_in


def reduce_to_picture(trick: Trick, recipe: Recipe) -> Recipe:
    """The recipe of the trick's picture: the trick at its value there, or where it is off at the recommended one."""
    value = getattr(recipe, trick.name)
    return picture_value(trick, trick.recommended if value == trick.default else value, recipe)


def picture_value(trick: Trick, value: Value, recipe: Recipe) -> Recipe:
    """The recipe of the picture of the trick at this value, and of what it needs, beside what the recipe has."""
    needs = trick.needs if trick.is_idle(recipe) else {name: getattr(recipe, name) for name in trick.needs}
    kind = PICTURES.get(trick.picture)
    others = {name: getattr(recipe, name) for name in (kind.depends_on if kind else ()) if name != trick.name}
    others |= needs | fill_in({trick.name: value})
    return Recipe(dataset=recipe.dataset, **others)


def switch_off(trick: Trick, recipe: Recipe) -> Recipe:
    """The recipe without the trick, and without what its value had filled in."""
    filled_in = trick.fills_in.get(getattr(recipe, trick.name), {})
    off = {trick.name: trick.default, **{name: TRICKS[name].default for name in filled_in}}
    return Recipe(dataset=recipe.dataset, **{**recipe.values, **off})
