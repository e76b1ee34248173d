"""How much a visitor may ask for, so that nobody occupies the host for a day."""

import math
from dataclasses import dataclass
from typing import Self

from tricks.catalogue.trick import Value
from tricks.recipe.recipe import Recipe, find_trick
from tricks.scheduling.durations import format_duration


class LimitExceeded(ValueError):
    """What a visitor asks for is more than this host gives; the message is one sentence for them."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What this host trains: from the least to the most of a trick, by name; and how much of it a visitor can ask for.

    That is the expected minutes of what one visitor, or all visitors of one address, may have in the queue.
    """

    ranges: dict[str, tuple[Value, Value]]
    queue_minutes: float
    address_minutes: float = math.inf

    @classmethod
    def read(cls, text: str, queue_minutes: float, address_minutes: float = math.inf) -> Self:
        """From `NAME=MOST` or `NAME=LEAST..MOST` by commas, as in `epochs=40,batch_size=16..1024` (ValueError)."""
        ranges: dict[str, tuple[Value, Value]] = {}
        for part in filter(None, text.replace(" ", "").split(",")):
            name, _, value = part.partition("=")
            trick = find_trick(name)
            if not isinstance(trick.default, int | float) or isinstance(trick.default, bool):
                raise ValueError(f"TRICKS_LIMITS can limit what is a number, not {name}")
            least, dots, most = value.partition("..")
            ranges[name] = (trick.parse(least), trick.parse(most)) if dots else (trick.minimum, trick.parse(value))
            if ranges[name][0] > ranges[name][1]:
                raise ValueError(f"TRICKS_LIMITS leaves nothing of {name}: {value}")
        return cls(ranges=ranges, queue_minutes=queue_minutes, address_minutes=address_minutes)

    def check_recipe(self, recipe: Recipe) -> None:
        """Refuses a recipe that has less or more of a trick than is allowed."""
        for name, (least, most) in self.ranges.items():
            value = getattr(recipe, name)
            if not least <= value <= most:
                trick = find_trick(name)
                words = f"up to {most:g}" if least == trick.minimum else f"from {least:g} to {most:g}"
                raise LimitExceeded(
                    f"this host trains {trick.title.lower()} {words}, and this recipe has {trick.write(value)}"
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

    def check_address(self, minutes: float, further: float) -> None:
        """Refuses further minutes to a visitor at whose address there are this many in the queue."""
        if minutes + further > self.address_minutes:
            raise LimitExceeded(
                f"visitors from your network have about {format_minutes(minutes)} of training in the queue, and this"
                f" host gives them {format_minutes(self.address_minutes)} together: come back later"
            )


def format_minutes(minutes: float) -> str:
    """Minutes as all durations are said."""
    return format_duration(60 * minutes)


NO_LIMITS = Limits(ranges={}, queue_minutes=math.inf)
