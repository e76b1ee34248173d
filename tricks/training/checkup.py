"""Whether training keeps its promises on this very device: `python -m tricks.training.checkup`.

A line of JSON a check, before which another one names it.

`python -m tricks doctor` starts it as a process of its own, so that neither it nor a broken device stops the doctor.
"""

import argparse
import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence

import torch

from tricks.recipe.measurements import Checkpoint, Epoch, Heartbeat, Measurement, Result
from tricks.recipe.presets import COMBINED
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.data import Dataset, move
from tricks.training.datasets import make_toy_set
from tricks.training.device import describe_for_repair, open_device, use_threads
from tricks.training.graph import CaptureFailed
from tricks.training.loop import begin_epoch, build_trainer, train, use_graphs
from tricks.training.optimizer import plan_learning_rates
from tricks.training.streams import Streams, leave_default_stream

RECIPES = {"the baseline": {}, "everything on": COMBINED}
SMALL = {"conv_width": 0.125, "dense_width": 8, "batch_size": 250}  # For a CPU, which is not in a hurry.
SIDE_BY_SIDE = (2, 4, 8)
NO_GPU = "not checked: training is on the CPU here"

Answer = tuple[bool | None, str]  # Whether it is so (None: not checked), and what was seen.


class Patient:
    """The device in question, with the toy set on it; `plainly` says why no graph is tried any more, if so."""

    def __init__(self, device: torch.device):
        self.device = device
        self.on_gpu = device.type == "cuda"
        self.plainly = ""
        self.streams = Streams(device)
        self.dataset: Dataset = move(make_toy_set(), device)

    def make_run(self, values: dict, seed: int = 0, epochs: int = 2) -> Run:
        """A run on the toy set; on a CPU a tiny one."""
        values = values | {"epochs": epochs} | ({} if self.on_gpu else SMALL)
        return Run(recipe=Recipe(dataset="toy", **values), seed=seed)

    def train(self, run: Run, checkpoint: Checkpoint | None = None, plainly: str = "") -> list[Measurement]:
        """All that a training yields."""
        return list(train(run, self.dataset, checkpoint, plainly=plainly or self.plainly))


def check_graphs(patient: Patient) -> Answer:
    """Graphs are used, and end with the weights of plain steps."""
    if not patient.on_gpu:
        return None, NO_GPU
    seen = {}
    for name, values in RECIPES.items():
        check, *_, graphed = patient.train(patient.make_run(values))
        *_, plain = patient.train(patient.make_run(values), plainly="to compare")
        equal = graphed.weights_sha256 == plain.weights_sha256
        seen[name] = "equal weights" if check.used and equal else f"{check.reason}; equal weights: {equal}"
    return all(words == "equal weights" for words in seen.values()), join(seen)


def check_repeats(patient: Patient) -> Answer:
    """The same run ends with the same weights."""
    seen = {}
    for name, values in RECIPES.items():
        first, again = (patient.train(patient.make_run(values))[-1].weights_sha256 for _ in range(2))
        seen[name] = "equal weights" if first == again else "other weights"
    return set(seen.values()) == {"equal weights"}, join(seen)


def check_resumed(patient: Patient) -> Answer:
    """A run that goes on from its checkpoint ends with the weights of one that was not disturbed."""
    seen = {}
    for name, values in RECIPES.items():
        run = patient.make_run(values)
        *measured, result = patient.train(run)
        [checkpoint] = [one for one in measured if isinstance(one, Checkpoint)]
        resumed = patient.train(run, checkpoint)[-1]
        seen[name] = "equal weights" if resumed.weights_sha256 == result.weights_sha256 else "other weights"
    return set(seen.values()) == {"equal weights"}, join(seen)


def check_waits(patient: Patient) -> Answer:
    """No step of an epoch waits for the device."""
    if not patient.on_gpu or patient.plainly:
        return None, patient.plainly or NO_GPU
    run = patient.make_run(COMBINED)
    trainer = build_trainer(run, patient.dataset, on_gpu=True)
    plan = plan_learning_rates(run.recipe, run.steps_per_epoch)
    trainer, _ = use_graphs(trainer, 0, plan[0])
    begin_epoch(trainer, 0, plan[0])
    torch.cuda.set_sync_debug_mode("error")
    try:
        for launch in trainer.launches:
            trainer.launch(launch)
    except RuntimeError as error:
        return False, str(error).splitlines()[0]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return True, f"{sum(launch.steps for launch in trainer.launches)} steps in {len(trainer.launches)} launches"


