"""« Not checked » never reads as « fine »: in the exit code, in the JSON, on the page, in the terminal."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

UNSURE, FINE = "could-not-check", "met"
BROKEN = "BIL-RET-VALID-TARDIVE"
BREAKING = """
import sys
from dataclasses import replace
sys.path.insert(0, {root!r})
import policies.catalogue as catalogue

def broken(tables):
    raise ValueError("a row about card {card}")

catalogue.RULES = tuple(replace(rule, query=broken) if rule.id == {rule!r} else rule for rule in catalogue.RULES)
import cli
cli.main()
"""


def _audited(runs, network, **options):
    """Audit once, in the three forms."""
    done = runs.ended(
        "-n", network, "audit", "-o", f"json={network}/audit.json", "-o", f"html={network}/audit.html", cwd=network, **options
    )
    audit = json.loads((network / "audit.json").read_text(encoding="utf-8"))
    page = (network / "audit.html").read_text(encoding="utf-8")
    return SimpleNamespace(done=done, audit=audit, page=page, rules={rule["id"]: rule for rule in audit["rules"]})


def _remap(network, change):
    path = network / "mapping.yml"
    mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(mapping)
    path.write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")


OPEN_ANYWAY = {"BIL-RET-VALID-USAGE"}
"""Open in these narrowed networks whatever is done to them: the rights they keep name tables they no longer hold."""


@pytest.fixture(scope="module")
def unmapped(small, narrowed, runs, tmp_path_factory):
    """A table nobody speaks of (customers), and a column that is not mapped (received_at)."""
    network = narrowed(Path(shutil.copytree(small, tmp_path_factory.mktemp("unmapped") / "lille")), ("validations",))

    def forget(mapping):
        del mapping["absent"]["customers"]
        del mapping["tables"]["validations"][0]["columns"]["received_at"]

    _remap(network, forget)
    return _audited(runs, network)


@pytest.fixture(scope="module")
def broken(small, narrowed, runs, lost_card, tmp_path_factory):
    """A rule that stops on an error which quotes a card."""
    folder = tmp_path_factory.mktemp("broken")
    network = narrowed(Path(shutil.copytree(small, folder / "lille")), ("validations",))
    program = folder / "breaking.py"
    root = str(Path(__file__).resolve().parents[3])
    program.write_text(BREAKING.format(root=root, card=lost_card, rule=BROKEN), encoding="utf-8")
    return _audited(runs, network, program=program)


@pytest.fixture(scope="module")
def missing(small, narrowed, runs, tmp_path_factory):
    """An optional source that is not there."""
    network = Path(shutil.copytree(small, tmp_path_factory.mktemp("missing") / "lille"))
    narrowed(network, ("validations", "block_list", "payment_incidents"))
    _remap(network, lambda mapping: mapping["sources"]["gestion"].update(optional=True))
    (network / "data" / "gestion.sqlite").unlink()
    return _audited(runs, network)


@pytest.fixture(scope="module")
def unread(spotless, narrowed, runs, tmp_path_factory):
    """Where there is nothing to find, an invoice whose dates cannot be read: its taps may be of any age."""
    network = Path(shutil.copytree(spotless, tmp_path_factory.mktemp("unread") / "lille"))
    narrowed(network, ("validations",), ("valideurs", "postpaiement"))
    invoices = max((network / "data" / "postpaiement").glob("*.csv"))
    header, *lines = invoices.read_bytes().splitlines(keepends=True)
    assert len(lines) > 50
    invoices.write_bytes(header + b"".join(re.sub(rb";\d\d/\d\d/\d{4} ", b";un jour, ", line) for line in lines))
    return _audited(runs, network)


@pytest.mark.parametrize("kind", ["unmapped", "broken", "missing", "unread"])
def test_the_run_exits_three_even_with_findings_and_says_so_in_its_three_forms(request, kind):
    told = request.getfixturevalue(kind)
    assert told.done.code == 3, told.done.said
    assert told.audit["summary"]["exit_code"] == 3
    assert told.audit["summary"]["conclusion"].endswith("incomplete")
    unsure = [name for name, rule in told.rules.items() if rule["verdict"] == UNSURE]
    assert unsure
    for name in unsure:
        assert set(told.rules[name]["verdicts"].values()) <= {UNSURE, "not-applicable"}
        assert told.rules[name]["reason"]
        assert name in told.done.out.split("Ce qui n’a pas pu être vérifié")[1]
        assert re.search(rf"n[’'](a|ont) pas pu être vérifiées?\b.*{name}", told.page, re.DOTALL)
    assert told.page.count('class="chip could-not-check"') >= len(unsure)


def test_a_table_nobody_speaks_of_and_a_column_not_mapped_leave_their_rules_open_and_no_other(unmapped):
    unsure = {name: rule["reason"] for name, rule in unmapped.rules.items() if rule["verdict"] == UNSURE}
    assert "customers" in unsure.pop("BIL-RET-CLIENT")
    assert "received_at" in unsure.pop("BIL-RET-VALID-TARDIVE")
    for rule in OPEN_ANYWAY:
        unsure.pop(rule, None)
    assert [rule for rule, reason in unsure.items() if "customers" not in reason and "received_at" not in reason] == []
    assert unmapped.rules["BIL-RET-VALID-48H"]["verdict"] == "not-met"


def test_a_table_declared_absent_is_without_object_not_respected(unmapped):
    rule = unmapped.rules["BIL-RET-IMPAYE-REGUL"]
    assert (rule["verdict"], rule["reason"]) == ("not-applicable", "hors de ce dossier")


def test_a_rule_that_breaks_is_open_alone_and_does_not_quote_what_broke_it(broken, lost_card):
    assert {name for name, rule in broken.rules.items() if rule["verdict"] == UNSURE} - OPEN_ANYWAY == {BROKEN}
    assert "ValueError" in broken.rules[BROKEN]["reason"]
    for text in (broken.done.said, broken.page, json.dumps(broken.audit)):
        assert lost_card not in text


def test_a_source_that_is_not_there_leaves_its_rules_open_even_when_it_is_optional(missing):
    assert [source["source"] for source in missing.audit["absent_sources"]] == ["gestion"]
    assert missing.rules["BIL-RET-IMPAYE-REGUL"]["verdict"] == UNSURE
    assert "gestion" in missing.done.out.split("Ce qui n’a pas pu être vérifié")[1]
    assert "gestion" in missing.page


def test_lines_that_cannot_be_read_are_not_lines_in_order(unread):
    reading = next(one for one in unread.audit["readings"] if one["physical"] == "postpaiement")
    assert reading["rows_rejected"] + sum(reading["unreadable"].values()) > 50
    assert unread.rules["BIL-RET-POSTPAIE-4M"]["verdict"] != FINE
    assert unread.rules["BIL-RET-IMPAYE-REGUL"]["verdict"] == "not-applicable"
    assert "postpaiement" in unread.done.out.split("Ce qui n’a pas pu être vérifié")[-1]
