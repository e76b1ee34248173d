"""The blog to be replayed: its runs, its conclusions, and the controls that take its confounds apart.

A `Claim` says that one setting does better than another, or no worse. What holds of it is found in the cache each time
(`verdicts.py`), and is written down nowhere.
"""

from dataclasses import dataclass

from tricks.catalogue.trick import Value
from tricks.recipe.presets import BLOG_PRESETS
from tricks.recipe.recipe import Recipe

POST = "https://sujitpal.blogspot.com/2021/03/"
NOTEBOOK = "https://github.com/sujitpal/deeplearning-ai-examples/blob/master/tricks02_cifar10.ipynb"

# Two earlier versions of the post's notebook were committed with their outputs, which differ from the post's.
OTHER_RUNS = {
    "baseline": (0.733, 0.662),
    "wider": (0.737, 0.704),
    "deeper": (0.708, 0.729),
    "bn-before": (0.716, 0.746),
    "bn-after": (0.751, 0.746),
    "residual": (0.807, 0.809),
    "grad-clip": (0.723, 0.706),
    "batch-128": (0.724, 0.664),
}


@dataclass(frozen=True, kw_only=True)
class Control:
    """A setting that the blog did not try; `question` says which of its confounds it takes apart."""

    title: str
    values: dict[str, Value]
    question: str


CONTROLS = {
    "double-bn": Control(
        title="double + BatchNorm, no shortcut",
        values={"batch_norm": "before", "block": "double"},
        question="Is it the shortcut that makes residual blocks good?",
    ),
    "residual-plain": Control(
        title="residual without BatchNorm",
        values={"block": "residual"},
        question="What do residual blocks bring without BatchNorm?",
    ),
    "deep": Control(
        title="2 dense layers at the baseline's width",
        values={"dense_layers": 2},
        question="Is deeper better when it is not wider as well?",
    ),
    "batch-128-steps": Control(
        title="batch 128, 20 epochs: as many steps",
        values={"batch_size": 128, "epochs": 20},
        question="Is it the larger batch, or the half of the steps?",
    ),
    "batch-128-rate": Control(
        title="batch 128, learning rate 0.002",
        values={"batch_size": 128, "learning_rate": 0.002},
        question="Does a learning rate that grows with the batch make up for it?",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """That the setting `recipe` is `direction` (better, no worse, about the same) against `reference`; both by name.

    `remark` says what else the two differ in.
    """

    text: str
    recipe: str
    reference: str
    direction: str = "better"
    remark: str = ""

    @property
    def words(self) -> str:
        """The claim, with its remark."""
        return f"{self.text} ({self.remark})" if self.remark else self.text


# The post draws its conclusions from its table; these are the ones that its figures say.
CONCLUSIONS = (
    Claim(text="A wider dense head helps", recipe="wider", reference="baseline"),
    Claim(text="A deeper dense head helps", recipe="deeper", reference="baseline", remark="wider as well"),
    Claim(text="Wider is better than deeper", recipe="wider", reference="deeper"),
    Claim(text="BatchNorm before ReLU helps", recipe="bn-before", reference="baseline"),
    Claim(text="BatchNorm after ReLU helps", recipe="bn-after", reference="baseline"),
    Claim(text="BatchNorm is better before ReLU than after", recipe="bn-before", reference="bn-after"),
    Claim(
        text="Residual blocks help",
        recipe="residual",
        reference="baseline",
        remark="with BatchNorm and twice the convolutions as well",
    ),
    Claim(
        text="Residual is best, ahead of BatchNorm alone",
        recipe="residual",
        reference="bn-before",
        remark="with twice the convolutions as well",
    ),
    Claim(text="Gradient clipping helps", recipe="grad-clip", reference="baseline"),
    Claim(
        text="Batch 128 makes hardly a difference",
        recipe="batch-128",
        reference="baseline",
        direction="about the same",
        remark="half the steps as well",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Confound:
    """What the blog changed at once, and the questions that take it apart."""

    title: str
    why: str
    questions: tuple[Claim, ...]


CONFOUNDS = (
    Confound(
        title="Residual is three changes at once",
        why="BatchNorm, twice the convolutions, and the shortcut around them. Here they come one after the other.",
        questions=(
            Claim(text="Do two convolutions help, once there is BatchNorm?", recipe="double-bn", reference="bn-before"),
            Claim(text="Does the shortcut help on top of that?", recipe="residual", reference="double-bn"),
            Claim(
                text="Do two convolutions with BatchNorm and no shortcut reach what residual reaches?",
                recipe="double-bn",
                reference="residual",
                direction="no worse",
            ),
            Claim(text="Do residual blocks help without BatchNorm?", recipe="residual-plain", reference="baseline"),
            Claim(text="Does BatchNorm help in residual blocks?", recipe="residual", reference="residual-plain"),
        ),
    ),
    Confound(
        title="Deeper is wider as well",
        why="The blog's deeper head has 512 and 256 units where the baseline's has 64.",
        questions=(
            Claim(text="Does a second dense layer help at the baseline's width?", recipe="deep", reference="baseline"),
            Claim(text="Does a second dense layer help in the wide head?", recipe="deeper", reference="wider"),
        ),
    ),
    Confound(
        title="Batch 128 is half the steps as well",
        why="Twice the batch is half the optimiser's steps in ten epochs, at the same learning rate. As many steps are"
        " 20 epochs, in which each image is seen twice as often.",
        questions=(
            Claim(
                text="Is batch 128 as good as batch 64 for as many steps?",
                recipe="batch-128-steps",
                reference="baseline",
                direction="no worse",
            ),
            Claim(
                text="Is batch 128 as good as batch 64 with twice the learning rate?",
                recipe="batch-128-rate",
                reference="baseline",
                direction="no worse",
            ),
            Claim(
                text="Does twice the learning rate help at batch 128?", recipe="batch-128-rate", reference="batch-128"
            ),
        ),
    ),
)

QUESTIONS = tuple(question for confound in CONFOUNDS for question in confound.questions)


def find_setting(name: str) -> Recipe:
    """The recipe of one of the blog's settings or a control."""
    return Recipe(**(BLOG_PRESETS[name] if name in BLOG_PRESETS else CONTROLS[name]).values)


def title_setting(name: str) -> str:
    """The title of one of the blog's settings or of a control."""
    return (BLOG_PRESETS[name] if name in BLOG_PRESETS else CONTROLS[name]).title


def list_settings() -> list[Recipe]:
    """All recipes that the blog's conclusions and their controls are about, the blog's settings first."""
    return [find_setting(name) for name in (*BLOG_PRESETS, *CONTROLS)]
