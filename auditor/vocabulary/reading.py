"""What a reader says of a source: what it took, what it could not read and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingReport:
    """One feed as it was read. Counts only."""

    table: str
    """Canonical table."""
    physical: str
    """Physical table: `source` or `source.table`."""
    store: str
    store_role: str
    rows_read: int
    rows_kept: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Rows left out, by reason (`tapped_at: empty`, `tapped_at: not a date`, `line with too many columns`)."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """Lines of the source that are no rows of a table, by reason: neither read nor lost."""
    unreadable: Mapping[str, int] = field(default_factory=dict)
    """Values replaced by nothing in rows that were kept, by canonical column."""
    ambiguous: int = 0
    """Local times that fall in the hour told twice when clocks go back; the earlier instant was taken."""
    unmapped: tuple[str, ...] = ()
    """Raw columns neither mapped nor declared as ignored."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    oldest: date | None = None
    newest: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentSource:
    """A source declared optional that is not there, or one that could not be read: its tables could not be checked."""

    source: str
    reason: str
    tables: tuple[str, ...]
