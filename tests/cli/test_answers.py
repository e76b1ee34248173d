"""What the cache says, on the command line."""

import json

import pytest

from tests.cli.calls import fill
from tricks.recipe.recipe import Recipe
from tricks.stats.interval import Sample, estimate

pytestmark = pytest.mark.usefixtures("cache")


def test_results_are_one_object_a_recipe(call, cache):
    """results gives every recipe in the cache with its seeds, accuracies and interval."""
    fill(cache, 1)
    fill(cache, 4, block="residual", batch_norm="before")

    [residual, baseline] = sorted(json.loads(call("results", "--json").out), key=lambda row: -len(row["seeds"]))

    interval = estimate(Sample(values=(0.5, 0.51, 0.52, 0.53)))
    numbers = {"test_accuracy", "settled_accuracy", "mean", "low", "high"}
    assert {"key", "label", "values", "parameters", "seeds", "diverged", "origins"} | numbers == set(residual)
    assert residual["test_accuracy"] == residual["settled_accuracy"]
    assert ([0, 1, 2, 3], [0.5, 0.51, 0.52, 0.53], []) == (
        residual["seeds"],
        residual["test_accuracy"],
        residual["diverged"],
    )
    assert [interval.mean, interval.low, interval.high] == [residual[name] for name in ("mean", "low", "high")]
    assert (212_714, 122_570) == (residual["parameters"], baseline["parameters"])
    assert (0.5, None, None) == (baseline["mean"], baseline["low"], baseline["high"])


def test_an_empty_cache_has_no_results(call, cache):
    """Without runs, results is an empty array, or says that the cache is empty; a folder that is not there is told."""
    assert (0, "[]\n", f"there is no cache at {cache} yet\n") == call("results", "--json")
    cache.mkdir()
    assert (0, "[]\n", "") == call("results", "--json")
    assert call("results").out.startswith("the cache is empty")


def test_damaged_files_are_told(call, cache):
    """results names damaged files on stderr and gives all others."""
    fill(cache, 1)
    (cache / "broken.jsonl").write_text("nonsense")

    code, out, err = call("results", "--json")

    assert (0, 1, 1) == (code, len(json.loads(out)), err.count("\n"))
    assert err.startswith("broken.jsonl is damaged")


def test_compare_answers_in_numbers(call, cache):
    """compare gives the measure, difference, interval, seeds of both, verdict and the seeds needed."""
    fill(cache, 4)
    fill(cache, 5, flip=True)

    answer = json.loads(call("compare", Recipe(flip=True).key, "baseline", "--json").out)
    last = json.loads(call("compare", Recipe(flip=True).key, "baseline", "--measure", "last", "--json").out)

    assert ("settled", [5, 4], 4, "not clear yet") == tuple(
        answer[name] for name in ("measure", "seeds", "pairs", "verdict")
    )
    assert answer["low"] < answer["difference"] < answer["high"]
    assert 0.005 == pytest.approx(answer["difference"])
    assert answer["seeds_needed"] > 0
    assert answer | {"measure": "last"} == last


def test_results_are_sorted_and_come_as_csv(call, cache):
    """results has the best recipe first, or is sorted as one likes, and has as CSV a line for each run."""
    fill(cache, 1)
    fill(cache, 2, flip=True)

    rows = json.loads(call("results", "--json").out)
    by_label = json.loads(call("results", "--sort", "label", "--json").out)
    lines = call("results", "--csv").out.splitlines()

    assert ["flip", "baseline"] == [row["label"] for row in rows]
    assert ["baseline", "flip"] == [row["label"] for row in by_label]
    assert "key,label,seed,test_accuracy,settled_accuracy,diverged,origin" == lines[0]
    assert f'"{Recipe(flip=True).key}",flip,1,0.51,0.51,False,' in lines
    assert 4 == len(lines)


def test_compare_knows_nothing_of_untrained_recipes(call):
    """Before anything is trained, compare says that nothing is clear yet."""
    answer = json.loads(call("compare", "residual", "baseline", "--json").out)

    unknown = {"difference": None, "low": None, "high": None, "seeds_needed": None, "measure": "settled"}
    assert unknown | {"seeds": [0, 0], "pairs": 0, "verdict": "not clear yet", "alpha": 0.05} == answer


def test_a_recipe_is_not_compared_with_itself(call):
    """Two names of one recipe are refused in one sentence."""
    answer = call("compare", "flip=true", "batch_size=64,flip=true")

    assert 2 == answer.code
    assert "flip is given twice: compare one recipe with another" in answer.err


def test_blog_prints_the_conclusions_as_tables(call, cache):
    """The blog's conclusions come as Markdown, and for programs as values."""
    fill(cache, 1, dense_width=512)
    fill(cache, 1)

    table = call("blog")
    document = json.loads(call("blog", "--json").out)

    assert (0, "") == (table.code, table.err)
    assert table.out.startswith("| setting |")
    assert "| the blog's conclusion |" in table.out
    assert "0.0 points (needs three seeds of each), 1 seed each" in table.out
    assert ("wider", "baseline", None, 1) == tuple(
        document["conclusions"][0][name] for name in ("recipe", "reference", "holds", "pairs")
    )
    assert {"conclusions", "questions"} == set(document)
