"""How tests train small runs on the simulated GPU, plainly and by graphs."""

import safetensors.torch

from tricks.recipe.measurements import Checkpoint, Losses
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.checkpoint import hash_weights, restore_state, save_state
from tricks.training.data import Dataset
from tricks.training.loop import Trainer, build_trainer, train_epoch, use_graphs
from tricks.training.optimizer import plan_learning_rates

BATCH = 8
FEW = 3 * BATCH + 4  # A launch of 3 steps, and a smaller last batch.
SMALL = {"epochs": 2, "conv_width": 0.125, "dense_width": 8, "batch_size": BATCH}
ALL = {"optimizer": "sgd", "learning_rate": 0.05, "grad_clip": 0.1, "conv_dropout": 0.2, "dense_dropout": 0.2}
ALL |= {"batch_norm": "before", "block": "residual", "flip": True, "crop_padding": 2, "normalize": True}
ALL |= {"schedule": "one-cycle", "precision": "bfloat16", "weight_decay": 1e-4, "label_smoothing": 0.1}


def make_run(**values) -> Run:
    """A small run on the toy set."""
    return Run(recipe=Recipe(dataset="toy", **SMALL | values), seed=0)


def start(run: Run, dataset: Dataset) -> tuple[Trainer, list[list[float]]]:
    """A trainer for the simulated GPU, and its rates."""
    trainer = build_trainer(run, dataset, on_gpu=True)
    plan = plan_learning_rates(run.recipe, len(trainer.epoch.losses))
    return trainer, plan


def list_losses(trainer: Trainer, epoch: int, rates: list[float]) -> list[float]:
    """Trains an epoch."""
    measured = train_epoch(trainer, epoch, rates, 0.0)
    return [loss for one in measured if isinstance(one, Losses) for loss in one.losses]


def save(trainer: Trainer, epoch: int) -> Checkpoint:
    """A checkpoint after so many epochs."""
    return save_state(trainer.model, trainer.optimizer, epoch, 0, 0.0, more=trainer.more)


Ended = tuple[str, list[float], dict]


def end(run: Run, trainer: Trainer, losses: list[float]) -> Ended:
    """What a training leaves: its weights, losses and moments."""
    moments = safetensors.torch.load(save(trainer, run.recipe.epochs).state)
    return hash_weights(trainer.model), losses, {name: moment.tolist() for name, moment in moments.items()}


def graph_epoch(trainer: Trainer, epoch: int, rates: list[float]) -> tuple[Trainer, list[float]]:
    """Trains an epoch by replays, the first after the graphs were captured and checked."""
    trainer, check = use_graphs(trainer, epoch, rates)
    assert check.used, check.reason
    return trainer, list_losses(trainer, epoch, rates)


def train_plainly(run: Run, dataset: Dataset) -> Ended:
    """Both epochs, step by step."""
    trainer, plan = start(run, dataset)
    return end(run, trainer, [loss for epoch, rates in enumerate(plan) for loss in list_losses(trainer, epoch, rates)])


def train_by_graphs(run: Run, dataset: Dataset) -> tuple[Ended, Ended]:
    """Both epochs by replays, without a break, and resumed after the first."""
    first, plan = start(run, dataset)
    trainer, losses = graph_epoch(first, 0, plan[0])
    checkpoint = save(trainer, 1)
    undisturbed = end(run, trainer, losses + list_losses(trainer, 1, plan[1]))

    trainer, _ = start(run, dataset)
    restore_state(checkpoint, trainer.model, trainer.optimizer, trainer.more)
    trainer, more = graph_epoch(trainer, 1, plan[1])
    return undisturbed, end(run, trainer, losses + more)
