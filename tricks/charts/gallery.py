"""Small pictures in HTML, enlarged without blur: images with what is said of them, and a convolution's filters."""

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from tricks.charts.predictions import WRONG

STYLE = f"""<style>
.gallery {{display:grid; grid-template-columns:repeat(auto-fill, minmax(6.5rem, 1fr)); gap:.75rem .5rem;
  font-size:.8rem; line-height:1.3;}}
.gallery figure {{margin:0; padding:0;}}
.gallery img {{width:96px; height:96px; image-rendering:pixelated; border-radius:.25rem; display:block;}}
.gallery figcaption {{margin-top:.2rem; overflow-wrap:anywhere;}}
.gallery .wrong {{color:color-mix(in srgb, {WRONG} 72%, currentColor);}}
.enlarged {{width:160px; height:160px; image-rendering:pixelated; border-radius:.25rem; display:block;}}
.filters {{image-rendering:pixelated; width:100%; max-width:26rem; border-radius:.25rem; display:block;}}
</style>"""


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What one recipe says of an image: each class with how many seeds say so, the most first. `glyph` is its sign."""

    votes: tuple[tuple[str, int], ...]
    glyph: str = ""
    color: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image, [height, width, 3] bytes, what it is, which of the test set it is, and what is said of it."""

    pixels: np.ndarray
    label: str
    place: int
    opinions: tuple[Opinion, ...]


def draw_gallery(pictures: Sequence[Picture], name: str) -> str:
    """The pictures in rows; `name` says what they have in common."""
    items = "".join(f"<div role='listitem'>{draw_image(picture)}</div>" for picture in pictures)
    return f"{STYLE}<div class='gallery' role='list' aria-label='{escape(name, quote=True)}'>{items}</div>"


def draw_image(picture: Picture) -> str:
    """One image with its label and a line for each opinion."""
    lines = "".join(f"<div>{draw_opinion(opinion, picture.label)}</div>" for opinion in picture.opinions)
    image = f"<img src='{encode_address(picture.pixels)}' alt='{escape(describe_picture(picture), quote=True)}'>"
    return f"<figure>{image}<figcaption><strong>{escape(picture.label)}</strong>{lines}</figcaption></figure>"


def draw_opinion(opinion: Opinion, label: str) -> str:
    """The classes with their votes, the wrong ones in their colour."""
    sign = f"<span aria-hidden='true' style='color:{opinion.color}'>{opinion.glyph}</span> " if opinion.glyph else ""
    words = [
        f"<span{' class=wrong' if name != label else ''}>{escape(name)}&nbsp;{count}</span>"
        for name, count in opinion.votes
    ]
    return sign + ", ".join(words)


def describe_picture(picture: Picture) -> str:
    """The picture in words, for who cannot see it."""
    said = [", ".join(f"{count} of {name}" for name, count in opinion.votes) for opinion in picture.opinions]
    return f"Test image {picture.place}, label {picture.label}; votes: {'; against: '.join(said)}"


def draw_enlarged(pixels: np.ndarray, name: str) -> str:
    """One image, five times as large."""
    return f"{STYLE}<img class='enlarged' src='{encode_address(pixels)}' alt='{escape(name, quote=True)}'>"


def color_filters(filters: np.ndarray, reach: float, name: str) -> str:
    """Filters, [filters, 3, height, width], as colours about grey; `reach` is the weight that is fully bright."""
    pixels = np.clip(127.5 + 127.5 * filters / reach, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    sheet = arrange(pixels)
    return f"{STYLE}<img class='filters' src='{encode_address(sheet)}' alt='{escape(name, quote=True)}'>"


def arrange(tiles: np.ndarray, columns: int = 8, opacity: np.ndarray | None = None) -> np.ndarray:
    """Tiles, [tiles, height, width, colours], in rows on one sheet with a transparent pixel between them, RGBA.

    `opacity`, [tiles] from 0 to 255, is that of each tile, 255 by default.
    """
    count, height, width, _ = tiles.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1, 4), np.uint8)
    alphas = np.full(count, 255, np.uint8) if opacity is None else opacity.astype(np.uint8)
    for place, (tile, alpha) in enumerate(zip(tiles, alphas, strict=True)):
        top, left = place // columns * (height + 1), place % columns * (width + 1)
        sheet[top : top + height, left : left + width] = np.dstack([tile, np.full((height, width), alpha)])
    return sheet


def encode_address(pixels: np.ndarray) -> str:
    """The pixels as an address that holds the whole picture."""
    return f"data:image/png;base64,{base64.b64encode(encode_png(pixels)).decode()}"


def encode_png(pixels: np.ndarray) -> bytes:
    """The pixels, [height, width, 3 or 4] bytes, as a PNG (https://www.w3.org/TR/png/)."""
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], 1)  # Each unfiltered.
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
