"""The conditions: no tricks, but what tricks are asked to help with."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="condition")


@dataclass(frozen=True, kw_only=True)
class ConditionTricks:
    """One field a condition; its default is off."""

    train_share: float = trick(
        1.0,
        title="Share of the training images",
        why="Trains on a part of the images, the same ones for every seed, each class with its share. An epoch is"
        " shorter by as much, so the same number of steps needs more of them.",
        recommended=0.1,
        choices=(1.0, 0.5, 0.2, 0.1),
        phrase="{} of the images",
        left_out="it is a condition, and no trick",
        helps="To ask whether a trick still helps where images are few: augmentation should then bring more.",
        picture="sheet",
        paper="Sun et al. 2017, https://arxiv.org/abs/1707.02968",
    )
    label_noise: float = trick(
        0.0,
        title="Wrong labels",
        why="Draws this part of the training labels anew among all classes, the same ones for every seed, so that most"
        " of them are wrong. Test labels stay right. 0 is off.",
        recommended=0.2,
        choices=(0.0, 0.1, 0.2, 0.4),
        phrase="{} of the labels drawn anew",
        left_out="it is a condition, and no trick",
        helps="To ask whether a trick still helps where labels are wrong: what keeps a net from learning by heart"
        " should.",
        picture="images",
        paper="Zhang et al. 2016, https://arxiv.org/abs/1611.03530",
    )
