"""Registers of anyone in the Data Privacy Vocabulary: what is understood is an activity, the rest is told, the network is never asked."""

import json
import logging
import socket
import subprocess
import sys
from datetime import date

import pytest

from auditor.vocabulary.errors import UsageProblem
from policies.registry import load_register
from policies.registry.exchange import detect, read_dpv
from policies.registry.writing import write_register
from tests.policies.registry.exchange.conftest import SHARED, needs_shared

FORMATS = SHARED / "formats"
HEAD = (
    "@prefix dpv: <https://w3id.org/dpv#> . @prefix g: <https://w3id.org/dpv/legal/eu/gdpr#> . "
    "@prefix e: <urn:e:> . @prefix t: <http://www.w3.org/2006/time#> ."
)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_, **__):
        message = "the network was asked for"
        raise AssertionError(message)

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def read(turtle):
    return read_dpv(f"{HEAD} {turtle}".encode())


def said(imported, place):
    return [remark.said.en for remark in imported.remarks if place in remark.place]


# --- the samples ------------------------------------------------------------------------------------------------------


@needs_shared
def test_the_example_of_storage_conditions_gives_what_it_says_and_no_fate(tmp_path):
    content = (FORMATS / "dpv" / "E0011.ttl").read_bytes()
    assert detect(content) == "dpv"
    imported = read_dpv(content)
    (activity,) = imported.activities
    assert (activity.id, activity.actors[0].name, activity.actors[0].role, activity.retention) == ("serverinfo", "Acme", "processor", ())
    gap = next(remark for remark in imported.remarks if remark.place == "ex:DataStoragePolicy")
    assert (gap.said.en, gap.quoted) == ("a term without its final fate: not entered in the register, to be completed", "P1Y")
    assert said(imported, "dpv:hasLocation") == ["a statement that the register does not take"]
    assert any("prefixes used and not declared" in remark.said.en for remark in imported.remarks)
    write_register(tmp_path, imported)
    assert len(load_register(tmp_path).activities) == 1


@needs_shared
def test_the_example_of_an_assessment_gives_its_latest_state():
    imported = read_dpv((FORMATS / "dpv" / "E0056.ttl").read_bytes())
    dpia = imported.activities[0].dpia
    assert dpia is not None
    assert (dpia.status, dpia.reference, dpia.validated_on) == ("done", "PDH-DPIA-202402", date(2024, 7, 31))
    assert "“hasProcess” is a property, used as a class: read as a Process" in said(imported, "ex:PDH")
    assert "several states of the assessment: the latest is taken, to be confirmed" in said(imported, "ex:PDH-DPIA-202402")
    assert {"dct:date", "dct:subject", "dct:conformsTo"} == {
        remark.place.rpartition(", ")[2] for remark in imported.remarks if remark.said.en == "a statement that the register does not take"
    }


@needs_shared
def test_the_minimal_register_becomes_an_activity(tmp_path):
    imported = read_dpv((FORMATS / "examples" / "ropa-minimal.jsonld").read_bytes())
    (activity,) = imported.activities
    assert (activity.id, activity.title, activity.dpo) == ("t-003", "Lutte contre la fraude technologique", "dpo@exemple.invalid")
    (purpose,) = activity.purposes
    assert (purpose.title, purpose.family, purpose.basis) == ("Prévention et détection de la fraude", "fraude", "legitimate-interests")
    assert activity.data_categories == ("Historique des déplacements", "Identifiant")
    assert activity.persons == ("Clients",)
    assert activity.security == ("Pseudonymisation", "Contrôle des accès")
    assert activity.rights == "accès (art. 15), effacement (art. 17), opposition (art. 21)"
    assert (activity.retention, activity.dpia) == ((), None)
    gaps = [remark for remark in imported.remarks if remark.kind == "gap"]
    assert {"PT48H", "AIPD-2026", "dpv:NonCompliant", "loc:FR", "2026-01-15"} <= {remark.quoted for remark in gaps}
    write_register(tmp_path, imported)


