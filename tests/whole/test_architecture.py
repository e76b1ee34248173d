"""The architecture: who imports whom."""

import ast
from functools import cache

import pytest

from tests.whole.documents import read_document
from tests.whole.modules import FILES
from tricks.settings import ROOT

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
