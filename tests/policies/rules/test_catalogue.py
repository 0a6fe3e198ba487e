"""What every rule must be: complete, unique, well written in French, and unable to quote anyone."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import policies.rules
from auditor.rules import Rule
from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.law import LegalSource
from auditor.vocabulary.outcomes import EVIDENCE, Checked, NotChecked, Outcome, Place
from auditor.vocabulary.schema import TABLES
from auditor.vocabulary.text import Text
from policies import legal
from policies.catalogue import RULES, by_id, select

Case = Mapping[str, Any]
Ask = Callable[[Rule, Case], Outcome]
Casebook = Mapping[str, Mapping[str, Case]]

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
SOURCES = [value for value in vars(legal).values() if isinstance(value, LegalSource)]


def _texts(rule: Rule) -> list[Text]:
    return [rule.title, rule.message, *rule.messages.values(), rule.remediation, rule.rationale]


def test_the_catalogue_is_what_the_folder_holds() -> None:
    found = set()
    for module in pkgutil.walk_packages(policies.rules.__path__, "policies.rules."):
        rule = getattr(importlib.import_module(module.name), "RULE", None)
        if rule is not None:
            found.add(rule.id)
            assert rule.family == module.name.split(".")[2], f"{rule.id} stands in the folder of another family"
    assert found == {rule.id for rule in RULES}


def test_ids_and_names_are_unique() -> None:
    for values in ([rule.id for rule in RULES], [rule.name for rule in RULES], [rule.title.fr for rule in RULES]):
        assert len(set(values)) == len(values)


@each_rule
def test_a_rule_says_everything_in_both_languages(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)+", rule.id)
    assert re.fullmatch(r"[a-z]+\.[a-z0-9-]+", rule.name)
    assert rule.frames
    for text in _texts(rule):
        assert text.fr.strip()
        assert text.en.strip()
        assert text.fr != text.en
    for text in (rule.message, *rule.messages.values(), rule.remediation, rule.rationale):
        assert text.fr.endswith(".")
        assert text.en.endswith(".")
    assert len(rule.rationale.fr.split()) >= 25, "a reader who is not a lawyer needs the reason"


@each_rule
def test_french_is_set_as_an_administration_sets_it(rule: Rule) -> None:
    for sentence in [*(text.fr for text in _texts(rule)), *(source.title for source in rule.sources)]:
        assert "'" not in sentence
        assert not re.search(r"[^\u00a0][;?!»]", sentence), sentence
        assert not re.search(r"[^\u00a0\d]:(?![/0-9])", sentence), sentence
        assert not re.search(r"«[^\u00a0]", sentence), sentence


@each_rule
def test_placeholders_are_evidence_or_place(rule: Rule) -> None:
    allowed = set(EVIDENCE) | {field.name for field in fields(Place)}
    for text in (rule.message, *rule.messages.values()):
        named = set(re.findall(r"\{(\w+)\}", text.fr))
        assert named == set(re.findall(r"\{(\w+)\}", text.en)), "the two languages say different things"
        assert named <= allowed


@each_rule
def test_needs_name_what_exists(rule: Rule) -> None:
    for need in rule.needs:
        table, _, column = need.partition(".")
        if table in TABLES:
            assert not column or column in TABLES[table].columns
        else:
            assert table.startswith(("observed_", "declared_", "detected_", "recorded_"))
            assert not column


def test_every_source_is_listed_once_and_used() -> None:
    assert len({source.ref for source in SOURCES}) == len(SOURCES)
    assert len({source.title for source in SOURCES}) == len(SOURCES)
    used = {source.ref for rule in RULES for source in rule.sources}
    used |= {source.ref for rule in RULES for conflict in rule.conflicts for source in conflict.sources}
    assert used == {source.ref for source in SOURCES}
    for source in SOURCES:
        assert source.read_on == legal.READ_ON
        assert not source.address or source.address.startswith("http")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference data is not beside the project")
def test_severities_and_order_are_those_of_the_rulebook() -> None:
    scale = {"Mineur": "minor", "Majeur": "major", "Bloquant": "blocking"}
    book = (SHARED / "reference" / "legal.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in book.splitlines() if re.match(r"\| [A-Z]+-", line)]
    written = {row[0]: scale[row[6]] for row in rows if len(row) == 8}
    assert [rule.id for rule in RULES] == [rule_id for rule_id in written if rule_id in {rule.id for rule in RULES}]
    assert {rule.id: rule.severity.value for rule in RULES} == {rule.id: written[rule.id] for rule in RULES}
    cited = {row[0]: set(re.findall(r"S\d\d", row[2])) for row in rows if len(row) == 8}
    for rule in RULES:
        assert {source.ref.partition("-")[0] for source in rule.sources} <= cited[rule.id], rule.id


def test_a_parameter_changed_by_the_network_carries_its_reason(ask: Ask, casebook: Casebook) -> None:
    rule = by_id("BIL-RET-VALID-48H")
    changed = ask(rule, casebook[rule.id]["follows_the_term_that_the_network_declares"]).rule
    assert changed.parameters == {"term": "PT24H"}
    assert changed.overrides == {"term": "measured on this network"}
    assert ask(rule, casebook[rule.id]["passes_at_exactly_48_hours"]).rule.overrides == {}
    assert rule.parameters == {"term": "PT48H"}


@each_rule
def test_a_rule_that_breaks_is_not_a_clean_result(rule: Rule, ask: Ask, casebook: Casebook) -> None:
    def breaks(_: object) -> list[dict[str, Any]]:
        message = "2500424242 was here"
        raise ValueError(message)

    case = next(iter(casebook[rule.id].values()))
    answer = ask(replace(rule, query=breaks), case).answer
    assert isinstance(answer, NotChecked)
    assert "2500424242" not in repr(answer)


def test_evidence_that_is_not_listed_cannot_leave(ask: Ask, casebook: Casebook) -> None:
    rule = by_id("BIL-RET-VALID-48H")
    case = casebook[rule.id]["passes_at_exactly_48_hours"]
    answer = ask(replace(rule, query=lambda _: [{"card": 2500424242}]), case).answer
    assert isinstance(answer, NotChecked)
    assert "2500424242" not in repr(answer)


@each_rule
def test_no_outcome_quotes_anyone(rule: Rule, ask: Ask, casebook: Casebook) -> None:
    secrets = {"card": 777123987, "customer": 555123987, "subscriber": 555123987, "name": "Zoé Cachée", "email": "zoe@exemple.test"}
    for case in [case for case in casebook[rule.id].values() if "finds" in case][:4]:
        marked = {name: _marked(rows, secrets) if name in TABLES and isinstance(rows, list) else rows for name, rows in case.items()}
        shown = repr(ask(rule, marked))
        for row in case.get("observed_tokens", []):
            assert len(row.get("token", "")) < 6 or row["token"] not in shown
        for secret in secrets.values():
            assert str(secret) not in shown


def _marked(rows: list[dict[str, Any]], secrets: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{key: secrets.get(key, value) if value is not None else None for key, value in row.items()} for row in rows]


def test_rows_examined_are_those_of_the_first_need(ask: Ask, casebook: Casebook) -> None:
    rule = by_id("BIL-RET-VALID-48H")
    answer = ask(rule, casebook[rule.id]["counts_cards_and_not_rows"]).answer
    assert isinstance(answer, Checked)
    assert answer.rows_examined == 4


def test_two_runs_agree(ask: Ask, casebook: Casebook) -> None:
    for rule in RULES:
        for case in list(casebook[rule.id].values())[:3]:
            assert ask(rule, case) == ask(rule, dict(case))


def test_rules_are_found_and_selected_by_id() -> None:
    assert by_id("bil-ret-valid-48h").id == "BIL-RET-VALID-48H"
    assert select() == RULES
    assert [rule.id for rule in select(["AIPD-OBLIG", "BIL-STAT-AU015"])] == ["BIL-STAT-AU015", "AIPD-OBLIG"]
    assert len(select(without=["AIPD-OBLIG"])) == len(RULES) - 1
    with pytest.raises(UsageProblem, match="No rule is called"):
        by_id("BIL-RET-VALID-49H")
    with pytest.raises(UsageProblem):
        select(without=["NOPE"])
