"""Whole columns: what is certain, what is only told, and what must never convict."""

import hashlib
import random
from datetime import date, timedelta

import pytest

from auditor.scan import detect, detected_tables
from auditor.scan.chance import accident
from auditor.scan.detected import SCHEMAS
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.numbers import luhn_check_digit

GRAMMAR = CardGrammar(form="digits", length=10, prefixes=("250",), check_digit="luhn")


@pytest.fixture
def seen(columns, engine):
    """What is recognised in given columns: {(column, detector): detection}."""

    def detected(given, *, sample=None, grammar=GRAMMAR, **how):
        network = columns(given, grammar=grammar, **how)
        return {(one.column, one.detector): one for one in detect(engine, network, grammar, sample=sample)}

    return detected


def luhn(payload):
    return payload + luhn_check_digit(payload)


def cards(count):
    return [luhn(f"4970{rank * 7_919_317 % 10**11:011d}") for rank in range(count)]


def test_card_serials_are_certain_with_their_counts(seen, serials):
    found = seen({"carte": [*serials(30), *serials(30)]})
    one = found["carte", "card-number"]
    assert (one.values, one.candidates, one.rows, one.share, one.certain, one.sampled) == (30, 30, 60, 1.0, True, False)
    assert one.chance == 0.1
    assert one.accident <= 1e-29


def test_seven_serials_are_certain_and_six_are_told(seen, serials):
    assert seen({"x": serials(7)})["x", "card-number"].certain
    six = seen({"x": serials(6)})["x", "card-number"]
    assert not six.certain
    assert six.accident == pytest.approx(1e-6)


def test_three_serials_are_told_only_when_the_name_points_the_same_way(seen, serials):
    assert ("x", "card-number") not in seen({"x": serials(2)})
    hinted = seen({"numero_carte": serials(2)})["numero_carte", "card-number"]
    assert not hinted.certain
    assert "ne prouve rien" in hinted.why.fr


def test_a_name_alone_never_convicts(seen):
    found = seen(
        {
            "nir": [f"{rank:015d}" for rank in range(100)],
            "email": [f"valeur-{rank}" for rank in range(100)],
            "iban": ["inconnu"] * 100,
            "telephone": ["non"] * 100,
            "cvv": [str(100 + rank % 900) for rank in range(100)],
            "date_naissance": ["2026-01-01"] * 100,
        }
    )
    assert not found


HARMLESS = {
    "consecutive_ids": [str(2_500_000_000 + rank) for rank in range(3_000)],
    "short_codes": [f"{rank % 400:03d}" for rank in range(2_000)],
    "product_codes": [str(25_000 + rank % 90) for rank in range(2_000)],
    "school_years": [("1999", "2000")[rank % 2] for rank in range(500)],
    "scenario_code": [f"SCN-{100 + rank % 50}" for rank in range(500)],
    "epoch_seconds": [str(1_793_000_000 + 37 * rank) for rank in range(2_000)],
    "epoch_milliseconds": [str(1_793_000_000_000 + 37_919 * rank) for rank in range(2_000)],
    "epoch_microseconds": [str(1_793_000_000_000_000 + 37_919_113 * rank) for rank in range(2_000)],
    "compact_stamp": [f"202610{1 + rank % 28:02d}{rank % 24:02d}{rank % 60:02d}{rank * 7 % 60:02d}" for rank in range(2_000)],
    "short_stamp": [f"2610{1 + rank % 28:02d}{rank % 24:02d}{rank % 60:02d}{rank * 7 % 60:02d}" for rank in range(2_000)],
    "amounts": [f"{rank % 997 / 100:.2f}" for rank in range(2_000)],
    "zip_code": [str(59_000 + rank % 950) for rank in range(2_000)],
    "states": [("actif", "bloque", "expire", "remplace")[rank % 4] for rank in range(400)],
    "events": [(date(2024, 1, 1) + timedelta(days=rank)).isoformat() for rank in range(900)],
    "events_without_end": [(date(2020, 1, 1) + timedelta(days=rank)).isoformat() for rank in range(900)] + ["2099-12-31"] * 50,
    "padded_ids": [f"{rank:010d}" for rank in range(1_000, 4_000)],
    "counter_like_phones": [f"06{rank:08d}" for rank in range(10_000, 12_000)],
    "versions": [f"{1 + rank % 3}.{rank % 10}.{rank % 7}.{rank % 30}" for rank in range(300)],
    "validators": [f"M{1 + rank % 2}-{1_000 + rank % 60}-{rank % 5}" for rank in range(600)],
    "stops": ["Victor Hugo", "Jean Jaurès", "Gare Lille Flandres", "Place Jean Moulin", "Rue de Lille", "Fort de Mons", "CHU Eurasanté"]
    * 20,
    "hex_colours": [f"{rank * 97_003 % 16**6:06x}" for rank in range(1_000)],
    "uuids": [f"{rank:08x}00004000a0000000{rank:012x}"[:12] + "4000a000" + f"{rank:012x}" for rank in range(500)],
    "imei": [luhn(f"35{rank * 7_919_113 % 10**12:012d}") for rank in range(300)],
}


