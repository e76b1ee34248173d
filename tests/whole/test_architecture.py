"""The architecture: who imports whom, what stays light, and which settings of Streamlit the product relies on."""

import ast
import itertools
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
import streamlit

from tests.whole.documents import read_document
from tricks.settings import ROOT

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removeprefix("tricks."): path
    for path in [*sorted((ROOT / "tricks").rglob("*.py")), ROOT / "streamlit_app.py"]
    if path.name != "__init__.py"
}
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())

# A package imports only packages of earlier floors; those of one floor never meet.
FLOORS = [
    {"settings", "system", "catalogue", "stats"},
    {"recipe", "images"},
    {"training", "store"},
    {"engines", "analysis"},
    {"scheduling", "charts", "export"},
    {"lab", "bench"},
    {"pages", "cli", "metrics"},
    {"streamlit_app", "__main__"},
]
PACKAGES = sorted({name.split(".")[0] for name in FILES})
TORCH = ("torch", "torchvision", "safetensors.torch")


@cache
def list_imports(name: str) -> set[str]:
    """All modules that a module names in an import, also inside functions."""
    imports = set()
    for node in ast.walk(ast.parse(FILES[name].read_text())):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            imports |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return imports


def list_own_imports(name: str) -> set[str]:
    """The product's own modules that a module imports."""
    own = {module.removeprefix("tricks.") for module in list_imports(name) if module.startswith("tricks.")}
    return own & set(FILES)


