"""Make unlinked records: coarsen whole columns just enough, remove the rows of the classes that stay too small.

Columns are coarsened over the lattice of the plan's levels (`anonymise.lattice`): the node kept is the one of least loss
among those where every remaining class holds k distinct persons and l distinct sensitive values while at most the plan's
share of the persons loses a row. The engine reads the rows once, writes them as whole numbers, groups them by (finest
class, person) and, once the node is known, rewrites them as labels; the search between the two is numpy's.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import numpy as np
import pyarrow as pa

from anonymise.generalise import Calendar, References, at_levels, check_hierarchies, column_levels, ladder
from anonymise.labels import minute_forbidden
from anonymise.lattice import Codes, Counted, Demand, Entries, Found, Lattice, Node, search
from anonymise.made import UNIT, Made
from auditor.engine.base import Engine, Relation
from auditor.risk.classes import class_sizes
from auditor.vocabulary.errors import CouldNotCheck, DeclarationProblem, ReleaseRefused
from auditor.vocabulary.releases import PERSON_THRESHOLD, ReleaseColumn, ReleasePlan

MAX_ENTRIES: Final = 30_000_000
"""Most (finest class, person) pairs the search holds in memory: about 2 GB."""
_serial = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coded:
    """The rows as whole numbers, and what each number says."""

    relation: Relation
    """`c0`… (columns that may be coarsened), `s0`… (sensitive), `unit` (random ordinal, null for nobody), one row per row."""
    columns: tuple[ReleaseColumn, ...]
    sensitive: tuple[ReleaseColumn, ...]
    spans: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[tuple[str, ...], ...], ...]
    """For each column and level of its span, the label of each finest code."""
    values: tuple[tuple[str, ...], ...]
    """For each sensitive column, the label of each code."""
    units: int


def make_records(engine: Engine, rows: Relation, plan: ReleasePlan, references: References, calendar: Calendar) -> Made:
    """Return the rows that may leave as unlinked records, with a random ordinal of the person for the witness.

    `rows` are the plan's rows, with `unit` (an opaque number or text) in place of the card. The threshold is the plan's k,
    never under its recipient class's own. Rows at the minute are left out of the search unless the recipient is internal.

    Raises:
        DeclarationProblem: a hierarchy or a reference table does not fit the rows.
        ReleaseRefused: no combination of levels meets the plan; says the best that can be reached and what to change.
        CouldNotCheck: more pairs of class and person than `MAX_ENTRIES`, or more levels than the search can prove.
    """
    _check_names(plan)
    check_hierarchies(engine, rows, plan, references)
    demand = Demand(
        k=max(plan.k, PERSON_THRESHOLD[plan.recipient.recipient_class]),
        distinct=max(plan.diversity.distinct, 1),
        limit=plan.suppression_limit,
    )
    coded = _coded(engine, rows, plan, references, calendar)
    entries = _entries(engine, coded)
    if not len(entries.rows):
        raise ReleaseRefused(
            f"Release {plan.id!r}: no row matches the plan.",
            "An empty release tells nothing, and a person-k of nothing is no guarantee.",
            "Check `stores`, `where`, `start` and `end` in the release plan.",
        )
    found = search(entries, demand)
    if found.best is None or _minute_only(plan, coded):
        raise _refusal(plan, coded, Lattice(entries=entries, demand=demand), found.coarsest)
    return _made(engine, plan, coded, entries, demand, found, found.best)


def _check_names(plan: ReleasePlan) -> None:
    names = [column.name for column in plan.columns]
    if len(set(names)) < len(names) or {UNIT, "rows", "cards"} & set(names):
        raise DeclarationProblem(
            f"Release {plan.id!r}: two columns bear the same name, or one is called unit, rows or cards.",
            "These names are kept for the verification.",
            "Rename the column in the release plan.",
        )


def _spans(plan: ReleasePlan) -> dict[str, tuple[str, ...]]:
    """Return the levels searched for each column. The minute is dropped where it may never leave and another level is left."""
    spans = {column.name: column_levels(plan, column) for column in plan.columns}
    if minute_forbidden(plan.recipient.recipient_class):
        spans = {name: span[1:] if span[0] == "minute" and len(span) > 1 else span for name, span in spans.items()}
    return spans


def _minute_only(plan: ReleasePlan, coded: _Coded) -> bool:
    fixed = (*coded.spans, *(column_levels(plan, column) for column in coded.sensitive))
    return minute_forbidden(plan.recipient.recipient_class) and any(span == ("minute",) for span in fixed)


def _coded(engine: Engine, rows: Relation, plan: ReleasePlan, references: References, calendar: Calendar) -> _Coded:
    spans = _spans(plan)
    finest = at_levels(rows, [(column, spans[column.name][0]) for column in plan.columns], references, calendar, keep=(UNIT,))
    kept = engine.keep(f"records_finest_{next(_serial)}", finest)
    columns = tuple(column for column in plan.columns if not column.sensitive)
    sensitive = tuple(column for column in plan.columns if column.sensitive)
    leaves = {column.name: _occurring(engine, kept, column.name) for column in plan.columns}
    numbered, units = _numbered(engine, kept)
    for prefix, group in (("c", columns), ("s", sensitive)):
        for place, column in enumerate(group):
            numbered = _with_code(engine, numbered, column.name, f"{prefix}{place}", leaves[column.name])
    chosen = [f"c{place}" for place in range(len(columns))] + [f"s{place}" for place in range(len(sensitive))]
    return _Coded(
        relation=engine.keep(f"records_coded_{next(_serial)}", numbered.select(*chosen, unit=numbered.ordinal)),
        columns=columns,
        sensitive=sensitive,
        spans=tuple(spans[column.name] for column in columns),
        labels=tuple(
            tuple(map(tuple, ladder(engine, column, spans[column.name], leaves[column.name], references, calendar))) for column in columns
        ),
        values=tuple(tuple(leaves[column.name]) for column in sensitive),
        units=units,
    )


def _occurring(engine: Engine, relation: Relation, name: str) -> list[str]:
    return sorted(engine.arrow(relation.select(name).distinct())[name].to_pylist())


def _numbered(engine: Engine, rows: Relation) -> tuple[Relation, int]:
    """Add `ordinal`, a number drawn for each person from the system's randomness: nothing leads back from it."""
    persons = engine.arrow(rows.filter(rows[UNIT].notnull()).select(UNIT).distinct())[UNIT]
    drawn = np.argsort(np.frombuffer(secrets.token_bytes(8 * len(persons)), dtype=np.uint64), kind="stable")
    table = pa.table({"_person": persons, "ordinal": pa.array(drawn.astype(np.int32))})
    ordinals = engine.load(f"records_units_{next(_serial)}", table)
    return rows.left_join(ordinals, rows[UNIT] == ordinals["_person"]).drop("_person"), len(persons)


