"""Card numbers of the demonstration: 250, six digits, a Luhn check digit. A million of them, on purpose enumerable."""

from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

SPACE: Final = 1_000_000
_PREFIX: Final = 250
_LENGTH: Final = 10
_STEP: Final = 387_013
"""Prime to the size of the space: consecutive ranks give scattered sequences, each once."""


def sequences(ranks: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the six-digit sequence of each rank; two ranks never share one."""
    scattered: NDArray[np.int64] = (ranks * _STEP + seed) % SPACE
    return scattered


def numbers(sequence: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ten-digit card numbers of sequences, check digit included (ISO/IEC 7812-1)."""
    payload = _PREFIX * SPACE + sequence
    total = np.zeros_like(payload)
    rest = payload.copy()
    for place in range(_LENGTH - 1):
        digit = rest % 10
        rest //= 10
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled - 9 * (doubled > 9)  # noqa: PLR2004 - the Luhn sum of a two-digit double
    full: NDArray[np.int64] = payload * 10 + (-total) % 10
    return full


def unsalted_tokens(sequence: NDArray[np.int64]) -> list[str]:
    """Return the SHA-256 of each ten-digit number: the planted mistake, reversible by enumeration."""
    return [sha256(str(number).encode()).hexdigest() for number in numbers(sequence).tolist()]
