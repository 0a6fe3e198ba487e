"""Published vectors, on the functions the program really uses.

RFC 4231 §4 (HMAC-SHA-256), RFC 5869 appendix A (HKDF-SHA-256), RFC 5297 appendix A.1 (AES-SIV), RFC 8032 §7.1
(Ed25519); then the project's own key hierarchy, checked when the shared reference data is beside the project.
"""

import json
from pathlib import Path

import pytest

from anonymise.keys import MacKey, PseudonymKey, SealingKey, SigningKey, signature_holds
from anonymise.keys.derivation import expanded, extracted, labelled

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
VECTORS = SHARED / "vectors" / "science_crypto.json"
beside = pytest.mark.skipif(not VECTORS.exists(), reason="the shared reference data is not beside the project")


def shared(section):
    return json.loads(VECTORS.read_text(encoding="utf-8"))[section]


def test_rfc_4231_case_2_on_the_whole_tag():
    assert MacKey("vector", b"Jefe").tag(b"what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_rfc_5869_a1():
    info = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")
    key = extracted(bytes.fromhex("0b" * 22), bytes.fromhex("000102030405060708090a0b0c"))
    assert expanded(key, info, 42).hex() == ("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")


def test_rfc_5297_a1():
    key = SealingKey("vector", bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"))
    use = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627").decode("ascii")
    sealed = key.seal(bytes.fromhex("112233445566778899aabbccddee"), use)
    assert sealed.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"
    assert key.unseal(sealed, use).hex() == "112233445566778899aabbccddee"


def test_rfc_8032_test_2():
    key = SigningKey("vector", bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert key.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = key.sign(b"\x72")
    assert signature.hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert signature_holds(key.public, signature, b"\x72")


@beside
def test_every_hmac_vector_of_the_reference():
    for vector in shared("hmac_sha256"):
        tag = MacKey("vector", bytes.fromhex(vector["key"])).tag(bytes.fromhex(vector["data"]))
        whole = vector.get("hmac_sha256")
        assert (tag == whole) if whole else tag.startswith(vector["hmac_sha256_128"]), vector["ref"]


@beside
def test_every_hkdf_vector_of_the_reference():
    for vector in shared("hkdf_sha256"):
        key = extracted(bytes.fromhex(vector["ikm"]), bytes.fromhex(vector["salt"]))
        assert expanded(key, bytes.fromhex(vector["info"]), vector["L"]).hex() == vector["okm"], vector["ref"]


@beside
def test_the_keyed_hierarchy_of_the_reference_gives_its_pseudonyms():
    hierarchy = shared("own_key_hierarchy")
    root = extracted(bytes.fromhex(hierarchy["root_key"]), bytes.fromhex(hierarchy["hkdf_salt"]))
    seen = []
    for derived in hierarchy["derived"]:
        info = labelled("pseudonym", "v1", derived["purpose"], derived["period"])
        assert info.hex() == derived["info_hex"]
        period_key = expanded(root, info, 32)
        assert period_key.hex() == derived["period_key"]
        made = PseudonymKey(derived["purpose"], derived["period"], period_key).pseudonyms(list(derived["pseudonyms"]))
        assert made == list(derived["pseudonyms"].values())
        seen += made
    assert len(set(seen)) == len(seen) == 9


@beside
def test_labels_that_a_concatenation_would_confuse_stay_apart():
    ambiguity = shared("own_key_hierarchy")["label_ambiguity"]
    assert labelled("ab", "c").hex() == ambiguity["a"]
    assert labelled("a", "bc").hex() == ambiguity["b"]


@beside
def test_every_aes_siv_vector_of_the_reference():
    # The second vector carries binary associated data: it is checked on the cipher inside SealingKey.
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    for vector in shared("aes_siv"):
        associated = [bytes.fromhex(part) for part in vector["ad"]]
        sealed = AESSIV(bytes.fromhex(vector["key"])).encrypt(bytes.fromhex(vector["plaintext"]), associated)
        assert sealed.hex() == vector["siv_then_ciphertext"], vector["ref"]


def test_a_pseudonym_without_the_reference():
    """First pseudonym of the reference hierarchy, kept here so that it is checked everywhere."""
    period_key = bytes.fromhex("c880d23838bef7e43f50ecf402d9c6b4652f2710f31c71d9753fb0f1863782dd")
    assert PseudonymKey("od-matrix", "2026-W01", period_key).pseudonym("1234567890") == "bf18e641a4df56f1807efbeda8b7fb17"


def test_the_longest_and_the_impossible_derivations():
    key = extracted(b"secret")
    assert len(expanded(key, b"", 255 * 32)) == 8160
    for length in (0, 255 * 32 + 1):
        with pytest.raises(ValueError, match="8,160"):
            expanded(key, b"", length)
    with pytest.raises(ValueError, match="65,535"):
        labelled("x" * 65_536)


def test_the_sealing_key_opens_what_it_sealed_and_nothing_else():
    key = SealingKey("vector", bytes(range(64)))
    assert key.unseal(key.seal(b"content", "purpose", "period"), "purpose", "period") == b"content"
