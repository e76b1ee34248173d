"""PyTorch's random numbers on the CPU in NumPy, bit by bit but for the logarithms and cosines of the normal ones.

Its generator is the Mersenne Twister (Matsumoto & Nishimura 1998), seeded as NumPy's `RandomState` is.
"""

import math

import numpy as np

BLOCK = 16  # So many normal numbers are made of as many even ones.
EVEN_BITS = 24


class TorchDraws:
    """A stream of draws that is at the same place as a `torch.Generator` of this seed that was asked for the same."""

    def __init__(self, seed: int):
        self._state = np.random.RandomState(seed % 2**32)

    def skip(self, count: int) -> None:
        """Passes over so many draws of 32 bits."""
        self._bits(count)

    def even(self, *shape: int) -> np.ndarray:
        """As `torch.rand`: from 0 to 1, float32."""
        bits = self._bits(math.prod(shape)) % np.uint32(2**EVEN_BITS)
        return bits.astype(np.float32).reshape(shape) * np.float32(2**-EVEN_BITS)

    def whole(self, low: int, high: int, *shape: int) -> np.ndarray:
        """As `torch.randint`: whole numbers from `low` to below `high`, int64."""
        return (self._bits(math.prod(shape)) % np.uint32(high - low)).astype(np.int64).reshape(shape) + low

    def normal(self, *shape: int) -> np.ndarray:
        """As `torch.randn` makes sixteen or more, float32, but for the last bit (Box & Muller 1958)."""
        count = math.prod(shape)
        made = _spread(self.even(count)[: count // BLOCK * BLOCK])
        if count % BLOCK:  # The last sixteen are made anew, those among them that there are already too.
            last = _spread(self.even(BLOCK))
            made = np.concatenate([made[: count - BLOCK], last])
        return made.reshape(shape)

    def skip_normal(self, *shape: int) -> None:
        """Passes over what `normal` would draw."""
        count = math.prod(shape)
        self.skip(count + (BLOCK if count % BLOCK else 0))

    def _bits(self, count: int) -> np.ndarray:
        return self._state.randint(0, 2**32, count, dtype=np.uint32)


def _spread(even: np.ndarray) -> np.ndarray:
    pairs = even.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(-2 * np.log(1 - pairs[:, 0]))
    angle = np.float32(2 * math.pi) * pairs[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)
