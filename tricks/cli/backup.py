"""The operator's copies: `python -m tricks backup FOLDER`, and `restore FOLDER` on another day or another host."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from tricks.cli.arguments import explained
from tricks.cli.output import Answer
from tricks.settings import read_path
from tricks.stats.wording import format_quantity
from tricks.store.backup import copy_cache, forget_what_is_over


def add_folder(parser: ArgumentParser) -> None:
    """Where the copy is."""
    parser.add_argument("folder", type=explained(read_path), metavar="FOLDER", help="the folder of the copy")


def back_up(options: Namespace) -> Answer:
    """Copies what is new or changed in the cache, also while a server runs; results that it had before stay."""
    check_folders(options.cache, options.folder, options.cache)
    copied = copy_cache(options.cache, options.folder, overwrite=True)
    forget_what_is_over(options.cache, options.folder)
    return tell(copied, options.folder)


def restore(options: Namespace) -> Answer:
    """Brings back what the cache has not; what it has stays as it is."""
    check_folders(options.folder, options.folder, options.cache)
    return tell(copy_cache(options.folder, options.cache, overwrite=False), options.cache)


def check_folders(source: Path, folder: Path, cache: Path) -> None:
    """Refuses a source that is not there, and a copy that is the cache itself, or is in it (ValueError)."""
    if not source.is_dir():
        raise ValueError(f"there is no folder {source}")
    if folder.resolve().is_relative_to(cache.resolve()):
        raise ValueError(f"a copy has to be outside of the cache, and {folder} is in {cache}")


def tell(copied: list[Path], target: Path) -> Answer:
    """What was copied."""
    names = [str(name) for name in copied]
    return Answer(document=names, lines=[f"copied {format_quantity(len(names), 'file')} to {target}"])
