"""The network as a drawing in HTML, in which what the baseline does not have stands out."""

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Self

from tricks.charts.theme import GREY
from tricks.recipe.network import Block, Layer, Shape, describe_network
from tricks.recipe.recipe import Recipe

STYLE = """<style>
.network {display:flex; flex-wrap:wrap; gap:.4rem; align-items:stretch; font-size:.8rem; line-height:1.35;
  margin:0;}
.network > div {border:1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius:.5rem;
  padding:.4rem .55rem; flex:0 1 auto;}
.network .block {font-weight:600;}
.network .shape {opacity:.7;}
.network .volume {height:4rem; display:flex; align-items:flex-end; margin-bottom:.25rem;}
.network .bar {height:.4rem; background:currentColor; opacity:.55; border-radius:.1rem; margin:.1rem 0;}
.network .around {display:flex; gap:.6rem; margin:.25rem 0 .1rem;}
.network .around > div:first-child {padding:.3rem 0;}
.network .shortcut {border:2px solid color-mix(in srgb, currentColor 45%, transparent); border-left:none;
  border-radius:0 .6rem .6rem 0; padding-right:.5rem; margin-left:-.4rem; display:flex; align-items:center;}
.network .shortcut::before {content:""; align-self:stretch; width:.7rem;}
.network .new {background:color-mix(in srgb, currentColor 15%, transparent); border-radius:.25rem; padding:0 .25rem;
  margin-left:-.25rem; font-weight:600;}
</style>"""
SIDE_SCALE = 1.25  # Pixels of the drawing for one of an image: 40 for 32.
DEEPEST, USUAL_CHANNELS = 90.0, 256  # Pixels for so many channels, or for the most that a larger network has.
LONGEST, USUAL_UNITS = 110.0, 512  # Pixels for so many units of a dense layer, likewise.
NAMES = {"relu": "ReLU", "leaky-relu": "Leaky ReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU", "celu": "CELU"}
NAMES |= {"mish": "Mish", "hardswish": "Hardswish", "squared-relu": "squared ReLU"}


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Pixels of the drawing for a channel, and for a unit of a dense layer: the same all over a network."""

    channel: float
    unit: float

    @classmethod
    def fit(cls, network: Sequence[Block]) -> Self:
        """The usual scale, or a smaller one for a network that would not fit."""
        shapes = [layer.output_shape for block in network for layer in block.layers]
        channels = max(shape[0] for shape in shapes if len(shape) == 3)
        units = max(layer.output_shape[0] for layer in network[-1].layers if layer.kind == "dense")
        return cls(channel=DEEPEST / max(channels, USUAL_CHANNELS), unit=LONGEST / max(units, USUAL_UNITS))


def draw_network(recipe: Recipe) -> str:
    """The blocks from input to output, each with its layers and the shape that it puts out."""
    baseline = {block.name: block for block in describe_network(Recipe())}
    network = describe_network(recipe)
    scale = Scale.fit(network)
    shape = network[0].body[0].input_shape
    items = [draw_card("image", draw_volume(shape, scale), "", format_shape(shape))]
    items += [draw_block(block, baseline[block.name], scale) for block in network]
    return f"{STYLE}<div class='network' role='list' aria-label='The network, input to output'>{''.join(items)}</div>"


def draw_block(block: Block, baseline: Block, scale: Scale) -> str:
    """One block; a layer stands out when the baseline's block has not as many like it, and a shortcut goes around what
    it skips."""
    known = Counter(format_layer(layer) for layer in baseline.layers)

    def draw_rows(layers: Sequence[Layer], part: str = "") -> str:
        rows = []
        for layer in layers:
            if words := format_layer(layer):
                known[words] -= 1
                css = " class='new'" if known[words] < 0 or part else ""
                bar = draw_bar(layer, scale) if layer.kind == "dense" else ""
                rows.append(f"<div><span{css}>{escape(part + words)}</span></div>{bar}")
        return "".join(rows)

    body = draw_rows(block.body)
    if block.shortcut:
        around = f"<div class='shortcut'><div>{draw_rows(block.shortcut, 'shortcut: ')}</div></div>"
        body = f"<div class='around'><div>{body}</div>{around}</div><div>sum of both</div>"
    volume = draw_volume(block.output_shape, scale) if len(block.output_shape) == 3 else ""
    title = block.name.replace("stage", "stage ")
    return draw_card(title, volume, body + draw_rows(block.tail), format_shape(block.output_shape))


def draw_card(title: str, volume: str, rows: str, shape: str) -> str:
    """An item of the list: what it is, what it puts out as a box, its layers, and the shape."""
    picture = f"<div class='volume' aria-hidden='true'>{volume}</div>"
    return (
        f"<div role='listitem'>{picture}<div class='block'>{escape(title)}</div>{rows}"
        f"<div class='shape'>{escape(shape)}</div></div>"
    )


def draw_volume(shape: Shape, scale: Scale) -> str:
    """A box to scale: as high and wide as the image, as deep as it has channels, seen from the side."""
    channels, height, width = shape
    high, wide, deep = height * SIDE_SCALE, width * SIDE_SCALE * 0.5, max(1.0, channels * scale.channel)
    rise = wide * 0.5  # The image's width leads away from who looks.
    front = f"0,{rise:.1f} {deep:.1f},{rise:.1f} {deep:.1f},{rise + high:.1f} 0,{rise + high:.1f}"
    top = f"0,{rise:.1f} {wide:.1f},0 {wide + deep:.1f},0 {deep:.1f},{rise:.1f}"
    side = f"{deep:.1f},{rise:.1f} {wide + deep:.1f},0 {wide + deep:.1f},{high:.1f} {deep:.1f},{rise + high:.1f}"
    faces = "".join(
        f"<polygon points='{points}' fill='{GREY}' fill-opacity='{opacity}' stroke='{GREY}' stroke-width='.8'/>"
        for points, opacity in ((front, 0.4), (top, 0.2), (side, 0.6))
    )
    size = f"width='{wide + deep + 2:.1f}' height='{rise + high + 2:.1f}'"
    box = f"-1 -1 {wide + deep + 2:.1f} {rise + high + 2:.1f}"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {size} viewBox='{box}'>{faces}</svg>"
    return f"<img alt='' src='data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}'>"


def draw_bar(layer: Layer, scale: Scale) -> str:
    """A dense layer's units, as long as there are many."""
    return (
        f"<div class='bar' aria-hidden='true' style='width:{max(1.0, layer.output_shape[0] * scale.unit):.1f}px'></div>"
    )


def format_layer(layer: Layer) -> str:
    """A layer in a few words; the flattening, which has nothing to tell, has none."""
    match layer.kind:
        case "conv":
            stride = f", stride {layer.stride}" if layer.stride > 1 else ""
            kind = "depthwise conv" if layer.groups > 1 else "conv"
            return f"{kind} {layer.kernel}×{layer.kernel}, {layer.output_shape[0]}{stride}"
        case "dense":
            return f"dense {layer.output_shape[0]}"
        case "batch_norm":
            return "BatchNorm"
        case "group_norm":
            return "group norm"
        case "layer_norm":
            return "layer norm"
        case "instance_norm":
            return "instance norm"
        case "squeeze_excite":
            return "squeeze and excite"
        case "activation":
            return NAMES[layer.option]
        case "max_pool":
            return "max-pool 2×2"
        case "average_pool":
            return "average-pool 2×2"
        case "global_average":
            return "mean of each channel"
        case "dropout":
            return f"dropout {layer.option:g}"
    return ""


def format_shape(shape: Shape) -> str:
    """A shape as height × width × channels, or the number of features."""
    if len(shape) == 1:
        return f"{shape[0]} classes"
    channels, height, width = shape
    return f"{height} × {width} × {channels}"
