"""A retention in a person's words: what it says is read, what it does not say stays absent."""

import pytest

from auditor.vocabulary.durations import Duration
from policies.registry.exchange.terms import read_term

P = Duration.parse


@pytest.mark.parametrize(
    ("text", "duration", "starts", "fate"),
    [
        ("5 ans à compter du versement de la paie", P("P5Y"), "versement de la paie", None),
        ("2 ans après la fin du contrat, puis suppression", P("P2Y"), "fin du contrat", "delete"),
        ("48 heures à compter de la validation, puis anonymisation", P("PT48H"), "validation", "anonymise"),
        ("un an et six mois à compter de la clôture puis archivage définitif", P("P18M"), "clôture", "archive"),
        ("P4M à compter de la facturation, puis suppression", P("P4M"), "facturation", "delete"),
        ("13 mois puis effacement", P("P13M"), "", "delete"),
        ("Immédiatement, puis suppression", P("PT0S"), "", "delete"),
        ("15 jours à partir du dépôt ; destruction", P("P15D"), "dépôt", "delete"),
    ],
)
def test_what_is_said_is_read(text, duration, starts, fate):
    read = read_term(text)
    assert (read.duration, read.starts, read.fate) == (duration, starts, fate)


@pytest.mark.parametrize(
    "text",
    [
        "Durée légale",
        "le temps de la relation commerciale",
        "tant que le compte est ouvert",
        "durée du contrat + 5 ans, puis suppression",
        "3 ans ; 5 ans",
        "2 ans en base active puis 3 ans en archive",
        "au moins 2 ans",
        "1,5 an",
        "jusqu’à 2 ans",
    ],
)
def test_a_length_that_would_have_to_be_guessed_is_none(text):
    assert read_term(text).duration is None


def test_an_event_that_sounds_like_a_fate_is_not_one():
    assert read_term("5 ans après la suppression du compte").fate is None


def test_an_intermediate_archive_is_not_a_final_fate():
    assert read_term("10 ans, en archivage intermédiaire").fate is None


def test_two_fates_are_none():
    assert read_term("2 ans, puis suppression ou anonymisation").fate is None


def test_a_condition_in_parentheses_is_told_apart():
    read = read_term("2 ans à compter de l’incident, puis suppression (impayé avéré)")
    assert (read.condition, read.starts, read.fate) == ("impayé avéré", "incident", "delete")
