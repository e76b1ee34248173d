"""What stands on the command line as text and is a value: numbers within their range, folders, devices, recipes."""

import argparse
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TypeVar

from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.trick import short_repr
from tricks.recipe.presets import PRESETS, find_preset
from tricks.recipe.recipe import TRICKS, Recipe, fill_in, parse_values
from tricks.settings import DEVICES, check_device, read_data_folder, read_path, read_settings

Value = TypeVar("Value")

NAMED = "a preset, FIELD=VALUE,…, or a key in the cache"


def number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], float]:
    """Reads a number of this kind from `low` to `high`; any other text is refused in one sentence."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            name = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"must be {name} from {low:,} to {high:,}, not {short_repr(text)}")
        return value

    return read


def explained(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """Lets argparse say what `parse` says in its ValueError."""

    def read(text: str) -> Value:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def add_cache(parser: ArgumentParser) -> None:
    """The folder of results."""
    cache, about = read_settings().cache, "where results are kept"
    parser.add_argument("--cache", type=explained(read_path), default=cache, metavar="DIR", help=about)


def add_machine(parser: ArgumentParser) -> None:
    """Where the images are, and what trains on them."""
    settings, about = read_settings(), "where CIFAR-10 is kept"
    device = settings.devices[0]
    parser.add_argument("--data", type=explained(read_data_folder), default=settings.data, metavar="DIR", help=about)
    parser.add_argument("--device", type=explained(read_device), default=device, metavar="DEVICE", help=DEVICES)


def read_device(text: str) -> str:
    """The device's name (ValueError, one sentence)."""
    check_device(text, "the device")
    return text


def add_recipe(parser: ArgumentParser) -> None:
    """The arguments that make up a recipe."""
    parser.add_argument("--preset", default="baseline", metavar="P", help=f"one of {', '.join(PRESETS)}")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a trick; see `list`")
    parser.add_argument("--dataset", default="cifar10", metavar="D", help=f"one of {', '.join(DATASETS)}")


def read_recipe(options: Namespace) -> Recipe:
    """The recipe that the arguments describe (ValueError, one sentence)."""
    texts = {}
    for setting in options.set:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ValueError(f"--set takes NAME=VALUE, not {setting!r}")
        texts[name] = text
    chosen = parse_values(texts)
    values = fill_in(chosen)
    recipe = Recipe(dataset=options.dataset, **{**find_preset(options.preset).values, **values})
    for name, value in values.items():
        if name not in chosen:
            cause = next(each for each in chosen if name in TRICKS[each].fills_in.get(chosen[each], {}))
            print(f"{name} is set to {TRICKS[name].write(value)}, recommended for {chosen[cause]}", file=sys.stderr)
    for name in recipe.idle:
        if name in chosen:
            print(f"{name} is {TRICKS[name].idle_words}, and stays off", file=sys.stderr)
    return recipe
