"""What a program cannot see and somebody must show: a notice, a contract, a review, an assessment, kept in `evidence/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

PieceKind = Literal[
    "access-review",
    "accessibility-statement",
    "archives-agreement",
    "backup-policy",
    "breach-register",
    "card-model",
    "contract",
    "crypto-policy",
    "dpo-designation",
    "drill",
    "fraud-identity-procedure",
    "impact-assessment",
    "inspection-pack",
    "joint-controllers-agreement",
    "log-policy",
    "mobility-data-agreement",
    "notice",
    "open-data-review",
    "password-policy",
    "public-register",
    "reidentification-analysis",
    "rights-procedure",
    "sales-information",
    "after-sales-scale",
    "suspension-record",
    "purge-proof",
]
"""What a piece is evidence of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One document that proves what no row can: one file of `evidence/`."""

    id: str
    kind: PieceKind
    title: str
    activities: tuple[str, ...] = ()
    """Activities (ids) it concerns; empty: all of them."""
    tables: tuple[str, ...] = ()
    """Physical tables it describes: a table whose columns changed since `dated` makes it out of date."""
    release: str = ""
    """Release plan it concerns."""
    party: str = ""
    """The body it binds (processor, joint controller, recipient), by the name the register gives it."""
    dated: date | None = None
    reviewed_on: date | None = None
    valid_from: date | None = None
    expires_on: date | None = None
    """Last day it holds, inclusive."""
    document: str = ""
    """Path of the document, relative to `evidence/`."""
    sha256: str = ""
    """Digest of the document as it was accepted, hexadecimal."""
    recipients: tuple[str, ...] = ()
    """Recipients that it names."""
    holds: tuple[str, ...] = ()
    """Headings, clauses or steps that somebody found in it, in the closed words of the rule that asks."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Figures and answers it gives, as text, under the names of the rule that asks."""


DocumentState = Literal["none", "present", "unsealed", "changed", "missing"]
"""`none`: no document is named; `unsealed`: present without a declared digest; `changed`: its digest is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A piece with where it was read from and the state of its document."""

    piece: Piece
    file: str
    """Relative to the network folder."""
    document_state: DocumentState
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, key: str) -> int | None:
        """Return the line of a key, or of the file's first line."""
        return self.lines.get(key, self.lines.get(""))
