"""One way to train, in a process of its own: trains a slice for every line on its standard input, and says how fast."""

import json
import os
import sys
import time
from pathlib import Path

import psutil

from tricks.bench.training.ablation import build_step
from tricks.bench.training.loops import WAYS, Task


def main() -> None:
    """Builds the way, trains a first slice that does not count, then one whenever it is told to."""
    way, arguments = sys.argv[1], json.loads(sys.argv[2])
    task = Task(**{**arguments, "data": Path(arguments["data"])})
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What libraries print does not get between the answers.
    name, _, lever = way.partition(":")
    train_slice = build_step(lever, task) if name == "lever" else WAYS[way](task)
    train_slice()
    print("ready", file=output, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        train_slice()
        seconds = time.perf_counter() - began
        answer = {"images": task.images, "seconds": seconds, "peak_bytes": read_peak_bytes()}
        print(json.dumps(answer), file=output, flush=True)


def read_peak_bytes() -> int:
    """The most memory that this process has held, on a GPU when it uses one.

    Not `ru_maxrss` on Linux, where a child begins with its parent's.
    """
    torch = sys.modules.get("torch")  # A way with another framework must not import it for this.
    if torch and torch.cuda.is_initialized():
        return torch.cuda.max_memory_allocated()
    status = Path("/proc/self/status")
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    if not status.exists():
        import resource  # Windows has none.

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 1024 * int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    main()