def imports_any(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a module imports one of the packages."""
    return any(f"{module}.".startswith(f"{package}.") for module in list_imports(name) for package in packages)


def floor(package: str) -> int:
    """The floor on which a package stands."""
    found = [number for number, packages in enumerate(FLOORS) if package in packages]
    assert found, f"{package} has no floor yet"
    return found[0]


def is_training(name: str) -> bool:
    """Whether a module trains: the training package, and the worker's side of the engines, which calls it."""
    return name.startswith("training.") or name in ("engines.worker", "engines.together", "engines.picture_worker")


def list_public(path: Path) -> list[ast.FunctionDef | ast.ClassDef]:
    """The public functions, classes and methods of a file."""
    tree = ast.parse(path.read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    outer = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    inner = [node for one in outer if isinstance(one, ast.ClassDef) for node in one.body if isinstance(node, kinds)]
    return [*outer, *(node for node in inner if not node.name.startswith("_"))]


@pytest.mark.parametrize("name", FILES)
def test_imports_go_one_way(name):
    """A module imports only from its own package and from those on earlier floors."""
    package = name.split(".")[0]

    others = {other for other in list_own_imports(name) if other.split(".")[0] != package}
    late = [other for other in others if floor(other.split(".")[0]) >= floor(package)]

    assert [] == late


def test_the_floors_are_written_down():
    """docs/architecture.md has the packages on the same floors."""
    line = next(line for line in read_document("architecture").splitlines() if " < " in line)
    written = [set(floor.split(", ")) for floor in line.strip().split(" < ")]

    packages = [{name for name in floor if (ROOT / "tricks" / name).is_dir()} for floor in FLOORS]

    assert [floor for floor in packages if floor] == written


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circles(package):
    """Modules of one package do not import each other in a circle."""
    waiting = {name: list_own_imports(name) for name in FILES if name.split(".")[0] == package}

    while ready := [name for name in waiting if not waiting[name] & set(waiting)]:
        for name in ready:
            del waiting[name]

    assert {} == waiting


@pytest.mark.parametrize("name", FILES)
def test_training_is_behind_the_engine(name):
    """Only the training half, and what measures its speed, imports PyTorch or the training half."""
    light = not is_training(name) and not name.startswith("bench.")

    heavy = imports_any(name, TORCH) or any(map(is_training, list_own_imports(name)))

    assert not (light and heavy)


@pytest.mark.parametrize("name", [name for name in FILES if is_training(name)])
def test_training_knows_no_store(name):
    """The training half knows nothing of stores, queues and pages."""
    known = {other for other in list_own_imports(name) if not is_training(other)}

    allowed = {"catalogue", "settings", "system", "recipe", "images", "engines"}
    assert {other.split(".")[0] for other in known} <= allowed


def test_comparison_stands_alone():
    """The statistics know nothing of the rest of the product."""
    assert set() == list_own_imports("stats.interval")
    assert {"stats.interval"} == list_own_imports("stats.comparison")


def test_charts_take_tables():
    """The charts know neither recipes, nor where results come from, nor who shows them."""
    assert not list_own_imports("charts.theme")
    assert list_own_imports("charts.blog") | list_own_imports("charts.intervals") <= {"charts.theme"}
    assert list_own_imports("charts.effects") <= {"charts.theme", "charts.intervals"}


@pytest.mark.parametrize("name", FILES)
def test_streamlit_is_in_pages(name):
    """Only the pages, the app, and the bench's visitors, who speak its protocol, import Streamlit."""
    is_page = name in ("streamlit_app", "bench.visitors.crowd") or name.startswith("pages.")

    assert is_page or not imports_any(name, ("streamlit",))


def test_server_is_light(tmp_path):
    """The command line, the scheduler and the pages work without PyTorch being imported."""
    modules = [
        "tricks.cli.main",
        "tricks.scheduling.scheduler",
        *(f"tricks.{name}" for name in FILES if name.startswith("pages.")),
    ]
    environment = {**os.environ, "TRICKS_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"

    answer = subprocess.call([sys.executable, "-c", code], env=environment, cwd=tmp_path)

    assert 0 == answer
    assert [] == os.listdir(tmp_path)


def test_no_page_imports_pytorch(tmp_path):
    """A server that has shown every page, Inside with images and predictions, has imported no PyTorch."""
    code = """
import sys
import onnxruntime
import tricks.lab
from streamlit.testing.v1 import AppTest
from tests.fakes import PredictingEngine
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
tricks.lab.open_engines = lambda settings: [PredictingEngine()]
for seed in range(3):
    list(execute(tricks.lab.open_lab().store, PredictingEngine(), Run(recipe=Recipe(dataset="toy"), seed=seed)))
for name in sys.argv[1:]:
    page = AppTest.from_string(f"from tricks.pages.{name} import show; show()", default_timeout=60).run()
    assert not page.exception, (name, page.exception)
assert [metric for metric in page.metric if metric.label == "Majority of 3 seeds"]
sys.exit("torch" in sys.modules or "torchvision" in sys.modules)
"""
    names = [name.removeprefix("pages.") for name in FILES if re.fullmatch(r"pages\.(\w+\.page|\w+)", name)]
    environment = {**os.environ, "TRICKS_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}

    answer = subprocess.call([sys.executable, "-c", code, *sorted(names, key="inside.page".__eq__)], env=environment)

    assert FILES["streamlit_app"].read_text().count("st.Page(") == len(names)
    assert 0 == answer


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
    """A file of the product has at most 220 lines, and one of the tests at most 400."""
    tests = (ROOT / "tests").rglob("*.py")
    lines = {path: path.read_text().count("\n") for path in [*FILES.values(), *tests]}

    assert [] == [path for path, count in lines.items() if count > (220 if path in FILES.values() else 400)]


def test_no_test_file_imports_another():
    """What test files share stands in fixtures, in tests/fakes.py or in a file of helpers."""
    files = [*(ROOT / "tests").rglob("test_*.py")]
    lines = [line for file in files for line in file.read_text().splitlines() if re.match(r"\s*from tests\b", line)]

    assert [] == [line for line in lines if re.search(r"\btest_", line)]


def list_settings(section: str, values: dict) -> list[str]:
    """The full names of the settings of a section and of the sections in it."""
    names = [f"{section}.{name}" for name, value in values.items() if not isinstance(value, dict)]
    inner = [list_settings(f"{section}.{name}", value) for name, value in values.items() if isinstance(value, dict)]
    return [*names, *itertools.chain.from_iterable(inner)]


@pytest.mark.parametrize("name", [name for key, values in SETTINGS.items() for name in list_settings(key, values)])
def test_streamlit_knows_settings(name):
    """Streamlit still knows every setting that the product makes."""
    assert name in streamlit.config.get_config_options()


@pytest.mark.parametrize(
    "section, name, value",
    [
        ("server", "fileWatcherType", "none"),
        ("server", "maxUploadSize", 0),
        ("runner", "postScriptGC", False),
        ("browser", "gatherUsageStats", False),
    ],
)
def test_settings_are_kept(section, name, value):
    """The settings that keep the page quick, single and private are made."""
    assert value == SETTINGS[section][name]
