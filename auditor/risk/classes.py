"""Equivalence classes counted in persons.

A class is a tuple of quasi-identifier values. A person is a card, never a row: row-k 3 can be person-k 1. Policy on
absent values: an absent quasi-identifier or sensitive value is a value like any other (a class of its own); a row that
names no person counts as a row and as nobody, so it can never make a class look larger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import count
from operator import add
from typing import Final

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Engine, Relation, Row
from auditor.vocabulary.errors import UsageProblem

_MARKS: Final = 63
"""Bits of the occupancy word kept for each class: a person always sets the same bit, so bits set <= persons."""
_serial = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRisk:
    """Sizes of the classes of one table, exact. An empty table has no class and every k is 0."""

    k: int
    """The threshold that `…_below` refers to."""
    person_k: int
    """Distinct persons of the smallest class."""
    row_k: int
    """Rows of the class with the fewest rows; printed beside person_k because other tools report it alone."""
    classes: int
    classes_below: int
    """Classes of fewer than k distinct persons."""
    rows: int
    rows_below: int
    rows_alone: int
    """Rows that are the only one of their class."""
    cards: int
    """Distinct persons of the whole table."""
    cards_below: int
    """Distinct persons with at least one row in a class below k."""
    distinct_l: Mapping[str, int] = field(default_factory=dict)
    """For each sensitive column, the distinct values of the least diverse class."""
    classes_below_l: Mapping[str, int] = field(default_factory=dict)
    """For each sensitive column, the classes with fewer than l distinct values."""
    worst: Mapping[str, object] = field(default_factory=dict, repr=False)
    """Quasi-identifier values of the smallest class. Absent from `repr`: place and time of a few people."""
    worst_rows: int = 0
    """Rows of the class whose persons are counted by person_k."""

    @property
    def prosecutor_risk(self) -> float:
        """Largest chance of naming the right row's owner for someone known to be in the table: 1 / person_k."""
        return 1.0 / self.person_k if self.person_k else 1.0

    @property
    def share_below(self) -> float:
        """Share of the persons who have at least one row in a class below k."""
        return self.cards_below / self.cards if self.cards else 0.0


def class_sizes(relation: Relation, by: Sequence[str], unit: str | None, sensitive: Sequence[str] = ()) -> Relation:
    """Return one row per class: `by`…, `rows`, `cards` (distinct persons; rows when `unit` is None), `distinct_<column>`.

    Raises:
        UsageProblem: a quasi-identifier bears the name of a measure.
    """
    clash = set(by) & ({"rows", "cards"} | {f"distinct_{name}" for name in sensitive})
    if clash:
        raise UsageProblem(
            f"A column is called {min(clash)!r}, which is the name of a measure.",
            "The two could not be told apart in the answer.",
            "Rename the column in the release plan.",
        )
    persons = relation.count() if unit is None else relation[unit].nunique()
    diverse = {f"distinct_{name}": _distinct(relation, name) for name in sensitive}
    return _by(relation, by, rows=relation.count(), cards=persons, **diverse)


