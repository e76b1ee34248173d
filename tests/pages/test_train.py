"""The pages in all their states, in Streamlit's simulator: the words that a visitor reads, and no exception."""

import json

import pytest

from tests.fakes import BrokenEngine, FakeEngine, SlowEngine, wait_until
from tests.pages.reading import open_page, open_train, press, read
from tricks.engines.engine import EngineError, Node
from tricks.lab import open_lab
from tricks.pages.train.page import wish_interval
from tricks.pages.train.sidebar import read_value
from tricks.recipe.presets import PRESETS
from tricks.recipe.recipe import TRICKS, Recipe
from tricks.recipe.run import Run
from tricks.scheduling.execution import execute
from tricks.scheduling.requests import Request
from tricks.store.store import Store


def fill_cache(tmp_path, *runs: Run) -> None:
    for run in runs:
        list(execute(Store(tmp_path), FakeEngine(), run))


def test_an_empty_cache_invites_to_train(engine):
    """On the first visit to an empty cache the page shows the baseline and a Train button."""
    page = open_train()

    assert not page.exception
    assert ["baseline"] == [header.value for header in page.header]
    assert "122,570" in read(page)
    assert "Nobody has trained this recipe yet" in read(page)
    assert "Train seed 0" in [button.label for button in page.button]


def test_train_asks_for_the_next_seed_and_shows_what_is_known(engine):
    """Pressing Train adds the next seed, and the page says how many are known."""
    page = press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: not open_lab().scheduler.queue())
    page.run()

    assert not page.exception
    assert "Known: 1 seed, test accuracy **50.0%** after the last epoch (no interval yet)" in read(page)
    assert "Train seed 1" in [button.label for button in page.button]


def test_a_run_in_hand_can_be_stopped(engine):
    """While a run is trained its asker sees Stop, and pressing it ends the run."""
    slow = SlowEngine()
    engine(slow)
    page = press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)
    page.run()
    assert "in training" in read(page)

    press(page, "Stop")

    wait_until(lambda: slow.ended_early)
    wait_until(lambda: not open_lab().scheduler.queue())
    assert "Train seed 0" in [button.label for button in page.run().button]


def test_another_visitor_joins_the_run_in_hand(engine):
    """Somebody else's run of the same recipe is offered to be joined, and joining says so."""
    slow = SlowEngine()
    engine(slow)
    press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)

    other = press(open_train(dataset="toy"), "Join seed 0")

    assert "in training, with 1 other waiting for it" in read(other)
    assert [2] == [len(request.visitors) for request in open_lab().scheduler.queue()]


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


def test_five_more_seeds_are_queued_and_stopped_together(engine):
    """Five more asks for the five lowest unfinished seeds, again for the next five, and Stop ends them all."""
    slow = SlowEngine()
    engine(slow)
    page = press(open_train(dataset="toy"), "5 more seeds")
    press(page, "5 more seeds")

    assert set(range(10)) == {request.run.seed for request in open_lab().scheduler.queue()}
    assert "9 more of this recipe after it" in read(page.run())

    press(page, "Stop")

    wait_until(lambda: not open_lab().scheduler.queue())


def test_a_waiting_visitor_is_told_when(engine):
    """Who waits for a turn reads their place, and when their run probably begins and ends."""
    slow = SlowEngine()
    engine(slow)
    press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: slow.begun)

    other = press(open_train(dataset="toy", flip="true"), "Train seed 0").run()

    assert "you are next, starts in about 10 min, done in about 20 min" in read(other)


def test_too_much_is_refused_in_one_sentence(engine, monkeypatch):
    """Asking for more than the host gives queues nothing and says what is allowed; the next allowed press clears it."""
    monkeypatch.setenv("TRICKS_LIMITS", "epochs=20")
    engine(SlowEngine())
    page = press(open_train(dataset="toy", epochs="40"), "Train seed 0")

    assert "Not queued: this host trains epochs up to 20, and this recipe has 40." in read(page.run())
    assert () == open_lab().scheduler.queue()


def test_where_training_is_off_nobody_trains(engine, monkeypatch):
    """A host that only shows results has no Train button, says so, and shows all the rest."""
    monkeypatch.setenv("TRICKS_TRAINING", "off")
    page = open_train(dataset="toy")

    assert not page.exception
    assert "Training is off on this host" in read(page)
    assert not [button for button in page.button if "seed" in button.label or button.label == "Stop"]


def test_where_only_the_signed_in_train_others_are_asked_to(engine, monkeypatch):
    """A visitor who is not signed in reads how they may train; where the host has not set that up, the page says so."""
    monkeypatch.setenv("TRICKS_TRAINING", "signed-in")
    page = open_train(dataset="toy")

    page = press(page, "Sign in to train")

    assert not page.exception
    assert "Signing in is not set up on this host" in read(page)
    assert not [button for button in page.button if "Train seed" in button.label]


def test_the_host_page_shows_slots_queue_and_errors(engine):
    """The operator sees what is trained, what waits, memory and room, and what went wrong."""
    slow = SlowEngine()
    engine(slow)
    page = press(open_train(dataset="toy"), "5 more seeds")
    wait_until(lambda: slow.begun)
    host = open_page("host")

    assert not host.exception
    assert "baseline (toy), seed 0" in host.dataframe[1].value["trains"][0]
    assert 5 == len(host.dataframe[2].value)
    assert {"Server's memory", "Cache", "Disk free"} <= {metric.label for metric in host.metric}
    assert "None since the server started." in read(host)
    press(page, "Stop")


