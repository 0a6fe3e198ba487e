"""The declared form of a rule, and the tables it may read.

A rule is a question asked once as an Ibis expression over canonical and declared tables. Each row it returns is one
finding: its columns are names of `EVIDENCE`, names of a place (`activity`, `table`, `column`, `file`, `line`), or
`breaches_au015` / `breaches_gdpr` flags when the two frames differ row by row. It reads no clock: `Tables.as_of` is
given.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation, Row
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Frame, LegalSource, Reading
from auditor.vocabulary.outcomes import RuleCard, Severity
from auditor.vocabulary.text import Text


class TableAbsent(LookupError):
    """A table the rule needs is not mapped in this network."""


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

    def __getitem__(self, name: str) -> Relation:
        try:
            return self.relations[name]
        except KeyError:
            raise TableAbsent(name) from None

    def __contains__(self, name: str) -> bool:
        return name in self.relations

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
    remediation: Text
    rationale: Text
    """Why the obligation exists, in a short paragraph for a reader who is not a lawyer."""

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
            remediation=self.remediation,
            rationale=self.rationale,
            frames=self.frames,
        )
