"""What was planted around the cards, counted again in plain SQL from the databases a stranger would open."""

import csv
import re
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise

import pytest
import yaml

from auditor.vocabulary.numbers import luhn_valid

NOW = "2026-10-31 05:00:00"
OPEN = "repondue_le is null and refusee = 'non'"

PLANTED = [
    ("BIL-PERIM-CONTROLE", "common-card", "contraventions.pv", "rows", "numero_carte is not null"),
    ("BIL-DON-CARTE", "card-readings-kept", "gestion.lectures_cartes", "rows", "evenements > 0"),
    ("BIL-RET-FRAUDE-ALARME", "alarm-without-case", "gestion.alertes_fraude", "rows", "numero_dossier is null and levee_le < '2026-10-17'"),
    ("BIL-RET-FRAUDE-ALARME", "case-without-proceedings", "gestion.dossiers_fraude", "rows",
     "procedure is null and ouvert_le < '2026-04-30'"),
    ("BIL-RET-MOTIF-FRAUDE-3Y", "row-past-its-term", "gestion.clients", "rows", "motif_cloture = 'fraude' and clos_le < '2023-10-31'"),
    ("BIL-RET-IMPAYE-2Y", "row-past-its-term", "gestion.impayes", "rows", "regularise_le is null and survenu_le < '2024-10-31'"),
    ("BIL-RET-IMPAYE-2Y", "not-a-debt", "gestion.impayes", "rows", "motif = 'incivilite'"),
    ("BIL-RET-OPPOSITION", "reason-not-listed", "gestion.opposition", "entries", "motif = 'divers'"),
    ("BIL-RET-OPPOSITION", "not-dated", "gestion.opposition", "entries", "debut is null"),
    ("BIL-RET-CB", "pan-held", "gestion.ventes", "rows", "numero_cb is not null"),
    ("BIL-RET-CB", "cvv-held", "gestion.ventes", "rows", "cryptogramme is not null"),
    ("BIL-RET-PV-PAYE", "paid-and-kept", "contraventions.pv", "rows", "paye_le is not null"),
    ("BIL-RET-PV-PAYE", "unsettled-too-long", "contraventions.pv", "rows", "paye_le is null and constate_le < '2025-10-31'"),
    ("BIL-RET-PV-PAYE", "archived-too-long", "archives.pv", "rows", "archive_le < '2024-10-31'"),
    ("BIL-RET-JOURNAUX", "log-too-long", "journal.acces", "rows", "horodatage < '2025-10-31'"),
    ("BIL-RET-JOURNAUX", "card-in-the-log", "journal.acces", "rows", "numero_carte is not null"),
    ("BIL-RET-JOURNAUX", "place-in-the-log", "journal.acces", "rows", "code_arret is not null"),
    ("BIL-TIT-TROIS", "medium-unknown", "gestion.supports", "rows", "type_support not in ('anonyme', 'declaratif', 'nominatif')"),
    ("BIL-PSE-SUSPENSION", "suspension-not-ended", "exploitation.evenements", "entries", "nature like 'suspension%' and fin is null"),
    ("BIL-PSE-SUSPENSION", "suspension-without-author", "exploitation.evenements", "entries",
     "nature like 'suspension%' and auteur is null"),
    ("BIL-OPP-HUMAIN", "author-automatic", "gestion.opposition", "entries", "auteur = 'automatique'"),
    ("BIL-OPP-INFO", "case-without-analyst", "gestion.dossiers_fraude", "entries", "analyste is null"),
    ("BIL-OPP-INFO", "holder-not-told", "gestion.opposition", "entries", "motif in ('impaye', 'abus') and notifie_le is null"),
    ("BIL-OPP-INFO", "holder-told-too-late", "gestion.opposition", "entries", "motif in ('impaye', 'abus') and notifie_le >= debut"),
    ("SEC-HABIL-REVUE", "account-shared", "exploitation.comptes", "accounts", "partage = 'oui'"),
    ("SEC-HABIL-REVUE", "account-left-open", "exploitation.comptes", "accounts", "parti_le is not null and ferme_le is null"),
    ("SEC-HABIL-REVUE", "account-idle", "exploitation.comptes", "accounts", "ferme_le is null and utilise_le < '2026-08-02'"),
    ("SEC-HABIL-REVUE", "account-not-reviewed", "exploitation.comptes", "accounts", "ferme_le is null and revu_le < '2025-10-31'"),
    ("SEC-MDP", "password-bare-digest", "exploitation.comptes", "rows", "length(empreinte_mdp) = 32"),
    ("BIL-RET-SAUVEGARDES", "restored-without-purge", "gestion.clients", "rows", None),
    ("RGPD-VIOL-72H", "breach-not-notified", "conformite.violations", "entries", "risque <> 'aucun' and notifiee_le is null"),
    ("RGPD-VIOL-72H", "breach-notified-late", "conformite.violations", "entries",
     "risque <> 'aucun' and julianday(notifiee_le) - julianday(connue_le) > 3"),
    ("RGPD-VIOL-72H", "persons-not-told", "conformite.violations", "entries", "risque = 'eleve' and personnes_le is null"),
    ("DROIT-DELAI", "answered-late", "conformite.demandes", "requests",
     "julianday(repondue_le) - julianday(recue_le) > 31 and coalesce(julianday(prolongee_le) - julianday(recue_le), 99) > 31"),
    ("DROIT-DELAI", "open-past-due", "conformite.demandes", "requests", f"{OPEN} and recue_le < '2026-09-30'"),
    ("DROIT-DELAI", "refusal-not-reasoned", "conformite.demandes", "requests", "refusee = 'oui' and coalesce(refus_motive, 'non') = 'non'"),
    ("DROIT-ACC-CONTENU", "answer-incomplete", "conformite.demandes", "requests", "rubriques < 9"),
    ("DROIT-ACC-CONTENU", "copy-not-given", "conformite.demandes", "requests", "copie_jointe = 'non'"),
    ("DROIT-ACC-DEST", "recipients-not-named", "conformite.demandes", "requests", "destinataires_nommes = 'non'"),
    ("DROIT-ACC-PSEUDO", "pseudonyms-not-searched", "conformite.demandes", "requests", "pseudonymes_cherches = 'non'"),
    ("DROIT-ACC-GEL", "not-frozen", "conformite.demandes", "requests", "nature = 'acces' and gelee_le is null"),
    ("DROIT-ACC-GEL", "copy-kept", "conformite.demandes", "requests",
     "nature = 'acces' and gelee_le is not null and close_le is not null and copie_detruite_le is null"),
    ("DROIT-ACC-ART11", "unnamed-card-refused", "conformite.demandes", "requests", "type_support = 'anonyme' and refusee = 'oui'"),
    ("DROIT-PORTA", "not-portable", "conformite.demandes", "requests", "nature = 'portabilite' and formats = 'pdf'"),
]  # fmt: skip


