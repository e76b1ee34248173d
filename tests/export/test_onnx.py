"""Networks as ONNX: they answer as PyTorch's do, and as the runs did."""

import zlib

import numpy as np
import onnxruntime
import pytest
import safetensors.numpy
import torch
from torch import nn

from tricks.export.formats import make_onnx
from tricks.export.onnx import write_onnx
from tricks.export.selection import Chosen
from tricks.recipe.network import describe_network
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.settings import ROOT
from tricks.store.files import WEIGHTS
from tricks.store.store import Store
from tricks.training.cifar10 import load_cifar10
from tricks.training.data import build_normalization, to_inputs
from tricks.training.datasets import finish, make_toy_set
from tricks.training.evaluation import answer
from tricks.training.model import build_model

TINY = {"dataset": "toy", "conv_width": 0.25, "dense_width": 16}
KEPT = sorted(path.name.removesuffix(WEIGHTS) for path in (ROOT / "cache").glob(f"cifar10*{WEIGHTS}"))
pytestmark = pytest.mark.usefixtures("one_thread")


def list_networks() -> list[Recipe]:
    """Every network, preparation of its inputs, and judgement that some value of some trick leads to."""
    recipes = [
        Recipe(**TINY | extra | dict(trick.needs) | {trick.name: value})
        for trick in TRICKS.values()
        for value in dict.fromkeys([*(trick.choices or trick.picks), trick.recommended])
        for extra in ({}, {"batch_norm": "before", "block": "residual", "dense_layers": 2})
    ]
    return list({(describe_network(one), one.normalize, one.test_flip, one.loss): one for one in recipes}.values())


def run_onnx(content: bytes, images: np.ndarray) -> np.ndarray:
    """What the network answers, [images, 10]."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"images": images})[0]


def randomize(model: nn.Module) -> dict[str, np.ndarray]:
    """Draws every weight and statistic of the model anew, none of them neutral; its tensors by name."""
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.GroupNorm):
            for tensor in (value for value in module.state_dict().values() if value.is_floating_point()):
                tensor.uniform_(0.5, 1.5, generator=generator)
    return {name: tensor.numpy() for name, tensor in model.state_dict().items()}


def answer_torch(recipe: Recipe, model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What PyTorch's network answers, as test images are judged."""
    inputs = to_inputs(images, build_normalization(recipe, images.device))
    with torch.no_grad():
        logits = answer(recipe, model.eval(), inputs)
    if recipe.loss != "squared":
        return logits.softmax(1)
    shares = logits.clamp(min=1e-6)
    return shares / shares.sum(1, keepdim=True)


@pytest.mark.parametrize("recipe", list_networks(), ids=lambda recipe: recipe.key)
def test_every_network_answers_as_with_pytorch(recipe):
    """Whatever the recipe, the probabilities of some images are PyTorch's, with weights that are not neutral."""
    torch.manual_seed(zlib.crc32(recipe.key.encode()))
    model, images = build_model(recipe), make_images()
    weights = randomize(model)

    probabilities = run_onnx(write_onnx(recipe, weights), images.permute(0, 3, 1, 2).numpy())

    assert np.allclose(answer_torch(recipe, model, images), probabilities, atol=2e-6)


def test_a_sure_answer_of_the_squared_loss_is_near_one():
    """A network that the squared loss has brought to 1 for a class and to 0 for all others is sure, not at 23%."""
    recipe = Recipe(**TINY, loss="squared")
    weights = {name: np.zeros_like(tensor) for name, tensor in randomize(build_model(recipe)).items()}
    weights[list(weights)[-1]][3] = 1  # The bias of class 3 in the last layer.

    probabilities = run_onnx(write_onnx(recipe, weights), make_images().permute(0, 3, 1, 2).numpy())

    assert np.allclose(np.eye(10)[3], probabilities, atol=1e-4)


def make_images() -> torch.Tensor:
    """Seven images, [7, 32, 32, 3]."""
    return torch.randint(256, (7, 32, 32, 3), generator=torch.Generator().manual_seed(1)).byte()


@pytest.mark.parametrize(("pixels", "count"), [("uint8", 1), ("uint8", 3), ("float32", 1), ("float32", 3)])
def test_images_are_bytes_or_floats(pixels, count):
    """Images come as bytes or as floats from 0 to 255, any number of them, and probabilities sum to one."""
    recipe = Recipe(**TINY, test_flip=True, normalize=True)
    weights = randomize(build_model(recipe))
    images = make_images()[:count].permute(0, 3, 1, 2).numpy()

    probabilities = run_onnx(write_onnx(recipe, weights, pixels), images.astype(pixels))

    assert (count, 10) == probabilities.shape
    assert np.allclose(1, probabilities.sum(1))
    assert np.allclose(run_onnx(write_onnx(recipe, weights), images), probabilities, atol=1e-7)


def test_a_run_is_taken_away(trained):
    """A run's file gives the predictions that are kept for the test images."""
    store, run = trained
    [file] = make_onnx([Chosen(recipe=run.recipe)], store)
    predictions = safetensors.numpy.load(store.path(run, ".predictions.safetensors").read_bytes())["classes"]

    probabilities = run_onnx(file.content, make_toy_set().test_images.permute(0, 3, 1, 2).numpy())

    assert f"{run.name}.onnx" == file.name
    assert (predictions == probabilities.argmax(1)).all()


@pytest.mark.slow
@pytest.mark.cifar10
@pytest.mark.parametrize("name", KEPT)
def test_kept_runs_answer_as_they_did(name, cifar10_folder):
    """Of the 10,000 test images at least 9,999 get the class that the committed run gave them."""
    store = Store(ROOT / "cache")
    [one] = [one for one in store.finished() if one.run.name == name]
    images = finish(load_cifar10(cifar10_folder)).test_images.permute(0, 3, 1, 2).contiguous()
    content = write_onnx(one.run.recipe, safetensors.numpy.load(store.path(one.run, WEIGHTS).read_bytes()))

    classes = np.concatenate([run_onnx(content, part.numpy()).argmax(1) for part in images.split(1000)])

    kept = safetensors.numpy.load(store.path(one.run, ".predictions.safetensors").read_bytes())["classes"]
    assert 9_999 <= (kept == classes).sum()