def test_what_other_tools_take_for_personal_data_does_not_convict(seen):
    assert not [key for key, one in seen(HARMLESS).items() if one.certain]


def test_random_numbers_of_every_length_convict_of_nothing(seen):
    random.seed(7)
    given = {f"n{length}": ["".join(random.choices("0123456789", k=length)) for _ in range(1_500)] for length in range(3, 20)}
    assert not [key for key, one in seen(given).items() if one.certain]


def test_payment_cards_and_their_codes_beside_them(seen):
    random.seed(3)
    found = seen({"reference": cards(60), "controle": [f"{random.randrange(1_000):03d}" for _ in range(60)]})
    assert found["reference", "pan"].certain
    assert found["controle", "cvv"].certain
    assert ("reference", "siren") not in found


def test_the_same_codes_without_payment_cards_are_nobodys(seen):
    random.seed(3)
    assert not seen({"cvv": [f"{random.randrange(1_000):03d}" for _ in range(60)]})


def test_a_few_codes_that_mean_something_are_not_security_codes_even_beside_payment_cards(seen):
    found = seen({"reference": cards(60), "profil": [("191", "192", "195")[rank % 3] for rank in range(60)]})
    assert {column for column, name in found if name == "cvv"} == set()


def test_sirets_are_not_payment_cards_and_explain_their_own_sirens(seen):
    sirens = [luhn(f"38{rank * 7_919 % 10**6:06d}") for rank in range(80)]
    found = seen({"siret": [luhn(siren + "0001") for siren in sirens]})
    assert found["siret", "siret"].certain
    assert {name for _, name in found} == {"siret"}


def test_a_birth_is_one_beside_a_name_or_under_a_name(seen):
    random.seed(5)
    births = [(date(1940, 1, 1) + timedelta(days=random.randrange(27_000))).isoformat() for _ in range(400)]
    mails = [f"porteur-{rank}@exemple.fr" for rank in range(400)]
    assert seen({"jour": births, "courriel": mails})["jour", "birth-date"].certain
    assert seen({"date_naissance": births})["date_naissance", "birth-date"].certain
    alone = seen({"jour": births})["jour", "birth-date"]
    assert not alone.certain
    assert "rien d’autre dans la table" in alone.why.fr


def test_a_position_needs_both_of_its_numbers(seen):
    latitudes = [f"{50.5 + rank / 9_973:.6f}" for rank in range(200)]
    longitudes = [f"{3.0 + rank / 9_973:.6f}" for rank in range(200)]
    found = seen({"a": latitudes, "b": longitudes})
    assert found["a", "coordinates"].certain
    assert found["b", "coordinates"].certain
    assert not seen({"ratio": longitudes})
    assert not seen({"a": latitudes})["a", "coordinates"].certain


