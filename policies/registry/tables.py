"""The register as relations that rules join with what was observed. Every relation exists, even without a row."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import ibis
import pyarrow as pa

from auditor.engine.base import Relation
from auditor.vocabulary.network import AuditSettings, CardGrammar, Identity
from auditor.vocabulary.register import Declared, Pseudonymisation, Register, Retention
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
    "public_body": pa.bool_(),
    "oldest_allowed": pa.timestamp("us"),
    "dpia_validated_on": pa.date32(),
    "dpia_reviewed_on": pa.date32(),
    "dpia_consulted_on": pa.date32(),
    "pseudonym_key_bits": pa.int64(),
    "updated_on": pa.date32(),
}
"""Columns that are not text."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "declared_activities": (
        "activity", "title", "ticketing", "dpia_status", "dpia_reference", "dpia_validated_on", "dpia_reviewed_on", "dpia_sections",
        "dpia_residual_risk", "dpia_consulted_on", "transfers_said", "updated_on", "dpo", "rights", "automated_decision",
        "pseudonymisation_domain", "pseudonym_algorithm", "pseudonym_key_bits", "pseudonym_key_store", "pseudonym_period",
        "file", "line",
    ),
    "declared_actors": ("activity", "name", "role", "contact", "agreement", "public_body", "file", "line"),
    "declared_fields": ("activity", "file", "line", "field", "article", "present"),
    "declared_purposes": ("activity", "purpose", "title", "family", "basis", "basis_reference", "file", "line"),
    "declared_tables": ("activity", "table", "state", "file", "line"),
    "declared_columns": ("activity", "table", "column", "category", "file", "line"),
    "declared_retention": (
        "activity", "data", "table", "column", "term", "starts", "fate", "applies_to", "condition", "purpose", "justification",
        "archives_agreement", "oldest_allowed", "file", "line",
    ),
    "declared_recipients": ("activity", "recipient", "kind", "account", "file", "line"),
    "declared_transfers": ("activity", "country", "recipient", "safeguards", "documents", "file", "line"),
    "declared_attributors": ("activity", "account", "file", "line"),
    "declared_references": ("activity", "reference", "invoked_as", "file", "line"),
    "declared_numbering": ("form", "length", "prefix", "check_digit", "budget"),
    "declared_identity": ("name", "authority", "operator", "dpo"),
    "declared_plans": ("release", "purpose", "kind", "recipient", "recipient_class", "k", "file", "line"),
}  # fmt: skip
"""Columns of each relation, in order. Text when `_TYPES` does not say otherwise; null when the register says nothing."""


def declared_tables(
    register: Register,
    grammar: CardGrammar,
    settings: AuditSettings,
    *,
    as_of: datetime,
    plans: Iterable[DeclaredPlan] = (),
    identity: Identity | None = None,
) -> dict[str, Relation]:
    """Return the declared relations by name, rows in the order of the files.

    Args:
        register: The activities, with their lines.
        grammar: How card numbers are written: bounds the number space.
        settings: Carries the budget of the number-space search.
        as_of: The clock of the audit; `oldest_allowed` is this far back. Without an offset it is UTC.
        plans: Release plans, for rules that compare them with purposes.
        identity: Who the network is; absent, `declared_identity` has no row.
    """
    clock = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for declared in register.activities:
        for name, row in _activity(declared, clock):
            rows[name].append({"activity": declared.activity.id, "file": declared.file, **row})
    rows["declared_numbering"] = list(_numbering(grammar, settings))
    if identity is not None:
        said = {"name": identity.name, "authority": identity.authority}
        rows["declared_identity"] = [{**said, "operator": identity.operator or None, "dpo": identity.dpo or None}]
    rows["declared_plans"] = [_plan(plan) for plan in plans]
    return {name: _relation(name, found) for name, found in rows.items()}


def _relation(name: str, rows: list[Row]) -> Relation:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema_of(name)))


def schema_of(name: str) -> "pa.Schema":
    """Return the schema of one declared relation."""
    return pa.schema([(column, _TYPES.get(column, pa.string())) for column in COLUMNS[name]])


def _activity(declared: Declared, clock: datetime) -> Iterator[tuple[str, Row]]:
    yield "declared_activities", _head(declared)
    for state in completeness(declared).mandatory:
        yield "declared_fields", {"line": state.line, "field": state.field, "article": state.article, "present": state.present}
    yield from _purposes(declared)
    yield from _coverage(declared)
    for rank, term in enumerate(declared.activity.retention):
        yield "declared_retention", {"line": declared.line("retention", rank), **_term(term, clock)}
    yield from _recipients(declared)
    yield from _actors(declared)


def _actors(declared: Declared) -> Iterator[tuple[str, Row]]:
    activity = declared.activity
    for rank, actor in enumerate(activity.actors):
        said = {"name": actor.name, "role": actor.role, "contact": actor.contact or None, "agreement": actor.agreement or None}
        yield "declared_actors", {**said, "public_body": actor.public_body, "line": declared.line("actors", rank)}
    if isinstance(activity.transfers, tuple):
        for rank, transfer in enumerate(activity.transfers):
            told = {"country": transfer.country, "recipient": transfer.recipient, "safeguards": transfer.safeguards or None}
            line = declared.line("transfers", rank)
            yield "declared_transfers", {**told, "documents": transfer.documents or None, "line": line}
    if activity.pseudonymisation is not None:
        for account in activity.pseudonymisation.accounts:
            yield "declared_attributors", {"account": account, "line": declared.line("pseudonymisation", "accounts")}


def _head(declared: Declared) -> Row:
    activity = declared.activity
    dpia = activity.dpia
    return {
        "title": activity.title,
        "ticketing": activity.ticketing,
        "dpia_status": dpia.status if dpia else None,
        "dpia_reference": (dpia.reference or None) if dpia else None,
        "dpia_validated_on": dpia.validated_on if dpia else None,
        "dpia_reviewed_on": dpia.reviewed_on if dpia else None,
        "dpia_sections": " ".join(dpia.sections) if dpia else None,
        "dpia_residual_risk": (dpia.residual_risk or None) if dpia else None,
        "dpia_consulted_on": dpia.consulted_on if dpia else None,
        "transfers_said": activity.transfers is not None,
        "updated_on": activity.updated_on,
        "dpo": activity.dpo or None,
        "rights": activity.rights or None,
        "automated_decision": activity.automated_decision or None,
        "pseudonymisation_domain": activity.pseudonymisation_domain or None,
        **_pseudonyms(activity.pseudonymisation),
        "line": declared.line("dpia"),
    }


def _pseudonyms(said: Pseudonymisation | None) -> Row:
    if said is None:
        return {}
    return {
        "pseudonym_algorithm": said.algorithm,
        "pseudonym_key_bits": said.key_bits,
        "pseudonym_key_store": said.key_kept_in or None,
        "pseudonym_period": str(said.period) if said.period else None,
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
        state = coverage.state or None
        yield "declared_tables", {"table": coverage.table, "state": state, "line": declared.line("covers", rank, "table")}
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
        "starts": term.starts or None,
        "fate": term.fate,
        "applies_to": term.applies_to,
        "condition": term.condition or None,
        "purpose": term.purpose or None,
        "justification": term.justification or None,
        "archives_agreement": term.archives_agreement or None,
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
        "kind": plan.kind,
        "recipient": plan.recipient.name,
        "recipient_class": plan.recipient.recipient_class.value,
        "k": plan.k,
        "file": declared.file,
        "line": declared.lines.get("purpose", 1),
    }
