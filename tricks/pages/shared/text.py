"""Words on a page: texts that come from outside are shown as they are, never as markup."""

import re

PRODUCT = "Training tricks, tested"
MOST_CHARACTERS = 300


def plain(text: str) -> str:
    """The text as Markdown that shows just its characters, cut to a sensible length."""
    return escape(text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…")


def escape(text: str) -> str:
    """The text as Markdown that shows just its characters, however many.

    What cannot be printed, or turns others around, is shown as such.
    """
    text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in " ".join(text.split()))
    text = re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&@-])", r"\\\1", text)
    return re.sub(r"(?i)\b(www)\.", r"\1\\.", text)  # Which would become a link, as an address of mail.
