from datetime import date

import pytest

from auditor.vocabulary.law import Force, Frame, Reading
from auditor.vocabulary.outcomes import Checked, Finding, NotApplicable, NotChecked, Outcome, Place, Severity, Verdict
from auditor.vocabulary.text import Text
from auditor.vocabulary.trend import added_up
from reports import values, wording
from reports.footing import caution
from reports.view import audit_view

NB = "\N{NO-BREAK SPACE}"


def counted(number: int, table: str, column: str = "") -> Finding:
    return Finding(evidence={"rows": number}, place=Place(table=table, column=column))


def test_blocking_comes_before_major_before_minor_then_the_rest(evidence):
    rules = audit_view(evidence).rules
    assert [rule.id for rule in rules] == [
        "BIL-RET-VALID-48H",
        "BIL-ANO-HASH",
        "REG-CHAMPS",
        "BIL-RET-VALID-TARDIVE",
        "BIL-TIT-ANONYME",
        "BIL-RET-PV-PAYE",
    ]


def test_the_two_verdicts_differ_on_a_hashed_number(evidence):
    hashed = next(rule for rule in audit_view(evidence).rules if rule.id == "BIL-ANO-HASH")
    assert (hashed.au015, hashed.gdpr, hashed.overall) == (Verdict.MET, Verdict.NOT_MET, Verdict.NOT_MET)


def test_what_was_not_checked_is_never_counted_as_met(evidence):
    view = audit_view(evidence)
    assert [rule.id for rule in view.having(Verdict.MET)] == ["BIL-TIT-ANONYME"]
    assert [rule.id for rule in view.having(Verdict.COULD_NOT_CHECK)] == ["BIL-RET-VALID-TARDIVE"]
    for tally in view.tallies:
        assert sum(number for _, number in tally.counts) == len(evidence.outcomes)


def test_the_opinion_says_every_count_in_a_sentence(evidence):
    assert audit_view(evidence).verdict == (
        f"Sur 6{NB}règles examinées, 3{NB}ne sont pas respectées, dont 1{NB}bloquante, et 1{NB}est respectée{NB}; "
        f"1{NB}n’a pas pu être vérifiée{NB}; 1{NB}est sans objet. Une source n’a pas pu être lue{NB}: rien n’est dit de son contenu."
    )
    assert audit_view(evidence, "en").verdict.startswith(f"Of 6{NB}rules examined, 3{NB}are not met, 1 of them blocking, and 1{NB}is met")


def test_a_clean_audit_speaks_only_of_what_was_checked(make_evidence, make_card):
    met = Outcome(rule=make_card("X-1", Text("Règle", "Rule"), Severity.MAJOR), answer=Checked(rows_examined=3, findings=()))
    view = audit_view(make_evidence(outcomes=(met,), absent=()))
    assert view.headline == "Aucun manquement relevé dans ce qui a été vérifié"
    assert view.verdict == f"Sur 1{NB}règle examinée, aucune n’est en défaut et 1{NB}est respectée."


def test_rows_of_two_columns_of_one_table_are_not_added_twice():
    assert added_up([counted(10, "valideurs", "carte"), counted(7, "valideurs", "jeton"), counted(5, "relais", "carte")]) == 15
    assert added_up([counted(10, "valideurs", "carte"), counted(7, "valideurs", "carte")]) == 17
    assert added_up([Finding(evidence={"kind": "unknown"})]) is None


def test_the_oldest_date_of_a_rule_is_the_oldest_of_its_findings(evidence):
    assert audit_view(evidence).rules[0].oldest == date(2026, 9, 28)


def test_a_sentence_takes_figures_terms_and_places_from_the_finding(evidence):
    sentence = audit_view(evidence).rules[0].findings[0].sentence
    assert sentence.startswith("valideurs garde 812\u202f345 validations")
    assert f"plus de 48{NB}heures (67,7{NB}% de la table)" in sentence


def test_a_figure_that_was_not_measured_is_said():
    assert wording.filled(Text("{rows} lignes", "{rows} rows"), {}, "fr") == "non mesuré lignes"
    assert wording.filled(Text("{rows} lignes", "{rows} rows"), {"rows": None}, "en") == "not measured rows"


