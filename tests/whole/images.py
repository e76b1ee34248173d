"""Images of every kind that a visitor may choose, and files that are none."""

import io
import random
import struct
import zlib

import numpy as np
from PIL import Image


def make_png_head(width: int, height: int) -> bytes:
    """An image of so many pixels, all of them missing but a few."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(bytes(1000))
    chunks = (struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in (head, body))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


MODES = ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"]
NO_IMAGES = {
    "nothing": b"",
    "words": b"This is no image. " * 100,
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    "a head": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "too many pixels": make_png_head(100_000, 100_000),
}


def encode(image: Image.Image, kind: str, **options) -> bytes:
    """The image as a file of this kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def make_halves(mode: str) -> bytes:
    """An image whose left half is dark and whose right half is bright."""
    halves = np.zeros((60, 90), np.uint8)
    halves[:, 45:] = 255
    if mode == "I;16":
        return encode(Image.fromarray(halves.astype(np.uint16) * 257), "PNG")
    image = Image.fromarray(halves).convert(mode)
    return encode(image, "JPEG" if mode == "CMYK" else "PNG")


def make_strange(number: int) -> bytes:
    """A damaged file: a part of an image, with some bytes changed, or nothing of the kind."""
    chance = random.Random(number)
    kind, mode = chance.choice([("PNG", "RGB"), ("JPEG", "RGB"), ("GIF", "P"), ("WEBP", "RGB"), ("BMP", "RGB")])
    size = chance.choice([(1, 1), (3, 200), (64, 64), (500, 300)])
    content = bytearray(encode(Image.effect_noise(size, 80).convert(mode), kind))
    for _ in range(chance.choice([0, 1, 5, 50])):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.5:
        del content[chance.randrange(len(content)) :]
    return bytes(content) if chance.random() < 0.8 else chance.randbytes(chance.randrange(2_000))
