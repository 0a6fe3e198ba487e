"""Counts: boardings by cell, cells of too few persons masked, and enough others that no total gives them away.

What is published, one line per cell or total, as an open-data reader will find it:

* one column per plan column, in text, with the labels of `anonymise.labels`: `*` where the line is a total over the
  column, `?` where the source says nothing;
* `boardings`, a whole number, empty when masked; `masked`, true or false;
* a cell that does not occur is not listed, so a listed cell counts at least one boarding. Totals and cells share one
  file, to be published in one piece: keep the lines without `*` to sum them.

The number of distinct cards of a cell decides, and is never published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import ibis

from anonymise.celltext import neutral
from anonymise.complement import CountTable, Family, protect
from anonymise.disclosure import Disclosure
from anonymise.generalise import Calendar, References, at_levels, check_hierarchies, column_levels
from anonymise.labels import LEVELS, TOP
from anonymise.made import UNIT, Made
from auditor.engine import Engine, Relation
from auditor.vocabulary.errors import DeclarationProblem, ReleaseRefused
from auditor.vocabulary.releases import PERSON_THRESHOLD, ReleasePlan

if TYPE_CHECKING:
    import pyarrow as pa

BOARDINGS: Final = "boardings"
MASKED: Final = "masked"
FLOOR: Final = 1
"""Least boardings of a listed cell, by the policy above: the reader knows it, so the proof assumes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCounts:
    """A count table ready to be staged, and the rows it comes from."""

    made: Made
    """`relation`: the released labels of every row, then `unit`, for the witness alone."""
    lines: "pa.Table"
    """What leaves: plan columns, `boardings`, `masked`; sorted by the plan columns."""
    proof: Disclosure
    """What the maker's own last check found; the verifier does not rely on it."""


def make_counts(engine: Engine, rows: Relation, plan: ReleasePlan, references: References, calendar: Calendar) -> MadeCounts:
    """Count boardings by cell at the finest declared levels and mask what must be masked.

    `rows` carries `unit`, an opaque person. A row without a person counts as a boarding and as nobody.

    Raises:
        DeclarationProblem: a value has no parent at the level, or a column would be told at its last level (a total).
        ReleaseRefused: no cell reaches the threshold, or masking cannot be completed.
    """
    chosen = {column.name: column_levels(plan, column)[0] for column in plan.columns}
    _check_columns(plan, chosen)
    _check_rows(engine, rows, plan)
    told = tuple(replace(column, finest=chosen[column.name], coarsest=chosen[column.name]) for column in plan.columns)
    check_hierarchies(engine, rows, replace(plan, columns=told), references)
    choice = [(column, chosen[column.name]) for column in plan.columns]
    labels = at_levels(rows, choice, references, calendar, keep=(UNIT,))
    labelled = _numbered(engine, neutral(labels, list(chosen)))
    k = max(plan.k, PERSON_THRESHOLD[plan.recipient.recipient_class])
    table = _counted(engine, labelled, plan, k)
    proof = protect(table, k, floor=FLOOR)
    _check(table, proof, k)
    return MadeCounts(made=_made(engine, labelled, table, chosen), lines=_lines(table), proof=proof)


def _numbered(engine: Engine, labelled: Relation) -> Relation:
    """Replace each person by a random ordinal; nobody stays nobody."""
    persons = labelled.filter(labelled[UNIT].notnull()).select(person=labelled[UNIT]).distinct()
    drawn = engine.keep("counts_persons", persons.mutate(lot=ibis.random()))
    ordinals = drawn.select("person", ordinal=ibis.row_number().over(order_by=[drawn.lot, drawn.person]) + 1)
    joined = labelled.left_join(ordinals, labelled[UNIT] == ordinals.person).drop(UNIT, "person")
    return engine.keep("counts_rows", joined.rename({UNIT: "ordinal"}))


def _counted(engine: Engine, labelled: Relation, plan: ReleasePlan, k: int) -> CountTable:
    names = [column.name for column in plan.columns]
    cells = engine.keep("counts_cells", _sizes(labelled, names))
    found = engine.arrow(cells.order_by(names)).to_pydict()
    keys = list(zip(*(found[name] for name in names), strict=True))
    small = cells.filter(cells.persons < k)
    hidden = labelled.semi_join(small, names)
    margins = dict.fromkeys(tuple(sorted(names.index(name) for name in margin)) for margin in plan.margins)
    families = [_family(engine, labelled, hidden, names, keys, fixed, k) for fixed in margins if len(fixed) < len(names)]
    primary = [persons < k for persons in found["persons"]]
    return CountTable(columns=tuple(names), keys=keys, boardings=found[BOARDINGS], primary=primary, families=families)


def _sizes(rows: Relation, by: Sequence[str]) -> Relation:
    measures = {BOARDINGS: rows.count(), "persons": rows[UNIT].nunique()}
    return rows.group_by(list(by)).agg(**measures) if by else rows.aggregate(**measures)


