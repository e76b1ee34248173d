"""One run from its first line to its last.

It has the parts that all trainings have, and is what exported scripts are made of. `loop.train` does the same, and also
streams, stops, resumes, and uses CUDA graphs.
"""

import time
from pathlib import Path

import torch
from torchvision.datasets import CIFAR10

from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.training.averaging import build_average, judged
from tricks.training.condition import apply_conditions
from tricks.training.data import Dataset, build_normalization, cut_batch, draw_epoch, move
from tricks.training.evaluation import evaluate
from tricks.training.lookahead import build_lookahead
from tricks.training.model import build_model
from tricks.training.optimizer import build_optimizer, choose_rate, plan_learning_rates
from tricks.training.speed import choose_layout, set_rounding
from tricks.training.step import learn_batch
from tricks.training.whitening import whiten


def load_images(recipe: Recipe, folder: Path | str) -> Dataset:
    """CIFAR-10, which is downloaded into the folder when it is first needed; other images lie there as a file."""
    if recipe.dataset != "cifar10":
        return Dataset(**torch.load(f"{folder}/{recipe.dataset}.pt"))
    train, test = CIFAR10(folder, train=True, download=True), CIFAR10(folder, train=False)
    return Dataset(
        train_images=torch.from_numpy(train.data),  # [50000, 32, 32, 3]
        train_labels=torch.tensor(train.targets),
        test_images=torch.from_numpy(test.data),  # [10000, 32, 32, 3]
        test_labels=torch.tensor(test.targets),
    )


def train_run(run: Run, dataset: Dataset) -> tuple[list[float], float]:
    """Trains on the dataset's device, printing how it goes: the loss of every step, and the share of right answers."""
    recipe, device, began = run.recipe, dataset.train_images.device, time.perf_counter()
    set_rounding(recipe)
    dataset = apply_conditions(recipe, dataset)
    images = len(dataset.train_images)
    dropout = torch.Generator(device)
    torch.manual_seed(run.derive_seed("weights"))
    model = build_model(recipe, dropout).to(device, memory_format=choose_layout(recipe, "channels_last"))
    optimizer = build_optimizer(recipe, model, trained_epochs=whiten(recipe, model, dataset))
    followers = [*build_lookahead(recipe, model), *build_average(recipe, model)]
    normalization = build_normalization(recipe, device)
    losses = []
    for epoch, learning_rates in enumerate(plan_learning_rates(recipe, run.steps_per_epoch)):
        model.train()
        dropout.manual_seed(run.derive_seed("dropout", epoch))
        draws = move(draw_epoch(run, epoch, images, recipe.batch_size), device)
        batches = torch.arange(images, device=device).split(recipe.batch_size)
        for rows, learning_rate in zip(batches, learning_rates, strict=False):
            inputs, labels = cut_batch(dataset, draws, rows, recipe, normalization)
            for group in optimizer.param_groups:
                group["lr"] = choose_rate(group, learning_rate, epoch)
            loss, _ = learn_batch(recipe, model, optimizer, followers, inputs, labels)
            losses.append(loss)
        with judged(followers):
            accuracy = evaluate(recipe, model, dataset).accuracy
        print(f"epoch {epoch + 1}: accuracy {accuracy:.2%}, {time.perf_counter() - began:.0f} s")
    return torch.stack(losses).tolist(), accuracy
