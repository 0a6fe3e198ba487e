"""Every figure of truth.json, counted again by plain Python from the files a stranger would open."""

import csv
import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
import yaml

from auditor.vocabulary.words import KINDS, PROCEDURES
from policies.catalogue import RULES

AS_OF = datetime(2026, 10, 31, 5, tzinfo=UTC).replace(tzinfo=None)
LIMIT = AS_OF - timedelta(hours=48)
PARIS = ZoneInfo("Europe/Paris")
PLACES = ("code_arret", "code_ligne", "code_vehicule", "code_valideur")


def parquet_rows(folder):
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def to_utc(text, form):
    return datetime.strptime(text, form).replace(tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)


def csv_rows(path, **options):
    encoding = options.pop("encoding", "utf-8")
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, **options))


def bills(folder):
    found = []
    for path in sorted((folder / "data" / "postpaiement").glob("*.csv")):
        found += csv_rows(path, encoding="cp1252", delimiter=";")
    return found


def query(folder, sql):
    with closing(sqlite3.connect(folder / "data" / "gestion.sqlite")) as connection:
        return connection.execute(sql).fetchall()


def figures(truth, rule, kind, table=""):
    found = [one.figures for one in truth.of(rule) if one.kind == kind and one.table == table]
    assert len(found) == 1, (rule, kind, table)
    return found[0]


def counted(rows, card="numero_carte", when="horodatage"):
    return {"rows": len(rows), "cards": len({row[card] for row in rows}), "oldest": str(min(row[when] for row in rows))[:10]}


def same(expected, told):
    assert {name: told[name] for name in expected} == expected


@pytest.fixture(scope="module")
def taps(dirty):
    return parquet_rows(dirty.folder / "data" / "valideurs")


@pytest.fixture(scope="module")
def statistics(dirty):
    return parquet_rows(dirty.folder / "data" / "statistiques")


@pytest.fixture(scope="module")
def queue(dirty):
    rows = csv_rows(dirty.folder / "data" / "relais" / "file_attente.csv")
    for row in rows:
        row["horodatage"] = to_utc(row["horodatage"], "%Y-%m-%d %H:%M:%S")
        row["recu_le"] = to_utc(row["recu_le"], "%Y-%m-%d %H:%M:%S")
    return rows


def test_rows_of_every_table(dirty, taps, statistics, queue):
    told = dirty.truth.rows
    assert told["valideurs"] == len(taps)
    assert told["statistiques"] == len(statistics)
    assert told["relais"] == len(queue)
    assert told["postpaiement"] == len(bills(dirty.folder))
    counted = {"valideurs", "statistiques", "relais", "postpaiement"}
    for path in (dirty.folder / "data").glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            for (name,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
                table = f"{path.stem}.{name}"
                assert told[table] == connection.execute(f"select count(*) from {name}").fetchone()[0], table
                counted.add(table)
    assert set(told) == counted


def test_the_file_says_what_the_function_returned(dirty):
    assert json.loads((dirty.folder / "truth.json").read_text(encoding="utf-8")) == json.loads(json.dumps(dirty.truth.to_json()))


def test_taps_past_48_hours_in_each_store(dirty, taps, statistics, queue):
    for table, rows, card in (
        ("valideurs", taps, "numero_carte"), ("relais", queue, "numero_carte"), ("statistiques", statistics, "jeton_carte"),
    ):  # fmt: skip
        old = [row for row in rows if row["horodatage"] < LIMIT and row[card] is not None]
        assert old
        same(counted(old, card), figures(dirty.truth, "BIL-RET-VALID-48H", "past-48h", table))


def test_late_uploads_kept_with_their_card(dirty, taps, queue):
    late = [row for row in taps if row["recu_le"] - row["horodatage"] > timedelta(hours=48)]
    assert late
    same(counted(late), figures(dirty.truth, "BIL-RET-VALID-TARDIVE", "late-upload", "valideurs"))
    assert not [row for row in queue if row["recu_le"] - row["horodatage"] > timedelta(hours=48)]


def test_methods_observed_after_48_hours(dirty, taps):
    old = [row for row in taps if row["horodatage"] < LIMIT]
    nowhere = [row for row in old if all(row[place] is None for place in PLACES)]
    kept = [row for row in old if any(row[place] is not None for place in PLACES)]
    partly = [row for row in kept if row["code_ligne"] is None]
    assert nowhere
    assert partly
    same(counted(nowhere), figures(dirty.truth, "BIL-ANO-METHODES", "place-removed", "valideurs"))
    same(counted(kept) | {"stop_removed": len(partly)}, figures(dirty.truth, "BIL-ANO-METHODES", "number-kept", "valideurs"))


def test_every_token_is_found_by_trying_the_whole_number_space(dirty, statistics):
    def number(sequence):
        payload = f"250{sequence:06d}"
        doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(payload))]
        total = sum(value - 9 if value > 9 else value for value in doubled)
        return payload + str(-total % 10)

    tokens = {row["jeton_carte"] for row in statistics}
    space = (sha256(number(sequence).encode()).hexdigest() for sequence in range(1_000_000))
    recovered = sum(digest in tokens for digest in space)
    told = figures(dirty.truth, "BIL-ANO-HASH", "unsalted-hash", "statistiques")
    assert (told["tokens"], told["recovered"], told["space"]) == (len(tokens), recovered, 1_000_000)
    assert recovered == len(tokens)


