"""What each physical table is expected to be, told from the mapping, the card grammar and the register's terms."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from auditor.quality.questions import is_fixed, pattern_of
from auditor.vocabulary.network import CardGrammar, ColumnMap, Feed, NetworkPlace
from auditor.vocabulary.register import Register, Retention
from auditor.vocabulary.schema import TABLES, Column, Domain, Kind

K: Final = 11
"""Distinct cards in each class of a published or analysed table, unless another threshold is asked for."""
_IDENTITIES: Final[Mapping[str, str]] = {
    "cards": "card",
    "customers": "customer",
    "contracts": "contract",
    "sales": "sale",
    "payment_incidents": "incident",
    "fraud_alerts": "alert",
    "fraud_cases": "case_number",
    "penalty_notices": "notice",
    "requests": "request",
    "breaches": "breach",
    "admin_events": "event",
    "accounts": "account",
}
_ORDERS: Final = (
    ("tapped_at", "received_at"),
    ("starts_at", "ends_at"),
    ("starts_on", "ends_on"),
    ("issued_on", "expires_on"),
    ("opened_on", "closed_on"),
    ("occurred_on", "settled_on"),
    ("recorded_on", "paid_on"),
    ("recorded_on", "transmitted_on"),
    ("received_on", "answered_on"),
    ("received_on", "closed_on"),
    ("created_on", "closed_on"),
    ("known_at", "notified_at"),
)
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "remaining": (0.0, 1e9),
    "rows": (0.0, 1e15),
    "price": (0.0, 1e9),
}
_EVENTS: Final = frozenset({"tapped_at", "received_at", "sold_at", "accessed_at", "raised_at", "known_at", "issued_on", "opened_on"})
"""Moments that have come when they are written."""
_PARENTS: Final[Mapping[Domain, tuple[str, str]]] = {
    Domain.CARD: ("cards", "card"),
    Domain.CUSTOMER: ("customers", "customer"),
    Domain.CONTRACT: ("contracts", "contract"),
}
_PERSONS: Final = ("card", "subscriber", "customer")
_CLASSES: Final = ("service_day", "tapped_at", "stop", "line", "vehicle", "validator", "product", "profile", "medium")
_OPEN: Final = frozenset({"warehouse", "export"})
"""Roles of the stores that serve analysis or leave the house."""
_FLAGS: Final = "^(true|t|1|yes|y|oui|o|vrai|v|false|f|0|no|n|non|faux)$"
_ISO_INSTANT: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One expectation: the name Great Expectations knows it by, and its arguments."""

    type: str
    arguments: Mapping[str, Any]
    why: str
    """What of the network says so: a canonical column, a term of the register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What one physical table is expected to be."""

    table: str
    """`source` or `source.table`, as the mapping names it."""
    expectations: tuple[Expected, ...]
    untold: tuple[str, ...] = field(default=())
    """Columns whose moments are written in a form that is not compared."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Raw columns that the expectations look at."""
        found: dict[str, None] = {}
        for expected in self.expectations:
            for name in ("column", "earlier", "later", "person"):
                found |= {expected.arguments[name]: None} if name in expected.arguments else {}
            for name in ("columns", "identified_by"):
                found |= dict.fromkeys(expected.arguments.get(name, ()))
        return tuple(found)

    @property
    def others(self) -> frozenset[str]:
        """Other tables that references are looked up in."""
        return frozenset(expected.arguments["other"] for expected in self.expectations if "other" in expected.arguments)


def suites(place: NetworkPlace, register: Register, *, k: int = K) -> tuple[Suite, ...]:
    """Return the suite of every physical table that is mapped, in the order of the mapping.

    Args:
        place: The network: mapping, card grammar, time zone.
        register: Whose measured terms are the age limits.
        k: Distinct cards that each class of an analysed or exported table must hold.
    """
    fed: dict[str, list[tuple[str, Feed]]] = {}
    for name, feeds in place.mapping.tables.items():
        for feed in feeds:
            fed.setdefault(feed.source, []).append((name, feed))
    return tuple(_suite(place, register, physical, sharing, k) for physical, sharing in fed.items())


def _suite(place: NetworkPlace, register: Register, physical: str, sharing: Sequence[tuple[str, Feed]], k: int) -> Suite:
    told: dict[tuple[str, str], Expected] = {}
    untold: dict[str, None] = {}
    for name, feed in sharing:
        reader = _Feed(place, name, feed)
        untold |= dict.fromkeys(reader.untold())
        for expected in (*reader.columns(), *reader.rows(), *reader.references(), *reader.terms(register, physical), *reader.people(k)):
            told.setdefault((expected.type, repr(sorted(expected.arguments.items()))), expected)
    return Suite(table=physical, expectations=tuple(told.values()), untold=tuple(untold))


