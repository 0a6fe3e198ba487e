"""What a scan says: what was recognised in contents and files, and where the register and the facts part. Counts, never a value."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import Text

DetectorName = Literal[
    "card-number",
    "nir",
    "siren",
    "siret",
    "iban",
    "pan",
    "cvv",
    "phone",
    "email",
    "name",
    "birth-date",
    "postal-address",
    "plate",
    "licence",
    "ip-address",
    "coordinates",
    "free-text",
    "risk-words-health",
    "risk-words-origin",
    "risk-words-opinion",
    "risk-words-judgement",
    "sensitive-label",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "bcrypt",
    "argon2",
    "scrypt",
    "pbkdf2",
    "sequence",
    "base64",
    "hexadecimal",
    "reversed-number",
    "substitution",
]

SURE: Final = 1e-6
"""A detection is certain when accidents would give as many recognised values less often than this."""
SUSPECT: Final = 1e-3
"""A detection is told, to be confirmed, when accidents would give as many less often than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One kind of content recognised in one column."""

    table: str
    """Physical table: `source` or `source.table`."""
    column: str
    store: str
    store_role: str
    detector: DetectorName
    values: int
    """Distinct values recognised."""
    candidates: int
    """Distinct values that had the shape, recognised or not: what the chance is counted on."""
    rows: int
    """Rows that bear a recognised value."""
    share: float
    """Their part of the rows that are not empty, 0 to 1."""
    chance: float
    """Part of the values of that shape that would be recognised although they are something else, 0 to 1."""
    accident: float
    """Probability that accidents alone give as many recognised values."""
    certain: bool
    """`accident` is below `SURE` and the detector's own guards are passed. Presence is certain, not that nothing else is there."""
    why: Text
    """Why it was recognised, and what holds it back when it is not certain."""
    sampled: bool
    """Only some of the distinct values were read: counts are those of the sample."""
    recovered: int = 0
    """Distinct digests turned back into card numbers by trying those of the declared grammar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedFile:
    """One file found in the folders that the network asks to be searched."""

    path: str
    """Relative to the network folder."""
    format: str
    """csv, xlsx, ods, parquet, json, or the suffix of a file of no known format."""
    size: int
    """Bytes on disk."""
    modified_at: datetime
    """UTC, without an offset."""
    card_numbers: int = 0
    """Distinct values that are card numbers: known to the network, else of its grammar beyond what chance gives."""
    customer_numbers: int = 0
    """Distinct values, under a heading that names a customer or beside card numbers, that are known customer numbers."""
    rows: int = 0
    """Rows read."""
    readable_by_all: bool = False
    """Any user of the machine may read it."""
    declared: bool = False
    """A source of the mapping, or a published release."""
    unread: str = ""
    """Why its content could not be read; empty when it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTable:
    """A table or view of a declared database that no feed maps."""

    table: str
    """`source.table`, with its schema when it is not the default one."""
    kind: Literal["table", "view"]
    columns: int = 0
    readers: tuple[str, ...] = ()
    """Roles of the server that may read it, the owner excepted; empty when the database has no roles."""
    declared: bool = False
    """Some activity of the register covers it."""
    unread: str = ""
    """Why it could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One disagreement between the register and the facts, in either direction."""

    kind: str
    severity: Severity
    said: Text
    table: str = ""
    column: str = ""
    activity: str = ""
    file: str = ""
    """File and line of the register, or the file found."""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLooked:
    """One thing a scan could not look at. Never to be read as fine."""

    what: str
    reason: str
