"""A trend says what moved between two audits, by rule and by count, and only among what was checked both times."""

from datetime import datetime

from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.trend import AuditRecord, Change, RuleRecord, compare

THEN, NOW = datetime(2026, 9, 30), datetime(2026, 10, 31)


def broken(number, unit="rows", findings=1):
    return RuleRecord(verdict=Verdict.NOT_MET, findings=findings, unit=unit, number=number)


MET = RuleRecord(verdict=Verdict.MET)
UNKNOWN = RuleRecord(verdict=Verdict.COULD_NOT_CHECK)


def audit(as_of=NOW, **rules):
    return AuditRecord(as_of=as_of, tool_version="0.1.0", input_digest="d", rules=rules)


def test_each_rule_moves_in_one_way_at_most():
    before = audit(THEN, a=MET, b=broken(3), c=broken(9), d=broken(2), e=broken(4), f=MET)
    trend = compare(before, audit(a=broken(5), b=broken(4), c=broken(1), d=MET, e=broken(4), f=MET))
    assert trend.since == THEN
    assert trend.new == (Change(rule="a", unit="rows", before=0, now=5),)
    assert trend.worse == (Change(rule="b", unit="rows", before=3, now=4),)
    assert trend.better == (Change(rule="c", unit="rows", before=9, now=1),)
    assert trend.gone == (Change(rule="d", unit="rows", before=2, now=0),)
    assert not trend.steady


def test_what_could_no_longer_be_checked_is_neither_better_nor_gone():
    trend = compare(audit(THEN, a=broken(3), b=UNKNOWN), audit(a=UNKNOWN, b=UNKNOWN))
    assert (trend.lost, trend.gone, trend.better) == (("a",), (), ())


def test_a_rule_broken_now_and_unknown_then_is_not_called_new():
    assert compare(audit(THEN, a=UNKNOWN), audit(a=broken(3))).steady


def test_a_rule_that_was_not_asked_is_not_compared():
    trend = compare(audit(THEN, a=MET), audit(a=MET, b=broken(3)))
    assert (trend.not_compared, trend.steady) == (("b",), True)


def test_counts_of_two_units_are_compared_by_findings():
    trend = compare(audit(THEN, a=broken(300, findings=1)), audit(a=broken(2, unit="cards", findings=2)))
    assert trend.worse == (Change(rule="a", unit="findings", before=1, now=2),)
