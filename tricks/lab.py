"""What all visitors of this process share: the store and the scheduler with its engine."""

from dataclasses import dataclass
from functools import cache

from tricks.engines.local import LocalEngine
from tricks.scheduler import Scheduler
from tricks.settings import Settings, read_settings
from tricks.store import Store


@dataclass(frozen=True, kw_only=True)
class Lab:
    """The shared objects of one server."""

    settings: Settings
    store: Store
    scheduler: Scheduler


@cache
def open_lab() -> Lab:
    """The lab, opened on the first call; its worker starts at once, so that it is warm when somebody presses Train."""
    settings = read_settings()
    store = Store(settings.cache)
    return Lab(
        settings=settings,
        store=store,
        scheduler=Scheduler(store, LocalEngine(settings.device, settings.data)),
    )


def close_lab() -> None:
    """Ends the run in hand, resumable, and the worker."""
    if open_lab.cache_info().currsize:
        open_lab().scheduler.close()
        open_lab.cache_clear()
