"""What a file is verified against: a release plan, or the little that is known of a file from anyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from anonymise.labels import span
from auditor.vocabulary.releases import PERSON_THRESHOLD, RecipientClass, ReleaseColumn, ReleasePlan
from auditor.vocabulary.schema import TABLES, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a file is said to be."""

    k: int
    quasi_identifiers: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    distinct: int = 1
    plan: ReleasePlan | None = None
    unit_column: str | None = None
    """Column of the file itself that names the person."""
    levels: Mapping[str, str] = field(default_factory=dict)
    """Level announced for each column; empty: any level the plan allows."""

    @property
    def recipient(self) -> RecipientClass:
        """The recipient class; a file without a plan is read as a public one."""
        return RecipientClass.A if self.plan is None else self.plan.recipient.recipient_class

    @property
    def columns(self) -> tuple[ReleaseColumn, ...]:
        """Columns of the plan, none without a plan."""
        return () if self.plan is None else self.plan.columns

    def column(self, name: str) -> ReleaseColumn | None:
        """Return the declared column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def kind(self, column: ReleaseColumn) -> Kind | None:
        """Return the canonical kind of a column's source, when the canonical tables know it."""
        table = None if self.plan is None else TABLES.get(self.plan.table)
        known = None if table is None else table.columns.get(column.source)
        return None if known is None else known.kind

    def allowed(self, column: ReleaseColumn) -> tuple[str, ...]:
        """Return the levels the plan allows for a column, finest first."""
        return span(column, dates=self.kind(column) is Kind.DATE)


def claim_of(
    columns: Sequence[str],
    plan: ReleasePlan | None,
    *,
    unit_column: str | None = None,
    k: int = 11,
    quasi_identifiers: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    levels: Mapping[str, str] | None = None,
) -> Claim:
    """Return what to verify. A plan decides when there is one; else every column not said sensitive is a quasi-identifier."""
    if plan is None:
        others = tuple(name for name in columns if name not in {*sensitive, unit_column})
        return Claim(
            k=k,
            quasi_identifiers=tuple(quasi_identifiers) or others,
            sensitive=tuple(sensitive),
            unit_column=unit_column,
            levels=levels or {},
        )
    return Claim(
        k=max(plan.k, PERSON_THRESHOLD[plan.recipient.recipient_class]),
        quasi_identifiers=tuple(column.name for column in plan.columns if not column.sensitive),
        sensitive=tuple(column.name for column in plan.columns if column.sensitive),
        distinct=max(plan.diversity.distinct, 1),
        plan=plan,
        unit_column=unit_column,
        levels=levels or {},
    )
