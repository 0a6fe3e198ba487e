"""Waivers, known debt, trend and selection, as people use them: on the command line, on the demonstration network."""

import json
import re
import shlex
import shutil
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

RULE = "BIL-RET-IMPAYE-REGUL"
TABLES = ("cards", "customers", "block_list", "payment_incidents")
WAIVER = """\
waivers:
  - id: W-1
    rule: BIL-RET-IMPAYE-REGUL
    table: gestion.opposition
    reason: Levée des oppositions en cours avec l’éditeur
    approved_by: DPO
    created: 2026-10-01
    expires: 2026-10-31
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lille(planted, tmp_path):
    """The planted back office alone, that one may decide about: an audit of it takes seconds."""
    folder = tmp_path / "lille"
    shutil.copytree(planted, folder, ignore=shutil.ignore_patterns("state", "baseline.json", "waivers.yml", "evidence", "releases", "data"))
    (folder / "data").mkdir()
    mapping = yaml.safe_load((planted / "mapping.yml").read_text(encoding="utf-8"))
    kept = {name: [feed for feed in mapping["tables"][name] if feed["source"].startswith("gestion.")] for name in TABLES}
    mapping |= {"tables": kept, "sources": {"gestion": mapping["sources"]["gestion"]}}
    (folder / "mapping.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False), encoding="utf-8")
    shutil.copy(planted / "data" / "gestion.sqlite", folder / "data")
    return folder


@pytest.fixture
def audit(lille, poincon):
    def run(*options, select=RULE, before=()):
        chosen = ("--select", select) if select else ()
        return poincon("-n", "lille", *before, "audit", *chosen, *options, cwd=lille.parent)

    return run


def document(done):
    return json.loads(done.stdout)


def test_a_finding_counts_until_it_is_waived_and_is_shown_all_the_same(lille, audit):
    assert audit().returncode == 1
    (lille / "waivers.yml").write_text(WAIVER, encoding="utf-8")
    done = audit("--format", "json")
    assert done.returncode == 0, done.stderr
    (rule,) = document(done)["rules"]
    assert rule["verdict"] == "not-met"
    assert {(one["standing"], one["waiver"]) for one in rule["findings"]} == {("waived", "W-1")}
    assert "W-1" in audit().stdout


@pytest.mark.parametrize(("now", "code"), [("2026-10-31T12:00:00Z", 0), ("2026-11-01T12:00:00Z", 1)])
def test_a_waiver_lapses_the_day_after_its_last_one_and_says_so(lille, audit, now, code):
    (lille / "waivers.yml").write_text(WAIVER, encoding="utf-8")
    done = audit("--now", now)
    assert done.returncode == code, done.stderr
    assert ("W-1" in done.stderr) is bool(code)
    assert "W-1" in done.stdout


def test_a_malformed_waiver_covers_nothing_is_named_and_refuses_a_strict_run(lille, audit, poincon):
    (lille / "waivers.yml").write_text(WAIVER.replace("2026-10-31", "bientôt"), encoding="utf-8")
    done = audit()
    assert done.returncode == 1
    assert "W-1" in done.stderr
    assert "waivers.yml:2" in done.stderr
    assert audit("--strict-waivers").returncode == 2
    listed = poincon("-n", "lille", "waivers", "check", cwd=lille.parent)
    assert listed.returncode == 2
    assert "W-1" in listed.stdout


def test_a_waiver_of_nothing_is_told_as_unused(lille, audit, poincon):
    (lille / "waivers.yml").write_text(WAIVER.replace("gestion.opposition", "gestion.autre"), encoding="utf-8")
    done = audit()
    assert done.returncode == 1
    assert "W-1" in done.stderr
    assert poincon("-n", "lille", "waivers", "check", cwd=lille.parent).returncode == 0


@pytest.mark.slow
def test_a_baseline_records_debt_and_grows_only_when_told_to(lille, poincon, audit):
    def baseline(*words):
        return poincon("-n", "lille", "--lang", "en", "baseline", *words, cwd=lille.parent)

    assert baseline("show").returncode == 2
    assert baseline("update").returncode == 2
    created = baseline("create")
    assert created.returncode in (0, 3), created.stderr
    file = lille / "baseline.json"
    whole = file.read_bytes()
    assert audit().returncode == 0
    assert baseline("create").returncode == 2

    kept = json.loads(whole)
    kept["findings"] = [one for one in kept["findings"] if one["rule"] != RULE]
    kept["findings"].append({"rule": RULE, "table": "gestion.disparue"})
    file.write_text(json.dumps(kept), encoding="utf-8")
    counted = audit("--format", "json")
    assert counted.returncode == 1
    assert [one["table"] for one in document(counted)["baseline"]["gone"]] == ["gestion.disparue"]

    updated = baseline("update")
    assert "gestion.disparue" in updated.stdout
    assert RULE not in {one["rule"] for one in json.loads(file.read_bytes())["findings"]}
    baseline("update", "--accept-new")
    assert file.read_bytes() == whole
    assert RULE in baseline("show").stdout


def test_a_selection_by_id_family_or_glob_says_what_it_left_out(audit):
    whole = document(audit("--format", "json", select="retention,REG-*"))
    asked = {rule["id"] for rule in whole["rules"]}
    left = {rule["id"] for rule in whole["selection"]["left_out"]}
    assert RULE in asked
    assert "REG-CHAMPS" in asked
    assert "BIL-TIT-ANONYME" in left
    assert not asked & left
    assert whole["summary"]["rules_left_out"] == len(left)
    done = audit("--ignore", RULE, select="bil-ret-impaye-*")
    assert RULE not in done.stdout
    assert "Ce qui n’a pas été demandé" in done.stdout
    assert "laissées de côté" in done.stderr


@pytest.mark.parametrize("options", [("--select", "NOPE"), ("--ignore", "*")])
def test_a_selection_of_nothing_is_refused(audit, options):
    done = audit(*options, select="")
    assert done.returncode == 2
    assert "Why it matters" in done.stderr


def test_the_trend_tells_what_moved_and_the_same_audit_twice_tells_the_same(lille, audit):
    first, again = audit("--format", "json"), audit("--format", "json")
    assert first.stdout == again.stdout
    assert document(first)["trend"] is None
    history = lille / "state" / "history.jsonl"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    earlier = history.read_text(encoding="utf-8")
    changed = re.sub(r'"number": \d+', '"number": 999', earlier).replace("2026-10-31T05", "2026-09-30T05")
    history.write_text(changed, encoding="utf-8")
    trend = document(audit("--format", "json"))["trend"]
    assert (trend["since"], trend["better"][0]["before"]) == ("2026-09-30T05:00:00Z", 999)


def test_no_history_leaves_no_trace_and_makes_no_key(lille, audit):
    audit("--no-history")
    assert not (lille / "state").exists()
    audit()
    assert [path.name for path in (lille / "state").iterdir()] == ["history.jsonl"]


def test_a_drill_is_on_record_for_the_next_audit(lille, poincon):
    assert poincon("-n", "lille", "card", "drill", cwd=lille.parent).returncode == 0
    lines = [json.loads(line) for line in (lille / "state" / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["kind"], line["passed"]) for line in lines] == [("drill", True)]


def test_every_form_at_once(lille, audit):
    forms = {
        "text": "a.txt",
        "json": "a.json",
        "html": "a.html",
        "sarif": "a.sarif",
        "junit": "a.xml",
        "markdown": "a.md",
        "github": "a.gh",
    }
    done = audit("--format", "github", *(word for form, name in forms.items() for word in ("-o", f"{form}={name}")))
    assert done.returncode == 1, done.stderr
    folder = lille.parent
    assert done.stdout == (folder / "a.gh").read_text(encoding="utf-8")
    assert "file=lille/registre/" in done.stdout
    sarif = json.loads((folder / "a.sarif").read_text(encoding="utf-8"))
    assert sarif["runs"][0]["invocations"][0]["exitCode"] == 1
    assert ET.parse(folder / "a.xml").getroot().get("failures") == "1"  # noqa: S314 - what the program has just written
    assert RULE in (folder / "a.md").read_text(encoding="utf-8")
    assert RULE in (folder / "a.txt").read_text(encoding="utf-8")


def test_explain_says_how_and_with_the_values_of_the_network(lille, poincon):
    config = lille / "poincon.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        f'{text}\n[audit.parameters.BIL-RET-CLIENT]\nreason = "contrat local"\nvalues = {{ term = "P1Y" }}\n', encoding="utf-8"
    )
    said = poincon("-n", "lille", "explain", "BIL-RET-CLIENT", cwd=lille.parent).stdout.replace("\N{NO-BREAK SPACE}", " ")
    for expected in ("contrat local", "1 an", "Ce qui est lu", "customers", "Sources en conflit", "Comment"):
        assert expected in said
    assert poincon("explain", "BIL-RET-CLIENT", cwd=lille.parent).returncode == 0


def test_the_catalogue_is_listed_by_family_and_as_json(poincon, tmp_path):
    done = poincon("rules", "--select", "retention", "--format", "json", cwd=tmp_path)
    assert {rule["family"] for rule in json.loads(done.stdout)["rules"]} == {"retention"}


def _commands(text):
    """Every `poincon …` of a recipe, as words."""
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        if found := re.search(r"(?:^|[\s:])(poincon -n [^#]+?)(?:\|\||;|$)", line):
            yield shlex.split(found.group(1))


def test_recipes_parse_and_run_commands_that_exist(tmp_path, poincon):
    done = poincon("init", "reseaux/lille", "--ci", "github", "--ci", "gitlab", "--ci", "pre-commit", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    places = (".github/workflows/poincon.yml", ".gitlab/poincon.yml", ".pre-commit-config.yaml")
    texts = {place: (tmp_path / place).read_text(encoding="utf-8") for place in places}
    for text in texts.values():
        assert isinstance(yaml.safe_load(text), dict)
        assert "@" not in re.sub(r"@v\d", "", text)
        commands = list(_commands(text))
        assert commands
        for words in commands:
            names = [word for word in words[3:] if not word.startswith("-")][:1] + [word for word in words[4:5] if word == "check"]
            options = {word for word in words if word.startswith("--")}
            told = poincon(*names, "--help", cwd=tmp_path)
            assert told.returncode == 0, names
            assert all(option in told.stdout for option in options), (names, options)
    assert 'NETWORK: "reseaux/lille"' in texts[places[0]]


def test_the_github_recipe_sends_alerts_and_tells_an_incomplete_audit_apart(tmp_path, poincon):
    poincon("init", "lille", "--ci", "github", cwd=tmp_path)
    recipe = yaml.safe_load((tmp_path / ".github/workflows/poincon.yml").read_text(encoding="utf-8"))
    steps = recipe["jobs"]["audit"]["steps"]
    assert any(str(step.get("uses", "")).startswith("github/codeql-action/upload-sarif") for step in steps)
    assert "3)" in steps[-1]["run"]
    assert "exit 3" in steps[-1]["run"]
    assert recipe["permissions"]["security-events"] == "write"


def test_a_recipe_joins_a_network_that_exists_and_replaces_nothing(lille, poincon):
    before = (lille / "poincon.toml").read_bytes()
    assert poincon("init", "lille", "--ci", "pre-commit", cwd=lille.parent).returncode == 0
    assert (lille / "poincon.toml").read_bytes() == before
    mine = lille.parent / ".pre-commit-config.yaml"
    mine.write_text("repos: []\n", encoding="utf-8")
    refused = poincon("init", "lille", "--ci", "pre-commit", cwd=lille.parent)
    assert refused.returncode == 2
    assert mine.read_text(encoding="utf-8") == "repos: []\n"
