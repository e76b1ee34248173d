"""Networks with kept weights that answer in the server, by ONNX: no PyTorch, and one thread each."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from tricks.export.onnx import write_onnx
from tricks.export.weights import load_weights
from tricks.lab import open_lab
from tricks.recipe.run import Run
from tricks.store.files import WEIGHTS
from tricks.store.results import Results
from tricks.store.writer import StoreError

LOOK_SECONDS = 10  # So often at most the folder is looked through.


def list_kept(results: Results) -> dict[str, tuple[Run, ...]]:
    """The finished runs with kept weights, by the key of their recipe."""
    names = _list_weights(open_lab().store.folder, int(time.monotonic() / LOOK_SECONDS))
    kept = {key: tuple(one.run for one in each.runs.values() if one.run.name in names) for key, each in results.items()}
    return {key: runs for key, runs in kept.items() if runs}


@st.cache_resource(max_entries=1, show_spinner=False)
def _list_weights(folder: Path, now: int) -> frozenset[str]:
    try:
        return frozenset(name.removesuffix(WEIGHTS) for name in os.listdir(folder) if name.endswith(WEIGHTS))
    except OSError:
        return frozenset()


def ask(run: Run, pixels: np.ndarray) -> np.ndarray | None:
    """The probability of each class for the pixels, [32, 32, 3] bytes; None where the weights cannot be used."""
    network = _open_network(open_lab().store.folder, run)
    if network is None:
        return None
    images = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])  # [1, 3, 32, 32]
    return network.run(None, {network.get_inputs()[0].name: images})[0][0]


@st.cache_resource(max_entries=30, show_spinner=False, hash_funcs={Run: lambda run: run.name})
def _open_network(folder: Path, run: Run) -> Any:
    import onnxruntime  # Takes long to import, and few visitors need it.

    try:
        content = write_onnx(run.recipe, load_weights(run, open_lab().store))
    except (StoreError, KeyError):
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
