"""The evaluation: which weights are judged, and how."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="evaluation")


@dataclass(frozen=True, kw_only=True)
class EvaluationTricks:
    """One field a trick; its default is off."""

    test_flip: bool = trick(
        False,
        title="Mirrored test images",
        why="Shows every test image twice, as it is and mirrored left to right, and takes the mean of the two answers."
        " Nothing about the training changes.",
        recommended=True,
        phrase="mirrored test images",
        helps="Nearly always a little, for twice the work in testing, and none in training. Not where left and right"
        " matter.",
        picture="images",
        paper="Krizhevsky et al. 2012, https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
    )
    weight_averaging: float = trick(
        0.0,
        title="Weight averaging",
        why="Judges a moving average of the weights instead of where the last steps happened to lead: this is the share"
        " that it keeps at each step, less in the first ones. 0 is off.",
        recommended=0.99,
        choices=(0.0, 0.99, 0.999),
        phrase="weight averaging {}",
        helps="With a rate that stays high to the end; a schedule that falls to zero averages in its own way.",
        picture="path",
        paper="Polyak & Juditsky 1992; Tarvainen & Valpola 2017, https://arxiv.org/abs/1703.01780",
    )
