"""The losses of an epoch on their way from the device, in chunks, so that no step waits for the one before."""

import math
import time
from collections import deque
from collections.abc import Iterator

import torch

from tricks.recipe.measurements import Losses

CHUNK_SECONDS = 0.2
CHECK_STEPS = 100  # How often it is asked whether all losses are finite: at fixed steps, never by the clock.


class LossStream:
    """Follows the losses that the steps of an epoch write down: copies them while later steps run, and yields them.

    `diverged` says whether a loss was not finite, as far as has been checked. On a GPU a check looks at what was sent
    by the check before: so the device never waits for its host, and a run that diverges ends at the same step always.
    """

    def __init__(self, losses: torch.Tensor, *, first_step: int, run_began: float, on_gpu: bool):
        self.losses = losses
        self.first_step = first_step
        self.run_began = run_began
        self.on_gpu = on_gpu
        self.diverged = False
        self._pinned = torch.zeros(len(losses), pin_memory=on_gpu)
        self._copies: deque[tuple[int, torch.cuda.Event]] = deque()
        self._launched = self._sent = self._arrived = self._told = 0
        self._checked = self._check_next = 0
        self._told_at = -math.inf

    def follow(self, launched: int) -> Iterator[Losses]:
        """Is told after every launch how many steps were launched in all; yields a chunk when it is time for one."""
        check = launched // CHECK_STEPS > self._launched // CHECK_STEPS
        due = time.perf_counter() - self._told_at > CHUNK_SECONDS
        self._launched = launched
        if check or (due and not self._copies):
            self._send()
        if check:
            self._check(self._check_next if self.on_gpu else launched)
            self._check_next = launched
        self._receive(0)
        if due and self._arrived > self._told:
            yield self._tell()

    def rest(self) -> Iterator[Losses]:
        """Waits for all that was launched, and yields what has not been yielded yet."""
        self._send()
        self._check(self._launched)
        if self._arrived > self._told:
            yield self._tell()

    def _send(self) -> None:
        if self._sent == self._launched:
            return
        rows = slice(self._sent, self._launched)
        self._pinned[rows].copy_(self.losses[rows], non_blocking=self.on_gpu)
        self._sent = self._launched
        if self.on_gpu:
            copied = torch.cuda.Event()
            copied.record()
            self._copies.append((self._sent, copied))
        else:
            self._arrived = self._sent

    def _receive(self, least: int) -> None:
        """Takes note of the copies that have arrived, and waits for those of the first `least` losses."""
        while self._copies and (self._arrived < least or self._copies[0][1].query()):
            self._arrived, copied = self._copies.popleft()
            copied.synchronize()

    def _check(self, until: int) -> None:
        self._receive(until)
        self.diverged = self.diverged or not self._pinned[self._checked : until].isfinite().all().item()
        self._checked = max(self._checked, until)

    def _tell(self) -> Losses:
        self._told_at = time.perf_counter()
        losses = tuple(self._pinned[self._told : self._arrived].tolist())
        chunk = Losses(step=self.first_step + self._told, seconds=self._told_at - self.run_began, losses=losses)
        self._told = self._arrived
        return chunk
