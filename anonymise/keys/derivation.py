"""HKDF-SHA-256 (RFC 5869) over labels that cannot be confused.

Each label is preceded by its length on two bytes, so that ("ab", "c") and ("a", "bc") give different keys. Both steps
work on a keyed object that cannot be read back, so that a root key need not stay in memory as bytes.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

_DIGEST = 32
_LONGEST_LABEL = 0xFFFF


def labelled(*parts: str) -> bytes:
    """Join parts, each in UTF-8 behind its two-byte big-endian length; ValueError for a part over 65,535 bytes."""
    joined = bytearray()
    for part in parts:
        encoded = part.encode()
        if len(encoded) > _LONGEST_LABEL:
            message = "a label is longer than 65,535 bytes"
            raise ValueError(message)
        joined += len(encoded).to_bytes(2, "big") + encoded
    return bytes(joined)


def extracted(secret: bytes, salt: bytes = b"") -> HMAC:
    """Return HMAC keyed with the extracted key (RFC 5869 §2.2); an empty salt stands for 32 zero bytes."""
    step = HMAC(salt or bytes(_DIGEST), hashes.SHA256())
    step.update(secret)
    return HMAC(step.finalize(), hashes.SHA256())


def expanded(key: HMAC, info: bytes, length: int) -> bytes:
    """Derive `length` bytes, 8,160 at most, for one use (RFC 5869 §2.3)."""
    if not 0 < length <= 255 * _DIGEST:
        message = "HKDF-SHA-256 derives between 1 and 8,160 bytes"
        raise ValueError(message)
    block, derived = b"", b""
    while len(derived) < length:
        step = key.copy()
        step.update(block + info + bytes([len(derived) // _DIGEST + 1]))
        block = step.finalize()
        derived += block
    return derived[:length]