def asked(folder, database, sql):
    with closing(sqlite3.connect(folder / "data" / f"{database}.sqlite")) as connection:
        return connection.execute(sql).fetchall()


def told(truth, rule, kind, table=""):
    found = [one.figures for one in truth.of(rule) if (one.kind, one.table) == (kind, table)]
    assert len(found) == 1, (rule, kind, table)
    return found[0]


@pytest.mark.parametrize(("rule", "kind", "table", "figure", "where"), [one for one in PLANTED if one[4]])
def test_figures_of_the_planted_rows(dirty, rule, kind, table, figure, where):
    figures = told(dirty.truth, rule, kind, table)
    database, name = table.split(".")
    columns = [column[1] for column in asked(dirty.folder, database, f"pragma table_info({name})")]
    assert asked(dirty.folder, database, f"select count(*) from {name} where {where}") == [(figures[figure],)]
    assert figures[figure] > 0
    if "cards" in figures and "numero_carte" in columns:
        assert asked(dirty.folder, database, f"select count(distinct numero_carte) from {name} where {where}") == [(figures["cards"],)]


@pytest.mark.parametrize(
    ("rule", "kind", "table", "column", "where"),
    [
        ("BIL-RET-FRAUDE-ALARME", "alarm-without-case", "gestion.alertes_fraude", "levee_le", "numero_dossier is null"),
        ("BIL-RET-FRAUDE-ALARME", "case-without-proceedings", "gestion.dossiers_fraude", "ouvert_le", "procedure is null"),
        ("BIL-RET-MOTIF-FRAUDE-3Y", "row-past-its-term", "gestion.clients", "clos_le", "motif_cloture = 'fraude'"),
        ("BIL-RET-IMPAYE-2Y", "row-past-its-term", "gestion.impayes", "survenu_le", "regularise_le is null"),
        ("BIL-RET-PV-PAYE", "unsettled-too-long", "contraventions.pv", "constate_le", "paye_le is null"),
        ("BIL-RET-PV-PAYE", "archived-too-long", "archives.pv", "archive_le", "1"),
        ("BIL-RET-JOURNAUX", "log-too-long", "journal.acces", "horodatage", "1"),
    ],
)  # fmt: skip
def test_the_oldest_of_the_planted_rows(dirty, rule, kind, table, column, where):
    database, name = table.split(".")
    (oldest,) = asked(dirty.folder, database, f"select min({column}) from {name} where {where}")[0]
    assert told(dirty.truth, rule, kind, table)["oldest"] == oldest[:10]


