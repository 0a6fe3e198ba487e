import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from auditor.sources.databases import open_database
from auditor.vocabulary.errors import DeclarationProblem, SourceProblem
from auditor.vocabulary.network import ColumnMap, Feed, Source

GESTION = {"gestion": Source(url="sqlite:///data/gestion.sqlite")}
SUPPORTS = {"card": "numero_carte", "medium": "type_support", "issued_on": "emis_le", "customer": "id_client"}
SCHEMA = "create table supports(numero_carte INTEGER, type_support TEXT, emis_le TEXT, id_client INTEGER)"
ROWS = [(2500000017, "nominatif", "2024-01-31", 7), (2500000025, "anonyme", "hier", None), (None, "anonyme", None, None)]


@pytest.fixture
def base(folder):
    (folder / "data").mkdir()
    path = folder / "data" / "gestion.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(SCHEMA)
        connection.executemany("insert into supports values (?, ?, ?, ?)", ROWS)
        connection.commit()
    return path


@pytest.fixture
def cards(mapped):
    return {"cards": (Feed(store="gestion", source="gestion.supports", columns=mapped(SUPPORTS)),)}


def state(folder):
    return {
        path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for path in folder.iterdir() if path.is_file()
    }


@pytest.mark.usefixtures("base")
def test_a_table_is_read_with_its_types_and_its_faults_counted(network, cards, engine):
    opened = network(GESTION, cards)
    rows = engine.rows(opened.relations["cards"].order_by("card").select("card", "medium", "issued_on", "customer", "physical"))
    assert rows == [
        {"card": 2500000017, "medium": "nominatif", "issued_on": date(2024, 1, 31), "customer": 7, "physical": "gestion.supports"},
        {"card": 2500000025, "medium": "anonyme", "issued_on": None, "customer": None, "physical": "gestion.supports"},
    ]
    (report,) = opened.reports
    assert (report.rows_read, report.rejected, report.unreadable) == (3, {"card: empty": 1}, {"issued_on": 1})


def test_a_column_that_mixes_numbers_and_text_is_read_as_text_and_loses_nothing(network, base, cards, engine):
    with closing(sqlite3.connect(base)) as connection:
        connection.executemany(
            "insert into supports values (?, 'anonyme', null, null)", [("25-00",), (b"\x01\xff",), (43.0,), ("0000000042",)]
        )
        connection.commit()
    opened = network(GESTION, cards)
    assert [row["card"] for row in engine.rows(opened.relations["cards"].order_by("card"))] == [42, 43, 2500, 2500000017, 2500000025]
    assert opened.reports[0].rejected == {"card: empty": 1, "card: not an identifier of the declared form": 1}


def test_a_database_anyone_may_write_is_not_written(network, base, cards):
    before = state(base.parent)
    network(GESTION, cards)
    assert state(base.parent) == before


def test_a_write_through_the_opened_connection_fails(base, place_of):
    before = state(base.parent)
    with open_database(place_of(GESTION, {}), "gestion", GESTION["gestion"]) as connection:
        for statement in ("insert into supports values (1, 'x', null, null)", "create table t(a)", "drop table supports"):
            with pytest.raises(sa.exc.OperationalError, match=r"readonly|read-only"):
                connection.execute(sa.text(statement))
    assert state(base.parent) == before


WRITER = """
import sqlite3, sys
writer = sqlite3.connect(sys.argv[1])
writer.execute("pragma journal_mode=wal")
writer.execute("insert into supports values (2500000033, 'anonyme', null, null)")
writer.commit()
print("written", flush=True)
if sys.argv[2] == "stays":
    sys.stdin.read()
writer.close()
"""


@pytest.mark.parametrize("then", ["stays", "leaves"])
def test_a_database_in_write_ahead_mode_is_read_whole_and_no_byte_beside_it_changes(network, base, cards, then):
    command = [sys.executable, "-c", WRITER, str(base), then]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "written\n"
        if then == "leaves":
            writer.wait()
        before = state(base.parent)
        assert len(before) == (3 if then == "stays" else 1)
        assert network(GESTION, cards).counts == {"cards": 3}
        assert state(base.parent) == before


def test_the_log_of_a_program_that_died_is_replayed_on_a_private_copy(network, base, cards):
    with closing(sqlite3.connect(base)) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("insert into supports values (2500000033, 'anonyme', null, null)")
        writer.commit()
        log = base.with_name(base.name + "-wal")
        left = base.read_bytes(), log.read_bytes()
    base.write_bytes(left[0])
    log.write_bytes(left[1])
    before = state(base.parent)
    assert sorted(before) == ["gestion.sqlite", "gestion.sqlite-wal"]
    assert network(GESTION, cards).counts == {"cards": 3}
    assert state(base.parent) == before


