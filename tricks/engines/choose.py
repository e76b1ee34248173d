"""Which engines there are: one for each device of the settings."""

from tricks.engines.engine import Engine
from tricks.engines.local import LocalEngine
from tricks.settings import Settings


def open_engines(settings: Settings) -> list[Engine]:
    """An engine for each device, not started yet."""
    return [LocalEngine(device, settings.data, settings.slots) for device in settings.devices]
