"""The first page: toggle tricks, press Train, watch the loss, and see what is known about the recipe."""

import heapq
import time

import streamlit as st

from tricks.drawing import draw_network
from tricks.lab import open_lab
from tricks.network import count_flops, count_parameters, describe_network
from tricks.pages.live import show_charts, show_progress
from tricks.pages.presence import choose_wait, note_update
from tricks.pages.reading import read_results, read_run
from tricks.pages.toggles import choose_dataset, choose_recipe
from tricks.pages.turns import take_turn
from tricks.pages.visitor import name_visitor
from tricks.pages.words import plain
from tricks.presets import PRESETS, name_preset
from tricks.progress import estimate_seconds, say_duration
from tricks.recipe import Recipe, write_link
from tricks.requests import Request
from tricks.results import RecipeResults, compare_results, next_seed
from tricks.run import Run

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
    st.fragment(update_training, run_every=interval)(recipe, interval)


def update_training(recipe: Recipe, interval: float) -> None:
    """The live part of the page; runs again every `interval` seconds."""
    request = find_run(recipe)
    if request and interval <= FIRST_LOSS_SECONDS and open_lab().scheduler.engine.machine:
        await_first_loss(request.run)
    began = time.monotonic()
    with take_turn():
        request = show_training(recipe)
        note_update(began)
    if choose_interval(request) != interval:
        st.rerun()  # Only a full run of the page can change how often this part runs.


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


def show_training(recipe: Recipe) -> Request | None:
    """What is known, the buttons, the run in hand, which is returned, or the last one."""
    request = find_run(recipe)
    results = read_results()
    show_knowledge(recipe, results)
    show_buttons(recipe, results, request)
    if request and request.failure:
        show_failure(request)
    seeds = sorted(results[recipe.key].runs) if recipe.key in results else []
    following = Run(recipe=recipe, seed=next_seed(results, recipe))
    stopped = read_run(following) is not None
    shown = request.run if request else Run(recipe=recipe, seed=seeds[-1]) if seeds and not stopped else following
    show_progress(shown, request)
    show_charts(shown, seeds, results)
    show_news(results)
    return request


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
    """How often the page looks, in a crowd less often than it would like to."""
    return choose_wait(wish_interval(request))


def wish_interval(request: Request | None) -> float:
    """How often the page would like to look: most often while somebody waits for the first loss."""
    if request is None or request.failure:
        return IDLE_SECONDS
    if request.waiting or open_lab().scheduler.queue()[0].run != request.run:
        return LIVE_SECONDS
    record = read_run(request.run)
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
