"""The key store: one private folder, one file of random keys wrapped under the root.

The file is authenticated as a whole, so an altered entry or a removed tombstone shows. What cannot show is an older
copy of the whole file put back: a backup of the store keeps shredded keys alive, and must be destroyed with them.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from anonymise.keys.handles import PseudonymKey, SealBroken, SealingKey, SigningKey
from anonymise.keys.private import create_private, destroy_file, locked, private_folder, read_private, replace_private, sync_folder
from anonymise.keys.root import RootKey
from auditor.vocabulary.chain import canonical
from auditor.vocabulary.errors import SecretMisuse

KeyKind = Literal["pseudonym", "sealing", "signing"]
_Handle = TypeVar("_Handle", PseudonymKey, SealingKey, SigningKey)

_FILE = "keys.json"
_FORMAT = 1
_SIZES: dict[KeyKind, int] = {"pseudonym": 32, "sealing": 64, "signing": 32}
_SIGNING = ("signature", "permanent")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """What may be said of one key."""

    key_id: str
    kind: KeyKind
    purpose: str
    period: str
    shredded_at: str = ""
    """ISO instant (UTC); empty while the key lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShredCertificate:
    """Evidence that a key was destroyed: what, when, and the digest of the only form it existed in."""

    store: str
    key_id: str
    kind: KeyKind
    purpose: str
    period: str
    shredded_at: str
    """ISO instant, UTC."""
    wrapped_digest: str
    """SHA-256 of the wrapped key: a backup that still holds it can be recognised, and must be destroyed too."""


