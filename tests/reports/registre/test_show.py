"""The register in a terminal: everything a sheet holds, what it does not say, and no line wider than the terminal."""

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.register import Activity, Declared, Register
from auditor.vocabulary.text import Text
from policies.registry import completeness
from reports.terminal.register import print_activity, print_imported, print_merge, print_register
from tests.reports.registre.test_ods import WHOLE, register

WHY = Text("absent du registre", "not in the register")


@dataclass(frozen=True, kw_only=True)
class Change:
    field: str = "security"
    place: str = "3.1"
    held: str = ""
    proposed: str = "Chiffrement"
    why: Text = WHY
    taken: bool = True


def drawn(draw, *args, width=80, lang="fr"):
    out = io.StringIO()
    draw(Console(file=out, width=width, legacy_windows=False), *args, lang)
    return out.getvalue()


def flat(text):
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def _sheet(activity):
    declared = Declared(activity=activity, file=f"registre/{activity.id}.yml")
    return declared, completeness(declared)


def test_a_whole_sheet_says_everything_it_holds():
    said = flat(drawn(print_activity, *_sheet(WHOLE)))
    for told in (
        "Validations", "registre/taps.yml", "12/01/2026", "Finalité 7", "Mission d’intérêt public, art. 6(1)(e) · L. 1",
        "Responsable du traitement : MEL (organisme public)", "accord : art. 28", "Délégué à la protection des données : DPO de la MEL",
        "Service 4 (service interne)", "comptes : a, b", "Banque, Andorre", "CCT de 2021", "48 heures (PT48H)", "à compter de : Passage",
        "puis : anonymisation", "mesurée sur taps.at", "justification : Loi", "Réalisée : A-1", "validée le 10/03/2026",
        "parties : risques, mesures", "risque résiduel : limité", "Domaine : fraude", "clé de 256 bits", "1 mois", "peuvent rattacher : x",
        "RGPD, article 9(2)(g) : fondement", "Table couverte : taps (pseudonymisée)", "Quasi-identifiant at", "Pseudonyme card",
        "Auprès du DPO", "Valideurs", "Aucune", "Complétude : 7/7", "✓ art. 30(1)(f)",
    ):  # fmt: skip
        assert told in said, told


def test_what_is_not_said_is_said_to_be_missing():
    said = flat(drawn(print_activity, *_sheet(Activity(id="x", title="Nue"))))
    assert said.count("non dit au registre") == 17
    assert "✗ art. 30(1)(a)" in said
    assert "Complétude : 0/7" in said


def test_the_list_scores_each_activity_and_names_the_articles():
    held = Register((*register(WHOLE).activities, *register(Activity(id="nue", title="Nue")).activities))
    said = flat(drawn(print_register, held, {one.activity.id: completeness(one) for one in held.activities}))
    assert "taps 7/7" in said
    assert "nue 0/7 0/8 art. 30(1)(a), art. 30(1)(b)" in said


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_line_is_wider_than_the_terminal_nor_cut(width, lang):
    text = drawn(print_activity, *_sheet(WHOLE), width=width, lang=lang)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


def test_in_english_no_french_word_of_the_program_is_left():
    said = flat(drawn(print_activity, *_sheet(WHOLE), lang="en"))
    for told in (
        "Purposes and legal bases",
        "Task in the public interest, Art. 6(1)(e)",
        "48 hours (PT48H)",
        "then: anonymisation",
        "Completeness: 7/7",
    ):
        assert told in said
    for french in ("Finalités", "Durées", "puis :", "comptes :", "validée le", "Destinataires"):
        assert french not in said


def test_names_cannot_drive_the_terminal():
    text = drawn(print_activity, *_sheet(Activity(id="x", title="a\x1b[31m[bold]b", persons=("c\nd\x07",), covers=())))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]" in text


def test_an_import_lists_what_it_wrote_and_every_remark():
    remarks = [
        Remark(place="F, E21", said=Text("non comprise", "not understood"), quoted="secret"),
        Remark(place="F", said=Text("récrite", "rewritten"), kind="note"),
    ]
    said = flat(drawn(print_imported, [Path("r/registre/x.yml")], remarks))
    assert "✓ r/registre/x.yml" in said
    assert "Non repris, à compléter – F, E21 : non comprise" in said
    assert "Repris, à confirmer – F : récrite" in said
    assert "secret" not in said


def test_a_merge_says_what_it_takes_and_that_nothing_is_written():
    said = flat(drawn(print_merge, [Change(), Change(taken=False, held="x")], [], None))
    assert "L’analyse ajoute au registre – security · 3.1 : Chiffrement" in said
    assert "À rapprocher à la main" in said
    assert "--write" in said
    assert "✓ r.yml" in flat(drawn(print_merge, [Change()], [], Path("r.yml")))
    assert "Rien à reprendre" in flat(drawn(print_merge, [], [], None))
