"""What a suite says of each table, and the files that carry it elsewhere. Great Expectations is not needed to write them."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.quality import files, suites
from auditor.vocabulary.network import CardGrammar
from policies.network import open_folder

ROOT = Path(__file__).resolve().parents[2]


def kinds(suite):
    return {
        (one.type, *(one.arguments.get("columns") or [one.arguments.get("column") or one.arguments.get("earlier")]))
        for one in suite.expectations
    }


def test_there_is_one_suite_per_mapped_table(planned, planted):
    mapping = open_folder(planted).place.mapping
    assert set(planned) == {feed.source for feeds in mapping.tables.values() for feed in feeds}


def test_a_table_is_expected_to_be_what_the_mapping_and_the_register_say(planned):
    cards = kinds(planned["gestion.supports"])
    assert {
        ("expect_column_to_exist", "numero_carte"),
        ("expect_values_to_be_given", "numero_carte"),
        ("expect_values_to_be_readable", "numero_carte"),
        ("expect_codes_to_be_listed", "type_support"),
        ("expect_rows_to_be_distinct", "numero_carte"),
        ("expect_references_to_exist", "id_client"),
        ("expect_moments_to_be_in_order", "emis_le"),
    } <= cards
    (term,) = [one for one in planned["valideurs"].expectations if one.type == "expect_nothing_past_its_term"]
    assert (term.arguments["term"], term.arguments["identified_by"], term.arguments["zone"]) == ("PT48H", ["numero_carte"], "UTC")
    assert ("expect_no_card_number", "commentaire") in kinds(planned["gestion.clients"])
    assert not any(one.type == "expect_classes_of_several_persons" for one in planned["valideurs"].expectations)
    (classes,) = [one for one in planned["statistiques"].expectations if one.type == "expect_classes_of_several_persons"]
    assert (classes.arguments["person"], classes.arguments["k"]) == ("jeton_carte", 11)


@pytest.mark.parametrize(
    ("grammar", "pattern"),
    [
        (CardGrammar(form="digits", length=10, prefixes=("250", "251"), check_digit="luhn"), "^(250[0-9]{7}|251[0-9]{7})$"),
        (CardGrammar(form="digits", length=10, prefixes=("050",)), "^[0-9]{1,10}$"),
        (CardGrammar(form="digits", length=10), "^[0-9]{1,10}$"),
        (CardGrammar(form="text", length=8), "^.{8}$"),
        (CardGrammar(form="digits"), None),
    ],
)
def test_the_card_grammar_becomes_a_pattern(planted, grammar, pattern):
    network = open_folder(planted)
    place = replace(network.place, config=replace(network.place.config, cards=grammar))
    suite = next(one for one in suites(place, network.register) if one.table == "gestion.supports")
    found = [one for one in suite.expectations if one.type == "expect_values_to_be_readable" and one.arguments["column"] == "numero_carte"]
    assert [one.arguments["pattern"] for one in found] == ([pattern] if pattern else [])


def test_the_files_are_the_same_every_time_and_say_how_to_run_them(gate, planted, tmp_path):
    gate(planted, "quality", "export", str(tmp_path / "gx"))
    gate(planted, "quality", "export", str(tmp_path / "again"), "-k", "11")
    first = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "gx").iterdir()}
    assert first == {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "again").iterdir()}
    assert "gestion.clients.json" in first
    assert "import auditor.quality.expectations as poincon" in first["README.md"]
    assert "Europe/Paris" in first["README.md"]
    assert "\N{NO-BREAK SPACE}:" in first["README.md"]
    suite = json.loads(first["gestion.clients.json"])
    assert len({one["id"] for one in suite["expectations"]}) == len(suite["expectations"])


def test_writing_the_suites_does_not_import_great_expectations(planned):
    assert list(files(planned.values(), "Europe/Paris", "en"))
    code = "import sys, auditor.quality, auditor.quality.answers; print(sorted({'great_expectations', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["quality", "--help"], ["audit", "--no-history", "--select", "BIL-RET-CLIENT"]])
def test_great_expectations_is_imported_only_when_the_gate_runs(clean, arguments):
    code = (
        f"import sys, runpy\nsys.argv = ['poincon', '-q', '-n', {str(clean)!r}, *{arguments!r}]\n"
        "try:\n    runpy.run_path('cli.py', run_name='cli')['main']()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print('LOADED', 'great_expectations' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "LOADED False" in done.stderr, done.stderr
