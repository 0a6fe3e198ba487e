"""A waiver holds for a term, in a place, for a reason; whatever is wrong with one, it covers nothing and says so."""

from datetime import date

import pytest

from auditor.vocabulary.decisions import Decisions, Mark, Standing, WaiverState, last_day
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.law import Force, Frame, Reading
from auditor.vocabulary.outcomes import Checked, Finding, NotChecked, Outcome, Place, RuleCard, Severity
from auditor.vocabulary.text import Text
from policies.decisions import read_decisions, read_waivers

RULES = ("BIL-RET-CLIENT", "REG-CHAMPS")
TODAY = date(2026, 10, 31)
GOOD = {
    "id": "W-1",
    "rule": "BIL-RET-CLIENT",
    "table": "gestion.clients",
    "reason": "Purge planifiée",
    "approved_by": "DPO",
    "created": "2026-01-15",
    "expires": "2026-10-31",
}
MARK = Mark(rule="BIL-RET-CLIENT", table="gestion.clients", column="fin_contrat")


def written(folder, *waivers):
    lines = ["waivers:"]
    for waiver in waivers:
        lines += [f"  {'-' if rank == 0 else ' '} {key}: {value}" for rank, (key, value) in enumerate(waiver.items())]
    (folder / "waivers.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def only(folder, **changes):
    waiver = {key: value for key, value in (GOOD | changes).items() if value is not None}
    (found,) = read_waivers(written(folder, waiver), RULES)
    return found


def outcome(rule, *findings, answer=None):
    card = RuleCard(
        id=rule,
        name=rule.lower(),
        family="retention",
        title=Text(rule, rule),
        severity=Severity.MAJOR,
        sources=(),
        force=Force.STATUTE,
        reading=Reading.VERIFIED,
        parameters={},
        message=Text("", ""),
        remediation=Text("", ""),
        rationale=Text("", ""),
        frames=frozenset(Frame),
    )
    return Outcome(rule=card, answer=answer or Checked(rows_examined=1, findings=findings))


def test_a_folder_without_waivers_has_none(tmp_path):
    assert read_waivers(tmp_path, RULES) == ()


def test_a_whole_waiver_is_read_with_its_line(tmp_path):
    waiver = only(tmp_path, ticket="SI-142")
    assert (waiver.id, waiver.ticket, waiver.line, waiver.faults) == ("W-1", "SI-142", 2, ())
    assert waiver.state(TODAY) is WaiverState.IN_FORCE


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2026, 1, 14), WaiverState.NOT_YET),
        (date(2026, 1, 15), WaiverState.IN_FORCE),
        (date(2026, 10, 31), WaiverState.IN_FORCE),
        (date(2026, 11, 1), WaiverState.EXPIRED),
    ],
)
def test_the_first_and_the_last_day_are_inclusive(tmp_path, today, state):
    assert only(tmp_path).state(today) is state


@pytest.mark.parametrize(("expires", "faults"), [("2027-01-15", 0), ("2027-01-16", 1), ("2026-01-15", 0), ("2026-01-14", 1)])
def test_a_year_at_most_to_the_day(tmp_path, expires, faults):
    assert len(only(tmp_path, expires=expires).faults) == faults


def test_a_year_from_the_29_of_february_ends_on_the_28():
    assert last_day(date(2028, 2, 29)) == date(2029, 2, 28)


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": None},
        {"expires": "demain"},
        {"expires": "2026-13-01"},
        {"expires": "31/12/2026"},
        {"created": "2026-02-30"},
        {"reason": None},
        {"reason": "''"},
        {"approved_by": None},
        {"approved_by": "Mme Dupont"},
        {"approved_by": "jeanne.dupont@example.org"},
        {"rule": "BIL-RET-CLIENTS"},
        {"colum": "fin_contrat"},
        {"table": "[a, b]"},
        {"table": "''"},
    ],
)
def test_a_waiver_at_fault_is_malformed_covers_nothing_and_says_why(tmp_path, changes):
    waiver = only(tmp_path, **changes)
    assert waiver.state(TODAY) is WaiverState.MALFORMED
    assert all(fault.fr and fault.en for fault in waiver.faults)
    assert Decisions(today=TODAY, waivers=(waiver,)).standing(MARK) is Standing.NEW


