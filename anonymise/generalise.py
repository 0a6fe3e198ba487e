"""Coarsen columns: each value is replaced by the label of a level of its hierarchy.

Time is told in the network's zone and service day; places, lines, products and profiles climb their reference tables.
Labels are those of `anonymise.labels`. Expressions run in the engine; nothing here decides which level to keep.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import ibis
import ibis.expr.types as ir

from anonymise.labels import (
    AFTERNOON,
    LEVELS,
    MORNING,
    NOON,
    RESERVED,
    TOP,
    UNKNOWN,
    WEEKDAYS,
    WEEKEND,
    Calendar,
    clock_label,
    levels,
    span,
    time_parent,
)
from auditor.engine.base import Engine, Relation
from auditor.engine.clocks import utc_to_local
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.releases import ReleaseColumn, ReleasePlan
from auditor.vocabulary.schema import TABLES, Kind

__all__ = ["Calendar", "References", "at_level", "at_levels", "check_hierarchies", "column_levels", "ladder", "levels"]

_REFERENCE: Final[Mapping[str, str]] = {"place": "stops", "line": "lines", "product": "products", "profile": "profiles"}
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Canonical reference tables; none when the network maps none."""

    stops: Relation | None = None
    lines: Relation | None = None
    products: Relation | None = None
    profiles: Relation | None = None

    def of(self, hierarchy: str) -> Relation | None:
        """Return the table that a hierarchy climbs."""
        return None if hierarchy not in _REFERENCE else getattr(self, _REFERENCE[hierarchy])


def column_levels(plan: ReleasePlan, column: ReleaseColumn) -> tuple[str, ...]:
    """Return the levels the plan allows for one of its columns, finest first (from the day on when the source holds dates)."""
    return span(column, dates=_kind(plan, column) is Kind.DATE)


def at_level(relation: Relation, column: ReleaseColumn, level: str, references: References, calendar: Calendar) -> Relation:
    """Add (or replace) `column.name` with the text label of its source at a level; every other column stays.

    Use `at_levels` for several columns: a name that is also the source of another column would be replaced too early.
    """
    others = tuple(name for name in relation.columns if name != column.name)
    return at_levels(relation, [(column, level)], references, calendar, keep=others)


def at_levels(
    relation: Relation,
    choice: Sequence[tuple[ReleaseColumn, str]],
    references: References,
    calendar: Calendar,
    *,
    keep: Sequence[str] = (),
) -> Relation:
    """Return the columns in `keep`, then one text label per chosen column and level, in order.

    Run `check_hierarchies` before: a value without a parent would be an absent label here. An absent value is `?`.
    """
    table, labels = relation, {}
    for place, (column, level) in enumerate(choice):
        parents = _parents(column, level, references)
        if parents is None:
            labels[column.name] = (column, level, "")
            table = _with_clock(table, column, calendar)
        else:
            code, label = f"_code{place}", f"_label{place}"
            parents = parents.rename({code: "code", label: "label"})
            table = table.left_join(parents, table[column.source].cast("string") == parents[code])
            labels[column.name] = (column, level, label)
    plain = {name: table[name] for name in keep}
    return table.select(**plain, **{name: _label(table, *how, calendar) for name, how in labels.items()})


def ladder(
    engine: Engine, column: ReleaseColumn, steps: Sequence[str], finest: Sequence[str], references: References, calendar: Calendar
) -> list[list[str]]:
    """Return, for each level of `steps`, the label that holds each of the labels of the first level, in the same order."""
    climbed = [list(finest)]
    for below, above in pairwise(steps):
        if column.hierarchy == "time":
            climbed.append([time_parent(label, below, calendar) for label in climbed[-1]])
        elif above == levels(column.hierarchy)[-1]:
            climbed.append([TOP] * len(finest))
        else:
            up = _climb(engine, column, below, above, references)
            climbed.append([up.get(label, UNKNOWN) if label != UNKNOWN else UNKNOWN for label in climbed[-1]])
    return climbed


