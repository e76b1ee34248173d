"""How wide intervals are on the committed cache, as promised."""

import pytest

from tricks.analysis.claims import find_setting
from tricks.analysis.compare import compare_recipes
from tricks.recipe.recipe import Recipe
from tricks.settings import ROOT
from tricks.stats.interval import ALPHA, bonferroni
from tricks.store.results import gather
from tricks.store.store import Store

# The runs that the method was promised on; those that came later change the prior a little.
SETTINGS = {name: 10 for name in ("baseline", "wider", "deeper", "bn-before", "bn-after")}
SETTINGS |= {"residual": 12, "double-bn": 12, "deep": 6}
SETTINGS |= dict.fromkeys(("grad-clip", "batch-128", "residual-plain", "batch-128-steps", "batch-128-rate"), 5)
BLOG_SEEDS = {find_setting(name).key: seeds for name, seeds in SETTINGS.items()}
BLOG_SEEDS[Recipe(precision="bfloat16").key] = 10


@pytest.mark.parametrize(
    ("setting", "last_of_21", "settled", "settled_of_21"),
    [
        ("grad-clip", 2.2, 1.2, 1.6),
        ("batch-128", 3.0, 1.4, 1.9),
        ("residual-plain", 2.2, 1.1, 1.6),
        ("bn-before", 5.3, 1.5, 2.0),
        ("bn-after", 2.0, 1.2, 1.6),
        ("wider", 1.8, 1.0, 1.3),
    ],
)
def test_half_widths_on_the_committed_cache(setting, last_of_21, settled, settled_of_21):
    """On the blog's runs of the committed cache the intervals are as wide as was promised, alone and as one of 21."""
    finished = Store(ROOT / "cache").finished()
    results = gather(one for one in finished if one.run.seed < BLOG_SEEDS.get(one.run.recipe.key, 0))
    asked = (("last", bonferroni(21)), ("settled", ALPHA), ("settled", bonferroni(21)))

    found = [compare_recipes(find_setting(setting), Recipe(), results, *each) for each in asked]

    widths = [100 * (one.high - one.low) / 2 for one in found]
    assert [last_of_21, settled, settled_of_21] == pytest.approx(widths, abs=0.051)
