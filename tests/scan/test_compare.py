"""The register against contents, keys, types, databases and files."""

import json
import sqlite3
from datetime import datetime
from io import StringIO

import ibis
import jsonschema
import pyarrow as pa
import pytest
from rich.console import Console

from auditor.scan import Deferred, compare, detect, inventory
from auditor.sources import open_network
from auditor.vocabulary.network import CardGrammar, ColumnMap, DataMap, Feed, Identity, NetworkConfig, NetworkPlace, Source
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.scanned import ForeignTable, NotLooked, ObservedFile
from auditor.vocabulary.text import Text
from reports.evidence import Conclusion
from reports.json import schema
from reports.scan import ScanEvidence, odds, ordered, reason, scan_json
from reports.terminal.scan import print_scan

GRAMMAR = CardGrammar(form="digits", length=10, prefixes=("250",), check_digit="luhn")
DECLARED = {"activity": "string", "table": "string", "column": "string", "category": "string", "file": "string", "line": "int64"}


def declared(*rows):
    found = [{"activity": "fiche", "file": "registre/fiche.yml", "line": 7, **row} for row in rows]
    return relation(found, DECLARED)


def relation(rows, types):
    return ibis.memtable(pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.type_for_alias(kind)) for name, kind in types.items()])))


@pytest.fixture
def detections(engine, columns, serials):
    return detect(engine, columns({"carte": serials(30), "courriel": [f"p{rank}@exemple.fr" for rank in range(30)]}), GRAMMAR, sample=None)


@pytest.mark.parametrize(
    ("category", "contradicted"),
    [("direct-identifier", False), ("pseudonym", True), ("technical", True), ("none", True), ("quasi-identifier", True)],
)
def test_a_card_number_is_a_direct_identifier_and_nothing_else(engine, detections, category, contradicted):
    gaps = list(compare.contradicted(engine, detections, declared({"table": "base", "column": "carte", "category": category})))
    assert bool(gaps) is contradicted
    if gaps:
        assert (gaps[0].kind, gaps[0].file, gaps[0].line) == ("category-contradicted", "registre/fiche.yml", 7)


def test_what_is_only_suspected_contradicts_nobody(engine, columns, serials):
    found = detect(engine, columns({"carte": serials(5)}), GRAMMAR, sample=None)
    assert found
    assert not any(one.certain for one in found)
    assert not list(compare.contradicted(engine, found, declared({"table": "base", "column": "carte", "category": "none"})))


def test_a_digest_contradicts_only_when_numbers_were_found_behind_it(engine, columns, serials):
    import hashlib

    row = declared({"table": "base", "column": "empreinte", "category": "technical"})
    chained = [hashlib.sha256(f"ligne{rank}".encode()).hexdigest() for rank in range(300)]
    assert not list(compare.contradicted(engine, detect(engine, columns({"empreinte": chained}), GRAMMAR, sample=None), row))
    hashed = [hashlib.sha256(serial.encode()).hexdigest() for serial in serials(300)]
    assert list(compare.contradicted(engine, detect(engine, columns({"empreinte": hashed}), GRAMMAR, sample=None), row))


def test_repeated_keys_and_values_of_another_type_are_counted(engine, folder):
    (folder / "clients.csv").write_text("id,naissance\n1,1980-01-01\n1,1981-01-01\n2,hier\n", encoding="utf-8")
    feed = Feed(store="base", source="clients", columns={"customer": ColumnMap(column="id"), "birth_date": ColumnMap(column="naissance")})
    mapping = DataMap(sources={"clients": Source(path="clients.csv")}, tables={"customers": (feed,)})
    config = NetworkConfig(network=Identity(name="Essai", authority="AOM"))
    gaps = {
        gap.kind: gap for gap in compare.drifted(engine, open_network(NetworkPlace(folder=folder, config=config, mapping=mapping), engine))
    }
    assert (gaps["key-repeated"].column, gaps["type-drift"].column) == ("id", "naissance")
    assert gaps["key-repeated"].said.en.startswith("1 rows repeat")
    assert gaps["type-drift"].said.en.startswith("1 values")


def test_tables_and_views_that_no_feed_maps_are_listed(place_of):
    place = place_of({"fidelite": "id integer, nom text"})
    with sqlite3.connect(place.folder / "gestion.sqlite") as connection:
        connection.execute("create view vue_cartes as select numero_carte from supports")
        connection.execute("create table archives (a, b, c)")
    connection.close()
    found = inventory(place, declared={"gestion.archives"})
    assert [(one.table, one.kind, one.columns, one.declared) for one in found.foreign] == [
        ("gestion.archives", "table", 3, True),
        ("gestion.fidelite", "table", 2, False),
        ("gestion.vue_cartes", "view", 1, False),
    ]
    severities = {gap.table: (gap.kind, gap.severity) for gap in compare.unmapped(found)}
    assert severities == {
        "gestion.archives": ("declared-not-mapped", Severity.MAJOR),
        "gestion.fidelite": ("table-not-mapped", Severity.MAJOR),
        "gestion.vue_cartes": ("table-not-mapped", Severity.MINOR),
    }