def test_the_host_page_shows_a_clusters_nodes(engine):
    """On a cluster the operator sees its machines, what each has and trains, and what is wrong with one."""
    fake = FakeEngine()
    fake.nodes = (
        Node(name="first a1", cores=0, gpus=0),
        Node(name="second b2", cores=8, gpus=2, machine="H100", running=3),
        Node(name="third c3", cores=8, gpus=0, note="no *data*"),
    )
    engine(fake)

    host = open_page("host")

    shown = host.dataframe[1].value
    assert not host.exception
    assert ["trains nothing", "H100", "not ready"] == list(shown["is"])
    assert [("0", ""), ("3", ""), ("0", "no *data*")] == list(zip(shown["in training"], shown["note"], strict=True))


def test_the_host_page_names_what_went_wrong(engine):
    """A failure is on the host's page with its time, recipe and reason."""
    engine(BrokenEngine(EngineError("no *data*")))
    press(open_train(dataset="toy"), "Train seed 0")
    wait_until(lambda: open_lab().scheduler.failures())

    host = open_page("host")

    assert "UTC: baseline (toy), seed 0: no *data*" in read(host)


@pytest.mark.parametrize("name", TRICKS)
def test_a_link_restores_every_trick(engine, name):
    """Opening a link sets the widget of each trick that it names."""
    trick = TRICKS[name]

    chosen = {**trick.needs, name: trick.recommended}

    page = open_train(**{one: TRICKS[one].write(value) for one, value in chosen.items()})

    assert not page.exception
    assert trick.recommended == page.session_state.recipe.values[name]
    assert trick.recommended == read_value(name, page.session_state[f"trick-{name}"])


def test_a_trick_without_effect_cannot_be_toggled(engine):
    """The widget of a trick that has no effect in the recipe says so, and wakes with what it needs."""
    asleep, awake = open_train(), open_train(crop_padding="2")

    widgets = [page.segmented_control(key="trick-crop_fill") for page in (asleep, awake)]

    assert ["Crop filling (without effect here)", "Crop filling"] == [widget.label for widget in widgets]
    assert [True, False] == [widget.disabled for widget in widgets]


def test_all_tricks_at_once_are_shown(engine):
    """The page stands with every trick on."""
    page = open_train(**{name: trick.write(trick.recommended) for name, trick in TRICKS.items()})

    assert not page.exception
    assert set(TRICKS) == set(page.session_state.recipe.values)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_the_toggles(engine, name):
    """Choosing a preset shows its recipe with the blog's parameter count."""
    page = open_train()

    page.selectbox(key="preset").set_value(name).run()

    assert not page.exception
    assert Recipe(**PRESETS[name].values) == page.session_state.recipe


def test_choosing_an_optimiser_fills_in_its_learning_rate(engine):
    """SGD comes with the learning rate that suits it, and the page says so."""
    page = open_train()

    page.selectbox(key="trick-optimizer").set_value("sgd").run()

    assert {"optimizer": "sgd", "learning_rate": 0.05} == page.session_state.recipe.values
    assert "recommended for sgd" in page.toast[0].value


def test_an_impossible_choice_is_explained_and_taken_back(engine):
    """A batch larger than the toy set is refused in one sentence, and the recipe stays as it was."""
    page = open_train(batch_size="4000")

    page.segmented_control(key="trick-dataset").set_value("toy").run()

    assert not page.exception
    assert "Batch size must be at most 2000" in read(page)
    assert Recipe(batch_size=4000) == page.session_state.recipe


def test_a_damaged_file_is_named_and_left_out(engine, tmp_path):
    """A damaged run file is mentioned, and everything else is shown."""
    fill_cache(tmp_path, Run(recipe=Recipe(), seed=0), Run(recipe=Recipe(), seed=1))
    next(tmp_path.glob("*-s1.jsonl")).write_text("nonsense")

    page = open_train()

    assert not page.exception
    assert "Damaged files are left out" in read(page)
    assert "Known: 1 seed" in read(page)


def test_the_charts_show_the_run_and_the_baseline(engine, tmp_path):
    """The loss chart holds the run's losses and the baseline's behind them."""
    fill_cache(tmp_path, Run(recipe=Recipe(), seed=0), Run(recipe=Recipe(flip=True), seed=0))

    page = open_train(flip="true")

    specs = [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]
    assert 2 == len(specs)
    assert "against the baseline: +0.0 points, settled, 1 seed each: not clear yet" in read(page)


def test_compare_says_when_there_is_nothing(engine):
    """Compare on an empty cache says what to do."""
    page = open_page("compare.page")

    assert not page.exception
    assert "Nothing has been trained yet" in read(page)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_compare_shows_the_presets_first(engine, tmp_path, count):
    """Compare starts with the blog's settings that are in the cache, each with its number of seeds."""
    recipes = [Recipe(**preset.values) for preset in list(PRESETS.values())[:count]]
    fill_cache(tmp_path, *(Run(recipe=recipe, seed=seed) for recipe in recipes for seed in (0, 1)))

    page = open_page("compare.page")

    assert not page.exception
    assert [recipe.key for recipe in recipes] == page.session_state.compared
    assert count == len(page.dataframe[0].value)


def test_a_queue_that_is_empty_meanwhile_is_no_error(engine):
    """A run that ends while its page is drawn leaves an empty queue: the page looks again soon."""
    request = Request(run=Run(recipe=Recipe(dataset="toy"), seed=0), visitors=frozenset({"ann"}))

    assert wish_interval(request)
