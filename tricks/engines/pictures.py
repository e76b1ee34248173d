"""Pictures of tricks, from a process of its own that is started when needed, and which trains nothing.

Each picture is asked for once and kept. Nobody waits for longer than they wish, and a process that dies, hangs or
cannot be started is a sentence.
"""

import contextlib
import subprocess
import threading
import time
from collections import OrderedDict
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tricks.engines.engine import EngineError
from tricks.engines.messages import Failed, PictureOrder, receive, send, unpack
from tricks.engines.start import DRAWS, begin_worker, read_last_words
from tricks.recipe.recipe import Recipe

STARTING_SECONDS = 60.0  # What a slow disk may take to bring PyTorch, and the picture with it.
DRAWING_SECONDS = 10.0
RETRY_SECONDS = 10.0  # Until what failed, or was of other images, is asked for again.
MOST_KEPT = 300  # Pictures, of some 50 kB each.
MOST_WAITING = 30

Arrays = dict[str, np.ndarray]
Question = tuple[str, Recipe, int]


class Pictures:
    """Asks the process, one question after the other; `data` is the folder of the images."""

    def __init__(self, data: Path, module: str = DRAWS):
        self._options, self._module = ["--data", str(data)], module
        self._process: subprocess.Popen | None = None
        self._log: BinaryIO | None = None
        self._known: OrderedDict[Question, tuple[float, Future[Arrays]]] = OrderedDict()
        self._changing = threading.Lock()
        self._is_closed = False
        self._has_drawn = False
        self._next_waking = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")

    def ask(self, trick: str, recipe: Recipe, draw: int = 0, patience: float = 0.0) -> Arrays | None:
        """The picture of a trick in a recipe; None while it is not there yet, after so many seconds (EngineError)."""
        try:
            return self._find((trick, recipe, draw)).result(timeout=patience)
        except TimeoutError:
            return None
        except (CancelledError, RuntimeError):
            raise EngineError("the lab is being closed") from None

    def wake(self) -> None:
        """Lets the process start, so that it is there when the first picture is asked for."""
        with self._changing:
            if self.process or self._is_closed or time.monotonic() < self._next_waking:
                return
            self._next_waking = time.monotonic() + STARTING_SECONDS
            self._thread.submit(self._begin_early)

    def stop(self) -> None:
        """Ends the process, and all waiting."""
        self._is_closed = True
        if self._process:
            self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        self._put_away()

    @property
    def process(self) -> int | None:
        """The number of the process, while there is one."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def _find(self, question: Question) -> Future[Arrays]:
        """The answer, which may be to come."""
        with self._changing:
            at, future = self._known.get(question, (0.0, None))
            if future is None or (is_passing(future) and time.monotonic() - at > RETRY_SECONDS):
                if sum(not one.done() for _, one in self._known.values()) >= MOST_WAITING:
                    raise EngineError("too many pictures are asked for at the moment")
                future = self._thread.submit(self._work, question)
                self._known[question] = (time.monotonic(), future)
            self._known.move_to_end(question)
            if len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
            return future

    def _work(self, question: Question) -> Arrays:
        """Asks the process, and a new one where that of before has ended, as it does when it is idle."""
        trick, recipe, draw = question
        order = PictureOrder(trick=trick, dataset=recipe.dataset, values=recipe.values, draw=draw)
        if self.process:
            with contextlib.suppress(OSError):
                return self._exchange(order, DRAWING_SECONDS if self._has_drawn else STARTING_SECONDS)
        self._begin()
        try:
            return self._exchange(order, STARTING_SECONDS)
        except OSError:
            self._process.wait()
            words = read_last_words(self._log)
            raise EngineError(f"the process that draws ended unexpectedly{f' ({words})' if words else ''}") from None

    def _exchange(self, order: PictureOrder, seconds: float) -> Arrays:
        """Sends the order and reads the answer (OSError: the process is gone); one that hangs is ended."""
        process, is_late = self._process, threading.Event()

        def end() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            send(process.stdin, order)
            answer = receive(process.stdout)
        except ValueError:  # Not of our making.
            answer = None
        finally:
            timer.cancel()
        if is_late.is_set():
            process.wait()
            raise EngineError(f"the process that draws gave no answer for {seconds:.0f} seconds and was ended")
        if answer is None:
            process.kill()
            raise BrokenPipeError
        if isinstance(answer[1], Failed):
            raise EngineError(answer[1].reason)
        self._has_drawn = True
        return unpack(answer[1].arrays)

    def _begin_early(self) -> None:
        with contextlib.suppress(EngineError):  # It is told to who asks for a picture.
            if not self.process:
                self._begin()

    def _begin(self) -> None:
        """Starts a process in the place of that of before."""
        self._put_away()
        self._has_drawn = False
        if self._is_closed:
            raise EngineError("the lab is being closed")
        self._process, self._log = begin_worker(self._options, self._module)
        if self._is_closed:  # Meanwhile.
            self._process.kill()

    def _put_away(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._log) if self._process else ():
            with contextlib.suppress(OSError):
                stream.close()
        if self._process:
            self._process.kill()
            self._process.wait()


def is_passing(future: Future[Arrays]) -> bool:
    """Whether an answer is none to keep: a failure, or a picture of other images than those of the recipe."""
    return future.done() and not future.cancelled() and bool(future.exception() or "stand_in" in future.result())
