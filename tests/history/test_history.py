"""The history is appended to, private, and survives a line cut short."""

import json
import stat
from datetime import date, datetime

import pytest

from auditor.history import FILE, History, digests
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.trend import AuditRecord, RuleRecord


def audit(day=31, rows=3, *rules):
    found = RuleRecord(verdict=Verdict.NOT_MET, findings=1, unit="rows", number=rows)
    return AuditRecord(as_of=datetime(2026, 10, day), tool_version="0.1.0", input_digest="d", rules=dict.fromkeys(rules or ("R-1",), found))


def test_nothing_is_made_before_the_first_line(tmp_path):
    history = History(tmp_path / "state" / FILE)
    assert (history.audits(), history.drills()) == ((), [])
    assert not (tmp_path / "state").exists()


def test_what_is_written_is_read_back_and_private(tmp_path):
    file = tmp_path / "state" / FILE
    History(file).add_audit(audit())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert History(file).audits() == (audit(),)


def test_the_same_audit_twice_leaves_one_line(tmp_path):
    history = History(tmp_path / FILE)
    for _ in range(3):
        history.add_audit(audit())
    assert len(History(tmp_path / FILE).audits()) == 1


def test_an_audit_is_compared_with_the_last_one_unlike_it(tmp_path):
    history = History(tmp_path / FILE)
    assert history.last_unlike(audit(31)) is None
    history.add_audit(audit(30))
    history.add_audit(audit(31))
    assert history.last_unlike(audit(31)) == audit(30)
    assert history.last_unlike(audit(31, 2)) == audit(31)


def test_an_audit_of_a_few_rules_is_passed_over_for_a_whole_one(tmp_path):
    history = History(tmp_path / FILE)
    history.add_audit(audit(29, 3, "R-1", "R-2"))
    history.add_audit(audit(30, 3, "R-1"))
    assert history.last_unlike(audit(31, 3, "R-1", "R-2")) == audit(29, 3, "R-1", "R-2")


def test_lines_that_cannot_be_read_are_counted_and_the_rest_is_kept(tmp_path):
    file = tmp_path / FILE
    History(file).add_audit(audit(30))
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"v": 1, "kind": "audit"}\n[3]\n{"v": 1, "kind": "aud')
    History(file).add_audit(audit(31))
    history = History(file)
    assert history.audits() == (audit(30), audit(31))
    assert history.unreadable == 3


def test_a_folder_where_a_file_is_expected_is_could_not_check(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(CouldNotCheck, match="history"):
        History(tmp_path / FILE)


def test_drills_come_back_as_rows_of_the_recorded_relation(tmp_path):
    history = History(tmp_path / FILE)
    history.add_drill(date(2026, 10, 1), steps=7, failed=0)
    history.add_drill(date(2026, 10, 2), steps=7, failed=2)
    history.add_drill(date(2026, 10, 3), steps=0, failed=0)
    assert [(row["held_on"].day, row["passed"]) for row in History(tmp_path / FILE).drills()] == [(1, True), (2, False), (3, False)]


def test_the_day_a_table_changed_is_the_day_it_was_first_seen_otherwise(tmp_path):
    history = History(tmp_path / FILE)
    assert history.schemas({"t": "a"}, date(2026, 1, 1)) == [{"table": "t", "changed_on": None}]
    history.add_schemas({"t": "a", "u": "a"}, date(2026, 1, 1))
    assert history.schemas({"t": "b"}, date(2026, 2, 1)) == [{"table": "t", "changed_on": date(2026, 2, 1)}]
    history.add_schemas({"t": "b", "u": "a"}, date(2026, 2, 1))
    later = History(tmp_path / FILE)
    assert later.schemas({"t": "b", "u": "a"}, date(2026, 3, 1)) == [
        {"table": "t", "changed_on": date(2026, 2, 1)},
        {"table": "u", "changed_on": None},
    ]


def test_unchanged_columns_leave_no_line(tmp_path):
    history = History(tmp_path / FILE)
    history.add_schemas({"t": "a"}, date(2026, 1, 1))
    history.add_schemas({"t": "a"}, date(2026, 2, 1))
    assert len((tmp_path / FILE).read_text(encoding="utf-8").splitlines()) == 1


def test_a_digest_depends_on_names_and_types_and_not_on_their_order():
    one = {"table": "t", "column": "a", "type": "string"}
    other = {"table": "t", "column": "b", "type": "int64"}
    assert digests([one, other]) == digests([other, one, one])
    assert digests([one, other]) != digests([one, other | {"type": "string"}])


def test_a_line_holds_counts_days_and_digests_only(tmp_path):
    History(tmp_path / FILE).add_audit(audit())
    line = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    assert set(line) == {"v", "kind", "as_of", "tool_version", "input_digest", "rules"}
    assert set(line["rules"]["R-1"]) == {"verdict", "findings", "unit", "number"}
