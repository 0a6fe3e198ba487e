"""Card numbers as a space that can be counted and walked: what makes an unkeyed hash of one reversible.

Check digit after ISO/IEC 7812-1 annex B (Luhn).
"""

from collections.abc import Iterator

from auditor.vocabulary.network import CardGrammar

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""Sum of the digits of twice the digit."""


def luhn_check_digit(payload: str) -> str:
    """Return the digit that completes `payload`; ValueError (without the number) unless it is made of ASCII digits."""
    total = sum(_DOUBLED[digit] if place % 2 == 0 else digit for place, digit in enumerate(_digits(payload)[::-1]))
    return str(-total % 10)


def luhn_valid(number: str) -> bool:
    """Tell whether the last digit is the check digit of the others; anything but ASCII digits is not valid."""
    return _are_digits(number) and luhn_check_digit(number[:-1]) == number[-1]


def space(grammar: CardGrammar) -> int | None:
    """Count the numbers a grammar allows; None when it does not bound them (no length, or not made of digits)."""
    if grammar.form != "digits" or grammar.length is None:
        return None
    return sum(_below(prefix, grammar.length, luhn=grammar.check_digit == "luhn") for prefix in _prefixes(grammar))


def numbers(grammar: CardGrammar) -> Iterator[str]:
    """Yield every number of a bounded grammar once, in increasing order; ValueError when it is not bounded."""
    if grammar.form != "digits" or grammar.length is None:
        message = "the card grammar does not bound the number space: declare a length in digits"
        raise ValueError(message)
    luhn = grammar.check_digit == "luhn"
    for prefix in _prefixes(grammar):
        free = grammar.length - len(prefix) - luhn
        if free >= 0:
            for rank in range(10**free):
                payload = f"{prefix}{rank:0{free}d}" if free else prefix
                yield payload + luhn_check_digit(payload) if luhn else payload
        elif _below(prefix, grammar.length, luhn=luhn):
            yield prefix


def _prefixes(grammar: CardGrammar) -> list[str]:
    """Return the declared prefixes in order, without those that a shorter one already covers."""
    declared = sorted(set(grammar.prefixes)) or [""]
    return [prefix for prefix in declared if not any(prefix != other and prefix.startswith(other) for other in declared)]


def _below(prefix: str, length: int, *, luhn: bool) -> int:
    free = length - len(prefix)
    if free < 0:
        return 0
    if not luhn:
        return int(10**free)
    return int(10 ** (free - 1)) if free else int(luhn_valid(prefix))


def _digits(payload: str) -> list[int]:
    if payload and not _are_digits(payload):
        message = "a check digit is computed on ASCII digits only"
        raise ValueError(message)
    return [int(character) for character in payload]


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
