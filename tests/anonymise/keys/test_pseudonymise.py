from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymise.keys import PseudonymKey
from anonymise.pseudonymise import pseudonymise
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.errors import CouldNotCheck

# Ibis 12 asks DuckDB 2 for schemas through a call DuckDB has since renamed.
pytestmark = pytest.mark.filterwarnings(r"ignore:fetch_arrow_table\(\) is deprecated:DeprecationWarning")

KEY = PseudonymKey("statistiques", "2026-10", bytes(range(32)))


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1, memory_limit="500MB") as running:
        yield running


def taps(engine, cards):
    columns = {"card": pa.array(cards, pa.int64()), "line": [f"L{rank}" for rank in range(len(cards))]}
    return engine.load("taps", pa.table(columns))


def identifiers(engine, known):
    columns = {"key": pa.array(known, pa.int64()), "text": [f"{key:010d}" for key in known]}
    return engine.load("known", pa.table(columns))


def answered(engine, cards, known):
    relation = pseudonymise(engine, taps(engine, cards), "card", identifiers(engine, known), KEY)
    return {row["line"]: row["pseudonym"] for row in engine.rows(relation)}, relation.columns


def test_the_card_leaves_and_the_pseudonym_comes(engine):
    found, columns = answered(engine, [42, 1234567890, 42, None], [42, 1234567890, 7])
    assert columns == ("line", "pseudonym")
    assert found == {
        "L0": KEY.pseudonym("0000000042"),
        "L1": KEY.pseudonym("1234567890"),
        "L2": KEY.pseudonym("0000000042"),
        "L3": None,
    }


@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=60))
def test_rows_are_neither_lost_nor_made_and_people_stay_apart(engine, cards):
    found, _ = answered(engine, cards, list(range(31)))
    assert len(found) == len(cards)
    pairs = {(card, found[f"L{rank}"]) for rank, card in enumerate(cards)}
    assert len({pseudonym for _, pseudonym in pairs}) == len(pairs)


def test_cards_without_a_canonical_number_are_counted_and_refused(engine):
    with pytest.raises(CouldNotCheck, match="2 cards have no canonical number") as refused:
        answered(engine, [1, 2, 3, 3], [1])
    assert "0000000001" not in str(refused.value)


def test_a_card_with_two_canonical_numbers_is_refused(engine):
    with pytest.raises(CouldNotCheck, match="more than one canonical number"):
        answered(engine, [1], [1, 1])


def test_nothing_is_written_outside_the_engine(engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args, **kwargs: opened.append(self) or real(self, *args, **kwargs))
    answered(engine, [1, 2], [1, 2])
    assert opened == []
    assert list(tmp_path.iterdir()) == []
