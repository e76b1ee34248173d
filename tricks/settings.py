"""What the environment decides: where things lie, and what is trained on."""

import os
from dataclasses import dataclass
from pathlib import Path

DEVICES = ("auto", "cpu", "cuda")
DECODED_COPY = "cifar-10-decoded.safetensors"  # In the data folder, beside the official files.
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The folders of CIFAR-10 and of the cache, and the device: auto, cpu or cuda."""

    data: Path
    cache: Path
    device: str


def read_settings() -> Settings:
    """The settings, each from its TRICKS_ variable or its default beside the code."""
    return Settings(
        data=Path(os.environ.get("TRICKS_DATA") or ROOT / "data"),
        cache=Path(os.environ.get("TRICKS_CACHE") or ROOT / "cache"),
        device=os.environ.get("TRICKS_DEVICE") or "auto",
    )
