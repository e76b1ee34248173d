"""The optimiser: how gradients move the weights, and for how long."""

from dataclasses import dataclass
from functools import partial

from tricks.catalogue.trick import declare

trick = partial(declare, stage="optimizer")


@dataclass(frozen=True, kw_only=True)
class OptimizerTricks:
    """One field a trick; its default is off."""

    grad_clip: float = trick(
        0.0,
        title="Gradient clipping",
        why="Shortens the gradient to this length when it is longer, so that one strange batch cannot throw the"
        " weights far off. 0 is off.",
        recommended=1.0,
        maximum=1000,
        picks=(0.0, 0.5, 1.0, 5.0),
        headline=True,
        phrase="gradient clipping {}",
        paper="Pascanu et al. 2012, https://arxiv.org/abs/1211.5063",
    )
    optimizer: str = trick(
        "adam",
        title="Optimiser",
        why="The rule that turns gradients into steps. SGD here has Nesterov momentum 0.9; AdamW differs from Adam"
        " only when there is weight decay.",
        recommended="sgd",
        choices=("adam", "adamw", "sgd"),
        fills_in={
            "adam": {"learning_rate": 1e-3},
            "adamw": {"learning_rate": 1e-3},
            "sgd": {"learning_rate": 5e-2},
        },
        phrase="{}",
        paper="Kingma & Ba 2014, https://arxiv.org/abs/1412.6980",
    )
    learning_rate: float = trick(
        1e-3,
        title="Learning rate",
        why="The length of a step, and the setting that matters most: compare nothing before it is right for both"
        " sides.",
        recommended=2e-3,
        minimum=1e-6,
        maximum=10,
        picks=(3e-4, 1e-3, 2e-3, 3e-3, 1e-2, 5e-2),
        phrase="learning rate {}",
        paper="Smith 2015, https://arxiv.org/abs/1506.01186",
    )
    schedule: str = trick(
        "constant",
        title="Schedule",
        why="How the learning rate moves: constant; times 0.8 each epoch; a cosine down to zero; or one cycle, up for"
        " the first quarter and then down to zero.",
        recommended="one-cycle",
        choices=("constant", "exponential", "cosine", "one-cycle"),
        phrase="{} schedule",
        paper="Smith & Topin 2017, https://arxiv.org/abs/1708.07120",
    )
    weight_decay: float = trick(
        0.0,
        title="Weight decay",
        why="Pulls every weight a little towards zero at each step, in favour of simpler functions. 0 is off.",
        recommended=1e-4,
        maximum=1,
        picks=(0.0, 1e-4, 5e-4, 1e-2),
        phrase="weight decay {}",
        paper="Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101",
    )
    epochs: int = trick(
        10,
        title="Epochs",
        why="How often every training image is seen. Many tricks only pay off in longer trainings; recipes of"
        " different length are different recipes.",
        recommended=20,
        minimum=1,
        maximum=200,
        picks=(1, 5, 10, 20, 40),
        phrase="{} epochs",
        paper="Hoffer et al. 2017, Train longer, generalize better, https://arxiv.org/abs/1705.08741",
    )
