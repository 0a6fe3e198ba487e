"""The ways a program writes a card number down before hashing it, as bytes.

Kept to those met in practice: text with or without leading zeros, a stray line end, groups of digits, a float, machine
words, packed digits, hexadecimal, UTF-16.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from auditor.risk.tokens.numbering import Digits, values

Payloads = list[bytes]
_ZERO: Final = ord("0")
_HALF_WORD: Final = 1 << 32


def _rows(matrix: npt.NDArray[np.uint8]) -> Payloads:
    width = matrix.shape[1]
    if not width:
        return []
    whole = np.ascontiguousarray(matrix).tobytes()
    return [whole[start : start + width] for start in range(0, len(whole), width)]


def _ascii(digits: Digits) -> Payloads:
    return _rows(digits + np.uint8(_ZERO))


def _unpadded(digits: Digits) -> Payloads:
    return [text.lstrip(b"0") or b"0" for text in _ascii(digits)]


def _then(ending: bytes) -> Callable[[Digits], Payloads]:
    return lambda digits: [text + ending for text in _ascii(digits)]


def _grouped(*sizes: int, mark: bytes) -> Callable[[Digits], Payloads]:
    def spelled(digits: Digits) -> Payloads:
        pieces: list[npt.NDArray[np.uint8]] = []
        start, turn = 0, 0
        while start < digits.shape[1]:
            size = sizes[min(turn, len(sizes) - 1)]
            if pieces:
                pieces.append(np.full((len(digits), 1), mark[0], dtype=np.uint8))
            pieces.append(digits[:, start : start + size] + np.uint8(_ZERO))
            start, turn = start + size, turn + 1
        return _rows(np.hstack(pieces))

    return spelled


def _word(kind: str) -> Callable[[Digits], Payloads]:
    def spelled(digits: Digits) -> Payloads:
        number = values(digits)
        if number is None or (kind.endswith("4") and len(number) and int(number.max()) >= _HALF_WORD):
            return []
        width = int(kind[-1])
        whole = number.astype(kind).tobytes()
        return [whole[start : start + width] for start in range(0, len(whole), width)]

    return spelled


def _packed(digits: Digits) -> Payloads:
    even = digits if digits.shape[1] % 2 == 0 else np.pad(digits, ((0, 0), (1, 0)))
    return _rows(even[:, 0::2] * np.uint8(16) + even[:, 1::2])


def _hexadecimal(form: str) -> Callable[[Digits], Payloads]:
    def spelled(digits: Digits) -> Payloads:
        number = values(digits)
        return [] if number is None else [format(one, form).encode() for one in number.tolist()]

    return spelled


def _utf16(digits: Digits) -> Payloads:
    wide = np.zeros((len(digits), 2 * digits.shape[1]), dtype=np.uint8)
    wide[:, 0::2] = digits + np.uint8(_ZERO)
    return _rows(wide)


SPELLINGS: Final[Mapping[str, Callable[[Digits], Payloads]]] = {
    "digits": _ascii,
    "digits without leading zeros": _unpadded,
    "digits and a line feed": _then(b"\n"),
    "digits and a Windows line end": _then(b"\r\n"),
    "digits as a float": lambda digits: [text + b".0" for text in _unpadded(digits)],
    "groups of 4-3-3": _grouped(4, 3, mark=b" "),
    "groups of 4": _grouped(4, mark=b" "),
    "groups of 2": _grouped(2, mark=b" "),
    "64-bit word, big-endian": _word(">u8"),
    "64-bit word, little-endian": _word("<u8"),
    "32-bit word, big-endian": _word(">u4"),
    "32-bit word, little-endian": _word("<u4"),
    "packed digits": _packed,
    "hexadecimal, upper case": _hexadecimal("X"),
    "hexadecimal, lower case": _hexadecimal("x"),
    "UTF-16": _utf16,
}
"""Likeliest first. A spelling that cannot be written for a grammar (a number too long for a word) yields nothing."""
