"""Which accuracy is compared, settled or after the last epoch: one choice for all rows of a page, kept in the link."""

from tricks.pages.shared.choices import choose
from tricks.stats.comparison import MEASURES
from tricks.stats.wording import MEASURE_WORDS


def choose_measure() -> str:
    """The measure that the visitor wishes for; never chosen trick by trick, which would be picking."""
    return choose(
        "Accuracy",
        "measure",
        MEASURES,
        format_func=MEASURE_WORDS.get,
        help="Settled is the mean of the last three epochs: it scatters less over seeds. Recipes whose learning"
        " rates end differently (another schedule) are compared after the last epoch in any case.",
    )
