"""The first page: toggle tricks, press Train, watch the loss, and see what is known about the recipe."""

import heapq
import time

import pandas as pd
import streamlit as st

from tricks.charts import accuracy_spec, loss_spec
from tricks.curves import accuracy_curve, loss_curve, mean_accuracy_curve, mean_loss_curve
from tricks.drawing import draw_network
from tricks.lab import open_lab
from tricks.network import count_flops, count_parameters, describe_network
from tricks.pages.toggles import choose_dataset, choose_recipe
from tricks.pages.visitor import name_visitor
from tricks.pages.words import plain
from tricks.presets import PRESETS, name_preset
from tricks.progress import estimate_seconds, say_duration
from tricks.recipe import Recipe, write_link
from tricks.record import Record
from tricks.results import RecipeResults, compare_results, next_seed
from tricks.run import Run
from tricks.scheduler import Request

FIRST_LOSS_SECONDS = 0.1
FIRST_LOSS_WAIT_SECONDS = 0.3
LIVE_SECONDS = 1.0
IDLE_SECONDS = 2.0


def show() -> None:
    """The page, top to bottom."""
    st.caption(
        "Which training tricks really help a small CNN on CIFAR-10, by how much, and are we sure? Toggle tricks at the"
        " left, press Train, watch it learn. Every training is kept and shared, and adds a seed to what is known."
    )
    recipe = choose_recipe()
    show_description(recipe)
    interval = choose_interval(find_run(recipe))
    st.fragment(show_training, run_every=interval)(recipe, interval)


def show_description(recipe: Recipe) -> None:
    """What the toggles ask for, before anything is trained."""
    network = describe_network(recipe)
    st.markdown(f"### {recipe.label}")
    lab = open_lab()
    machine = lab.scheduler.engine.machine
    seconds, where = estimate_seconds(lab.store.finished(), recipe, machine)
    facts = [f"**{count_parameters(network):,}** parameters", f"**{count_flops(network) / 1e6:.1f}** MFLOPs per image"]
    if seconds:
        facts.append(f"about **{say_duration(seconds)}** a training on {where}")
    st.markdown(" · ".join(facts))
    st.html(draw_network(recipe))


def show_training(recipe: Recipe, interval: float) -> None:
    """What is known, the buttons, the run in hand or the last one; runs again every `interval` seconds."""
    request = find_run(recipe)
    if choose_interval(request) == FIRST_LOSS_SECONDS and open_lab().scheduler.engine.machine:
        await_first_loss(request.run)
    results = open_lab().results()
    show_knowledge(recipe, results)
    show_buttons(recipe, results, request)
    if request and request.failure:
        show_failure(request)
    seeds = sorted(results[recipe.key].runs) if recipe.key in results else []
    following = Run(recipe=recipe, seed=next_seed(results, recipe))
    stopped = open_lab().store.read(following) is not None
    shown = request.run if request else Run(recipe=recipe, seed=seeds[-1]) if seeds and not stopped else following
    show_progress(shown, request)
    show_charts(shown, seeds, results)
    show_news(results)
    if choose_interval(request) != interval:
        st.rerun()  # Only a full run of the page can change how often this part runs.


def await_first_loss(run: Run) -> None:
    """Waits a moment for the run's first loss: quicker than letting the browser come back for it."""
    deadline = time.monotonic() + FIRST_LOSS_WAIT_SECONDS
    while time.monotonic() < deadline:
        record = open_lab().store.read(run)
        if record and record.losses:
            return
        time.sleep(0.01)


def find_run(recipe: Recipe) -> Request | None:
    """The request for this recipe that a visitor would look at: his own, else anybody's, the running one first."""
    visitor = name_visitor()
    requests = [request for request in open_lab().scheduler.queue() if request.run.recipe == recipe]
    failures = [failure for failure in open_lab().scheduler.failures() if failure.run.recipe == recipe]
    requests += [failure for failure in failures if not open_lab().store.find(failure.run)]
    return min(requests, key=lambda request: (bool(request.failure), visitor not in request.visitors), default=None)


def choose_interval(request: Request | None) -> float:
    """How often the page looks: most often while somebody waits for the first loss."""
    if request is None or request.failure:
        return IDLE_SECONDS
    if request.waiting or open_lab().scheduler.queue()[0].run != request.run:
        return LIVE_SECONDS
    record = open_lab().store.read(request.run)
    return LIVE_SECONDS if record and record.losses else FIRST_LOSS_SECONDS