def test_small_classes_of_the_warehouse(dirty, statistics):
    cards, rows = defaultdict(set), Counter()
    for row in statistics:
        hour = row["horodatage"].replace(minute=0)
        key = (row["code_arret"], row["code_ligne"], hour, row["code_titre"], row["code_profil"])
        cards[key].add(row["jeton_carte"])
        rows[key] += 1
    small = [key for key in cards if len(cards[key]) < 11]
    expected = {
        "classes": len(cards),
        "classes_below": len(small),
        "rows": len(statistics),
        "rows_below": sum(rows[key] for key in small),
        "smallest_class": min(len(people) for people in cards.values()),
        "cards": len({row["jeton_carte"] for row in statistics}),
    }
    same(expected, figures(dirty.truth, "RGPD-ANO-INDIV", "small-classes", "statistiques"))


def test_tokens_that_follow_a_card(dirty, statistics):
    moments = defaultdict(list)
    for row in statistics:
        moments[row["jeton_carte"]].append(row["horodatage"])
    linked = [token for token, seen in moments.items() if min(seen).date() < max(seen).date()]
    told = figures(dirty.truth, "RGPD-ANO-CORR", "linked-across-days", "statistiques")
    same({"cards": len(linked), "rows": sum(len(moments[token]) for token in linked)}, told)
    lasting = sum(max(seen) - min(seen) > timedelta(hours=48) for seen in moments.values())
    assert figures(dirty.truth, "RGPD-PSE-ROTATION", "token-outlives-its-period", "statistiques")["tokens"] == lasting > 0


@pytest.mark.parametrize(("name", "column"), [("sensitive-product", "code_titre"), ("profile", "code_profil")])
def test_classes_that_give_an_attribute_away(dirty, statistics, name, column):
    """A class of eleven cards or more, whose share of a revealing value is whole, or above that of the rows by three tenths."""
    products = csv_rows(dirty.folder / "reference" / "titres.csv")
    sensitive = {row["code_titre"] for row in products if row["sensible"] == "oui"}
    revealed = (lambda value: "x" if value in sensitive else None) if name == "sensitive-product" else (lambda value: value)
    values = Counter(revealed(row[column]) for row in statistics)
    ordinary = {None} if name == "sensitive-product" else {values.most_common(1)[0][0]}
    cells, people, rows = defaultdict(set), defaultdict(set), Counter()
    for row in statistics:
        key = (row["code_arret"], row["code_ligne"], row["horodatage"].replace(minute=0))
        cells[key, revealed(row[column])].add(row["jeton_carte"])
        people[key].add(row["jeton_carte"])
        rows[key, revealed(row[column])] += 1
    found = {f"{name}-certain": [], f"{name}-likely": []}
    for cell, cards in cells.items():
        key, value = cell
        if len(people[key]) < 11 or value in ordinary:
            continue
        share = len(cards) / len(people[key])
        if share == 1 or share - values[value] / len(statistics) > 0.3:
            found[f"{name}-certain" if share == 1 else f"{name}-likely"].append(cell)
    for kind, telling in found.items():
        planted = [one.figures for one in dirty.truth.of("RGPD-ANO-INFER") if one.kind == kind]
        counted = (len({key for key, _ in telling}), sum(len(cells[one]) for one in telling), sum(rows[one] for one in telling))
        assert [(one["classes_telling"], one["cards"], one["rows"]) for one in planted] == ([counted] if telling else [])
    assert found[f"{name}-certain"]