class _Feed:
    """One feed, and what it says of its raw table."""

    def __init__(self, place: NetworkPlace, name: str, feed: Feed) -> None:
        self._place, self._name, self._feed = place, name, feed
        self._mapped = {column: how for column, how in feed.columns.items() if how.column is not None}
        self._schema = TABLES[name].columns

    def columns(self) -> Iterator[Expected]:
        """Expect each mapped column to be there and to be readable as what it stands for."""
        for name, how in self._mapped.items():
            why, column = f"{self._name}.{name}", self._schema[name]
            at: dict[str, Any] = {"column": how.column, "missing": list(how.missing)}
            yield Expected(type="expect_column_to_exist", arguments={"column": how.column}, why=why)
            if column.required:
                yield Expected(type="expect_values_to_be_given", arguments=at, why=why)
            if how.values and how.only_listed:
                yield Expected(type="expect_codes_to_be_listed", arguments={**at, "listed": sorted(how.values)}, why=why)
            elif (form := self._form(name, column, how)) is not None:
                yield Expected(type="expect_values_to_be_readable", arguments={**at, **form}, why=why)
            if name in _RANGES:
                low, high = _RANGES[name]
                yield Expected(type="expect_numbers_to_be_within", arguments={**at, "low": low, "high": high}, why=why)
            if name in _EVENTS and self._dated(name):
                yield Expected(type="expect_nothing_from_the_future", arguments={**at, **self._moment(name)}, why=why)

    def rows(self) -> Iterator[Expected]:
        """Expect identifiers to name one row, taps to be told once, and time to run forwards."""
        key = self._mapped.get(_IDENTITIES.get(self._name, ""))
        if key is not None:
            yield Expected(type="expect_rows_to_be_distinct", arguments={"columns": [key.column]}, why=f"{self._name}: one row each")
        if self._name == "validations" and {"card", "tapped_at", "validator"} <= self._mapped.keys() and self._to_the_second("tapped_at"):
            tap = [self._mapped[name].column for name in ("card", "tapped_at", "validator", "product") if name in self._mapped]
            yield Expected(type="expect_rows_to_be_distinct", arguments={"columns": tap}, why="validations: one row per tap")
        for earlier, later in _ORDERS:
            if self._dated(earlier) and self._dated(later) and self._alike(earlier, later):
                first, second = self._mapped[earlier], self._mapped[later]
                arguments = {
                    "earlier": first.column,
                    "later": second.column,
                    "earlier_formats": list(first.formats),
                    "later_formats": list(second.formats),
                    "missing": sorted({*first.missing, *second.missing}),
                    "zone": self._zone(first),
                }
                yield Expected(type="expect_moments_to_be_in_order", arguments=arguments, why=f"{self._name}: {earlier}, then {later}")

    def references(self) -> Iterator[Expected]:
        """Expect cards, customers and contracts to exist in the table of the same database that lists them."""
        for name, how in self._mapped.items():
            column = self._schema[name]
            parent, key = _PARENTS.get(column.domain, ("", ""))
            if column.kind is not Kind.KEY or (self._name, name) == (parent, key) or self._feed.card_form != "number":
                continue
            for feed in self._place.mapping.tables.get(parent, ()):
                same = feed.source.partition(".")[0] == self._feed.source.partition(".")[0]
                listed = feed.columns.get(key)
                if same and feed.role == self._feed.role and listed is not None and listed.column is not None:
                    arguments = {"column": how.column, "missing": list(how.missing), "other": feed.source, "other_column": listed.column}
                    yield Expected(type="expect_references_to_exist", arguments=arguments, why=f"{self._name}.{name}: {parent}.{key}")

    def terms(self, register: Register, physical: str) -> Iterator[Expected]:
        """Expect nothing older than the term that the register declares for the table."""
        names = {how.column: name for name, how in self._mapped.items() if self._dated(name)}
        for activity, term in _terms(register):
            if term.table == physical and term.column in names:
                how = self._mapped[names[term.column]]
                identified = [one.column for one in self._persons()] if term.applies_to == "identified" else []
                if term.applies_to == "identified" and not identified:
                    continue
                said = {
                    "column": term.column,
                    "missing": list(how.missing),
                    **self._moment(names[term.column]),
                    "term": str(term.duration),
                    "identified_by": identified,
                }
                yield Expected(type="expect_nothing_past_its_term", arguments=said, why=f"{activity}: {term.data}")

    def people(self, k: int) -> Iterator[Expected]:
        """Expect that nobody stands out where data is analysed or leaves, and that no card number hides in a text."""
        grammar = self._place.config.cards
        card = self._mapped.get("card")
        if self._feed.role in _OPEN and card is not None and self._feed.card_form != "journey":
            classes = [self._mapped[name].column for name in _CLASSES if name in self._mapped]
            if classes:
                arguments = {"columns": classes, "person": card.column, "k": k}
                yield Expected(type="expect_classes_of_several_persons", arguments=arguments, why=f"store {self._feed.store}")
        pattern = _telling_pattern(grammar)
        if pattern is None:
            return
        for name, how in self._mapped.items():
            if self._feed.role in _OPEN or self._schema[name].kind is Kind.TEXT:
                arguments = {"column": how.column, "missing": list(how.missing), "pattern": pattern, "luhn": _luhn(grammar)}
                yield Expected(type="expect_no_card_number", arguments=arguments, why=f"{self._name}.{name}")

    def untold(self) -> Iterator[str]:
        """Name the columns of moments written in a form that is not compared."""
        for name, how in self._mapped.items():
            if self._schema[name].kind in (Kind.INSTANT, Kind.DATE) and not self._dated(name):
                yield str(how.column)

    def _persons(self) -> list[ColumnMap]:
        journey = self._feed.card_form == "journey"
        return [self._mapped[name] for name in _PERSONS if name in self._mapped and not (journey and name == "card")]

    def _dated(self, name: str) -> bool:
        how = self._mapped.get(name)
        moment = how is not None and self._schema[name].kind in (Kind.INSTANT, Kind.DATE)
        return moment and how is not None and how.epoch is None and not how.values and all(is_fixed(form) for form in how.formats)

    def _to_the_second(self, name: str) -> bool:
        # Told to the minute, two taps may be written alike.
        return self._dated(name) and all("%S" in form for form in self._mapped[name].formats)

    def _alike(self, one: str, other: str) -> bool:
        return self._schema[one].kind is self._schema[other].kind and self._zone(self._mapped[one]) == self._zone(self._mapped[other])

    def _zone(self, how: ColumnMap) -> str:
        return how.timezone or self._place.config.network.timezone

    def _moment(self, name: str) -> dict[str, Any]:
        how = self._mapped[name]
        # A day has no zone: the audit compares it with the day in UTC, and so does the gate.
        zone = "UTC" if self._schema[name].kind is Kind.DATE else self._zone(how)
        return {"formats": list(how.formats), "zone": zone}

    def _form(self, name: str, column: Column, how: ColumnMap) -> dict[str, Any] | None:
        grammar = self._place.config.cards
        if how.values:
            return None
        if column.kind is Kind.KEY and column.domain is Domain.CARD and self._feed.card_form == "number":
            pattern = _card_pattern(grammar)
            return None if pattern is None else {"pattern": pattern, "separators": grammar.form == "digits", "luhn": _luhn(grammar)}
        if column.kind in (Kind.INSTANT, Kind.DATE) and self._dated(name):
            return {"pattern": "|".join([_ISO_INSTANT, *map(pattern_of, how.formats)])}
        if column.kind is Kind.NUMBER:
            return {"pattern": "^[+-]?[0-9]*[.,]?[0-9]+([eE][+-]?[0-9]+)?$|^[+-]?[0-9]+[.,]$"}
        if column.kind is Kind.WHOLE:
            return {"pattern": "^[+-]?[0-9]+([.]0+)?$"}
        return {"pattern": _FLAGS} if column.kind is Kind.FLAG else None


