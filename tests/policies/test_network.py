"""A network folder is opened whole or refused whole, and says everything that is wrong with it."""

from pathlib import Path

import pytest

from auditor.vocabulary.errors import DeclarationProblem, UsageProblem
from policies.network import open_folder
from policies.registry import write_starter

CONFIG = """\
[network]
name = "Petit Lille"
authority = "MEL"

[cards]
length = 10
prefixes = ["250"]
check_digit = "luhn"

[audit]
as_of = "2026-10-31T05:00:00Z"

[audit.parameters.BIL-RET-VALID-48H]
reason = "contrat local"
values = { limit = "PT24H" }
"""
MAPPING = """\
sources:
  valideurs:
    path: data/valideurs/*.parquet
tables:
  validations:
    - store: base-active
      source: valideurs
      columns:
        tapped_at: {column: horodatage, timezone: UTC}
        card: {column: numero_carte}
        line: {column: code_ligne}
        product: {column: code_titre}
"""
PLAN = """\
id: frequentation
title: Fréquentation
kind: counts
purpose: statistiques-frequentation
recipient: {name: Public, recipient_class: A}
columns:
  - {name: ligne, source: line, hierarchy: line}
  - {name: heure, source: tapped_at, hierarchy: time, finest: hour}
k: 11
"""
RULES = {"BIL-RET-VALID-48H": ("limit",)}


@pytest.fixture
def network(tmp_path: Path) -> Path:
    folder = tmp_path / "reseau"
    write_starter(folder)
    (folder / "releases").mkdir()
    (folder / "poincon.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    (folder / "releases" / "frequentation.yml").write_text(PLAN, encoding="utf-8")
    return folder


def _change(network: Path, name: str, old: str, new: str) -> None:
    path = network / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _refused(network: Path) -> DeclarationProblem:
    with pytest.raises(DeclarationProblem) as caught:
        open_folder(network, rules=RULES)
    assert caught.value.exit_code == 2
    assert str(network) not in str(caught.value)
    return caught.value


def test_a_whole_folder_becomes_values(network):
    opened = open_folder(network, rules=RULES)
    assert opened.place.config.network.name == "Petit Lille"
    assert opened.place.resolve("data/x.csv") == network.resolve() / "data" / "x.csv"
    assert len(opened.register.activities) == len(list((network / "registre").glob("*.yml"))) > 9
    assert list(opened.plans) == ["frequentation"]
    assert opened.plan_files["frequentation"] == network.resolve() / "releases" / "frequentation.yml"
    assert opened.declared_plans[0].file == "releases/frequentation.yml"
    assert opened.declared_plans[0].lines["k"] == 9


def test_a_folder_without_releases_opens(network):
    (network / "releases" / "frequentation.yml").unlink()
    (network / "releases").rmdir()
    assert open_folder(network).plans == {}


def test_other_files_and_hidden_copies_are_left_alone(network):
    (network / "releases" / ".frequentation.yml").write_text("not: [a plan", encoding="utf-8")
    (network / "releases" / "LISEZMOI.txt").write_text("bonjour", encoding="utf-8")
    assert len(open_folder(network).plans) == 1


@pytest.mark.parametrize("name", ["poincon.toml", "mapping.yml"])
def test_a_folder_that_is_not_a_network_says_how_to_make_one(network, name):
    (network / name).unlink()
    with pytest.raises(UsageProblem, match=f"holds no {name}") as caught:
        open_folder(network)
    assert "poincon init" in caught.value.next_step


def test_a_missing_folder_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageProblem, match="does not exist") as caught:
        open_folder(tmp_path / "absent")
    assert "poincon init" in caught.value.next_step


def test_a_file_is_not_a_network(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageProblem, match="is a file"):
        open_folder(tmp_path / "file")


@pytest.mark.parametrize("keep_folder", [True, False])
def test_an_empty_register_is_refused(network, keep_folder):
    for path in (network / "registre").iterdir():
        path.unlink()
    if not keep_folder:
        (network / "registre").rmdir()
    problem = _refused(network)
    assert problem.file == Path("registre")
    assert "poincon init" in problem.next_step


def test_an_unreadable_register_does_not_blame_the_plans(network):
    _change(network, "registre/statistiques-frequentation.yml", "title:", "titel:")
    problem = _refused(network)
    assert "unknown key “titel”" in problem.what
    assert "releases/" not in problem.what


