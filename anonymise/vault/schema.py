"""What a sealed record may hold, field by field: the list is closed, and a state is checked against it before sealing.

A day is exactly a `date`: a `datetime`, which Python counts as one, would bring an hour in. Whole numbers and amounts
stay far below a Unix time, and codes hold no colon, so that an instant cannot travel as a number or a code. What a
code means (that a product is not the name of a stop) is checked where codes are read, in the mapping.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final, NoReturn, get_args

from auditor.vocabulary.aftersales import BlockEntry, BlockReason, CardState, ContractState, CounterState, Medium, SaleProof
from auditor.vocabulary.errors import SecretMisuse

_FORMAT = 1
_PADDED_TO = 512
"""Sealed records are padded to a multiple of this many bytes, so that their length tells little of the card."""
_CODE = re.compile(r"[\w .,'’/+&()°%€@-]{0,64}")
_REFERENCE = re.compile(r"[\w.-]{0,64}")
_MOST_JOURNEYS = 100_000
_MOST_MONEY = 1_000_000.0


class _Outside(ValueError):
    """A value outside the schema. The text says what was expected; never the value."""


def _code(value: object) -> str:
    if type(value) is not str or not _CODE.fullmatch(value):
        raise _Outside("a code of at most 64 letters, digits and plain marks")
    return value


def _reference(value: object) -> str:
    if type(value) is not str or not _REFERENCE.fullmatch(value):
        raise _Outside("a reference of at most 64 letters and digits")
    return value


def _named(value: object) -> str:
    if not _code(value).strip():
        raise _Outside("a code that is not empty")
    return _code(value)


def _number(value: object) -> str:
    if not _reference(value):
        raise _Outside("a card number that is not empty")
    return _reference(value)


def _day(value: object) -> str:
    if type(value) is not date:
        raise _Outside("a day, without an hour")
    return value.isoformat()


def _maybe_day(value: object) -> str | None:
    return None if value is None else _day(value)


def _journeys(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_JOURNEYS:
        raise _Outside(f"a whole number of journeys between 0 and {_MOST_JOURNEYS:,}")
    return value


def _amount(value: object) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > _MOST_MONEY:  # type: ignore[arg-type]
        raise _Outside("an amount of money")
    return float(value)  # type: ignore[arg-type]


def _one_of(allowed: tuple[str, ...]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if type(value) is not str or value not in allowed:
            raise _Outside("one of " + ", ".join(allowed))
        return value

    return check


def _several(kind: type) -> Callable[[object], list[list[Any]]]:
    def check(value: object) -> list[list[Any]]:
        if type(value) is not tuple:
            raise _Outside(f"a tuple of {kind.__name__}")
        return [_checked(item, kind) for item in value]

    return check


def _maybe(kind: type) -> Callable[[object], list[Any] | None]:
    return lambda value: None if value is None else _checked(value, kind)


SCHEMA: Final[Mapping[type, Mapping[str, Callable[[object], Any]]]] = {
    ContractState: {
        "contract": _code,
        "product": _code,
        "status": _code,
        "starts_on": _maybe_day,
        "ends_on": _maybe_day,
        "serial": _code,
    },
    CounterState: {"contract": _code, "remaining": _journeys, "counted_on": _maybe_day},
    SaleProof: {"sale": _code, "product": _code, "sold_on": _day, "amount": _amount, "pay_method": _code},
    BlockEntry: {
        "reason": _one_of(get_args(BlockReason)),
        "starts_on": _day,
        "author": _named,
        "ends_on": _maybe_day,
        "notified_on": _maybe_day,
    },
    CardState: {
        "card": _number,
        "printed_number": _code,
        "medium": _one_of(get_args(Medium)),
        "holder": _reference,
        "expires_on": _maybe_day,
        "contracts": _several(ContractState),
        "counters": _several(CounterState),
        "sales": _several(SaleProof),
        "blocked": _maybe(BlockEntry),
        "replaced_by": _reference,
        "relation_ended_on": _maybe_day,
    },
}
"""The whole schema. A class of the vocabulary that grows a field cannot be sealed before the field is admitted here."""

_NAMES: Final = {kind: tuple(field.name for field in fields(kind)) for kind in SCHEMA}
_DAYS: Final = (_day, _maybe_day)
_NESTED: Final = {"contracts": ContractState, "counters": CounterState, "sales": SaleProof}


def encoded(state: CardState) -> bytes:
    """Return the padded JSON of a state; SecretMisuse, naming the field and never the value, when it is outside the schema."""
    content = [_FORMAT, _checked(state, CardState)]
    if state.holder and state.medium != "nominative":
        _refuse(f"CardState.holder: a link to a customer record on a {state.medium} card")
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return text.ljust(-(-len(text) // _PADDED_TO) * _PADDED_TO)


def decoded(content: bytes) -> CardState:
    """Return the state that `encoded` wrote."""
    written, values = json.loads(content)
    if written != _FORMAT:
        _refuse("a record written in another format")
    state = _read(values, CardState)
    for name, kind in _NESTED.items():
        state[name] = tuple(kind(**_read(item, kind)) for item in state[name])
    if state["blocked"] is not None:
        state["blocked"] = BlockEntry(**_read(state["blocked"], BlockEntry))
    return CardState(**state)


def _read(values: list[Any], kind: type) -> dict[str, Any]:
    checks = SCHEMA[kind]
    return {
        name: date.fromisoformat(value) if value is not None and checks[name] in _DAYS else value
        for name, value in zip(_NAMES[kind], values, strict=True)
    }


def _checked(value: object, kind: type) -> list[Any]:
    """Return the values of a record in the order of its fields, each checked."""
    if type(value) is not kind:
        _refuse(f"{kind.__name__}: a value of another kind ({type(value).__name__})")
    checks = SCHEMA[kind]
    content = []
    for name in _NAMES[kind]:
        check = checks.get(name)
        if check is None:
            _refuse(f"{kind.__name__}.{name}: a field that the vault does not admit")
        try:
            content.append(check(getattr(value, name)))
        except _Outside as outside:
            expected = str(outside)
            _refuse(f"{kind.__name__}.{name}: something other than {expected}")
    return content


def _refuse(what: str) -> NoReturn:
    raise SecretMisuse(
        f"The vault does not take this in: {what}.",
        "The vault holds titles, counters and links for after-sales; never a place, a tap or an hour.",
        "Correct the state given, or the mapping it was read from.",
    ) from None
