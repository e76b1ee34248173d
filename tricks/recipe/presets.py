"""Names for some values: the blog's eight settings, a strong recipe of the lab's own, and all tricks that combine."""

from dataclasses import dataclass

from tricks.catalogue.trick import Value
from tricks.recipe.recipe import TRICKS, Recipe


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A name for some values; `reported` is the accuracy that the 2021 post gives for it, None where it has none."""

    title: str
    values: dict[str, Value]
    reported: float | None = None


BLOG_PRESETS = {
    "baseline": Preset(title="baseline", values={}, reported=0.705),
    "wider": Preset(title="wider", values={"dense_width": 512}, reported=0.742),
    "deeper": Preset(title="deeper", values={"dense_width": 512, "dense_layers": 2}, reported=0.732),
    "bn-before": Preset(title="BatchNorm before ReLU", values={"batch_norm": "before"}, reported=0.752),
    "bn-after": Preset(title="BatchNorm after ReLU", values={"batch_norm": "after"}, reported=0.745),
    "residual": Preset(
        title="residual + BatchNorm before ReLU", values={"batch_norm": "before", "block": "residual"}, reported=0.810
    ),
    "grad-clip": Preset(title="gradient clipping 1", values={"grad_clip": 1.0}, reported=0.728),
    "batch-128": Preset(title="batch 128", values={"batch_size": 128}, reported=0.707),
}

# Ten epochs and at most 250,000 parameters, as the blog's best. BatchNorm with a second convolution brings most;
# whitening, averaged weights and mirrored test images help alone and cost no parameter; the others are usual in short
# trainings.
STRONG = Preset(
    title="strong",
    values={
        "batch_norm": "before",
        "block": "double",
        "whiten": True,
        "flip": True,
        "learning_rate": 4e-3,
        "schedule": "one-cycle",
        "weight_averaging": 0.99,
        "test_flip": True,
    },
)

PRESETS = {**BLOG_PRESETS, "strong": STRONG}

COMBINED: dict[str, Value] = {name: trick.recommended for name, trick in TRICKS.items() if not trick.left_out}


def find_preset(name: str) -> Preset:
    """The preset with this name (ValueError, one sentence)."""
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}: the presets are {', '.join(PRESETS)}")
    return PRESETS[name]


def name_preset(recipe: Recipe) -> str | None:
    """The name of the preset that has exactly this recipe's values."""
    return next((name for name, preset in PRESETS.items() if preset.values == recipe.values), None)
