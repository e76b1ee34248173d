"""The process that is connected to a Ray cluster: takes jobs as a worker does, and has them trained there.

It ends itself when the process that started it is gone, which it sees by the end of its standard input; Ray ends it
when the cluster's head is gone.
"""

import argparse
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import ray

from tricks.engines.messages import Failed, Job, Output, Room, Stop, Stopped, beat, receive
from tricks.engines.process import DEAD_SECONDS, PATIENCE_SECONDS
from tricks.engines.ray_cluster import Cluster, explain_error
from tricks.engines.ray_node import train_on_node
from tricks.recipe.measurements import Heartbeat
from tricks.settings import OFFICIAL_FILES, ROOT
from tricks.system.resources import count_usable_cores

ANSWER_SECONDS = 10.0  # That a head has to take a connection; Ray itself would try for minutes.
GRACE_SECONDS = 3.0  # That a run has to end by itself.
LOCAL_STORE_BYTES = 500_000_000  # Checkpoints on their way, where Ray is started here.
SILENT = f"its node gave no sign of life for {DEAD_SECONDS:.0f} seconds"


def main() -> None:
    """Connects, then passes jobs on until nobody is there to ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--slots", type=int, required=True)
    options = parser.parse_args()
    output = Output(os.fdopen(os.dup(1), "wb"))
    threading.Thread(target=beat, args=(output,), daemon=True).start()
    os.dup2(2, 1)  # Whatever a library prints goes to the log.
    try:
        connect(options.address)
    except Exception as error:  # Ray has many; what they say may be pages long.
        where = f"the Ray cluster at {options.address}" if options.address else "Ray"
        output.send(Failed(reason=f"{where} cannot be used ({explain_error(error)})", cause="host"))
        return
    driver = Driver(output, Cluster(options.device, options.data, options.slots), bool(options.address))
    threading.Thread(target=driver.watch, daemon=True).start()
    driver.listen()


def connect(address: str) -> None:
    """Joins the cluster at this address, or starts Ray on this machine (OSError, an exception of Ray's)."""
    code = {"py_modules": [str(ROOT / "tricks")]}  # So that nodes run this very code.
    quiet = {"log_to_driver": False, "logging_level": "error", "runtime_env": code}
    if address:
        host, _, port = address.rpartition(":")
        if host:
            socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_SECONDS).close()
        ray.init(address=address, **quiet)
        return
    own = {"num_cpus": count_usable_cores(), "include_dashboard": False, "object_store_memory": LOCAL_STORE_BYTES}
    ray.init(address="local", **own, **quiet)


class RayTask:
    """A job as a task of Ray's, which may be stopped before it has begun."""

    def __init__(self):
        self.is_stopped = False
        self._words: Any = None
        self._is_over = threading.Event()
        self._changing = threading.Lock()

    def begin(self, function: Any, *arguments: Any) -> Iterator[Any]:
        """What the function yields on a node, but for signs of life (an exception of Ray's, or a long silence)."""
        with self._changing:
            if self.is_stopped:
                return
            self._words = function.remote(*arguments)
        try:
            yield from self._hear()
        finally:
            self._is_over.set()

    def stop(self) -> None:
        """Ends it; one that does not end by itself is killed with its process."""
        with self._changing:
            self.is_stopped = True
            if self._words is None:
                return
        with suppress(ray.exceptions.RayError):  # Its node may be gone.
            ray.cancel(self._words, force=False)
            if not self._is_over.wait(GRACE_SECONDS):
                ray.cancel(self._words, force=True)

    def _hear(self) -> Iterator[Any]:
        heard = None
        while True:
            if ray.wait([self._words], timeout=PATIENCE_SECONDS)[0]:
                heard = time.monotonic()
                try:
                    word = ray.get(next(self._words))
                except StopIteration:
                    return
                if not isinstance(word, Heartbeat):
                    yield word
            elif heard and time.monotonic() - heard > DEAD_SECONDS:
                ray.cancel(self._words, force=True)
                raise TimeoutError(SILENT)


class Driver:
    """The jobs in hand, each a task of Ray's by its number."""

    def __init__(self, output: Output, cluster: Cluster, is_elsewhere: bool):
        self._output, self._cluster, self._is_elsewhere = output, cluster, is_elsewhere
        self._tasks: dict[int, RayTask] = {}
        self._files: list[ray.ObjectRef] = []
        self._sharing = threading.Lock()

    def watch(self) -> None:
        """Tells how the cluster changes; where no node can train it says why, and ends the process."""
        room, machine = None, None
        while True:
            for node in self._cluster.look():
                self._output.send(node)
            if self._cluster.room != room:
                room = self._cluster.room
                self._output.send(Room(jobs=room))
            if self._cluster.machine and self._cluster.machine != machine:
                machine = self._cluster.machine
                self._output.send(machine)
            if reason := self._cluster.explain():
                self._output.send(Failed(reason=reason, cause="host"))
                leave(1)

    def listen(self) -> None:
        """Takes orders until nobody is there to give any."""
        while received := receive(sys.stdin.buffer):
            number, order = received
            if isinstance(order, Job):
                task = self._tasks[number] = RayTask()
                threading.Thread(target=self._follow, args=(number, order, task), daemon=True).start()
            elif isinstance(order, Stop):
                self._output.send(Stopped(), number)
                if task := self._tasks.get(number):
                    threading.Thread(target=task.stop, daemon=True).start()

    def _follow(self, number: int, job: Job, task: RayTask) -> None:
        """Has one job trained, and passes on what is said of it."""
        where = ""
        try:
            files = self._share_files() if job.dataset == "cifar10" else []
            function = ray.remote(train_on_node).options(**self._cluster.plan(job.threads).options)
            words = task.begin(function, job, self._cluster.device, self._cluster.data, files)
            where = next(words, "")
            self._count(where, 1)
            for word in words:
                self._output.send(word, number)
        except Exception as error:  # Of Ray's, or a fault of ours: the run may go on from its checkpoint.
            if not task.is_stopped:
                self._output.send(Failed(reason=explain_error(error), cause="worker"), number)
        finally:
            self._tasks.pop(number, None)
            self._count(where, -1)

    def _count(self, where: str, change: int) -> None:
        if node := self._cluster.count(where, change):
            self._output.send(node)

    def _share_files(self) -> list[ray.ObjectRef]:
        """A reference to CIFAR-10's official files, put into the object store once, for nodes that have none."""
        folder = Path(self._cluster.data) / OFFICIAL_FILES
        with self._sharing:
            if not self._files and self._is_elsewhere and folder.is_dir():
                self._files = [ray.put({path.name: path.read_bytes() for path in folder.iterdir()})]
            return self._files


def leave(code: int) -> None:
    """Leaves the cluster, ends a Ray that was started here, and ends this process."""
    threading.Timer(4.0, os._exit, [code]).start()
    ray.shutdown()
    os._exit(code)


if __name__ == "__main__":
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        main()
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        leave(1)
    leave(0)