def show_knowledge(recipe: Recipe, results: dict[str, RecipeResults]) -> None:
    """What the cache knows of the recipe, beside the baseline and the blog's figure."""
    if recipe.key not in results:
        st.markdown("Nobody has trained this recipe yet: press Train, and everybody will know.")
        return
    own, baseline = results[recipe.key], Recipe(dataset=recipe.dataset)
    accuracy = own.accuracy
    seeds = f"{accuracy.count} seed{'s' if accuracy.count > 1 else ''}"
    between = "an interval needs four seeds"
    if accuracy.low is not None:
        between = f"{accuracy.low:.1%} to {accuracy.high:.1%}"
    words = [f"Known: {seeds}, test accuracy **{accuracy.mean:.1%}** ({between})"]
    if recipe != baseline:
        words.append(f"against the baseline: {compare_results(results, recipe, baseline).words}")
    if (preset := name_preset(recipe)) and recipe.dataset == "cifar10":
        words.append(f"the blog had {PRESETS[preset].reported:.1%}, once")
    if own.diverged:
        words.append(f"diverged: seed {', '.join(map(str, own.diverged))}")
    st.markdown(" · ".join(words))


def show_buttons(recipe: Recipe, results: dict[str, RecipeResults], request: Request | None) -> None:
    """Train and Stop; Train asks for the lowest seed that nobody has finished, or joins the run in hand."""
    visitor, scheduler = name_visitor(), open_lab().scheduler
    waiting = request is not None and not request.failure
    mine = waiting and visitor in request.visitors
    run = request.run if waiting else Run(recipe=recipe, seed=next_seed(results, recipe))
    label = f"Training seed {run.seed}" if mine else f"Join seed {run.seed}" if waiting else f"Train seed {run.seed}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label,
            key="train",
            type="primary",
            disabled=mine,
            icon=":material/play_arrow:",
            on_click=ask_for,
            args=(recipe,),
        )
        st.button(
            "Stop",
            key="stop",
            disabled=not mine,
            icon=":material/stop:",
            on_click=scheduler.withdraw,
            args=(run, visitor),
        )
        if waiting:
            st.caption(say_state(request))


def ask_for(recipe: Recipe) -> None:
    """Asks for the lowest seed that nobody has finished by now, which joins whoever trains it."""
    open_lab().scheduler.ask(Run(recipe=recipe, seed=next_seed(open_lab().results(), recipe)), name_visitor())


def show_failure(request: Request) -> None:
    """Why the run was not trained; the toy set always can be."""
    st.error(plain(f"Seed {request.run.seed} was not trained: {request.failure}."), icon=":material/error:")
    if request.run.recipe.dataset != "toy":
        st.button("Try the toy set instead", key="try-toy", on_click=choose_dataset, args=("toy",))


def say_state(request: Request) -> str:
    """Where the request stands, in a few words."""
    others = len(request.visitors) - 1
    together = f", with {others} other{'s' if others > 1 else ''} waiting for it" if others > 0 else ""
    if request.running:
        return ("waiting" if request.waiting else "in training") + together
    queued = [other.run for other in open_lab().scheduler.queue()]
    ahead = queued.index(request.run) if request.run in queued else 0
    return ("you are next" if ahead <= 1 else f"{ahead} trainings are before it") + together


def show_progress(run: Run, request: Request | None) -> None:
    """The run in numbers; the same elements in every state, so that nothing jumps."""
    record = open_lab().store.read(run)
    steps = run.steps
    done = len(record.losses) if record else 0
    epoch = record.epochs[-1] if record and record.epochs else None
    st.progress(min(1.0, done / steps), text=say_progress(run, record, request))
    numbers = {
        "Epoch": f"{min(run.recipe.epochs, done * run.recipe.epochs // steps)} of {run.recipe.epochs}",
        "Loss": f"{record.losses[-1]:.3f}" if done else "–",
        "Test accuracy": f"{epoch.test_accuracy:.1%}" if epoch else "–",
        "On training images": f"{epoch.train_accuracy:.1%}" if epoch else "–",
        "Images per second": f"{epoch.images_per_second:,.0f}" if epoch else "–",
    }
    with st.container(horizontal=True):
        for name, value in numbers.items():
            st.metric(name, value, width="content")


