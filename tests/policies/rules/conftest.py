"""Rules are tried as the audit runs them: on a real engine, through `auditor.audit.run`, from rows written beside each rule."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
import yaml

from auditor.audit import Scope, run
from auditor.engine.duckdb import DuckDBEngine
from auditor.recorded import SCHEMAS as RECORDED
from auditor.rules import Rule, Tables
from auditor.scan.detected import SCHEMAS as DETECTED
from auditor.sources.observed import SCHEMAS as OBSERVED
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.network import CardGrammar, ParameterOverride
from auditor.vocabulary.numbers import numbers
from auditor.vocabulary.outcomes import Outcome
from auditor.vocabulary.schema import TABLES, Kind
from policies.pieces import SCHEMAS as PIECES
from policies.registry.tables import COLUMNS, schema_of

RULES = Path(__file__).resolve().parents[3] / "policies" / "rules"
_KINDS = {
    Kind.KEY: "int64",
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.INSTANT: "timestamp",
    Kind.DATE: "date",
    Kind.NUMBER: "float64",
    Kind.WHOLE: "int64",
    Kind.FLAG: "boolean",
}
_CANONICAL = {
    name: {
        **{column: _KINDS[given.kind] for column, given in table.columns.items()},
        "store": "string",
        "store_role": "string",
        "physical": "string",
    }
    for name, table in TABLES.items()
}
_BESIDE: Mapping[str, ibis.Schema] = {
    name: ibis.Schema.from_pyarrow(schema)
    for name, schema in (
        *OBSERVED.items(),
        *DETECTED.items(),
        *RECORDED.items(),
        *PIECES.items(),
        *((name, schema_of(name)) for name in COLUMNS),
    )
}
_RESERVED = {"absent", "unmapped", "parameters", "unread_sources", "finds", "verdict", "au015", "gdpr", "as_of", "answer"}

Case = Mapping[str, Any]
Ask = Callable[[Rule, Case], Outcome]


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(memory_limit="512MB", threads=2) as opened:
        yield opened


@pytest.fixture(scope="session")
def empty() -> Mapping[str, ibis.Table]:
    return {name: _relation(name, [], datetime(2026, 1, 1)) for name in (*_CANONICAL, *_BESIDE)}


@pytest.fixture(scope="session")
def ask(engine: DuckDBEngine, empty: Mapping[str, ibis.Table]) -> Ask:
    """Run one rule on one case."""
    known: dict[tuple[int, int], tuple[Rule, Case, Outcome]] = {}

    def asked(rule: Rule, case: Case) -> Outcome:
        place = (id(rule), id(case))
        if place not in known:
            known[place] = (rule, case, answered(rule, case))
        return known[place][2]

    def answered(rule: Rule, case: Case) -> Outcome:
        as_of = _instant(case["as_of"], datetime(2000, 1, 1))
        rows = {name: value for name, value in case.items() if name not in _RESERVED}
        unknown = rows.keys() - _CANONICAL.keys() - _BESIDE.keys()
        assert not unknown, f"unknown tables in a case: {unknown}"
        rows.setdefault("observed_stores", _stores(rows))
        relations = {name: empty[name] for name in _BESIDE} | {name: _relation(name, given, as_of) for name, given in rows.items()}
        for name in (*case.get("absent", {}), *(entry for entry in case.get("unmapped", []) if "." not in entry)):
            relations.pop(name, None)
        hidden = {entry for entry in case.get("unmapped", []) if "." in entry}
        columns = {name: frozenset(column for column in _CANONICAL[name] if f"{name}.{column}" not in hidden) for name in _CANONICAL}
        overrides = (
            {rule.id: ParameterOverride(reason="measured on this network", values=case["parameters"])} if "parameters" in case else {}
        )
        scope = Scope(
            counts={name: len(given) for name, given in rows.items()},
            columns=columns,
            absent=case.get("absent", {}),
            absent_sources=frozenset(case.get("unread_sources", ())),
            overrides=overrides,
        )
        (outcome,) = run([rule], Tables(relations=relations, as_of=as_of, ask=engine.rows), engine, scope)
        return outcome

    return asked


@pytest.fixture(scope="session")
def casebook() -> Mapping[str, Mapping[str, Case]]:
    """Every case, by rule id and by name."""
    return _casebook()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "written_case" in metafunc.fixturenames:
        written = [(rule, name, case) for rule, cases in _casebook().items() for name, case in cases.items()]
        metafunc.parametrize("written_case", written, ids=[f"{rule}:{name}" for rule, name, _ in written])


@cache
def _casebook() -> dict[str, dict[str, Case]]:
    books = {}
    for path in sorted(RULES.rglob("*.cases.yml")):
        rule = yaml.safe_load(path.read_text(encoding="utf-8"))["rule"]
        books[rule] = cases_of(path)
    return books


def cases_of(path: Path) -> dict[str, Case]:
    """Read the cases of one rule; what a file gives for all its cases is overridden by what a case gives."""
    text = yaml.safe_load(path.read_text(encoding="utf-8"))
    shared = {"as_of": text["as_of"], **text.get("given", {})}
    return {name: {**shared, **(case or {})} for name, case in text["cases"].items()}


def _stores(rows: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    held: dict[tuple[str, ...], int] = {}
    for name in rows.keys() & _CANONICAL.keys():
        for row in rows[name]:
            place = (
                row.get("store", "base-active"),
                row.get("store_role", "active"),
                row.get("physical", name),
                name,
                row.get("card_form", "number"),
            )
            held[place] = held.get(place, 0) + 1
    return [
        dict(zip(("store", "store_role", "table", "canonical", "card_form"), place, strict=True), rows=count)
        for place, count in sorted(held.items())
    ]


def _relation(name: str, rows: list[dict[str, Any]], as_of: datetime) -> ibis.Table:
    schema = ibis.schema({**_CANONICAL, **_BESIDE}[name])
    given = {"store": "base-active", "store_role": "active", "physical": name} if name in _CANONICAL else {}
    expanded = [one for row in rows for one in _repeated(row)]
    unknown = {key for row in expanded for key in row} - set(schema.names)
    assert not unknown, f"unknown columns of {name} in a case: {unknown}"
    made = [{column: _value((given | row).get(column), str(type_), as_of) for column, type_ in schema.items()} for row in expanded]
    return ibis.memtable(pa.Table.from_pylist(made, schema=schema.to_pyarrow()), schema=schema)


_NUMBERS = tuple(numbers(CardGrammar(length=8, prefixes=("2500",), check_digit="luhn")))
_MADE: Mapping[str, Callable[[str], str]] = {
    "number": lambda number: number,
    "number-backwards": lambda number: number[::-1],
    "number-in-base64": lambda number: base64.b64encode(number.encode()).decode(),
    "number-in-hexadecimal": lambda number: number.encode().hex(),
    "letters": lambda number: number.translate(str.maketrans("0123456789", "ABCDEFGHIJ")),
    "letters-without-leading-zeros": lambda number: number.lstrip("25").translate(str.maketrans("0123456789", "ABCDEFGHIJ")),
    "md5": lambda number: hashlib.md5(number.encode(), usedforsecurity=False).hexdigest(),
    "sha1-upper-case": lambda number: hashlib.sha1(number.encode(), usedforsecurity=False).hexdigest().upper(),
    "sha256": lambda number: hashlib.sha256(number.encode()).hexdigest(),
    "sha256-with-line-feed": lambda number: hashlib.sha256(number.encode() + b"\n").hexdigest(),
    "sha256-cut-to-16": lambda number: hashlib.sha256(number.encode()).hexdigest()[:16],
    "sha256-in-base64": lambda number: base64.b64encode(hashlib.sha256(number.encode()).digest()).decode(),
    "sha512": lambda number: hashlib.sha512(number.encode()).hexdigest(),
    "keyed": lambda number: hmac.digest(b"0123456789abcdef0123456789abcdef", number.encode(), "sha256").hex(),
    "drawn": lambda number: "t-" + hashlib.sha256(b"drawn" + number.encode()).hexdigest()[:14] + "zz",
    "counted": lambda number: str(900_000 + _NUMBERS.index(number)),
}
"""Tokens of the first `count` numbers of a small numbering (prefix 2500, eight digits, Luhn: a thousand numbers)."""


def _repeated(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Write out the shorthand of a case.

    A row with `made: sha256` and `count: 40` stands for the tokens of forty numbers; one with `times: 3` for three rows, of
    cards numbered on from the one given.
    """
    if "made" in row:
        kept = {key: value for key, value in row.items() if key not in {"made", "count"}}
        spread = _NUMBERS[:: len(_NUMBERS) // row["count"]][: row["count"]]
        return [{**kept, "token": _MADE[row["made"]](number)} for number in spread]
    times = row.get("times", 1)
    bare = {key: value for key, value in row.items() if key != "times"}
    return [{**bare, "card": bare["card"] + turn} if bare.get("card") is not None and times > 1 else bare for turn in range(times)]


def _value(raw: Any, type_: str, as_of: datetime) -> Any:
    if raw is None or not type_.startswith(("timestamp", "date")):
        return raw
    instant = _instant(raw, as_of)
    return instant.date() if type_ == "date" else instant


def _instant(raw: Any, as_of: datetime) -> datetime:
    """Read an instant: ISO, or a duration before (`-PT48H`) or after (`+PT1S`) the clock of the case."""
    if isinstance(raw, datetime):
        return raw.astimezone(UTC).replace(tzinfo=None) if raw.tzinfo else raw
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day)
    if raw[0] in "+-":
        span = Duration.parse(raw[1:])
        return span.before(as_of) if raw[0] == "-" else span.after(as_of)
    return datetime.fromisoformat(raw).replace(tzinfo=None) + timedelta(0)
