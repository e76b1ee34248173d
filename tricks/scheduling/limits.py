"""How much a visitor may ask for, so that nobody occupies the host for a day."""

from dataclasses import dataclass
from typing import Self

from tricks.catalogue.trick import Value
from tricks.recipe.recipe import Recipe, find_trick
from tricks.scheduling.durations import format_duration


class LimitExceeded(ValueError):
    """What a visitor asks for is more than this host gives; the message is one sentence for them."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that one recipe may have of a trick, and the expected minutes that one visitor may have in the queue."""

    most: dict[str, Value]
    queue_minutes: float

    @classmethod
    def read(cls, text: str, queue_minutes: float) -> Self:
        """From `NAME=MOST,NAME=MOST`, as in `epochs=40,dense_width=1024` (ValueError, one sentence)."""
        most: dict[str, Value] = {}
        for part in filter(None, text.replace(" ", "").split(",")):
            name, _, value = part.partition("=")
            trick = find_trick(name)
            if not isinstance(trick.default, int | float) or isinstance(trick.default, bool):
                raise ValueError(f"TRICKS_LIMITS can limit what is a number, not {name}")
            most[name] = trick.parse(value)
        return cls(most=most, queue_minutes=queue_minutes)

    def check_recipe(self, recipe: Recipe) -> None:
        """Refuses a recipe that has more of a trick than is allowed."""
        for name, most in self.most.items():
            if getattr(recipe, name) > most:
                title = find_trick(name).title.lower()
                raise LimitExceeded(
                    f"this host trains {title} up to {most}, and this recipe has {getattr(recipe, name)}"
                )

    def check_queue(self, minutes: float, further: float) -> None:
        """Refuses further minutes to a visitor who has this many in the queue."""
        if minutes + further <= self.queue_minutes:
            return
        given = f"this host gives each visitor {format_minutes(self.queue_minutes)} at a time"
        if minutes:
            raise LimitExceeded(
                f"you have about {format_minutes(minutes)} of training in the queue, this would add"
                f" {format_minutes(further)}, and {given}: wait for some, or stop them"
            )
        raise LimitExceeded(
            f"this would take about {format_minutes(further)}, and {given}: ask for fewer epochs, a smaller network or"
            " fewer seeds"
        )


def format_minutes(minutes: float) -> str:
    """Minutes as all durations are said."""
    return format_duration(60 * minutes)


NO_LIMITS = Limits(most={}, queue_minutes=float("inf"))
