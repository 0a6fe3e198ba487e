"""The declared form of a rule, and the tables it may read.

A rule is a question asked once as an Ibis expression over canonical and declared tables. Each row it returns is one
finding: its columns are names of `EVIDENCE`, names of a place (`activity`, `table`, `column`, `file`, `line`), or
`breaches_au015` / `breaches_gdpr` flags when the two frames differ row by row. It reads no clock: `Tables.as_of` is
given.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation, Row
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Conflict, Frame, LegalSource, Reading
from auditor.vocabulary.outcomes import RuleCard, Severity
from auditor.vocabulary.text import Text

if TYPE_CHECKING:
    import pyarrow as pa


class TableAbsent(LookupError):
    """A table, or a `table.column`, that the rule needs is not mapped in this network."""


class NotConcerned(Exception):
    """The rule has nothing to look at here, and can say so itself (no post-paid store, no token)."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What a rule may read: canonical tables, declared tables, the clock and its own parameters."""

    relations: Mapping[str, Relation]
    """Canonical tables by name, plus the declared ones (`declared_…`) and the observed ones (`observed_…`)."""
    as_of: datetime
    """The clock of the audit: UTC, without an offset."""
    ask: Callable[[Relation], list[Row]]
    """Run a small question now, for the few rules that need an answer before they can ask the next one."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, frozenset[str]] | None = None
    """Canonical columns that the mapping fills, by table; None when nobody looked."""
    absent: frozenset[str] = frozenset()
    """Tables the network says it does not hold."""
    absent_sources: frozenset[str] = frozenset()
    """Declared sources that could not be read: what they hold is unknown, not gone."""
    batches: "Callable[[Relation], Iterator[pa.RecordBatch]] | None" = None
    """Stream a relation too large for `ask`, for the few rules that must leave the engine (hash search)."""
    store: Callable[[str, Relation], Relation] | None = None
    """Compute a relation once and keep it for the run; absent, a relation is asked again wherever it is used."""
    shared: dict[str, Relation] = field(default_factory=dict)
    """What a rule had computed and others may use, by name: one dictionary for the whole run."""

    def __getitem__(self, name: str) -> Relation:
        try:
            return self.relations[name]
        except KeyError:
            raise TableAbsent(name) from None

    def __contains__(self, name: str) -> bool:
        return name in self.relations

    def require(self, *needs: str) -> None:
        """Raise TableAbsent on the first table, or `table.column`, that nothing fills: a column of nulls would pass for fine."""
        for need in needs:
            table, _, column = need.partition(".")
            unfilled = bool(column) and self.columns is not None and column not in self.columns.get(table, frozenset())
            if table not in self.relations or unfilled:
                raise TableAbsent(need)

    def held(self, table: str, *columns: str) -> Relation | None:
        """Return a table, or None when the network says it holds none; raise TableAbsent when it says nothing."""
        if table in self.absent:
            return None
        self.require(*(f"{table}.{column}" for column in columns))
        return self[table]

    def stream(self, relation: Relation) -> "Iterator[pa.RecordBatch]":
        """Yield a relation in batches, so that memory stays bounded whatever its size."""
        if self.batches is not None:
            return self.batches(relation)
        import pyarrow as pa

        return iter(pa.Table.from_pylist(self.ask(relation), schema=relation.schema().to_pyarrow()).to_batches())

    def once(self, name: str, build: Callable[[], Relation]) -> Relation:
        """Compute a relation once for every rule of the run that asks for it under this name."""
        if name not in self.shared:
            relation = build()
            self.shared[name] = relation if self.store is None else self.store(f"shared_{len(self.shared)}", relation)
        return self.shared[name]

    def parameter(self, name: str) -> str:
        """Return the value of one of the rule's parameters, as text."""
        return self.parameters[name]

    def duration(self, name: str) -> Duration:
        """Return a parameter that is an ISO 8601 duration."""
        return Duration.parse(self.parameters[name])

    def limit(self, name: str) -> ir.TimestampScalar:
        """Return the oldest instant still inside a duration parameter, as a literal the engine can prune with."""
        return ibis.literal(self.duration(name).before(self.as_of), type="timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One obligation that a program can check."""

    id: str
    """As in the rulebook; never reused."""
    name: str
    """Finishes the sentence « the audit found … » (`retention.validations-past-48h`)."""
    family: str
    title: Text
    severity: Severity
    sources: tuple[LegalSource, ...]
    """Strongest first."""
    reading: Reading
    frames: frozenset[Frame] = frozenset(Frame)
    needs: tuple[str, ...]
    """Tables, or `table.column`, without which the question cannot be asked; the first is the one rows are counted in."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Name and the source's own value."""
    query: Callable[[Tables], Relation | Iterable[Row]]
    message: Text
    """One sentence per finding; `{name}` is a piece of evidence or of place."""
    messages: Mapping[str, Text] = field(default_factory=dict)
    """The sentence for each `kind` (or `procedure`) of finding, where one sentence does not fit all."""
    remediation: Text
    rationale: Text
    """Why the obligation exists, in a short paragraph for a reader who is not a lawyer."""
    judgement: Text | None = None
    """What a human still has to judge, where a program can only check part of the obligation."""
    conflicts: tuple[Conflict, ...] = ()
    """Sources that disagree on this obligation: shown, never settled in silence."""

    def card(self, parameters: Mapping[str, str], overrides: Mapping[str, str]) -> RuleCard:
        """Describe the rule for a report, with the parameter values in use."""
        return RuleCard(
            id=self.id,
            name=self.name,
            family=self.family,
            title=self.title,
            severity=self.severity,
            sources=self.sources,
            force=self.sources[0].force,
            reading=self.reading,
            parameters=parameters,
            overrides=overrides,
            message=self.message,
            messages=self.messages,
            remediation=self.remediation,
            rationale=self.rationale,
            frames=self.frames,
            judgement=self.judgement,
            conflicts=self.conflicts,
        )