def test_backups_of_the_taps_that_outlive_them(dirty):
    sql = f"""select julianday(prise_le, '+48 hours') < julianday('{NOW}'), count(*) from sauvegardes
              where objet = 'valideurs' and detruite_le is null and julianday(expire_le) - julianday(prise_le) > 2 group by 1"""
    late = told(dirty.truth, "BIL-RET-SAUVEGARDES", "backup-past-its-term", "valideurs")["rows"]
    due = told(dirty.truth, "BIL-RET-SAUVEGARDES", "backup-due-too-late", "valideurs")["rows"]
    assert dict(asked(dirty.folder, "exploitation", sql)) == {1: late, 0: due}


def test_blocks_of_cards_that_have_expired(dirty):
    sql = "select count(*) from opposition join supports using (numero_carte) where expire_le < '2026-10-31'"
    assert asked(dirty.folder, "gestion", sql) == [
        (told(dirty.truth, "BIL-RET-OPPOSITION", "card-expired", "gestion.opposition")["entries"],)
    ]


def test_cards_blocked_within_seconds_of_an_alert(dirty):
    sql = """select count(*) from opposition o join alertes_fraude a using (numero_carte)
             where julianday(o.debut) - julianday(a.levee_le) between 0 and 1.0 / 86400 * 10"""
    assert asked(dirty.folder, "gestion", sql) == [
        (told(dirty.truth, "BIL-OPP-HUMAIN", "blocked-too-fast", "gestion.opposition")["entries"],)
    ]


def test_real_cards_of_the_test_copy(dirty):
    issued = {one for (one,) in asked(dirty.folder, "gestion", "select numero_carte from supports")}
    copied = [one for (one,) in asked(dirty.folder, "recette", "select numero_carte from supports") if one in issued]
    figures = told(dirty.truth, "SEC-TESTS", "production-cards-in-tests", "recette.supports")
    assert (len(copied), len(set(copied))) == (figures["rows"], figures["cards"])


def test_payment_cards_are_invented_and_look_true(dirty):
    numbers = [one for (one,) in asked(dirty.folder, "gestion", "select numero_cb from ventes where numero_cb is not null")]
    assert all(one.startswith("400000") and len(one) == 16 and luhn_valid(one) for one in numbers)


def test_entries_of_the_journal_that_nothing_covers(dirty):
    for account in ("etudes", "relation_client"):
        sql = f"select count(*) from acces where objet = 'valideurs' and role = '{account}' and finalite is null and dossier is null"
        found = [one.figures["rows"] for one in dirty.truth.of("BIL-RET-VALID-USAGE") if one.figures.get("recipient") == account]
        assert asked(dirty.folder, "journal", sql) == [tuple(found)]
    attributed = told(dirty.truth, "RGPD-VIOL-72H", "attributed-without-ticket", "gestion.correspondances")["rows"]
    assert asked(dirty.folder, "journal", "select count(*) from acces where objet = 'gestion.correspondances'") == [(attributed,)]


