"""Schedules of the learning rate against PyTorch's own."""

import pytest
import torch
from torch import nn

from tricks.recipe.recipe import TRICKS, Recipe
from tricks.training.optimizer import build_optimizer, plan_learning_rates

SCHEDULES = TRICKS["schedule"].choices


def flat_plan(recipe: Recipe, steps_per_epoch: int) -> list[float]:
    """The learning rate of every step."""
    return [rate for epoch in plan_learning_rates(recipe, steps_per_epoch) for rate in epoch]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("epochs, steps_per_epoch", [(1, 1), (1, 7), (3, 1), (10, 782)])
def test_steps_are_counted(schedule, epochs, steps_per_epoch):
    """Every schedule has a learning rate for each step of each epoch, from zero to the recipe's."""
    recipe = Recipe(schedule=schedule, epochs=epochs)

    plan = plan_learning_rates(recipe, steps_per_epoch)

    assert [steps_per_epoch] * epochs == [len(epoch) for epoch in plan]
    assert all(0 <= rate <= recipe.learning_rate for rate in flat_plan(recipe, steps_per_epoch))


def test_constant():
    """The constant schedule is the literal learning rate at each step."""
    plan = flat_plan(Recipe(learning_rate=0.003, epochs=2), steps_per_epoch=3)

    assert [0.003] * 6 == plan


def test_cosine_agrees_with_torch():
    """The cosine schedule is PyTorch's CosineAnnealingLR, stepped after each batch."""
    recipe = Recipe(schedule="cosine", optimizer="sgd", epochs=3)
    optimizer = build_optimizer(recipe, nn.Linear(1, 1))
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=21)

    expected = follow(optimizer, scheduler, 21)

    assert pytest.approx(expected, rel=1e-9) == flat_plan(recipe, steps_per_epoch=7)


def test_exponential_agrees_with_torch():
    """The exponential schedule is PyTorch's ExponentialLR with 0.8, stepped after each epoch."""
    recipe = Recipe(schedule="exponential", optimizer="sgd", epochs=4)
    optimizer = build_optimizer(recipe, nn.Linear(1, 1))
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)

    expected = follow(optimizer, scheduler, 4)

    assert pytest.approx(expected, rel=1e-9) == [epoch[0] for epoch in plan_learning_rates(recipe, 5)]
    assert all(len(set(epoch)) == 1 for epoch in plan_learning_rates(recipe, 5))


def test_linear_agrees_with_torch():
    """The linear schedule is PyTorch's LinearLR down to zero, stepped after each batch."""
    recipe = Recipe(schedule="linear", optimizer="sgd", epochs=3)
    optimizer = build_optimizer(recipe, nn.Linear(1, 1))
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1, end_factor=0, total_iters=21)

    assert pytest.approx(follow(optimizer, scheduler, 21), rel=1e-9) == flat_plan(recipe, steps_per_epoch=7)


@pytest.mark.parametrize("epochs, steps_per_epoch", [(4, 5), (1, 8), (10, 12)])
def test_step_agrees_with_torch(epochs, steps_per_epoch):
    """The step schedule is PyTorch's MultiStepLR, a tenth after one half of all steps and after three quarters."""
    recipe, steps = Recipe(schedule="step", optimizer="sgd", epochs=epochs), epochs * steps_per_epoch
    optimizer = build_optimizer(recipe, nn.Linear(1, 1))
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [steps // 2, steps * 3 // 4], gamma=0.1)

    assert pytest.approx(follow(optimizer, scheduler, steps), rel=1e-9) == flat_plan(recipe, steps_per_epoch)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_agrees_with_torch(schedule):
    """A warm-up is PyTorch's LinearLR from one step's share on, over the first part of any schedule."""
    recipe = Recipe(warmup=0.1, schedule=schedule, optimizer="sgd", epochs=4)
    optimizer = build_optimizer(recipe, nn.Linear(1, 1))
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / 10, end_factor=1, total_iters=9)
    factors = [rate / recipe.learning_rate for rate in follow(optimizer, scheduler, 100)]
    without = flat_plan(Recipe(schedule=schedule, epochs=4), steps_per_epoch=25)

    expected = [rate * factor for rate, factor in zip(without, factors, strict=True)]

    assert pytest.approx(expected, rel=1e-9) == flat_plan(recipe, steps_per_epoch=25)


def test_a_warm_up_of_less_than_a_step_is_none():
    """Where the warm-up is shorter than a step, every step has its schedule's rate."""
    assert flat_plan(Recipe(epochs=1), 5) == flat_plan(Recipe(epochs=1, warmup=0.1), 5)


def follow(optimizer, scheduler, steps: int) -> list[float]:
    """The learning rates of a scheduler of PyTorch's."""
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_one_cycle():
    """One cycle rises for the first quarter from a small learning rate to the recipe's, then falls to almost zero."""
    recipe = Recipe(schedule="one-cycle", epochs=4)

    plan = flat_plan(recipe, steps_per_epoch=100)
    top = plan.index(max(plan))

    assert 100 == top
    assert pytest.approx(recipe.learning_rate) == plan[top]
    assert sorted(plan[:top]) == plan[:top]
    assert sorted(plan[top:], reverse=True) == plan[top:]
    assert pytest.approx(0.04 * recipe.learning_rate) == plan[0]
    assert 0 < plan[-1] < 0.01 * recipe.learning_rate
