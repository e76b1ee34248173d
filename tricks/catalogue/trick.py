"""What a trick is: one described field of a recipe, which can check, read and write its values."""

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Value = bool | int | float | str


@dataclass(frozen=True, kw_only=True)
class PictureKind:
    """What a kind of picture `shows`, in a sentence, and on which further fields of the recipe it depends."""

    shows: str
    depends_on: tuple[str, ...] = ()


# Made by the code that trains (`training/pictures/`), but for the network's drawing, which needs no PyTorch.
PICTURES = {
    "network": PictureKind(
        shows="What the baseline does not have stands out; boxes and bars are to scale, in pixels, channels and units."
    ),
    "images": PictureKind(shows="Eight training images as the network is given them, above without it, below with it."),
    "sheet": PictureKind(shows="A hundred training images; those that are left out are faded."),
    "filters": PictureKind(shows="The first convolution's filters before the training; grey is zero."),
    "rates": PictureKind(
        shows="The learning rate of every step of this recipe.",
        depends_on=("learning_rate", "schedule", "warmup", "epochs", "batch_size", "train_share"),
    ),
    "activation": PictureKind(shows="The function, and dotted its slope, by which gradients are multiplied."),
    "loss": PictureKind(
        shows="The loss of one image by what the network puts out for its class.",
        depends_on=("loss", "label_smoothing"),
    ),
    "path": PictureKind(
        shows="A sketch: a hundred steps of two weights through a valley, by the code that trains. A network has a"
        " hundred thousand weights, and no valley that anybody can draw.",
        depends_on=("optimizer", "learning_rate", "momentum"),
    ),
    "clipping": PictureKind(shows="How far a gradient of each length leads, with a rate of 1 and without momentum."),
    "nearby": PictureKind(
        shows="A sketch: a loss with a narrow dip and a wide one, and for each place the loss where its gradient is"
        " taken. The wide dip stays a dip; the narrow one hardly does."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Trick:
    """What the product knows about one field of a recipe.

    `choices` are the allowed values (None: any number from `minimum` to `maximum`, of which the page offers `picks`);
    `phrase` names the field with a value in a label, with `{}` for the value; `paper` says where the trick comes from;
    `fills_in` has other fields' values that suit a value, and are filled in, visibly, where it is chosen without them.
    `idle_with` has other fields' values with any of which this one has no effect, and `needs` what it is measured with
    where it would have none; `left_out` says why the full recipe leaves it off, if it does. `why` is what it does and
    `helps` when that helps; `picture` is one of PICTURES, or else `no_picture` says why there is none.
    """

    name: str
    default: Value
    title: str
    why: str
    stage: str
    recommended: Value
    helps: str
    paper: str
    phrase: str
    choices: tuple[Value, ...] | None = None
    minimum: float = 0
    maximum: float = math.inf
    picks: tuple[Value, ...] = ()
    headline: bool = False
    fills_in: Mapping[Value, Mapping[str, Value]] = field(default_factory=dict)
    idle_with: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    needs: Mapping[str, Value] = field(default_factory=dict)
    left_out: str = ""
    picture: str = ""
    no_picture: str = ""

    def check(self, value: Any) -> Value:
        """The value in the field's own type; a ValueError names the field and what it allows."""
        kind = type(self.default)
        if kind is float and type(value) is int and self._allows(value):
            return float(value)
        if type(value) is kind and self._allows(value):
            return value
        raise ValueError(f"{self.name} must be {self.allowed}, not {short_repr(value)}")

    def parse(self, text: str) -> Value:
        """The value that a link or the command line writes as `text`."""
        kind = type(self.default)
        if kind in (int, float) and not re.fullmatch(r"[-+.\dEe]+", text, flags=re.ASCII):
            return self.check(text)  # Python's own reading is wider: it takes 1_0, and digits of any script.
        try:
            value = {"true": True, "false": False}.get(text.lower(), text) if kind is bool else kind(text)
        except ValueError:
            value = text
        return self.check(value)

    def write(self, value: Value) -> str:
        """The text that `parse` reads back as `value`."""
        return _write(value)

    def show(self, value: Value) -> str:
        """The value alone, for people: zero and false are off, where the trick starts from there."""
        if isinstance(value, bool):
            return "on" if value else "off"
        return "off" if value == 0 == self.default else self.write(value)

    def say(self, value: Value) -> str:
        """The field with this value in a few words, as labels and legends show it; of one thing in the singular."""
        words = self.phrase.format(self.write(value))
        return words.removesuffix("s") if value == 1 and self.phrase.startswith("{}") else words

    def is_idle(self, recipe: Any) -> bool:
        """Whether the field has no effect in the recipe, whatever its value."""
        return any(getattr(recipe, name) in values for name, values in self.idle_with.items())

    @property
    def idle_words(self) -> str:
        """That it has no effect, and with what, in a few words."""
        others = [f"{name}={_write(value)}" for name, values in self.idle_with.items() for value in values]
        return f"without effect here ({', '.join(others)})"

    @property
    def is_condition(self) -> bool:
        """Whether it is no trick, but asks whether tricks still help under it."""
        return self.stage == "condition"

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        if self.choices:
            return "one of " + ", ".join(self.write(choice) for choice in self.choices)
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        return f"{kind} from {self.minimum:g} to {self.maximum:g}"

    def _allows(self, value: Value) -> bool:
        return value in self.choices if self.choices else self.minimum <= value <= self.maximum


def short_repr(value: Any) -> str:
    """Any value as a message can show it, cut to a sensible length."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _write(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if _is_short(value) else str(value)


def _is_short(value: Value) -> bool:
    """Whether six significant digits say the whole number, so that 0.001 is not written as 1.0e-03."""
    return isinstance(value, float) and float(f"{value:g}") == value


def declare(default: Value, **description: Any) -> Any:
    """A field of a recipe together with its description."""
    if isinstance(default, bool):
        description = {"choices": (False, True), **description}
    return dataclasses.field(default=default, metadata={"trick": {"default": default, **description}})