def test_faults_of_several_files_are_told_together(network):
    _change(network, "poincon.toml", "length", "lenght")
    _change(network, "mapping.yml", "source: valideurs", "source: valideur")
    _change(network, "releases/frequentation.yml", "k: 11", "k: 3")
    assert str(_refused(network)) == (
        "mapping.yml:2: source “valideurs” feeds no table — map it, or delete it\n"
        "mapping.yml:7: “valideur” is not a declared source — did you mean “valideurs”?\n"
        "poincon.toml:6: unknown key “lenght” in cards — did you mean “length”?\n"
        "releases/frequentation.yml:9: the plan asks for k=3, less than the 11 required for recipients of class A"
        " — write k: 11 or more; a plan may be stricter than its class, never weaker\n"
        "Why it matters: A declaration read differently from what its author meant would be audited as something else; "
        "nothing was read from it.\n"
        "Next: Correct the 4 lines above, then run the same command again."
    )


def test_an_unknown_purpose_names_the_known_ones(network):
    _change(network, "releases/frequentation.yml", "statistiques-frequentation", "statistiques-frequentations")
    problem = _refused(network)
    assert problem.file == Path("releases/frequentation.yml")
    assert problem.line == 4
    assert problem.what.endswith("the plan’s purpose “statistiques-frequentations” is not in the register.")
    assert problem.next_step.startswith("Did you mean “statistiques-frequentation”? Known purposes: comptabilite-ventes, ")
    assert "art. 5(1)(b)" in problem.why


def test_two_plans_under_one_name_are_refused(network):
    (network / "releases" / "other.yml").write_text(PLAN, encoding="utf-8")
    problem = _refused(network)
    assert "already declared at releases/frequentation.yml:1" in problem.what
    assert problem.file == Path("releases/other.yml")


def test_two_activities_under_one_name_are_refused(network):
    text = (network / "registre" / "sav-coffre.yml").read_text(encoding="utf-8")
    (network / "registre" / "sav-copie.yml").write_text(text, encoding="utf-8")
    problem = _refused(network)
    assert "the id “sav-coffre” is already used at registre/sav-coffre.yml:9" in problem.what
    assert "the id “reconstitution-cartes” is already used" in problem.what


def test_a_term_measured_on_half_a_place_is_refused(network):
    _change(network, "registre/postpaiement.yml", "    column: Date et heure\n", "")
    assert "`table` and `column` go together" in _refused(network).what


def test_a_table_covered_twice_by_one_activity_is_refused(network):
    _change(network, "registre/impayes-opposition.yml", "table: gestion.impayes\n    columns", "table: gestion.opposition\n    columns")
    assert "covered twice" in _refused(network).what


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('authority = "MEL"', 'authority = " "', "`authority` is empty"),
        ('authority = "MEL"', 'authority = "MEL"\ntimezone = "Europe/Lille"', "“Europe/Lille” is not a known time zone"),
        ('authority = "MEL"', 'authority = "MEL"\ntimezone = "../etc"', "is not a known time zone"),
        ('authority = "MEL"', 'authority = "MEL"\nservice_day_start = "4h"', "“4h” is not a time of day"),
        ('authority = "MEL"', 'authority = "MEL"\nservice_day_start = "24:00"', "is not a time of day"),
        ('authority = "MEL"', 'authority = "MEL"\ncurrency = "€"', "is not a currency code"),
        ('["250"]', '["25O"]', "a prefix is not made of digits"),
        ('["250"]', '["2501234567"]', "as long as the card number"),
        ("length = 10", "length = 0", "at least one character"),
        ("length = 10", 'length = 10\nform = "text"', "a Luhn check digit needs numbers"),
        ("05:00:00Z", "05:00:00", "is not an instant with its offset"),
        ("2026-10-31T05:00:00Z", "hier", "is not an instant with its offset"),
        ("[audit]", "[audit]\nhash_budget = -1", "the budget is below zero"),
        ("contrat local", " ", "changed without a reason"),
        ("VALID-48H", "VALID-72H", "“BIL-RET-VALID-72H” is not a rule"),
        ("limit =", "limite =", "BIL-RET-VALID-48H has no parameter “limite”"),
        ("[audit]", '[engine]\nmemory_limit = "lots"\n[audit]', "is not an amount of memory"),
        ("[audit]", "[engine]\nthreads = 0\n[audit]", "fewer than one thread"),
        ("[audit]", '[state]\npublished = "state/out"\n[audit]', "one folder, or one inside the other"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(network, old, new, said):
    _change(network, "poincon.toml", old, new)
    problem = _refused(network)
    assert said in problem.what
    assert problem.file == Path("poincon.toml")
    assert problem.line is not None


def test_overrides_are_taken_as_they_are_when_the_rules_are_not_given(network):
    _change(network, "poincon.toml", "VALID-48H", "VALID-72H")
    assert "BIL-RET-VALID-72H" in open_folder(network).place.config.audit.parameters