def _with_code(engine: Engine, rows: Relation, name: str, code: str, labels: Sequence[str]) -> Relation:
    table = pa.table({f"_{code}": pa.array(labels, pa.string()), code: pa.array(range(len(labels)), pa.int32())})
    codes = engine.load(f"records_{code}_{next(_serial)}", table)
    return rows.inner_join(codes, rows[name] == codes[f"_{code}"]).drop(f"_{code}")


def _entries(engine: Engine, coded: _Coded) -> Entries:
    grouped = coded.relation.group_by(list(coded.relation.columns)).agg(rows=coded.relation.count().cast("int32"))
    kept = engine.keep(f"records_entries_{next(_serial)}", grouped)
    size = engine.rows(kept.aggregate(size=kept.count()))[0]["size"]
    if size > MAX_ENTRIES:
        raise CouldNotCheck(
            f"The search would hold {size} pairs of class and person, more than {MAX_ENTRIES}.",
            "It would exceed a bounded memory; no release is made.",
            "Start from a coarser `finest` level, or release a shorter period.",
        )
    table = engine.arrow(kept.mutate(unit=kept.unit.fill_null(-1)))
    array = {name: table[name].to_numpy().astype(np.int32, copy=False) for name in table.column_names}
    return Entries(
        codes=tuple(array[f"c{place}"] for place in range(len(coded.columns))),
        sensitive=tuple(array[f"s{place}"] for place in range(len(coded.sensitive))),
        unit=array["unit"],
        rows=array["rows"],
        ladders=tuple(tuple(_codes(labels) for labels in levels) for levels in coded.labels),
    )


def _codes(labels: Sequence[str]) -> Codes:
    known = {label: code for code, label in enumerate(sorted(set(labels)))}
    return np.array([known[label] for label in labels], dtype=np.int32)


