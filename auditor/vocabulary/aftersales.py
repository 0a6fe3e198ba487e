"""What after-sales needs to rebuild a lost card, and nothing else: never a stop, a line, a vehicle or a tap time.

Necessary and sufficient content after the field lists of Intercode (NF P 99-405): serials, holder link, contracts,
counters, proof of sale, block-list entry. A counter keeps its day, not its hour, and never the taps behind it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Medium = Literal["anonymous", "declarative", "nominative"]
BlockReason = Literal["loss", "theft", "abuse", "unpaid", "defect", "unstated"]
"""`unstated`: the back office blocked the card without a reason it can name; nothing is rebuilt before a person states one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractState:
    """One title on the card."""

    contract: str
    product: str
    status: str
    starts_on: date | None = None
    ends_on: date | None = None
    serial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterState:
    """Journeys left on a carnet, with the day of the last authenticated value."""

    contract: str
    remaining: int
    counted_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleProof:
    """Proof of purchase of a title that can still be rebuilt."""

    sale: str
    product: str
    sold_on: date
    amount: float
    pay_method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockEntry:
    """The card's entry on the block list."""

    reason: BlockReason
    starts_on: date
    author: str
    """The human who decided, by role or account; never empty."""
    ends_on: date | None = None
    notified_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """Last known content of one card."""

    card: str = field(repr=False)
    """Canonical card number."""
    printed_number: str = field(default="", repr=False)
    medium: Medium
    holder: str = field(default="", repr=False)
    """Reference of the customer record; nominative cards only."""
    expires_on: date | None = None
    contracts: tuple[ContractState, ...] = ()
    counters: tuple[CounterState, ...] = ()
    sales: tuple[SaleProof, ...] = ()
    blocked: BlockEntry | None = None
    replaced_by: str = field(default="", repr=False)
    relation_ended_on: date | None = None
    """End of the customer relation: the record's own term starts here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warrant:
    """Why the vault is being opened. Written to the journal before any answer."""

    case: str
    clerk: str
    reason: str
    granted_at: datetime
    until: datetime
    """The warrant is worth nothing after this instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstruction:
    """What the clerk receives: a new card with the same titles, profiles and counters."""

    case: str
    new_card: str = field(repr=False)
    medium: Medium
    contracts: tuple[ContractState, ...]
    counters: tuple[CounterState, ...]
    journal_entry: int
    """Sequence number of the journal entry written before this answer."""
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillStep:
    """One step of the end-to-end exercise on witness cards."""

    title: str
    passed: bool
    detail: str
    seconds: float = 0.0
