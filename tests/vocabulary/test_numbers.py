from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.numbers import luhn_check_digit, luhn_valid, numbers, space

DIGITS = st.text("0123456789", min_size=1, max_size=18)
GRAMMARS = st.builds(
    CardGrammar,
    length=st.integers(1, 4),
    prefixes=st.lists(st.text("0123456789", max_size=5), max_size=3).map(tuple),
    check_digit=st.sampled_from(["none", "luhn"]),
)


def test_the_published_example():
    """ISO/IEC 7812-1 annex B, as worked through everywhere: 7992739871 takes the digit 3."""
    assert luhn_check_digit("7992739871") == "3"
    assert luhn_valid("79927398713")
    assert not any(luhn_valid(f"7992739871{digit}") for digit in "012456789")


@settings(deadline=None)
@given(DIGITS, st.integers(min_value=0), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(payload, place, change):
    number = payload + luhn_check_digit(payload)
    assert luhn_valid(number)
    at = place % len(number)
    wrong = number[:at] + str((int(number[at]) + change) % 10) + number[at + 1 :]
    assert not luhn_valid(wrong)


@pytest.mark.parametrize("text", ["", "12a4", "12 4", "١٢٣", "²3"])
def test_what_is_not_made_of_digits_is_not_valid(text):
    assert not luhn_valid(text)


def test_a_check_digit_of_something_else_is_refused_without_repeating_it():
    with pytest.raises(ValueError, match="ASCII digits only") as refused:
        luhn_check_digit("25x99")
    assert "25x99" not in str(refused.value)


@settings(deadline=None)
@given(GRAMMARS)
def test_the_space_is_what_is_enumerated_once_each_and_in_order(grammar):
    found = list(numbers(grammar))
    assert len(found) == space(grammar)
    assert found == sorted(set(found))
    assert all(len(number) == grammar.length for number in found)
    assert all(number.startswith(grammar.prefixes or ("",)) for number in found)
    assert grammar.check_digit == "none" or all(map(luhn_valid, found))


@settings(deadline=None)
@given(GRAMMARS)
def test_no_number_of_the_grammar_is_forgotten(grammar):
    every = (f"{number:0{grammar.length}d}" for number in range(10**grammar.length))
    allowed = [number for number in every if number.startswith(grammar.prefixes or ("",))]
    assert list(numbers(grammar)) == [number for number in allowed if grammar.check_digit == "none" or luhn_valid(number)]


def test_a_large_space_is_counted_and_walked_without_being_built():
    grammar = CardGrammar(length=18, prefixes=("25",), check_digit="luhn")
    assert space(grammar) == 10**15
    assert list(islice(numbers(grammar), 2)) == ["250000000000000001", "250000000000000019"]


@pytest.mark.parametrize("grammar", [CardGrammar(), CardGrammar(form="text", length=4)])
def test_a_grammar_that_bounds_nothing_has_no_space(grammar):
    assert space(grammar) is None
    with pytest.raises(ValueError, match="declare a length"):
        next(numbers(grammar))