@needs_shared
@pytest.mark.parametrize("path", ["dpv/E0011.ttl", "dpv/E0056.ttl", "examples/ropa-minimal.jsonld"])
def test_the_same_file_gives_the_same_remarks_in_every_run(path):
    script = (
        "import sys, hashlib; from policies.registry.exchange import read_dpv;"
        "print(hashlib.sha256(repr([(r.place, r.quoted) for r in read_dpv(open(sys.argv[1], 'rb').read()).remarks]).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script, str(FORMATS / path)], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


# --- what is understood -----------------------------------------------------------------------------------------------


def test_a_basis_for_the_whole_process_goes_to_each_purpose_and_is_said():
    imported = read("e:P a dpv:Process ; dpv:hasPurpose dpv:DirectMarketing, dpv:PaymentManagement ; dpv:hasLegalBasis g:A6-1-a .")
    assert [one.basis for one in imported.activities[0].purposes] == ["consent", "consent"]
    assert "a legal basis for the whole process: given to each purpose, to be confirmed" in said(imported, "dpv:hasLegalBasis")


def test_several_bases_that_no_purpose_claims_are_not_shared_out():
    imported = read("e:P a dpv:Process ; dpv:hasPurpose dpv:DirectMarketing ; dpv:hasLegalBasis g:A6-1-a, g:A6-1-b .")
    assert imported.activities[0].purposes[0].basis is None
    assert "several legal bases for the process, none tied to a purpose: to be tied" in said(imported, "dpv:hasLegalBasis")


def test_a_purpose_keeps_its_own_basis():
    turtle = "e:P a dpv:Process ; dpv:hasPurpose e:A, e:B . e:A dpv:hasLegalBasis g:A6-1-c . e:B a dpv:Purpose ."
    bases = {one.title: one.basis for one in read(turtle).activities[0].purposes}
    assert bases == {"A": "legal-obligation", "B": None}


def test_an_article_9_condition_is_a_reference_and_no_basis():
    imported = read("e:P a dpv:Process ; dpv:hasPurpose e:A ; dpv:hasLegalBasis g:A9-2-g .")
    (activity,) = imported.activities
    assert [one.text for one in activity.references] == ["RGPD, article 9(2)(g)"]
    assert activity.purposes[0].basis is None


@pytest.mark.parametrize(
    ("condition", "length"),
    [
        ('[ a dpv:StorageDeletion ; dpv:hasDuration "P2Y"^^<http://www.w3.org/2001/XMLSchema#duration> ]', "P2Y"),
        ('[ a dpv:StorageDeletion ; dpv:hasDuration [ <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> "P4M" ] ]', "P4M"),
        (
            "[ a dpv:StorageDeletion ; dpv:hasDuration [ t:numericDuration 3.0 ; t:unitType t:unitDay ] ]",
            "P3D",
        ),
    ],
)
def test_a_deletion_with_its_length_is_a_term(condition, length):
    (term,) = read(f"e:P a dpv:Process ; dpv:hasStorageCondition {condition} .").activities[0].retention
    assert (str(term.duration), term.fate) == (length, "delete")


@pytest.mark.parametrize("value", ['"two years"', '"2026-01-01"^^<http://www.w3.org/2001/XMLSchema#date>', "[]", '"P1.5Y"'])
def test_a_length_that_cannot_be_read_is_told(value):
    imported = read(f"e:P a dpv:Process ; dpv:hasStorageCondition e:C . e:C a dpv:StorageDeletion ; dpv:hasDuration {value} .")
    assert imported.activities[0].retention == ()
    assert said(imported, "urn:e:C")


def test_a_deprecated_class_is_read_and_said():
    imported = read("e:P a dpv:PersonalDataHandling .")
    assert "“PersonalDataHandling” is to leave DPV: read as a Process" in said(imported, "urn:e:P")


def test_french_is_preferred_and_another_value_is_told():
    imported = read('e:P a dpv:Process ; <http://purl.org/dc/terms/title> "Fraud"@en, "Fraude"@fr, "Autre"@fr .')
    assert imported.activities[0].title == "Fraude"
    assert [remark.quoted for remark in imported.remarks if remark.said.en == "a statement that the register does not take"] == ["Autre"]


def test_names_that_make_the_same_id_stay_apart():
    imported = read('e:P a dpv:Process ; dpv:hasIdentifier "T 1" . e:Q a dpv:Process ; dpv:hasIdentifier "t-1" .')
    assert sorted(one.id for one in imported.activities) == ["t-1", "t-1-2"]
    assert next(one for one in imported.activities if one.id == "t-1").title == "Q"


def test_a_register_that_lists_itself_is_read_once():
    imported = read("e:R a dpv:ROPA ; dpv:hasProcess e:R .")
    assert [one.id for one in imported.activities] == ["r"]


def test_a_file_without_a_process_is_refused():
    with pytest.raises(UsageProblem, match="no process"):
        read("e:P a dpv:Purpose .")


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"@context": "https://w3id.org/dpv/dpv.jsonld", "@type": "dpv:ROPA"},
        {"@context": ["https://w3id.org/dpv#", {"a": "urn:a:"}]},
        {"@context": {"@import": "https://example.invalid/c.jsonld"}},
        {"@context": {"x": {"@id": "urn:x", "@context": "file:///etc/passwd"}}},
        {"@graph": [{"x": {"@context": "./local.jsonld"}}]},
    ],
)
def test_a_context_that_stands_elsewhere_is_refused_and_never_fetched(document):
    content = json.dumps(document).encode()
    assert detect(content) == "dpv"
    with pytest.raises(UsageProblem, match="never fetched") as refused:
        read_dpv(content)
    assert refused.value.exit_code == 2


