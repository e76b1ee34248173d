"""Drawings in HTML: the network, where what the baseline does not have stands out, legends, and how far a run is."""

from collections import Counter
from collections.abc import Mapping
from html import escape
from types import MappingProxyType

from tricks.recipe.network import Block, Layer, Shape, describe_network
from tricks.recipe.recipe import Recipe

STYLE = """<style>
.network {display:flex; flex-wrap:wrap; gap:.4rem; align-items:stretch; font-size:.8rem; line-height:1.35;
  margin:0;}
.network > div {border:1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius:.5rem;
  padding:.4rem .55rem; flex:0 1 auto;}
.network .block {font-weight:600;}
.network .shape {opacity:.7;}
.network .new {background:color-mix(in srgb, currentColor 15%, transparent); border-radius:.25rem; padding:0 .25rem;
  margin-left:-.25rem; font-weight:600;}
</style>"""
NAMES = {"relu": "ReLU", "leaky-relu": "Leaky ReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU", "celu": "CELU"}
NAMES |= {"mish": "Mish", "hardswish": "Hardswish", "squared-relu": "squared ReLU"}


def draw_network(recipe: Recipe) -> str:
    """The blocks from input to output, each with its layers and the shape that it puts out."""
    baseline = {block.name: block for block in describe_network(Recipe())}
    items = ["<div role='listitem'><div class='block'>image</div><div class='shape'>32 × 32 × 3</div></div>"]
    items += [draw_block(block, baseline[block.name]) for block in describe_network(recipe)]
    return f"{STYLE}<div class='network' role='list' aria-label='The network, input to output'>{''.join(items)}</div>"


def draw_legend(colors: dict[str, str], glyphs: Mapping[str, str] = MappingProxyType({})) -> str:
    """A legend that wraps: beside each label its glyph in its colour, by default a dot."""
    items = [
        f"<span role='listitem'><span style='color:{color}' aria-hidden='true'>{glyphs.get(label, '●')}</span>"
        f" {escape(label)}</span>"
        for label, color in colors.items()
    ]
    style = "display:flex; flex-wrap:wrap; gap:.1rem 1rem; font-size:.85rem"
    return f"<div role='list' aria-label='Legend' style='{style}'>{''.join(items)}</div>"


def draw_progress(share: float, words: str) -> str:
    """A bar that is filled by this share, from 0 to 1, below the words that say of what."""
    percent = round(100 * share)
    track = "height:.5rem; border-radius:.5rem; background:color-mix(in srgb, currentColor 15%, transparent)"
    bar = f"width:{percent}%; height:100%; border-radius:inherit; background:currentColor; opacity:.7"
    return (
        f"<div style='font-size:.875rem; margin-bottom:.35rem'>{escape(words)}</div>"
        f"<div role='progressbar' aria-label='{escape(words)}' aria-valuenow='{percent}' aria-valuemin='0'"
        f" aria-valuemax='100' style='{track}'><div style='{bar}'></div></div>"
    )


def draw_block(block: Block, baseline: Block) -> str:
    """One block; a layer stands out when the baseline's block has not as many like it."""
    known = Counter(format_layer(layer) for layer in baseline.layers)
    rows = []
    for part, layers in (("", block.body), ("shortcut: ", block.shortcut), ("", block.tail)):
        for layer in layers:
            words = format_layer(layer)
            if not words:
                continue
            known[words] -= 1
            css = " class='new'" if known[words] < 0 or part else ""
            rows.append(f"<div><span{css}>{escape(part + words)}</span></div>")
    title = block.name.replace("stage", "stage ")
    shape = f"<div class='shape'>{escape(format_shape(block.output_shape))}</div>"
    return f"<div role='listitem'><div class='block'>{escape(title)}</div>{''.join(rows)}{shape}</div>"


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
