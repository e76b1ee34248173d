"""A worker process: its start, its jobs, its words and its end."""

import contextlib
import itertools
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tricks.engines.engine import Crowded, EngineError, HostUnfit, NeedsPlainSteps, Node, WorkerDied
from tricks.engines.messages import DeviceId, Failed, Job, Pulse, Room, Stop, Stopped, receive, send
from tricks.engines.start import TRAINS, begin_worker, read_last_words
from tricks.recipe.measurements import Heartbeat, Machine, Measurement, Result
from tricks.recipe.work import Speed

PATIENCE_SECONDS = 0.25  # The longest silence before a sign of life.
STARTING_SECONDS = 240.0  # What a slow disk may take to bring PyTorch.
SILENT_SECONDS = 20.0  # Without a sign of life from the worker, until that is told.
DEAD_SECONDS = 60.0  # Until it is replaced.
STOP_SECONDS = 0.7  # How long a worker may take to end its only run before it is killed.
FAILURES = {
    "run": EngineError,
    "memory": EngineError,
    "company": Crowded,
    "capture": NeedsPlainSteps,
    "host": HostUnfit,
    "worker": WorkerDied,
}


class WorkerProcess:
    """One worker, which does `room` jobs at a time. `jobs` are those in hand, each with the queue of its answers.

    `nodes` are the machines that the worker has its jobs done on, where these are others.
    """

    def __init__(self, options: Sequence[str], module: str = TRAINS):
        self.machine: Machine | None = None
        self.speed: Speed | None = None
        self.room = 1
        self.device_uuid = ""
        self.nodes: dict[str, Node] = {}
        self.refusal: Failed | None = None  # Why it could not begin.
        self.jobs: dict[int, queue.SimpleQueue] = {}
        self.is_leaving = False
        self._died_alone = True
        self._stops: dict[int, float] = {}  # When jobs were told to end that nobody waits for, until they have.
        self._numbers = itertools.count(1)
        self._greeted = threading.Event()
        self._sending = threading.Lock()
        self._ending = threading.Lock()
        self._death = self._silence = ""
        self._heard = time.monotonic() + STARTING_SECONDS
        self._process, self._log = begin_worker(options, module)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def is_usable(self) -> bool:
        """Whether it lives and may be given jobs."""
        return self._process.poll() is None and not self.is_leaving

    def has_room(self) -> bool:
        """Whether it can take one more job."""
        return self.is_usable() and len(self.jobs) < self.room

    def open_job(self) -> int:
        """The number of a new job, which counts from now on."""
        number = next(self._numbers)
        self.jobs[number] = queue.SimpleQueue()
        return number

    def await_greeting(self) -> Iterator[Measurement]:
        """Signs of life until the machine is known (HostUnfit, NeedsPlainSteps)."""
        while not self._greeted.wait(PATIENCE_SECONDS):
            yield self._listen_for_life()
        if self.machine is None:
            refusal = self.refusal or Failed(reason=self._explain_death(), cause="host")
            self.kill()
            raise FAILURES[refusal.cause](refusal.reason)

    def work(self, number: int, job: Job) -> Iterator[Measurement]:
        """What the worker says of the job up to its result; closing the iterator ends it."""
        finished = False
        try:
            self._send(job, number)
            while not finished:
                answer = self._answer(number)
                finished = isinstance(answer, Result | Failed)
                if isinstance(answer, Failed):
                    raise FAILURES[answer.cause](answer.reason)
                yield answer
        except OSError:
            finished = True
            raise WorkerDied(self._explain_death(), alone=self._died_alone) from None
        finally:
            if not finished:
                self._end_job(number)
            del self.jobs[number]

    def leave(self, seconds: float) -> None:
        """Lets the process end in good order, by the end of its input, within the time."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """Ends the process at once, if it has not ended by itself."""
        self._process.kill()
        self._explain_death()

    def _listen(self) -> None:
        """Puts the worker's words where they are waited for; its end is told to all who wait."""
        stream = self._process.stdout
        with contextlib.suppress(ValueError, KeyError, OSError):
            while received := receive(stream):
                self._sort(*received)
        self._died_alone = len(self.jobs) + len(self._stops) == 1 and not self.is_leaving
        for answers in list(self.jobs.values()):
            answers.put(None)
        self._greeted.set()
        stream.close()

    def _sort(self, number: int, answer: Any) -> None:
        self._heard = time.monotonic()
        match answer:
            case Pulse():
                pass
            case Room():
                self.room = answer.jobs
            case DeviceId():
                self.device_uuid = answer.uuid
            case Speed():
                self.speed = answer
            case Node():
                self.nodes = self.nodes | {answer.name: answer}
            case Machine() if not number:
                self.machine = answer
                if answer.note:
                    print(f"On this host {answer.note}.", file=sys.stderr, flush=True)
                self._greeted.set()
            case Failed() if not number:
                self.refusal = answer
            case _:
                self.is_leaving = self.is_leaving or (isinstance(answer, Failed) and answer.last)
                if isinstance(answer, Stopped | Result | Failed):
                    self._stops.pop(number, None)
                if answers := self.jobs.get(number):
                    answers.put(answer)

    def _send(self, value: Any, number: int) -> None:
        """Tells the worker something about a job (OSError: it is dead)."""
        try:
            with self._sending:
                send(self._process.stdin, value, number)
        except ValueError:  # Its pipe is closed already.
            raise BrokenPipeError from None

    def _answer(self, number: int) -> Any:
        """The worker's next word on the job, or a sign of life after a while of silence (OSError: it is dead)."""
        try:
            answer = self.jobs[number].get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            if self._process.poll() is not None:
                raise BrokenPipeError from None
            return self._listen_for_life()
        if answer is None:
            raise BrokenPipeError
        return answer

    def _listen_for_life(self) -> Heartbeat:
        """A sign of life, or that there was none for a while; after that the worker is given up."""
        now = time.monotonic()
        silence = now - self._heard
        if silence > DEAD_SECONDS:
            self._silence = f"the worker gave no sign of life for {DEAD_SECONDS:.0f} seconds and was ended"
            self._process.kill()
        elif now - min(list(self._stops.values()), default=now) > DEAD_SECONDS:
            self._silence = f"the worker did not end another run within {DEAD_SECONDS:.0f} seconds and was ended"
            self.is_leaving = True
            self._process.kill()
        elif silence > SILENT_SECONDS:
            return Heartbeat(text=f"Its worker has given no sign of life for {SILENT_SECONDS:.0f} seconds")
        return Heartbeat()

    def _end_job(self, number: int) -> None:
        """Asks the worker to end the job; one that has no other, and does not end it within the time, is killed."""
        try:
            self._stops[number] = time.monotonic()
            self._send(Stop(), number)
            deadline = time.monotonic() + STOP_SECONDS
            while len(self.jobs) == 1 and (left := deadline - time.monotonic()) > 0:
                if isinstance(self.jobs[number].get(timeout=left), Stopped | Result | Failed | None):
                    return
        except (OSError, queue.Empty):
            pass
        if len(self.jobs) == 1:
            self.kill()

    def _explain_death(self) -> str:
        """What became of the process, once it is gone; then its pipe and its log are closed."""
        code = self._process.wait()
        with self._ending:
            if not self._death:
                words = read_last_words(self._log)
                last = f": {words}" if words and code > 0 else ""
                self._death = self._silence or f"the worker process ended unexpectedly (exit code {code}{last})"
                self._log.close()
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
            return self._death