def measure(
    engine: Engine,
    relation: Relation,
    by: Sequence[str],
    unit: str | None,
    k: int,
    sensitive: Sequence[str] = (),
    *,
    l: int = 1,  # noqa: E741 - the letter is the field's own name for diversity
) -> ClassRisk:
    """Measure every class: exact person-k, row-k, distinct l and the smallest class.

    Rows are grouped once; each class keeps its rows, its sensitive values and a word where each person sets one bit, whose
    number of bits is a certain lower bound of its persons. Distinct persons, the costly part, are then counted exactly
    only in the classes that this bound leaves below k or below the smallest class known.
    """
    table = _Table.of(relation, by, unit, sensitive)
    classes = engine.keep(f"risk_classes_{next(_serial)}", table.grouped())
    totals = engine.rows(_totals(classes, l))[0]
    if not totals["classes"]:
        nothing = dict.fromkeys(sensitive, 0)
        return ClassRisk(
            k=k,
            person_k=0,
            row_k=0,
            classes=0,
            classes_below=0,
            rows=0,
            rows_below=0,
            rows_alone=0,
            cards=0,
            cards_below=0,
            distinct_l=nothing,
        )
    small = _counted(engine, table, classes, totals, k)
    below = small.filter(small.cards < k)
    found = engine.rows(below.aggregate(classes=below.count(), rows=below.rows.sum().fill_null(0).cast("int64")))[0]
    worst = engine.rows(small.order_by(["cards", "rows", *table.keys]).limit(1))[0]
    return ClassRisk(
        k=k,
        person_k=int(worst["cards"]),
        row_k=int(totals["row_k"]),
        classes=int(totals["classes"]),
        classes_below=int(found["classes"]),
        rows=int(totals["rows"]),
        rows_below=int(found["rows"]),
        rows_alone=int(totals["alone"]),
        cards=table.persons(engine, table.relation),
        cards_below=table.persons(engine, table.inside(below)) if found["classes"] else 0,
        distinct_l={name: int(totals[f"l{place}"]) for place, name in enumerate(sensitive)},
        classes_below_l={name: int(totals[f"below{place}"]) for place, name in enumerate(sensitive)},
        worst={name: worst[key] for key, name in zip(table.keys, by, strict=True)},
        worst_rows=int(worst["rows"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The rows under neutral column names, so that no column of a file can clash with a measure."""

    relation: Relation
    keys: tuple[str, ...]
    values: tuple[str, ...]
    has_unit: bool

    @classmethod
    def of(cls, relation: Relation, by: Sequence[str], unit: str | None, sensitive: Sequence[str]) -> "_Table":
        keys = {f"q{place}": relation[name] for place, name in enumerate(by)}
        values = {f"s{place}": relation[name] for place, name in enumerate(sensitive)}
        person = {} if unit is None else {"person": relation[unit]}
        plain = relation.select(**(keys | values | person)) if keys or values or person else relation
        return cls(relation=plain, keys=tuple(keys), values=tuple(values), has_unit=unit is not None)

    def grouped(self) -> Relation:
        """Return one row per class: its rows, `floor` (at most its distinct persons) and its distinct sensitive values."""
        rows = self.relation
        marks = mark(rows.person).bit_or() if self.has_unit else ibis.literal(0, type="int64")
        cells = _by(rows, [*self.keys, *self.values], rows=rows.count(), marks=marks)
        if self.values:
            diverse = {f"l{place}": _distinct(cells, name) for place, name in enumerate(self.values)}
            cells = _by(cells, self.keys, rows=cells.rows.sum().cast("int64"), marks=cells.marks.bit_or(), **diverse)
        # Without keys a table of no row is still one group.
        occupied = cells.filter(cells.rows > 0)
        floor = bits(occupied.marks.fill_null(0)) if self.has_unit else occupied.rows
        return occupied.mutate(floor=floor).drop("marks")

    def inside(self, classes: Relation) -> Relation:
        """Return the rows that belong to some classes (absent values compare equal)."""
        if not self.keys:
            return self.relation
        return self.relation.semi_join(classes, [self.relation[key].identical_to(classes[key]) for key in self.keys])

    def persons(self, engine: Engine, rows: Relation) -> int:
        persons = rows.select("person").distinct() if self.has_unit else rows
        counted = persons.person.count() if self.has_unit else persons.count()
        return int(engine.rows(persons.aggregate(cards=counted))[0]["cards"])


def _counted(engine: Engine, table: _Table, classes: Relation, totals: Row, k: int) -> Relation:
    """Return exact `cards` for a set of classes certain to hold the smallest one and all those below k."""
    if not table.has_unit:
        return classes.mutate(cards=classes.rows)
    limit = max(k, int(totals["floor"]) + 1)
    while True:
        doubtful = classes.filter(classes.floor < limit)
        many = engine.rows(doubtful.aggregate(rows=doubtful.rows.sum().cast("int64")))[0]["rows"] * 2 > totals["rows"]
        rows = table.relation if many else table.inside(doubtful)
        counted = _by(rows, table.keys, rows=rows.count(), cards=rows.person.nunique())
        small = engine.keep(f"risk_small_{next(_serial)}", counted)
        smallest = int(engine.rows(small.aggregate(cards=small.cards.min()))[0]["cards"])
        # Every class left out holds at least `limit` persons: beyond it, the smallest one is known.
        if many or smallest <= limit:
            return small
        limit = smallest


def _totals(classes: Relation, l: int) -> Relation:  # noqa: E741 - as above
    names = [name for name in classes.columns if name.startswith("l")]
    least = {name: classes[name].min().fill_null(0) for name in names}
    below = {f"below{name[1:]}": (classes[name] < l).sum().fill_null(0) for name in names}
    return classes.aggregate(
        classes=classes.count(),
        rows=classes.rows.sum().cast("int64"),
        alone=(classes.rows == 1).sum().fill_null(0),
        row_k=classes.rows.min(),
        floor=classes.floor.min(),
        **least,
        **below,
    )


def _by(relation: Relation, keys: Sequence[str], **measures: ir.Scalar) -> Relation:
    """Group by keys, or take the whole table as one group when there are none."""
    return relation.group_by(list(keys)).agg(**measures) if keys else relation.aggregate(**measures)


def _distinct(relation: Relation, name: str) -> ir.IntegerScalar:
    column = relation[name]
    return column.nunique() + column.isnull().any().cast("int64")


def mark(person: ir.Column) -> ir.IntegerColumn:
    """Give each person one bit of a word, not always its own: the bits set in a class are at most its persons."""
    number = person if person.type().is_integer() else person.hash()
    # The low bits of a negative number are a number from 0 to 63 too; 63 itself would be the sign of the word.
    mark = ibis.literal(1, type="int64") << ((number & _MARKS) % _MARKS).cast("int64")
    # Nobody sets no bit: an engine may give a hash to an absent value, which would then pass for one more person.
    return ibis.ifelse(person.isnull(), ibis.null("int64"), mark)


def bits(word: ir.IntegerColumn) -> ir.IntegerColumn:
    """Count the bits set in a word."""
    return reduce(add, ((word >> place) & 1 for place in range(_MARKS)))