def check_hierarchies(engine: Engine, relation: Relation, plan: ReleasePlan, references: References) -> None:
    """Make sure that every value that occurs has exactly one parent at every level the plan may use.

    Raises:
        DeclarationProblem: an identifier or an unknown column is to be released; a reference table is missing; a code
            that occurs is absent from it, has no parent or has several; a level does not nest in the next; a code is a
            reserved label. Codes of reference tables are not personal: up to five are printed, values of others never.
    """
    for column in plan.columns:
        _check_source(relation, plan, column)
        found = engine.arrow(relation.select(value=relation[column.source].cast("string")).distinct()) if _named(column) else None
        occurring = set() if found is None else {value for value in found["value"].to_pylist() if value is not None}
        reserved = sum(value in RESERVED for value in occurring)
        if reserved:
            raise DeclarationProblem(
                f"{reserved} codes of {plan.table}.{column.source} are written like a reserved label ({TOP}, {UNKNOWN} or nothing).",
                "They would be mistaken for « everything » or « absent » in the release.",
                "Translate them under `values` in mapping.yml.",
            )
        ends = (LEVELS[column.hierarchy][0], LEVELS[column.hierarchy][-1])
        between = [level for level in column_levels(plan, column) if level not in ends]
        if column.hierarchy in _REFERENCE and between:
            _check_parents(engine, plan, column, between, occurring, references)


def _check_source(relation: Relation, plan: ReleasePlan, column: ReleaseColumn) -> None:
    if column.source not in relation.columns:
        raise DeclarationProblem(
            f"Release {plan.id!r}: column {column.name!r} is computed from {plan.table}.{column.source}, which does not exist.",
            "The release cannot hold what the plan declares.",
            f"Name a column of {plan.table} as `source`.",
        )
    if _kind(plan, column) is Kind.KEY:
        raise DeclarationProblem(
            f"Release {plan.id!r}: column {column.name!r} would release {plan.table}.{column.source}, an identifier.",
            "Unlinked rows hold no identifier and no pseudonym.",
            "Remove the column from the release plan.",
        )


def _check_parents(
    engine: Engine, plan: ReleasePlan, column: ReleaseColumn, between: Sequence[str], occurring: set[str], references: References
) -> None:
    table = _REFERENCE[column.hierarchy]
    reference = references.of(column.hierarchy)
    if reference is None:
        raise DeclarationProblem(
            f"Release {plan.id!r}: column {column.name!r} needs the reference table `{table}`, which the network does not map.",
            f"Nothing says which {between[0]} a {LEVELS[column.hierarchy][0]} belongs to.",
            f"Map `{table}` in mapping.yml, or set `coarsest: {LEVELS[column.hierarchy][0]}` for this column.",
        )
    leaf = LEVELS[column.hierarchy][0]
    wanted = reference.select(leaf, *between).distinct()
    lines = [row for row in engine.rows(wanted) if str(row[leaf]) in occurring]
    without = occurring - {str(row[leaf]) for row in lines if all(row[level] not in (None, *RESERVED) for level in between)}
    if without:
        _refuse(column, f"are absent from `{table}` or have no {' or '.join(between)} there", without, len(occurring))
    chains = [[str(row[level]) for level in (leaf, *between)] for row in lines]
    for place, (below, above) in enumerate(pairwise((leaf, *between))):
        several = _with_several({(chain[place], chain[place + 1]) for chain in chains})
        if several:
            _refuse(column, f"have several {above} values in `{table}`", several, len(occurring), below)


def _refuse(column: ReleaseColumn, fault: str, codes: set[str], total: int, level: str = "") -> None:
    shown = sorted(codes)[:_SHOWN]
    more = ", …" if len(codes) > len(shown) else ""
    raise DeclarationProblem(
        f"Column {column.name!r}: {len(codes)} {level or column.source} codes (of {total} {column.source} codes that occur) {fault}: "
        f"{', '.join(shown)}{more}.",
        "A value must have exactly one parent, or it would be lost or counted twice.",
        "Complete or correct the reference table, or restrict the column's `finest` and `coarsest` in the release plan.",
    )


def _with_several(edges: set[tuple[str, str]]) -> set[str]:
    parents = Counter(child for child, _ in edges)
    return {child for child, number in parents.items() if number > 1}


def _kind(plan: ReleasePlan, column: ReleaseColumn) -> Kind | None:
    table = TABLES.get(plan.table)
    known = None if table is None else table.columns.get(column.source)
    return None if known is None else known.kind


