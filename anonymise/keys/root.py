"""The root key: one small interface, whatever it comes from (a file, the environment, a passphrase).

It is never given on a command line, where every user of the machine could read it. It derives, with HKDF, the keys
that wrap and protect a store, and does nothing else.
"""

import base64
import binascii
import json
import os
import secrets
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from anonymise.keys.derivation import expanded, extracted, labelled
from anonymise.keys.handles import MacKey, Opaque, SealingKey
from anonymise.keys.private import create_private, read_private
from auditor.vocabulary.errors import SecretMisuse

_BYTES = 32
_COST = 2**17
_LEAST_COST = 2**14
_SHORTEST_PASSPHRASE = 12


class RootKey(Opaque):
    """Wraps the keys of a store. It can be used and cannot be read."""

    __slots__ = ("__extracted",)

    def __init__(self, name: str, secret: bytes) -> None:
        super().__init__(name)
        if len(secret) != _BYTES:
            raise _unusable(f"The root key from {name} is not made of {_BYTES} bytes.")
        self.__extracted = extracted(secret)

    @classmethod
    def from_file(cls, file: Path, *, create: bool = True) -> Self:
        """Read the root key kept in a 0600 file (64 hexadecimal digits); make a random one when the file is absent."""
        if create and not file.exists() and not file.is_symlink():
            _create(file, secrets.token_bytes(_BYTES).hex().encode() + b"\n")
        return cls(f"file {file.name}", _decoded(_read(file), f"the file {file}"))

    @classmethod
    def from_environment(cls, name: str) -> Self:
        """Read the root key from an environment variable (64 hexadecimal digits or base64 of 32 bytes)."""
        value = os.environ.get(name)
        if not value:
            raise SecretMisuse(
                f"The environment variable {name} holds no root key.",
                "Without it the key store cannot be opened.",
                f"Set {name} from the secret manager, for this process only.",
            )
        return cls(f"environment {name}", _decoded(value.encode(), f"the variable {name}"))

    @classmethod
    def from_passphrase(cls, passphrase: str, parameters: Path, *, cost: int = _COST) -> Self:
        """Stretch a passphrase with scrypt (RFC 7914).

        Salt and cost are kept in a 0600 file, made at the first use with `cost`; losing it loses the root key.
        """
        if len(passphrase) < _SHORTEST_PASSPHRASE:
            raise _unusable(f"The passphrase is shorter than {_SHORTEST_PASSPHRASE} characters.")
        if not parameters.exists():
            salt = base64.b64encode(secrets.token_bytes(_BYTES)).decode()
            _create(parameters, json.dumps({"scrypt": 1, "salt": salt, "n": cost, "r": 8, "p": 1}).encode())
        return cls(f"passphrase {parameters.name}", _stretched(passphrase, _read(parameters), parameters))

    def sealing_key(self, *labels: str) -> SealingKey:
        """Return the key that wraps keys under these labels (AES-256-SIV)."""
        return SealingKey(" ".join(labels), self.__derive(64, "seal", *labels))

    def mac_key(self, *labels: str) -> MacKey:
        """Return the key that authenticates a file under these labels (HMAC-SHA-256)."""
        return MacKey(" ".join(labels), self.__derive(32, "authenticate", *labels))

    def __derive(self, length: int, *labels: str) -> bytes:
        return expanded(self.__extracted, labelled("poincon", "v1", *labels), length)


def _create(file: Path, content: bytes) -> None:
    try:
        create_private(file, content)
    except OSError as error:
        raise _unusable(f"{file} cannot be created ({type(error).__name__}).") from None


def _read(file: Path) -> bytes:
    try:
        return read_private(file)
    except OSError as error:
        raise _unusable(f"{file} cannot be read ({type(error).__name__}).") from None


def _decoded(text: bytes, place: str) -> bytes:
    stripped = text.strip()
    try:
        secret = bytes.fromhex(stripped.decode()) if len(stripped) == 2 * _BYTES else base64.b64decode(stripped, validate=True)
    except (ValueError, binascii.Error):
        secret = b""
    if len(secret) != _BYTES:
        raise _unusable(f"What {place} holds is not a root key of {_BYTES} bytes.")
    return secret


def _stretched(passphrase: str, content: bytes, parameters: Path) -> bytes:
    try:
        declared = json.loads(content)
        salt, cost, block, lanes = base64.b64decode(declared["salt"], validate=True), declared["n"], declared["r"], declared["p"]
        weak = len(salt) != _BYTES or cost < _LEAST_COST
        return b"" if weak else Scrypt(salt=salt, length=_BYTES, n=cost, r=block, p=lanes).derive(passphrase.encode())
    except (ValueError, KeyError, TypeError):
        raise _unusable(f"{parameters} does not hold the scrypt parameters this program writes.") from None


def _unusable(what: str) -> SecretMisuse:
    return SecretMisuse(
        what,
        "Every other key is wrapped under the root key: without the right one nothing can be opened.",
        "Give the root key that the store was made with (32 random bytes, in hexadecimal).",
    )
