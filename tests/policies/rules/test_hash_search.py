"""The search for the numbers behind a digest: published digests, properties, the whole of a real numbering in seconds."""

import csv
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.risk.tokens.column import Shape, digests, shape
from auditor.risk.tokens.numbering import Numbering, check_digits, values
from auditor.risk.tokens.search import Found, search
from auditor.risk.tokens.spelling import SPELLINGS
from auditor.rules import Rule
from auditor.vocabulary import numbers
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.outcomes import Outcome
from policies.catalogue import by_id

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
beside = pytest.mark.skipif(not SHARED.exists(), reason="the shared reference data is not beside the project")
LILLE = Numbering(length=10, prefixes=("250",), luhn=True)


def _column(tokens: list[str]) -> Callable[[], Iterator[pa.RecordBatch]]:
    batch = pa.RecordBatch.from_pydict({"token": pa.array(tokens, type=pa.string())})
    half = len(tokens) // 2
    return lambda: iter([batch.slice(0, half), batch.slice(half)])


def _searched(tokens: list[str], numbering: Numbering | None, budget: int = 20_000_000) -> Found:
    seen = shape(_column(tokens))
    assert seen.spelling
    return search(digests(_column(tokens), seen), numbering, budget)


def _texts(numbering: Numbering, wanted: int) -> list[str]:
    return ["".join(map(str, row)) for batch in numbering.pick(wanted) for row in batch.tolist()]


@given(
    prefixes=st.sets(st.text("0123456789", min_size=1, max_size=2), min_size=1, max_size=4), length=st.integers(4, 5), luhn=st.booleans()
)
def test_the_space_walked_is_the_space_declared(prefixes: set[str], length: int, luhn: bool) -> None:
    kept = tuple(sorted(one for one in prefixes if not any(one != other and one.startswith(other) for other in prefixes)))
    numbering = Numbering(length=length, prefixes=kept, luhn=luhn)
    grammar = CardGrammar(length=length, prefixes=kept, check_digit="luhn" if luhn else "none")
    walked = _texts(numbering, numbering.size)
    assert len(walked) == numbering.size == numbers.space(grammar)
    assert sorted(walked) == sorted(numbers.numbers(grammar))
    assert all(numbering.accepts(batch).all() for batch in numbering.pick(numbering.size))


@given(wanted=st.integers(1, 12_000))
def test_numbers_picked_are_distinct_and_as_many_as_asked(wanted: int) -> None:
    picked = _texts(Numbering(length=8, prefixes=("2500", "31"), luhn=True), wanted)
    assert len(set(picked)) == len(picked)
    assert abs(len(picked) - wanted) <= 2
    assert all(numbers.luhn_valid(number) for number in picked[:50])


@given(st.text("0123456789", min_size=1, max_size=18))
def test_check_digits_agree_with_the_one_digit_algorithm(payload: str) -> None:
    row = np.array([[int(digit) for digit in payload]], dtype=np.uint8)
    assert str(check_digits(row)[0]) == numbers.luhn_check_digit(payload)
    whole = values(row)
    assert whole is not None
    assert int(whole[0]) == int(payload)


@beside
def test_every_spelling_of_the_published_dictionary_is_written() -> None:
    dictionary = json.loads((SHARED / "vectors" / "science_crypto.json").read_text())["own_card_hash_dictionary"]
    row = np.array([[int(digit) for digit in dictionary["card"]]], dtype=np.uint8)
    written = {payload.hex() for spell in SPELLINGS.values() for payload in spell(row)}
    for entry in dictionary["entries"]:
        if "bytes" in entry:
            assert entry["bytes"] in written, entry["encoding"]


@beside
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_every_digest_of_the_published_dictionary_is_reversed(algorithm: str) -> None:
    dictionary = json.loads((SHARED / "vectors" / "science_crypto.json").read_text())["own_card_hash_dictionary"]
    around = Numbering(length=10, prefixes=(dictionary["card"][:8],))
    for entry in dictionary["entries"]:
        if algorithm in entry:
            found = _searched([entry[algorithm]], around)
            assert found.algorithm is not None, entry["encoding"]
            assert (found.algorithm.name, found.recovered) == (algorithm, 1)


@beside
def test_the_spaces_of_the_published_costs_are_counted_alike() -> None:
    spaces = json.loads((SHARED / "vectors" / "science_bruteforce.json").read_text())["spaces"]
    sizes = {entry["space"]: entry["size"] for entry in spaces}
    assert Numbering(length=10).size == sizes["10 digits, free"]
    assert Numbering(length=10, luhn=True).size == sizes["10 digits, Luhn last digit"]
    assert Numbering(length=10, prefixes=("25",), luhn=True).size == sizes["10 digits, fixed 2-digit issuer prefix + Luhn"]
    assert Numbering(length=19, prefixes=("123456789",), luhn=True).size == sizes["19 digits, fixed 9-digit prefix + Luhn"]


