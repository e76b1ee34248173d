"""The steps of an epoch as launches, and each launch as one CUDA graph.

A step of these small networks is bound by launching its kernels one by one, not by their work. A graph launches the
kernels of several whole steps at once. It holds exactly what `step.py` says, since nothing tells a step what is next
but the device's own memory; so plain steps and graphed ones must end with equal bits, which `choose_launcher` checks.
https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from tricks.recipe.measurements import GraphCheck
from tricks.recipe.network import count_flops, describe_network
from tricks.recipe.recipe import Recipe
from tricks.training.memory import is_out_of_memory
from tricks.training.snapshot import Snapshot
from tricks.training.step import Step
from tricks.training.streams import find_own_stream

STEPS_A_GRAPH = range(16, 7, -1)  # More would keep a Stop waiting, and bring nothing: the host is ahead by then.
MOST_FLOPS = 100e9  # Of a step, some 5 ms of a GPU: one that long is bound by its work, and needs no graph.
WARM_UP_STEPS = 3  # As PyTorch's notes advise before a capture.


class CaptureFailed(Exception):
    """A graph could not be captured; the process should train no more, since CUDA may have been left in disorder."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Consecutive steps that are launched together, each on a batch of this size."""

    batch: int
    steps: int = 1

    @property
    def images(self) -> int:
        """The images of all its steps."""
        return self.batch * self.steps


Launcher = Callable[[Launch], None]


def plan_launches(images: int, batch_size: int, on_gpu: bool) -> list[Launch]:
    """The launches of an epoch; on the CPU one a step. The last batch may be smaller, and is one by itself."""
    batches, rest = divmod(images, batch_size)
    together = choose_steps(batches) if on_gpu else 1
    launches = [Launch(batch=batch_size, steps=together)] * (batches // together)
    launches += [Launch(batch=batch_size)] * (batches % together)
    return launches + [Launch(batch=rest)] * (rest > 0)


def choose_steps(batches: int) -> int:
    """How many steps one graph holds: as many as fit the epoch's batches without a rest, when some number does."""
    if batches < STEPS_A_GRAPH[-1]:
        return max(1, batches)
    return next((steps for steps in STEPS_A_GRAPH if batches % steps == 0), STEPS_A_GRAPH[0])


def launch_plainly(step: Step) -> Launcher:
    """Takes the steps of a launch one after the other."""

    def launch(steps: Launch) -> None:
        for _ in range(steps.steps):
            step(steps.batch)

    return launch


def capture_launches(
    plain: Launcher, launches: Sequence[Launch], before: Snapshot, dropout: torch.Generator
) -> Launcher:
    """Every kind of launch as a CUDA graph (CaptureFailed); each try begins from `before`, which is put back.

    All on the training's own stream: cuBLAS keeps memory for each stream, and a graph keeps its address. Graphs of two
    trainings that were captured on one stream would write there at once, and one that goes would free it for both.
    https://github.com/pytorch/pytorch/issues/193402
    """
    graphs: dict[Launch, torch.cuda.CUDAGraph] = {}
    stream = find_own_stream()
    for launch in launches:
        warm_up(lambda batch=launch.batch: plain(Launch(batch=batch)), before, stream)
        graphs[launch] = capture(lambda launch=launch: plain(launch), dropout, stream)
    before.restore()
    return lambda launch: graphs[launch].replay()


def capture(work: Callable[[], None], dropout: torch.Generator, stream: torch.cuda.Stream) -> torch.cuda.CUDAGraph:
    """The work as a CUDA graph (CaptureFailed, or OutOfMemoryError, after which CUDA is in order)."""
    graph = torch.cuda.CUDAGraph()
    if torch.__version__ < (2, 14):  # From there on a generator is registered when it first draws.
        graph.register_generator_state(dropout)
    try:
        with torch.cuda.graph(graph, stream=stream):
            work()
    except torch.OutOfMemoryError:  # The capture has ended well, or its end would have raised another error.
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        raise CaptureFailed(f"no graph could be captured: {reason}") from error
    return graph


def warm_up(step: Callable[[], None], before: Snapshot, stream: torch.cuda.Stream) -> None:
    """Takes some steps on the stream, after which libraries and optimiser have all that they keep."""
    stream.wait_stream(torch.cuda.current_stream())
    try:
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_STEPS):
                before.restore()
                step()
            before.restore()
    finally:
        torch.cuda.current_stream().wait_stream(stream)


def choose_launcher(
    recipe: Recipe, plain: Launcher, launches: Sequence[Launch], before: Snapshot, dropout: torch.Generator
) -> tuple[Launcher, GraphCheck]:
    """Graphs where they end with the bits of plain steps, else plain steps (CaptureFailed); `before` is put back."""
    kinds = list(dict.fromkeys(launches))
    if 3 * count_flops(describe_network(recipe)) * launches[0].batch > MOST_FLOPS:
        return plain, GraphCheck(used=False, reason="not needed: a step is bound by its work, not by its launches")
    try:
        graphed = capture_launches(plain, kinds, before, dropout)
        expected, found = (
            before.try_out(lambda way=way: [way(launch) for launch in kinds]) for way in (plain, graphed)
        )
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        before.restore()
        return plain, GraphCheck(used=False, reason="the device has not enough memory for graphs")
    different = [name for name, content in expected.items() if not torch.equal(content, found[name])]
    if different:
        return plain, GraphCheck(used=False, reason=f"other bits than plain steps in {different[0]}")
    steps = sum(launch.steps for launch in kinds)
    return graphed, GraphCheck(used=True, reason=f"equal bits over {steps} steps, {kinds[0].steps} steps a launch")
