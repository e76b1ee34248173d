"""The README tells the truth: its tree, its commands, and the figures that stand in the cache."""

import re
import shlex

import pytest

from tricks.cli import build_parser
from tricks.findings import tabulate_conclusions, tabulate_questions
from tricks.network import count_parameters, describe_network
from tricks.presets import PRESETS
from tricks.recipe import Recipe
from tricks.results import gather
from tricks.settings import ROOT
from tricks.store import Store

README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^python -m tricks ([^#\n]+)", README, flags=re.MULTILINE)


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


@pytest.mark.parametrize("name", PRESETS)
def test_the_table_is_what_the_cache_says(name):
    """The README's line for each of the blog's settings has its parameters, the blog's figure, and the cache's."""
    preset = PRESETS[name]
    recipe = Recipe(**preset.values)
    results = gather(Store(ROOT / "cache").finished())[recipe.key]

    line = next(line for line in README.splitlines() if line.startswith(f"| {name} "))

    parameters = count_parameters(describe_network(recipe))
    cells = [f"{parameters:,}", f"{preset.reported:.1%}", f"{results.accuracy.mean:.1%}", str(results.accuracy.count)]
    assert cells == [cell.strip() for cell in line.strip("|").split("|")][2:]


@pytest.mark.parametrize("tabulate", [tabulate_conclusions, tabulate_questions])
def test_the_conclusions_are_what_the_cache_says(tabulate):
    """The README's tables of the blog's conclusions are those that `python -m tricks blog` makes of the cache."""
    lines = tabulate(gather(Store(ROOT / "cache").finished()))

    stale = [line for line in lines if line not in README.splitlines()]

    assert [] == stale
    assert "\n".join(lines) in README
