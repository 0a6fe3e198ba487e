"""The register as relations that rules join with what was observed. Every relation exists, even without a row."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import ibis
import pyarrow as pa

from auditor.engine.base import Relation
from auditor.vocabulary.network import AuditSettings, CardGrammar
from auditor.vocabulary.register import Declared, Register, Retention
from policies.registry.completeness import completeness
from policies.releases.plans import DeclaredPlan

Row = dict[str, Any]

_TYPES: Final[Mapping[str, Any]] = {
    "line": pa.int64(),
    "length": pa.int64(),
    "budget": pa.int64(),
    "k": pa.int64(),
    "present": pa.bool_(),
    "ticketing": pa.bool_(),
    "transfers_said": pa.bool_(),
    "oldest_allowed": pa.timestamp("us"),
    "dpia_validated_on": pa.date32(),
    "updated_on": pa.date32(),
}
"""Columns that are not text."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "declared_activities": (
        "activity", "title", "ticketing", "dpia_status", "dpia_reference", "dpia_validated_on", "transfers_said", "updated_on",
        "file", "line",
    ),
    "declared_fields": ("activity", "file", "line", "field", "article", "present"),
    "declared_purposes": ("activity", "purpose", "title", "family", "basis", "basis_reference", "file", "line"),
    "declared_tables": ("activity", "table", "file", "line"),
    "declared_columns": ("activity", "table", "column", "category", "file", "line"),
    "declared_retention": (
        "activity", "data", "table", "column", "term", "fate", "applies_to", "oldest_allowed", "file", "line",
    ),
    "declared_recipients": ("activity", "recipient", "kind", "account", "file", "line"),
    "declared_references": ("activity", "reference", "invoked_as", "file", "line"),
    "declared_numbering": ("form", "length", "prefix", "check_digit", "budget"),
    "declared_plans": ("release", "purpose", "recipient_class", "k", "file", "line"),
}  # fmt: skip
"""Columns of each relation, in order. Text when `_TYPES` does not say otherwise; null when the register says nothing."""


def declared_tables(
    register: Register,
    grammar: CardGrammar,
    settings: AuditSettings,
    *,
    as_of: datetime,
    plans: Iterable[DeclaredPlan] = (),
) -> dict[str, Relation]:
    """Return the declared relations by name, rows in the order of the files.

    Args:
        register: The activities, with their lines.
        grammar: How card numbers are written: bounds the number space.
        settings: Carries the budget of the number-space search.
        as_of: The clock of the audit; `oldest_allowed` is this far back. Without an offset it is UTC.
        plans: Release plans, for rules that compare them with purposes.
    """
    clock = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for declared in register.activities:
        for name, row in _activity(declared, clock):
            rows[name].append({"activity": declared.activity.id, "file": declared.file, **row})
    rows["declared_numbering"] = list(_numbering(grammar, settings))
    rows["declared_plans"] = [_plan(plan) for plan in plans]
    return {name: _relation(name, found) for name, found in rows.items()}


def _relation(name: str, rows: list[Row]) -> Relation:
    schema = pa.schema([(column, _TYPES.get(column, pa.string())) for column in COLUMNS[name]])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def _activity(declared: Declared, clock: datetime) -> Iterator[tuple[str, Row]]:
    yield "declared_activities", _head(declared)
    for state in completeness(declared).mandatory:
        yield "declared_fields", {"line": state.line, "field": state.field, "article": state.article, "present": state.present}
    yield from _purposes(declared)
    yield from _coverage(declared)
    for rank, term in enumerate(declared.activity.retention):
        yield "declared_retention", {"line": declared.line("retention", rank), **_term(term, clock)}
    yield from _recipients(declared)


def _head(declared: Declared) -> Row:
    activity = declared.activity
    dpia = activity.dpia
    return {
        "title": activity.title,
        "ticketing": activity.ticketing,
        "dpia_status": dpia.status if dpia else None,
        "dpia_reference": (dpia.reference or None) if dpia else None,
        "dpia_validated_on": dpia.validated_on if dpia else None,
        "transfers_said": activity.transfers is not None,
        "updated_on": activity.updated_on,
        "line": declared.line("dpia"),
    }


def _purposes(declared: Declared) -> Iterator[tuple[str, Row]]:
    for rank, purpose in enumerate(declared.activity.purposes):
        line = declared.line("purposes", rank)
        said = {"purpose": purpose.id, "title": purpose.title, "family": purpose.family or None, "basis": purpose.basis}
        yield "declared_purposes", {**said, "basis_reference": purpose.basis_reference or None, "line": line}
        if purpose.basis_reference:
            where = declared.line("purposes", rank, "basis_reference")
            yield "declared_references", {"reference": purpose.basis_reference, "invoked_as": "legal-basis", "line": where}
    for rank, invoked in enumerate(declared.activity.references):
        where = declared.line("references", rank, "invoked_as")
        yield "declared_references", {"reference": invoked.text, "invoked_as": invoked.invoked_as, "line": where}


def _coverage(declared: Declared) -> Iterator[tuple[str, Row]]:
    for rank, coverage in enumerate(declared.activity.covers):
        yield "declared_tables", {"table": coverage.table, "line": declared.line("covers", rank, "table")}
        for column, category in coverage.columns.items():
            line = declared.line("covers", rank, "columns", column)
            yield "declared_columns", {"table": coverage.table, "column": column, "category": category, "line": line}


def _term(term: Retention, clock: datetime) -> Row:
    try:
        oldest = term.duration.before(clock)
    except (ValueError, OverflowError):
        # Older than the calendar: nothing can be past such a term.
        oldest = None
    return {
        "data": term.data,
        "table": term.table or None,
        "column": term.column or None,
        "term": str(term.duration),
        "fate": term.fate,
        "applies_to": term.applies_to,
        "oldest_allowed": oldest,
    }


def _recipients(declared: Declared) -> Iterator[tuple[str, Row]]:
    for rank, recipient in enumerate(declared.activity.recipients):
        line = declared.line("recipients", rank)
        for account in recipient.accounts or (None,):
            yield "declared_recipients", {"recipient": recipient.name, "kind": recipient.kind, "account": account, "line": line}


def _numbering(grammar: CardGrammar, settings: AuditSettings) -> Iterator[Row]:
    said = {"form": grammar.form, "length": grammar.length, "check_digit": grammar.check_digit, "budget": settings.hash_budget}
    for prefix in grammar.prefixes or (None,):
        yield {**said, "prefix": prefix}


def _plan(declared: DeclaredPlan) -> Row:
    plan = declared.plan
    return {
        "release": plan.id,
        "purpose": plan.purpose,
        "recipient_class": plan.recipient.recipient_class.value,
        "k": plan.k,
        "file": declared.file,
        "line": declared.lines.get("purpose", 1),
    }
