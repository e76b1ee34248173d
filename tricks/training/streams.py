"""Streams of a GPU: trainings that take turns each have one of their own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch


class Streams:
    """The streams of a device. Who is done gives theirs back: libraries keep memory for each that was ever used."""

    def __init__(self, device: torch.device):
        self.device = device
        self._free: list[torch.cuda.Stream] = []

    def run(self, parts: Iterator[Any]) -> Iterator[Any]:
        """Takes each part on a stream that belongs to this iterator alone, where the device has streams."""
        if self.device.type != "cuda":
            yield from parts
            return
        stream = self._free.pop() if self._free else torch.cuda.Stream(self.device)
        stream.wait_stream(torch.cuda.current_stream(self.device))  # What others have loaded must be there.
        try:
            with contextlib.closing(parts):
                while True:
                    with torch.cuda.stream(stream):
                        part = next(parts, None)
                    if part is None:
                        return
                    yield part
        finally:
            self._free.append(stream)


def leave_default_stream(device: torch.device) -> None:
    """From now on this thread's work is on one stream of its own, on which all its trainings can be captured."""
    if device.type == "cuda":
        torch.cuda.set_stream(torch.cuda.Stream(device))


def find_own_stream() -> torch.cuda.Stream:
    """The current stream, or a new one where that is everybody's, on which nothing can be captured."""
    stream = torch.cuda.current_stream()
    return torch.cuda.Stream() if stream == torch.cuda.default_stream() else stream
