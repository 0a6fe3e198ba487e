from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import typography as typo

NB = "\N{NO-BREAK SPACE}"
NN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [
        (0, "0", "0"),
        (999, "999", "999"),
        (1000, f"1{NN}000", "1,000"),
        (1_234_567, f"1{NN}234{NN}567", "1,234,567"),
        (-1200, f"{MINUS}1{NN}200", f"{MINUS}1,200"),
    ],
)
def test_thousands_stand_apart(number, french, english):
    assert typo.whole(number) == french
    assert typo.whole(number, "en") == english


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_a_written_number_reads_back(number):
    assert int(typo.whole(number).replace(NN, "").replace(MINUS, "-")) == number


@pytest.mark.parametrize(
    ("share", "french", "english"),
    [
        (0.0, f"0{NB}%", "0%"),
        (0.125, f"12,5{NB}%", "12.5%"),
        (1.0, f"100{NB}%", "100%"),
        (0.0004, f"moins de{NB}0,1{NB}%", "less than 0.1%"),
        (0.0005, f"0,1{NB}%", "0.1%"),
        (0.9996, f"plus de{NB}99,9{NB}%", "more than 99.9%"),
        (0.9994, f"99,9{NB}%", "99.9%"),
    ],
)
def test_a_share_never_rounds_to_nothing_or_to_all(share, french, english):
    assert typo.percent(share) == french
    assert typo.percent(share, "en") == english


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_something_is_never_written_as_nothing_nor_as_all(share):
    assert typo.percent(share, "en") not in ("0%", "100%")


def test_decimals_drop_their_trailing_zeros():
    assert typo.decimal(1234.50) == f"1{NN}234,5"
    assert typo.decimal(3.0, "en") == "3"
    assert typo.decimal(-0.001) == "0"
    assert typo.decimal(-0.5) == f"{MINUS}0,5"


def test_the_first_of_the_month_is_an_ordinal_in_french_only():
    assert typo.day(date(2026, 5, 1)) == f"1er{NB}mai{NB}2026"
    assert typo.day(date(2026, 5, 2)) == f"2{NB}mai{NB}2026"
    assert typo.day(date(2026, 5, 1), "en") == f"1{NB}May{NB}2026"


def test_an_instant_says_that_it_is_utc():
    instant = datetime(2026, 10, 31, 5, 7, tzinfo=UTC)
    assert typo.moment(instant) == f"31{NB}octobre{NB}2026 à{NB}5{NB}h{NB}07 (UTC)"
    assert typo.moment(instant, "en") == f"31{NB}October{NB}2026 at 05:07 (UTC)"


def test_short_days_follow_each_language():
    assert typo.short_day(date(2026, 10, 3)) == "03/10/2026"
    assert typo.short_day(date(2026, 10, 3), "en") == "2026-10-03"


@pytest.mark.parametrize(("number", "french", "english"), [(0, "règle", "rules"), (1, "règle", "rule"), (2, "règles", "rules")])
def test_zero_is_singular_in_french_and_plural_in_english(number, french, english):
    assert typo.count(number, "règle", "règles") == f"{number}{NB}{french}"
    assert typo.count(number, "rule", "rules", "en") == f"{number}{NB}{english}"


def test_a_list_ends_with_and():
    assert typo.listed([]) == ""
    assert typo.listed(["a"]) == "a"
    assert typo.listed(["a", "b", "c"]) == "a, b et c"
    assert typo.listed(["a", "b"], "en") == "a and b"


def test_quotes_hold_no_break_spaces_in_french():
    assert typo.quoted("mot") == f"«{NB}mot{NB}»"
    assert typo.quoted("word", "en") == "“word”"


def test_french_sentences_get_their_spaces_once():
    raw = "Attention : l'art. 15, « un mois » ; 48 heures, 12 % ?"
    set_once = typo.spaced(raw)
    assert set_once == f"Attention{NB}: l’art.{NB}15, «{NB}un mois{NB}»{NB}; 48{NB}heures, 12{NB}%{NB}?"
    assert typo.spaced(set_once) == set_once


@pytest.mark.parametrize("mark", ["\x1b", "\n", "\r", "\x00", "\u202e", "\u2066", "\u2028", "\ud800"])
def test_data_cannot_drive_a_terminal_or_reorder_a_page(mark):
    assert mark not in typo.plain(f"a{mark}b")


@pytest.mark.parametrize("name", ["Gare d’Ascq", "محطة", "🚇 métro", "👩\u200d🔧", "<b>"])
def test_ordinary_names_are_left_alone(name):
    assert typo.plain(name) == name
