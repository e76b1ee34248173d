"""The README tells the truth: its tree, its commands, and the figures that stand in the cache."""

import re
import shlex

import pytest

from tricks.analysis.verdicts import tabulate_conclusions, tabulate_questions, tabulate_settings
from tricks.cli.main import build_parser, main
from tricks.settings import ROOT
from tricks.store.results import gather
from tricks.store.store import Store

README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^python -m tricks ([^#\n]+)", README, flags=re.MULTILINE)
EXAMPLES = re.findall(r"^\$ python -m tricks (.+)\n((?:[^$`].*\n)+)", README, flags=re.MULTILINE)
CACHE = ROOT / "cache"


def test_the_tree_is_the_folder():
    """The README's tree names every module of the product, and nothing else."""
    named = set(re.findall(r"^  ([\w.]+/?) {3,}", README, flags=re.MULTILINE))
    files = {path.name for path in (ROOT / "tricks").glob("*.py")} - {"__init__.py", "__main__.py"}
    folders = {f"{path.name}/" for path in (ROOT / "tricks").iterdir() if (path / "__init__.py").exists()}

    assert files | folders == named


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command):
    """Every command that the README shows is understood."""
    assert build_parser().parse_args(shlex.split(command)).command


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_every_answer_is_given(command, output, capsys):
    """Every answer that the README shows is what its command prints of the committed cache."""
    assert 0 == main([*shlex.split(command), "--cache", str(CACHE)])
    assert output == capsys.readouterr().out


def test_the_readme_shows_answers():
    """The README shows at least one command with its answer."""
    assert EXAMPLES


@pytest.mark.parametrize("tabulate", [tabulate_settings, tabulate_conclusions, tabulate_questions])
def test_the_tables_are_what_the_cache_says(tabulate):
    """The README's tables of the blog are those that `python -m tricks blog` makes of the committed cache."""
    lines = tabulate(gather(Store(CACHE).finished()))

    stale = [line for line in lines if line not in README.splitlines()]

    assert [] == stale
    assert "\n".join(lines) in README
