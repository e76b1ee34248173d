"""The settings of Streamlit that the product relies on."""

import itertools
import tomllib

import pytest
import streamlit

from tricks.settings import ROOT

SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


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
