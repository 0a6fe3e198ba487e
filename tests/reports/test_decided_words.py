"""Decisions change what counts, and never what is said to be met."""

import json
from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from auditor.vocabulary.decisions import Decisions, Waiver, marks
from auditor.vocabulary.outcomes import Verdict
from reports.decided import decisions_view, warnings
from reports.evidence import Conclusion
from reports.html import render_audit
from reports.json import audit_json, schema
from reports.view import audit_view

DAY = date(2026, 10, 31)


def all_known(evidence):
    return replace(evidence, absent=(), outcomes=evidence.outcomes[4:], decisions=Decisions(today=DAY, known=marks(evidence.outcomes)))


def test_the_published_schema_accepts_every_audit(evidence, decided, make_evidence):
    declared = json.loads(schema("audit-2"))
    jsonschema.Draft202012Validator.check_schema(declared)
    for audit in (evidence, decided, make_evidence(outcomes=(), readings=(), absent=())):
        jsonschema.Draft202012Validator(declared).validate(json.loads(audit_json(audit)))


def test_every_decision_is_in_the_json(decided, golden):
    document = json.loads(audit_json(decided))
    assert document["summary"]["standings"] == {"new": 2, "known": 1, "waived": 1}
    assert [one["id"] for one in document["selection"]["left_out"]] == ["SEC-MDP"]
    assert {one["id"]: one["state"] for one in document["waivers"]} == {
        "W-1": "in-force",
        "W-2": "expired",
        "W-3": "malformed",
        "W-4": "in-force",
    }
    assert document["baseline"]["gone"][0]["table"] == "gestion.contrats"
    assert document["trend"]["lost"] == ["BIL-RET-VALID-TARDIVE"]
    golden("decided.json", audit_json(decided))


def test_known_debt_alone_no_longer_counts_and_is_still_not_met(evidence):
    audit = all_known(evidence)
    assert (audit.conclusion, audit.exit_code) == (Conclusion.DECIDED, 0)
    assert all(outcome.verdict() is Verdict.NOT_MET for outcome in audit.outcomes)
    assert "ne sont pas respectées" in audit_view(audit).verdict


def test_one_new_finding_beside_known_debt_counts(evidence):
    audit = all_known(evidence)
    first = min(audit.decisions.known)
    assert replace(audit, decisions=replace(audit.decisions, known=audit.decisions.known - {first})).exit_code == 1


def test_could_not_check_is_covered_by_no_decision(evidence):
    assert replace(evidence, decisions=Decisions(today=DAY, known=marks(evidence.outcomes))).exit_code == 3


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 2)])
def test_lapsed_waivers_refuse_the_run_only_when_asked(evidence, strict, code):
    lapsed = Waiver(id="W-9", rule="X", created=date(2025, 1, 1), expires=date(2025, 12, 31))
    audit = all_known(evidence)
    assert replace(audit, decisions=replace(audit.decisions, waivers=(lapsed,), strict=strict)).exit_code == code


def test_an_end_is_told_a_month_before(decided):
    words = {one.id: one.word for one in decisions_view(decided, "fr").waivers}
    assert words["W-1"] == "en vigueur, encore\N{NO-BREAK SPACE}15\N{NO-BREAK SPACE}jours"
    assert words["W-4"] == "en vigueur"
    last = replace(decided, decisions=replace(decided.decisions, today=date(2026, 11, 15)))
    assert {one.id: one.word for one in decisions_view(last, "en").waivers}["W-1"] == "in force, last day"


def test_lapsed_broad_and_unused_waivers_are_warned_by_name(decided):
    told = " ".join(warnings(decisions_view(decided, "en"), "en"))
    for said in ("W-2", "W-3", "W-4", "expired on 30", "“expires” is missing", "covers no finding any more", "broad"):
        assert said in told
    assert "W-1" not in told


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_report_with_decisions_is_as_kept(decided, golden, lang):
    golden(f"decided.{lang}.html", render_audit(decided, lang))


def test_a_reason_reaches_html_escaped(make_decided):
    hostile = Waiver(id="W-<b>", rule="R", reason="<script>x</script>", created=DAY, expires=DAY)
    page = render_audit(make_decided(decisions=Decisions(today=DAY, waivers=(hostile,))))
    assert "<script>" not in page
    assert "W-&lt;b&gt;" in page