def test_a_locked_database_says_so(network, base, cards, monkeypatch):
    monkeypatch.setattr("auditor.sources.sqlite._PATIENCE_SECONDS", 0.1)
    with closing(sqlite3.connect(base, isolation_level=None)) as writer:
        writer.execute("begin exclusive")
        with pytest.raises(SourceProblem, match="gestion is locked by another program") as problem:
            network(GESTION, cards)
    assert problem.value.exit_code == 3
    assert problem.value.next_step


@pytest.mark.parametrize(
    ("content", "said"), [(None, "there is no database at"), (b"", "is empty"), (b"PAR1 not a base", "is not a SQLite database")]
)
def test_a_database_that_is_not_one_is_refused_and_not_created(network, folder, cards, content, said):
    path = folder / "data" / "gestion.sqlite"
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceProblem, match=said):
        network(GESTION, cards)
    assert path.exists() is (content is not None)


def test_a_damaged_database_is_refused_without_a_value(network, base, cards):
    with closing(sqlite3.connect(base)) as connection:
        connection.executemany("insert into supports values (?, 'anonyme', null, null)", [(n,) for n in range(20_000)])
        connection.commit()
    content = base.read_bytes()
    base.write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceProblem, match=r"stopped answering while it was read \(DatabaseError\)"):
        network(GESTION, cards)


@pytest.mark.usefixtures("base")
def test_an_absent_table_names_the_closest_ones(network, mapped):
    feed = Feed(store="gestion", source="gestion.suports", columns=mapped(SUPPORTS))
    with pytest.raises(DeclarationProblem, match="source gestion has no table suports") as problem:
        network(GESTION, {"cards": (feed,)})
    assert problem.value.next_step == "Closest tables there: supports."


@pytest.mark.usefixtures("base")
def test_an_absent_table_is_said_even_when_the_base_is_optional(network, mapped):
    feed = Feed(store="gestion", source="gestion.suports", columns=mapped(SUPPORTS))
    with pytest.raises(DeclarationProblem):
        network({"gestion": Source(url="sqlite:///data/gestion.sqlite", optional=True)}, {"cards": (feed,)})


def test_an_empty_table_keeps_its_declared_types(network, base, cards):
    with closing(sqlite3.connect(base)) as connection:
        connection.execute("delete from supports")
        connection.commit()
    opened = network(GESTION, cards)
    types = {row["column"]: row["type"] for row in opened.engine.rows(opened.relations["observed_columns"])}
    assert types == {"numero_carte": "int64", "type_support": "string", "emis_le": "string", "id_client": "int64"}
    assert opened.counts == {"cards": 0}


def test_names_that_only_quotes_can_hold(network, folder, engine):
    with closing(sqlite3.connect(folder / "b.sqlite")) as connection:
        connection.execute('create table "ventes: ""2026""" ("vendu le" TEXT, "n° d\'achat :x" INTEGER)')
        connection.execute('insert into "ventes: ""2026""" values (\'2026-10-30 10:00:00\', 3)')
        connection.commit()
    columns = {"sold_at": ColumnMap(column="vendu le"), "sale": ColumnMap(column="n° d'achat :x")}
    feed = Feed(store="gestion", source='b.ventes: "2026"', columns=columns)
    opened = network({"b": Source(url="sqlite:///b.sqlite")}, {"sales": (feed,)})
    assert engine.rows(opened.relations["sales"].select("sale", "sold_at")) == [{"sale": 3, "sold_at": datetime(2026, 10, 30, 9)}]


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("sqlite://", DeclarationProblem, "the url names no file"),
        ("mysql://compte:motdepasse@hote/base", DeclarationProblem, "a mysql database cannot be opened read-only"),
        ("::::motdepasse", DeclarationProblem, "its url cannot be understood"),
        ("env:POINCON_NO_SUCH_URL", SourceProblem, "the environment variable POINCON_NO_SUCH_URL is not set"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(network, cards, url, error, said):
    with pytest.raises(error, match=said) as problem:
        network({"gestion": Source(url=url)}, cards)
    assert "motdepasse" not in str(problem.value)


def test_a_url_can_come_from_the_environment(network, base, cards, monkeypatch):
    monkeypatch.setenv("GESTION_URL", f"sqlite:///{base}")
    assert network({"gestion": Source(url="env:GESTION_URL")}, cards).counts == {"cards": 2}
