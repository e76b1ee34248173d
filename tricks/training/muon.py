"""Muon: momentum, made orthogonal, for the filters of convolutions, and AdamW for all other weights.

Keller Jordan 2024, https://kellerjordan.github.io/posts/muon/; `torch.optim.Muon` is the same for matrices, but reads
its rate on the host, where a CUDA graph cannot follow. The rate is scaled as in https://arxiv.org/abs/2502.16982, so
that a step of a filter is as long as AdamW's.
"""

import math

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Of the polynomial that drives all singular values towards 1, and how often.
ITERATIONS = 5


class Muon(torch.optim.AdamW):
    """AdamW, but for weights of four dimensions; its first beta is the momentum of both."""

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Moves all weights; the gradients of the filters are forgotten."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.ndim == 4 and weight.grad is not None:
                    self.move_filters(weight, group)
                    weight.grad = None
        super().step(closure)

    def move_filters(self, weight: torch.Tensor, group: dict) -> None:
        """One step of filters, [out, in, k, k], with Nesterov momentum and decay of their own."""
        momentum, rate = group["betas"][0], group["lr"]
        state = self.state[weight]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        state["momentum_buffer"].lerp_(weight.grad, 1 - momentum)
        update = orthogonalize(weight.grad.lerp(state["momentum_buffer"], momentum).flatten(1))  # [out, in * k * k]
        weight.mul_(1 - rate * group["weight_decay"])
        weight.sub_(update.view(weight.shape) * (rate * 0.2 * math.sqrt(max(update.shape))))


def orthogonalize(matrix: torch.Tensor) -> torch.Tensor:
    """The matrix with all its singular values near 1, by Newton and Schulz's iteration, in bfloat16 as it bears it."""
    is_tall = matrix.shape[0] > matrix.shape[1]
    rows = (matrix.T if is_tall else matrix).bfloat16()
    rows = rows / rows.norm().clamp(min=1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ITERATIONS):
        gram = rows @ rows.T
        rows = torch.addmm(rows, torch.addmm(gram, gram, gram, beta=b, alpha=c), rows, beta=a)
    return (rows.T if is_tall else rows).to(matrix.dtype)
