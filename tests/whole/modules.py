"""The product's modules."""

from tricks.settings import ROOT

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removeprefix("tricks."): path
    for path in [*sorted((ROOT / "tricks").rglob("*.py")), ROOT / "streamlit_app.py"]
    if path.name != "__init__.py"
}
