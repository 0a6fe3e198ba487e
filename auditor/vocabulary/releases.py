"""A release: what is declared to leave, what was tested of it, what was signed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal


class RecipientClass(StrEnum):
    """Who may hold the release; decides the limits it must meet."""

    A = "A"
    """Public."""
    B = "B"
    """Contractual recipient in a controlled environment."""
    C = "C"
    """Internal; pseudonymised data that stays personal data."""


PERSON_THRESHOLD: Mapping[RecipientClass, int] = {RecipientClass.A: 11, RecipientClass.B: 5, RecipientClass.C: 5}
"""Smallest number of distinct cards per class or cell (science note, test H4). A plan may ask for more, never for less."""


HIERARCHY_LEVELS: Mapping[str, tuple[str, ...]] = {
    "time": ("minute", "hour", "band", "half-day", "day", "week-part", "all"),
    "place": ("stop", "station", "zone", "network"),
    "line": ("line", "mode", "network"),
    "product": ("product", "family", "all"),
    "profile": ("profile", "category", "all"),
    "none": (),
}
"""Levels of each hierarchy, finest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseColumn:
    """One released column."""

    name: str
    source: str
    """Column of the canonical table it is computed from."""
    hierarchy: Literal["time", "place", "line", "product", "profile", "none"] = "none"
    """How it is coarsened; `none` keeps the value as it is."""
    finest: str | None = None
    """Finest level the search may keep (time: minute, hour, band, half-day, day, week-part, all;
    place: stop, station, zone, network; line: line, mode, network; product: product, family, all)."""
    coarsest: str | None = None
    """Coarsest level that still serves the purpose."""
    sensitive: bool = False
    """Not generalised; must be diverse inside each class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversity:
    """Least diversity of the sensitive column inside each class."""

    distinct: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityQuestion:
    """A question that must stay answerable; answered from the original and from the release."""

    id: str
    title: str
    by: tuple[str, ...]
    """Released columns the boardings are counted by."""
    level: Mapping[str, str] = field(default_factory=dict)
    """Level at which a column is asked, when coarser than released."""
    tolerance: float | None = None
    """Largest weighted absolute error (share) the data team accepts; exceeded, the receipt says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecipient:
    """To whom, and under which class."""

    name: str
    recipient_class: RecipientClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """Content of one `releases/*.yml`."""

    id: str
    title: str
    kind: Literal["counts", "records"]
    purpose: str
    """Purpose id; must exist in the register."""
    recipient: ReleaseRecipient
    table: str = "validations"
    stores: tuple[str, ...] = ()
    """Stores the rows are taken from; empty: all of them."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values kept, by canonical column."""
    start: date | None = None
    """First service day, inclusive."""
    end: date | None = None
    """Last service day, inclusive."""
    columns: tuple[ReleaseColumn, ...]
    margins: tuple[tuple[str, ...], ...] = ()
    """`counts` only: column sets whose totals are published beside the cells; an empty set is the grand total."""
    k: int
    """Distinct cards per class or cell."""
    diversity: Diversity = field(default_factory=Diversity)
    suppression_limit: float = 0.05
    """Largest share of distinct cards that may lose a row."""
    unit: Literal["card", "journey"] = "card"
    """What stands for a person. `journey` when the source holds no card: one person may then be several units."""
    format: Literal["csv", "parquet"] = "csv"
    utility: tuple[UtilityQuestion, ...] = ()


class ReleaseVerdict(StrEnum):
    """Never the bare word « anonymous »."""

    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    PASS_FOR_SCOPE = "PASS_FOR_SCOPE"  # noqa: S105 - a verdict, not a password


class Criterion(StrEnum):
    """The three criteria of the G29 opinion 05/2014, and the rest."""

    SINGLING_OUT = "individualisation"
    LINKABILITY = "correlation"
    INFERENCE = "inference"
    CONTAINER = "container"


class TestResult(StrEnum):
    """Answer of one verification test."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationTest:
    """One test of a staged file."""

    __test__ = False

    id: str
    """H4, H5, S5… as in the science note."""
    title: str
    criterion: Criterion
    result: TestResult
    measured: str
    limit: str
    detail: str = ""
    """What was counted and how; never a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Everything a stranger established about one file."""

    file_digest: str
    """SHA-256 of the bytes, hexadecimal."""
    rows: int
    verdict: ReleaseVerdict
    scope: str
    """For whom, under which knowledge, with which ledger the verdict holds."""
    tests: tuple[VerificationTest, ...]
    figures: Mapping[str, int | float]
    """person_k, row_k, classes, classes_below, distinct_l…"""
    worst_class: Mapping[str, str] = field(default_factory=dict)
    """Released (generalised) values of the smallest class, only when it meets the threshold."""
    not_run: tuple[str, ...] = ()
    """Attacks and checks that were not run, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityAnswer:
    """One utility question, before and after."""

    id: str
    title: str
    cells: int
    """Number of cells of the answer."""
    original_total: float
    released_total: float
    weighted_error: float
    """Sum of absolute differences over the original total."""
    median_error: float
    """Median relative error of a cell."""
    tolerance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is signed when a release leaves."""

    release: str
    plan_digest: str
    file: str
    """Name of the published file."""
    file_digest: str
    made_at: datetime
    engine: str
    versions: Mapping[str, str]
    levels: Mapping[str, str]
    """Level chosen for each column."""
    rows_in: int
    rows_out: int
    rows_suppressed: int
    units_in: int
    verification: Verification
    utility: tuple[UtilityAnswer, ...]
    ledger_previous: str
    """Head of the ledger this release was verified against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A release that left."""

    file: Path
    receipt_file: Path
    receipt: Receipt
    ledger_head: str
