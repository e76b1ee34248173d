"""The described network is the one that is built, and its counts are PyTorch's."""

from itertools import product

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tricks.recipe.network import count_flops, count_parameters, describe_network
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.model import build_model

HEADS = [
    {},
    {"conv_width": 0.125, "dense_layers": 4, "dense_width": 8},
    {"conv_width": 2.0, "conv_dropout": 0.2, "dense_dropout": 0.5},
    {"conv_width": 1.3, "dense_layers": 3, "dense_width": 100, "activation": "silu"},
]
STAGES = [
    {"block": block, "batch_norm": batch_norm}
    for block, batch_norm in product(TRICKS["block"].choices, TRICKS["batch_norm"].choices)
]
VALUES = [
    *(preset.values for preset in PRESETS.values()),
    *({**trick.needs, name: trick.recommended} for name, trick in TRICKS.items() if trick.stage == "model"),
    *(
        {**trick.needs, name: value}
        for name, trick in TRICKS.items()
        if trick.stage == "model"
        for value in trick.choices or ()
    ),
    *({"block": block, "pooling": "stride", "kernel": 7} for block in TRICKS["block"].choices),
    *(stage | head for stage, head in product(STAGES, HEADS)),
]
every_network = pytest.mark.parametrize("values", VALUES, ids=str)


def build_without_memory(recipe: Recipe) -> torch.nn.Module:
    """The model with shapes only, which costs no time."""
    with torch.device("meta"):
        return build_model(recipe).eval()


@every_network
def test_parameters_are_pytorch_s(values):
    """The parameters that the page shows are those of the model that is trained."""
    recipe = Recipe(**values)

    model = build_without_memory(recipe)

    assert sum(parameter.numel() for parameter in model.parameters()) == count_parameters(describe_network(recipe))


@every_network
def test_flops_are_pytorch_s(values):
    """The FLOPs that the page shows are those that PyTorch counts in a forward pass of one image."""
    recipe = Recipe(**values)
    model = build_without_memory(recipe)

    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, 3, 32, 32, device="meta"))

    assert counter.get_total_flops() == count_flops(describe_network(recipe))


@every_network
def test_blocks_put_out_what_they_say(values):
    """Every block of the model puts out the shape that the drawing shows."""
    recipe = Recipe(**values)
    images = torch.empty(2, 3, 32, 32, device="meta")
    shapes = []
    model = build_without_memory(recipe)
    for block in model:
        block.register_forward_hook(lambda block, inputs, outputs: shapes.append(tuple(outputs.shape[1:])))

    logits = model(images)

    assert [block.output_shape for block in describe_network(recipe)] == shapes
    assert (2, 10) == logits.shape


@every_network
def test_layers_fit_together(values):
    """Every layer takes the shape that the layer before puts out, and a shortcut ends where its body does."""
    for block in describe_network(Recipe(**values)):
        rows = [block.body + block.tail, block.shortcut + block.tail if block.shortcut else block.body]
        for row in rows:
            assert [layer.output_shape for layer in row[:-1]] == [layer.input_shape for layer in row[1:]]


def test_the_baseline_is_counted_by_hand():
    """The baseline's products are those of three convolutions and two dense layers, counted by hand."""
    convolutions = 3 * 9 * 32 * 32**2 + 32 * 9 * 64 * 16**2 + 64 * 9 * 64 * 8**2
    dense = 1024 * 64 + 64 * 10

    assert 2 * (convolutions + dense) == count_flops(describe_network(Recipe()))


def test_the_shortcut_is_all_that_residual_adds_to_double():
    """Residual blocks are double blocks with three 1x1 convolutions more."""
    double, residual = (
        count_parameters(describe_network(Recipe(block=block, batch_norm="before"))) for block in ("double", "residual")
    )

    assert (3 + 1) * 32 + (32 + 1) * 64 + (64 + 1) * 64 == residual - double


@pytest.mark.parametrize("name", [name for name, trick in TRICKS.items() if trick.stage != "model"])
def test_only_the_network_s_tricks_change_the_network(name):
    """A trick of another stage than the network's leaves the layers as they are."""
    needs = TRICKS[name].needs

    assert describe_network(Recipe(**needs)) == describe_network(Recipe(**needs, **{name: TRICKS[name].recommended}))


@pytest.mark.parametrize("name", [name for name, trick in TRICKS.items() if trick.stage == "model" and name != "init"])
def test_the_network_s_tricks_change_the_network(name):
    """Every trick of the network's stage but the weights' init changes a layer."""
    needs = TRICKS[name].needs

    assert describe_network(Recipe(**needs)) != describe_network(Recipe(**needs, **{name: TRICKS[name].recommended}))
