"""What goes through an engine's pipe comes out as it went in, or not at all."""

import io
from dataclasses import replace

import pytest

from tests.fakes import MACHINE, fake_epoch, fake_result
from tricks.engines.engine import Node
from tricks.engines.messages import (
    KINDS,
    DeviceId,
    Failed,
    Job,
    PackedPicture,
    PictureOrder,
    Pulse,
    Room,
    Stop,
    Stopped,
    receive,
    send,
)
from tricks.recipe.measurements import Checkpoint, Epoch, GraphCheck, Losses, Preparing, Result
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.recipe.work import Speed

BYTES = bytes(range(256)) + b'\n{"kind": "Stop"}\n'
VALUES = [
    Job(dataset="toy", values={"flip": True, "grad_clip": 0.1, "block": "double"}, seed=7, threads=2, state=BYTES),
    Stop(),
    Stopped(),
    Failed(reason='no "GPU"\nhere: ü'),
    Pulse(),
    Room(jobs=4),
    DeviceId(uuid="1f6c"),
    Speed(product_seconds=1e-11, operation_seconds=1e-4, slower={"float16": 2.0}),
    Node(name="node 1", cores=4, gpus=0, running=2, note="ü"),
    PictureOrder(trick="flip", dataset="toy", values={"flip": True}, draw=3),
    PackedPicture(arrays=BYTES),
    MACHINE,
    Preparing(text="Downloading", fraction=0.25),
    GraphCheck(used=False, reason="it is not faster"),
    Losses(step=3, seconds=0.1, losses=(2.302585092994046, 1e-9, float("inf"))),
    fake_epoch(test_loss=float("inf")),
    Checkpoint(epoch=1, step=8, seconds=0.5, state=BYTES),
    fake_result(predictions=BYTES, weights=b""),
]


def pass_through_pipe(*values) -> list:
    """What the other side receives, up to the end."""
    stream = io.BytesIO()
    for job, value in enumerate(values):
        send(stream, value, job)
    stream.seek(0)
    return [receive(stream) for _ in range(len(values) + 1)]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_pipe_keeps_values(value):
    """Every kind of value comes out of the pipe as it went in, bytes and infinite numbers included."""
    received = pass_through_pipe(value, value, Stop())

    assert [(0, value), (1, value), (2, Stop()), None] == received


def test_pipe_keeps_not_a_number():
    """A loss that is not a number comes out of the pipe as one."""
    (_, received), _ = pass_through_pipe(Losses(step=0, seconds=0.0, losses=(float("nan"),)))

    assert "nan" == str(received.losses[0])


def test_pipe_knows_all_kinds():
    """The walk over the pipe's kinds leaves none out, and all that a training yields is among them."""
    kinds = {type(value) for value in VALUES}

    assert set(KINDS.values()) == kinds
    assert {Losses, Epoch, Checkpoint, Result} <= kinds


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_cut_pipe(value):
    """A pipe that is cut anywhere in a value gives None, never half a value."""
    stream = io.BytesIO()
    send(stream, value)
    whole = stream.getvalue()

    received = [receive(io.BytesIO(whole[:length])) for length in range(len(whole))]

    assert [None] * len(whole) == received


def test_job_carries_the_run():
    """A job is the run to train and the checkpoint to go on from, if there is one."""
    recipe = Recipe(dataset="toy", flip=True, epochs=3)
    job = Job(dataset="toy", values=recipe.values, seed=7, threads=0)
    resumed = replace(job, epoch=1, step=8, seconds=0.5, state=BYTES)

    assert Run(recipe=recipe, seed=7) == job.run == resumed.run
    assert job.checkpoint is None
    assert Checkpoint(epoch=1, step=8, seconds=0.5, state=BYTES) == resumed.checkpoint
