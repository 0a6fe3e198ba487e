"""The twin without violations: nothing past its term, no small class, a register that matches."""

import csv
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
import yaml

AS_OF = datetime(2026, 10, 31, 5, tzinfo=UTC).replace(tzinfo=None)
PARIS = ZoneInfo("Europe/Paris")


def parquet_rows(folder):
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def lines(path, encoding="utf-8", delimiter=","):
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def base(clean):
    with closing(sqlite3.connect(clean.folder / "data" / "gestion.sqlite")) as connection:
        yield connection


def test_nothing_is_planted(clean):
    assert clean.truth.planted == ()
    assert clean.truth.to_json()["catalogue"] == {}


def test_no_tap_of_the_active_base_is_past_48_hours(clean):
    rows = parquet_rows(clean.folder / "data" / "valideurs")
    assert rows
    assert all(row["horodatage"] >= AS_OF - timedelta(hours=48) for row in rows)
    assert all(row["recu_le"] <= AS_OF for row in rows)


def test_the_relay_queue_holds_less_than_a_day(clean):
    header, *rows = lines(clean.folder / "data" / "relais" / "file_attente.csv")
    assert rows
    for row in rows:
        tapped, received = (
            datetime.strptime(row[header.index(name)], "%Y-%m-%d %H:%M:%S").replace(tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)
            for name in ("horodatage", "recu_le")
        )
        assert AS_OF - timedelta(hours=48) <= tapped <= received <= AS_OF
        assert received >= AS_OF - timedelta(hours=24)


def test_every_class_of_the_warehouse_has_eleven_rows_or_more(maker, tmp_path):
    rows = parquet_rows(maker(tmp_path / "larger", cards=6000, days=7, clean=True).folder / "data" / "statistiques")
    classes = Counter(tuple(row.values()) for row in rows)
    assert len(classes) > 50
    assert min(classes.values()) >= 11


def test_a_tap_of_the_stuck_clock_is_counted_on_the_day_it_was_made(clean):
    days = {row["jour_exploitation"] for row in parquet_rows(clean.folder / "data" / "statistiques")}
    assert min(days) >= date(2026, 10, 17)


def test_no_bill_is_past_four_months_and_none_tells_a_place(clean):
    names = sorted(path.name for path in (clean.folder / "data" / "postpaiement").glob("*.csv"))
    assert names == [f"facturation_2026-{month}.csv" for month in ("07", "08", "09", "10")]
    for name in names:
        header = lines(clean.folder / "data" / "postpaiement" / name, "cp1252", ";")[0]
        assert header == ["Numéro de carte", "Date et heure", "Code titre", "Tranche tarifaire", "Montant"]


def test_no_account_is_kept_two_years_after_it_was_closed(base):
    assert base.execute("select count(*) from clients where clos_le < '2024-10-31'").fetchone() == (0,)
    assert base.execute("select count(*) from clients where clos_le is not null").fetchone()[0] > 0


def test_a_settled_debt_no_longer_blocks(base):
    sql = """select sum(o.fin is null), count(*) from opposition o join impayes i using (numero_carte)
             where o.motif = 'impaye' and i.regularise_le is not null"""
    standing, settled = base.execute(sql).fetchone()
    assert standing == 0
    assert settled > 0


def test_only_nominative_cards_name_a_customer(base):
    for table in ("supports", "contrats", "ventes"):
        join = "" if table == "supports" else "join supports using (numero_carte)"
        sql = f"select count(*) from {table} {join} where type_support <> 'nominatif' and {table}.id_client is not null"
        assert base.execute(sql).fetchone() == (0,), table


def test_declarative_cards_may_bear_a_subscription(base):
    sql = "select count(*) from contrats join supports using (numero_carte) where type_support = 'declaratif' and code_titre = '25788'"
    assert base.execute(sql).fetchone()[0] > 0


def test_the_register_is_the_starter_as_it_stands_and_covers_every_column(clean, base, register_files):
    assert {path.name: path.read_text(encoding="utf-8") for path in (clean.folder / "registre").iterdir()} == dict(register_files)
    declared = {
        covered["table"]: set(covered["columns"]) for text in register_files.values() for covered in yaml.safe_load(text).get("covers", ())
    }
    held = {
        f"gestion.{name}": {column[1] for column in base.execute(f"pragma table_info({name})")}
        for (name,) in base.execute("select name from sqlite_master where type = 'table'").fetchall()
    }
    for name in ("valideurs", "statistiques"):
        held[name] = set(pq.read_schema(next((clean.folder / "data" / name).glob("*.parquet"))).names)
    held["relais"] = set(lines(clean.folder / "data" / "relais" / "file_attente.csv")[0])
    held["postpaiement"] = set(lines(clean.folder / "data" / "postpaiement" / "facturation_2026-10.csv", "cp1252", ";")[0])
    assert held == declared


def test_both_twins_are_the_same_network(clean, dirty):
    def recent(made):
        rows = parquet_rows(made.folder / "data" / "valideurs")
        return [row for row in rows if row["horodatage"] >= AS_OF - timedelta(hours=48)]

    assert recent(clean) == recent(dirty)
    assert (clean.folder / "reference" / "arrets.csv").read_bytes() == (dirty.folder / "reference" / "arrets.csv").read_bytes()
