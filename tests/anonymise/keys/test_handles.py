import copy
import json
import logging
import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymise.keys import MacKey, PseudonymKey, RootKey, SealBroken, SealingKey, SigningKey, signature_holds
from auditor.vocabulary.errors import SecretMisuse

SECRET = bytes(range(100, 132))
HANDLES = [
    PseudonymKey("statistiques", "2026-10", SECRET),
    SealingKey("coffre", SECRET * 2),
    SigningKey("signature", SECRET),
    MacKey("journal", SECRET),
    RootKey("fichier", SECRET),
]


def forms_of_the_secret():
    return [SECRET.hex(), repr(SECRET), str(list(SECRET))[1:-1]]


@pytest.mark.parametrize("handle", HANDLES, ids=lambda handle: type(handle).__name__)
class TestNothingIsGivenAway:
    def test_by_printing(self, handle, caplog):
        with caplog.at_level(logging.INFO):
            logging.getLogger("test").info("%s %r %s", handle, handle, f"{handle:}")
        assert type(handle).__name__ in caplog.text
        assert not any(form in caplog.text for form in forms_of_the_secret())

    def test_by_its_attributes(self, handle):
        shown = " ".join(repr(getattr(handle, name)) for name in dir(handle))
        assert not any(form in shown for form in forms_of_the_secret())
        with pytest.raises(TypeError):
            vars(handle)

    @pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy, lambda handle: handle.__getstate__()])
    def test_by_taking_it_away(self, handle, act):
        with pytest.raises(SecretMisuse) as refused:
            act(handle)
        assert not any(form in str(refused.value) for form in forms_of_the_secret())

    def test_by_converting_it(self, handle):
        with pytest.raises(TypeError):
            bytes(handle)
        with pytest.raises(TypeError):
            json.dumps(handle)


CARDS = st.text("0123456789", min_size=1, max_size=20)


@settings(deadline=None)
@given(st.lists(CARDS, unique=True, min_size=1, max_size=30))
def test_one_card_has_one_pseudonym_and_two_cards_two(cards):
    made = HANDLES[0].pseudonyms(cards)
    assert made == [HANDLES[0].pseudonym(card) for card in cards]
    assert len(set(made)) == len(cards)
    assert all(len(pseudonym) == 32 for pseudonym in made)


@settings(deadline=None)
@given(CARDS)
def test_two_purposes_give_unrelated_pseudonyms(card):
    other = PseudonymKey("facturation", "2026-10", bytes(32))
    assert HANDLES[0].pseudonym(card) != other.pseudonym(card)


def test_an_empty_card_has_no_pseudonym():
    with pytest.raises(SecretMisuse, match="empty"):
        HANDLES[0].pseudonyms(["2500000018", ""])


def test_a_hundred_thousand_pseudonyms_take_well_under_two_seconds():
    cards = [f"{number:010d}" for number in range(100_000)]
    began = time.process_time()
    HANDLES[0].pseudonyms(cards)
    assert time.process_time() - began < 2


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_sealed_value_altered_anywhere_does_not_open(content, place, change):
    key = HANDLES[1]
    sealed = bytearray(key.seal(content, "usage"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(SealBroken):
        key.unseal(bytes(sealed), "usage")


@pytest.mark.parametrize("use", [("autre",), ("usage", ""), (), ("us", "age")])
def test_a_value_sealed_for_one_use_does_not_open_for_another(use):
    key = HANDLES[1]
    with pytest.raises(SealBroken):
        key.unseal(key.seal(b"content", "usage"), *use)


def test_a_truncated_seal_does_not_open():
    with pytest.raises(SealBroken):
        HANDLES[1].unseal(b"short", "usage")


def test_a_signature_holds_under_the_raw_key_and_under_its_pem():
    key = HANDLES[2]
    signature = key.sign(b"receipt")
    assert signature_holds(key.public, signature, b"receipt")
    assert signature_holds(key.public_pem, signature, b"receipt")
    assert not signature_holds(key.public_pem, signature, b"receipt, altered")
    assert not signature_holds(key.public, signature[:-1], b"receipt")
    assert not signature_holds(b"not a key", signature, b"receipt")
    assert len(key.key_id) == 64


def test_a_public_key_of_another_kind_verifies_nothing():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    other = X25519PrivateKey.generate().public_key()
    pem = other.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert not signature_holds(pem, HANDLES[2].sign(b"receipt"), b"receipt")
