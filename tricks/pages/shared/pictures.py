"""The picture of a trick: made in a process of its own, for which nobody waits who keeps others waiting."""

import streamlit as st

from tricks.catalogue.datasets import DATASETS
from tricks.catalogue.trick import PICTURES, Trick
from tricks.charts.drawing import draw_legend
from tricks.charts.network import draw_network
from tricks.charts.pictures import curve_spec, draw_both_filters, draw_pairs, lay_out_sheet, tabulate_curves
from tricks.charts.theme import ACCENT, GREY
from tricks.engines.engine import EngineError
from tricks.engines.pictures import Arrays
from tricks.lab import open_lab
from tricks.pages.sessions.page_lock import has_turn
from tricks.pages.shared.text import plain
from tricks.recipe.picture import switch_off
from tricks.recipe.recipe import Recipe

IN_TURN_SECONDS = 0.05  # While others wait for this run of the page.
PATIENCE_SECONDS = 0.9
LOOK_SECONDS = 0.5
CHART_WIDTH = 640
DRAWS = 50  # So many different ones; then they come again.


def expect_pictures() -> None:
    """Lets the process that draws start when a visitor comes, before they ask for a picture."""
    if "expects_pictures" not in st.session_state:
        st.session_state.expects_pictures = True
        open_lab().pictures.wake()


def show_picture(trick: Trick, recipe: Recipe, place: str) -> None:
    """The picture of the trick in this recipe, which has it switched on; `place` names where on the page it stands."""
    if trick.no_picture:
        st.caption(plain(f"There is no picture: {trick.no_picture}."))
    elif trick.picture == "network":
        st.html(draw_network(recipe))
        st.caption(PICTURES[trick.picture].shows)
    else:
        draw = st.session_state.get(f"{place}-draw", 0)
        is_there = _ask(trick, recipe, draw)[0] is not None
        st.fragment(_show_drawn, run_every=None if is_there else LOOK_SECONDS)(trick, recipe, place, not is_there)


def _show_drawn(trick: Trick, recipe: Recipe, place: str, is_waiting: bool) -> None:
    """The picture, or what has become of it; looked for again where it is waited for."""
    draw = st.session_state.get(f"{place}-draw", 0)
    arrays, trouble = _ask(trick, recipe, draw)
    if is_waiting and not has_turn() and arrays is not None:
        st.rerun()  # Only a full run can end the looking.
    if arrays is None:
        st.caption(plain(trouble or "The picture is being drawn …"))
        return
    _show_arrays(trick, recipe, arrays)
    st.caption(PICTURES[trick.picture].shows)
    if "stand_in" in arrays:
        title = DATASETS[recipe.dataset].title
        st.caption(f"{title} is not on this host yet: the images are the toy set's.")
    if "drawn" in arrays:
        st.button(
            "Draw anew",
            key=f"{place}-anew",
            icon=":material/casino:",
            type="tertiary",
            on_click=lambda: st.session_state.update({f"{place}-draw": (draw + 1) % DRAWS}),
        )


def _ask(trick: Trick, recipe: Recipe, draw: int) -> tuple[Arrays | None, str]:
    """The picture, if it is there soon enough, and what went wrong, if anything did."""
    try:
        patience = IN_TURN_SECONDS if has_turn() else PATIENCE_SECONDS
        return open_lab().pictures.ask(trick.name, recipe, draw, patience), ""
    except EngineError as error:
        return None, f"There is no picture now: {error}."


def _show_arrays(trick: Trick, recipe: Recipe, arrays: Arrays) -> None:
    """The picture itself."""
    off, on = _name_sides(trick, recipe)
    match trick.picture:
        case "images":
            st.html(draw_pairs(arrays["before"], arrays["after"], arrays["words"].tolist(), f"Eight images with {on}"))
        case "sheet":
            kept = int(arrays["kept"].sum())
            name = f"A hundred training images, of which {kept} are left"
            st.html(lay_out_sheet(arrays["images"], arrays["kept"], name))
        case "filters":
            st.html(draw_both_filters(arrays["before"], arrays["after"], (off, on)))
        case kind:
            st.html(draw_legend({on: ACCENT, off: GREY}, dict.fromkeys((on, off), "━")))
            rows = tabulate_curves(kind, arrays)
            st.container(width=CHART_WIDTH).vega_lite_chart(rows, curve_spec(kind), alt=f"{trick.title}, as a curve")


def _name_sides(trick: Trick, recipe: Recipe) -> tuple[str, str]:
    """What the picture shows without the trick and with it, in a few words."""
    off, on = (getattr(each, trick.name) for each in (switch_off(trick, recipe), recipe))
    return "without" if trick.show(off) == "off" else trick.say(off), trick.say(on)
