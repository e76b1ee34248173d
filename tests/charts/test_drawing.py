"""Small drawings: what they say is text, and said to screen readers too."""

from tricks.charts.drawing import draw_legend, draw_progress


def test_a_legend_shows_labels_as_they_are():
    """A legend has every label beside its colour, and a label is never markup."""
    legend = draw_legend({"<b>bold</b>": "#123456"})

    assert "&lt;b&gt;bold&lt;/b&gt;" in legend
    assert "#123456" in legend


def test_a_bar_is_as_long_as_its_share():
    """The bar has the share's width, and the words that say of what, which are never markup."""
    bar = draw_progress(0.254, "Seed 3: <b>left</b>")

    assert "width:25%" in bar
    assert "aria-valuenow='25'" in bar
    assert 2 == bar.count("Seed 3: &lt;b&gt;left&lt;/b&gt;")