def test_bills_past_4_months_or_with_a_place(dirty):
    limit = datetime(2026, 6, 30, 5, tzinfo=UTC).replace(tzinfo=None)
    rows = bills(dirty.folder)
    for row in rows:
        row["when"] = to_utc(row["Date et heure"], "%d/%m/%Y %H:%M")
    old = [row for row in rows if row["when"] < limit]
    placed = [row for row in rows if row["Code valideur"]]
    assert old
    told = figures(dirty.truth, "BIL-RET-POSTPAIE-4M", "row-past-its-term", "postpaiement")
    same(counted(old, "Numéro de carte", "when"), told)
    told = figures(dirty.truth, "BIL-RET-POSTPAIE-4M", "place-held", "postpaiement")
    same(counted(placed, "Numéro de carte", "when") | {"column": "Code valideur"}, told)


def test_accounts_closed_and_still_named(dirty):
    closed = query(dirty.folder, "select count(*) from clients where clos_le < '2024-10-31' and nom is not null")
    emptied = query(dirty.folder, "select count(*) from clients where clos_le < '2024-10-31' and nom is null and adresse is null")
    assert figures(dirty.truth, "BIL-RET-CLIENT", "closed-2-years-still-named", "gestion.clients")["rows"] == closed[0][0] > 0
    assert emptied[0][0] > 0


def test_settled_debts_still_blocked(dirty):
    sql = """select count(*), count(distinct o.numero_carte) from opposition o join impayes i using (numero_carte)
             where o.motif = 'impaye' and o.fin is null and i.regularise_le is not null"""
    told = figures(dirty.truth, "BIL-RET-IMPAYE-REGUL", "settled-still-blocked", "gestion.opposition")
    assert query(dirty.folder, sql) == [(told["entries"], told["cards"])]
    assert told["entries"] > 0


@pytest.mark.parametrize(
    ("rule", "kind", "table", "sql"),
    [
        ("BIL-TIT-ANONYME", "linked-on-the-card", "gestion.supports",
         "select count(*) from supports where type_support = 'anonyme' and id_client is not null"),
        ("BIL-TIT-ANONYME", "bears-a-subscription", "gestion.contrats",
         "select count(*) from contrats c join supports s using (numero_carte) where type_support = 'anonyme' and code_titre = '25788'"),
        ("BIL-TIT-ANONYME", "linked-by-a-sale", "gestion.ventes",
         "select count(*) from ventes v join supports s using (numero_carte) where type_support = 'anonyme' and v.id_client is not null"),
        ("BIL-TIT-DECLARATIF", "linked-on-the-card", "gestion.supports",
         "select count(*) from supports where type_support = 'declaratif' and id_client is not null"),
    ],
)  # fmt: skip
def test_links_a_card_may_not_have(dirty, clean, rule, kind, table, sql):
    assert figures(dirty.truth, rule, kind, table)["rows"] == query(dirty.folder, sql)[0][0] > 0
    assert query(clean.folder, sql)[0][0] == 0


def test_an_anonymous_card_bears_no_other_subscription_than_the_planted_ones(dirty):
    products = csv_rows(dirty.folder / "reference" / "titres.csv")
    subscriptions = {row["code_titre"] for row in products if row["famille"] == "subscription"}
    borne = query(dirty.folder, "select code_titre from contrats join supports using (numero_carte) where type_support = 'anonyme'")
    told = figures(dirty.truth, "BIL-TIT-ANONYME", "bears-a-subscription", "gestion.contrats")
    assert sum(code in subscriptions for (code,) in borne) == told["rows"]


def sheets(folder):
    return {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (folder / "registre").glob("*.yml")}


