"""The demonstration finds what was planted, exactly; its clean twin has nothing to find."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

COUNTED = ("rows", "cards", "tokens", "recovered", "entries", "customers", "classes", "classes_below", "rows_below")


@pytest.fixture(scope="module")
def audit(planted, poincon):
    done = poincon("-n", planted, "audit", "--format", "json", cwd=planted.parent)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def truth(planted):
    return json.loads((planted / "truth.json").read_text(encoding="utf-8"))


def _findings(audit, rule):
    (found,) = [one for one in audit["rules"] if one["id"] == rule]
    return found["findings"]


def test_every_planted_rule_is_not_met_and_no_other(audit, truth):
    broken = {one["id"] for one in audit["rules"] if one["verdict"] == "not-met"}
    assert broken == {planted["rule"] for planted in truth["planted"]}
    assert len(broken) == 15


def test_every_planted_figure_is_found_exactly(audit, truth):
    missing = [planted for planted in truth["planted"] if not _found(planted, _findings(audit, planted["rule"]))]
    assert not missing


def _found(planted, findings):
    said = [{**finding["place"], **finding["evidence"]} for finding in findings]
    placed = [one for one in said if all(one.get(name) == planted[name] for name in ("table", "activity") if name in planted)]
    if "columns" in planted:
        return set(planted["columns"]) <= {one.get("column") for one in placed if one.get("kind") == planted["kind"]}
    figures = {name: planted[name] for name in COUNTED if name in planted}
    if not figures:
        return bool(placed)
    # Every figure the finding states is the planted one, and it states at least one of them.
    return any(figures.keys() & one.keys() and all(one[name] == value for name, value in figures.items() if name in one) for one in placed)


def test_nothing_is_found_beyond_what_was_planted(audit, truth):
    """Every finding is about a table, an activity or an account that the truth names under the same rule."""
    for outcome in audit["rules"]:
        planted = [one for one in truth["planted"] if one["rule"] == outcome["id"]]
        tables = {one.get("table") for one in planted} | {None, ""}
        activities = {one.get("activity") for one in planted} | {None, ""}
        for finding in outcome["findings"]:
            place = finding["place"]
            assert place.get("table") in tables or place.get("activity") in activities, (outcome["id"], place)


def test_the_two_verdicts_differ_on_the_hash_alone(audit):
    verdicts = {one["id"]: one["verdicts"] for one in audit["rules"]}
    differing = [rule for rule, both in verdicts.items() if both["au-015"] == "met" and both["gdpr"] == "not-met"]
    assert differing == ["BIL-ANO-HASH"]


def test_the_clean_twin_has_no_finding_and_everything_was_checked(clean, poincon):
    done = poincon("-n", clean, "audit", "--format", "json", cwd=clean.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = json.loads(done.stdout)["rules"]
    assert Counter(one["verdict"] for one in outcomes) == {"met": 14, "not-applicable": 1}
    assert not any(one["findings"] for one in outcomes)


def test_two_audits_of_the_same_input_give_the_same_bytes(planted, poincon):
    first, second = (poincon("-n", planted, "audit", "--format", "json", cwd=planted.parent).stdout for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("threshold", "code"), [("minor", 1), ("major", 1), ("blocking", 1), ("never", 0)])
def test_the_threshold_decides_the_exit_code(planted, poincon, threshold, code):
    assert poincon("-n", planted, "audit", "--fail-on", threshold, "--format", "json", cwd=planted.parent).returncode == code


def test_a_table_nobody_mapped_outranks_the_findings(planted, poincon, tmp_path):
    network = Path(shutil.copytree(planted, tmp_path / "lille"))
    mapping = network / "mapping.yml"
    tables = yaml.safe_load(mapping.read_text(encoding="utf-8"))
    del tables["tables"]["payment_incidents"]
    mapping.write_text(yaml.safe_dump(tables, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = poincon("-n", network, "audit", "--format", "json", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    (rule,) = [one for one in json.loads(done.stdout)["rules"] if one["id"] == "BIL-RET-IMPAYE-REGUL"]
    assert rule["verdict"] == "could-not-check"
    assert "payment_incidents" in rule["reason"]
