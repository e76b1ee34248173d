"""The texts tell the truth: the README's tree, every command, every answer, every place in the code."""

import inspect
import re
import shlex
from pathlib import Path

import pytest

import tricks.settings
from tests.whole.documents import DOCUMENTS, REFRESH, answer, list_answers, read_document, refresh
from tricks.cli.main import build_parser
from tricks.settings import ROOT

README = read_document("README")
PRODUCT = ROOT / "tricks"
COMMAND = re.compile(r"^python -m tricks ([^#\n]+)", flags=re.MULTILINE)
COMMANDS = sorted({command.strip() for path in DOCUMENTS for command in COMMAND.findall(path.read_text())})
ANSWERS = [(path.name, *each) for path in DOCUMENTS for each in list_answers(path.read_text())]
PACKAGES = sorted(path for path in PRODUCT.rglob("*") if (path / "__init__.py").exists())
PROMISES = dict(re.findall(r"^  ([\w.]+?)(?:\.py|/) {3,}(.+)$", README, flags=re.MULTILINE))
PLACE = re.compile(rf"`((?:{'|'.join(PROMISES)})(?:/[a-z_]+)*|[a-z_/]+(?=\.py))\.(\w*[a-z]\w*)`")
PLACES = sorted({place for path in DOCUMENTS for place in PLACE.findall(path.read_text())})
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n)*)", read_document("cli"), flags=re.MULTILINE))
SHARED_OPTIONS = {"--help", "--json", "--cache", "--data", "--device"}


def read_docstring(path: Path) -> str:
    """The docstring of a package or a module."""
    return inspect.cleandoc((path / "__init__.py" if path.is_dir() else path).read_text().split('"""')[1])


def read_options(command: str, capsys) -> set[str]:
    """The options of its own that a command's help names."""
    with pytest.raises(SystemExit):
        build_parser().parse_args([command, "--help"])
    return set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - SHARED_OPTIONS


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[^`]+)`", read_document("hosting")))))
def test_a_promise_to_hosts_has_its_test(named):
    """Every test that shows a promise of the page on hosting is there."""
    path, _, name = named.partition("::")

    assert (ROOT / path).is_file()
    assert not name or f"def {name}(" in (ROOT / path).read_text()


def test_the_readme_is_a_front_page():
    """The README has at most 150 lines."""
    assert len(README.splitlines()) <= 150


def test_the_tree_is_the_folder():
    """The README's tree names every module and package of the product, and nothing else."""
    files = {path.stem for path in PRODUCT.glob("*.py")} - {"__init__", "__main__"}
    folders = {path.name for path in PACKAGES if path.parent == PRODUCT}

    assert files | folders == set(PROMISES)


@pytest.mark.parametrize("name", PROMISES)
def test_a_package_promises_what_the_readme_says(name):
    """A package's docstring begins with its line of the README as a sentence, and a module's with the same words."""
    path = PRODUCT / name if (PRODUCT / name).is_dir() else PRODUCT / f"{name}.py"
    promise = PROMISES[name][0].upper() + PROMISES[name][1:]

    first = read_docstring(path).splitlines()[0]

    assert f"{promise}." == first if path.is_dir() else first.startswith(promise)


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: str(path.relative_to(PRODUCT)))
def test_a_package_names_its_own_modules(path):
    """Where a package's docstring says where to start reading, it names modules and packages that it has."""
    named = re.findall(r"`(\w+)`", read_docstring(path))

    assert [] == [name for name in named if not (path / name).is_dir() and not (path / f"{name}.py").is_file()]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command):
    """Every command that a text shows is understood."""
    assert build_parser().parse_args(shlex.split(command.replace(" GB", " 2"))).command


@pytest.mark.parametrize(("document", "command", "printed"), ANSWERS)
def test_every_answer_is_given(document, command, printed):
    """Every answer that a text shows is what its command prints of the committed cache."""
    assert answer(command) == printed, f"{document} is stale: `{REFRESH}` writes it anew"


@pytest.mark.parametrize("name", ["README", "blog", "statistics"])
def test_figures_of_the_cache_are_answers(name):
    """The texts with figures that grow with the cache show them as answers of commands."""
    assert list_answers(read_document(name))


def test_stale_answers_are_written_anew():
    """Refreshing a text replaces what stands in its blocks and below its console's commands, and nothing else."""
    stale = "a\n<!-- python -m tricks presets -->\n\nold\n\n<!-- end -->\n$ python -m tricks presets\n$ b\n```\nc\n"

    fresh = refresh(stale)

    presets = answer("python -m tricks presets")
    block = f"<!-- python -m tricks presets -->\n\n{presets}\n<!-- end -->"
    assert f"a\n{block}\n$ python -m tricks presets\n{presets}$ b\n```\nc\n" == fresh
    assert refresh(fresh) == fresh


def test_every_subcommand_has_its_heading(capsys):
    """docs/cli.md has one heading for each command."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--help"])

    commands = re.findall(r"^ {4}(\w+) ", capsys.readouterr().out, flags=re.MULTILINE)

    assert sorted(commands) == sorted(SECTIONS)


@pytest.mark.parametrize("command", SECTIONS)
def test_every_option_is_explained(command, capsys):
    """The section of a command names all of its options, and no others."""
    named = set(re.findall(r"--[a-z]+", SECTIONS[command])) - SHARED_OPTIONS

    assert read_options(command, capsys) == named


def test_every_setting_is_explained():
    """The table of settings has every variable of the environment that is read, and no others."""
    read = re.findall(r"TRICKS_[A-Z_]*[A-Z]", inspect.getsource(tricks.settings))
    explained = re.findall(r"^\| `(TRICKS_\w+)`", read_document("hosting"), flags=re.MULTILINE)

    assert set(read) == set(explained)


def test_every_page_is_named():
    """The README names every page that the navigation shows, by its title."""
    pages = re.findall(r"st\.Page\((.+)\)", (ROOT / "streamlit_app.py").read_text())
    titles = [re.search('title="([^"]+)"', page)[1] for page in pages if "hidden" not in page]

    assert sorted(titles) == sorted(re.findall(r"^\| \*\*(.+)\*\* \|", README, flags=re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    """Every link and picture of a text that stays in the repository leads to a file, and to a heading in it."""
    for target in re.findall(r"\]\((?!https?:)([^)]*)\)", path.read_text()):
        file, _, anchor = target.partition("#")
        headings = re.findall(r"^#+ (.+)$", (path.parent / file).read_text(), flags=re.MULTILINE) if anchor else []

        assert (path.parent / file).exists(), f"{path.name} links to {target}"
        assert not anchor or anchor in [heading.lower().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w/]+\.py)", read_document("hosting")))))
def test_every_promise_has_its_test(path):
    """Where the text for hosts names a file of tests for a promise, that is there."""
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(("module", "name"), PLACES)
def test_every_place_in_the_code_is_there(module, name):
    """Where a text names a file, or something in a module of the product, that is there."""
    path = next((path for path in (PRODUCT / f"{module}.py", ROOT / f"{module}.py") if path.exists()), None)

    assert path
    assert name == "py" or re.search(rf"^(def |class )?{name}\b", path.read_text(), flags=re.MULTILINE)
