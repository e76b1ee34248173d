"""The first page: toggle tricks, press Train, watch the loss, and see what is known about the recipe."""

import time

import streamlit as st

from tricks.analysis.compare import compare_recipes, format_diverged, measure_accuracy
from tricks.charts.drawing import draw_network
from tricks.lab import open_lab
from tricks.pages.sessions.page_lock import take_turn
from tricks.pages.sessions.refresh_rate import choose_wait, note_update
from tricks.pages.sessions.shared_reads import read_results, read_run
from tricks.pages.sessions.visitor import name_visitor
from tricks.pages.shared.links import link_to
from tricks.pages.shared.text import plain
from tricks.pages.train.buttons import show_buttons
from tricks.pages.train.live_run import show_charts, show_progress
from tricks.pages.train.sidebar import choose_dataset, choose_recipe
from tricks.recipe.network import count_flops, count_parameters, describe_network
from tricks.recipe.presets import PRESETS, name_preset
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.requests import Request
from tricks.stats.wording import format_comparison
from tricks.store.results import Results, next_seed

FIRST_LOSS_SECONDS = 0.1
FIRST_LOSS_WAIT_SECONDS = 0.3
LIVE_SECONDS = 1.0
IDLE_SECONDS = 2.0
HELP = (
    "A seed decides the first weights and the order of the images: the same recipe gives another accuracy with each."
    " The interval is where the mean of all possible seeds lies, in 95% of all cases, however often one looks. Two"
    " recipes are compared over all seeds of both, by their settled accuracy: the mean of the last three epochs. Under"
    " different schedules it is that after the last epoch."
)


def show() -> None:
    """The page, top to bottom."""
    st.markdown(
        "**Which training tricks really help a small CNN on CIFAR-10, by how much, and are we sure?** Toggle tricks in"
        " the sidebar, press Train, watch it learn. Every training is kept and shared, and adds a seed to what is"
        " known: *Effects* and *The blog* show how much that is by now."
    )
    recipe = choose_recipe()
    show_description(recipe)
    interval = choose_interval(find_run(recipe))
    st.fragment(update_training, run_every=interval)(recipe, interval)


def update_training(recipe: Recipe, interval: float) -> None:
    """The live part of the page; runs again every `interval` seconds."""
    request = find_run(recipe)
    if request and choose_interval(request) <= FIRST_LOSS_SECONDS and open_lab().scheduler.machine:
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
    pace = lab.pace()
    facts = [f"**{count_parameters(network):,}** parameters", f"**{count_flops(network) / 1e6:.1f}** MFLOPs per image"]
    if seconds := pace.expect(recipe):
        facts.append(f"about **{format_duration(seconds)}** a training on {pace.where}")
    st.markdown(" · ".join(facts))
    if lab.scheduler.machine and lab.scheduler.machine.note:
        st.warning(plain(f"On this host {lab.scheduler.machine.note}."), icon=":material/memory:")
    st.html(draw_network(recipe))


def show_training(recipe: Recipe) -> Request | None:
    """What is known, the buttons, the run in hand, which is returned, or the last one."""
    request = find_run(recipe)
    results = read_results()
    show_knowledge(recipe, results)
    show_buttons(recipe, results, request)
    if request and request.failure:
        show_failure(request)
    if request and request.trouble:
        trouble = f"Seed {request.run.seed} waits: {request.trouble}. It goes on by itself as soon as it can."
        st.warning(plain(trouble), icon=":material/warning:")
    seeds = sorted(results[recipe.key].runs) if recipe.key in results else []
    following = Run(recipe=recipe, seed=next_seed(results, recipe))
    stopped = read_run(following) is not None
    shown = request.run if request else Run(recipe=recipe, seed=seeds[-1]) if seeds and not stopped else following
    show_progress(shown, request)
    show_charts(shown, seeds, results)
    show_news()
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
    if request.waiting or request.trouble or open_lab().scheduler.queue()[0].run != request.run:
        return LIVE_SECONDS
    record = read_run(request.run)
    return LIVE_SECONDS if record and record.losses else FIRST_LOSS_SECONDS


def show_knowledge(recipe: Recipe, results: Results) -> None:
    """What the cache knows of the recipe, beside the baseline and the blog's figure."""
    if recipe.key not in results:
        asked = any(request.run.recipe == recipe for request in open_lab().scheduler.queue())
        invitation = "its first seed is on its way." if asked else "press Train, and everybody will know."
        st.markdown(f"Nobody has trained this recipe yet: {invitation}")
        return
    own, baseline = results[recipe.key], Recipe(dataset=recipe.dataset)
    accuracy = measure_accuracy(recipe, results)
    seeds = f"{accuracy.count} seed{'s' if accuracy.count > 1 else ''}"
    between = "no interval yet"
    if accuracy.low is not None:
        between = f"95% interval {accuracy.low:.1%} to {accuracy.high:.1%}"
    words = [f"Known: {seeds}, test accuracy **{accuracy.mean:.1%}** after the last epoch ({between})"]
    if recipe != baseline:
        words.append(f"against the baseline: {format_comparison(compare_recipes(recipe, baseline, results))}")
    if (preset := name_preset(recipe)) and recipe.dataset == "cifar10":
        words.append(f"the blog had {PRESETS[preset].reported:.1%}, once")
    if own.diverged:
        words.append(format_diverged(own.diverged))
    if recipe != baseline and baseline.key in results and results[baseline.key].diverged:
        words.append(f"of the baseline {format_diverged(results[baseline.key].diverged)}")
    st.markdown(" · ".join(words), help=HELP)


def show_failure(request: Request) -> None:
    """Why the run was not trained; the toy set always can be."""
    st.error(plain(f"Seed {request.run.seed} was not trained: {request.failure}."), icon=":material/error:")
    if request.run.recipe.dataset != "toy":
        st.button("Try the toy set instead", key="try-toy", on_click=choose_dataset, args=("toy",))


def show_news() -> None:
    """What just finished on this host, each line a link to its recipe, and files that could not be read."""
    latest = open_lab().latest()
    if latest:
        st.markdown("**Just finished on this host**")
    for finished in latest:
        run, accuracy = finished.run, finished.outcome.test_accuracy
        st.markdown(f"[{run.recipe.label}]({link_to(run.recipe)}), seed {run.seed}: {accuracy:.1%} test accuracy")
    if damaged := open_lab().store.damaged:
        st.caption(plain(f"Damaged files are left out: {', '.join(damaged[:3])}{' …' if len(damaged) > 3 else ''}"))
