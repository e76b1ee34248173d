"""What serves visitors imports no PyTorch."""

import os
import re
import subprocess
import sys

from tests.whole.modules import FILES
from tricks.settings import ROOT


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
