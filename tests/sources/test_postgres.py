"""A real server's tables, read with their types; nothing can be written through the connection."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from auditor.sources.databases import open_database
from auditor.vocabulary.errors import DeclarationProblem, SourceProblem
from auditor.vocabulary.network import CardGrammar, ColumnMap, Feed, Source

SETUP = """
    create schema poincon_essai;
    create table poincon_essai.validations(
        quand timestamptz, recu timestamp, jour date, carte bigint, arret varchar(10), montant numeric(8,2), jeton uuid,
        sceau bytea, libre numeric, actif boolean, note jsonb);
    insert into poincon_essai.validations values
        ('2026-10-30 07:00:00+01', '2026-10-30 07:01:00', '2026-10-30', 2500000017, 'A ', 1.70,
         '00000000-0000-0000-0000-000000000001', '\\x01ff', 12345678901234567890, true, '{"a": 1}'),
        ('infinity', null, '2026-10-31', null, null, null, null, null, null, null, null);
    create table poincon_essai.clients(id integer, ouvert_le date);
    insert into poincon_essai.clients select n, date '2020-01-01' + n from generate_series(1, 120000) n;
"""
COLUMNS = {
    "tapped_at": ColumnMap(column="quand"),
    "received_at": ColumnMap(column="recu"),
    "service_day": ColumnMap(column="jour"),
    "card": ColumnMap(column="carte"),
    "stop": ColumnMap(column="arret"),
    "amount": ColumnMap(column="montant"),
}


@pytest.fixture(scope="module")
def url(postgresql):
    made = postgresql.database("poincon_essai")
    with postgresql.connected(made) as connection:
        connection.exec_driver_sql(SETUP)
    return made.render_as_string(hide_password=False)


def feed(**more):
    return Feed(store="active", source="base.poincon_essai.validations", columns=COLUMNS, **more)


def test_a_table_is_read_with_its_types(network, url, engine):
    opened = network({"base": Source(url=url)}, {"validations": (feed(),)}, cards=CardGrammar(length=10))
    (row,) = engine.rows(opened.relations["validations"].select(*COLUMNS))
    assert row == {
        "tapped_at": datetime(2026, 10, 30, 6),
        "received_at": datetime(2026, 10, 30, 6, 1),
        "service_day": date(2026, 10, 30),
        "card": 2500000017,
        "stop": "A",
        "amount": 1.7,
    }
    (report,) = opened.reports
    assert report.rejected == {"tapped_at: not a date": 1}
    assert report.unmapped == ("jeton", "sceau", "libre", "actif", "note")
    types = {row["column"]: row["type"] for row in engine.rows(opened.relations["observed_columns"])}
    assert types["carte"] == "int64"
    assert types["montant"] == "decimal(8, 2)"
    (about,) = opened.rows_about("validations", "card", [2500000017])
    raw = dict(zip(about.columns, about.rows[0], strict=True))
    assert (raw["sceau"], raw["libre"], raw["jeton"][-4:], raw["note"]) == ("01ff", "12345678901234567890", "0001", '{"a": 1}')


def test_tables_come_by_batches_and_whole(network, url, engine):
    columns = {"customer": ColumnMap(column="id"), "opened_on": ColumnMap(column="ouvert_le")}
    opened = network({"base": Source(url=url)}, {"customers": (Feed(store="crm", source="base.poincon_essai.clients", columns=columns),)})
    table = opened.relations["customers"]
    assert engine.rows(table.aggregate(rows=table.count(), total=table.customer.sum())) == [{"rows": 120_000, "total": 7_200_060_000}]


def test_nothing_can_be_written_through_the_connection(url, place_of):
    source = Source(url=url)
    for statement in (
        "insert into poincon_essai.clients values (0, null)",
        "create temporary table t(a int)",
        "drop table poincon_essai.clients",
    ):
        with (
            open_database(place_of({"base": source}, {}), "base", source) as connection,
            pytest.raises(sa.exc.DBAPIError, match="read-only"),
        ):
            connection.execute(sa.text(statement))


def test_the_session_itself_is_read_only_and_sees_one_instant(url, place_of):
    source = Source(url=url)
    with open_database(place_of({"base": source}, {}), "base", source) as connection:
        shown = connection.execute(
            sa.text("select current_setting('default_transaction_read_only'), current_setting('transaction_isolation')")
        ).one()
    assert tuple(shown) == ("on", "repeatable read")


def test_an_absent_table_names_the_closest(network, url):
    absent = Feed(store="active", source="base.poincon_essai.validation", columns=COLUMNS)
    with pytest.raises(DeclarationProblem, match="has no table validation") as problem:
        network({"base": Source(url=url)}, {"validations": (absent,)})
    assert "validations" in problem.value.next_step


def test_a_server_that_does_not_answer_is_a_source_problem_without_its_url(network):
    source = Source(url="postgresql://compte:motdepasse@127.0.0.1:1/base")
    with pytest.raises(SourceProblem, match="the PostgreSQL server does not answer") as problem:
        network({"base": source}, {"validations": (feed(),)})
    assert "motdepasse" not in str(problem.value)
    assert problem.value.__cause__ is None
