from datetime import date, datetime
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.errors import CouldNotCheck, SourceProblem, UsageProblem

CARD = "2500123456"


@pytest.fixture
def engine():
    with DuckDBEngine(memory_limit="500MB", threads=1) as opened:
        yield opened


TAPS = pa.table(
    {
        "card": pa.array([1, 1, 2, 3, None], pa.int64()),
        "stop": ["A", "A", "A", "B", "B"],
        "at": pa.array([datetime(2026, 10, 30, hour) for hour in (7, 7, 8, 9, 9)], pa.timestamp("us")),
        "day": pa.array([date(2026, 10, 30)] * 5),
    }
)


def test_a_question_gives_the_same_rows_from_memory_from_a_table_and_from_a_file(engine, tmp_path):
    path = tmp_path / "taps.parquet"
    pq.write_table(TAPS, path)
    for relation in (engine.load("taps", TAPS), engine.read_parquet([path]), ibis.memtable(TAPS), engine.keep("kept", ibis.memtable(TAPS))):
        by_stop = relation.group_by("stop").aggregate(taps=relation.count(), cards=relation.card.nunique(), first=relation["at"].min())
        assert engine.rows(by_stop.order_by("stop")) == [
            {"stop": "A", "taps": 3, "cards": 2, "first": datetime(2026, 10, 30, 7)},
            {"stop": "B", "taps": 2, "cards": 1, "first": datetime(2026, 10, 30, 9)},
        ]


def test_loading_and_keeping_again_replace(engine):
    engine.load("taps", TAPS)
    assert engine.rows(engine.load("taps", TAPS.slice(0, 1)).count().as_table()) == [{"CountStar(taps)": 1}]
    kept = engine.keep("few", engine.keep("few", ibis.memtable(TAPS)).limit(2))
    assert engine.arrow(kept).num_rows == 2


def test_a_name_with_a_quote_is_only_a_name(engine):
    assert engine.arrow(engine.load('gestion."supports', TAPS)).num_rows == 5


def test_a_written_file_reads_back_the_same(engine, tmp_path):
    engine.write_parquet(engine.load("taps", TAPS), tmp_path / "out.parquet")
    assert sorted(pq.read_table(tmp_path / "out.parquet")["card"].to_pylist(), key=str) == [1, 1, 2, 3, None]


def test_a_question_that_fails_never_quotes_the_value_it_failed_on(engine):
    cards = engine.load("cards", pa.table({"card": [CARD, f"x{CARD}"]}))
    for ask in (engine.rows, engine.arrow, lambda relation: engine.keep("numbers", relation)):
        with pytest.raises(CouldNotCheck) as failure:
            ask(cards.select(number=cards.card.cast("int64")))
        assert CARD not in str(failure.value) + repr(failure.value)
        assert failure.value.__cause__ is None
        assert failure.value.__suppress_context__


def test_a_write_that_fails_never_quotes_the_value_it_failed_on(engine, tmp_path):
    cards = engine.load("cards", pa.table({"card": [f"x{CARD}"]}))
    with pytest.raises(CouldNotCheck) as failure:
        engine.write_parquet(cards.select(number=cards.card.cast("int64")), tmp_path / "out.parquet")
    assert CARD not in str(failure.value)


def test_lines_that_cannot_be_cut_are_counted_by_kind_and_forgotten(engine, tmp_path):
    path = tmp_path / "taps.csv"
    path.write_text('card,stop\n1,A\n2,B,C\n3\n\n4,"D, ""le"" quai"\n', encoding="utf-8")
    relation, refused = engine.read_csv(
        path, {"delim": ",", "quote": '"', "header": True, "columns": {"card": "VARCHAR", "stop": "VARCHAR"}}
    )
    assert sorted(engine.arrow(relation).to_pydict()["stop"]) == ["A", 'D, "le" quai']
    assert refused == {"TOO MANY COLUMNS": 1, "MISSING COLUMNS": 1}
    with pytest.raises(duckdb.CatalogException):
        engine.connection.execute("select * from reject_errors")


def test_a_delimited_file_that_is_not_there_is_a_source_problem(engine, tmp_path):
    with pytest.raises(SourceProblem, match=r"^gone\.csv cannot be read"):
        engine.read_csv(tmp_path / "gone.csv", {"columns": {"a": "VARCHAR"}})


def test_the_broken_file_among_many_is_named(engine, tmp_path):
    pq.write_table(TAPS, tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceProblem, match=r"^b\.parquet is not a whole Parquet file"):
        engine.read_parquet([tmp_path / "a.parquet", tmp_path / "b.parquet"])


def test_the_network_is_never_used(engine):
    settings = dict(
        engine.connection.execute(
            "select name, value from duckdb_settings() where name in "
            "('autoinstall_known_extensions', 'autoload_known_extensions', 'allow_community_extensions')"
        ).fetchall()
    )
    assert set(settings.values()) == {"false"}
    with pytest.raises(duckdb.Error, match="httpfs"):
        engine.connection.execute("select * from read_csv('https://example.org/taps.csv')")
    with pytest.raises(duckdb.Error):
        engine.connection.execute("load httpfs")


def test_memory_and_threads_are_those_asked_for():
    with DuckDBEngine(memory_limit="300MB", threads=1) as engine:
        memory, threads = engine.connection.execute("select current_setting('memory_limit'), current_setting('threads')").fetchone()
    assert memory == "286.1 MiB"
    assert threads == 1


def test_a_limit_nobody_understands_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(UsageProblem, match="memory limit of a lot"):
        DuckDBEngine(memory_limit="a lot")
    assert list(tmp_path.iterdir()) == []


def test_more_than_memory_spills_into_the_private_folder_and_nothing_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with DuckDBEngine(memory_limit="60MB", threads=1) as engine:
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        engine.connection.execute("create table wide as select range as n, md5(range::varchar) as text from range(1200000)")
        wide = engine.backend.table("wide")
        ordered = engine.keep("ordered", wide.mutate(rank=ibis.row_number().over(order_by=wide.text)))
        assert engine.rows(ordered.aggregate(last=ordered["rank"].max())) == [{"last": 1_199_999}]
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_after_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = DuckDBEngine(memory_limit="100MB")
    with pytest.raises(CouldNotCheck), engine:
        engine.rows(engine.load("words", pa.table({"word": ["a"]})).select(number=ibis._.word.cast("int64")))
    engine.close()
    assert list(tmp_path.iterdir()) == []


def test_engine_words_stay_in_the_engine():
    root = Path(__file__).resolve().parents[2]
    outside = [path for package in ("auditor/sources", "auditor/risk", "policies") for path in (root / package).rglob("*.py")]
    spoken = [path.name for path in outside if any(word in path.read_text(encoding="utf-8") for word in ("strptime(", "import duckdb"))]
    assert spoken == []
