"""What else differs between two recipes: a difference in accuracy is the work of all of it together."""

from dataclasses import dataclass

from tricks.recipe.network import count_flops, count_parameters, describe_network
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run

STEPS = "optimiser steps"
SAME_SHARE = 0.1  # Parameters and arithmetic that differ by less explain nothing.


@dataclass(frozen=True, kw_only=True)
class Amount:
    """Something that can be counted on both sides."""

    name: str
    own: int
    other: int


def find_confounds(recipe: Recipe, reference: Recipe) -> list[str]:
    """Sentences on what differs beyond one trick: other images, several tricks, steps, parameters, arithmetic."""
    changed = [name for name in TRICKS if getattr(recipe, name) != getattr(reference, name)]
    found = []
    if recipe.dataset != reference.dataset:
        found.append("other images, so their accuracies cannot be compared at all")
    if len(changed) > 1:
        named = ", ".join(format_change(name, recipe, reference) for name in changed)
        found.append(f"{len(changed)} tricks at once ({named}): the difference is that of all together")
    if {recipe.block, reference.block} == {"conv", "residual"}:
        found.append("a second convolution as well as the shortcut: double blocks are the control without shortcut")
    amounts = [amount for amount in count_amounts(recipe, reference) if differs(amount)]
    found += [format_amount(amount) for amount in amounts]
    if "learning_rate" not in changed and any(amount.name == STEPS for amount in amounts):
        found.append("the same learning rate over another number of steps, so the weights travel another distance")
    return found


def name_confounds(recipe: Recipe, reference: Recipe) -> list[str]:
    """What else differs in a few words each, but for parameters and arithmetic, which `costs` counts."""
    found = ["a second convolution"] if {recipe.block, reference.block} == {"conv", "residual"} else []
    steps = count_amounts(recipe, reference)[0]
    return [*found, f"{steps.own / steps.other:.2g} times the optimiser steps"] if differs(steps) else found


def format_change(name: str, recipe: Recipe, reference: Recipe) -> str:
    """A trick with its values on both sides."""
    trick = TRICKS[name]
    own, other = trick.show(getattr(recipe, name)), trick.show(getattr(reference, name))
    return f"{trick.title} {own} instead of {other}"


def count_amounts(recipe: Recipe, reference: Recipe) -> list[Amount]:
    """What two trainings can be counted by."""
    own, other = describe_network(recipe), describe_network(reference)
    runs = Run(recipe=recipe, seed=0), Run(recipe=reference, seed=0)
    return [
        Amount(name=STEPS, own=runs[0].steps, other=runs[1].steps),
        Amount(name="parameters", own=count_parameters(own), other=count_parameters(other)),
        Amount(name="operations per image", own=count_flops(own), other=count_flops(other)),
    ]


def differs(amount: Amount) -> bool:
    """Whether the amounts are further apart than what explains nothing."""
    return abs(amount.own - amount.other) > SAME_SHARE * amount.other


def format_amount(amount: Amount) -> str:
    """Both amounts and how many times the one is the other."""
    ratio = amount.own / amount.other
    share = f"{ratio:.2g} times as many" if ratio > 1 else f"{ratio:.0%} of them"
    return f"{amount.own:,} {amount.name} instead of {amount.other:,} ({share})"
