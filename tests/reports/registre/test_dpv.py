"""The register as JSON-LD in the terms of DPV 2.3: RDF that anyone parses offline, and nothing lost on the way back."""

import json
import warnings
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SKOS, XSD

from auditor.vocabulary import dpv
from auditor.vocabulary.register import Activity, Purpose, Retention
from policies.registry import load_register, write_starter
from policies.registry.exchange import detect, read_dpv
from reports.registre import read_audit, render_dpv
from tests.reports.registre.test_ods import ACTIVITIES, AUDIT, WHOLE, register

DPV = dpv.NAMESPACES["dpv"]
OURS = dpv.NAMESPACES["poincon"]
GDPR = dpv.NAMESPACES["eu-gdpr"]
TAPS = URIRef(dpv.NAMESPACES["fiche"] + "taps")


@pytest.fixture(autouse=True)
def _no_warning_of_rdflib_about_itself():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated")
        yield


def graph(content):
    return Graph().parse(data=content, format="json-ld")


def objects(held, node, name):
    return set(held.objects(node, URIRef(DPV + name)))


def test_it_parses_as_rdf_with_a_context_of_its_own():
    content = render_dpv(register(WHOLE))
    context = json.loads(content)["@context"]
    assert all(isinstance(held, str) and held.endswith(("#", "/", ":")) for held in context.values())
    held = graph(content)
    assert (TAPS, RDF.type, URIRef(DPV + "Process")) in held
    assert set(held.objects(URIRef(OURS + "registre"), URIRef(DPV + "hasProcess"))) == {TAPS}
    assert not [node for node in held.all_nodes() if isinstance(node, BNode)]


def test_a_term_is_an_iso_duration_that_rdf_types():
    held = graph(render_dpv(register(WHOLE)))
    durations = {value for value in held.objects(None, RDF.value) if isinstance(value, Literal)}
    assert {value.datatype for value in durations} == {XSD.duration}
    assert len(objects(held, TAPS, "hasStorageCondition")) == 2


def test_bases_rights_and_operations_are_terms_of_dpv():
    whole = replace(WHOLE, rights="Accès, rectification, opposition ; réclamation auprès de la CNIL")
    held = graph(render_dpv(register(whole)))
    assert objects(held, TAPS, "hasLegalBasis") == {URIRef(GDPR + "A6-1-e")}
    assert objects(held, TAPS, "hasRight") == {URIRef(GDPR + article) for article in ("A15", "A16", "A21", "A77")}
    assert {str(one)[len(DPV) :] for one in objects(held, TAPS, "hasProcessing")} == {
        "Collect", "Store", "Pseudonymise", "Disclose", "CrossBorderTransfer", "Anonymise",
    }  # fmt: skip


def test_a_purpose_is_the_exact_concept_or_one_of_ours_with_a_close_match():
    purposes = (Purpose(id="a", title="A", family="fraude"), Purpose(id="b", title="B", family="qualite"))
    held = graph(render_dpv(register(replace(WHOLE, purposes=purposes))))
    kinds = {str(kind) for node in objects(held, TAPS, "hasPurpose") for kind in held.objects(node, RDF.type)}
    assert kinds == {DPV + "Purpose", DPV + "FraudPreventionAndDetection", OURS + "famille-qualite"}
    assert set(held.objects(URIRef(OURS + "famille-qualite"), SKOS.closeMatch)) == {URIRef(DPV + "ServiceOptimisation")}


def test_the_scale_of_risk_has_four_levels_of_ours_and_rounds_none():
    held = graph(render_dpv(register(WHOLE)))
    levels = set(held.subjects(SKOS.inScheme, URIRef(OURS + "echelle-de-risque")))
    assert {str(one)[len(OURS) :] for one in levels} == {"risque-negligible", "risque-limited", "risque-significant", "risque-maximal"}
    assert {str(one)[len(dpv.NAMESPACES["risk"]) :] for level in levels for one in held.objects(level, SKOS.closeMatch)} == {
        "VeryLowRisk", "LowRisk", "HighRisk", "VeryHighRisk",
    }  # fmt: skip
    assert set(held.objects(None, URIRef(DPV + "hasRiskLevel"))) == {URIRef(OURS + "risque-limited")}


