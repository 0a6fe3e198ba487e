"""A traveller's request and the answer they receive (GDPR art. 15). The only document that holds personal values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    FROZEN = "frozen"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """One request, without the personal number it is about."""

    id: str
    """`2026-0001`: year of reception and rank."""
    state: RequestState
    received_on: date
    due_on: date
    """One month after reception (art. 12(3))."""
    medium: str
    """anonymous, declarative, nominative, or unknown."""
    identity_check: str
    """How the right to ask was checked (card presented, identity document seen)."""
    extended_on: date | None = None
    answered_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One value of the copy, with its meaning when it is a code."""

    label: str
    """Name of the column in the source."""
    value: str = field(repr=False)
    meaning: str = ""
    column: str = ""
    """Canonical column (`validations.stop`), when the raw one is mapped: a report can then name it in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """What one physical table holds about the person."""

    title: str
    physical: str
    activity: str
    """Title of the processing activity; empty when no activity declares the table."""
    rows: tuple[tuple[Explained, ...], ...] = field(repr=False)
    past_term: int = 0
    """How many of the rows are held past the declared or admitted term."""
    past_rows: tuple[int, ...] = ()
    """Which ones, counted from zero; empty when only their number is known."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRecipient:
    """A recipient by name (CJEU C-154/21), and what for."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityNotice:
    """Art. 15(1) particulars of one processing activity that concerns the person."""

    title: str
    purposes: tuple[str, ...]
    legal_bases: tuple[str, ...]
    data_categories: tuple[str, ...]
    recipients: tuple[NamedRecipient, ...]
    retention: tuple[str, ...]
    transfers: tuple[str, ...]
    source: str
    automated_decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAnswer:
    """The whole answer."""

    request: AccessRequest
    authority: str
    operator: str
    dpo: str
    made_on: date
    frozen_at: datetime
    """The situation described is the one at this instant (UTC)."""
    processed: bool
    """False when nothing about the card was found anywhere."""
    activities: tuple[ActivityNotice, ...]
    datasets: tuple[DataSet, ...]
    not_given: Mapping[str, str] = field(default_factory=dict)
    """What cannot be given, and why."""
