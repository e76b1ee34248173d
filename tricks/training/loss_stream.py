"""The losses of an epoch on their way from the device, in chunks, so that no step waits for the one before."""

import math
import time
from collections.abc import Iterator

import torch

from tricks.recipe.run import Losses

CHUNK_SECONDS = 0.2
DIVERGENCE_STEPS = 100  # How often a training on the CPU is ended for a loss that is not finite: at fixed steps.


class LossChunks:
    """The losses of an epoch on their way from the device: a chunk is copied while later steps run, and then read."""

    def __init__(self, steps: int, *, first_step: int, device: torch.device, run_began: float):
        self.first_step = first_step
        self.run_began = run_began
        self.losses = torch.zeros(steps, device=device)
        self.pinned = torch.zeros(steps, pin_memory=device.type == "cuda")
        self.copied = torch.cuda.Event() if device.type == "cuda" else None
        self.added = self.sent = self.read = 0
        self.sent_at = -math.inf
        self.diverged = False

    def add(self, loss: torch.Tensor) -> Iterator[Losses]:
        """Takes the next step's loss; yields a chunk when it is time for one and the device has delivered it."""
        self.losses[self.added] = loss
        self.added += 1
        now = time.perf_counter()
        if self.sent == self.read and (now - self.sent_at > CHUNK_SECONDS or self.added % DIVERGENCE_STEPS == 0):
            self.sent_at = now
            self._send()
        if self.sent > self.read and (self.copied is None or self.copied.query()):
            yield self._read()

    def rest(self) -> Iterator[Losses]:
        """What has not been read yet; the device must be synchronised."""
        self._send()
        if self.sent > self.read:
            yield self._read()

    def _send(self) -> None:
        rows = slice(self.sent, self.added)
        self.pinned[rows].copy_(self.losses[rows], non_blocking=True)
        if self.copied:
            self.copied.record()
        self.sent = self.added

    def _read(self) -> Losses:
        losses = tuple(self.pinned[self.read : self.sent].tolist())
        self.diverged = self.diverged or not all(map(math.isfinite, losses))
        seconds = time.perf_counter() - self.run_began
        chunk = Losses(step=self.first_step + self.read, seconds=seconds, losses=losses)
        self.read = self.sent
        return chunk
