"""Signed receipts: an in-toto Statement v1 in a DSSE v1 envelope, signed with Ed25519 (RFC 8032).

A third party needs neither this program nor its ledger: the envelope is JSON, the signature covers the pre-authentication
encoding of the payload, and the payload names the file's SHA-256.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from anonymise.keys import signature_holds
from auditor.vocabulary.chain import canonical
from auditor.vocabulary.errors import PoinconError
from auditor.vocabulary.releases import Criterion, Receipt, ReleaseVerdict, TestResult, UtilityAnswer, Verification, VerificationTest

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:poincon:release-receipt:v1"


class ReceiptInvalid(PoinconError):
    """A receipt is not what it claims to be: nothing it says can be relied on."""

    exit_code = 4


class Signer(Protocol):
    """Signs bytes; its public half may be read."""

    @property
    def public(self) -> bytes:
        """32 bytes of the Ed25519 public key."""
        ...

    @property
    def key_id(self) -> str:
        """Name of the key in a signature."""
        ...

    def sign(self, content: bytes, /) -> bytes:
        """Return the 64 bytes of the signature."""
        ...


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """Encode what a DSSE signature covers (PAE): type and payload, each behind its length."""
    kind = payload_type.encode()
    return b" ".join((b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload))


def signed_envelope(payload_type: str, payload: bytes, signer: Signer) -> bytes:
    """Return a DSSE envelope in canonical JSON, ended by a line feed."""
    signature = signer.sign(pre_authentication(payload_type, payload))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": signer.key_id, "sig": base64.b64encode(signature).decode()}],
    }
    return canonical(envelope) + b"\n"


def open_envelope(content: bytes, payload_type: str, public_key: bytes | None) -> bytes:
    """Return the payload of a DSSE envelope whose signature holds; ReceiptInvalid otherwise.

    Without a public key the signature is not checked: the caller must not rely on what it reads.
    """
    try:
        envelope = json.loads(content)
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(item["sig"], validate=True) for item in envelope["signatures"]]
        found_type = envelope["payloadType"]
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise _invalid("It is not a DSSE envelope.") from None
    if found_type != payload_type:
        raise _invalid("Its payload is of another type.")
    covered = pre_authentication(payload_type, payload)
    if public_key is not None and not any(signature_holds(public_key, signature, covered) for signature in signatures):
        raise _invalid("Its signature was not made by the expected key, or it was altered since.")
    return payload


def statement(receipt: Receipt) -> dict[str, Any]:
    """Describe a receipt as an in-toto statement about the published file."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": receipt.file, "digest": {"sha256": receipt.file_digest}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": _plain(receipt),
    }


def receipt_bytes(receipt: Receipt, signer: Signer) -> bytes:
    """Return the bytes of a receipt file."""
    return signed_envelope(PAYLOAD_TYPE, canonical(statement(receipt)), signer)


def read_receipt(path: Path, public_key: bytes | None) -> Receipt:
    """Read a receipt file and check its signature; ReceiptInvalid when it does not hold.

    With no public key the receipt is read and nothing is checked.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _invalid(f"It cannot be read ({error.strerror}).") from None
    return parsed(open_envelope(content, PAYLOAD_TYPE, public_key))


def parsed(payload: bytes) -> Receipt:
    """Read the statement inside an envelope."""
    try:
        found = json.loads(payload)
        if found["_type"] != STATEMENT_TYPE or found["predicateType"] != PREDICATE_TYPE:
            raise _invalid("It does not speak of a release of this program.")
        receipt = _receipt(found["predicate"])
        subject = found["subject"][0]
    except (ValueError, KeyError, TypeError, IndexError):
        raise _invalid("Its statement lacks what a receipt must say.") from None
    if subject["digest"].get("sha256") != receipt.file_digest or receipt.verification.file_digest != receipt.file_digest:
        raise _invalid("It names two different files.")
    return receipt


def _plain(value: Any) -> Any:
    """Turn a vocabulary value into JSON values."""
    if isinstance(value, Receipt | Verification | VerificationTest | UtilityAnswer):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _receipt(said: Mapping[str, Any]) -> Receipt:
    return Receipt(
        **{
            **said,
            "made_at": datetime.fromisoformat(said["made_at"]),
            "verification": _verification(said["verification"]),
            "utility": tuple(UtilityAnswer(**answer) for answer in said["utility"]),
        }
    )


def _verification(said: Mapping[str, Any]) -> Verification:
    tests = tuple(
        VerificationTest(**{**test, "criterion": Criterion(test["criterion"]), "result": TestResult(test["result"])})
        for test in said["tests"]
    )
    return Verification(**{**said, "tests": tests, "verdict": ReleaseVerdict(said["verdict"]), "not_run": tuple(said["not_run"])})


def _invalid(what: str) -> ReceiptInvalid:
    return ReceiptInvalid(
        f"The receipt cannot be relied on. {what}",
        "A receipt that was altered or forged proves nothing about the file.",
        "Ask the publisher for the file, its receipt and its public key again.",
    )
