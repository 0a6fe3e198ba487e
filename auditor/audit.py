"""Run rules on tables. Knows no particular rule."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from auditor.engine.base import Engine, Relation
from auditor.rules import NotConcerned, Rule, TableAbsent, Tables
from auditor.vocabulary.errors import PoinconError
from auditor.vocabulary.law import Frame
from auditor.vocabulary.network import ParameterOverride
from auditor.vocabulary.outcomes import (
    EVIDENCE,
    Answer,
    Checked,
    EvidenceValue,
    Finding,
    NotApplicable,
    NotChecked,
    Outcome,
    Place,
)
from auditor.vocabulary.reading import ReadingReport
from auditor.vocabulary.schema import TABLES, Kind
from auditor.vocabulary.text import Text

_PLACE = ("activity", "table", "column", "file", "line")
_DECIDING = frozenset({Kind.KEY, Kind.INSTANT, Kind.DATE})
_BREACH = {"breaches_au015": Frame.AU015, "breaches_gdpr": Frame.GDPR}


_NO_PIECES: Final = Text(
    "le réseau n’a pas de dossier evidence/\N{NO-BREAK SPACE}: personne n’a dit quelles pièces existent",
    "the network has no evidence/ folder: nobody said which documents exist",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the audit knows of the network besides its tables."""

    counts: Mapping[str, int]
    """Rows of each table, known from reading it."""
    columns: Mapping[str, frozenset[str]]
    """Canonical columns that the mapping fills, by table."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Tables the network says it does not hold, with the reason."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Tables whose source could not be read, with the reason."""
    absent_sources: frozenset[str] = frozenset()
    """Declared sources that could not be read."""
    overrides: Mapping[str, ParameterOverride] = field(default_factory=dict)
    unread: Mapping[str, Text] = field(default_factory=dict)
    """Tables some rows of which could not be read, in words: finding nothing in the others proves nothing of these."""


def unread(readings: Iterable[ReadingReport]) -> dict[str, Text]:
    """Say, by canonical table, how many rows were rejected or have an identifier or a date that could not be read."""
    lost: dict[str, dict[str, int]] = {}
    for reading in readings:
        columns = TABLES[reading.table].columns
        deciding = [count for name, count in reading.unreadable.items() if name in columns and columns[name].kind in _DECIDING]
        rows = sum(reading.rejected.values()) + sum(deciding)
        if rows:
            lost.setdefault(reading.table, {})[reading.physical] = rows
    return {table: _counted(places) for table, places in lost.items()}


def _counted(places: Mapping[str, int]) -> Text:
    said = ", ".join(f"{physical} ({rows})" for physical, rows in places.items())
    return Text(
        f"des lignes, des identifiants ou des dates n’ont pas pu être lus\N{NO-BREAK SPACE}: {said}",
        f"rows, identifiers or dates could not be read: {said}",
    )


def run(
    rules: Iterable[Rule],
    tables: Tables,
    engine: Engine,
    scope: Scope,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Outcome]:
    """Ask every rule and yield its outcome, in the order given. A rule that breaks is « could not check »."""
    known = replace(
        tables,
        columns=scope.columns,
        absent=frozenset(scope.absent),
        absent_sources=scope.absent_sources,
        batches=tables.batches or engine.batches,
        store=tables.store or engine.keep,
    )
    for rule in rules:
        if progress is not None:
            progress(rule.id)
        override = scope.overrides.get(rule.id)
        parameters = {**rule.parameters, **(override.values if override else {})}
        reasons = dict.fromkeys(override.values, override.reason) if override else {}
        card = rule.card(parameters, reasons)
        yield Outcome(rule=card, answer=_answer(rule, replace(known, parameters=parameters), engine, scope))


def _answer(rule: Rule, tables: Tables, engine: Engine, scope: Scope) -> Answer:
    for need in rule.needs:
        lacking = _lacking(need, tables, scope)
        if lacking is not None:
            return lacking
    try:
        findings = _found(rule, tables, engine)
    except TableAbsent as absent:
        return _lacking(str(absent.args[0]), tables, scope) or NotChecked(reason=f"table {absent.args[0]} is not mapped")
    except NotConcerned as nothing:
        return NotApplicable(reason=nothing.reason.en, said=nothing.reason)
    except PoinconError as error:
        return NotChecked(reason=error.what)
    except Exception as error:  # noqa: BLE001 - whatever breaks in a rule is « could not check », never a clean result
        return NotChecked(reason=f"the rule stopped on {type(error).__name__}")
    return _looked(rule, findings, scope)


def _found(rule: Rule, tables: Tables, engine: Engine) -> tuple[Finding, ...]:
    asked = rule.query(tables)
    found = engine.rows(asked) if isinstance(asked, Relation) else list(asked)
    return tuple(sorted((_finding(rule, row) for row in found), key=_order))


def _looked(rule: Rule, findings: tuple[Finding, ...], scope: Scope) -> Answer:
    needed = [need.partition(".")[0] for need in rule.needs]
    unseen = next((scope.unread[table] for table in needed if table in scope.unread), None)
    if unseen is not None and not findings:
        return NotChecked(reason=unseen.en, said=unseen)
    return Checked(rows_examined=scope.counts.get(needed[0], 0), findings=findings)


def _lacking(need: str, tables: Tables, scope: Scope) -> NotApplicable | NotChecked | None:
    table, _, column = need.partition(".")
    if table in scope.absent:
        return NotApplicable(reason=scope.absent[table])
    if table in scope.unreadable:
        return NotChecked(reason=f"{table}: {scope.unreadable[table]}")
    if table not in tables:
        return NotChecked(reason=f"table {table} is not mapped", said=_NO_PIECES if table == "declared_pieces" else None)
    if column and column not in scope.columns.get(table, frozenset()):
        return NotChecked(reason=f"column {table}.{column} is not mapped")
    return None


def _finding(rule: Rule, row: Mapping[str, Any]) -> Finding:
    place = {name: row[name] for name in _PLACE if row.get(name) is not None}
    breached = {frame for name, frame in _BREACH.items() if row.get(name, True)}
    evidence: dict[str, EvidenceValue] = {}
    for name, value in row.items():
        if name in _PLACE or name in _BREACH or value is None:
            continue
        if name not in EVIDENCE:
            message = f"{rule.id} returns {name!r}, which is not a name that evidence may carry"
            raise ValueError(message)
        evidence[name] = _plain(value)
    return Finding(evidence=evidence, place=Place(**place), frames=rule.frames & frozenset(breached))


def _plain(value: object) -> EvidenceValue:
    # An exact moment beside a place could single someone out: evidence keeps the day.
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool | int | float | str | date):
        return value
    return str(value)


def _order(finding: Finding) -> tuple[str, ...]:
    place = finding.place
    return (place.table, place.column, place.activity, place.file, str(place.line or ""), str(sorted(finding.evidence.items(), key=str)))
