import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from anonymise.keys import KeyStore, RootKey
from anonymise.ledger import ReceiptInvalid, read_receipt
from anonymise.ledger.receipts import PAYLOAD_TYPE, pre_authentication, receipt_bytes
from auditor.vocabulary.releases import (
    Criterion,
    Receipt,
    ReleaseVerdict,
    TestResult,
    UtilityAnswer,
    Verification,
    VerificationTest,
)

DIGEST = hashlib.sha256(b"ligne,montees\n").hexdigest()
RECEIPT = Receipt(
    release="frequentation",
    plan_digest="1" * 64,
    file="frequentation.csv",
    file_digest=DIGEST,
    made_at=datetime(2026, 10, 31, 5, tzinfo=UTC),
    engine="DuckDB",
    versions={"python": "3.11"},
    levels={"heure": "hour"},
    rows_in=100,
    rows_out=90,
    rows_suppressed=10,
    units_in=40,
    verification=Verification(
        file_digest=DIGEST,
        rows=9,
        verdict=ReleaseVerdict.PASS_FOR_SCOPE,
        scope="Destinataire : public.",
        tests=(
            VerificationTest(
                id="H4", title="Cartes", criterion=Criterion.SINGLING_OUT, result=TestResult.PASSED, measured="12", limit="11"
            ),
        ),
        figures={"person_k": 12, "share": 0.25},
        worst_class={"ligne": "L1"},
        not_run=("S1",),
    ),
    utility=(
        UtilityAnswer(
            id="q", title="Q", cells=3, original_total=100.0, released_total=90.0, weighted_error=0.1, median_error=0.0, tolerance=None
        ),
    ),
    ledger_previous="0" * 64,
)


@pytest.fixture
def signer(tmp_path):
    return KeyStore.open(tmp_path / "keys", RootKey.from_file(tmp_path / "root.key")).signing_key()


@pytest.fixture
def file(tmp_path, signer):
    path = tmp_path / "frequentation.csv.receipt.json"
    path.write_bytes(receipt_bytes(RECEIPT, signer))
    return path


def test_a_receipt_is_read_back_as_it_was_signed(file, signer):
    assert read_receipt(file, signer.public) == RECEIPT
    assert read_receipt(file, signer.public_pem) == RECEIPT
    assert read_receipt(file, None) == RECEIPT


def test_a_third_party_verifies_it_with_nothing_of_ours(file, signer):
    envelope = json.loads(file.read_text())
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"]
    assert kind == "application/vnd.in-toto+json"
    covered = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    key = Ed25519PublicKey.from_public_bytes(signer.public)
    key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), covered)
    assert envelope["signatures"][0]["keyid"] == hashlib.sha256(signer.public).hexdigest()
    said = json.loads(payload)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"] == [{"name": "frequentation.csv", "digest": {"sha256": DIGEST}}]
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), covered.replace(b"PASS_FOR_SCOPE", b"pass_for_scope"))


def test_the_encoding_is_the_one_of_the_dsse_specification():
    assert pre_authentication("http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@pytest.mark.parametrize(("said", "instead"), [("PASS_FOR_SCOPE", "FAIL_FOR_SCOPE"), ("person_k", "person_q"), (DIGEST, "f" * 64)])
def test_a_changed_payload_is_refused(file, signer, said, instead):
    envelope = json.loads(file.read_text())
    payload = base64.b64decode(envelope["payload"]).replace(said.encode(), instead.encode())
    file.write_text(json.dumps({**envelope, "payload": base64.b64encode(payload).decode()}))
    with pytest.raises(ReceiptInvalid, match="signature"):
        read_receipt(file, signer.public)


def test_a_receipt_signed_by_another_key_is_refused(file, tmp_path):
    other = KeyStore.open(tmp_path / "other", RootKey.from_file(tmp_path / "other.key")).signing_key()
    with pytest.raises(ReceiptInvalid, match="signature"):
        read_receipt(file, other.public)
    with pytest.raises(ReceiptInvalid, match="signature"):
        read_receipt(file, b"not a key")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"not json",
        json.dumps({"payload": "***", "payloadType": PAYLOAD_TYPE, "signatures": []}).encode(),
        json.dumps({"payload": "e30=", "payloadType": "text/plain", "signatures": []}).encode(),
        json.dumps({"payload": "e30=", "payloadType": PAYLOAD_TYPE, "signatures": []}).encode(),
    ],
)
def test_what_is_not_a_receipt_is_refused_without_a_crash(file, content):
    file.write_bytes(content)
    with pytest.raises(ReceiptInvalid):
        read_receipt(file, None)


def test_an_absent_receipt_is_refused(tmp_path, signer):
    with pytest.raises(ReceiptInvalid, match="cannot be read"):
        read_receipt(tmp_path / "nothing.json", signer.public)


def test_a_receipt_that_names_two_files_is_refused(tmp_path, signer):
    path = tmp_path / "two.json"
    path.write_bytes(receipt_bytes(replace(RECEIPT, file_digest="2" * 64), signer))
    with pytest.raises(ReceiptInvalid, match="two different files"):
        read_receipt(path, signer.public)
