"""What the tests of the settler ask, and what becomes of it."""

from tricks.lab import Lab
from tricks.recipe.recipe import Recipe
from tricks.scheduling.settle import Question

FLIP, BASELINE = Recipe(dataset="toy", flip=True), Recipe(dataset="toy")
QUESTION = Question(recipe=FLIP, reference=BASELINE)
OTHER = Question(recipe=Recipe(dataset="toy", normalize=True), reference=BASELINE)


def is_over(lab: Lab, visitor: str = "ann") -> bool:
    """Whether the question is not being settled any more, and nothing is in the queue."""
    return not lab.settler.find(QUESTION, visitor) and not lab.scheduler.queue()


def count_seeds(lab: Lab) -> list[int]:
    """How many seeds each side has."""
    return list(QUESTION.compare(lab.results()).seeds)
