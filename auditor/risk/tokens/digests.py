"""The public hash functions a token may come from, and their digests as whole numbers that can be searched in bulk."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
WORD: Final = 16
"""Hexadecimal digits compared: sixty-four bits, where chance never matches in practice."""
_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """One unkeyed digest."""

    name: str
    digest: Callable[[bytes], bytes]
    nibbles: int
    """Length of the whole digest in hexadecimal digits."""
    strong: bool
    """Reputed strong today: SHA-2, SHA-3, BLAKE2 of 224 bits or more. MD5, SHA-1 and checksums are not."""


class _Hash(Protocol):
    def digest(self) -> bytes: ...


def _of(name: str, function: Callable[..., _Hash], nibbles: int, *, strong: bool = True) -> Algorithm:
    # `usedforsecurity=False` keeps MD5 available where a policy bans it: here it is the adversary's tool, not ours.
    made = function if strong else partial(function, usedforsecurity=False)
    return Algorithm(name=name, digest=lambda payload: made(payload).digest(), nibbles=nibbles, strong=strong)


def _crc32(payload: bytes) -> bytes:
    return zlib.crc32(payload).to_bytes(4, "big")


ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    _of("sha256", hashlib.sha256, 64),
    _of("md5", hashlib.md5, 32, strong=False),
    _of("sha1", hashlib.sha1, 40, strong=False),
    _of("sha512", hashlib.sha512, 128),
    _of("sha224", hashlib.sha224, 56),
    _of("sha384", hashlib.sha384, 96),
    _of("sha3-256", hashlib.sha3_256, 64),
    _of("sha3-512", hashlib.sha3_512, 128),
    _of("sha3-224", hashlib.sha3_224, 56),
    _of("sha3-384", hashlib.sha3_384, 96),
    _of("blake2b", hashlib.blake2b, 128),
    _of("blake2s", hashlib.blake2s, 64),
    _of("blake2b-256", partial(hashlib.blake2b, digest_size=32), 64),
    _of("blake2b-160", partial(hashlib.blake2b, digest_size=20), 40),
    _of("blake2b-128", partial(hashlib.blake2b, digest_size=16), 32),
    _of("blake2s-128", partial(hashlib.blake2s, digest_size=16), 32),
    Algorithm(name="crc32", digest=_crc32, nibbles=8, strong=False),
)

CONSTANTS: Final[Mapping[str, bytes]] = {"empty text": b"", "0": b"0", "NULL": b"NULL", "null": b"null", "None": b"None", "nan": b"nan"}
"""Missing values hashed by mistake: their digests are known by heart and betray an unkeyed hash at a glance."""


def candidates(nibbles: int) -> tuple[Algorithm, ...]:
    """Return the algorithms a digest of this length may come from, whole ones first, then the common ones cut short."""
    whole = tuple(one for one in ALGORITHMS if one.nibbles == nibbles)
    longer = tuple(one for one in ALGORITHMS if one.nibbles > nibbles)
    return whole + longer[: 4 if not whole else 2]


def head(digests: list[bytes], nibbles: int) -> Words:
    """Return the first sixteen hexadecimal digits of each digest (or the `nibbles` it was cut to) as whole numbers."""
    words = _end(digests, slice(None, _BYTES), (0, _BYTES))
    return words if nibbles >= WORD else words >> np.uint64(4 * (WORD - nibbles))


def tail(digests: list[bytes], nibbles: int) -> Words:
    """Return the last sixteen hexadecimal digits of each digest (or the `nibbles` it was cut to) as whole numbers."""
    words = _end(digests, slice(-_BYTES, None), (_BYTES, 0))
    return words if nibbles >= WORD else words & np.uint64((1 << (4 * nibbles)) - 1)


def _end(digests: list[bytes], kept: slice, padded: tuple[int, int]) -> Words:
    """Cut or pad digests of one length to eight bytes each, read as whole numbers."""
    if not digests:
        return np.empty(0, dtype=np.uint64)
    whole = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), -1)
    lacking = max(0, _BYTES - whole.shape[1])
    wide = np.pad(whole, ((0, 0), tuple(lacking * bool(side) for side in padded))) if lacking else whole
    return np.ascontiguousarray(wide[:, kept]).view(">u8").ravel().astype(np.uint64)
