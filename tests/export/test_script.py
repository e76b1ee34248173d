"""A run's training as one file: it is readable, stands alone, and is the training."""

import ast
import itertools
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache

import pytest
import torch

from tests.fakes import BASELINE
from tests.fakes import finish as finish_run
from tests.mixtures import SMALL, list_mixtures
from tricks.catalogue.trick import Trick
from tricks.export.formats import make_script
from tricks.export.script import write_script
from tricks.export.selection import Chosen
from tricks.recipe.measurements import Losses, Result
from tricks.recipe.presets import BLOG_PRESETS, PRESETS
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.settings import ROOT
from tricks.store.store import Store
from tricks.training.cifar10 import load_cifar10
from tricks.training.data import Dataset
from tricks.training.datasets import finish, make_toy_set
from tricks.training.device import describe_machine, use_threads
from tricks.training.loop import train

FIRST_LOSSES = 200
pytestmark = pytest.mark.usefixtures("one_thread")


def list_recipes() -> list[Recipe]:
    """The blog's settings on a small network, all tricks on, and mixtures that have every choice of every trick."""
    presets = [Recipe(**SMALL | preset.values) for preset in PRESETS.values()]
    everything = {trick.name: trick.recommended for trick in TRICKS.values()}
    return [*presets, Recipe(**everything | SMALL), *list_mixtures()]


def combine(tricks: list[Trick]) -> Recipe:
    """The recipe with all of these at their recommended values."""
    return Recipe(**{trick.name: trick.recommended for trick in tricks})


@pytest.fixture(scope="module")
def few_images() -> Dataset:
    """A few images of the toy set."""
    return Dataset(**{name: tensor[:90] for name, tensor in vars(make_toy_set()).items()})


@cache
def write(recipe: Recipe, seed: int) -> str:
    """The script's text."""
    return write_script(Run(recipe=recipe, seed=seed), None)


def load_script(run: Run) -> dict:
    """What the run's script defines."""
    names = {"__name__": "script"}
    exec(compile(write(run.recipe, run.seed), "script", "exec"), names)
    return names


def list_losses(measured) -> list[float]:
    """All losses among the measurements."""
    return [loss for one in measured if isinstance(one, Losses) for loss in one.losses]


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda recipe: recipe.key[-10:])
def test_the_script_is_the_training(recipe, few_images):
    """Whatever is on, the script has the losses of the run to the bit, step by step, and its accuracy."""
    run = Run(recipe=recipe, seed=1)
    script, measured = load_script(run), list(train(run, few_images))

    losses, accuracy = script["train_run"](script["Dataset"](**vars(few_images)))

    assert torch.equal(torch.tensor(list_losses(measured)), torch.tensor(losses))
    assert [accuracy] == [one.test_accuracy for one in measured if isinstance(one, Result)]


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda recipe: recipe.key[-10:])
def test_a_script_stands_alone(recipe):
    """A script imports the standard library, PyTorch, torchvision and NumPy at most, and names no recipe."""
    text = write(recipe, 1)
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]

    modules = {(getattr(node, "module", None) or node.names[0].name).split(".")[0] for node in imports}

    assert modules <= {"torch", "torchvision", "numpy", *sys.stdlib_module_names}
    assert not re.search(r"\b(recipe|run)\.", re.sub('"""[^"]*"""', "", text))


@pytest.mark.parametrize("preset", BLOG_PRESETS)
def test_a_preset_is_short(preset):
    """The blog's settings are at most 150 lines each, and no line is very long."""
    lines = write_script(Run(recipe=Recipe(**PRESETS[preset].values), seed=0), None).splitlines()

    assert len(lines) <= 150
    assert max(map(len, lines)) <= 125


def test_all_that_combine_is_not_long():
    """The recipe of all tricks that combine is at most 400 lines."""
    recipe = combine([trick for trick in TRICKS.values() if not trick.left_out])

    assert len(write_script(Run(recipe=recipe, seed=0), None).splitlines()) <= 400


@pytest.mark.parametrize(("device", "words"), [("cpu", "has its losses, step by step"), ("cuda", "may differ")])
def test_a_script_says_what_to_expect(device, words):
    """Of a finished run the script says its accuracy, and whether the same machine gives the same losses."""
    one = finish_run(BASELINE, 0, 0.75)
    one = replace(one, machine=replace(one.machine, device=device))

    about = " ".join(ast.get_docstring(ast.parse(write_script(one.run, one))).split())

    assert "a test accuracy of 75.00%" in about and words in about


def test_a_script_has_only_what_its_recipe_has():
    """What the recipe leaves off is not in the script, and what it has is."""
    off, on = (write_script(Run(recipe=recipe, seed=0), None) for recipe in (Recipe(), Recipe(flip=True, cutout=8)))

    assert not re.search("flip|cut_out|Average|GroupNorm|Dropout", off)
    assert re.search("def flip", on) and re.search("def cut_out", on)


@pytest.mark.slow
def test_a_script_runs_beside_its_images(trained, tmp_path):
    """Run as a program where it was written, the script ends with the accuracy of the run."""
    store, run = trained
    script, images = make_script([Chosen(recipe=run.recipe)], store)
    for file in (script, images):
        (tmp_path / file.name).write_bytes(file.content)

    ran = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True)

    assert ("", "toy.pt") == (ran.stderr, images.name)
    assert f"accuracy {store.find(run).outcome.test_accuracy:.2%}" in ran.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.cifar10
@pytest.mark.parametrize("preset", ["baseline", "bn-before"])
def test_the_script_begins_as_the_run_on_cifar10(preset, cifar10_folder):
    """On CIFAR-10 the first 200 losses are those of the training; of the committed run, too, on the same machine."""
    run = Run(recipe=Recipe(**PRESETS[preset].values), seed=0)
    record = Store(ROOT / "cache").read(run)
    use_threads(record.machine.threads)
    images, script, losses = finish(load_cifar10(cifar10_folder)), load_script(run), []
    learn = script["learn_batch"]

    def learn_some(*arguments):
        if len(losses) == FIRST_LOSSES:
            raise StopIteration
        loss = learn(*arguments)
        losses.append(loss.item())
        return loss

    script["learn_batch"] = learn_some
    with pytest.raises(StopIteration):
        script["train_run"](script["Dataset"](**vars(images)))
    chunks = (one.losses for one in train(run, images) if isinstance(one, Losses))

    assert list(itertools.islice(itertools.chain.from_iterable(chunks), FIRST_LOSSES)) == losses
    here = describe_machine(torch.device("cpu"))
    if (here.name, here.torch) == (record.machine.name, record.machine.torch):
        assert record.losses[:FIRST_LOSSES] == [round(loss, 3) for loss in losses]
