"""The first page: toggle tricks, press Train, watch the loss, and see what is known about the recipe."""

import time
from dataclasses import replace

import streamlit as st

from tricks.charts.network import draw_network
from tricks.lab import open_lab
from tricks.pages.sessions.page_lock import take_turn
from tricks.pages.sessions.refresh_rate import choose_wait, note_update
from tricks.pages.sessions.shared_reads import read_results, read_run
from tricks.pages.sessions.visitor import name_visitor
from tricks.pages.shared.lecture import is_lecture
from tricks.pages.shared.links import link_to
from tricks.pages.shared.share import show_share
from tricks.pages.shared.text import PRODUCT, plain
from tricks.pages.train.buttons import show_buttons
from tricks.pages.train.knowledge import show_knowledge
from tricks.pages.train.live_run import show_charts, show_progress_bar, show_run_numbers
from tricks.pages.train.my_trainings import show_mine, tell_news
from tricks.pages.train.shown_seed import find_shown
from tricks.pages.train.sidebar import choose_recipe, show_another
from tricks.pages.train.tools import show_tools
from tricks.pages.train.tour import is_touring, remember_tour, show_tour
from tricks.recipe.link import write_link
from tricks.recipe.network import count_flops, count_parameters, describe_network
from tricks.recipe.recipe import Recipe
from tricks.recipe.run import Run
from tricks.scheduling.durations import format_duration
from tricks.scheduling.requests import Request
from tricks.store.results import Results, next_seed

FIRST_LOSS_SECONDS = 0.1
FIRST_LOSS_WAIT_SECONDS = 0.3
LIVE_SECONDS = 1.0
IDLE_SECONDS = 1.5  # With the queue's own look, what another server was asked is seen within two seconds.


def show() -> None:
    """The page, top to bottom; in lecture mode without what is no part of a training."""
    recipe, lecture = choose_recipe(), is_lecture()
    if not lecture:
        show_welcome(open_lab().settings.training)
    show_description(recipe, lecture)
    interval = choose_interval(find_run(recipe))
    st.fragment(update_training, run_every=interval)(recipe, interval)
    st.html(draw_network(recipe))
    remember_tour()


def show_welcome(training: str) -> None:
    """What this is and what can be done here; who comes for the first time is told step by step."""
    st.title(PRODUCT, anchor=False)
    question = (
        "[Which training tricks really help](./what-helps) a small CNN on CIFAR-10, by how much, and are we sure?"
    )
    if is_touring():
        st.markdown(question)
        show_tour(training)
    else:
        st.markdown(f"{question} {invite(training)}")


def invite(training: str) -> str:
    """What a visitor can do here, by who may train."""
    if training == "off":
        return "Toggle tricks in the sidebar and see what is known of them; training is off on this host."
    press = "press Train" if training == "open" else "sign in, press Train"
    return f"Toggle tricks in the sidebar, {press}, watch it learn: every training is kept, shared, and adds a seed."


def update_training(recipe: Recipe, interval: float) -> None:
    """The live part of the page; runs again every `interval` seconds."""
    request = find_run(recipe)
    if request and choose_interval(request) <= FIRST_LOSS_SECONDS and open_lab().scheduler.machine:
        await_first_loss(request.run)
    began = time.monotonic()
    if st.session_state.pop("shown-another", False):
        st.rerun()  # The sidebar shows it, which is not part of this part.
    with take_turn():
        request = show_training(recipe)
        note_update(began)
    if choose_interval(request) != interval:
        st.rerun()  # Only a full run of the page can change how often this part runs.
    tell_news()


def show_description(recipe: Recipe, lecture: bool) -> None:
    """What the toggles ask for, before anything is trained; in lecture mode its name is the page's title."""
    lab = open_lab()
    with st.container(horizontal=True, vertical_alignment="center"):
        if lecture:
            st.title(recipe.label, anchor=False, width="content")
            show_share(write_link(recipe))
        else:
            st.header(recipe.label, anchor=False, width="content")
            show_tools(recipe)
    if not lecture:
        st.caption(" · ".join(list_facts(recipe)))
    if lab.scheduler.machine and lab.scheduler.machine.note:
        st.warning(plain(f"On this host {lab.scheduler.machine.note}."), icon=":material/memory:")


