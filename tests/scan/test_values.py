"""One value at a time: published vectors, near misses on both sides, and what other tools take for what it is not."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.fr import nir, siret

from auditor.scan.detectors import FOUND, OTHER, SHAPED, detectors
from auditor.vocabulary.network import CardGrammar

GRAMMAR = CardGrammar(form="digits", length=10, prefixes=("250",), check_digit="luhn")
BY_NAME = {detector.name: detector for detector in detectors(GRAMMAR)}


def sign(name, value):
    return BY_NAME[name].test(value)


VECTORS = {
    # stdnum's own documentation for NIR, SIRET and IBAN; the schemes' published test numbers for cards.
    "nir": [
        ("295109912611193", FOUND),
        ("2 95 10 99 126 111 93", FOUND),
        ("253072B07300470", FOUND),
        ("253072A07300443", FOUND),
        ("NIR 295109912611193 (ancien)", FOUND),
        ("295109912611199", SHAPED),
        ("253072A07300470", SHAPED),
        ("295139912611193", OTHER),
        ("995109912611193", OTHER),
        ("1295109912611193", OTHER),
        ("29510991261119", OTHER),
    ],
    "siren": [("732829320", FOUND), ("732 829 320", FOUND), ("732829321", SHAPED), ("000000000", SHAPED), ("73282932", OTHER)],
    "siret": [
        ("73282932000074", FOUND),
        ("732 829 320 00074", FOUND),
        ("35600000009075", FOUND),
        ("35600000000048", FOUND),
        ("35600000009076", SHAPED),
        ("73282932000075", SHAPED),
        ("20261031050000", OTHER),
    ],
    "iban": [
        ("FR1420041010050500013M02606", FOUND),
        ("FR14 2004 1010 0505 0001 3M02 606", FOUND),
        ("GR16 0110 1050 0000 1054 7023 795", FOUND),
        ("FR1520041010050500013M02606", SHAPED),
        ("FR1420041010050500013M0260", SHAPED),
        ("AB12CD", OTHER),
    ],
    "pan": [
        ("4111111111111111", FOUND),
        ("4111 1111 1111 1111", FOUND),
        ("5500-0000-0000-0004", FOUND),
        ("378282246310005", FOUND),
        ("CB 4970100000000154 exp 12/27", FOUND),
        ("4111111111111112", SHAPED),
        ("73282932000074", OTHER),
        ("20261031050000123", OTHER),
        ("490154203237518", OTHER),
        ("89330110000000000000", OTHER),
    ],
    "phone": [
        ("01 40 20 50 50", FOUND),
        ("01.40.20.50.50", FOUND),
        ("+33 1 40 20 50 50", FOUND),
        ("0033140205050", FOUND),
        ("0140205050", FOUND),
        ("06 39 98 00 02", FOUND),
        ("+33 (0)1 40 20 50 50", FOUND),
        ("00 12 34 56 78", SHAPED),
        ("140205050", OTHER),
        ("01402050500", OTHER),
        ("2500000019", SHAPED),
    ],
    "email": [
        ("porteur@exemple.fr", FOUND),
        ("écrire à porteur.un+a@sous.exemple.fr merci", FOUND),
        ("@exemple", SHAPED),
        ("porteur@local", SHAPED),
        ("postgres://compte@hote.exemple.fr/base", SHAPED),
        ("exemple.fr", OTHER),
    ],
    "name": [
        ("Dupont", FOUND),
        ("Lefèvre", FOUND),
        ("MARTIN Jean", FOUND),
        ("M. Jean Martin", FOUND),
        ("Place Jean Martin", SHAPED),
        ("Jean Jaurès", SHAPED),
        ("Victor Hugo", SHAPED),
        ("actif", SHAPED),
        ("Porteur 000003", OTHER),
        ("M2-1057-4", OTHER),
    ],
    "postal-address": [
        ("12 rue de l’Exemple, 59000 Lille", FOUND),
        ("3 bis, avenue Foch", FOUND),
        ("12, Bd de la Liberté", FOUND),
        ("Rue de Lille", SHAPED),
        ("Place de la République", SHAPED),
        ("4 Cantons", OTHER),
        ("8 mai 1945", OTHER),
        ("Arrêt 12", OTHER),
    ],
    "plate": [
        ("AB-123-CD", FOUND),
        ("ab 123 cd", FOUND),
        ("123 ABC 59", FOUND),
        ("1234 AB 2A", FOUND),
        ("AI-123-CD", SHAPED),
        ("SS-123-CD", SHAPED),
        ("123 ABC 20", SHAPED),
        ("M2-1057-4", OTHER),
        ("BL1-09-A", OTHER),
    ],
    "licence": [
        ("13AA00002", FOUND),
        ("880459123456", FOUND),
        ("09AA00002", SHAPED),
        ("881359123456", SHAPED),
        ("261031050000", SHAPED),
        ("202610310500", SHAPED),
        ("88045912345", OTHER),
    ],
    "ip-address": [
        ("192.168.1.44", FOUND),
        ("82.65.12.7", FOUND),
        ("2001:db8::ff00:42:8329", FOUND),
        ("10.2.3.4", SHAPED),
        ("1.2.3.4", SHAPED),
        ("192.168.1.444", SHAPED),
        ("08:15:30", OTHER),
        ("aa:bb:cc:dd:ee:ff", SHAPED),
        ("2.0", OTHER),
    ],
    "coordinates": [("50.6371, 3.0630", FOUND), ("3,0630;50,6371", FOUND), ("12.3456, 98.7654", SHAPED), ("50.63, 3.06", OTHER)],
    "free-text": [
        ("Le client a appelé car sa carte ne passe pas", FOUND),
        ("Abonnement mensuel tarif réduit zone un deux trois", SHAPED),
        ("Lille Flandres", OTHER),
    ],
    "risk-words-health": [
        ("Client séropositif selon sa mère", FOUND),
        ("client handicapé très fatigué", FOUND),
        ("ENCEINTE de huit mois", FOUND),
        ("Sidaction 2026", OTHER),
        ("CHU Eurasanté", OTHER),
        ("enceinte", SHAPED),
    ],
    "risk-words-origin": [
        ("famille de roms à surveiller", FOUND),
        ("billet pour Rome aller", OTHER),
        ("individu de type maghrébin", FOUND),
    ],
    "risk-words-opinion": [
        ("délégué syndical CGT chez Transpole", FOUND),
        ("Musulman pratiquant, refuse le contrôle", FOUND),
        ("tarif normal un", OTHER),
    ],
    "risk-words-judgement": [("cliente hystérique et menteuse", FOUND), ("de MAUVAISE foi évidente", FOUND), ("Bus de Fouquières", OTHER)],
    "sensitive-label": [
        ("Invalidité 80 %", FOUND),
        ("Moins de 26 ans", FOUND),
        ("Salariés de la Métropole", FOUND),
        ("QF2 réduit", FOUND),
        ("Résidence Seniors", SHAPED),
        ("Ticket unitaire", OTHER),
    ],
    "card-number": [("2500000019", FOUND), ("2500 0000 19", FOUND), ("2500000018", SHAPED), ("2600000017", OTHER), ("25000000190", OTHER)],
    "base64": [(base64.b64encode(b"2500000019").decode(), FOUND), (base64.b64encode(b"2500000018").decode(), SHAPED)],
    "hexadecimal": [(b"2500000019".hex(), FOUND), (f"{2_500_000_019:x}", FOUND), (f"{2_500_000_018:x}", SHAPED), ("ffffffff", OTHER)],
    "reversed-number": [("9100000052", FOUND), ("8100000052", SHAPED), ("2500000019", OTHER)],
}


@pytest.mark.parametrize(("name", "value", "expected"), [(name, *vector) for name, vectors in VECTORS.items() for vector in vectors])
def test_each_value_is_what_it_is(name, value, expected):
    assert sign(name, value) is expected


@pytest.mark.parametrize("name", sorted(name for name in VECTORS if name != "pan"))
def test_the_coarse_pattern_lets_every_value_through_that_the_test_recognises(name):
    import duckdb

    found = [value for value, expected in VECTORS[name] if expected is FOUND]
    for value in found:
        assert duckdb.execute("select regexp_matches(?, ?)", [value, BY_NAME[name].coarse]).fetchone() == (True,), value


def test_a_payment_card_of_the_networks_own_grammar_is_a_travel_card():
    own = {one.name: one for one in detectors(CardGrammar(form="digits", length=16, prefixes=("4111",), check_digit="luhn"))}
    assert own["pan"].test("4111111111111111") is OTHER
    assert own["card-number"].test("4111111111111111") is FOUND


def test_a_grammar_without_a_check_digit_gives_no_detector_of_serials():
    names = {one.name for one in detectors(CardGrammar(form="digits", length=10))}
    assert not names & {"card-number", "reversed-number"}


@given(st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12), st.integers(1, 95), st.integers(1, 989), st.integers(1, 999))
def test_every_nir_with_its_key_is_found_and_with_another_key_is_not(sex, year, month, department, commune, order):
    payload = f"{sex}{year:02d}{month:02d}{department:02d}{commune:03d}{order:03d}"
    key = nir.calc_check_digits(payload)
    assert sign("nir", payload + key) is FOUND
    assert sign("nir", payload + f"{(int(key) % 97) + 1:02d}") is SHAPED


@given(st.text(alphabet="0123456789", min_size=15, max_size=15))
def test_one_changed_digit_of_a_payment_card_is_always_seen(digits):
    number = "4" + digits[:14]
    number += luhn.calc_check_digit(number)
    changed = number[:5] + str((int(number[5]) + 1) % 10) + number[6:]
    assert sign("pan", number) is FOUND
    assert sign("pan", changed) is not FOUND


@given(st.text(max_size=60))
def test_no_test_ever_fails_on_a_text(value):
    for detector in BY_NAME.values():
        if detector.test is not None and detector.name not in {"base64", "hexadecimal", "reversed-number"}:
            detector.test(value)


CHANCES = {
    "card-number": lambda draw: "250" + draw(7),
    "pan": lambda draw: "4" + draw(15),
    "siren": lambda draw: draw(9),
    "siret": lambda draw: draw(14),
    "phone": lambda draw: draw(10),
    "nir": lambda draw: "1" + draw(2) + "05" + "59" + draw(8),
    "reversed-number": lambda draw: draw(7) + "052",
    "licence": lambda draw: draw(12),
}


@pytest.mark.parametrize("name", sorted(CHANCES))
def test_the_stated_chance_is_at_least_what_random_values_show(name):
    random.seed(20_261_030)
    signs = [sign(name, CHANCES[name](lambda size: "".join(random.choices("0123456789", k=size)))) for _ in range(20_000)]
    # A telephone or a licence is stated on all the digits of that length, the others on those of the shape.
    drawn = len(signs) if name in {"phone", "licence"} else sum(one is not OTHER for one in signs)
    assert sum(one is FOUND for one in signs) / drawn <= BY_NAME[name].chance * 1.15


def test_the_published_examples_are_those_of_the_library():
    assert nir.is_valid("253072B07300470")
    assert siret.is_valid("35600000009075")
    assert iban.is_valid("FR1420041010050500013M02606")
