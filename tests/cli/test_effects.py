"""`effects`: the command line says what the page What helps? shows."""

import json

import pytest

from tests.fakes import ChosenEngine
from tricks.cli.main import main
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.settings import read_settings
from tricks.store.store import Store

TRICK_COUNT = sum(not trick.is_condition for trick in TRICKS.values())


@pytest.fixture
def fill(folders):
    """Finishes seeds of a recipe with these accuracies."""

    def finish(recipe: Recipe, *accuracies: float) -> None:
        for seed, accuracy in enumerate(accuracies):
            list(execute(Store(read_settings().cache), ChosenEngine(accuracy), Run(recipe=recipe, seed=seed)))

    return finish


def test_people_get_groups(fill, capsys):
    """First the answer in words, then each group with its tricks, those that are not measured, and the best so far."""
    fill(Recipe(), *[0.5] * 4)
    fill(Recipe(block="residual"), *[0.75] * 4)
    fill(Recipe(grad_clip=1.0), *[0.25] * 4)

    assert 0 == main(["effects"])

    answer, helps, harms, open_ones, best = capsys.readouterr().out.split("\n\n")
    assert answer.startswith("One of the two tricks measured on the baseline helps, clear among all 2: residual blocks")
    assert [
        "Helps: all of the interval lies above zero",
        "  residual blocks: +25.0 points (+25.0 to +25.0), settled, 4 seeds each: better (clear among all 2);"
        " parameters ×1.7, arithmetic ×3.8, also a second convolution",
    ] == helps.splitlines()
    assert "Harms: all of it lies below zero" == harms.splitlines()[0]
    assert open_ones.startswith("Not measured yet: dense width 512; ")
    assert (
        "Best so far, after the last epoch, of 3 recipes with three seeds or more, chosen on the test images"
        == (best.splitlines()[0])
    )
    assert "  up to 150,000 parameters: baseline, 50.0% (50.0% to 50.0%, 4 seeds), 122,570 parameters" in best


def test_programs_get_all_of_it(fill, capsys):
    """As JSON there are the base, the measure, each trick with both verdicts and its costs, and the best."""
    fill(Recipe(), *[0.5] * 4)
    fill(Recipe(flip=True), *[0.75] * 4)

    assert 0 == main(["effects", "--measure", "last", "--json"])

    document = json.loads(capsys.readouterr().out)
    [row] = document["effects"]
    assert (Recipe().key, "last", 1) == tuple(document[name] for name in ("base", "measure", "comparisons"))
    assert ("flip", {"flip": True}, "last", [4, 4]) == tuple(
        row[name] for name in ("name", "values", "measure", "seeds")
    )
    assert ("better", "better", "clear among all") == tuple(
        row[name] for name in ("verdict", "corrected_verdict", "certainty")
    )
    assert [1, 1, 1] == [row[f"{name}_factor"] for name in ("parameters", "arithmetic", "seconds")]
    assert TRICK_COUNT - 1 == len(document["not_measured"])
    assert [Recipe(flip=True).key] * 3 == [best["key"] for best in document["best"]]


def test_another_base_can_be_asked_about(fill, capsys):
    """On top of another recipe, given by its preset or its key, the tricks are those that it has not."""
    fill(Recipe(batch_norm="before"), *[0.5] * 4)
    fill(Recipe(batch_norm="before", block="residual"), *[0.75] * 4)

    assert 0 == main(["effects", "--base", "bn-before"])

    assert "The one trick measured on top of BatchNorm before ReLU helps" in capsys.readouterr().out


def test_tricks_can_be_taken_out(fill, capsys):
    """Each trick of a full recipe can be asked about there: the recipe against itself without the trick."""
    fill(Recipe(batch_norm="before", flip=True), *[0.75] * 4)
    fill(Recipe(batch_norm="before"), *[0.5] * 4)

    assert 0 == main(["effects", "--base", "batch_norm=before,flip=true", "--taken-out", "--json"])

    document = json.loads(capsys.readouterr().out)
    assert document["taken_out"]
    assert [("flip", {"flip": True}, 0.25)] == [
        (row["name"], row["values"], row["difference"]) for row in document["effects"]
    ]
    assert ["batch_norm"] == [row["name"] for row in document["not_measured"]]


@pytest.mark.parametrize(("base", "name"), [("baseline", "baseline"), ("train_share=0.1", "0.1 of the images")])
def test_a_recipe_without_tricks_has_nothing_to_take_out(folders, capsys, base, name):
    """Where there is nothing to take out, that is said."""
    assert 2 == main(["effects", "--base", base, "--taken-out"])

    assert f": {name} has no trick that could be taken out: choose another --base\n" in capsys.readouterr().err


def test_an_empty_cache_has_an_answer(folders, capsys):
    """Where nothing is trained, nothing is known, and that is said."""
    assert 0 == main(["effects"])

    answer = capsys.readouterr().out
    assert answer.startswith(
        f"Nobody knows yet what helps on the baseline: none of {TRICK_COUNT} tricks is measured.\n"
    )
    assert "Best so far" not in answer
