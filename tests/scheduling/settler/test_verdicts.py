"""Questions are settled: by a verdict, by the end of their budget, or by what others have trained."""

from tests.fakes import ScatteringEngine, train_fake, wait_until
from tests.scheduling.settler.questions import QUESTION, count_seeds, is_over
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run


def test_different_recipes_are_settled_after_a_few_seeds(open_lab):
    """A clear difference has its verdict with at most eight seeds of each side, far below the budget."""
    lab = open_lab(ScatteringEngine(ahead=0.3))

    lab.settler.ask(QUESTION, 40, "ann")
    wait_until(lambda: is_over(lab))

    assert "better" == QUESTION.compare(lab.results()).verdict
    assert max(count_seeds(lab)) <= 8
    assert [] == list((lab.store.folder / "settle").iterdir())
    assert "" == lab.settler.find_reason(QUESTION, "ann")


def test_a_question_does_not_wait_for_room_in_the_cache(open_lab):
    """Where weights that are too many cannot be deleted, that is told of, and questions are settled all the same."""
    lab = open_lab(ScatteringEngine(ahead=0.3), cache_bytes=0)
    other = Run(recipe=Recipe(dataset="toy"), seed=49)
    train_fake(lab.store, other)
    in_the_way = lab.store.path(other, ".weights.safetensors")
    in_the_way.unlink()
    in_the_way.mkdir()

    lab.settler.ask(QUESTION, 40, "ann")

    wait_until(lambda: not list((lab.store.folder / "settle").iterdir()))
    assert "better" == QUESTION.compare(lab.results()).verdict
    assert "cannot be written" in lab.scheduler.troubles.list()[0].reason


def test_equal_recipes_end_by_the_budget(open_lab):
    """Two recipes that are the same end unsettled with as many seeds as were allowed, and no more."""
    engine = ScatteringEngine()
    lab = open_lab(engine)

    lab.settler.ask(QUESTION, 6, "ann")
    wait_until(lambda: is_over(lab))

    assert "not clear yet" == QUESTION.compare(lab.results()).verdict
    assert [6, 6] == count_seeds(lab)
    assert 12 == len(engine.begun)


def test_what_is_known_is_answered_at_once(open_lab):
    """A question whose verdict is clear, or whose budget is used up, trains nothing."""
    engine = ScatteringEngine()
    lab = open_lab(engine)
    lab.settler.ask(QUESTION, 3, "ann")
    wait_until(lambda: is_over(lab))

    lab.settler.ask(QUESTION, 2, "bob")

    assert is_over(lab, "bob")
    assert 6 == len(engine.begun)


def test_a_verdict_that_others_bring_ends_the_waiting(open_lab):
    """When somebody else's runs make the verdict clear, what the question still waited for is not trained."""
    engine = ScatteringEngine(ahead=0.3, hold=3)
    lab = open_lab(engine)
    lab.scheduler.ask(Run(recipe=Recipe(dataset="toy", epochs=2), seed=3), "bob")
    wait_until(lambda: engine.begun)
    lab.settler.ask(QUESTION, 40, "ann")
    for run in (Run(recipe=recipe, seed=seed) for recipe in QUESTION.sides for seed in range(3, 9)):
        with lab.store.write(run) as writer:
            for measurement in ScatteringEngine(ahead=0.3).train(run, None):
                writer.append(measurement)

    assert lab.settler.find(QUESTION, "ann") is None
    assert {"bob"} == {visitor for each in lab.scheduler.queue() for visitor in each.visitors}
