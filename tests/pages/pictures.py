"""Pictures that are drawn without another process."""

from pathlib import Path

from tricks.engines.engine import EngineError
from tricks.recipe.recipe import Recipe


class HerePictures:
    """Draws in this process, at once, or says what is wrong; `process` is that of no other."""

    process = None

    def __init__(self, folder: Path, trouble: str = "", is_slow: bool = False):
        self.folder = folder
        self.trouble = trouble
        self.is_slow = is_slow
        self.draws: list[int] = []

    def ask(self, trick: str, recipe: Recipe, draw: int = 0, patience: float = 0.0):
        """The picture; None where the test wants it slow."""
        from tricks.training.pictures.draw import draw_picture

        self.draws.append(draw)
        if self.trouble:
            raise EngineError(self.trouble)
        return None if self.is_slow else draw_picture(recipe, trick, draw, self.folder)

    def wake(self) -> None:
        """Is awake."""

    def stop(self) -> None:
        """Has nothing to end."""