def _family(
    engine: Engine,
    labelled: Relation,
    hidden: Relation,
    names: Sequence[str],
    keys: Sequence[tuple[str, ...]],
    fixed: tuple[int, ...],
    k: int,
) -> Family:
    by = [names[position] for position in fixed]
    totals = engine.arrow(_sizes(labelled, by)).to_pydict()
    groups = sorted(zip(*(totals[name] for name in by), strict=True)) if by else [()]
    rank = {group: place for place, group in enumerate(groups)}
    order = _places(totals, by, rank)
    apart = engine.arrow(_sizes(hidden, by)).to_pydict()
    hidden_persons = [0] * len(groups)
    for place, persons in zip(_places(apart, by, rank), apart["persons"], strict=True):
        hidden_persons[place] = persons
    boardings = dict(zip(order, totals[BOARDINGS], strict=True))
    below = {place for place, persons in zip(order, totals["persons"], strict=True) if persons < k}
    return Family(
        fixed=fixed,
        groups=groups,
        of_cell=[rank[tuple(key[position] for position in fixed)] for key in keys],
        totals=[boardings[place] for place in range(len(groups))],
        masked=[place in below for place in range(len(groups))],
        hidden_persons=hidden_persons,
    )


def _places(found: Mapping[str, list[object]], by: Sequence[str], rank: Mapping[tuple[str, ...], int]) -> list[int]:
    if not by:
        return [0]
    return [rank[key] for key in zip(*(found[name] for name in by), strict=True)]


def _check_columns(plan: ReleasePlan, chosen: Mapping[str, str]) -> None:
    if len(chosen) < len(plan.columns) or {UNIT, BOARDINGS, MASKED, "persons", "ordinal", "person"} & set(chosen):
        raise DeclarationProblem(
            f"Release {plan.id!r}: two columns bear the same name, or one is called unit, boardings, masked, persons, person or ordinal.",
            "These names are kept for the making and the verification.",
            "Rename the column in the release plan.",
        )
    for column in plan.columns:
        if column.hierarchy != "none" and chosen[column.name] == LEVELS[column.hierarchy][-1]:
            raise DeclarationProblem(
                f"Release {plan.id!r}: column {column.name!r} would be counted at the level that holds everything.",
                f"Its label, {TOP}, is that of a total: a reader could not tell the cells from their sum.",
                "Remove the column from the plan, or set a finer `finest`.",
            )


def _check_rows(engine: Engine, rows: Relation, plan: ReleasePlan) -> None:
    if not engine.rows(rows.limit(1).aggregate(rows=rows.limit(1).count()))[0]["rows"]:
        raise ReleaseRefused(
            f"Release {plan.id!r}: no row matches the plan.",
            "An empty table informs nobody, and a threshold over nothing is no guarantee.",
            "Check `stores`, `where`, `start` and `end` in the release plan.",
        )


def _check(table: CountTable, proof: Disclosure, k: int) -> None:
    if all(table.masked):
        raise ReleaseRefused(
            f"No cell may be shown: of {len(table.keys)} cells, {sum(table.primary)} hold fewer than {k} distinct cards.",
            "A table of masked cells informs nobody.",
            "Widen the levels of the columns in the plan, or cover a longer period.",
        )
    if proof.exposed or proof.contradictions:
        raise ReleaseRefused(
            f"{len(proof.exposed)} masked cells can still be worked out from the totals.",
            "A hidden count that can be recomputed is a published count.",
            "Publish fewer totals (margins) in the plan, or widen its levels.",
        )


def _made(engine: Engine, labelled: Relation, table: CountTable, chosen: Mapping[str, str]) -> Made:
    totals = engine.rows(labelled.aggregate(rows=labelled.count(), units=labelled[UNIT].nunique()))[0]
    hidden = [key for key, masked in zip(table.keys, table.masked, strict=True) if masked]
    return Made(
        relation=labelled,
        levels=chosen,
        rows_in=int(totals["rows"]),
        rows_out=sum(value for value, masked in zip(table.boardings, table.masked, strict=True) if not masked),
        rows_suppressed=sum(value for value, masked in zip(table.boardings, table.masked, strict=True) if masked),
        units_in=int(totals["units"]),
        units_losing_rows=_losing(engine, labelled, table.columns, hidden),
        search={
            "cells": len(table.keys),
            "cells_masked": len(hidden),
            "cells_below_threshold": sum(table.primary),
            "totals": sum(len(family.groups) for family in table.families),
            "totals_masked": sum(sum(family.masked) for family in table.families),
        },
    )


def _losing(engine: Engine, labelled: Relation, columns: Sequence[str], hidden: Sequence[tuple[str, ...]]) -> int:
    import pyarrow as pa

    if not hidden:
        return 0
    cells = engine.load("counts_masked", pa.table([pa.array(labels) for labels in zip(*hidden, strict=True)], names=list(columns)))
    lost = labelled.semi_join(cells, list(columns))
    return int(engine.rows(lost.aggregate(units=lost[UNIT].nunique()))[0]["units"])


def _lines(table: CountTable) -> "pa.Table":
    import pyarrow as pa

    lines = sorted(table.lines(), key=lambda line: tuple(label.encode() for label in line[0]))
    labels = [pa.array([key[position] for key, _ in lines], pa.string()) for position in range(len(table.columns))]
    values = [value for _, value in lines]
    return pa.table(
        [*labels, pa.array(values, pa.int64()), pa.array([value is None for value in values], pa.bool_())],
        names=[*table.columns, BOARDINGS, MASKED],
    )
