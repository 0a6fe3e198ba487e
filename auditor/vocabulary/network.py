"""What a network folder declares: its identity, its sources, and how they map onto the canonical tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGrammar:
    """How card numbers are written, as far as the network declares it."""

    form: Literal["digits", "text"] = "digits"
    length: int | None = None
    """Number of characters, leading zeros included."""
    prefixes: tuple[str, ...] = ()
    """Issuer prefixes. With `length` they bound the number space that a hash can be searched in."""
    check_digit: Literal["none", "luhn"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who and where. Printed at the head of every report."""

    name: str
    authority: str
    operator: str = ""
    dpo: str = ""
    """Contact of the data-protection officer (a function or an address, not a person's name)."""
    timezone: str = "Europe/Paris"
    service_day_start: str = "04:00"
    """Local time at which a service day begins."""
    currency: str = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterOverride:
    """A rule's parameter changed for this network, with the reason the report prints."""

    reason: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """How the audit runs on this network."""

    as_of: str | None = None
    """ISO instant: the clock of a snapshot. `--now` outranks it; absent, the machine's clock is used."""
    fail_on: Literal["minor", "major", "blocking", "never"] = "major"
    hash_budget: int = 20_000_000
    """Most digests the enumeration of the number space may compute."""
    parameters: Mapping[str, ParameterOverride] = field(default_factory=dict)
    """By rule id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Resources of the embedded engine."""

    memory_limit: str = ""
    """Such as `4GB`; empty: half of what the machine has."""
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSettings:
    """Where what the program writes for this network lives, relative to its folder."""

    directory: str = "state"
    published: str = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSettings:
    """Where a scan looks beyond the sources."""

    folders: tuple[str, ...] = ()
    """Folders searched for exports lying about, relative to the network folder; links out of them are not followed."""
    sample: int = 20_000
    """About how many distinct values of a column a scan reads, unless it is asked for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Content of `poincon.toml`."""

    network: Identity
    cards: CardGrammar = field(default_factory=CardGrammar)
    audit: AuditSettings = field(default_factory=AuditSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    state: StateSettings = field(default_factory=StateSettings)
    scan: ScanSettings = field(default_factory=ScanSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvDialect:
    """How a delimited text file is written."""

    encoding: str = "utf-8"
    separator: str = ","
    quote: str = '"'
    decimal: str = "."
    header: bool = True
    columns: tuple[str, ...] = ()
    """Names of the columns when there is no header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place data is read from. Exactly one of `path` and `url` is given."""

    path: str | None = None
    """File, folder or glob, relative to the network folder (or absolute)."""
    url: str | None = None
    """SQLAlchemy URL of a database; `env:NAME` reads it from the environment, to keep passwords out of files."""
    format: Literal["auto", "parquet", "csv", "pgaudit"] = "auto"
    """`pgaudit`: csvlog files of a PostgreSQL server that holds the entries of its audit extension, for `access_log`."""
    csv: CsvDialect = field(default_factory=CsvDialect)
    optional: bool = False
    """An absent source is reported and its tables could not be checked; otherwise it is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """How one canonical column is filled. Exactly one of `column`, `constant`, or `date` with `clock` is given.

    Blanks around a text are taken off first: `missing`, `values` and codes are compared without them.
    """

    column: str | None = None
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """Translation of raw values, applied first; a value that is not listed stays as it is."""
    only_listed: bool = False
    """A value missing from `values` is unreadable instead of kept."""
    formats: tuple[str, ...] = ()
    """strptime formats for instants and dates, tried in order; empty: ISO 8601."""
    date: str | None = None
    """Raw column holding a service day, completed by `clock`."""
    clock: str | None = None
    """Raw column holding HH:MM[:SS], past 24:00 allowed (25:30 is 01:30 the next morning)."""
    date_formats: tuple[str, ...] = ()
    epoch: Literal["s", "ms"] | None = None
    """The raw value counts seconds or milliseconds since 1970 (UTC)."""
    timezone: str | None = None
    """Zone of local times; absent: the network's. `UTC` when the source is already in UTC."""
    decimal: str | None = None
    """Decimal mark of numbers; absent: the dialect's."""
    missing: tuple[str, ...] = ("",)
    """Raw values that mean « nothing »."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One store's contribution to a canonical table."""

    store: str
    """Name of the store, as people call it (base-active, entrepot)."""
    role: Literal["active", "relay", "archive", "warehouse", "postpaid", "test", "backup", "export"] = "active"
    source: str
    """Name of a source; `source.table` for a database."""
    card_form: Literal["number", "token", "journey"] = "number"
    """What the `card` column is in this store."""
    columns: Mapping[str, ColumnMap]
    ignore: Mapping[str, str] = field(default_factory=dict)
    """Raw columns deliberately not mapped, with the reason. Any other raw column is reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMap:
    """Content of `mapping.yml`."""

    sources: Mapping[str, Source]
    tables: Mapping[str, tuple[Feed, ...]]
    absent: Mapping[str, str] = field(default_factory=dict)
    """Canonical tables this network does not hold, with the reason: rules on them are not applicable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlace:
    """A network folder and what it declares about data."""

    folder: Path
    config: NetworkConfig
    mapping: DataMap

    def resolve(self, path: str) -> Path:
        """Return a declared path as an absolute one."""
        return (self.folder / path).resolve()