def _named(column: ReleaseColumn) -> bool:
    return column.hierarchy != "time"


def _parents(column: ReleaseColumn, level: str, references: References) -> Relation | None:
    """Return (code, label), one row per code, when the level must be looked up; None when it is told from the value."""
    known = levels(column.hierarchy)
    if column.hierarchy not in _REFERENCE or level in (known[0], known[-1]):
        return None
    reference = references.of(column.hierarchy)
    if reference is None:
        raise DeclarationProblem(
            f"Column {column.name!r} needs the reference table `{_REFERENCE[column.hierarchy]}`, which the network does not map.",
            f"Nothing says which {level} a {known[0]} belongs to.",
            "Map it in mapping.yml.",
        )
    plain = reference.select(code=reference[known[0]].cast("string"), label=reference[level].cast("string"))
    return plain.group_by("code").agg(label=plain.label.min())


def _label(table: Relation, column: ReleaseColumn, level: str, looked_up: str, calendar: Calendar) -> ir.StringValue:
    source = table[column.source]
    if level == levels(column.hierarchy)[-1] and column.hierarchy != "none":
        return ibis.literal(TOP)
    if looked_up:
        return ibis.ifelse(source.isnull(), UNKNOWN, table[looked_up])
    text = _time_label(table, column, level, calendar) if column.hierarchy == "time" else source.cast("string")
    return text.fill_null(UNKNOWN)


def _with_clock(table: Relation, column: ReleaseColumn, calendar: Calendar) -> Relation:
    """Add the service day and the minute of its clock of an instant, each computed once: the zone's rule is a long expression."""
    source, day, clock = column.source, f"_day_{column.source}", f"_clock_{column.source}"
    if column.hierarchy != "time" or day in table.columns or not table[source].type().is_timestamp():
        return table
    told = table.mutate(_local=utc_to_local(table[source], calendar.zone))
    told = told.mutate(**{day: (told["_local"] - ibis.interval(minutes=calendar.start)).date()}, _wall=_minute_of(told["_local"]))
    return told.mutate(**{clock: told["_wall"] + ibis.ifelse(told["_wall"] < calendar.start, 24 * 60, 0)}).drop("_local", "_wall")


def _minute_of(local: ir.TimestampValue) -> ir.IntegerValue:
    return local.hour().cast("int64") * 60 + local.minute().cast("int64")


def _time_label(table: Relation, column: ReleaseColumn, level: str, calendar: Calendar) -> ir.StringValue:
    if table[column.source].type().is_date():
        return _of_day(table[column.source], level)
    day, clock = table[f"_day_{column.source}"], table[f"_clock_{column.source}"]
    text = day.cast("string")
    match level:
        case "minute":
            return text + " " + _two(clock // 60) + ":" + _two(clock % 60)
        case "hour":
            return text + " " + _two(clock // 60) + ":00"
        case "band":
            *inner, last = [(end, f" {clock_label(first)}-{clock_label(end)}") for first, end in calendar.bands()]
            return text + ibis.cases(*[(clock < end, label) for end, label in inner], else_=last[1])
        case "half-day":
            return text + " " + ibis.ifelse(clock < NOON, MORNING, AFTERNOON)
        case _:
            return _of_day(day, level)


def _of_day(day: ir.DateValue, level: str) -> ir.StringValue:
    if level == "week-part":
        # An absent day stays absent: a comparison with nothing would otherwise choose the other branch.
        return day.isnull().ifelse(ibis.null("string"), ibis.ifelse(day.day_of_week.index() < 5, WEEKDAYS, WEEKEND))  # noqa: PLR2004
    return day.cast("string")


def _two(number: ir.IntegerValue) -> ir.StringValue:
    return number.cast("int64").cast("string").lpad(2, "0")


def _climb(engine: Engine, column: ReleaseColumn, below: str, above: str, references: References) -> dict[str, str]:
    reference = references.of(column.hierarchy)
    if reference is None:
        return {}
    edges = reference.select(low=reference[below].cast("string"), high=reference[above].cast("string")).distinct()
    return {row["low"]: row["high"] for row in engine.rows(edges.order_by(["low", ibis.desc("high")])) if row["low"] and row["high"]}