def check_streams(patient: Patient) -> Answer:
    """Runs that are trained at the same time end with the weights that they have alone."""
    if not patient.on_gpu:
        return None, NO_GPU
    runs = [patient.make_run(COMBINED, seed) for seed in range(4)]
    alone = [patient.train(run)[-1].weights_sha256 for run in runs]
    together = [one.weights_sha256 for one in train_together(patient, runs) if isinstance(one, Result)]
    return sorted(alone) == sorted(together), f"{len(set(alone) & set(together))} of {len(runs)} have equal weights"


def check_speed(patient: Patient) -> Answer:
    """How many images a second are trained: plain, by graphs, and several runs at a time."""
    run = patient.make_run({}, epochs=20 if patient.on_gpu else 3)
    plain = last_speed(patient.train(run, plainly="to compare"))
    seen = {"plain": f"{plain:,.0f} images/s"}
    if patient.on_gpu:
        seen["by graphs" if not patient.plainly else "again"] = f"{last_speed(patient.train(run)):,.0f} images/s"
        for count in SIDE_BY_SIDE:
            began = time.perf_counter()
            for _ in train_together(patient, [patient.make_run({}, seed, epochs=20) for seed in range(count)]):
                pass
            images = count * 20 * len(patient.dataset.train_images)
            seen[f"{count} at a time"] = f"{images / (time.perf_counter() - began):,.0f} images/s, with their start"
    return True, join(seen)


SEND = "please send this report"
CHECKS: dict[str, tuple[Callable[[Patient], Answer], str]] = {
    "CUDA graphs equal plain steps": (check_graphs, f"training goes on with plain steps, slower: {SEND}"),
    "the same run gives the same weights": (check_repeats, f"results here cannot be repeated: {SEND}"),
    "resumed equals undisturbed": (check_resumed, f"a resumed run is another run here: {SEND}"),
    "no step waits for the device": (check_waits, f"training is slower than it could be: {SEND}"),
    "runs at a time keep their weights": (check_streams, f"set TRICKS_SLOTS=1, and {SEND}"),
    "speed": (check_speed, ""),
}


def train_together(patient: Patient, runs: Sequence[Run]) -> Iterator[Measurement]:
    """Trains the runs at the same time, each on a stream of its own; yields what they measure."""
    waiting = [patient.streams.run(train(run, patient.dataset, plainly=patient.plainly)) for run in runs]
    while waiting:
        for training in list(waiting):
            measured = next(training, None)
            if measured is None:
                waiting.remove(training)
            elif not isinstance(measured, Heartbeat):
                yield measured


def last_speed(measured: Sequence[Measurement]) -> float:
    """Images a second of the last epoch."""
    return [one for one in measured if isinstance(one, Epoch)][-1].images_per_second


def join(seen: dict[str, str]) -> str:
    """What was seen of each, in one line."""
    return "; ".join(f"{name}: {words}" for name, words in seen.items())


def print_line(check: str, ok: bool | None, detail: str, advice: str) -> None:
    """One line; advice only where something is wrong."""
    line = {"check": check, "ok": ok, "detail": detail, "advice": advice if ok is False else ""}
    print(json.dumps(line), flush=True)


def main() -> None:
    """Checks the device that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True)
    options = parser.parse_args()
    use_threads()
    try:
        device, note = open_device(options.device)
    except ValueError as error:
        print_line("device", False, str(error), "choose another device, or mend this one's driver or PyTorch")
        return
    seen = "; ".join(filter(None, [describe_for_repair(device), note]))
    leave_default_stream(device)
    is_refused = bool(note) and device.type == "cpu"  # Of a GPU that is used, a note only tells its limits.
    print_line("device", not is_refused, seen, "install the driver, or the PyTorch, that fits the other")
    patient = Patient(device)
    for name, (check, advice) in CHECKS.items():
        print(json.dumps(name), flush=True)
        try:
            ok, detail = check(patient)
        except (RuntimeError, CaptureFailed) as error:
            ok, detail = False, str(error).splitlines()[0]
            if isinstance(error, CaptureFailed):  # What is left is looked at as runs are trained then.
                patient.plainly = detail
        print_line(name, ok, detail, advice)
        if patient.on_gpu:
            with contextlib.suppress(RuntimeError):
                torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
