"""The twin without violations: nothing past its term, no small class, a register that matches."""

import csv
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
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
    assert len(classes) > 20
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


def test_the_register_is_the_starter_as_it_stands_and_covers_every_column(clean, register_files):
    assert {path.name: path.read_text(encoding="utf-8") for path in (clean.folder / "registre").iterdir()} == dict(register_files)
    declared = {
        covered["table"]: set(covered["columns"]) for text in register_files.values() for covered in yaml.safe_load(text).get("covers", ())
    }
    held = {}
    for path in sorted((clean.folder / "data").glob("*.sqlite")):
        with closing(sqlite3.connect(path)) as connection:
            for (name,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
                held[f"{path.stem}.{name}"] = {column[1] for column in connection.execute(f"pragma table_info({name})")}
    del held["gestion.tarifs"]  # a table of codes: nothing personal to declare
    for name in ("valideurs", "statistiques"):
        held[name] = set(pq.read_schema(next((clean.folder / "data" / name).glob("*.parquet"))).names)
    held["relais"] = set(lines(clean.folder / "data" / "relais" / "file_attente.csv")[0])
    held["postpaiement"] = set(lines(clean.folder / "data" / "postpaiement" / "facturation_2026-10.csv", "cp1252", ";")[0])
    assert held == declared


def test_the_evidence_is_the_starter_as_it_stands(clean, evidence_files):
    place = clean.folder / "evidence"
    assert {path.relative_to(place).as_posix(): path.read_text(encoding="utf-8") for path in place.rglob("*.*")} == dict(evidence_files)


def rows_of(made, database, question):
    with closing(sqlite3.connect(made.folder / "data" / f"{database}.sqlite")) as connection:
        return connection.execute(question).fetchall()


@pytest.mark.parametrize(
    ("database", "question"),
    [
        ("gestion", "select * from alertes_fraude where numero_dossier is null and levee_le < '2026-10-17'"),
        ("gestion", "select * from dossiers_fraude where procedure is null and ouvert_le < '2026-04-30'"),
        ("gestion", "select * from dossiers_fraude where analyste is null or observations is null"),
        ("gestion", "select * from opposition where motif in ('impaye', 'abus') and (notifie_le is null or notifie_le >= debut)"),
        ("gestion", "select * from opposition where auteur is null or auteur = 'automatique' or debut is null"),
        ("gestion", "select * from opposition join supports using (numero_carte) where expire_le < '2026-10-30'"),
        ("gestion", "select * from impayes where regularise_le is null and survenu_le < '2024-10-31' or motif <> 'rejet_prelevement'"),
        ("gestion", "select code_titre from tarifs where type_support <> 'anonyme' group by code_titre having min(prix) < max(prix)"),
        ("contraventions", "select * from pv where paye_le is not null or constate_le < '2025-10-31'"),
        ("archives", "select * from pv where archive_le < '2024-10-31'"),
        ("archives", "select * from ventes where vendu_le < '2016-10-31'"),
        ("exploitation", "select * from sauvegardes where objet = 'valideurs' and julianday(expire_le) - julianday(prise_le) > 2"),
        ("exploitation", "select * from sauvegardes where restauree_le is not null and repurgee_le is null"),
        ("exploitation", "select * from comptes where partage = 'oui' or (parti_le is not null and ferme_le is null)"),
        ("exploitation", "select * from evenements where fin is null or (nature like 'suspension%' and motif is null)"),
        ("conformite", "select * from demandes where julianday(repondue_le) - julianday(recue_le) > 31 and prolongee_le is null"),
        ("conformite", "select * from demandes where repondue_le is null and recue_le < '2026-09-30'"),
        ("conformite", "select * from demandes where nature = 'acces' and (gelee_le is null or gelee_le > recue_le)"),
        ("conformite", "select * from demandes where type_support <> 'nominatif' and id_client is not null"),
        ("conformite", "select * from violations where risque <> 'aucun' and julianday(notifiee_le) - julianday(connue_le) > 3"),
        ("journal", "select * from acces where horodatage < '2025-10-31' or finalite is null or dossier is null"),
    ],
)  # fmt: skip
def test_nothing_is_kept_too_long_nor_done_badly(clean, database, question):
    assert rows_of(clean, database, question) == []


def test_the_journal_goes_back_six_months_and_its_chain_holds(clean):
    (oldest,) = rows_of(clean, "journal", "select min(horodatage) from acces")[0]
    assert "2025-10-31" < oldest < "2026-04-30"
    chain = rows_of(clean, "journal", "select empreinte, empreinte_precedente from acces order by rowid")
    assert all(later == before for (before, _), (_, later) in pairwise(chain))
    assert len({digest for digest, _ in chain}) == len(chain)


def test_every_entry_of_the_journal_is_a_right_somebody_was_given(clean):
    granted = set(rows_of(clean, "gestion", "select role, objet from habilitations where privilege = 'SELECT'"))
    assert set(rows_of(clean, "journal", "select distinct role, objet from acces")) <= granted


def test_no_card_of_the_test_copy_was_ever_issued(clean):
    issued = {number for (number,) in rows_of(clean, "gestion", "select numero_carte from supports")}
    copied = {number for (number,) in rows_of(clean, "recette", "select numero_carte from supports")}
    assert copied
    assert not issued & copied


def test_nobody_who_was_erased_is_still_there(clean):
    erased = {one for (one,) in rows_of(clean, "conformite", "select id_client from demandes where nature = 'effacement'")}
    assert erased
    assert not erased & {one for (one,) in rows_of(clean, "gestion", "select id_client from clients")}


def test_roles_keep_apart_what_must_be(clean):
    held = {}
    for role, table in rows_of(clean, "gestion", "select role, objet from habilitations"):
        held.setdefault(role, set()).add(table)
    for role, tables in held.items():
        assert not {"gestion.clients", "valideurs"} <= tables, role
        assert not (any(name.startswith("archives.") for name in tables) and "gestion.ventes" in tables), role
        assert not (any(name.startswith("contraventions.") for name in tables) and "valideurs" in tables), role


def test_the_exchange_folder_holds_no_number_of_the_network(clean):
    names = sorted(path.relative_to(clean.folder).as_posix() for path in (clean.folder / "partages").rglob("*.*"))
    assert names == ["partages/etudes/frequentation_2026_T3.xlsx", "partages/exploitation/horaires_2026.csv"]
    assert "250" not in (clean.folder / "partages" / "exploitation" / "horaires_2026.csv").read_text(encoding="utf-8")


def test_both_twins_are_the_same_network(clean, dirty):
    def recent(made):
        rows = parquet_rows(made.folder / "data" / "valideurs")
        return [row for row in rows if row["horodatage"] >= AS_OF - timedelta(hours=48)]

    assert recent(clean) == recent(dirty)
    assert (clean.folder / "reference" / "arrets.csv").read_bytes() == (dirty.folder / "reference" / "arrets.csv").read_bytes()
