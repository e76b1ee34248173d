"""What the environment decides: where things lie, what is trained on, and who may train how much."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

DEVICES = "auto, cpu, cuda or cuda:NUMBER"
TRAINING = ("open", "signed-in", "off")
ENGINES = ("local", "ray")
LOGS = ("off", "json")
OFFICIAL_FILES = "cifar-10-batches-py"  # The folder's name in CIFAR-10's archive; it stands in the data folder.
CLASS = 40  # So many visitors behind one address are no fewer than a class.
VISITOR = 0.1  # Of the cache's size are one visitor's weights, where the operator says nothing else.
DECODED_COPY = "cifar-10-decoded.safetensors"  # In the data folder, beside the official files.
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The environment's word.

    At most `slots` trainings share each of the `devices` (0: as many as it has room for), of this machine or of the Ray
    cluster at `ray_address` (empty: a Ray that is started here), as `engine` says. `training` says who may train:
    everybody, who is signed in, or nobody. `limits` is the least and the most that a visitor can ask for, as
    `limits.py` reads it; `queue_minutes` what they can have waiting, and `address_minutes` what all can who come from
    one address; `cache_bytes` what the cache may take, and `visitor_bytes` weights and checkpoints of one visitor's
    runs (None: no end); `banner` is a sentence of the operator's on every page, `log` whether events are told as JSON,
    `metrics_port` where Prometheus asks (0: nowhere), and `host` the one name that the server answers to (empty: any).
    """

    data: Path
    cache: Path
    devices: tuple[str, ...] = ("auto",)
    slots: int = 0
    engine: str = "local"
    ray_address: str = ""
    training: str = "open"
    limits: str = ""
    queue_minutes: float = 240.0
    address_minutes: float = CLASS * 240.0
    cache_bytes: int | None = None
    visitor_bytes: int | None = None
    banner: str = ""
    host: str = ""
    log: str = "off"
    metrics_port: int = 0


def read_settings() -> Settings:
    """The settings, each from its TRICKS_ variable or its default (ValueError, one sentence)."""
    training = read_one_of("TRICKS_TRAINING", TRAINING)
    devices = tuple((os.environ.get("TRICKS_DEVICE") or "auto").replace(" ", "").split(","))
    for device in devices:
        check_device(device, "TRICKS_DEVICE")
    queue_minutes = read_number("TRICKS_QUEUE_MINUTES", 240)
    gigabytes = read_number("TRICKS_CACHE_GB", 0)
    visitor_gigabytes = read_number("TRICKS_VISITOR_GB", VISITOR * gigabytes)
    return Settings(
        data=read_data_folder(os.environ.get("TRICKS_DATA") or str(ROOT / "data")),
        cache=read_path(os.environ.get("TRICKS_CACHE") or str(ROOT / "cache")),
        devices=devices,
        slots=read_slots(),
        engine=read_one_of("TRICKS_ENGINE", ENGINES),
        ray_address=read_ray_address(),
        training=training,
        limits=os.environ.get("TRICKS_LIMITS") or "",
        queue_minutes=queue_minutes,
        address_minutes=read_number("TRICKS_ADDRESS_MINUTES", CLASS * queue_minutes),
        cache_bytes=int(gigabytes * 1e9) if gigabytes else None,
        visitor_bytes=int(visitor_gigabytes * 1e9) if visitor_gigabytes else None,
        banner=os.environ.get("TRICKS_BANNER") or "",
        host=read_host(),
        log=read_one_of("TRICKS_LOG", LOGS),
        metrics_port=read_port(),
    )


def read_one_of(name: str, choices: tuple[str, ...]) -> str:
    """What this variable of the environment chooses, by default the first (ValueError, one sentence)."""
    text = os.environ.get(name) or choices[0]
    if text not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {text!r}")
    return text


def read_ray_address() -> str:
    """Where a Ray cluster is; nothing for one of our own (ValueError, one sentence)."""
    text = os.environ.get("TRICKS_RAY_ADDRESS") or ""
    if not re.fullmatch(r"|auto|[\w.\-\[\]:]+:\d{1,5}", text):
        raise ValueError(f"TRICKS_RAY_ADDRESS must be HOST:PORT or auto, not {text!r}")
    return text


def read_path(text: str) -> Path:
    """The path, with `~` and variables as a shell reads them (ValueError, one sentence)."""
    try:
        return Path(os.path.expandvars(text)).expanduser()
    except RuntimeError:
        raise ValueError(f"{text} is in the home of a user who is not known here") from None


def read_data_folder(text: str) -> Path:
    """The folder that has CIFAR-10's folder, also where that one is named itself (ValueError, one sentence)."""
    path = read_path(text)
    return path.parent if path.name == OFFICIAL_FILES else path


def read_host() -> str:
    """The one name that the host answers to, nothing for any (ValueError, one sentence)."""
    name = (os.environ.get("TRICKS_HOST") or "").lower()
    if name and not re.fullmatch(r"[a-z0-9.-]+|\[[0-9a-f:]+\]", name):
        raise ValueError(f"TRICKS_HOST must be a host's name without a port, as in lab.example.org, not {name!r}")
    return name


def read_slots() -> int:
    """How many trainings may share a device, 0 for `auto` (ValueError, one sentence)."""
    text = os.environ.get("TRICKS_SLOTS") or "auto"
    if text != "auto" and not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise ValueError(f"TRICKS_SLOTS must be auto or a whole number from 1, not {text!r}")
    return 0 if text == "auto" else int(text)


def read_port() -> int:
    """The port of this machine on which Prometheus asks, 0 for none (ValueError, one sentence)."""
    text = os.environ.get("TRICKS_METRICS_PORT") or "0"
    if not re.fullmatch(r"\d{1,5}", text) or int(text) > 65535:
        raise ValueError(f"TRICKS_METRICS_PORT must be a port's number up to 65535, or 0 for none, not {text!r}")
    return int(text)


def check_device(device: str, name: str) -> None:
    """A ValueError for a device that PyTorch cannot have."""
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?", device):
        raise ValueError(f"{name} must be {DEVICES}, not {device!r}")


def read_number(name: str, default: float) -> float:
    """The number in this variable of the environment (ValueError, one sentence)."""
    text = os.environ.get(name) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e12:
        raise ValueError(f"{name} must be a number from 0, not {text!r}")
    return number
