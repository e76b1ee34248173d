"""The page Train where there is nothing yet, and where something is wrong: words, and no exception."""

from tests.fakes import BrokenEngine, wait_until
from tests.pages.caches import fill_cache
from tests.pages.reading import open_train, press, read
from tricks.engines.engine import EngineError
from tricks.lab import open_lab
from tricks.pages.train.page import wish_interval
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.requests import Request


def test_an_empty_cache_invites_to_train(engine):
    """On the first visit to an empty cache the page shows the baseline and a Train button."""
    page = open_train()

    assert not page.exception
    assert ["baseline"] == [header.value for header in page.header]
    assert "122,570" in read(page)
    assert "Nobody has trained this recipe yet" in read(page)
    assert "Train seed 0" in [button.label for button in page.button]


def test_a_failure_is_one_sentence(engine):
    """A run that cannot be trained shows why, and Train can be pressed again."""
    engine(BrokenEngine(EngineError("CIFAR-10 cannot be downloaded")))
    page = press(open_train(), "Train seed 0")
    wait_until(lambda: open_lab().scheduler.failures())
    page.run()

    assert not page.exception
    assert "Seed 0 was not trained: CIFAR-10 cannot be downloaded." in read(page)
    assert "Train seed 0" in [button.label for button in page.button]
    press(page, "Try the toy set instead")
    assert Recipe(dataset="toy") == page.session_state.recipe


def test_a_cache_that_cannot_be_written_is_one_sentence(engine, monkeypatch, tmp_path):
    """A cache that is no folder is said so, and the page stands."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRICKS_CACHE", str(tmp_path / "file"))
    page = press(open_train(), "Train seed 0")
    wait_until(lambda: any(request.trouble for request in open_lab().scheduler.queue()))

    assert "Seed 0 waits: the cache" in read(page.run())
    assert "cannot be written" in read(page)
    assert not page.exception
    press(page, "Stop")
    assert () == open_lab().scheduler.queue()


def test_a_damaged_file_is_named_and_left_out(engine, tmp_path):
    """A damaged run file is mentioned, and everything else is shown."""
    fill_cache(tmp_path, Run(recipe=Recipe(), seed=0), Run(recipe=Recipe(), seed=1))
    next(tmp_path.glob("*-s1.jsonl")).write_text("nonsense")

    page = open_train()

    assert not page.exception
    assert "Damaged files are left out" in read(page)
    assert "Known: 1 seed" in read(page)


def test_a_queue_that_is_empty_meanwhile_is_no_error(engine):
    """A run that ends while its page is drawn leaves an empty queue: the page looks again soon."""
    request = Request(run=Run(recipe=Recipe(dataset="toy"), seed=0), visitors=frozenset({"ann"}))

    assert wish_interval(request)