def test_what_is_said_not_to_be_held_is_not_claimed():
    whole = replace(WHOLE, data_categories=("Ventes, sans numéro de carte bancaire ni nom", "Numéro de carte"))
    held = graph(render_dpv(register(whole)))
    close = {
        str(one)[len(dpv.NAMESPACES["pd"]) :] for one in held.objects(None, SKOS.closeMatch) if str(one).startswith(dpv.NAMESPACES["pd"])
    }
    assert close == {"Identifier"}


def test_the_same_register_gives_the_same_bytes_whatever_its_order():
    other = Activity(id="bare", title="Nue")
    assert render_dpv(register(WHOLE, other)) == render_dpv(register(other, WHOLE))


def test_what_comes_back_is_the_register(tmp_path):
    write_starter(tmp_path)
    for given_register in (load_register(tmp_path), register(WHOLE), register(Activity(id="registre", title="Nue"))):
        content = render_dpv(given_register)
        assert detect(content) == "dpv"
        imported = read_dpv(content)
        assert {one.id: one for one in imported.activities} == {one.activity.id: one.activity for one in given_register.activities}
        assert imported.remarks == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.generate])
@given(activity=ACTIVITIES)
def test_any_register_comes_back_whole(activity):
    imported = read_dpv(render_dpv(register(activity)))
    assert imported.activities == (activity,)
    assert imported.remarks == ()


def test_it_comes_back_through_another_form_of_rdf():
    turtle = graph(render_dpv(register(WHOLE))).serialize(format="turtle").encode()
    assert detect(turtle) == "dpv"
    imported = read_dpv(turtle)
    assert imported.activities == (WHOLE,)
    assert imported.remarks == ()


@pytest.mark.parametrize("transfers", [None, "none", ()])
def test_nothing_said_of_transfers_is_not_none(transfers):
    (activity,) = read_dpv(render_dpv(register(replace(WHOLE, transfers=transfers)))).activities
    assert activity.transfers == transfers


def test_a_term_that_a_person_corrects_in_the_file_is_read_corrected():
    content = render_dpv(register(WHOLE)).replace(b'"PT48H"', b'"PT24H"')
    term = read_dpv(content).activities[0].retention[0]
    assert term == replace(WHOLE.retention[0], duration=term.duration)
    assert str(term.duration) == "PT24H"


def test_a_statement_added_to_a_file_of_ours_is_told():
    document = json.loads(render_dpv(register(WHOLE)))
    document["@graph"][0]["dpv:hasProcess"][0]["dpv:hasLocation"] = {"@id": "loc:FR"}
    (remark,) = read_dpv(json.dumps(document).encode()).remarks
    assert (remark.place, remark.quoted, remark.activity) == ("fiche:taps, dpv:hasLocation", "loc:FR", "taps")


def test_an_audit_gives_its_status_and_day_and_an_import_does_not_read_them():
    content = render_dpv(register(WHOLE), measured=read_audit(AUDIT))
    held = graph(content)
    assert objects(held, TAPS, "hasComplianceStatus") == {URIRef(DPV + "NonCompliant")}
    assert set(held.objects(TAPS, URIRef(OURS + "auditedOn"))) == {Literal(date(2026, 10, 31))}
    assert read_dpv(content) == read_dpv(render_dpv(register(WHOLE)))


def test_a_rule_that_could_not_be_checked_never_reads_as_compliant():
    unchecked = AUDIT.replace(b'"verdict": "not-met"', b'"verdict": "could-not-check"')
    held = graph(render_dpv(register(WHOLE), measured=read_audit(unchecked)))
    assert objects(held, TAPS, "hasComplianceStatus") == {URIRef(OURS + "not-fully-checked")}
    met = AUDIT.replace(b'"verdict": "not-met"', b'"verdict": "met"')
    held = graph(render_dpv(register(WHOLE), measured=read_audit(met)))
    assert objects(held, TAPS, "hasComplianceStatus") == {URIRef(DPV + "Compliant")}


def test_every_field_of_a_term_comes_back():
    term = Retention(
        data="", duration=WHOLE.retention[0].duration, starts="", fate="archive", table="t", column="c", applies_to="identified",
        condition="Si", archives_agreement="Accord", purpose="p1", justification="Loi",
    )  # fmt: skip
    (activity,) = read_dpv(render_dpv(register(replace(WHOLE, retention=(term,))))).activities
    assert activity.retention == (term,)
