"""What is shown to others: a link to copy or to photograph, large type for a room, and any seed."""

import json
from html import unescape

import segno
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from tests.fakes import SlowEngine
from tests.pages.reading import open_train, press, read
from tricks.charts.theme import loss_spec
from tricks.recipe.recipe import Recipe


def list_html(page) -> list[str]:
    """The page's own HTML."""
    return [one.proto.body for one in page.get("html")]


def test_the_link_is_also_a_qr_code(engine):
    """What a phone's camera reads is the link that can be copied, with all that is toggled."""
    page = open_train(block="residual", flip="true")

    [picture] = [html for html in list_html(page) if "QR code of this link" in html]

    address = page.code[0].value
    assert address.endswith("?block=residual&flip=true")
    code = segno.make(address, micro=False, error="l").svg_data_uri(scale=4, dark="black", light="white")
    assert code in unescape(picture)


def test_what_no_camera_reads_is_text_alone():
    """Of an address with more than a code legibly holds there is no picture."""

    def page():
        from tricks.pages.shared.share import show_share

        show_share({"recipe": ["x" * 1200]})

    shown = AppTest.from_function(page).run()

    assert shown.code[0].value.endswith("x" * 1200)
    assert not [html for html in list_html(shown) if "QR code" in html]


def test_a_lecture_has_large_type_and_charts_first(engine, fill):
    """In lecture mode the recipe is the title, the charts come before the words and have larger type."""
    fill(Recipe(block="residual"), 0.7)

    page = open_train(block="residual", lecture="true")

    assert ["residual blocks"] == [title.value for title in page.title]
    assert "Just finished" not in read(page)
    assert any("zoom: 1.3" in html for html in list_html(page))
    chart = page.get("vega_lite_chart")[0].proto.spec
    assert 17 == json.loads(chart)["config"]["axis"]["labelFontSize"]


def test_the_link_keeps_the_lecture(engine):
    """In lecture mode the link that can be copied opens the page in it."""
    assert open_train(block="residual", lecture="true").code[0].value.endswith("?block=residual&lecture=true")


def test_a_lecture_begins_and_ends_by_a_toggle(engine):
    """The toggle stands where one shares the page, and the link keeps it."""
    page = open_train()

    page.toggle(key="lecture").set_value(True).run()
    assert "baseline" == page.title[0].value
    assert "true" == page.query_params["lecture"]

    page.toggle(key="lecture").set_value(False).run()
    assert "Training tricks, tested" == page.title[0].value
    assert "lecture" not in page.query_params


def test_a_chart_of_every_day_has_usual_type():
    """What a lecture enlarges is a copy."""
    assert "labelFontSize" not in str(loss_spec(100))


def read_seed(page) -> int:
    """The seed whose accuracy is drawn strong."""
    rows = convert_arrow_bytes_to_pandas_df(page.get("vega_lite_chart")[1].proto.data.data)
    return int(rows[rows["series"] == "this run"]["seed"].iloc[0])


def test_any_seed_can_be_shown(engine, fill):
    """The last seed is on show, until the visitor picks another one."""
    fill(Recipe(), 0.7, 0.71, 0.72)
    page = open_train()
    assert 2 == read_seed(page)

    page.selectbox(key="shown-seed").set_value(1).run()

    assert 1 == read_seed(page)
    assert {metric.label: metric.value for metric in page.metric}["Test accuracy"] == "71.0%"


def test_pressing_train_shows_what_is_trained(engine, fill):
    """Who has picked an old seed sees the new one as soon as they ask for it."""
    engine(SlowEngine())
    fill(Recipe(), 0.7, 0.71)
    page = open_train()
    page.selectbox(key="shown-seed").set_value(0).run()

    press(page, "Train seed 2")

    assert 2 == page.selectbox(key="shown-seed").value


def test_another_recipe_shows_its_own_seed(engine, fill):
    """A picked seed is that of its recipe alone; a recipe of one seed has nothing to pick."""
    fill(Recipe(), 0.7, 0.71)
    fill(Recipe(block="residual"), 0.8)
    page = open_train()
    page.selectbox(key="shown-seed").set_value(0).run()

    page.segmented_control(key="trick-block").set_value("residual").run()

    assert not [box for box in page.selectbox if box.key == "shown-seed"]
    assert {metric.label: metric.value for metric in page.metric}["Test accuracy"] == "80.0%"
