"""Servers, their workers and a command line that share a cache, while each of them is killed, stopped and continued."""

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.settings import ROOT

RECIPE = Recipe(dataset="toy", epochs=6, conv_width=0.25, batch_size=100, flip=True, dense_dropout=0.2)
RUNS = [Run(recipe=RECIPE, seed=seed) for seed in range(5)]

# A server without its pages: for every line it reads it asks for what is missing, and tells what it is busy with.
ASKING = """
import sys
from tests.whole.sitting import RUNS
from tricks.lab import open_lab
scheduler = open_lab().scheduler
for line in sys.stdin:
    for run in RUNS:
        if not scheduler.store.find(run):
            scheduler.ask(run, "ann")
    print(scheduler.count_gone_threads(), len(scheduler.queue()), flush=True)
"""
SERVER = ["-c", ASKING]
COMMAND_LINE = ["-m", "tricks", "train", "--dataset", "toy", "--seeds", str(len(RUNS)), "--device", "cpu"]
COMMAND_LINE += [part for name, value in RECIPE.values.items() for part in ("--set", f"{name}={value}".lower())]
EVENTS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT)
MOST_STOPPED = 2


class Member:
    """A server or a command line, with all that it has started; what goes wrong with it is in the log."""

    def __init__(self, cache: Path, arguments: list[str], log: Path):
        self.said: list[str] = []
        self._log = log
        self._arguments = arguments
        self._environment = os.environ | {"TRICKS_CACHE": str(cache), "TRICKS_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
        self._known: set[psutil.Process] = set()
        self._begin()

    def remind(self) -> None:
        """Has a server ask for what is missing; what is dead, or has ended, begins again."""
        if self._process.poll() is not None:
            self._process.stdin.close()
            self._begin()
        with suppress(OSError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()

    def list_processes(self) -> list[psutil.Process]:
        """Itself and its workers, those of killed servers too, as far as they are there."""
        with suppress(psutil.Error):
            own = psutil.Process(self._process.pid)
            self._known |= {own, *own.children(recursive=True)}
        self._known = {process for process in self._known if is_there(process)}
        return sorted(self._known, key=lambda process: process.pid)

    def end(self) -> None:
        """Kills all of it."""
        for process in self.list_processes():
            send(process, signal.SIGKILL)
        self._process.wait()
        self._process.stdin.close()

    def _begin(self) -> None:
        options = {"cwd": ROOT, "env": self._environment, "text": True, "bufsize": 1}
        options |= {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with self._log.open("a") as log:
            self._process = subprocess.Popen([sys.executable, *self._arguments], stderr=log, **options)
        self.said = []
        threading.Thread(target=self._listen, args=(self._process.stdout, self.said), daemon=True).start()

    @staticmethod
    def _listen(stream, said: list[str]) -> None:
        with stream:
            for line in stream:
                said.append(line)


def is_there(process: psutil.Process) -> bool:
    """Whether the process runs, or is stopped."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def send(process: psutil.Process, event: signal.Signals) -> None:
    """Kills, stops or continues the process, if it is still there."""
    with suppress(psutil.Error):
        process.send_signal(event)


def disturb(members: list[Member], chance: random.Random) -> str:
    """Kills, stops or continues one process of all, of which few are stopped at a time; what it was."""
    processes = [process for member in members for process in member.list_processes()]
    stopped = [process for process in processes if process.status() == psutil.STATUS_STOPPED]
    event = chance.choice(EVENTS if stopped else EVENTS[:2])
    if event is signal.SIGSTOP and len(stopped) >= MOST_STOPPED:
        event = signal.SIGCONT
    process = chance.choice(stopped if event is signal.SIGCONT else processes)
    send(process, event)
    return f"{event.name} to process {process.pid}, one of {len(processes)}"


def continue_all(members: list[Member]) -> None:
    """Lets all go on that is stopped."""
    for process in (process for member in members for process in member.list_processes()):
        send(process, signal.SIGCONT)