def test_two_hundred_tables_are_listed_in_a_moment_and_a_broken_view_stops_nothing(place_of):
    from time import perf_counter

    place = place_of({f"t{rank:03d}": "a integer, b text" for rank in range(200)})
    with sqlite3.connect(place.folder / "gestion.sqlite") as connection:
        connection.execute("create table passage (a)")
        connection.execute("create view casse as select * from passage")
        connection.execute("drop table passage")
    connection.close()
    started = perf_counter()
    found = inventory(place)
    assert perf_counter() - started < 10
    assert len(found.foreign) == 201
    assert [one.what for one in found.missed] == ["gestion.casse"]


def test_a_database_that_does_not_answer_is_one_thing_not_looked_at(place_of):
    place = place_of()
    (place.folder / "gestion.sqlite").unlink()
    assert [one.what for one in inventory(place).missed] == ["gestion"]


def test_roles_of_the_server_are_compared_with_the_recipients(engine):
    from auditor.scan.databases import Inventory

    found = Inventory(readers={"base.clients": ("relation_client", "stagiaire"), "base.codes": ("tous",), "base.ventes": ("stagiaire",)})
    recipients = relation([{"account": "relation_client"}, {"account": None}], {"account": "string"})
    gaps = list(compare.strangers(engine, found, recipients, {"base.clients", "base.ventes"}))
    assert [(gap.table, "stagiaire" in gap.said.fr, "2\N{NO-BREAK SPACE}tables" in gap.said.fr) for gap in gaps] == [
        ("base.clients", True, True)
    ]


def export(**how):
    given = {"path": "partages/a.csv", "format": "csv", "size": 10, "modified_at": datetime(2026, 10, 1), "card_numbers": 3, **how}
    return ObservedFile(**given)


def test_a_stray_export_is_worse_when_all_may_read_it():
    shut, wide, known, empty = export(), export(readable_by_all=True), export(declared=True), export(card_numbers=0)
    assert [gap.severity for gap in compare.lying_about([shut, wide, known, empty])] == [Severity.MAJOR, Severity.BLOCKING]


def test_deferred_relations_are_made_once_and_only_when_read():
    made = []
    relations = Deferred({"a": declared()}, {"b": lambda: made.append(1) or declared()})
    assert "b" in relations
    assert set(relations) == {"a", "b"}
    assert len(relations) == 2
    assert not made
    assert relations["b"] is relations["b"]
    assert made == [1]
    with pytest.raises(KeyError):
        relations["c"]


def evidence(detections=(), **how):
    given = {
        "tool_version": "0",
        "identity": Identity(name="Essai", authority="AOM"),
        "as_of": datetime(2026, 10, 31, 5),
        "input_digest": "0" * 64,
        "tables": 1,
        "columns": 3,
        "rows": 30,
        "sample": None,
        "detections": tuple(detections),
        **how,
    }
    return ScanEvidence(**given)


def test_the_exit_code_follows_the_threshold_and_what_was_not_looked_at():
    gap = next(compare.lying_about([export()]))
    assert (evidence().conclusion, evidence().exit_code) == (Conclusion.NOTHING_FOUND, 0)
    assert evidence(gaps=(gap,)).exit_code == 1
    assert evidence(gaps=(gap,), fail_on="blocking").exit_code == 0
    assert evidence(gaps=(gap,), not_looked=(NotLooked(what="base.t", reason="x"),)).exit_code == 3
    assert evidence(files=(export(unread="broken or not whole (BadZipFile)"),)).exit_code == 3
    assert evidence(files=(export(unread="not a format that holds tables"),)).exit_code == 0


def whole(detections):
    gaps = ordered([*compare.lying_about([export(readable_by_all=True)]), *compare.lying_about([export()])])
    return evidence(
        detections,
        sample=20_000,
        folders=("partages",),
        gaps=gaps,
        files=(export(), export(path="partages/b.xlsx", unread="protected by a password", card_numbers=0)),
        foreign=(ForeignTable(table="gestion.x", kind="view", readers=("tous",)),),
        not_looked=(NotLooked(what="base.t", reason="this account has no right to read it"),),
    )


def test_the_json_follows_its_published_schema(detections):
    text = scan_json(whole(detections))
    jsonschema.validate(json.loads(text), json.loads(schema("scan-1")), cls=jsonschema.Draft202012Validator)
    assert text == scan_json(whole(detections))


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_says_it_in_one_language_within_its_width(detections, lang, width):
    page = StringIO()
    print_scan(Console(file=page, width=width, no_color=True), whole(detections), lang, everything=True)
    text = page.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert ("Ce que les colonnes contiennent" in text) is (lang == "fr")
    assert ("protégé par un mot de passe" in text) is (lang == "fr")
    assert "base.carte" in text


def test_every_reason_of_a_reader_is_said_in_french():
    for english in (
        "cannot be opened (PermissionError)",
        "3 lines could not be cut into columns",
        "more than 2 GiB once unpacked: declare it as a source in mapping.yml",
    ):
        assert reason(english, "fr") != english
        assert reason(english, "en") == english


def test_odds_are_written_as_people_read_them():
    assert [odds(value, "fr").replace("\N{NO-BREAK SPACE}", " ") for value in (0.05, 1e-3, 1e-7, 1e-300)] == [
        "5 %",
        "1 sur 1\N{NARROW NO-BREAK SPACE}000",
        "≤ 10⁻⁷",
        "≤ 10⁻¹⁵",
    ]


def test_a_gap_told_twice_is_told_once():
    gap = next(compare.lying_about([export()]))
    assert ordered([gap, gap]) == (gap,)
    assert isinstance(gap.said, Text)
