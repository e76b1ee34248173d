"""The training loop: a stream of measurements."""

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import safetensors.torch
import torch
from torch import nn

from tricks.recipe.measurements import Checkpoint, Epoch, GraphCheck, Heartbeat, Losses, Measurement, Result
from tricks.recipe.run import Run
from tricks.training.averaging import build_average, judged
from tricks.training.checkpoint import hash_weights, on_cpu, restore_state, save_state
from tricks.training.condition import apply_conditions
from tricks.training.data import Dataset
from tricks.training.epoch import EpochBuffers
from tricks.training.evaluation import Evaluation, evaluate
from tricks.training.graph import Launch, Launcher, choose_launcher, launch_plainly, plan_launches
from tricks.training.lookahead import build_lookahead
from tricks.training.loss_stream import LossStream
from tricks.training.model import build_model
from tricks.training.optimizer import build_optimizer, plan_learning_rates
from tricks.training.snapshot import Snapshot
from tricks.training.speed import choose_layout, set_rounding
from tricks.training.step import Follower, make_step
from tricks.training.whitening import whiten


def train(
    run: Run,
    dataset: Dataset,
    checkpoint: Checkpoint | None = None,
    *,
    plainly: str = "",
    layout: str = "channels_last",
) -> Iterator[Measurement]:
    """Trains the run on the dataset's device, from the checkpoint when there is one, and yields what it measures.

    On a GPU it takes its steps as CUDA graphs unless `plainly` says why not, with equal bits either way, and yields a
    Heartbeat after every launch, so that several trainings can take turns (CaptureFailed, CheckpointMismatch).
    `layout` is the machine's: a run that goes on keeps the one that it began with, on which its bits depend.
    """
    layout = checkpoint.layout if checkpoint else layout
    trainer = build_trainer(run, dataset, on_gpu=dataset.train_images.device.type == "cuda", layout=layout)
    plan = plan_learning_rates(run.recipe, run.steps_per_epoch)
    first, elapsed = 0, 0.0
    if checkpoint:
        first, elapsed = restore_state(checkpoint, trainer.model, trainer.optimizer, trainer.more)
    if trainer.on_gpu:
        check = GraphCheck(used=False, reason=plainly)
        if not plainly:
            trainer, check = use_graphs(trainer, first, plan[first])
        yield check
    began = time.perf_counter() - elapsed
    images_per_second: list[float] = []
    for epoch in range(first, len(plan)):
        trained = yield from train_epoch(trainer, epoch, plan[epoch], began)
        set_rounding(run.recipe)
        with judged(trainer.followers):
            evaluation = evaluate(run.recipe, trainer.model, dataset)
        images_per_second.append(trained.images / trained.seconds)
        seconds = time.perf_counter() - began
        yield Epoch(
            epoch=epoch + 1,
            step=epoch * run.steps_per_epoch + trained.steps,
            train_accuracy=trained.accuracy,
            test_loss=evaluation.loss,
            test_accuracy=evaluation.accuracy,
            seconds=seconds,
            images_per_second=images_per_second[-1],
        )
        if trained.diverged or epoch + 1 == len(plan):
            break
        steps = (epoch + 1) * run.steps_per_epoch
        yield save_state(trainer.model, trainer.optimizer, epoch + 1, steps, seconds, layout, trainer.more)
    with judged(trainer.followers):
        yield build_result(trainer.model, evaluation, trained.diverged, seconds, images_per_second)


def build_result(
    model: nn.Module, evaluation: Evaluation, diverged: bool, seconds: float, images_per_second: Sequence[float]
) -> Result:
    """How the training of the model ended, whose last evaluation was this; its speed is that over all epochs."""
    return Result(
        test_accuracy=evaluation.accuracy,
        diverged=diverged or not math.isfinite(evaluation.loss),
        seconds=seconds,
        images_per_second=statistics.harmonic_mean(images_per_second),
        weights_sha256=hash_weights(model),
        predictions=safetensors.torch.save({"classes": evaluation.predictions}),
        weights=safetensors.torch.save(on_cpu(model.state_dict())),
    )


