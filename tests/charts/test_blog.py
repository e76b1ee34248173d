"""The charts of the blog's page, on their dictionaries."""

from tricks.charts.blog import reported_spec


def test_the_blog_s_bars_start_at_zero():
    """The blog's bar chart keeps its bars whole."""
    bars = reported_spec()["layer"][0]

    assert "bar" == bars["mark"]["type"]
    assert "scale" not in bars["encoding"]["x"]