def list_facts(recipe: Recipe) -> list[str]:
    """How large the network is, and how long a training probably takes."""
    network, pace = describe_network(recipe), open_lab().pace()
    facts = [f"**{count_parameters(network):,}** parameters", f"**{count_flops(network) / 1e6:.1f}** MFLOPs per image"]
    if seconds := pace.expect(recipe):
        facts.append(f"about **{format_duration(seconds)}** a training on {plain(pace.where)}")
    return facts


def show_training(recipe: Recipe) -> Request | None:
    """What is known, the buttons, the run in hand, which is returned, or the last one; in lecture mode charts first."""
    request, results, lecture = find_run(recipe), read_results(), is_lecture()
    if not lecture:
        show_knowledge(recipe, results)
    show_buttons(recipe, results, request)
    show_mine(recipe)
    if request and request.failure:
        show_failure(request)
    if request and request.trouble:
        trouble = f"Seed {request.run.seed} waits: {request.trouble}. It goes on by itself as soon as it can."
        st.warning(plain(trouble), icon=":material/warning:")
    seeds = sorted(results[recipe.key].runs) if recipe.key in results else []
    usual = find_usual_run(recipe, request, seeds, results)
    choices = sorted({*seeds, usual.seed})
    shown = find_shown(usual, choices)
    show_progress_bar(shown, request if shown == usual else None)
    if lecture:
        show_charts(shown, seeds, results)
        show_run_numbers(shown, choices)
        show_knowledge(recipe, results)
    else:
        show_run_numbers(shown, choices)
        show_charts(shown, seeds, results)
        show_news()
    return request


def find_usual_run(recipe: Recipe, request: Request | None, seeds: list[int], results: Results) -> Run:
    """The run in hand, or one that was stopped, or the last of the finished seeds."""
    following = Run(recipe=recipe, seed=next_seed(results, recipe))
    stopped = read_run(following) is not None
    return request.run if request else Run(recipe=recipe, seed=seeds[-1]) if seeds and not stopped else following


def await_first_loss(run: Run) -> None:
    """Waits a moment for the run's first loss: quicker than letting the browser come back for it."""
    deadline = time.monotonic() + FIRST_LOSS_WAIT_SECONDS
    while time.monotonic() < deadline:
        record = open_lab().store.read(run)
        if record and record.losses:
            return
        time.sleep(0.01)


def find_run(recipe: Recipe) -> Request | None:
    """The request for this recipe that a visitor would look at: their own, else anybody's, the running one first."""
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
    first = next(iter(open_lab().scheduler.queue()), None)  # It may have ended just now.
    if request.waiting or request.trouble or first is None or first.run != request.run:
        return LIVE_SECONDS
    record = read_run(request.run)
    return LIVE_SECONDS if record and record.losses else FIRST_LOSS_SECONDS


def show_failure(request: Request) -> None:
    """Why the run was not trained; the toy set always can be."""
    st.error(plain(f"Seed {request.run.seed} was not trained: {request.failure}."), icon=":material/error:")
    if request.run.recipe.dataset != "toy":
        toy = replace(request.run.recipe, dataset="toy")
        st.button("Try the toy set instead", key="try-toy", on_click=show_another, args=(toy,))


def show_news() -> None:
    """What just finished on this host, each line a link to its recipe, and files that could not be read."""
    latest = open_lab().latest()
    if latest:
        st.markdown("**Just finished on this host**")
    for finished in latest:
        run, accuracy = finished.run, finished.outcome.test_accuracy
        st.markdown(f"[{run.recipe.label}]({link_to(run.recipe)}), seed {run.seed}: {accuracy:.1%} test accuracy")
    if trouble := open_lab().store.trouble:
        st.caption(plain(f"{trouble}: what was known of it still is."))
    if damaged := open_lab().store.damaged:
        st.caption(plain(f"Damaged files are left out: {', '.join(damaged[:3])}{' …' if len(damaged) > 3 else ''}"))
