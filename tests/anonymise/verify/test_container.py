"""Plants of the red-team family « container »: each is caught, and the clean file passes."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from anonymise.export import write
from anonymise.verify.container import container_tests
from anonymise.verify.identifiers import identifier_test
from anonymise.verify.reading import open_file
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.errors import SourceProblem
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.releases import TestResult

COLUMNS = ("ligne", "heure")
CLEAN = "ligne,heure\nL1,07:00\nL1,08:00\nL2,07:00\n"


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(memory_limit="500MB") as opened:
        yield opened


def _failed(engine, path, declared=COLUMNS, order=COLUMNS):
    tests = container_tests(engine, open_file(engine, path), declared, order)
    return {test.id for test in tests if test.result is not TestResult.PASSED}


def _text(tmp_path, content):
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_clean_text_file_passes(engine, tmp_path):
    assert _failed(engine, _text(tmp_path, CLEAN)) == set()


@pytest.mark.parametrize(
    ("content", "caught"),
    [
        ("\ufeff" + CLEAN, "H9"),
        (CLEAN.replace("\n", "\r\n"), "H9"),
        (CLEAN.removesuffix("\n"), "H9"),
        (CLEAN.replace("L1,08:00", '"L1",08:00'), "H9"),
        (CLEAN.replace("L1,08:00", "L1 ,08:00"), "H9"),
        (CLEAN.replace("08:00\n", "08:00 \n"), "H9"),
        (CLEAN.replace("08:00\n", "08:00\u00a0\n"), "H9"),
        (CLEAN.replace(",", ";"), "H9"),
        (CLEAN.replace("L2", "=1+1"), "CELLS"),
        (CLEAN.replace("L2", "@SUM(A1)"), "CELLS"),
        (CLEAN.replace("L2", "+33x"), "CELLS"),
        (CLEAN.replace("L2", "-cmd"), "CELLS"),
        (CLEAN.replace("L2", "L\u200b2"), "CELLS"),
        ("ligne,heure\nL2,07:00\nL1,07:00\n", "ORDER"),
        ("ligne,heure\nL1,08:00\nL1,07:00\n", "ORDER"),
        (CLEAN + "L3,07:00,0123\n", "PARSE"),
        (CLEAN + "L3\n", "PARSE"),
    ],
)
def test_each_way_of_hiding_something_in_text_is_caught(engine, tmp_path, content, caught):
    assert caught in _failed(engine, _text(tmp_path, content))


def test_quotes_that_are_needed_and_numbers_with_a_sign_are_fine(engine, tmp_path):
    content = 'ligne,heure\n-5,07:00\n"L""1, bis",07:00\n'
    assert _failed(engine, _text(tmp_path, content)) == set()


@pytest.mark.parametrize("header", ["ligne,heure,ref", "heure,ligne", "ligne"])
def test_other_columns_than_declared_are_caught(engine, tmp_path, header):
    path = _text(tmp_path, f"{header}\n{','.join('x' * (header.count(',') + 1))}\n")
    assert "COLUMNS" in _failed(engine, path, order=())


@pytest.mark.parametrize("content", [b"", b"\n", b"a,a\n1,2\n", b"caf\xe9,b\n1,2\n"])
def test_a_file_without_a_usable_header_is_not_read(engine, tmp_path, content):
    with pytest.raises(SourceProblem):
        open_file(engine, _text(tmp_path, content))


def test_an_absent_or_broken_file_is_said_to_be_unreadable(engine, tmp_path):
    with pytest.raises(SourceProblem):
        open_file(engine, tmp_path / "nothing.csv")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(SourceProblem):
        open_file(engine, broken)


def _table():
    return pa.table({"ligne": ["L1", "L1", "L2"], "heure": ["07:00", "08:00", "07:00"]})


def test_a_clean_parquet_file_passes(engine, tmp_path):
    write(_table().to_batches(), COLUMNS, tmp_path / "file.parquet")
    assert _failed(engine, tmp_path / "file.parquet") == set()


def test_values_left_in_a_dictionary_are_caught(engine, tmp_path):
    whole = pa.table({"ligne": pa.array(["L1", "secret", "L2"]).dictionary_encode(), "heure": ["07:00", "07:30", "08:00"]})
    pq.write_table(whole.filter(pc.not_equal(whole["ligne"].cast(pa.string()), "secret")), tmp_path / "file.parquet", store_schema=False)
    assert "secret" in (tmp_path / "file.parquet").read_bytes().decode("latin-1")
    assert "H9" in _failed(engine, tmp_path / "file.parquet")


def test_metadata_of_the_source_is_caught(engine, tmp_path):
    pq.write_table(_table().replace_schema_metadata({"source": "/srv/base"}), tmp_path / "file.parquet")
    assert "H9" in _failed(engine, tmp_path / "file.parquet")


def test_a_hidden_index_is_caught(engine, tmp_path):
    pq.write_table(_table().append_column("__index_level_0__", pa.array([1, 2, 3])), tmp_path / "file.parquet", store_schema=False)
    assert "COLUMNS" in _failed(engine, tmp_path / "file.parquet")


def test_a_nested_column_is_caught(engine, tmp_path):
    pq.write_table(pa.table({"ligne": ["L1"], "heure": [[1, 2]]}), tmp_path / "file.parquet", store_schema=False)
    assert "H9" in _failed(engine, tmp_path / "file.parquet", order=())


@pytest.mark.parametrize("rows", [1, 7])
def test_rows_out_of_order_are_caught_across_row_groups(engine, tmp_path, rows):
    table = pa.table({"ligne": ["L1"] * 5 + ["L3"] * 5 + ["L2"] * 5, "heure": ["07:00"] * 15})
    pq.write_table(table, tmp_path / "file.parquet", store_schema=False, row_group_size=rows)
    assert "ORDER" in _failed(engine, tmp_path / "file.parquet")


@pytest.mark.parametrize(
    "value",
    [
        "2500000017",
        "250 000 001 7",
        "d41d8cd98f00b204e9800998ecf8427e",
        "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        "0123456789abcdef",
        "550e8400-e29b-41d4-a716-446655440000",
        "Qk9ue2f1ZXIgY2VjaTEyMzQ1Ng==",
        "v1.mfrggzdfmztwq2lknnwg23tpobyxe43u",
        "jean.dupont@exemple.fr",
        "appeler le 06 12 34 56 78",
        "FR76 3000 6000 0112 3456 7890 189",
    ],
)
def test_a_single_identifier_among_many_rows_fails(engine, value):
    rows = engine.load("planted", pa.table({"libelle": ["République"] * 5000 + [value]}))
    grammar = CardGrammar(length=10, prefixes=("250",), check_digit="luhn")
    test = identifier_test(engine, rows, ["libelle"], grammar)
    assert test.result is TestResult.FAILED
    assert value not in str(test)
    assert identifier_test(engine, rows, ["libelle"], grammar, unit="libelle").result is TestResult.INCONCLUSIVE


def test_ordinary_labels_are_not_taken_for_identifiers(engine):
    labels = [
        "République - Beaux-Arts", "L1", "2026-10-29 07:00", "2026-10-30 07:00-09:00", "20261030", "*", "?", "semaine",
        "Abonnement-mensuel-moins-de-26-ans", "abonnementannueltoutpublicreduit", "PASS PASS EASY 10 VOYAGES", "12,50", "FR", "7002",
    ]  # fmt: skip
    rows = engine.load("ordinary", pa.table({"libelle": labels, "jour": [date(2026, 10, 30)] * len(labels)}))
    grammar = CardGrammar(length=10, prefixes=("250",))
    assert identifier_test(engine, rows, ["libelle", "jour"], grammar).result is TestResult.PASSED
