"""What to beware of when several recipes are seen side by side, and what no interval protects from."""

import statistics
from collections.abc import Sequence

from tricks.stats.wording import format_count

LAST_EPOCHS = 3


def measure_jumps(courses: Sequence[Sequence[float]]) -> float | None:
    """How much accuracy changes from one epoch to the next, in the mean over the last epochs; None if unknown."""
    jumps = [
        abs(after - before)
        for course in courses
        for before, after in zip(course[-LAST_EPOCHS - 1 : -1], course[-LAST_EPOCHS:], strict=False)
        if len(course) > LAST_EPOCHS
    ]
    return statistics.fmean(jumps) if jumps else None


def list_warnings(recipes: int, jumps: float | None) -> list[str]:
    """What to beware of when several recipes are seen side by side."""
    warnings = []
    if recipes > 1:
        lucky = statistics.NormalDist().inv_cdf((recipes - 0.375) / (recipes + 0.25))  # Blom's expected maximum.
        warnings.append(
            f"The best of many looks better than it is. If all {recipes} recipes were equal, the best mean would still"
            f" lie about {lucky:.1f} standard errors above the truth, by luck alone: train the winner with new seeds"
            " before believing its number."
        )
    if jumps is not None:
        warnings.append(
            "The accuracy of the last epoch jumps from epoch to epoch: in these runs by"
            f" {100 * jumps:.1f} points in the mean over the last {format_count(LAST_EPOCHS)} changes. One epoch more"
            " or less would give another number, and a single run proves little."
        )
    warnings.append(
        "Choosing by test accuracy flatters: who picks the recipe that is best on these test images also picks the"
        " luck that it had with them. On new images it would do a little worse."
    )
    return warnings
