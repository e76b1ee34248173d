"""`python -m tricks export`: results to take away."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from tricks.cli.answers import tell_left_out
from tricks.cli.arguments import explained, number
from tricks.cli.output import Answer
from tricks.export.formats import FORMATS, File
from tricks.export.selection import read_words
from tricks.recipe.run import MOST_SEED
from tricks.settings import read_path
from tricks.store.results import gather
from tricks.store.store import Store
from tricks.store.writer import StoreError
from tricks.system.files import format_os_error, replace_file


def add_export(parser: ArgumentParser) -> None:
    """What is taken away, how, and where to."""
    about = "a preset, a key, a run's name or all; FIELD=VALUE changes the recipe before it, or the baseline"
    parser.add_argument("words", nargs="+", metavar="RUN-or-RECIPE", help=about)
    parser.add_argument(
        "--seed", type=number(int, 0, MOST_SEED), metavar="K", help="this seed (default: the first one that serves)"
    )
    parser.add_argument("--to", required=True, choices=FORMATS, help="in which form")
    parser.add_argument(
        "--output", type=explained(read_path), metavar="F", help="the file to write (default: named after the run)"
    )


def export(options: Namespace) -> Answer:
    """Writes the files, and says which."""
    store = Store(options.cache)
    results = gather(store.finished())
    tell_left_out(store)
    chosen = read_words(options.words, results, options.seed)
    files = FORMATS[options.to](chosen, store)
    written = [write_beside(file, options.output, place) for place, file in enumerate(files)]
    sizes = [{"path": str(path), "bytes": len(file.content)} for path, file in zip(written, files, strict=True)]
    document = {"to": options.to, "files": sizes}
    return Answer(document=document, lines=[f"wrote {path}" for path in written])


def write_beside(file: File, output: Path | None, place: int) -> Path:
    """Writes the file to the output, or under its own name beside it where it is not the first (StoreError)."""
    path = Path(file.name)
    if output:
        path = output / path if output.is_dir() else output.parent / path if place else output
    try:
        if path.exists() and not path.is_file():  # A device or a pipe stays one.
            path.write_bytes(file.content)
        else:
            replace_file(path.resolve(), file.content)  # A link leads to the same file as before.
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({format_os_error(error)}): choose another --output") from None
    return path
