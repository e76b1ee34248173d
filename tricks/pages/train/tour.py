"""Three steps for whoever comes for the first time: toggle, train, read the answer. Each is outlined on the page."""

import streamlit as st

COOKIE = "tricks_toured"
KEEP = f"""
const travels = location.protocol === "https:" ? "SameSite=None; Secure; Partitioned" : "SameSite=Lax";
document.cookie = `{COOKIE}=yes; Path=/; Max-Age=31536000; ${{travels}}`;
"""
STEPS = (
    (
        "<b>Switch a trick on</b> in the sidebar: say, BatchNorm <i>before</i>.",
        '.st-key-trick-batch_norm, [data-testid="stExpandSidebarButton"]',
    ),
    (
        "<b>Press Train</b> and watch the loss fall. CIFAR-10 takes minutes, <i>Images: Toy set</i> seconds.",
        ".st-key-train button",
    ),
    (
        "<b>Read the answer</b>: <a href='./what-helps' style='color: inherit'>What helps?</a> has every trick, and how"
        " sure we are.",
        '[data-testid="stTopNavLink"][href*="what-helps"]',
    ),
)
LOOK_INSTEAD = "<b>See what is known</b> of it, and how it learned. Training is off on this host."


def is_touring() -> bool:
    """Whether the visitor is here for the first time, and has neither ended the tour nor left it."""
    return not (st.session_state.get("toured") or st.context.cookies.get(COOKIE) == "yes")


def show_tour(training: str) -> None:
    """The step that the visitor is at, and the way on."""
    step = st.session_state.setdefault("tour-step", 0)
    words, place = STEPS[step]
    if training == "off" and step == 1:
        words = LOOK_INSTEAD
    outline = f"<style>{place} {{outline: 3px solid #3a8fd0; outline-offset: 4px; border-radius: .5rem;}}</style>"
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="tour"):
        st.html(f"{outline}<span>{step + 1} of {len(STEPS)} · {words}</span>", width="stretch")
        if step + 1 < len(STEPS):
            st.button("Next", key="tour-next", on_click=go_on)
        st.button("Skip the tour" if step + 1 < len(STEPS) else "Done", key="tour-end", type="tertiary", on_click=end)


def go_on() -> None:
    """To the next step."""
    st.session_state["tour-step"] += 1


def end() -> None:
    """No more of it, in this session or later."""
    st.session_state["toured"] = True


def remember_tour() -> None:
    """Lets the browser know that the visitor has seen the tour; for the end of the page, where it takes no room."""
    if not st.session_state.get("toured"):
        return
    st.html(f"<script>{KEEP}</script>", unsafe_allow_javascript=True)
