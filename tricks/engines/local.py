"""One warm worker process on this machine; a crash takes only the worker, and the next run gets a new one."""

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from tricks.engines.messages import Failed, Job, Stop, Stopped, receive, send
from tricks.recipe.run import Checkpoint, Heartbeat, Machine, Measurement, Result, Run

PATIENCE_SECONDS = 0.25  # The longest silence before a sign of life.
STOP_SECONDS = 0.7  # How long a worker may take to end a run before it is killed.
ROOT = Path(__file__).parents[2]


class EngineError(Exception):
    """A run could not be trained; the message is one sentence for the visitor."""


class WorkerDied(EngineError):
    """The worker ended in the middle of a run, which may go on from its last checkpoint."""


class LocalEngine:
    """Trains one run at a time in a worker process, which it starts when needed and keeps warm.

    It is one slot, from 0, of `slots` that share the device.
    """

    def __init__(self, device: str, data: Path, slot: int = 0, slots: int = 1):
        self.device = device
        self.data = data
        self.slots = slots
        number = device.partition(":")[2] or "0"
        self.place = f"{number}.{slot}"
        self.machine: Machine | None = None
        self._worker: subprocess.Popen | None = None
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._log: IO[bytes] | None = None

    def start(self) -> None:
        """Starts the worker, unless there is one."""
        if self._worker and self._worker.poll() is None:
            return
        self.stop()
        command = [sys.executable, "-m", "tricks.engines.worker", "--device", self.device, "--data", str(self.data)]
        command += ["--slots", str(self.slots)]
        self.machine = None
        self._answers = queue.SimpleQueue()
        self._log = tempfile.TemporaryFile()
        self._worker = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=worker_environment(),
            start_new_session=True,  # Ctrl-C in the terminal is for us, who then end the run in good order.
        )
        threading.Thread(target=self._listen, args=(self._worker.stdout, self._answers), daemon=True).start()

    def train(self, run: Run, checkpoint: Checkpoint | None, threads: int = 0) -> Iterator[Measurement]:
        """Yields the machine, then what `train` yields; closing the iterator ends the run within a second."""
        yield from self._await_worker()
        assert self.machine
        yield self.machine
        resumed = vars(checkpoint) if checkpoint else {}
        job = Job(dataset=run.recipe.dataset, values=run.recipe.values, seed=run.seed, threads=threads, **resumed)
        finished = False
        try:
            self._send(job)
            while not finished:
                answer = self._answer()
                finished = isinstance(answer, Result | Failed)
                if isinstance(answer, Failed):
                    raise EngineError(answer.reason)
                yield answer
        finally:
            if not finished and self._worker:
                self._end_run()

    @property
    def process(self) -> int | None:
        """The worker's process number, while it has one."""
        return self._worker.pid if self._worker else None

    def stop(self) -> None:
        """Ends the worker."""
        if self._worker:
            self._worker.kill()
            self._worker.wait()
            with contextlib.suppress(OSError):
                self._worker.stdin.close()
            self._log.close()
            self._worker = self.machine = None

    def _listen(self, stream: IO[bytes], answers: queue.SimpleQueue) -> None:
        """Puts the worker's words into the queue, and None when it is gone; what it is, is known at once."""
        answer = True
        while answer is not None:
            try:
                answer = receive(stream)
            except (ValueError, KeyError, OSError):
                answer = None
            if isinstance(answer, Machine):
                self.machine = answer
            else:
                answers.put(answer)
        stream.close()

    def _await_worker(self) -> Iterator[Measurement]:
        self.start()
        while self.machine is None:
            answer = self._answer()
            if isinstance(answer, Failed):
                self.stop()
                raise EngineError(answer.reason)
            yield answer

    def _send(self, job: Job) -> None:
        try:
            send(self._worker.stdin, job)
        except OSError:
            raise WorkerDied(self._explain_death()) from None

    def _answer(self) -> Any:
        """The worker's next word, or a sign of life after a while of silence; an EngineError when it is dead."""
        try:
            answer = self._answers.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            return Heartbeat()
        if answer is None:
            raise WorkerDied(self._explain_death())
        return answer

    def _end_run(self) -> None:
        """Asks the worker to stop; one that does not within the time is killed."""
        try:
            send(self._worker.stdin, Stop())
            deadline = time.monotonic() + STOP_SECONDS
            while (left := deadline - time.monotonic()) > 0:
                if isinstance(self._answers.get(timeout=left), Stopped | Result | Failed | None):
                    return
        except (OSError, queue.Empty):
            pass
        self.stop()

    def _explain_death(self) -> str:
        code = self._worker.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        self.stop()
        last = f": {lines[-1]}" if lines and code > 0 else ""
        return f"the worker process ended unexpectedly (exit code {code}{last})"


def worker_environment() -> dict[str, str]:
    """The environment in which a worker is fast; what the user has set himself stays."""
    fast = {
        # Large blocks are kept for reuse: giving every batch's memory back to the system costs a sixth of the time.
        "MALLOC_MMAP_THRESHOLD_": str(2**30),
        "MALLOC_TRIM_THRESHOLD_": str(2**32),
        # Threads that wait for each other soon sleep, so that two busy processes do not spin each other to a crawl.
        "GOMP_SPINCOUNT": "2000",
    }
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**fast, **os.environ, "PYTHONPATH": paths}