def test_names_are_told_by_the_list_and_places_are_not(seen):
    first = ["Jean", "Marie", "Sophie", "Karim", "Léa", "Hugo", "Fatima", "Luc", "Chloé", "Paul"]
    last = ["Dupont", "Martin", "Lefèvre", "Moreau", "Garcia", "Petit", "Leroy", "Roux", "Vasseur", "Muller"]
    people = [f"{one} {other}" for one in first for other in last]
    assert seen({"x": people})["x", "name"].certain
    assert not seen({"x": [f"Rue {one}" for one in people]})


def test_digests_of_enumerable_numbers_are_turned_back(seen, serials):
    found = seen({"jeton": [hashlib.sha256(serial.encode()).hexdigest() for serial in serials(400)]})
    one = found["jeton", "sha256"]
    assert one.certain
    assert one.recovered == 400
    keyed = seen({"jeton": [hashlib.sha256(f"secret{serial}".encode()).hexdigest() for serial in serials(400)]})["jeton", "sha256"]
    assert (keyed.certain, keyed.recovered) == (True, 0)


def test_numbers_in_another_spelling(seen, serials):
    letters = str.maketrans("0123456789", "ABCDEFGHIJ")
    numbers = serials(60)
    found = seen(
        {
            "a": [number[::-1] for number in numbers],
            "b": [number.encode().hex() for number in numbers],
            "c": [n.translate(letters) for n in numbers],
        }
    )
    assert found["a", "reversed-number"].certain
    assert found["b", "hexadecimal"].certain
    assert found["c", "substitution"].certain


def test_consecutive_tokens_are_a_sequence_only_where_a_token_is_expected(seen):
    run = [str(rank) for rank in range(41_000, 41_400)]
    found = seen(
        {"jeton": run, "quand": ["2026-10-30T08:00:00Z"] * 400}, mapped="jeton", card_form="token", table="validations", column="card"
    )
    assert found["jeton", "sequence"].certain
    assert not seen({"id": run})


def test_known_numbers_stand_for_the_check_digit_a_grammar_lacks(seen):
    bare = CardGrammar(form="digits", length=10)
    random.seed(11)
    numbers = [f"{random.randrange(10**9, 10**10)}" for _ in range(200)]
    found = seen({"serie": numbers, "copie": numbers[:60]}, grammar=bare, mapped="serie", table="cards", column="card")
    assert found["copie", "card-number"].certain
    dense = [str(rank) for rank in range(10_000, 10_200)]
    assert not seen({"serie": dense, "compteur": dense[:60]}, grammar=bare, mapped="serie", table="cards", column="card")


def test_remarks_about_persons(seen):
    remarks = [
        "Cliente enceinte, place assise",
        "dit être séropositif et fatigué",
        "client handicapé, refuse l’aide",
        "diabétique, malaise à bord",
    ]
    found = seen({"commentaire": [*remarks, *(f"rappeler le client numéro {rank} car son dossier est en attente" for rank in range(40))]})
    assert found["commentaire", "risk-words-health"].certain
    assert found["commentaire", "risk-words-health"].values == 4
    assert found["commentaire", "free-text"].certain
    one = seen({"x": ["client réputé menteur ici", *(f"texte banal {rank}" for rank in range(500))]})["x", "risk-words-judgement"]
    assert (one.values, one.certain) == (1, False)


def test_a_sample_is_stable_says_so_and_never_counts_more_than_the_whole(seen, serials):
    many = {"carte": serials(3_000)}
    first, again = (seen(many, sample=300)["carte", "card-number"] for _ in range(2))
    assert first == again
    assert first.sampled
    assert first.certain
    assert 150 < first.values < 600
    assert not seen(many)["carte", "card-number"].sampled


def test_whole_numbers_and_decimals_of_a_database_are_read(engine, place_of):
    import sqlite3

    from auditor.sources import open_network

    place = place_of()
    with sqlite3.connect(place.folder / "gestion.sqlite") as connection:
        connection.execute("alter table supports add column copie real")
        connection.execute("update supports set copie = numero_carte where rowid % 2")
    connection.close()
    found = {(one.column, one.detector): one for one in detect(engine, open_network(place, engine), GRAMMAR, sample=None)}
    assert found["numero_carte", "card-number"].values == 200
    assert found["copie", "card-number"].values == 100


