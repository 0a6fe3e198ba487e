"""The declared card numbers as an array that can be sampled and walked: what makes an unkeyed hash of one reversible."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Digits = npt.NDArray[np.uint8]
"""One row per number, one column per digit (0 to 9)."""

_BATCH: Final = 1 << 16
_JITTER: Final = np.uint64(0x9E3779B97F4A7C15)
_DOUBLED: Final = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.uint8)
_WORD_DIGITS: Final = 19
"""Digits that always fit an unsigned 64-bit word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """The numbers a grammar allows: issuer prefixes, a running part, and a check digit after ISO/IEC 7812-1 where declared."""

    length: int
    prefixes: tuple[str, ...] = ("",)
    """No prefix starts with another one, and none is as long as the number."""
    luhn: bool = False

    def __post_init__(self) -> None:
        if any(self._free(prefix) < 0 for prefix in self.prefixes):
            message = "a card prefix leaves no room in the declared length"
            raise ValueError(message)

    def _free(self, prefix: str) -> int:
        return self.length - len(prefix) - self.luhn

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return sum(10 ** self._free(prefix) for prefix in self.prefixes)

    @property
    def chance(self) -> float:
        """Share of all the digit strings of this length that are numbers: how often a random one passes."""
        return float(self.size / 10**self.length)

    def pick(self, wanted: int) -> Iterator[Digits]:
        """Yield batches of about `wanted` distinct numbers spread over the whole space; all of them when `wanted` is its size."""
        share = min(1.0, wanted / self.size)
        for prefix in self.prefixes:
            count = 10 ** self._free(prefix)
            chosen = count if share == 1.0 else max(1, min(count, round(count * share)))
            for start in range(0, chosen, _BATCH):
                yield self._numbers(prefix, _ranks(start, min(start + _BATCH, chosen), count // chosen))

    def _numbers(self, prefix: str, ranks: npt.NDArray[np.uint64]) -> Digits:
        free = self._free(prefix)
        digits = np.empty((len(ranks), self.length), dtype=np.uint8)
        digits[:, : len(prefix)] = [int(digit) for digit in prefix]
        for place in range(free):
            digits[:, len(prefix) + free - 1 - place] = ranks % np.uint64(10)
            ranks = ranks // np.uint64(10)
        if self.luhn:
            digits[:, -1] = check_digits(digits[:, :-1])
        return digits

    def accepts(self, digits: Digits) -> npt.NDArray[np.bool_]:
        """Tell which rows are numbers of this grammar (their length is the caller's business)."""
        known = np.zeros(len(digits), dtype=np.bool_)
        for prefix in self.prefixes:
            known |= (digits[:, : len(prefix)] == [int(digit) for digit in prefix]).all(axis=1)
        return known & (check_digits(digits[:, :-1]) == digits[:, -1]) if self.luhn else known


def check_digits(payload: Digits) -> Digits:
    """Return the Luhn digit that completes each row."""
    total = np.zeros(len(payload), dtype=np.uint16)
    for place in range(payload.shape[1]):
        column = payload[:, payload.shape[1] - 1 - place]
        total += _DOUBLED[column] if place % 2 == 0 else column
    return ((10 - total % 10) % 10).astype(np.uint8)


def values(digits: Digits) -> npt.NDArray[np.uint64] | None:
    """Return each row as a whole number; None when the numbers are too long for a 64-bit word."""
    if digits.shape[1] > _WORD_DIGITS:
        return None
    value = np.zeros(len(digits), dtype=np.uint64)
    for place in range(digits.shape[1]):
        value = value * np.uint64(10) + digits[:, place]
    return value


def _ranks(start: int, stop: int, stride: int) -> npt.NDArray[np.uint64]:
    # One rank per stride, at a place inside it that follows no pattern a numbering plan could share.
    steps = np.arange(start, stop, dtype=np.uint64)
    if stride == 1:
        return steps
    return steps * np.uint64(stride) + (steps * _JITTER >> np.uint64(11)) % np.uint64(stride)
