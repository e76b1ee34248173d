"""The loss: what the training makes smaller."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="loss")


@dataclass(frozen=True, kw_only=True)
class LossTricks:
    """One field a trick; its default is off."""

    label_smoothing: float = trick(
        0.0,
        title="Label smoothing",
        why="Asks for a little less than certainty: this share of the target is spread over all ten classes. 0 is"
        " off; on small nets trained briefly it may bring nothing.",
        recommended=0.1,
        maximum=0.9,
        picks=(0.0, 0.05, 0.1, 0.2),
        phrase="label smoothing {}",
        helps="In large nets that become too sure of themselves, and with some wrong labels.",
        picture="loss",
        paper="Szegedy et al. 2015, https://arxiv.org/abs/1512.00567",
    )
    loss: str = trick(
        "cross-entropy",
        title="Loss",
        why="How far off an answer is: by the logarithm of the right class's probability; by the squared distance of"
        " the outputs from 1 for the right class and 0 for all others; or focal, which looks away from what is already"
        " right.",
        recommended="squared",
        choices=("cross-entropy", "squared", "focal"),
        phrase="{} loss",
        left_out="it takes the place of cross-entropy",
        helps="Cross-entropy is hard to beat. Squared loss is as good in many tasks; focal loss is meant for rare"
        " classes.",
        picture="loss",
        paper="Hui & Belkin 2020, https://arxiv.org/abs/2006.07322; Lin et al. 2017, https://arxiv.org/abs/1708.02002",
    )
