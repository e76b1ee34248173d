"""A recipe's network with its weights as an ONNX file, made without PyTorch.

Input `images` is [images, 3, 32, 32] from 0 to 255, any number of them; output `probabilities` is [images, 10]. All
that happens to test images is inside: normalisation, the mirrored image where the recipe looks at it too, and softmax,
or shares where outputs are trained towards 1 and 0.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from onnx import TensorProto, checker, helper

from tricks.catalogue.datasets import DATASETS
from tricks.export.onnx_layers import Graph, add_layer
from tricks.recipe.layers import Layer
from tricks.recipe.network import Block, describe_network
from tricks.recipe.recipe import Recipe

INPUT, OUTPUT = "images", "probabilities"
PIXELS = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT}
LEAST_SHARE = 1e-6  # Of a class whose output is below 0.
OPSET, IR_VERSION = 20, 9  # The first ones with GELU, and those that belong to them.


def write_onnx(
    recipe: Recipe, weights: Mapping[str, np.ndarray], pixels: str = "uint8", facts: Mapping[str, str] | None = None
) -> bytes:
    """The file, whose input is of the type `pixels`, with some facts as its metadata (KeyError for missing weights)."""
    dataset, graph = DATASETS[recipe.dataset], Graph(weights)
    logits = add_answer(graph, recipe, add_inputs(graph, recipe))
    add_probabilities(graph, recipe, logits)
    images = helper.make_tensor_value_info(INPUT, PIXELS[pixels], [INPUT, *dataset.image_shape])
    answers = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [INPUT, dataset.classes])
    whole = helper.make_graph(graph.nodes, "network", [images], [answers], list(graph.constants.values()))
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(whole, opset_imports=[opset], ir_version=IR_VERSION, producer_name="tricks")
    helper.set_model_props(model, dict(facts or {}))
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


def add_inputs(graph: Graph, recipe: Recipe) -> str:
    """What the network is given: floats from 0 to 1, or normalised."""
    floats = graph.add("Cast", INPUT, to=TensorProto.FLOAT)
    inputs = graph.add("Div", floats, graph.constant(255))
    if not recipe.normalize:
        return inputs
    dataset = DATASETS[recipe.dataset]
    mean, deviation = (
        graph.constant(np.reshape(values, (1, -1, 1, 1))) for values in (dataset.mean, dataset.deviation)
    )
    return graph.add("Div", graph.add("Sub", inputs, mean), deviation)


def add_answer(graph: Graph, recipe: Recipe, inputs: str) -> str:
    """The logits: perhaps the mean with those of the mirror images, which go through the network beside the others."""
    network = describe_network(recipe)
    if not recipe.test_flip:
        return add_network(graph, network, inputs)
    first, beyond, axis, back = (graph.constant([number], np.int64) for number in (-1, -1 << 31, 3, -1))
    mirrored = graph.add("Slice", inputs, first, beyond, axis, back)
    logits = add_network(graph, network, graph.add("Concat", inputs, mirrored, axis=0))
    classes = DATASETS[recipe.dataset].classes
    both = graph.add("Reshape", logits, graph.constant([2, -1, classes], np.int64))
    return graph.add("ReduceMean", both, graph.constant([0], np.int64), keepdims=0)


def add_probabilities(graph: Graph, recipe: Recipe, logits: str) -> None:
    """What the file answers: softmax of the logits, or their shares where a squared loss drew them to 1 and 0."""
    if recipe.loss != "squared":
        graph.nodes.append(helper.make_node("Softmax", [logits], [OUTPUT], OUTPUT, axis=1))
        return
    positive = graph.add("Max", logits, graph.constant(LEAST_SHARE))
    total = graph.add("ReduceSum", positive, graph.constant([1], np.int64), keepdims=1)
    graph.nodes.append(helper.make_node("Div", [positive, total], [OUTPUT], OUTPUT))


def add_network(graph: Graph, network: Sequence[Block], inputs: str) -> str:
    """All blocks, one after the other."""
    for block in network:
        outputs = add_layers(graph, block.body, inputs, f"{block.name}.body")
        if block.shortcut:
            shortcut = add_layers(graph, block.shortcut, inputs, f"{block.name}.shortcut")
            outputs = graph.add("Add", outputs, shortcut)
        inputs = add_layers(graph, block.tail, outputs, f"{block.name}.tail")
    return inputs


def add_layers(graph: Graph, layers: Sequence[Layer], inputs: str, name: str) -> str:
    """Layers in a row, whose weights are named after their kind and place."""
    for place, layer in enumerate(layers):
        inputs = add_layer(graph, layer, inputs, f"{name}.{layer.kind}{place}")
    return inputs