def test_one_waiver_at_fault_leaves_the_others_in_force(tmp_path):
    good, bad = read_waivers(written(tmp_path, GOOD, GOOD | {"id": "W-2", "expires": "jamais"}), RULES)
    assert good.state(TODAY) is WaiverState.IN_FORCE
    assert bad.state(TODAY) is WaiverState.MALFORMED


def test_two_waivers_of_one_id_are_both_malformed(tmp_path):
    assert all(one.state(TODAY) is WaiverState.MALFORMED for one in read_waivers(written(tmp_path, GOOD, GOOD), RULES))


def test_a_waiver_without_an_id_is_named_by_its_line(tmp_path):
    assert only(tmp_path, id=None).id == "waivers.yml:2"


def test_a_rule_is_named_in_any_case(tmp_path):
    assert only(tmp_path, rule="bil-ret-client").rule == "BIL-RET-CLIENT"


@pytest.mark.parametrize("text", ["waivers: {a: b}\n", "derogations: []\n", "- id: [\n", "waivers: 3\n", ""])
def test_a_file_of_another_shape_is_refused_with_its_name(tmp_path, text):
    (tmp_path / "waivers.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationProblem, match=r"waivers\.yml"):
        read_waivers(tmp_path, RULES)


def test_an_empty_list_holds_no_waiver(tmp_path):
    (tmp_path / "waivers.yml").write_text("waivers:\n", encoding="utf-8")
    assert read_waivers(tmp_path, RULES) == ()


@pytest.mark.parametrize(
    ("changes", "covered", "broad"),
    [
        ({}, True, False),
        ({"column": "fin_contrat"}, True, False),
        ({"column": "autre"}, False, False),
        ({"table": "gestion.*"}, True, True),
        ({"table": "archives.*"}, False, True),
        ({"table": None}, True, True),
        ({"activity": "relation-client"}, False, False),
        ({"rule": "REG-CHAMPS"}, False, False),
    ],
)
def test_a_waiver_covers_the_place_it_names_and_a_glob_is_reported(tmp_path, changes, covered, broad):
    waiver = only(tmp_path, **changes)
    assert (Decisions(today=TODAY, waivers=(waiver,)).standing(MARK) is Standing.WAIVED) is covered
    assert waiver.broad is broad


def test_an_unused_waiver_is_told_only_when_its_rule_was_checked(tmp_path):
    decisions = read_decisions(written(tmp_path, GOOD), RULES, TODAY)
    elsewhere = Finding(evidence={"rows": 1}, place=Place(table="autre"))
    assert [one.id for one in decisions.unused([outcome("BIL-RET-CLIENT", elsewhere)])] == ["W-1"]
    assert decisions.unused([outcome("BIL-RET-CLIENT", answer=NotChecked(reason="gone"))]) == ()
    assert decisions.unused([outcome("REG-CHAMPS")]) == ()
    there = Finding(evidence={"rows": 1}, place=Place(table="gestion.clients"))
    assert decisions.unused([outcome("BIL-RET-CLIENT", there)]) == ()
    assert decisions.covered([outcome("BIL-RET-CLIENT", there, elsewhere)]) == {"W-1": 1}


def test_what_could_not_be_checked_is_covered_by_no_waiver(tmp_path):
    decisions = read_decisions(written(tmp_path, GOOD), RULES, TODAY)
    assert decisions.counts(outcome("BIL-RET-CLIENT", answer=NotChecked(reason="gone"))) is False
    assert outcome("BIL-RET-CLIENT", answer=NotChecked(reason="gone")).verdict() == "could-not-check"