def test_a_context_given_twice_hides_no_address():
    content = b'{"@context": {"dpv": "https://w3id.org/dpv#"}, "@context": "https://w3id.org/x.jsonld"}'
    with pytest.raises(UsageProblem, match="never fetched"):
        read_dpv(content)


def test_an_import_of_turtle_asks_for_nothing():
    imported = read("e:P a dpv:Process . <urn:o> <http://www.w3.org/2002/07/owl#imports> <https://example.invalid/o> .")
    assert any("owl:imports" in remark.place for remark in imported.remarks)


XML_BOMB = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><rdf:RDF>&b;</rdf:RDF>'


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (XML_BOMB, "RDF/XML"),
        (b"<rdf:RDF/>", "RDF/XML"),
        (b'{"@graph": [', "not whole JSON"),
        (b'{"@graph": ' + b"[" * 50_000, "not whole JSON|values that no register"),
        (b'{"@graph": ' + b"[" * 100 + b"]" * 100 + b"}", "nested too deeply"),
        (b'{"@graph": NaN}', "values that no register"),
        (b'{"@context": 3, "@id": "urn:a"}', "cannot be read as JSON-LD"),
        (b"@prefix dpv: <https://w3id.org/dpv#> .\n\ne:P a dpv:Process .", r"\(line 3\): the prefix e: is not declared"),
        (b"@prefix dpv: <https://w3id.org/dpv#> .\n<urn:a> a dpv:Process", "cannot be read as Turtle"),
        (b"@prefix dpv: <https://w3id.org/dpv#> .\n<urn:a> a dpv:Process ;; , .", r"Turtle \(line 2\)"),
        (b"@prefix dpv: <https://w3id.org/dpv#> .\n<urn:a> a " + b"[ a " * 20_000, "Turtle"),
        (b"@prefix dpv: <https://w3id.org/dpv#> . \xff", "UTF-8"),
        (b"@prefix dpv: <https://w3id.org/dpv#> .\n" + b"#" * 5_000_001, "larger than"),
    ],
)  # fmt: skip
def test_a_bomb_or_a_damaged_file_is_refused_with_exit_2(content, what):
    assert detect(content) == "dpv"
    with pytest.raises(UsageProblem, match=what) as refused:
        read_dpv(content)
    assert refused.value.exit_code == 2


def test_a_file_of_too_many_statements_is_refused(monkeypatch):
    monkeypatch.setattr("policies.registry.exchange.dpv_graph.MOST_STATEMENTS", 10)
    with pytest.raises(UsageProblem, match="more than 10 statements"):
        read(" ".join(f"e:P{rank} a dpv:Process ." for rank in range(11)))


@pytest.mark.parametrize("turtle", ["e:P a dpv:Process . e:Q a dpv:Process .", "e:P a dpv:Process ; dpv:hasRecipient e:A, e:B ."])
def test_a_file_that_names_more_than_any_register_is_refused(monkeypatch, turtle):
    monkeypatch.setattr("policies.registry.exchange.dpv.MOST_ENTRIES", 1)
    monkeypatch.setattr("policies.registry.exchange.dpv_graph.MOST_ENTRIES", 1)
    with pytest.raises(UsageProblem, match="more than 1 things"):
        read(turtle)


def test_no_value_of_the_file_reaches_a_log(caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        read('e:P a dpv:Process ; dpv:hasStorageCondition [ dpv:hasDuration "SECRET"^^<http://www.w3.org/2001/XMLSchema#duration> ] .')
    assert "SECRET" not in caplog.text
    assert "SECRET" not in "".join(capfd.readouterr())


def test_rdflib_loads_only_when_it_is_used():
    script = "import sys, policies.registry.exchange, reports.registre; sys.exit('rdflib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
