"""What happens to a batch of eight images, by the code that cuts batches: before and after."""

from dataclasses import replace

import numpy as np
import torch

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.condition import choose_share, draw_wrong_labels
from tricks.training.data import Draws, build_normalization, cut_batch, draw_epoch, to_floats
from tricks.training.evaluation import answer
from tricks.training.pictures.examples import AT_ONCE, Album

REACH = 2.5  # Deviations from the mean that are shown as white and black, where inputs are normalised.
ON_SHEET = 100
STEADY = ("normalize", "test_flip")  # In these chance has no say.


def draw_images(recipe: Recipe, name: str, draw: int, album: Album) -> dict[str, np.ndarray]:
    """`before` and `after`, [8, 32, 32, 3] bytes, and the `words` below each."""
    if name == "label_noise":
        return draw_labels(recipe, draw, album)
    places = album.choose()
    before, names = album.images[places], [album.class_names[label] for label in album.labels[places]]
    if name == "test_flip":
        inputs, words = show_to_network(recipe, to_floats(before))[-1], names
    else:
        normalization = build_normalization(recipe, before.device)
        draws = replace(draw_eight(recipe, draw), order=places)
        inputs, labels = cut_batch(album.few, draws, torch.arange(len(places)), recipe, normalization)
        words = [format_shares(row, album.class_names) for row in labels] if labels.ndim == 2 else names
    if name == "normalize":
        inputs = 0.5 + inputs / (2 * REACH)
        words = [f"mean {image.mean():+.2f}, deviation {image.std():.2f}" for image in (inputs - 0.5) * 2 * REACH]
    drawn = {} if name in STEADY else {"drawn": np.array(True)}
    return {"before": before.numpy(), "after": to_bytes(inputs), "words": np.array(words)} | drawn


def draw_eight(recipe: Recipe, draw: int) -> Draws:
    """What chance decides for eight images that are one batch."""
    return draw_epoch(Run(recipe=recipe, seed=0), draw, AT_ONCE, AT_ONCE)


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
