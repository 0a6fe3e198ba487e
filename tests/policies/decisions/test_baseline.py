"""A baseline records debt by place and kind, survives the drift of counts and dates, and never grows by itself."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.vocabulary.decisions import Decisions, Mark, Standing, Waiver, mark_of, marks
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.law import Force, Frame, Reading
from auditor.vocabulary.outcomes import Checked, Finding, NotChecked, Outcome, Place, RuleCard, Severity
from auditor.vocabulary.text import Text
from policies.decisions import baseline_text, read_baseline, recordable, updated

TODAY = date(2026, 10, 31)


def found(table="t", column="c", **evidence):
    return Finding(evidence=evidence or {"rows": 3}, place=Place(table=table, column=column, file="registre/a.yml", line=3))


def outcome(rule="R-1", *findings, answer=None):
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


def known(*outcomes):
    return Decisions(today=TODAY, known=marks(outcomes))


@given(rows=st.integers(min_value=0), share=st.floats(0, 1), oldest=st.dates(), line=st.integers(min_value=1))
def test_a_fingerprint_depends_on_no_count_no_share_no_date_and_no_line(rows, share, oldest, line):
    one = Finding(evidence={"rows": rows, "share": share, "oldest": oldest, "kind": "place-held"}, place=Place(table="t", line=line))
    other = Finding(evidence={"kind": "place-held"}, place=Place(table="t", file="registre/b.yml"))
    assert mark_of("R-1", one).fingerprint == mark_of("R-1", other).fingerprint


@pytest.mark.parametrize(
    ("rule", "finding"),
    [
        ("R-2", found()),
        ("R-1", found(table="u")),
        ("R-1", found(column="d")),
        ("R-1", Finding(evidence={}, place=Place(activity="a", table="t", column="c"))),
        ("R-1", found(kind="place-held")),
        ("R-1", found(recipient="etudes")),
        ("R-1", found(missing="security")),
    ],
)
def test_another_rule_place_or_kind_is_another_finding(rule, finding):
    assert mark_of(rule, finding).fingerprint != mark_of("R-1", found()).fingerprint


def test_the_file_tells_findings_apart_only_when_nothing_else_says_where():
    here, there = (Finding(evidence={}, place=Place(file=name)) for name in ("evidence/a.yml", "evidence/b.yml"))
    assert mark_of("R-1", here) != mark_of("R-1", there)


def test_a_baseline_is_sorted_versioned_and_holds_neither_counts_nor_dates(tmp_path):
    recorded = marks([outcome("R-2", found("b", rows=7)), outcome("R-1", found("z"), found("a", oldest=TODAY, kind="place-held"))])
    text = baseline_text(recorded)
    document = json.loads(text)
    assert document["schema"] == "poincon-baseline/1"
    assert [(one["rule"], one["table"]) for one in document["findings"]] == [("R-1", "a"), ("R-1", "z"), ("R-2", "b")]
    assert "2026" not in text
    assert "rows" not in text
    (tmp_path / "baseline.json").write_text(text, encoding="utf-8")
    assert read_baseline(tmp_path) == recorded
    assert baseline_text(sorted(recorded, reverse=True)) == text


def test_no_file_is_no_baseline_and_an_empty_one_is_not(tmp_path):
    assert read_baseline(tmp_path) is None
    (tmp_path / "baseline.json").write_text(baseline_text([]), encoding="utf-8")
    assert read_baseline(tmp_path) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"schema": "poincon-baseline/9", "findings": []}',
        '{"schema": "poincon-baseline/1"}',
        '{"schema": "poincon-baseline/1", "findings": [{"table": "t"}]}',
        '{"schema": "poincon-baseline/1", "findings": [{"rule": "R-1", "rows": "3"}]}',
        '{"schema": "poincon-baseline/1", "findings": [{"rule": "R-1", "table": 3}]}',
        '{"schema": "poincon-baseline/1", "findings": [{"rule": "R-1", "table": "t", "fingerprint": "0"}]}',
    ],
)
def test_a_baseline_of_another_form_is_refused(tmp_path, text):
    (tmp_path / "baseline.json").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationProblem, match=r"baseline\.json") as refused:
        read_baseline(tmp_path)
    assert refused.value.next_step


def test_known_debt_does_not_count_and_what_is_new_does():
    decisions = known(outcome("R-1", found("old")))
    assert not decisions.counts(outcome("R-1", found("old", rows=99)))
    assert decisions.counts(outcome("R-1", found("old"), found("new")))
    assert decisions.standings(outcome("R-1", found("old"), found("new"))) == {Standing.NEW: 1, Standing.KNOWN: 1, Standing.WAIVED: 0}


def test_an_update_takes_out_what_is_gone_and_leaves_out_what_is_new():
    decisions = known(outcome("R-1", found("old"), found("fixed")))
    update = updated([outcome("R-1", found("old"), found("new"))], decisions)
    assert [mark.table for mark in update.gone] == ["fixed"]
    assert [mark.table for mark in update.left] == ["new"]
    assert {mark.table for mark in update.marks} == {"old"}
    assert (update.kept, update.added) == (1, ())


def test_an_update_takes_in_what_is_new_only_when_told_to():
    update = updated([outcome("R-1", found("old"), found("new"))], known(outcome("R-1", found("old"))), accept_new=True)
    assert [mark.table for mark in update.added] == ["new"]
    assert {mark.table for mark in update.marks} == {"old", "new"}


def test_debt_of_a_rule_that_was_not_checked_is_kept():
    decisions = known(outcome("R-1", found()), outcome("R-2", found()))
    update = updated([outcome("R-1", answer=NotChecked(reason="gone"))], decisions)
    assert update.gone == ()
    assert {mark.rule for mark in update.marks} == {"R-1", "R-2"}


def test_a_waived_finding_never_becomes_debt():
    waiver = Waiver(id="W-1", rule="R-1", table="t", created=TODAY, expires=TODAY)
    decisions = Decisions(today=TODAY, waivers=(waiver,))
    assert recordable([outcome("R-1", found("t"), found("u"))], decisions) == {Mark(rule="R-1", table="u", column="c")}
    assert decisions.standing(mark_of("R-1", found("t"))) is Standing.WAIVED
