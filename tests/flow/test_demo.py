"""The demonstration finds what was planted, exactly; its clean twin has nothing to find."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from auditor.vocabulary.words import KINDS

FIGURES = frozenset({
    "accounts", "cards", "classes", "classes_below", "classes_telling", "customers", "entries", "products", "recovered", "requests", "rows",
    "rows_below", "tokens",
})  # fmt: skip
"""What is counted: a finding that states one of them states the planted one."""
SAID = ("activity", "algorithm", "column", "declared", "file", "missing", "points", "recipient", "table", "value")
"""Where a finding is and what it is about: what the truth says of these, the finding says too."""
NOTHING_TO_LOOK_AT = {"BIL-ANO-HASH", "RGPD-PSE-SEPARATION", "RGPD-PSE-ROTATION", "DROIT-ACC-PSEUDO", "OD-FORMATS"}
"""In the clean twin: neither token, nor pseudonymised table, nor publication."""


@pytest.fixture(scope="module")
def audit(planted, poincon):
    done = poincon("-n", planted, "audit", "--format", "json", cwd=planted.parent)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def truth(planted):
    return json.loads((planted / "truth.json").read_text(encoding="utf-8"))


def _by_rule(audit, truth):
    for outcome in audit["rules"]:
        said = [{**finding["place"], **finding["evidence"]} for finding in outcome["findings"]]
        yield outcome["id"], [one for one in truth["planted"] if one["rule"] == outcome["id"]], said


def _claims(planted, said):
    """Tell whether a finding is the planted one: same kind and place, and no figure that differs."""
    if planted["kind"] in KINDS and said.get("kind", planted["kind"]) != planted["kind"]:
        return False
    if isinstance(planted.get("columns"), list):
        return said.get("column") in planted["columns"] and said.get("table") == planted["table"]
    if any(said.get(name) != planted[name] for name in SAID if name in planted and name in _TOLD_BY.get(planted["kind"], SAID)):
        return False
    counted = [name for name in FIGURES & planted.keys() if name in said]
    return all(said[name] == planted[name] for name in counted)


_TOLD_BY = {"unsalted-hash": ("table", "column")}
"""The truth says more of some than the finding does."""


def test_every_rule_that_can_be_broken_here_is(audit, truth):
    verdicts = {one["id"]: one["verdict"] for one in audit["rules"]}
    broken = {rule for rule, verdict in verdicts.items() if verdict == "not-met"}
    assert broken == {planted["rule"] for planted in truth["planted"]}
    assert (len(broken), len(verdicts)) == (81, 82)
    # Formats are judged on what the ledger says was published, and nothing was.
    assert verdicts["OD-FORMATS"] == "not-applicable"


def test_every_planted_figure_is_found_exactly(audit, truth):
    missing = [one for _, planted, said in _by_rule(audit, truth) for one in planted if not any(_claims(one, told) for told in said)]
    assert not missing


def test_a_planted_count_is_compared_with_a_count(audit, truth):
    """A finding that counts nothing would pass for exact: every planted count meets one."""
    uncounted = [
        one
        for _, planted, said in _by_rule(audit, truth)
        for one in planted
        if FIGURES & one.keys() and not any(_claims(one, told) and FIGURES & one.keys() & told.keys() for told in said)
    ]
    assert not uncounted


def test_nothing_is_found_beyond_what_was_planted(audit, truth):
    beyond = [
        (rule, told) for rule, planted, said in _by_rule(audit, truth) for told in said if not any(_claims(one, told) for one in planted)
    ]
    assert not beyond


def test_the_two_verdicts_differ_on_the_hash(audit):
    verdicts = {one["id"]: one["verdicts"] for one in audit["rules"]}
    differing = {rule for rule, both in verdicts.items() if both["au-015"] == "met" and both["gdpr"] == "not-met"}
    assert "BIL-ANO-HASH" in differing


def test_the_clean_twin_has_no_finding_and_everything_was_checked(clean, poincon):
    done = poincon("-n", clean, "audit", "--format", "json", cwd=clean.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = json.loads(done.stdout)["rules"]
    assert Counter(one["verdict"] for one in outcomes) == {"met": 77, "not-applicable": 5}
    assert {one["id"] for one in outcomes if one["verdict"] == "not-applicable"} == NOTHING_TO_LOOK_AT
    assert not any(one["findings"] for one in outcomes)


QUICK = ("--select", "BIL-RET-VALID-48H", "--select", "REG-CHAMPS", "--select", "BIL-RET-IMPAYE-REGUL", "--no-history", "--format", "json")
"""A few rules of each weight: the whole rulebook is asked once, above."""


def test_two_audits_of_the_same_input_give_the_same_bytes(planted, poincon):
    first, second = (poincon("-n", planted, "audit", *QUICK, cwd=planted.parent).stdout for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("threshold", "code"), [("minor", 1), ("major", 1), ("blocking", 1), ("never", 0)])
def test_the_threshold_decides_the_exit_code(planted, poincon, threshold, code):
    assert poincon("-n", planted, "audit", "--fail-on", threshold, *QUICK, cwd=planted.parent).returncode == code


def test_a_table_nobody_mapped_outranks_the_findings(planted, poincon, tmp_path):
    network = Path(shutil.copytree(planted, tmp_path / "lille"))
    mapping = network / "mapping.yml"
    tables = yaml.safe_load(mapping.read_text(encoding="utf-8"))
    del tables["tables"]["payment_incidents"]
    mapping.write_text(yaml.safe_dump(tables, allow_unicode=True, sort_keys=False), encoding="utf-8")
    done = poincon("-n", network, "audit", *QUICK, cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    (rule,) = [one for one in json.loads(done.stdout)["rules"] if one["id"] == "BIL-RET-IMPAYE-REGUL"]
    assert rule["verdict"] == "could-not-check"
    assert "payment_incidents" in rule["reason"]