def say_progress(run: Run, record: Record | None, request: Request | None) -> str:
    """What the run is doing, in one line."""
    name = f"Seed {run.seed}"
    if record and record.outcome:
        end = "diverged: its loss is no longer a number" if record.outcome.diverged else "finished"
        return f"{name} {end}, {say_duration(record.outcome.seconds)} on {record.machine.title}"
    if record is None and request is None:
        return f"{name} has not begun"
    if request is None or request.failure:
        return f"{name} was stopped; pressing Train goes on from its last checkpoint"
    if request.waiting:
        return f"{name}: {request.waiting}"
    if not request.running:
        return f"{name} waits for its turn"
    if record is None:
        return f"{name}: starting PyTorch"
    if record.preparing:
        share = "" if record.preparing.fraction is None else f", {record.preparing.fraction:.0%}"
        return f"{name}: {record.preparing.text}{share}"
    done, steps = len(record.losses), run.steps
    if not done:
        return f"{name}: starting"
    return f"{name}: {say_duration(record.seconds * (steps - done) / done)} left on {record.machine.title}"


def show_charts(run: Run, seeds: list[int], results: dict[str, RecipeResults]) -> None:
    """Loss and accuracy of the run, with its finished seeds and the baseline behind."""
    steps, recipe = run.steps, run.recipe
    baseline = Recipe(dataset=recipe.dataset)
    known = tuple(results[baseline.key].runs) if baseline.key in results and baseline != recipe else ()
    record = open_lab().store.read(run)
    loss = pd.concat([baseline_loss(baseline, known, steps), loss_curve(record, steps)], ignore_index=True)
    others = [seed for seed in seeds if seed != run.seed]
    accuracy = pd.concat(
        [baseline_accuracy(baseline, known, recipe.epochs), finished_accuracy(recipe, tuple(others))]
        + ([accuracy_curve(record, "this run")] if record else []),
        ignore_index=True,
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**Loss**, every step faint, smoothed strong; the baseline in grey")
        st.vega_lite_chart(loss, loss_spec(steps), key="loss", alt=f"Training loss of seed {run.seed} by step")
    with right:
        st.markdown("**Test accuracy** of this run, its other seeds faint; the baseline in grey")
        st.vega_lite_chart(
            accuracy, accuracy_spec(recipe.epochs), key="accuracy", alt=f"Test accuracy of seed {run.seed} by epoch"
        )


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs={Recipe: lambda recipe: recipe.key})
def baseline_loss(baseline: Recipe, seeds: tuple[int, ...], steps: int) -> pd.DataFrame:
    """The baseline's mean loss, which finished runs no longer change, as far as the run beside it goes."""
    curve = mean_loss_curve(read_records(baseline, seeds), Run(recipe=baseline, seed=0).steps, "baseline")
    return curve[curve["step"] <= steps]


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs={Recipe: lambda recipe: recipe.key})
def baseline_accuracy(baseline: Recipe, seeds: tuple[int, ...], epochs: int) -> pd.DataFrame:
    """The baseline's accuracy by epoch with its range over seeds, as far as the run beside it goes."""
    curve = mean_accuracy_curve(read_records(baseline, seeds), "baseline")
    return curve[curve["epoch"] <= epochs].rename(columns={"mean": "accuracy"})


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs={Recipe: lambda recipe: recipe.key})
def finished_accuracy(recipe: Recipe, seeds: tuple[int, ...]) -> pd.DataFrame:
    """The accuracy by epoch of the recipe's finished seeds."""
    curves = [accuracy_curve(record, "finished") for record in read_records(recipe, seeds)]
    return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame()


def read_records(recipe: Recipe, seeds: tuple[int, ...]) -> list[Record]:
    """The records of the recipe's seeds."""
    records = [open_lab().store.read(Run(recipe=recipe, seed=seed)) for seed in seeds]
    return [record for record in records if record]


def show_news(results: dict[str, RecipeResults]) -> None:
    """What just finished on this host, each line a link to its recipe, and files that could not be read."""
    runs = (finished for result in results.values() for finished in result.runs.values())
    latest = heapq.nlargest(3, runs, key=lambda finished: finished.outcome.finished)
    if latest:
        st.markdown("**Just finished on this host**")
    for finished in latest:
        recipe = finished.run.recipe
        query = "&".join(f"{name}={value}" for name, value in write_link(recipe).items())
        st.markdown(
            f"[{recipe.label}](/?{query}), seed {finished.run.seed}: {finished.outcome.test_accuracy:.1%} test accuracy"
        )
    if damaged := open_lab().store.damaged:
        st.caption(plain(f"Damaged files are left out: {', '.join(damaged[:3])}{' …' if len(damaged) > 3 else ''}"))
