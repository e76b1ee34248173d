"""The process that draws: PyTorch on one thread and a few images, so that a picture is there within a second.

It ends itself when nothing was asked for a while, and when the process that started it is gone.
"""

import argparse
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO

from torch import nn

from tricks.engines.messages import Failed, PackedPicture, PictureOrder, pack, receive, send
from tricks.recipe.recipe import Recipe
from tricks.training.device import use_threads
from tricks.training.optimizer import build_optimizer
from tricks.training.pictures.draw import draw_picture

IDLE_SECONDS = 300.0
QUIET_SECONDS = 0.3  # Without an order, before it makes itself ready for what takes PyTorch seconds the first time.

Orders = queue.SimpleQueue[tuple[int, PictureOrder]]


def main() -> None:
    """Draws what it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS)
    options = parser.parse_args()
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Whatever a library prints goes to the log, not between the pictures.
    orders: Orders = queue.SimpleQueue()
    threading.Thread(target=listen_for_orders, args=(sys.stdin.buffer, orders), daemon=True).start()
    use_threads(1)
    is_warm = False
    while True:
        try:
            number, order = orders.get(timeout=options.idle if is_warm else QUIET_SECONDS)
        except queue.Empty:
            if is_warm:
                return
            warm_up_pytorch()
            is_warm = True
        else:
            send(output, answer_order(order, options.data), number)


def listen_for_orders(stream: BinaryIO, orders: Orders) -> None:
    """Takes orders; when nobody is there any more, the process ends."""
    while order := receive(stream):
        orders.put(order)
    os._exit(0)


def warm_up_pytorch() -> None:
    """Builds an optimiser, for whose first one PyTorch loads much of itself."""
    build_optimizer(Recipe(), nn.Linear(1, 1))


def answer_order(order: PictureOrder, data: Path) -> PackedPicture | Failed:
    """The picture, or why there is none."""
    try:
        return PackedPicture(arrays=pack(draw_picture(order.recipe, order.trick, order.draw, data)))
    except Exception as error:  # The next order may well be drawn.
        traceback.print_exc()
        return Failed(reason=f"the picture could not be drawn ({type(error).__name__}: {error})")


if __name__ == "__main__":
    main()
    os._exit(0)  # Python's own way out would wait for the thread that listens.
