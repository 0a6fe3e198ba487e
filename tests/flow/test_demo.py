"""The demonstration finds what was planted, exactly; its clean twin has nothing to find."""

import json

import pytest


@pytest.fixture(scope="module")
def audit(planted, poincon):
    done = poincon("-n", planted, "audit", "--format", "json", cwd=planted.parent)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def truth(planted):
    return json.loads((planted / "truth.json").read_text(encoding="utf-8"))


def test_the_clean_twin_has_no_finding_and_everything_was_checked(clean, poincon):
    done = poincon("-n", clean, "audit", "--format", "json", cwd=clean.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = {rule["id"]: rule["verdict"] for rule in json.loads(done.stdout)["rules"]}
    assert set(verdicts.values()) <= {"met", "not-applicable"}
    assert len(verdicts) == 15


def test_two_audits_of_the_same_input_give_the_same_bytes(planted, poincon):
    first, second = (poincon("-n", planted, "audit", "--format", "json", cwd=planted.parent).stdout for _ in range(2))
    assert first == second
