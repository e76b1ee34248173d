"""What stands on the command line as text and is a value: numbers within their range, folders, devices."""

import argparse
from collections.abc import Callable
from typing import TypeVar

from tricks.catalogue.trick import short_repr
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


def add_cache(parser: argparse.ArgumentParser) -> None:
    """The folder of results."""
    cache, about = read_settings().cache, "where results are kept"
    parser.add_argument("--cache", type=explained(read_path), default=cache, metavar="DIR", help=about)


def add_machine(parser: argparse.ArgumentParser) -> None:
    """Where the images are, and what trains on them."""
    settings, about = read_settings(), "where CIFAR-10 is kept"
    device = settings.devices[0]
    parser.add_argument("--data", type=explained(read_data_folder), default=settings.data, metavar="DIR", help=about)
    parser.add_argument("--device", type=explained(read_device), default=device, metavar="DEVICE", help=DEVICES)


def read_device(text: str) -> str:
    """The device's name (ValueError, one sentence)."""
    check_device(text, "the device")
    return text
