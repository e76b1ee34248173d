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
        helps="Where single batches have huge gradients: recurrent nets, high learning rates, the first steps. Else it"
        " rarely acts.",
        picture="clipping",
        paper="Pascanu et al. 2012, https://arxiv.org/abs/1211.5063",
    )
    optimizer: str = trick(
        "adam",
        title="Optimiser",
        why="The rule that turns gradients into steps. SGD here has Nesterov momentum; AdamW differs from Adam only"
        " when there is weight decay; NAdam is Adam with Nesterov's; RMSprop has none; Muon makes the steps of filters"
        " equally long in every direction, and leaves the other weights to AdamW.",
        recommended="sgd",
        choices=("adam", "adamw", "sgd", "muon", "rmsprop", "nadam"),
        fills_in={
            "adam": {"learning_rate": 1e-3},
            "adamw": {"learning_rate": 1e-3},
            "sgd": {"learning_rate": 5e-2},
            "muon": {"learning_rate": 1e-3},
            "rmsprop": {"learning_rate": 1e-3},
            "nadam": {"learning_rate": 1e-3},
        },
        phrase="{}",
        left_out="SGD wants a learning rate and a schedule of its own",
        helps="Adam is good without tuning; SGD with momentum ends as well or better when its rate and schedule are"
        " tuned; Muon is quick in short trainings.",
        picture="path",
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
        helps="Always look here first: too small a rate wastes the epochs, too large a one never settles.",
        picture="rates",
        paper="Smith 2015, https://arxiv.org/abs/1506.01186",
    )
    schedule: str = trick(
        "constant",
        title="Schedule",
        why="How the learning rate moves: constant; times 0.8 each epoch; a cosine down to zero; one cycle, up for the"
        " first quarter and then down to zero; straight down to zero; or a tenth after one half of the training, and"
        " again after three quarters.",
        recommended="one-cycle",
        choices=("constant", "exponential", "cosine", "one-cycle", "linear", "step"),
        phrase="{} schedule",
        helps="Nearly always: large steps first, small ones last. The shorter the training, the more it brings.",
        picture="rates",
        paper="Smith & Topin 2017, https://arxiv.org/abs/1708.07120",
    )
    weight_decay: float = trick(
        0.0,
        title="Weight decay",
        why="Pulls every weight a little towards zero at each step, in favour of simpler functions: with AdamW and Muon"
        " by learning rate × decay of it, with the others as a part of the gradient. 0 is off.",
        recommended=1e-4,
        maximum=1,
        picks=(0.0, 1e-4, 5e-4, 1e-2),
        phrase="weight decay {}",
        helps="In long trainings, and most with SGD. Too much keeps the net from learning at all.",
        no_picture="each step's pull is far finer than any line",
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
        left_out="a longer training is a larger budget, and helps whatever else is on",
        helps="As long as the test accuracy still rises; augmentation lets it rise for longer.",
        picture="rates",
        paper="Hoffer et al. 2017, Train longer, generalize better, https://arxiv.org/abs/1705.08741",
    )
    momentum: float = trick(
        0.9,
        title="Momentum",
        why="How much of the last direction a step keeps: more averages the noise of more batches, and takes longer to"
        " turn. For Adam and its kind it is beta 1.",
        recommended=0.95,
        choices=(0.9, 0.0, 0.8, 0.95),
        idle_with={"optimizer": ("rmsprop",)},
        phrase="momentum {}",
        left_out="which one is best depends on the learning rate",
        helps="With SGD almost always. For Adam and its kind 0.9 is rarely far from the best.",
        picture="path",
        paper="Polyak 1964; Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html",
    )
    warmup: float = trick(
        0.0,
        title="Warm-up",
        why="Lets the learning rate grow from almost nothing over this share of the training, while the first gradients"
        " are still wild. 0 is off.",
        recommended=0.05,
        choices=(0.0, 0.05, 0.1),
        phrase="warm-up {}",
        left_out="the one-cycle schedule has one of its own",
        helps="With large batches, high rates, and nets without norm layers; else a schedule alone is enough.",
        picture="rates",
        paper="Goyal et al. 2017, https://arxiv.org/abs/1706.02677",
    )
    decay_exempt: bool = trick(
        False,
        title="No decay of biases",
        why="Spares biases, and the scales of BatchNorm and its kind, the weight decay: only weights that multiply the"
        " inputs are pulled towards zero.",
        recommended=True,
        idle_with={"weight_decay": (0.0,)},
        needs={"weight_decay": 1e-4},
        phrase="no decay of biases",
        helps="Only beside a weight decay that is strong enough to matter; common, and rarely worth more than a tenth"
        " of a point.",
        no_picture="it is a list of weights: biases, and the scales and shifts of norms",
        paper="He et al. 2018, Bag of Tricks, https://arxiv.org/abs/1812.01187",
    )
    lookahead: bool = trick(
        False,
        title="Lookahead",
        why="After every five steps the weights go only half the way that these went, and begin there anew: the steps"
        " explore, and the slower weights, which are judged and kept, follow what they agree on.",
        recommended=True,
        phrase="lookahead",
        helps="With a rate that is too high for the last steps; a schedule that falls to zero leaves it little to do.",
        picture="path",
        paper="Zhang et al. 2019, https://arxiv.org/abs/1907.08610",
    )
    sharpness: float = trick(
        0.0,
        title="Sharpness-aware steps",
        why="Takes each gradient where the loss is worst within this distance, so that the weights end where all around"
        " is good as well: every step is twice the work. 0 is off.",
        recommended=0.05,
        choices=(0.0, 0.05, 0.1),
        phrase="sharpness-aware steps {}",
        left_out="every step is twice the work",
        helps="In trainings that overfit, when there is time: compare it with twice the epochs, which cost the same.",
        picture="nearby",
        paper="Foret et al. 2020, https://arxiv.org/abs/2010.01412",
    )
