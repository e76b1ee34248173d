"""The host: what it trains on, what waits, what went wrong, and the room that is left."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import psutil
import streamlit as st

from tricks.engines.engine import Engine, Node
from tricks.lab import Lab, open_lab
from tricks.pages.sessions.page_lock import refresh
from tricks.pages.shared.text import plain
from tricks.scheduling.durations import format_duration
from tricks.scheduling.turns import Turn
from tricks.stats.wording import format_quantity
from tricks.store.cleanup import measure_bytes
from tricks.system.resources import count_all_bytes, count_usable_bytes

LOOK_SECONDS = 5.0


def show() -> None:
    """The page, top to bottom."""
    st.title("This host", anchor=False)
    refresh(show_state, LOOK_SECONDS)()


def show_state() -> None:
    """All of it, looked at again every few seconds."""
    lab = open_lab()
    st.markdown("**Devices**")
    turns = lab.scheduler.turns()
    rows = [describe_device(engine, turns) for engine in lab.scheduler.engines]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    if nodes := [describe_node(node) for engine in lab.scheduler.engines for node in engine.nodes]:
        st.markdown("**Nodes of the cluster**")
        st.dataframe(pd.DataFrame(nodes), hide_index=True)
    if turns:
        st.markdown("**In training**")
        st.dataframe(pd.DataFrame([describe_turn(lab, turn) for turn in turns]), hide_index=True)
    show_numbers(lab)
    show_queue(lab)
    show_troubles(lab)


def describe_device(engine: Engine, turns: Sequence[Turn]) -> dict[str, str]:
    """One device: what it is, how many trainings it has at a time, and what its workers hold."""
    held = [memory for process in engine.processes if (memory := measure_memory(process))]
    return {
        "device": engine.machine.title if engine.machine else "its worker is not ready",
        "trains at a time": format_capacity(engine) if engine.machine else "",
        "in training": str(sum(turn.engine is engine for turn in turns)),
        "workers": str(len(engine.processes)),
        "workers' memory": format_bytes(sum(held) if held else None),
        "note": engine.machine.note if engine.machine else "",
    }


def describe_node(node: Node) -> dict[str, str]:
    """One machine of a cluster: what it is and has, and what it trains."""
    return {
        "node": node.name,
        "is": node.machine or ("not ready" if node.cores or node.gpus else "trains nothing"),
        "GPUs": str(node.gpus),
        "cores": str(node.cores),
        "in training": str(node.running),
        "note": node.note,
    }


def format_capacity(engine: Engine) -> str:
    """How many runs a device trains at a time."""
    capacity = engine.capacity
    most = capacity.shares // capacity.count_shares(capacity.beside)
    if capacity.alone == capacity.beside or most == 1:
        return str(most)
    beside, alone = (format_quantity(threads, "thread") for threads in (capacity.beside, capacity.alone))
    return f"{most}, each with {beside}; one alone has {alone}"


def describe_turn(lab: Lab, turn: Turn) -> dict[str, str]:
    """One run in training: its threads, and whether it steps as a CUDA graph."""
    record = lab.store.read(turn.run)
    check = record.graph_check if record else None
    graph = f"{'used' if check.used else 'not used'}: {check.reason}" if check else "only on CUDA devices"
    return {
        "trains": f"{turn.run.recipe.label}, seed {turn.run.seed}",
        "threads": str(turn.threads) if turn.threads else "–",
        "CUDA graph": graph if check or turn.threads else "not checked yet",
    }


def show_numbers(lab: Lab) -> None:
    """Memory and room in numbers."""
    folder = lab.store.folder
    numbers = {
        "Server's memory": format_bytes(measure_memory(None)),
        "Memory of what draws": format_bytes(measure_memory(lab.pictures.process) if lab.pictures.process else None),
        "Memory free": f"{format_bytes(count_usable_bytes())} of {format_bytes(count_all_bytes())}",
        "Finished runs": f"{len(lab.store.finished()):,}",
        "Cache": format_bytes(measure_bytes(lab.store)),
        "Disk free": format_bytes(shutil.disk_usage(folder if os.path.isdir(folder) else Path("/")).free),
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
            "state": request.waiting or request.trouble or ("in training" if request.running else "waits for its turn"),
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
    if gone := lab.scheduler.count_gone_threads():
        st.error(
            f"{format_quantity(gone, 'thread')} of the queue ended by a fault: what waits is trained after a restart."
        )
    for trouble in reversed(lab.scheduler.troubles.list()):
        at = datetime.fromtimestamp(trouble.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        about = f"{trouble.run.recipe.label}, seed {trouble.run.seed}: " if trouble.run else ""
        st.markdown(plain(f"{at}: {about}{trouble.reason}"))
    if lab.store.trouble:
        st.markdown(plain(f"{lab.store.trouble}: what was known of it still is."))
    for name in lab.store.damaged:
        st.markdown(plain(f"{name} is damaged and left out"))
    if not (lab.scheduler.troubles.list() or lab.store.damaged or lab.store.trouble):
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