def test_the_relation_follows_its_schema(engine, columns, serials):
    found = detect(engine, columns({"carte": serials(30)}), GRAMMAR, sample=None)
    relation = detected_tables(found)["detected_values"]
    assert relation.columns == tuple(SCHEMAS["detected_values"].names)
    assert engine.rows(relation)[0]["certain"] is True
    assert engine.rows(detected_tables([])["detected_values"]) == []


def test_no_value_is_held_by_a_detection(engine, columns, serials):
    numbers = serials(30)
    said = repr(detect(engine, columns({"carte": numbers}), GRAMMAR, sample=None))
    assert not [number for number in numbers if number in said]


def test_accidents_are_a_binomial_tail():
    from scipy.stats import binom

    assert accident(7, 7, 0.1) == pytest.approx(1e-7)
    assert accident(12, 100, 0.1) == pytest.approx(binom.sf(11, 100, 0.1))
    assert accident(0, 100, 0.1) == 1.0
    assert accident(5, 5, 1.0) == 1.0
    assert 0 < accident(10_000, 10_000, 0.1) < 1e-200


def test_the_columns_of_a_table_are_grouped_at_once(engine, columns, serials, monkeypatch):
    network = columns({"carte": serials(30), "copie": serials(30), **{f"c{rank}": [f"texte {rank}"] * 30 for rank in range(40)}})
    kept, keep = [], engine.keep
    monkeypatch.setattr(engine, "keep", lambda name, relation, **how: (kept.append(name), keep(name, relation, **how))[1])
    found = {(one.column, one.detector) for one in detect(engine, network, GRAMMAR, sample=None)}
    assert {("carte", "card-number"), ("copie", "card-number")} <= found
    assert 0 < len(kept) <= len(network.raw)


def test_a_large_table_taken_in_slices_shows_the_same(seen, serials, monkeypatch):
    given = {"carte": serials(30), "courriel": [f"porteur-{rank}@exemple.fr" for rank in range(30)]}
    whole = seen(given)
    monkeypatch.setattr("auditor.scan.columns._CELLS", 1)
    assert seen(given) == whole


def test_columns_that_can_hold_nothing_by_type_and_range_are_not_grouped(engine):
    import pyarrow as pa

    from auditor.scan.columns import survey

    births = [date(1940, 1, 1) + timedelta(days=400 * rank) for rank in range(60)]
    table = engine.load(
        "typed",
        pa.table(
            {
                "naissance": births,
                "quand": [date(2026, 1, 1) + timedelta(days=rank) for rank in range(60)],
                "prix": [rank / 100 for rank in range(60)],
                "latitude": [50.5 + rank / 9_973 for rank in range(60)],
                "carte": [2_500_000_017.0 + rank for rank in range(60)],
            }
        ),
    )
    assert set(survey(engine, table, None, 7).shares) == {"naissance", "latitude", "carte"}
    assert set(survey(engine, table, None, 0).shares) == {"naissance", "prix", "latitude", "carte"}


def test_a_few_digests_of_a_space_that_can_be_tried_whole_are_turned_back(seen, serials):
    found = seen({"jeton": [hashlib.sha256(serial.encode()).hexdigest() for serial in serials(8)]})
    assert found["jeton", "sha256"].recovered == 8


def test_tokens_too_few_for_a_space_that_is_too_large_are_not_searched(seen, monkeypatch):
    def refused(*_):
        raise AssertionError

    monkeypatch.setattr("auditor.scan.reversal.search", refused)
    large = CardGrammar(form="digits", length=16, prefixes=("250",), check_digit="luhn")
    found = seen({"jeton": [hashlib.sha256(luhn(f"250{rank:012d}").encode()).hexdigest() for rank in range(40)]}, grammar=large)
    assert found["jeton", "sha256"].recovered == 0
