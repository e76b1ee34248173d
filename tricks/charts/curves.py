"""Records in, tables out: the curves that charts draw, thinned to what a screen can show."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from tricks.recipe.measurements import Epoch
from tricks.store.record import Record

MOST_POINTS = 600
ACCURACY_COLUMNS = {"epoch": int, "step": int, "seconds": float, "accuracy": float, "series": str, "seed": str}
MEAN_COLUMNS = ["epoch", "step", "seconds", "mean", "low", "high", "count", "series"]
HIGHEST_LOSS = 10.0  # What is drawn of a training that explodes; chance is 2.3.


def thin(values: Sequence[float], most: int = MOST_POINTS) -> np.ndarray:
    """The places of at most `most` values that keep the curve's look: the extremes of every stretch, and the ends."""
    count = len(values)
    if count <= most:
        return np.arange(count)
    edges = np.linspace(0, count, most // 2, dtype=int)
    series = np.nan_to_num(np.asarray(values), nan=np.inf)
    places = {0, count - 1}
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        places |= {start + int(series[start:end].argmin()), start + int(series[start:end].argmax())}
    return np.array(sorted(places))


def smooth(losses: Sequence[float], steps: int) -> np.ndarray:
    """The exponentially weighted mean of the losses, over about a hundredth of the whole training."""
    return pd.Series(losses, dtype=float).ewm(halflife=max(2, steps / 100)).mean().to_numpy()


def loss_curve(record: Record | None, steps: int) -> pd.DataFrame:
    """Columns step, loss, series: the raw losses and their smoothed course."""
    losses = np.clip(list(record.losses) if record else [], None, HIGHEST_LOSS)
    places = thin(losses)
    raw = pd.DataFrame({"step": places, "loss": np.asarray(losses, dtype=float)[places], "series": "every step"})
    smoothed = pd.DataFrame({"step": places, "loss": smooth(losses, steps)[places], "series": "smoothed"})
    return pd.concat([raw, smoothed], ignore_index=True)


def evaluated_loss_curve(record: Record | None) -> pd.DataFrame:
    """Columns step, loss, series: the loss on the test images after every epoch."""
    rows = [(epoch.step, min(epoch.test_loss, HIGHEST_LOSS), "on test images") for epoch in list_epochs(record)]
    return pd.DataFrame(rows, columns=["step", "loss", "series"])


def train_accuracy_curve(record: Record | None) -> pd.DataFrame:
    """Columns epoch, accuracy, series: the accuracy on the training images, taken while training."""
    rows = [(epoch.epoch, epoch.train_accuracy, "on training images") for epoch in list_epochs(record)]
    return pd.DataFrame(rows, columns=["epoch", "accuracy", "series"])


def list_epochs(record: Record | None) -> list[Epoch]:
    """The record's epochs by now: of a live run there may be more in a moment."""
    return list(record.epochs) if record else []


def mean_loss_curve(records: Sequence[Record], steps: int, series: str) -> pd.DataFrame:
    """Columns step, loss, series: the mean of the smoothed losses of several seeds, on a common axis of `steps`."""
    places = np.linspace(0, steps, 200)
    curves = []
    for record in records:
        if record.losses:
            taken = np.linspace(0, len(record.losses), len(record.losses))
            curves.append(np.interp(places, taken, smooth(record.losses, steps), right=np.nan))
    if not curves:
        return pd.DataFrame({"step": [], "loss": [], "series": []})
    mean = pd.DataFrame(curves).mean().to_numpy()  # Where a seed has ended early, the mean of the others.
    return pd.DataFrame({"step": places, "loss": mean, "series": series})


def accuracy_curves(records: Iterable[Record | None], series: str) -> pd.DataFrame:
    """Columns epoch, step, seconds, accuracy, series, seed: test accuracy after every epoch, and when that was."""
    rows = [
        (epoch.epoch, epoch.step, epoch.seconds, epoch.test_accuracy, series, str(record.run.seed))
        for record in records
        for epoch in list_epochs(record)
    ]
    return pd.DataFrame(rows, columns=list(ACCURACY_COLUMNS)).astype(ACCURACY_COLUMNS)


def stand_still(records: Iterable[Record | None], last_epoch: int) -> list[pd.DataFrame]:
    """Rows that carry diverged runs on to the last epoch with the accuracy that they have, so that none drops out."""
    return [
        pd.DataFrame({"epoch": range(len(record.epochs) + 1, last_epoch + 1), "accuracy": record.outcome.test_accuracy})
        for record in records
        if record and record.outcome and record.outcome.diverged and len(record.epochs) < last_epoch
    ]


def mean_accuracy_curve(records: Sequence[Record | None], series: str) -> pd.DataFrame:
    """Columns epoch, step, seconds, mean, low, high, count, series: over seeds, low and high being single seeds'.

    An epoch stands at the median of the seconds that the seeds took until then: one may have been paused.
    """
    curves = accuracy_curves(records, series)
    groups = pd.concat([curves, *stand_still(records, curves["epoch"].max())]).groupby("epoch")
    by_epoch = groups["accuracy"].agg(["mean", "min", "max", "count"]).join(groups[["step", "seconds"]].median())
    return by_epoch.rename(columns={"min": "low", "max": "high"}).reset_index().assign(series=series)[MEAN_COLUMNS]