def _made(engine: Engine, plan: ReleasePlan, coded: _Coded, entries: Entries, demand: Demand, found: Found, best: Counted) -> Made:
    node = best.score.node
    labelled = _labelled(engine, coded, node)
    by = [column.name for column in coded.columns]
    held = [column.name for column in coded.sensitive]
    sizes = class_sizes(labelled, by, UNIT, held)
    enough = sizes.filter(sizes.cards >= demand.k, *[sizes[f"distinct_{name}"] >= demand.distinct for name in held])
    kept = labelled.semi_join(enough, by) if by else labelled
    names = [column.name for column in plan.columns]
    released = engine.keep(f"records_released_{next(_serial)}", kept.select(*names, UNIT))
    rows_in = int(entries.rows.sum())
    rows_out = int(engine.rows(released.aggregate(rows=released.count()))[0]["rows"])
    if rows_out != rows_in - best.rows_suppressed:
        raise CouldNotCheck(
            f"The search keeps {rows_in - best.rows_suppressed} rows and the engine {rows_out}.",
            "Two counts of the same classes must agree before anything is staged.",
            "Run the command again; if it happens again, report it with the release plan.",
        )
    return Made(
        relation=released,
        levels=_levels(plan, coded, node),
        rows_in=rows_in,
        rows_out=rows_out,
        rows_suppressed=best.rows_suppressed,
        units_in=coded.units,
        units_losing_rows=best.units_losing_rows,
        search=_report(found, best, demand),
    )


def _labelled(engine: Engine, coded: _Coded, node: Node) -> Relation:
    table = coded.relation
    labels = [levels[level] for levels, level in zip(coded.labels, node, strict=True)]
    written = [(f"c{place}", column.name, labels[place]) for place, column in enumerate(coded.columns)]
    written += [(f"s{place}", column.name, coded.values[place]) for place, column in enumerate(coded.sensitive)]
    for code, name, texts in written:
        words = pa.table({f"_{code}": pa.array(range(len(texts)), pa.int32()), name: pa.array(texts, pa.string())})
        named = engine.load(f"records_labels_{next(_serial)}", words)
        table = table.inner_join(named, table[code] == named[f"_{code}"]).drop(code, f"_{code}")
    return table


def _levels(plan: ReleasePlan, coded: _Coded, node: Node) -> dict[str, str]:
    chosen = {column.name: span[level] for column, span, level in zip(coded.columns, coded.spans, node, strict=True)}
    return {column.name: chosen.get(column.name) or column_levels(plan, column)[0] for column in plan.columns}


def _report(found: Found, best: Counted, demand: Demand) -> Mapping[str, str | int | float]:
    return {
        "metric": "loss",
        "score": best.score.loss,
        "bound": best.score.loss,
        "optimal": "yes",
        "nodes": found.nodes,
        "nodes_checked": found.nodes_checked,
        "node": " ".join(map(str, best.score.node)),
        "discernibility": best.score.discernibility,
        "k": demand.k,
        "distinct_l": demand.distinct,
        "suppression_limit": demand.limit,
    }


def _refusal(plan: ReleasePlan, coded: _Coded, lattice: Lattice, coarsest: Counted) -> ReleaseRefused:
    """Write the refusal. The coarsest node is the best that can be reached, since no node spares more people."""
    if _minute_only(plan, coded):
        counted = lattice.count(tuple(0 for _ in coded.columns))
        what = f"Release refused: {plan.id}: records at the minute may not leave for a class {plan.recipient.recipient_class} recipient"
        why = "who knows the minute and the place of one tap, from a timetable or a camera, finds the row of that traveller."
    else:
        counted = coarsest
        what = f"Release refused: {plan.id}: no level allowed by the plan is coarse enough"
        why = "in a class that small a traveller can be told apart by what the release says of the trip."
    levels = _levels(plan, coded, counted.score.node)
    reached = _reached(levels, coded, lattice, counted)
    return ReleaseRefused(f"{what}; {reached}.", why, f"{_advice(plan, levels)}, then build again.")


def _reached(levels: Mapping[str, str], coded: _Coded, lattice: Lattice, counted: Counted) -> str:
    demand, smallest = lattice.demand, int(lattice.persons(counted.score.node).min())
    diverse = f" or fewer than {demand.distinct} distinct sensitive values" if demand.distinct > 1 else ""
    return (
        f"with {', '.join(f'{name} at {level}' for name, level in levels.items())}, {counted.classes_suppressed} of {counted.classes} "
        f"classes hold fewer than {demand.k} cards (smallest: {smallest}){diverse}, and removing them would take rows from "
        f"{counted.units_losing_rows / max(coded.units, 1):.1%} of the cards (limit {demand.limit:.1%})"
    )


def _advice(plan: ReleasePlan, levels: Mapping[str, str]) -> str:
    coarser = []
    for column in plan.columns:
        known = column_levels(plan, replace(column, finest=None, coarsest=None)) if not column.sensitive else ()
        if levels[column.name] == "minute" or (levels[column.name] in known[:-1]):
            following = "hour" if levels[column.name] == "minute" else known[known.index(levels[column.name]) + 1]
            coarser.append(f"`{column.name}` to {following} or coarser")
    widen = f"Set `coarsest` of {', '.join(coarser)} in the release plan" if coarser else "Drop a column from the release plan"
    return f"{widen}, release a longer period, or accept a larger suppression_limit"
