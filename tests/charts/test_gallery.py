"""Pictures in HTML: whole images, in their own pixels, with words for who cannot see them."""

import base64
import io
import re

import numpy as np
from PIL import Image

from tricks.charts.gallery import Opinion, Picture, arrange, color_filters, draw_gallery, encode_png

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def read_pictures(html: str) -> list[np.ndarray]:
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(found))))
        for found in re.findall(r"data:image/png;base64,([^']+)", html)
    ]


def test_a_png_has_the_pixels():
    """What is encoded is read by others as the same pixels, with and without transparency."""
    clear = np.dstack([PIXELS, PIXELS[:, :, 0]])

    assert np.array_equal(PIXELS, np.asarray(Image.open(io.BytesIO(encode_png(PIXELS)))))
    assert np.array_equal(clear, np.asarray(Image.open(io.BytesIO(encode_png(clear)))))


def test_a_picture_says_what_it_is():
    """Each image has its pixels, enlarged without blur, and as its text the label and the votes."""
    opinions = (Opinion(votes=(("dog", 3), ("cat", 1)), glyph="■", color="#123456"), Opinion(votes=(("cat", 4),)))
    picture = Picture(pixels=PIXELS, label="cat", place=7, opinions=opinions)

    html = draw_gallery([picture], "Two <recipes>")

    assert np.array_equal(PIXELS, read_pictures(html)[0])
    assert "image-rendering:pixelated" in html
    assert "alt='Test image 7, label cat; votes: 3 of dog, 1 of cat; against: 4 of cat'" in html
    assert "aria-label='Two &lt;recipes&gt;'" in html
    assert ["dog&nbsp;3"] == re.findall("<span class=wrong>(.+?)</span>", html)


def test_filters_are_grey_where_they_are_zero():
    """A filter of zeros is grey, the largest weight is bright, and its opposite dark."""
    filters = np.zeros((2, 3, 1, 1), np.float32)
    filters[1, 0], filters[1, 1] = 0.5, -0.5

    (sheet,) = read_pictures(color_filters(filters, 0.5, "Filters"))

    assert [[[127, 127, 127, 255], [0, 0, 0, 0], [255, 0, 127, 255]]] == sheet.tolist()


def test_tiles_stand_in_rows():
    """Tiles fill rows, with a pixel between them."""
    sheet = arrange(np.full((5, 2, 2, 3), 9, np.uint8), columns=3)

    assert (5, 8, 4) == sheet.shape
    assert 5 * 4 == (sheet[:, :, 3] == 255).sum()
