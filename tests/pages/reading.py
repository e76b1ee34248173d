"""How tests read a page in Streamlit's simulator and press its buttons."""

import re
from collections.abc import Iterable
from html import unescape

from streamlit.testing.v1 import AppTest

from tricks.recipe.link import write_word
from tricks.recipe.recipe import STAGES, Recipe
from tricks.settings import ROOT


def open_train(stages: Iterable[str] = STAGES, **link: str) -> AppTest:
    """The first page with this link, and with the toggles of these stages in sight."""
    page = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=20)
    for stage in stages:
        page.session_state[f"stage-{stage}"] = True
    for name, value in link.items():
        page.query_params[name] = value
    return page.run()


def open_page(name: str, *recipes: Recipe, **link: str | list[str]) -> AppTest:
    """The page of this module, as `compare.page`, alone, with these recipes and more in its link; it has no error."""
    page = AppTest.from_string(f"import tricks.pages.{name} as page\npage.show()", default_timeout=30)
    link |= {"recipe": [write_word(recipe) for recipe in recipes]} if recipes else {}
    for key, value in link.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def list_buttons(page: AppTest) -> list[str]:
    """What can be pressed."""
    return [button.label for button in page.button if not button.disabled]


def press(page: AppTest, label: str) -> AppTest:
    """The page after a click on the button with this label."""
    return next(button for button in page.button if button.label == label).click().run()


def read(page: AppTest) -> str:
    """All words of the page's texts, in order."""
    texts = [*page.title, *page.header, *page.markdown, *page.caption, *page.info, *page.error, *page.warning]
    return "\n".join(str(text.value).replace("\\", "") for text in texts)


def read_rows(page: AppTest) -> dict[str, dict]:
    """The rows of the table of What helps? by their tricks, each with its group, its figures, its cells and links."""
    rows: dict[str, dict] = {}
    for table in (one.proto.body for one in page.get("html") if "<table" in one.proto.body):
        for body in table.split("<tbody")[1:]:
            group = re.search(r"<b>(.+?)</b>", body)[1]
            for row in body.split("class='row'")[1:]:
                label, note = re.search(r"class='label'.*?<a.*?>(.*?)</a>(?:<small>(.*?)</small>)?</th>", row).groups()
                figure, details = re.search(r"class='figure'>(.*?)<small>(.*?)</small>", row).groups()
                cells = dict(re.findall(r"data-label='(.*?)'>(.*?)</td>", row))
                about, *links = [unescape(address) for address in re.findall(r"href='(.*?)'", row)]
                words = {"group": group, "figure": re.sub("<.*?>", "", figure).strip(), "details": details}
                rows[unescape(label)] = words | cells | {"note": note or "", "about": about, "links": links}
    return rows
