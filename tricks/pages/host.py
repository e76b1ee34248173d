"""The host: what it trains on, what waits, what went wrong, and the room that is left."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import psutil
import streamlit as st

from tricks.engines.local import LocalEngine
from tricks.lab import Lab, open_lab
from tricks.pages.shared.text import plain
from tricks.scheduling.durations import format_duration
from tricks.store.cleanup import measure_bytes

LOOK_SECONDS = 5.0


def show() -> None:
    """The page, top to bottom."""
    st.markdown("### This host")
    st.fragment(show_state, run_every=LOOK_SECONDS)()


def show_state() -> None:
    """All of it, looked at again every few seconds."""
    lab = open_lab()
    st.markdown("**Slots**")
    st.dataframe(pd.DataFrame([describe_slot(lab, engine) for engine in lab.scheduler.engines]), hide_index=True)
    show_numbers(lab)
    show_queue(lab)
    show_troubles(lab)


def describe_slot(lab: Lab, engine: LocalEngine) -> dict[str, str]:
    """One slot: its device, what it does, what its worker holds, and whether it steps as a CUDA graph."""
    run = lab.scheduler.training().get(engine)
    record = lab.store.read(run) if run else None
    check = record.graph_check if record else None
    machine = engine.machine
    graph = "not checked yet" if machine and machine.device == "cuda" else "only on CUDA devices"
    if check:
        graph = f"{'used' if check.used else 'not used'}: {check.reason}"
    return {
        "device": machine.title if machine else "its worker is not ready",
        "trains": f"{run.recipe.label}, seed {run.seed}" if run else "nothing",
        "worker's memory": format_bytes(measure_memory(engine.process) if engine.process else None),
        "CUDA graph": graph,
        "note": machine.note if machine else "",
    }


def show_numbers(lab: Lab) -> None:
    """Memory and room in numbers."""
    folder = lab.store.folder
    memory = psutil.virtual_memory()
    numbers = {
        "Server's memory": format_bytes(measure_memory(None)),
        "Memory free": f"{format_bytes(memory.available)} of {format_bytes(memory.total)}",
        "Finished runs": f"{len(lab.store.finished()):,}",
        "Cache": format_bytes(measure_bytes(lab.store)),
        "Disk free": format_bytes(shutil.disk_usage(folder if folder.is_dir() else Path("/")).free),
    }
    numbers |= {f"Memory of {name}": memory for name, memory in read_gpu_memory().items()}
    with st.container(horizontal=True):
        for name, value in numbers.items():
            st.metric(name, value, width="content")


def show_queue(lab: Lab) -> None:
    """Who waits for what, without names, and when it probably begins and ends."""
    st.markdown("**Queue**")
    expected = lab.forecast()
    rows = [
        {
            "recipe": request.run.recipe.label,
            "seed": request.run.seed,
            "visitors": len(request.visitors),
            "state": request.waiting or ("in training" if request.running else "waits for its turn"),
            "begins in": "" if request.running else format_duration(expected[request.run].start),
            "ends in": format_duration(expected[request.run].end),
        }
        for request in lab.scheduler.queue()
        if request.run in expected
    ]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True)
    else:
        st.caption("Nobody waits for a training.")


def show_troubles(lab: Lab) -> None:
    """What went wrong lately, and files that could not be read."""
    st.markdown("**Last errors**")
    for trouble in reversed(lab.scheduler.troubles):
        at = datetime.fromtimestamp(trouble.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        st.markdown(plain(f"{at}: {trouble.run.recipe.label}, seed {trouble.run.seed}: {trouble.reason}"))
    for name in lab.store.damaged:
        st.markdown(plain(f"{name} is damaged and left out"))
    if not lab.scheduler.troubles and not lab.store.damaged:
        st.caption("None since the server started.")


def measure_memory(process: int | None) -> int | None:
    """The bytes of memory that a process holds, by default this one; None when it is gone."""
    try:
        return psutil.Process(process).memory_info().rss
    except psutil.Error:
        return None


@st.cache_data(ttl=LOOK_SECONDS, show_spinner=False)
def read_gpu_memory() -> dict[str, str]:
    """Used and whole memory of every NVIDIA GPU, as its driver's own program says it; nothing where there is none."""
    if not shutil.which("nvidia-smi"):
        return {}
    command = ["nvidia-smi", "--query-gpu=index,memory.used,memory.total", "--format=csv,noheader"]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return {}
    return {f"GPU {number}": f"{used} of {whole}" for number, used, whole in (line.split(", ") for line in lines)}


def format_bytes(count: int | None) -> str:
    """Bytes as people say them."""
    if count is None:
        return "–"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