def test_a_format_in_a_message_reaches_no_attribute():
    facts = {"rows": 3}
    assert wording.filled(Text("{rows.__class__} {rows!r} {rows:>9}", ""), facts, "fr") == "3 3 3"


@pytest.mark.parametrize(
    ("force", "reading", "said"),
    [
        (Force.STATUTE, Reading.VERIFIED, ""),
        (
            Force.REFERENCE,
            Reading.VERIFIED,
            "Référence sans valeur juridique depuis le 25\N{NO-BREAK SPACE}mai 2018, conservée comme repère",
        ),
        (Force.CASE_LAW, Reading.PARTIAL, "Texte lu en partie seulement"),
        (Force.STATUTE, Reading.UNVERIFIED, "Texte non lu, à vérifier avant d’en faire état"),
    ],
)
def test_a_weak_footing_is_said(force, reading, said):
    assert caution(force, reading, "fr") == said


def test_a_deduction_from_a_reference_says_both():
    said = caution(Force.REFERENCE, Reading.DEDUCTION, "fr")
    assert "sans valeur juridique" in said
    assert "déduction" in said


def test_every_word_of_the_closed_lists_is_worded_in_both_languages():
    lists = [wording.VERDICTS, wording.SHORT_VERDICTS, wording.SEVERITIES, wording.FRAMES, wording.FORCES, wording.READINGS]
    lists += [wording.RELEASE_VERDICTS, wording.CRITERIA, wording.CRITERION_QUESTIONS, wording.TEST_RESULTS]
    for words in lists:
        assert set(words) == set(type(next(iter(words))))
        assert all(text("fr") and text("en") for text in words.values())


@pytest.mark.parametrize(
    ("given", "said", "lang"),
    [
        ("column validations.card is not mapped", "la colonne validations.card n’est pas décrite dans la correspondance des données", ""),
        ("tapped_at: empty", f"tapped_at{NB}: valeur absente", ""),
        ("validations: table validations is not mapped", f"validations{NB}: la table validations n’est pas décrite", ""),
        ("the folder is not there", "the folder is not there", "en"),
        ("tenue par un autre service", "tenue par un autre service", ""),
    ],
)
def test_reasons_are_said_in_french_or_marked_as_english(given, said, lang):
    words, marked = values.reason(given, "fr")
    assert words.startswith(said)
    assert marked == lang
    assert values.reason(given, "en") == (given, "")


def test_reasons_of_rules_reach_the_view(make_evidence, make_card):
    title = Text("Règle", "Rule")
    outcomes = (
        Outcome(rule=make_card("X-1", title, Severity.MAJOR), answer=NotChecked(reason="table cards is not mapped")),
        Outcome(rule=make_card("X-2", title, Severity.MAJOR), answer=NotApplicable(reason="pas de post-paiement")),
    )
    unchecked, aside = audit_view(make_evidence(outcomes=outcomes)).rules
    assert unchecked.reason == "la table cards n’est pas décrite dans la correspondance des données"
    assert aside.reason == "pas de post-paiement"
    assert unchecked.examined is None


def test_a_finding_in_one_frame_says_which(evidence):
    hashed = next(rule for rule in audit_view(evidence).rules if rule.id == "BIL-ANO-HASH")
    assert hashed.findings[0].frames == "RGPD"
    assert Frame.AU015 not in evidence.outcomes[4].findings[0].frames


def test_every_kind_of_gap_the_rules_tell_of_has_its_words():
    from policies.catalogue import RULES

    told = {kind for rule in RULES for kind in rule.messages}
    assert told <= set(values.KINDS) | set(values.PROCEDURES)


def test_a_rule_with_several_sentences_gives_the_one_that_fits(make_evidence, make_card):
    rule = make_card(
        "X-1",
        Text("Règle", "Rule"),
        Severity.MAJOR,
        messages={"table-gone": Text("La table {table} a disparu.", "Table {table} is gone.")},
    )
    finding = Finding(evidence={"kind": "table-gone"}, place=Place(table="valideurs"))
    (seen,) = audit_view(make_evidence(outcomes=(Outcome(rule=rule, answer=Checked(rows_examined=1, findings=(finding,))),))).rules
    assert seen.findings[0].sentence == "La table valideurs a disparu."
    assert seen.findings[0].cells[0].text == "table déclarée introuvable"