def test_one_link_of_the_chain_is_missing(dirty):
    chain = asked(dirty.folder, "journal", "select empreinte, empreinte_precedente from acces order by rowid")
    broken = sum(before != later for (before, _), (_, later) in pairwise(chain))
    assert broken == told(dirty.truth, "SEC-JOURNAL-CONTENU", "log-chain-broken", "journal.acces")["rows"] == 1


def test_fares_dearer_or_closed_without_a_file(dirty):
    sql = "select code_titre, type_support, prix from tarifs where code_titre <> '59001'"
    prices = {}
    for product, medium, price in asked(dirty.folder, "gestion", sql):
        prices.setdefault(product, {})[medium] = price
    dearer = [product for product, price in prices.items() if price.get("declaratif", 0) > price["nominatif"]]
    closed = [product for product, price in prices.items() if "declaratif" not in price and product != "51611"]
    assert dearer == [told(dirty.truth, "BIL-ANON-SURCOUT", "dearer-unnamed")["value"]]
    assert len(closed) == told(dirty.truth, "BIL-ANON-SURCOUT", "closed-to-the-unnamed")["products"]


def test_records_opened_when_a_declarative_card_was_replaced(dirty):
    sql = """select count(distinct c.id_client) from supports o join supports n on n.numero_carte = o.remplace_par
             join clients c on c.id_client = n.id_client and c.ouvert_le = n.emis_le where o.type_support = 'declaratif'"""
    figures = told(dirty.truth, "BIL-SAV-SANSFICHE", "record-opened-at-after-sales", "gestion.clients")
    assert asked(dirty.folder, "gestion", sql) == [(figures["customers"],)]


def test_people_said_erased_who_are_still_there(dirty):
    erased = {one for (one,) in asked(dirty.folder, "conformite", "select id_client from demandes where nature = 'effacement'")}
    named = erased & {one for (one,) in asked(dirty.folder, "gestion", "select id_client from clients where nom is not null")}
    linked = [one for (one,) in asked(dirty.folder, "gestion", "select id_client from supports") if one in erased]
    assert len(named) == told(dirty.truth, "DROIT-EFF", "still-named", "gestion.clients")["customers"]
    assert len(linked) == told(dirty.truth, "DROIT-EFF", "still-linked", "gestion.supports")["rows"]


def test_exports_lying_about(dirty):
    numbers = {str(one) for (one,) in asked(dirty.folder, "gestion", "select numero_carte from supports")}
    for one in dirty.truth.of("SEC-EXPORTS"):
        path = dirty.folder / str(one.figures["file"])
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                text = book.read("xl/worksheets/sheet1.xml").decode("utf-8")
        else:
            text = path.read_text(encoding="cp1252")
        found = [number for number in re.findall(r"\b250\d{7}\b", text) if number in numbers]
        assert len(found) == one.figures["cards"]
        assert str(datetime.fromtimestamp(path.stat().st_mtime, UTC).date()) == one.figures["oldest"]
        assert bool(path.stat().st_mode & 0o004) == (one.kind == "export-open-to-all")


def test_the_export_put_online_names_cards(dirty):
    with (dirty.folder / "data" / "portail" / "ventes_par_titre.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 20
    assert all(re.fullmatch(r"250\d{7}", row["numero_carte"]) for row in rows)


def test_faults_of_the_evidence_are_in_the_files_named(dirty, evidence_files):
    place = dirty.folder / "evidence"
    held = {path.relative_to(place).as_posix(): path.read_text(encoding="utf-8") for path in place.rglob("*.*")}
    touched = {name for name in evidence_files if held.get(name) != evidence_files[name]}
    assert set(held) <= set(evidence_files)
    assert {name for name in touched if name not in held} == {
        *(f"{one}.yml" for one in ("dpo-designation", "purge-proof", "sales-information")),
        *(f"documents/{one}.txt" for one in ("dpo-designation", "purge-proof", "sales-information")),
    }
    assert "documents/contract-ilevia.txt" in touched
    assert yaml.safe_load(held["archives-agreement.yml"])["expires_on"].isoformat() == "2026-06-30"
    notice = yaml.safe_load(held["notice.yml"])
    assert "PT48H" not in notice["facts"]["retention"].split()
    assert "post-mortem-directives" not in notice["holds"]
