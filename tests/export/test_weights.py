"""Weights with their model card."""

import re

import pytest
import safetensors
import safetensors.torch
import torch

from tests.fakes import finish
from tricks.export.formats import make_weights
from tricks.export.selection import Chosen
from tricks.export.weights import write_card
from tricks.recipe.recipe import Recipe
from tricks.store.results import gather
from tricks.training.datasets import make_toy_set
from tricks.training.evaluation import evaluate


def take_away(trained, tmp_path):
    """The two files, written beside each other."""
    store, run = trained
    files = make_weights([Chosen(recipe=run.recipe)], store)
    for file in files:
        (tmp_path / file.name).write_bytes(file.content)
    return [tmp_path / file.name for file in files]


def test_the_weights_are_the_kept_ones(trained, tmp_path):
    """Every tensor is the same to the bit, and the card is in the file as well as beside it."""
    store, run = trained
    weights, card = take_away(trained, tmp_path)

    kept = safetensors.torch.load_file(store.path(run, ".weights.safetensors"))
    taken = safetensors.torch.load_file(weights)
    with safetensors.safe_open(weights, framework="np") as file:
        metadata = file.metadata()
    assert kept.keys() == taken.keys()
    assert all(torch.equal(kept[name], taken[name]) for name in kept)
    assert (card.read_text(), run.recipe.key, "3") == (metadata["card"], metadata["key"], metadata["seed"])


def test_the_card_says_what_it_is(trained, tmp_path):
    """The card has the recipe, the seed, the accuracy, and what trained it."""
    store, run = trained
    _, card = take_away(trained, tmp_path)
    accuracy = store.find(run).outcome.test_accuracy

    text = card.read_text()

    assert all(words in text for words in (run.recipe.label, "seed 3", f"{accuracy:.2%}", "Test processor", "250"))


def test_the_card_tells_what_its_accuracy_takes():
    """Where mirror images are looked at too the card says that the accuracy is of both together, else nothing of it."""
    plain, mirrored = (
        write_card(finish(recipe, 0, 0.7), gather([]), "file") for recipe in (Recipe(), Recipe(test_flip=True))
    )

    assert "outputs logits:" in plain
    assert "outputs logits; the accuracy is of their mean for an image and its mirror image:" in mirrored


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({}, "those after the last step;"),
        ({"lookahead": True}, "Lookahead's slow ones, which were judged;"),
        ({"lookahead": True, "weight_averaging": 0.99}, "the moving average that was judged;"),
    ],
)
def test_the_card_says_which_weights_it_is_about(values, kept):
    """The weights of a card are those that were judged, and the card calls them by their name."""
    assert f"**Weights:** {kept}" in write_card(finish(Recipe(**values), 0, 0.7), gather([]), "file")


def test_the_card_loads_in_four_lines(trained, tmp_path, monkeypatch):
    """The four lines of the card give the network, which answers as the run did."""
    store, run = trained
    _, card = take_away(trained, tmp_path)
    lines = re.search("```python\n(.+?)\n```", card.read_text(), flags=re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    names = {}

    exec(lines, names)

    assert 4 == len(lines.splitlines())
    accuracy = evaluate(run.recipe, names["model"], make_toy_set()).accuracy
    assert store.find(run).outcome.test_accuracy == accuracy
