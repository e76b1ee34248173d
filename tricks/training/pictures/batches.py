"""What happens to a batch of eight images, by the code that cuts batches: before and after."""

from dataclasses import replace

import numpy as np
import torch

from tricks.recipe.picture import switch_off
from tricks.recipe.recipe import Recipe, find_trick
from tricks.recipe.run import Run
from tricks.training.condition import choose_share, draw_wrong_labels
from tricks.training.data import Batch, build_normalization, cut_batch, draw_epoch
from tricks.training.evaluation import answer
from tricks.training.pictures.examples import AT_ONCE, Album

REACH = 2.5  # Deviations from the mean that are shown as white and black, where inputs are normalised.
ON_SHEET = 100
STEADY = ("normalize", "test_flip")  # In these chance has no say.


def draw_images(recipe: Recipe, name: str, draw: int, album: Album) -> dict[str, np.ndarray]:
    """`before` and `after`, [8, 32, 32, 3] bytes, without the trick and with it, and the `words` below each."""
    if name == "label_noise":
        return draw_labels(recipe, draw, album)
    places = album.choose()
    words = [album.class_names[label] for label in album.labels[places]]
    before, _ = cut_eight(switch_off(find_trick(name), recipe), draw, places, album)
    after, labels = cut_eight(recipe, draw, places, album)
    if name == "test_flip":
        after = show_to_network(recipe, before)[-1]
    if name == "normalize":
        words = [f"mean {image.mean():+.2f}, deviation {image.std():.2f}" for image in after]
        after = 0.5 + after / (2 * REACH)
    if labels.ndim == 2:
        words = [format_shares(row, album.class_names) for row in labels]
    drawn = {} if name in STEADY else {"drawn": np.array(True)}
    return {"before": to_bytes(before), "after": to_bytes(after), "words": np.array(words)} | drawn


def cut_eight(recipe: Recipe, draw: int, places: torch.Tensor, album: Album) -> Batch:
    """The eight images at these places, as one batch of the recipe's training."""
    draws = draw_epoch(Run(recipe=recipe, seed=0), draw, AT_ONCE, AT_ONCE)
    normalization = build_normalization(recipe, album.images.device)
    return cut_batch(album.few, replace(draws, order=places), torch.arange(len(places)), recipe, normalization)


def show_to_network(recipe: Recipe, inputs: torch.Tensor) -> list[torch.Tensor]:
    """What the evaluation shows to a network, one after the other."""
    shown: list[torch.Tensor] = []

    def look(images: torch.Tensor) -> torch.Tensor:
        shown.append(images)
        return torch.zeros(len(images), 1)

    answer(recipe, look, inputs)
    return shown


def draw_labels(recipe: Recipe, draw: int, album: Album) -> dict[str, np.ndarray]:
    """Eight images with the labels that they are trained with; of those with wrong ones the right ones too."""
    places = album.choose(draw * AT_ONCE % len(album.images))
    noisy = draw_wrong_labels(album.labels, recipe.label_noise, len(album.class_names))
    words = []
    for right, label in zip(album.labels[places], noisy[places], strict=True):
        words.append(f"{album.class_names[label]}" + ("" if right == label else f", not {album.class_names[right]}"))
    images = album.images[places].numpy()
    return {"before": images, "after": images, "words": np.array(words), "drawn": np.array(True)}


def draw_sheet(recipe: Recipe, name: str, draw: int, album: Album) -> dict[str, np.ndarray]:
    """A hundred `images`, [100, 32, 32, 3] bytes, and which of them are `kept`, [100]."""
    start = draw * ON_SHEET % (len(album.images) - ON_SHEET + 1)
    kept = torch.zeros(len(album.labels), dtype=torch.bool)
    kept[choose_share(album.labels, recipe.train_share)] = True
    sheet = slice(start, start + ON_SHEET)
    return {"images": album.images[sheet].numpy(), "kept": kept[sheet].numpy(), "drawn": np.array(True)}


def format_shares(shares: torch.Tensor, names: tuple[str, ...]) -> str:
    """Each class's share of a label, the largest first."""
    found = [(float(share), name) for share, name in zip(shares, names, strict=True) if share > 0]
    return (
        ", ".join(f"{name} {share:.0%}" for share, name in sorted(found, reverse=True))
        if len(found) > 1
        else (found[0][1])
    )


def to_bytes(inputs: torch.Tensor) -> np.ndarray:
    """Floats from 0 to 1, [images, 3, 32, 32], as bytes, [images, 32, 32, 3]; beyond that they are black or white."""
    return (255 * inputs).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().numpy()
