"""Lookahead, against a loop that counts on the host."""

import numpy as np
import torch
from torch import nn

from tricks.recipe.recipe import Recipe
from tricks.training.averaging import judged
from tricks.training.lookahead import build_lookahead


def test_every_fifth_step_goes_half_the_way():
    """After every fifth step both weights are half the way that the fast ones went; in between only these move."""
    model = nn.Linear(3, 2)
    [lookahead] = build_lookahead(Recipe(lookahead=True), model)
    moves = torch.randn(12, 2, 3, generator=torch.Generator().manual_seed(0))
    slow = fast = model.weight.detach().double().numpy()

    for step, move in enumerate(moves.double().numpy(), start=1):
        fast = fast + move
        with torch.no_grad():
            model.weight.add_(moves[step - 1])
        lookahead.follow()
        if step % 5 == 0:
            slow = fast = slow + 0.5 * (fast - slow)
        np.testing.assert_allclose(fast, model.weight.detach().numpy(), atol=1e-5)
        np.testing.assert_allclose(slow, lookahead.tensors["lookahead/weight"].numpy(), atol=1e-5)


def test_a_step_in_between_is_left_alone():
    """In between no bit of the weights is changed."""
    model = nn.Linear(3, 2)
    [lookahead] = build_lookahead(Recipe(lookahead=True), model)
    for _ in range(4):
        with torch.no_grad():
            model.weight.normal_()
        before = model.weight.detach().clone()

        lookahead.follow()

        assert torch.equal(before, model.weight)


def test_the_slow_weights_are_judged():
    """Between two fifth steps the fast weights are under way: the slow ones are judged, and the fast ones go on."""
    model = nn.Linear(3, 2)
    followers = build_lookahead(Recipe(lookahead=True), model)
    slow = followers[0].tensors["lookahead/weight"].clone()
    with torch.no_grad():
        model.weight.add_(1)
    followers[0].follow()
    fast = model.weight.detach().clone()

    with judged(followers):
        seen = model.weight.detach().clone()

    assert torch.equal(slow, seen) and not torch.equal(slow, fast)
    assert torch.equal(fast, model.weight)
    assert torch.equal(slow, followers[0].tensors["lookahead/weight"])


def test_no_lookahead():
    """Without the trick nothing follows the weights."""
    assert [] == build_lookahead(Recipe(), nn.Linear(1, 1))
