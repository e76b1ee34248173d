"""The plain training: it is the training."""

import pytest
import torch

from tests.mixtures import list_mixtures
from tricks.recipe.measurements import Losses, Result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.data import Dataset
from tricks.training.datasets import make_toy_set
from tricks.training.loop import train
from tricks.training.textbook import load_images, train_run

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def few_images() -> Dataset:
    """A few images of the toy set."""
    return Dataset(**{name: tensor[:90] for name, tensor in vars(make_toy_set()).items()})


@pytest.mark.parametrize("recipe", list_mixtures(), ids=lambda recipe: recipe.key[-10:])
def test_the_plain_training_is_the_training(recipe, few_images):
    """Whatever is on, every loss and the accuracy are those of the training that streams and resumes."""
    run = Run(recipe=recipe, seed=1)
    measured = list(train(run, few_images))
    expected = [loss for one in measured if isinstance(one, Losses) for loss in one.losses]

    losses, accuracy = train_run(run, few_images)

    assert torch.equal(torch.tensor(expected), torch.tensor(losses))
    assert [accuracy] == [one.test_accuracy for one in measured if isinstance(one, Result)]


def test_images_that_lie_there_are_loaded(tmp_path):
    """The images of the toy set are read from a file of PyTorch's."""
    dataset = make_toy_set()
    torch.save(vars(dataset), tmp_path / "toy.pt")

    loaded = load_images(Recipe(dataset="toy"), tmp_path)

    assert all(torch.equal(tensor, getattr(loaded, name)) for name, tensor in vars(dataset).items())
