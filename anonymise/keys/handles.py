"""Opaque handles: a key is an object that does one thing for one purpose.

The secret sits inside a compiled object of the cryptography library, never as bytes in a Python attribute. A handle
prints as its name, and refuses to be copied or pickled. Code that runs in the same process could still search its
memory: the handle keeps keys out of logs, errors, files and reports, which is
where keys leak.
"""

from collections.abc import Iterable
from typing import NoReturn, SupportsIndex

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hmac import HMAC

from anonymise.keys.derivation import labelled
from auditor.vocabulary.errors import SecretMisuse

PSEUDONYM_BYTES = 16
"""128 bits: 3e-25 expected collisions over 15 million cards."""


class SealBroken(ValueError):
    """What was sealed was altered, or was sealed with another key or for another use. Holds no value."""


class Opaque:
    """Base of every handle: it has a name and gives away nothing else."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        self._refuse("pickled")

    def __getstate__(self) -> NoReturn:
        self._refuse("read")

    def __copy__(self) -> NoReturn:
        self._refuse("copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        self._refuse("copied")

    def _refuse(self, act: str) -> NoReturn:
        raise SecretMisuse(
            f"A {type(self).__name__} cannot be {act}.",
            "A key that leaves its handle can be lost or logged, and can no longer be destroyed with certainty.",
            "Pass the handle itself, or the key's purpose and period.",
        )


class PseudonymKey(Opaque):
    """Makes pseudonyms of cards for one purpose and one period. Two keys give two unrelated pseudonyms."""

    __slots__ = ("__keyed", "period", "purpose")

    def __init__(self, purpose: str, period: str, secret: bytes) -> None:
        super().__init__(f"{purpose} {period}")
        self.purpose = purpose
        self.period = period
        self.__keyed = _keyed(secret)

    def pseudonym(self, card: str) -> str:
        """Return 32 hexadecimal digits: HMAC-SHA-256 of the canonical card number, cut to 128 bits (FIPS 198-1).

        The message is the label `card` and the number, each preceded by its length on two bytes.
        """
        return self.pseudonyms([card])[0]

    def pseudonyms(self, cards: Iterable[str]) -> list[str]:
        """Return the pseudonyms of many cards, in their order (about a million a second)."""
        start = self.__keyed.copy
        prefix = labelled("card")
        made = []
        for card in cards:
            if not card:
                raise SecretMisuse(
                    "An empty card number has no pseudonym.",
                    "Every row without a card would become one and the same person.",
                    "Leave rows without a card out before pseudonymising.",
                )
            encoded = card.encode()
            message = start()
            message.update(prefix + len(encoded).to_bytes(2, "big") + encoded)
            made.append(message.finalize()[:PSEUDONYM_BYTES].hex())
        return made


class MacKey(Opaque):
    """Authenticates bytes that stay readable: HMAC-SHA-256 whole (RFC 4231 vectors)."""

    __slots__ = ("__keyed",)

    def __init__(self, name: str, secret: bytes) -> None:
        super().__init__(name)
        self.__keyed = _keyed(secret)

    def tag(self, content: bytes) -> str:
        """Return the authentication tag, hexadecimal."""
        message = self.__keyed.copy()
        message.update(content)
        return message.finalize().hex()


class SealingKey(Opaque):
    """Seals bytes so that only this key, for the same use, opens them: AES-256-SIV (RFC 5297).

    Deterministic: sealing the same bytes for the same use gives the same result, and a repeated nonce cannot betray
    anything. What differs only by its content still hides which is which; pad what must hide its length.
    """

    __slots__ = ("__cipher",)

    def __init__(self, name: str, secret: bytes) -> None:
        super().__init__(name)
        self.__cipher = AESSIV(secret)

    def seal(self, content: bytes, *use: str) -> bytes:
        """Return the sealed bytes, bound to the use (purpose, period, record id…) they are sealed for."""
        return self.__cipher.encrypt(content, [part.encode() for part in use])

    def unseal(self, sealed: bytes, *use: str) -> bytes:
        """Return the content; SealBroken when altered, or sealed by another key or for another use."""
        try:
            return self.__cipher.decrypt(sealed, [part.encode() for part in use])
        except (InvalidTag, ValueError):
            raise SealBroken from None


class SigningKey(Opaque):
    """Signs receipts and journal heads (Ed25519, RFC 8032)."""

    __slots__ = ("__private", "public")

    def __init__(self, name: str, secret: bytes) -> None:
        super().__init__(name)
        self.__private = Ed25519PrivateKey.from_private_bytes(secret)
        self.public = self.__private.public_key().public_bytes_raw()
        """The 32 bytes of the public key: these may be read by anyone."""

    def sign(self, content: bytes) -> bytes:
        """Return the 64-byte signature of `content`."""
        return self.__private.sign(content)

    @property
    def public_pem(self) -> bytes:
        """The public key as a PEM file that any tool reads (RFC 8410)."""
        key = Ed25519PublicKey.from_public_bytes(self.public)
        return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def key_id(self) -> str:
        """SHA-256 of the raw public key, hexadecimal: names the key in a signature."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.public)
        return digest.finalize().hex()


def signature_holds(public: bytes, signature: bytes, content: bytes) -> bool:
    """Tell whether a signature was made on these bytes by the holder of a public key (32 raw bytes, or PEM)."""
    try:
        _public_key(public).verify(signature, content)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _public_key(public: bytes) -> Ed25519PublicKey:
    if not public.lstrip().startswith(b"-----BEGIN"):
        return Ed25519PublicKey.from_public_bytes(public)
    loaded = serialization.load_pem_public_key(public)
    if not isinstance(loaded, Ed25519PublicKey):
        message = "not an Ed25519 public key"
        raise TypeError(message)
    return loaded


def _keyed(secret: bytes) -> HMAC:
    return HMAC(secret, hashes.SHA256())
