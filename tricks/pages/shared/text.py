"""Words on a page: texts that come from outside are shown as they are, never as markup."""

import re

PRODUCT = "Training tricks, tested"
MOST_CHARACTERS = 300
ADDRESS = re.compile(r"https?:(?=//)|www(?=\.)|@", re.IGNORECASE)  # Of a page or of mail: Markdown makes it a link,
WORD_JOINER = "\u2060"  # though its characters are escaped, unless this, which nobody sees, stands in it.


def plain(text: str) -> str:
    """The text as Markdown that shows just its characters, cut to a sensible length."""
    return escape(text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…")


def escape(text: str) -> str:
    """The text as Markdown that shows just its characters, however many.

    What cannot be printed, or turns others around, is shown as such.
    """
    text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in " ".join(text.split()))
    text = ADDRESS.sub(f"\\g<0>{WORD_JOINER}", text)
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&@-])", r"\\\1", text)
