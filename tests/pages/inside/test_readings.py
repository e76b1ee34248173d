"""Which predictions and images Inside reads, and what it says of those that are missing or do not count."""

import pytest

from tests.pages.inside.reading import FLIP, TOY, list_pictures, open_inside
from tests.pages.reading import read
from tricks.recipe.recipe import Recipe

pytestmark = pytest.mark.usefixtures("engine")


def test_without_predictions_there_is_a_sentence(predict, tmp_path):
    """Deleted predictions are told, of all seeds or of some."""
    predict(TOY, 2)
    kept = sorted(tmp_path.glob("*.predictions.safetensors"))
    kept[1].unlink()
    assert "the predictions of seed 1 are not kept" in read(open_inside())

    predict(FLIP, 1)
    for path in tmp_path.glob("*flip*.predictions.safetensors"):
        path.unlink()

    assert "No predictions of flip (toy) are kept" in read(open_inside(FLIP))


def test_predictions_of_other_images_do_not_count(predict, tmp_path):
    """Predictions that have not the accuracy of their run are another run's, and do not count."""
    predict(TOY, 2)
    first, second = sorted(tmp_path.glob("*.predictions.safetensors"))
    first.write_bytes(second.read_bytes())

    assert "the predictions of seed 0 are not kept" in read(open_inside())


@pytest.mark.parametrize(("training", "way"), [("open", "training on CIFAR-10"), ("off", "TRICKS_DATA")])
def test_without_images_there_are_figures(predict, monkeypatch, training, way):
    """Where CIFAR-10 has never been read, the page has the figures, and says how the images come."""
    monkeypatch.setenv("TRICKS_TRAINING", training)
    predict(Recipe(), 2)

    page = open_inside()

    assert "The test images of CIFAR-10 are not on this host yet" in read(page)
    assert way in read(page)
    assert 2 == len(page.get("vega_lite_chart"))
    assert [] == list_pictures(page)


def test_diverged_runs_are_told(fill, predict, tmp_path):
    """A run that diverged counts with what its weights say, and the page says so."""
    predict(TOY, 2)
    path = next(tmp_path.glob("*-s1.jsonl"))
    path.write_text(path.read_text().replace('"diverged":false', '"diverged":true'))

    assert "diverged: seed 1" in read(open_inside(TOY))


def test_many_recipes_make_it_no_slower(predict, fill, monkeypatch):
    """Only the predictions of the recipes that are shown are read."""
    import tricks.pages.inside.readings as readings

    predict(TOY, 2)
    for dense_width in range(10, 30):
        fill(Recipe(dataset="toy", dense_width=dense_width), 0.5)
    read_runs, read_one = [], readings.read_predictions
    monkeypatch.setattr(readings, "read_predictions", lambda store, run: read_runs.append(run) or read_one(store, run))

    open_inside(TOY)

    assert {TOY} == {run.recipe for run in read_runs}