class KeyStore:
    """Gives handles on keys, by purpose and period. Safe between processes: every change is made under a lock."""

    def __init__(self, folder: Path, root: RootKey) -> None:
        self._file = folder / _FILE
        self._wrapping = root.sealing_key("key store")
        self._mac = root.mac_key("key store")

    @classmethod
    def open(cls, folder: Path, root: RootKey) -> Self:
        """Open the store kept in a folder (made 0700 when absent); SecretMisuse when it is not safe, whole and ours."""
        store = cls(private_folder(folder), root)
        with locked(folder):
            store._prepare()
            store._read()
        return store

    @property
    def id(self) -> str:
        """Random name of the store; says nothing of its keys."""
        return str(self._read()["store"])

    def pseudonym_key(self, purpose: str, period: str) -> PseudonymKey:
        """Return the pseudonym key of a purpose and period, made at random the first time; never twice after a shred."""
        return self._obtain("pseudonym", purpose, period, lambda secret: PseudonymKey(purpose, period, secret))

    def sealing_key(self, purpose: str, period: str) -> SealingKey:
        """Return the sealing key of a purpose and period, made at random the first time; never twice after a shred."""
        return self._obtain("sealing", purpose, period, lambda secret: SealingKey(f"{purpose} {period}", secret))

    def signing_key(self) -> SigningKey:
        """Return the store's Ed25519 key, made the first time."""
        return self._obtain("signing", *_SIGNING, lambda secret: SigningKey(" ".join(_SIGNING), secret))

    def shred(self, purpose: str, period: str, *, at: datetime | None = None) -> ShredCertificate:
        """Destroy a key for good: its pseudonyms can no longer be made by anyone, and no key takes its place."""
        when = (at or datetime.now(UTC)).replace(microsecond=0)
        with self._changed() as content:
            entry = next((entry for entry in content["keys"] if _scope(entry) == (purpose, period)), None)
            if entry is None:
                raise _no_such_key(content, purpose, period)
            certificate = ShredCertificate(
                store=content["store"],
                key_id=entry["id"],
                kind=entry["kind"],
                purpose=purpose,
                period=period,
                shredded_at=when.isoformat(),
                wrapped_digest=sha256(bytes.fromhex(entry["wrapped"])).hexdigest(),
            )
            content["keys"].remove(entry)
            content["shredded"].append(asdict(certificate))
        return certificate

    def status(self) -> list[KeyState]:
        """List every key, living or shredded, by purpose and period; never any material."""
        content = self._read()
        living = [KeyState(key_id=e["id"], kind=e["kind"], purpose=e["purpose"], period=e["period"]) for e in content["keys"]]
        gone = [
            KeyState(key_id=e["key_id"], kind=e["kind"], purpose=e["purpose"], period=e["period"], shredded_at=e["shredded_at"])
            for e in content["shredded"]
        ]
        return sorted(living + gone, key=lambda state: (state.purpose, state.period))

    def certificates(self) -> list[ShredCertificate]:
        """Return the certificate of every key shredded, oldest first."""
        return [ShredCertificate(**entry) for entry in self._read()["shredded"]]

    def _obtain(self, kind: KeyKind, purpose: str, period: str, handle: Callable[[bytes], _Handle]) -> _Handle:
        if not purpose or not period:
            raise SecretMisuse(
                "A key needs a purpose and a period.",
                "A key without them would serve several purposes, and its pseudonyms could be joined.",
                "Name the purpose as in the register, and the period the key is for.",
            )
        wrapped = self._wrapped(self._read(), kind, purpose, period)
        if wrapped is None:
            with self._changed() as content:
                wrapped = self._wrapped(content, kind, purpose, period) or self._add(content, kind, purpose, period)
        return handle(self._wrapping.unseal(wrapped, kind, purpose, period))

    def _wrapped(self, content: dict[str, Any], kind: KeyKind, purpose: str, period: str) -> bytes | None:
        for gone in content["shredded"]:
            if _scope(gone) == (purpose, period):
                raise _shredded(gone)
        for entry in content["keys"]:
            if _scope(entry) == (purpose, period):
                if entry["kind"] != kind:
                    raise SecretMisuse(
                        f"The key of {purpose} {period} is a {entry['kind']} key, not a {kind} key.",
                        "One key serves one use: two uses of the same key can undo each other.",
                        "Ask for the other use under its own purpose.",
                    )
                return bytes.fromhex(entry["wrapped"])
        return None

    def _add(self, content: dict[str, Any], kind: KeyKind, purpose: str, period: str) -> bytes:
        wrapped = self._wrapping.seal(secrets.token_bytes(_SIZES[kind]), kind, purpose, period)
        entry = {"id": secrets.token_hex(8), "kind": kind, "purpose": purpose, "period": period, "wrapped": wrapped.hex()}
        content["keys"].append(entry)
        return wrapped

    def _prepare(self) -> None:
        """Start an empty store where there is none, and finish a destruction that a crash interrupted."""
        if not self._file.exists() and not self._file.is_symlink():
            store = secrets.token_hex(8)
            check = self._wrapping.seal(b"this is the root key of the store", "check", store).hex()
            create_private(self._file, self._rendered({"format": _FORMAT, "store": store, "check": check, "keys": [], "shredded": []}))
        for left in self._file.parent.glob(f"{_FILE}.old.*"):
            # Before the replacement, the set-aside name is still another name of the living file.
            left.unlink() if left.samefile(self._file) else destroy_file(left)

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(read_private(self._file))
            tag = content.pop("tag")
            store, check = content["store"], bytes.fromhex(content["check"])
        except FileNotFoundError:
            raise self._corrupt("the file is gone") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._corrupt("it is not a whole key file") from None
        try:
            self._wrapping.unseal(check, "check", str(store))
        except SealBroken:
            raise self._wrong_root() from None
        if not secrets.compare_digest(str(tag), self._mac.tag(canonical(content))):
            raise self._corrupt("an entry was altered or removed")
        return dict(content)

    @contextlib.contextmanager
    def _changed(self) -> Iterator[dict[str, Any]]:
        """Give the content to change, then replace the file whole and destroy the bytes of the old one."""
        with locked(self._file.parent):
            content = self._read()
            yield content
            old = self._file.with_name(f"{_FILE}.old.{secrets.token_hex(4)}")
            os.link(self._file, old)
            sync_folder(self._file.parent)
            replace_private(self._file, self._rendered(content))
            destroy_file(old)

    def _rendered(self, content: dict[str, Any]) -> bytes:
        return json.dumps({**content, "tag": self._mac.tag(canonical(content))}, indent=1, sort_keys=True).encode() + b"\n"

    def _corrupt(self, how: str) -> SecretMisuse:
        return SecretMisuse(
            f"The key file {self._file} cannot be used: {how}.",
            "A damaged store must not silently make new keys: old pseudonyms and sealed records would be lost unseen.",
            "Put back a whole copy of the file made after the last change.",
        )

    def _wrong_root(self) -> SecretMisuse:
        return SecretMisuse(
            f"The root key does not open the key store in {self._file.parent}.",
            "The keys of the store are wrapped under another root key.",
            "Give the root key that the store was made with.",
        )


def _scope(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["purpose"], entry["period"]


def _shredded(entry: dict[str, Any]) -> SecretMisuse:
    return SecretMisuse(
        f"The key of {entry['purpose']} {entry['period']} was destroyed on {entry['shredded_at'][:10]}.",
        "What it protected can no longer be linked to a person: that is what its destruction was for.",
        "Use another period; this one can never have a key again.",
    )


def _no_such_key(content: dict[str, Any], purpose: str, period: str) -> SecretMisuse:
    gone = next((entry for entry in content["shredded"] if _scope(entry) == (purpose, period)), None)
    if gone is not None:
        return _shredded(gone)
    return SecretMisuse(
        f"There is no key of {purpose} {period}.",
        "A destruction that destroys nothing must not be certified.",
        "List the keys, and name one of them.",
    )