def _terms(register: Register) -> Iterable[tuple[str, Retention]]:
    return ((declared.activity.id, term) for declared in register.activities for term in declared.activity.retention)


def _luhn(grammar: CardGrammar) -> int:
    return grammar.length or 0 if grammar.check_digit == "luhn" else 0


def _card_pattern(grammar: CardGrammar) -> str | None:
    """Return the pattern of a card number; None when the grammar says too little."""
    if grammar.length is None:
        return None
    if grammar.form == "text":
        return f"^.{{{grammar.length}}}$"
    # Kept as a number, what begins with zeros is shorter.
    if not grammar.prefixes or any(prefix.startswith("0") for prefix in grammar.prefixes):
        return f"^[0-9]{{1,{grammar.length}}}$"
    return _telling_pattern(grammar)


def _telling_pattern(grammar: CardGrammar) -> str | None:
    """Return a pattern that few other numbers fit; None when the grammar has neither issuer nor check digit."""
    if grammar.length is None or grammar.form == "text" or (not grammar.prefixes and grammar.check_digit == "none"):
        return None
    if not grammar.prefixes:
        return f"^[0-9]{{{grammar.length}}}$"
    alternatives = "|".join(f"{prefix}[0-9]{{{grammar.length - len(prefix)}}}" for prefix in grammar.prefixes)
    return f"^({alternatives})$"