@dataclass(frozen=True, kw_only=True)
class Trainer:
    """What trains one run, all of it its own: several may take turns in one process.

    `followers` follow the weights from step to step; the last one may be an average that is judged in their place.
    """

    run: Run
    model: nn.Module
    optimizer: torch.optim.Optimizer
    followers: Sequence[Follower]
    dropout: torch.Generator
    epoch: EpochBuffers
    launches: Sequence[Launch]
    launch: Launcher
    on_gpu: bool

    @property
    def more(self) -> dict[str, torch.Tensor]:
        """The tensors that follow the weights, by name."""
        return {name: tensor for follower in self.followers for name, tensor in follower.tensors.items()}


def build_trainer(run: Run, dataset: Dataset, on_gpu: bool, layout: str = "channels_last") -> Trainer:
    """Fresh weights, which the seed draws on the CPU, and all else that the run needs, with plain steps."""
    recipe, device = run.recipe, dataset.train_images.device
    dataset = apply_conditions(recipe, dataset)
    images = len(dataset.train_images)
    dropout = torch.Generator(device)
    torch.manual_seed(run.derive_seed("weights"))
    memory = choose_layout(recipe, layout)
    model = build_model(recipe, dropout).to(device, memory_format=memory)
    # A convolution is channels last as soon as its weights or its inputs are, and batches are.
    model.register_forward_pre_hook(lambda _, inputs: inputs[0].contiguous(memory_format=memory))
    optimizer = build_optimizer(recipe, model, on_gpu, whiten(recipe, model, dataset))
    followers = [*build_lookahead(recipe, model), *build_average(recipe, model)]
    epoch = EpochBuffers.allocate(recipe, images, device)
    return Trainer(
        run=run,
        model=model,
        optimizer=optimizer,
        followers=followers,
        dropout=dropout,
        epoch=epoch,
        launches=plan_launches(images, epoch.batch_size, on_gpu),
        launch=launch_plainly(make_step(recipe, dataset, epoch, model, optimizer, followers)),
        on_gpu=on_gpu,
    )


def begin_epoch(trainer: Trainer, epoch: int, learning_rates: list[float]) -> None:
    """Draws all that the epoch needs; what was drawn before it makes no difference."""
    trainer.model.train()
    trainer.dropout.manual_seed(trainer.run.derive_seed("dropout", epoch))
    trainer.epoch.begin(trainer.run, epoch, learning_rates)


def use_graphs(trainer: Trainer, epoch: int, learning_rates: list[float]) -> tuple[Trainer, GraphCheck]:
    """The trainer with its launches as CUDA graphs, where they prove right from this epoch on (CaptureFailed)."""
    begin_epoch(trainer, epoch, learning_rates)
    before = Snapshot(trainer.model, trainer.optimizer, trainer.epoch, trainer.dropout, trainer.more)
    launch, check = choose_launcher(trainer.run.recipe, trainer.launch, trainer.launches, before, trainer.dropout)
    return replace(trainer, launch=launch), check


@dataclass(frozen=True, kw_only=True)
class TrainedEpoch:
    """What an epoch's training says of itself; `accuracy` is that of the changing weights on the augmented images."""

    steps: int
    images: int
    accuracy: float
    seconds: float
    diverged: bool


def train_epoch(
    trainer: Trainer, epoch: int, learning_rates: list[float], run_began: float
) -> Iterator[Losses | Heartbeat]:
    """One pass over the training images; yields the losses as they become known, and returns a TrainedEpoch."""
    begin_epoch(trainer, epoch, learning_rates)
    first_step = epoch * trainer.run.steps_per_epoch
    stream = LossStream(trainer.epoch.losses, first_step=first_step, run_began=run_began, on_gpu=trainer.on_gpu)
    steps = images = 0
    began = time.perf_counter()
    for launch in trainer.launches:
        trainer.launch(launch)
        steps += launch.steps
        images += launch.images
        yield from stream.follow(steps)
        if trainer.on_gpu:
            yield Heartbeat()
        if stream.diverged:
            break
    correct = trainer.epoch.correct.item()  # Waits for the last step.
    seconds = time.perf_counter() - began
    yield from stream.rest()
    return TrainedEpoch(
        steps=steps, images=images, accuracy=correct / images, seconds=seconds, diverged=stream.diverged
    )
