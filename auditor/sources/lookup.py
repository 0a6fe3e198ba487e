"""Columns whose values repeat, read once per distinct value instead of once per row, then joined back.

Nine million taps bear a few hundred thousand tokens and a few thousand days: parsing, stripping and numbering them once
each costs a tenth of doing it row by row, for the same outcome.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import Final

import ibis
import pyarrow as pa

from auditor.engine.base import Engine, Relation
from auditor.sources.mapping import EMPTY, Read
from auditor.sources.raw import RawTable
from auditor.sources.values import Bench
from auditor.vocabulary.schema import Domain

_FEWER: Final = 4
"""A column is looked up when it has this many times fewer distinct values than rows."""
_MANY: Final = 20_000
"""Rows below which asking costs more than reading each of them."""
_VALUE, _STATE, _TEXT, _RAW, _MARK = "value looked up", "state looked up", "text looked up", "raw looked up ", "mark looked up"

Reader = Callable[[Bench], Read]
"""Reads one canonical column on a bench."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What each distinct raw value of one canonical column is read as."""

    read: Read
    relation: Relation
    """The raw columns, the value, its state and, for a key still to be numbered, its text."""
    marked: bool
    """No two of the values share a hash: rows can be joined on it, exactly, instead of on long texts."""

    @property
    def texts(self) -> Relation:
        """The distinct texts to be numbered: (scope, text)."""
        written = self.relation.select(scope=ibis.literal(self.read.scope), text=self.relation[_TEXT])
        return written.filter(written.text.notnull()).distinct()

    def numbered(self, engine: Engine, dictionaries: Mapping[Domain, Relation], name: str) -> "Lookup":
        """Return the lookup with its texts, if any, replaced by their keys and kept under a name."""
        if self.read.text is None:
            return self
        dictionary = dictionaries[self.read.column.domain]
        scoped = dictionary.filter(dictionary.scope == self.read.scope).select(key=dictionary.key, written=dictionary.text)
        rows = self.relation.left_join(scoped, self.relation[_TEXT] == scoped.written)
        keyed = rows.mutate(**{_VALUE: ibis.coalesce(rows[_VALUE], rows.key)}).drop("key", "written", _TEXT)
        return replace(self, read=replace(self.read, text=None), relation=engine.keep(name, keyed))

    def joined(self, rows: Relation) -> tuple[Relation, Read]:
        """Join the answers to rows that bear the raw columns; a row without a raw value has an empty one."""
        read = self.read
        own = {_VALUE: f"value of {read.name}", _STATE: f"reading of {read.name}"}
        if not read.raw:
            bench = rows.cross_join(self.relation.select(**{own[_VALUE]: self.relation[_VALUE]}))
            return bench, replace(read, value=bench[own[_VALUE]], costly=True)
        given = (
            {_MARK: rows[read.raw[0]].hash()} if self.marked else {f"{_RAW}{rank}": rows[column] for rank, column in enumerate(read.raw)}
        )
        sought = {old: f"{old} for {read.name}" for old in given}
        answers = self.relation.select(**{new: self.relation[old] for old, new in (own | sought).items()})
        found = rows.left_join(answers, [value == answers[sought[old]] for old, value in given.items()])
        bench = found.drop(*sought.values())
        state = bench[own[_STATE]].fill_null(EMPTY).cast("int8")
        return bench, replace(read, value=bench[own[_VALUE]], state=state, bare=None, costly=True)


def looked_up(engine: Engine, raw: RawTable, readers: Mapping[str, Reader], prefix: str) -> dict[str, Lookup]:
    """Compute the lookups of a feed: every key to be numbered, and every costly column whose values repeat.

    Args:
        engine: Where they are kept.
        raw: The feed's raw table.
        readers: How each canonical column is read.
        prefix: Begins the name of what is kept.
    """
    reads = {name: read(Bench(raw.relation)) for name, read in readers.items()}
    candidates = {name: read for name, read in reads.items() if _may_be(raw, read)}
    repeated = _repeated(engine, raw, candidates)
    return {name: _kept(engine, raw, read, readers[name], f"{prefix}_{name}") for name, read in candidates.items() if name in repeated}


def _may_be(raw: RawTable, read: Read) -> bool:
    types = [raw.relation[column].type() for column in read.raw]
    if read.text is not None:
        return True
    return bool(types) and read.costly and all(kind.is_string() or kind.is_date() or kind.is_integer() for kind in types)


def _repeated(engine: Engine, raw: RawTable, reads: Mapping[str, Read]) -> set[str]:
    texts = {name for name, read in reads.items() if read.text is not None}
    columns = sorted({column for name, read in reads.items() if name not in texts for column in read.raw})
    if not columns:
        return texts
    rows = raw.relation
    counts = {f"distinct {rank}": rows[column].approx_nunique() for rank, column in enumerate(columns)}
    (found,) = engine.rows(rows.aggregate(rows=rows.count(), **counts))
    if found["rows"] < _MANY:
        return texts
    distinct = {column: found[f"distinct {rank}"] for rank, column in enumerate(columns)}
    fewer = {name for name, read in reads.items() if prod(distinct.get(column, 1) for column in read.raw) * _FEWER <= found["rows"]}
    return texts | fewer


def _kept(engine: Engine, raw: RawTable, read: Read, again: Reader, name: str) -> Lookup:
    alone = ibis.memtable(pa.table({"constant": [True]}))
    distinct = raw.relation.select(*dict.fromkeys(read.raw)).distinct() if read.raw else alone
    bench = Bench(reduce(lambda rows, column: rows.filter(rows[column].notnull()), read.raw, distinct))
    once = again(bench)
    columns: dict[str, ibis.Value | None] = {f"{_RAW}{rank}": bench.relation[column] for rank, column in enumerate(read.raw)}
    columns |= {_VALUE: once.value, _STATE: once.state, _TEXT: once.text}
    if len(read.raw) == 1:
        columns[_MARK] = bench.relation[read.raw[0]].hash()
    kept = engine.keep(name, bench.relation.select(**{key: value for key, value in columns.items() if value is not None}))
    return Lookup(read=once, relation=kept, marked=_MARK in columns and _all_apart(engine, kept))


def _all_apart(engine: Engine, kept: Relation) -> bool:
    (counted,) = engine.rows(kept.aggregate(values=kept.count(), marks=kept[_MARK].nunique()))
    return bool(counted["values"] == counted["marks"])
