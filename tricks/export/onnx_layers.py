"""The layers of `recipe/layers.py` as nodes of ONNX, https://onnx.ai/onnx/operators/.

A node is given the name of the tensor before it, and gives the name of the one after it.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tricks.recipe.layers import Layer

EPSILON = 1e-5  # What PyTorch's norms add to variances.


class Graph:
    """Nodes and constants as they come; every tensor has a name of its own, and weights those of the run's file."""

    def __init__(self, weights: Mapping[str, np.ndarray]):
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}
        self._weights = weights

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        """A node over these tensors; returns the name of what it puts out."""
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def weight(self, name: str) -> str:
        """A weight of the run (KeyError where there is none of this name)."""
        return self._keep(name, self._weights[name])

    def constant(self, values: object, kind: type = np.float32) -> str:
        """A constant tensor."""
        return self._keep(f"constant{len(self.constants)}", np.asarray(values, dtype=kind))

    def _keep(self, name: str, values: np.ndarray) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name


def add_layer(graph: Graph, layer: Layer, inputs: str, name: str) -> str:
    """The layer's nodes; `name` is what its weights' names begin with."""
    match layer.kind:
        case "conv":
            pads, strides = [layer.kernel // 2] * 4, [layer.stride] * 2
            weights = [graph.weight(f"{name}.{part}") for part in ("weight", "bias")]
            return graph.add("Conv", inputs, *weights, pads=pads, strides=strides, group=layer.groups)
        case "dense":
            return add_dense(graph, inputs, name)
        case "batch_norm":
            weights = [graph.weight(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
            return graph.add("BatchNormalization", inputs, *weights, epsilon=EPSILON)
        case "group_norm" | "layer_norm" | "instance_norm":
            return add_norm(graph, layer, inputs, name)
        case "squeeze_excite":
            return add_squeeze_excite(graph, inputs, name)
        case "activation":
            return ACTIVATIONS[str(layer.option)](graph, inputs)
        case "max_pool" | "average_pool":
            kind = "MaxPool" if layer.kind == "max_pool" else "AveragePool"
            return graph.add(kind, inputs, kernel_shape=[layer.kernel] * 2, strides=[layer.kernel] * 2)
        case "global_average":
            return graph.add("Flatten", graph.add("GlobalAveragePool", inputs))
        case "dropout":
            return inputs  # Only trainings drop.
        case "flatten":
            return graph.add("Flatten", inputs)
    raise ValueError(f"layer {layer.kind} has no nodes")


def add_dense(graph: Graph, inputs: str, name: str) -> str:
    """A dense layer, [images, features]."""
    return graph.add("Gemm", inputs, graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias"), transB=1)


def add_norm(graph: Graph, layer: Layer, inputs: str, name: str) -> str:
    """A norm over groups of one image's channels: each group is normalised as if it were one channel, then scaled."""
    channels, height, width = layer.input_shape
    groups = {"group_norm": math.gcd(8, channels), "layer_norm": 1, "instance_norm": channels}[layer.kind]
    grouped = graph.add("Reshape", inputs, graph.constant([0, groups, -1], np.int64))
    ones, zeros = graph.constant(np.ones(groups)), graph.constant(np.zeros(groups))
    normalized = graph.add("InstanceNormalization", grouped, ones, zeros, epsilon=EPSILON)
    images = graph.add("Reshape", normalized, graph.constant([0, channels, height, width], np.int64))
    axes = graph.constant([1, 2], np.int64)
    scale, shift = (graph.add("Unsqueeze", graph.weight(f"{name}.{part}"), axes) for part in ("weight", "bias"))
    return graph.add("Add", graph.add("Mul", images, scale), shift)


def add_squeeze_excite(graph: Graph, inputs: str, name: str) -> str:
    """Every channel times a share that two dense layers find from all channels' means."""
    means = graph.add("Flatten", graph.add("GlobalAveragePool", inputs))
    squeezed = graph.add("Relu", add_dense(graph, means, f"{name}.squeeze"))
    shares = graph.add("Sigmoid", add_dense(graph, squeezed, f"{name}.excite"))
    return graph.add("Mul", inputs, graph.add("Unsqueeze", shares, graph.constant([2, 3], np.int64)))


def square(graph: Graph, inputs: str) -> str:
    """The square of what is above zero."""
    positive = graph.add("Relu", inputs)
    return graph.add("Mul", positive, positive)


ACTIVATIONS: dict[str, Callable[[Graph, str], str]] = {
    "relu": lambda graph, inputs: graph.add("Relu", inputs),
    "leaky-relu": lambda graph, inputs: graph.add("LeakyRelu", inputs, alpha=0.01),
    "elu": lambda graph, inputs: graph.add("Elu", inputs),
    "gelu": lambda graph, inputs: graph.add("Gelu", inputs),
    "silu": lambda graph, inputs: graph.add("Mul", inputs, graph.add("Sigmoid", inputs)),
    "celu": lambda graph, inputs: graph.add("Celu", inputs),
    "mish": lambda graph, inputs: graph.add("Mish", inputs),
    "hardswish": lambda graph, inputs: graph.add("HardSwish", inputs),
    "squared-relu": square,
}
