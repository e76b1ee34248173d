"""What is known of a recipe, beside the baseline that is like it and the blog's figure."""

import streamlit as st

from tricks.analysis.compare import compare_recipes, format_diverged, measure_accuracy
from tricks.lab import open_lab
from tricks.pages.shared.links import link_to_inside
from tricks.recipe.presets import BLOG_PRESETS, name_preset
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.stats.wording import format_comparison, format_quantity
from tricks.store.results import Results

HELP = (
    "A seed decides the first weights and the order of the images: the same recipe gives another accuracy with each."
    " The interval is where the mean of all possible seeds lies, in 95% of all cases, however often one looks. Two"
    " recipes are compared over all seeds of both, by their settled accuracy: the mean of the last three epochs. Under"
    " different schedules it is that after the last epoch."
)


def show_knowledge(recipe: Recipe, results: Results) -> None:
    """In one paragraph; of a recipe without runs, that there are none."""
    if recipe.key not in results:
        st.markdown(f"Nobody has trained this recipe yet: {format_prospect(recipe)}")
        return
    own, reference = results[recipe.key], find_reference(recipe)
    accuracy = measure_accuracy(recipe, results)
    seeds = format_quantity(accuracy.count, "seed")
    between = "no interval yet"
    if accuracy.low is not None:
        between = f"95% interval {accuracy.low:.1%} to {accuracy.high:.1%}"
    words = [f"Known: {seeds}, test accuracy **{accuracy.mean:.1%}** after the last epoch ({between})"]
    if recipe != reference:
        comparison = format_comparison(compare_recipes(recipe, reference, results))
        words.append(f"against {format_reference(recipe)}: {comparison}")
    if (preset := name_preset(recipe)) in BLOG_PRESETS and recipe.dataset == "cifar10":
        words.append(f"the blog had {BLOG_PRESETS[preset].reported:.1%}, once")
    if own.diverged:
        words.append(format_diverged(own.diverged))
    if recipe != reference and reference.key in results and results[reference.key].diverged:
        words.append(f"of the baseline {format_diverged(results[reference.key].diverged)}")
    words.append(f"[look inside]({link_to_inside([recipe])})")
    st.markdown(" · ".join(words), help=HELP)


def format_prospect(recipe: Recipe) -> str:
    """What becomes of a recipe that has no runs."""
    if is_queued(recipe):
        return "its first seed is on its way."
    if open_lab().settings.training == "off":
        return "and training is off on this host."
    return "press Train, and everybody will know."


def is_queued(recipe: Recipe) -> bool:
    """Whether anybody has asked for the recipe."""
    return any(request.run.recipe == recipe for request in open_lab().scheduler.queue())


def find_reference(recipe: Recipe) -> Recipe:
    """The recipe's baseline; for one that is a baseline itself, that of all images with their own labels."""
    return recipe.baseline if recipe.baseline != recipe else Recipe(dataset=recipe.dataset)


def format_reference(recipe: Recipe) -> str:
    """The recipe's reference in words, with its epochs where they are not the usual ones on both sides."""
    return format_baseline(find_reference(recipe), recipe)


def format_baseline(baseline: Recipe, recipe: Recipe) -> str:
    """This baseline beside this recipe in words."""
    epochs = TRICKS["epochs"]
    is_usual = {baseline.epochs, recipe.epochs} == {epochs.default}
    words = "the baseline" if is_usual else f"the baseline of {epochs.say(baseline.epochs)}"
    conditions = [TRICKS[name].say(value) for name, value in baseline.values.items() if TRICKS[name].is_condition]
    return f"{words} with {' and '.join(conditions)}" if conditions else words
