"""What every page needs beside Streamlit's own look: contrast, a focus that can be seen, and radio groups as expected.

Everything here mends something of Streamlit's that a visitor with a keyboard, a screen reader or weak eyes runs into;
`tests/whole/test_accessibility.py` says what.
"""

import streamlit as st

STYLE = """
/* The selected option in the colour of text: in the primary colour its contrast would be below 4.5 by night. */
[data-testid="stButtonGroup"] [aria-checked="true"] {color: inherit !important; font-weight: 600;}
[data-testid="stButtonGroup"] [aria-checked="true"] * {color: inherit !important;}
/* What a toggle without effect is called, and why it is off, can be read like any other. */
[data-testid="stWidgetLabel"], [data-testid="stWidgetLabel"] p {color: inherit !important;}
/* A link in a caption would be as pale as the caption, in a colour that does not bear it. */
[data-testid="stCaptionContainer"] a {color: inherit; text-decoration: underline;}
/* The button of an open popover would be as dark as the page by night. */
[data-testid="stPopoverButton"] {color: inherit !important;}
/* So would be the words of a button below the mouse. */
[data-testid="stBaseButton-secondary"], [data-testid="stBaseButton-tertiary"] {color: inherit !important;}
[data-testid="stBaseButton-secondary"][disabled], [data-testid="stBaseButton-tertiary"][disabled] {opacity: .6;}
[data-testid="stBaseButton-tertiary"]:hover:enabled {text-decoration: underline;}
/* On a phone what a button opens stands at the bottom, with all the room there is, not where the button left some. */
@media (max-width: 640px) {[data-testid="stPopoverBody"] {transform: none !important; inset: auto .5rem .5rem .5rem
  !important; max-width: none !important; max-height: 85vh !important;}}
/* Elsewhere what a toggle does is seen beside the sidebar: the toggles stay in sight, and all the height is there. */
@media (min-width: 641px) {[data-testid="stPopoverBody"]:has([class*="st-key-seen-in-"]) {transform: none !important;
  inset: 4.5rem auto auto 20rem !important; max-height: 85vh !important;}}
/* Tools that show themselves only to a mouse would leave a keyboard's focus nowhere to be seen. */
[data-testid="stElementToolbar"]:focus-within, [data-testid="stElementToolbar"]:focus-within * {
  opacity: 1 !important; visibility: visible !important;}
:focus-visible {outline: 2px solid currentColor !important; outline-offset: 2px;}
/* Many small buttons are lines of words, not a wall. */
[class*="st-key-unmeasured"] {row-gap: 0 !important;}
[class*="st-key-unmeasured"] button {min-height: 2rem; text-align: left;}
/* An option of many words is read whole on a phone. */
@media (max-width: 640px) {[data-testid="stButtonGroup"] button {height: auto; text-align: left;}
  [data-testid="stButtonGroup"] button * {white-space: normal !important;}}
/* The tour takes little of the page, and its buttons stand beside its words, where there is room. */
.st-key-tour {padding-block: .4rem !important;}
@media (min-width: 641px) {.st-key-tour {flex-wrap: nowrap !important;}}
/* Margins for what one has come for, also on a small screen. */
[data-testid="stMainBlockContainer"] {padding-inline: clamp(1rem, 3vw, 5rem);}
/* Where the sidebar is folded away, as on phones, the way to it says what is in it. */
[data-testid="stExpandSidebarButton"]::after {content: "SIDEBAR"; padding-inline: .25rem; font-size: .875rem;}
[data-testid="stExpandSidebarButton"] {width: auto; white-space: nowrap;}
"""

# Who comes into a radio group with the keyboard begins at what is selected, not at the first option; and what a message
# says is also said where screen readers listen.
BEHAVIOUR = """
if (!document.getElementById("announcement")) {
  const status = Object.assign(document.createElement("div"), {id: "announcement", role: "status"});
  status.style = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)";
  document.body.append(status);
  new MutationObserver(() => {
    const words = document.querySelector("[data-testid=stToastText]")?.innerText;
    if (words && words !== status.textContent) status.textContent = words;
  }).observe(document.body, {childList: true, subtree: true});
  document.addEventListener("focusin", ({target, relatedTarget}) => {
    const group = target.closest("[role=radiogroup]");
    if (group && !group.contains(relatedTarget) && target.matches(":focus-visible"))
      group.querySelector("[aria-checked=true]")?.focus();
  });
}
"""


def show_look(sidebar: str, further: str = "") -> None:
    """Puts both into the page, at whose end they take no room. (A style alone would go with the next message.)

    `sidebar` says what is in the sidebar; `further` is more style.
    """
    style = STYLE.replace("SIDEBAR", sidebar) + further
    st.html(f"<style>{style}</style><script>{BEHAVIOUR}</script>", unsafe_allow_javascript=True)
