"""What all visitors of this process share: the store and the scheduler with its engine."""

from functools import cache

from tricks.engines.local import LocalEngine
from tricks.index import Finished
from tricks.results import RecipeResults, gather
from tricks.scheduler import Scheduler
from tricks.settings import Settings, read_settings
from tricks.store import Store


class Lab:
    """The shared objects of one server."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.store = Store(settings.cache)
        self.scheduler = Scheduler(self.store, LocalEngine(settings.device, settings.data))
        self._gathered: tuple[tuple[Finished, ...], dict[str, RecipeResults]] = ((), {})

    def results(self) -> dict[str, RecipeResults]:
        """The finished runs by recipe, gathered again only when there are others."""
        finished = self.store.finished()
        if finished is not self._gathered[0]:
            self._gathered = (finished, gather(finished))
        return self._gathered[1]


@cache
def open_lab() -> Lab:
    """The lab, opened on the first call; its worker starts at once, so that it is warm when somebody presses Train."""
    return Lab(read_settings())


def close_lab() -> None:
    """Ends the run in hand, resumable, and the worker."""
    if open_lab.cache_info().currsize:
        open_lab().scheduler.close()
        open_lab.cache_clear()
