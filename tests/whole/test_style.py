"""How files are written: described, short, and with names that mean one thing."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.whole.modules import FILES
from tricks.settings import ROOT


def list_public(path: Path) -> list[ast.FunctionDef | ast.ClassDef]:
    """The public functions, classes and methods of a file."""
    tree = ast.parse(path.read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    outer = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    inner = [node for one in outer if isinstance(one, ast.ClassDef) for node in one.body if isinstance(node, kinds)]
    return [*outer, *(node for node in inner if not node.name.startswith("_"))]


@pytest.mark.parametrize("name", FILES)
def test_everything_is_described(name):
    """Every module, public function, class and method says in a docstring what it is."""
    silent = [node.name for node in list_public(FILES[name]) if not ast.get_docstring(node)]

    assert ast.get_docstring(ast.parse(FILES[name].read_text()))
    assert [] == silent


def test_a_name_means_one_thing():
    """No two public functions or classes share a name, but for the ways in: a page's `show` and a program's `main`."""
    homes = defaultdict(list)
    for file, path in FILES.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(file)

    assert {"main", "show"} == {name for name, files in homes.items() if len(files) > 1}


def test_files_are_short():
    """A file of the product or of the tests has at most 225 lines."""
    files = [*FILES.values(), *(ROOT / "tests").rglob("*.py")]

    assert [] == [path for path in files if path.read_text().count("\n") > 225]


def test_no_test_file_imports_another():
    """What test files share stands in fixtures, in tests/fakes.py or in a file of helpers."""
    files = [*(ROOT / "tests").rglob("test_*.py")]
    lines = [line for file in files for line in file.read_text().splitlines() if re.match(r"\s*from tests\b", line)]

    assert [] == [line for line in lines if re.search(r"\btest_", line)]