def test_a_million_numbers_are_tried_in_seconds_and_every_token_is_counted() -> None:
    cards = _texts(LILLE, 45_000)
    tokens = [hashlib.sha256(card.encode()).hexdigest() for card in cards]
    started = time.process_time()
    found = _searched(tokens, LILLE)
    assert time.process_time() - started < 8
    assert (found.recovered, found.candidates, found.exhausted) == (len(tokens), 1_000_000, True)


def test_a_keyed_code_resists_the_whole_space() -> None:
    cards = _texts(Numbering(length=9, prefixes=("250",), luhn=True), 20_000)
    found = _searched(
        [hmac.digest(b"k" * 32, card.encode(), "sha256").hex() for card in cards], Numbering(length=9, prefixes=("250",), luhn=True)
    )
    assert (found.algorithm, found.recovered, found.exhausted) == (None, 0, True)


def test_the_budget_is_never_exceeded() -> None:
    tokens = [hashlib.sha512(str(number).encode()).hexdigest() for number in range(200)]
    for budget in (0, 1, 999, 5_000, 60_000):
        assert _searched(tokens, Numbering(length=8, prefixes=("25",)), budget).spent <= budget


def test_the_digest_of_a_missing_value_betrays_the_algorithm_without_any_space() -> None:
    found = _searched([hashlib.md5(b"", usedforsecurity=False).hexdigest(), hashlib.md5(b"x", usedforsecurity=False).hexdigest()], None)
    assert found.algorithm is not None
    assert found.algorithm.name == "md5"
    assert found.recovered == 0
    assert not found.exhausted


def test_short_digests_that_match_by_chance_are_not_a_recovery() -> None:
    drawn = random.Random(3)
    tokens = sorted({f"{drawn.getrandbits(32):08x}" for _ in range(30_000)})
    found = _searched(tokens, Numbering(length=8, prefixes=("250",), luhn=True))
    assert found.recovered == 0


def test_a_checksum_is_reversed_beyond_chance() -> None:
    space = Numbering(length=8, prefixes=("250",), luhn=True)
    import zlib

    tokens = sorted({f"{zlib.crc32(card.encode()):08x}" for card in _texts(space, space.size)[:3_000]})
    found = _searched(tokens, space)
    assert found.algorithm is not None
    assert found.algorithm.name == "crc32"
    assert found.recovered >= len(tokens)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=40, unique=True))
def test_the_shape_counts_every_character(tokens: list[str]) -> None:
    seen = shape(_column(tokens))
    assert seen.tokens == len(tokens)
    assert seen.characters == sum(len(token.encode()) for token in tokens)
    assert sum(seen.lengths.values()) == len(tokens)
    assert not set(map(str, tokens)) & {repr(seen)}


def test_nothing_secret_is_shown() -> None:
    token = hashlib.sha256(b"2500000005").hexdigest()
    sought = digests(_column([token, token[::-1]]), shape(_column([token, token[::-1]])))
    assert str(int(token[:16], 16)) not in repr(sought)
    assert "symbols" not in repr(shape(_column([token])))


def test_an_accident_gets_less_likely_as_letters_add_up() -> None:
    few = Shape(tokens=1, lengths={9: 1}, symbols=frozenset(b"ABCDEFGHIJ"), characters=9)
    many = Shape(tokens=100, lengths={9: 100}, symbols=frozenset(b"ABCDEFGHIJ"), characters=900)
    assert many.accident < few.accident <= 0


@beside
def test_the_shenzhen_card_numbers_are_a_reversible_substitution(ask: Callable[[Rule, Any], Outcome]) -> None:
    with (SHARED / "data" / "szt_shenzhen_2018" / "szt_first_10000.csv").open(encoding="utf-8") as file:
        tokens = sorted({row["card_no"] for row in csv.DictReader(file)})
    place = {"table": "szt", "column": "card_no", "store": "portail", "store_role": "export"}
    case = {
        "as_of": "2018-09-02T00:00:00",
        "observed_tokens": [{**place, "token": token} for token in tokens],
        "declared_numbering": [{"form": "text", "budget": 20_000_000}],
    }
    (finding,) = ask(by_id("BIL-ANO-HASH"), case).findings
    assert finding.evidence["kind"] == "letters-for-digits"
    assert finding.evidence["tokens"] == len(tokens) == 9_523
    assert finding.evidence["symbols"] == 10
    assert str(finding.evidence["measured"]).startswith("p < 10^-")
