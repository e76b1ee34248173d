"""Which engines there are: one for each device of the settings, or one for a whole Ray cluster."""

from tricks.engines.engine import Engine
from tricks.engines.local import LocalEngine
from tricks.engines.ray import RayEngine, check_ray
from tricks.settings import Settings


def open_engines(settings: Settings) -> list[Engine]:
    """The engines of the settings, not started yet (ValueError, one sentence)."""
    if settings.engine == "ray":
        check_ray(settings.devices)
        return [RayEngine(settings.ray_address, settings.devices[0], settings.data, settings.slots)]
    return [LocalEngine(device, settings.data, settings.slots) for device in settings.devices]