def test_register_faults_are_in_the_files_named(dirty, register_files):
    found = sheets(dirty.folder)
    whole = {name: yaml.safe_load(text) for name, text in register_files.items()}
    changed = {name for name in whole if found[name] != whole[name]}
    told = {str(one.figures["file"]) for one in dirty.truth.planted if "file" in one.figures}
    named = {file.removeprefix("registre/") for file in told if file.startswith("registre/")}
    # The crowd of accounts is seen on the table that they read, not in the sheet that declares them.
    assert changed == {*named, "contraventions.yml"}
    assert found["validations-fraude.yml"]["references"] == [{"text": "AU-015", "invoked_as": "legal-basis"}]
    assert [one["family"] for one in found["relation-client.yml"]["purposes"]][-1] == "publicite"
    assert not {"transfers", "security"} & set(found["impayes-opposition.yml"])
    assert found["postpaiement.yml"]["dpia"]["status"] != "done"


def test_gaps_between_register_and_columns(dirty, statistics):
    declared = {covered["table"]: set(covered["columns"]) for sheet in sheets(dirty.folder).values() for covered in sheet.get("covers", ())}
    gone = declared["statistiques"] - set(statistics[0])
    extra = set(statistics[0]) - declared["statistiques"]
    assert set(figures(dirty.truth, "REG-CONCORDANCE", "column-gone", "statistiques")["columns"]) == gone
    assert set(figures(dirty.truth, "REG-CONCORDANCE", "column-not-declared", "statistiques")["columns"]) == extra
    accounts = {
        account for sheet in sheets(dirty.folder).values() for recipient in sheet["recipients"] for account in recipient.get("accounts", ())
    }
    granted = {role for (role,) in query(dirty.folder, "select distinct role from habilitations")}
    assert granted - accounts == {figures(dirty.truth, "REG-CONCORDANCE", "recipient-not-declared", "gestion.clients")["recipient"]}
    told = {one.table for one in dirty.truth.of("REG-CONCORDANCE") if one.kind == "table-not-declared"}
    assert told == {"gestion.correspondances", "gestion.lectures_cartes"}
    assert not told & set(declared)


def test_data_older_than_the_declared_term(dirty, taps, queue):
    told = {one.table: one.figures for one in dirty.truth.of("REG-CONCORDANCE") if one.kind == "older-than-declared"}
    assert set(told) == {
        "valideurs", "relais", "postpaiement", "gestion.clients", "gestion.impayes", "contraventions.pv", "archives.pv", "journal.acces",
    }  # fmt: skip
    assert told["valideurs"]["oldest"] == str(min(row["horodatage"] for row in taps))[:10] == "1997-01-01"
    assert told["relais"]["oldest"] == str(min(row["recu_le"] for row in queue))[:10]
    assert told["gestion.clients"]["oldest"] == query(dirty.folder, "select min(clos_le) from clients")[0][0]


def test_every_rule_of_the_catalogue_has_something_planted(dirty):
    planted = {one.rule for one in dirty.truth.planted}
    assert planted == set(dirty.truth.to_json()["catalogue"])
    assert len(planted) == 81
    assert all(one.figures.get(name, 1) for one in dirty.truth.planted for name in ("rows", "cards", "entries", "customers", "requests"))


def test_every_rule_but_one_has_something_planted(dirty):
    """Formats are judged on what the ledger says was published: a network that never released anything has none."""
    assert {rule.id for rule in RULES} - {one.rule for one in dirty.truth.planted} == {"OD-FORMATS"}


def test_every_kind_planted_is_one_that_a_rule_words(dirty):
    known = {kind for rule in RULES for kind in rule.messages} | set(KINDS) | set(PROCEDURES)
    older = {"past-48h", "late-upload", "small-classes", "unsalted-hash", "closed-2-years-still-named", "settled-still-blocked",
             "legal-basis", "missing-fields", "unique-traces"}  # fmt: skip
    assert {one.kind for one in dirty.truth.planted} - older <= known


def test_the_service_day_is_the_local_day_four_hours_earlier(taps):
    for row in taps:
        local = row["horodatage"].replace(tzinfo=UTC).astimezone(PARIS).replace(tzinfo=None)
        assert row["jour_exploitation"] == (local - timedelta(hours=4)).date()
    assert min(row["jour_exploitation"] for row in taps) == date(1996, 12, 31)
