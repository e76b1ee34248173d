"""Inside: where a recipe errs, by class and image by image; and what two recipes do differently."""

import streamlit as st

from tricks.analysis.compare import format_diverged
from tricks.analysis.predictions import Predictions
from tricks.catalogue.datasets import DATASETS
from tricks.charts.predictions import SHOWN, class_spec, confusion_spec
from tricks.lab import open_lab
from tricks.pages.inside.one import show_one_recipe
from tricks.pages.inside.own_image import show_own_image
from tricks.pages.inside.readings import find_predictions, has_pixels, open_images
from tricks.pages.inside.selection import PAGE_NAMES, choose_one_or_two
from tricks.pages.inside.two import show_two
from tricks.pages.sessions.page_lock import refresh
from tricks.pages.shared.links import link_to
from tricks.pages.shared.recipes import find_recipes
from tricks.pages.shared.text import plain
from tricks.recipe.recipe import Recipe


def prepare() -> None:
    """Makes once what every visit needs, so that the first visitor does not wait for it."""
    confusion_spec()
    for shown in SHOWN:
        class_spec(shown)
    has_pixels(open_images(Recipe().dataset))


def show() -> None:
    """The page, top to bottom."""
    st.title("Inside", anchor=False)
    notices = st.container()
    known = {key: result.recipe for key, result in open_lab().results().items()}
    recipes = find_recipes(known, PAGE_NAMES, notices)
    if not recipes:
        st.info("Nothing has been trained yet: press Train on the first page.", icon=":material/explore:")
        return
    chosen = choose_one_or_two(recipes)
    refresh(show_inside)(chosen)
    refresh(show_own_image)(chosen)


def show_inside(recipes: list[Recipe]) -> None:
    """What there is to see of one recipe, or of two beside each other; or what is missing for it."""
    if len({recipe.dataset for recipe in recipes}) > 1:
        st.info("The two have learned other images, so there is nothing to compare.", icon=":material/compare_arrows:")
        return
    images = open_images(recipes[0].dataset)
    each = [find_predictions(recipe, images) for recipe in recipes]
    for of in each:
        show_missing_runs(of)
    if not all(of.seeds for of in each):
        return
    if not has_pixels(images):
        show_missing_images(recipes[0])
    if len(each) == 1:
        show_one_recipe(each[0], images)
    else:
        show_two(each[0], each[1], images)


def show_missing_images(recipe: Recipe) -> None:
    """That there are no images, and how they come."""
    title = DATASETS[recipe.dataset].title
    way = (
        "TRICKS_DATA may name a folder that has them"
        if open_lab().settings.training == "off"
        else f"they come with the next [training on {title}]({link_to(Recipe(dataset=recipe.dataset))})"
    )
    st.info(
        f"The test images of {title} are not on this host yet, so there are figures alone: {way}.",
        icon=":material/image_not_supported:",
    )


def show_missing_runs(of: Predictions) -> None:
    """Which predictions are not there, or of diverged runs; and where there are none at all, what to do."""
    label, way = plain(of.recipe.label), f"[train a seed of it]({link_to(of.recipe)})"
    if not of.seeds and not of.missing:
        st.info(f"No run of {label} is finished yet: {way}, and look inside.", icon=":material/explore:")
    elif not of.seeds:
        st.info(
            f"No predictions of {label} are kept, since they were deleted to make room, or are damaged: {way}.",
            icon=":material/delete_sweep:",
        )
    elif of.missing:
        seeds = ", ".join(map(str, of.missing))
        st.caption(plain(f"Of {of.recipe.label}, the predictions of seed {seeds} are not kept, and do not count here."))
    diverged = open_lab().results()[of.recipe.key].diverged if of.seeds else []
    if diverged:
        st.caption(plain(f"Of {of.recipe.label}, {format_diverged(diverged)}; it counts with what its weights say."))
