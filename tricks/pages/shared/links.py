"""Links from page to page: relative, so that they hold wherever the lab is served."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from tricks.recipe.link import write_link, write_word
from tricks.recipe.recipe import Recipe
from tricks.stats.comparison import SETTLED


def link_to(recipe: Recipe) -> str:
    """The first page with this recipe."""
    return f"./?{urlencode(write_link(recipe))}"


def link_to_compare(
    recipes: Sequence[Recipe], reference: Recipe | None = None, measure: str = SETTLED, imported: bool = False
) -> str:
    """Compare with these recipes; where none is named it chooses the reference itself."""
    further = {"reference": write_word(reference)} if reference else {}
    further |= {"measure": measure} if measure != SETTLED else {}
    further |= {"imported": "true"} if imported else {}
    return f"./compare?{'&'.join(filter(None, (write_recipes(recipes), urlencode(further))))}"


def link_to_answer(base: Recipe) -> str:
    """What helps? on top of this recipe."""
    images = {} if base.dataset == "cifar10" else {"images": base.dataset}
    return f"./what-helps?{urlencode(images | {'base': write_word(base)})}"


def link_to_trick(name: str) -> str:
    """What there is to know of the trick."""
    return f"./tricks?{urlencode({'trick': name})}"


def link_to_inside(recipes: Sequence[Recipe]) -> str:
    """Inside with this recipe, or these two."""
    return f"./inside?{write_recipes(recipes)}"


def write_recipes(recipes: Sequence[Recipe]) -> str:
    """The part of a link that carries these recipes."""
    return urlencode([("recipe", write_word(recipe)) for recipe in dict.fromkeys(recipes)])


def link_column():
    """A column of links to the first page."""
    return st.column_config.LinkColumn(display_text="open", width="small")


def read_query() -> dict[str, list[str]]:
    """The address's query parameters, with all values of each."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def write_query(names: set[str], query: dict[str, list[str]]) -> bool:
    """Puts the parameters of these names into the address, and leaves those of others in it; whether it has changed."""
    before = read_query()
    after = {name: values for name, values in before.items() if name not in names} | query
    if before != after:
        st.query_params.from_dict(after)
    return before != after
