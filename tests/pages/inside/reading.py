"""How tests open Inside and read its galleries."""

from functools import partial

from streamlit.testing.v1 import AppTest

from tests.pages.reading import open_page
from tricks.recipe.recipe import Recipe

TOY, FLIP = Recipe(dataset="toy"), Recipe(dataset="toy", flip=True)
open_inside = partial(open_page, "inside.page")


def list_html(page: AppTest, part: str) -> list[str]:
    """The page's pieces of HTML that have this in them, in order."""
    return [html.proto.body for html in page.get("html") if part in html.proto.body]


def list_pictures(page: AppTest) -> list[str]:
    """The galleries of the page, in order."""
    return list_html(page, "class='gallery'")
