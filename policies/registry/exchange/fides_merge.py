"""What was changed in a fideslang file of ours since it was written, carried into the whole sheet it keeps under `meta`.

Three readings are compared field by field: the sheet (`ours`), what Fides said of it when it was written (`before`) and what
Fides says now (`after`). What did not change between the last two keeps everything the sheet knows.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from auditor.vocabulary.register import Activity, Category, Coverage, Retention
from auditor.vocabulary.text import said
from policies.registry.exchange.fides_file import Source

_CARRIED: Final = said("modifié dans Fides depuis l’export : le changement est repris", "changed in Fides since the export: carried over")
_KEPT: Final = said(
    "modifié dans Fides depuis l’export, d’une façon que la fiche ne peut suivre : la fiche est gardée, à corriger à la main",
    "changed in Fides since the export in a way the sheet cannot follow: the sheet is kept, to be corrected by hand",
)
_DROPPED: Final = said(
    "retiré de Fides depuis l’export : retiré de la fiche", "removed from Fides since the export: removed from the sheet"
)
_WHOLE: Final = ("title", "dpo")
_LISTS: Final = ("purposes", "persons", "data_categories", "recipients", "retention", "security")


def merged(ours: Activity, before: Activity, after: Activity, source: Source) -> Activity:
    """Return the sheet with what changed in Fides; every change is remarked."""
    values: dict[str, Any] = {}
    before, after = (replace(one, retention=_serving(one, ours)) for one in (before, after))
    for name in (one.name for one in fields(Activity)):
        then, now = getattr(before, name), getattr(after, name)
        if then == now or name == "id":
            continue
        held = getattr(ours, name)
        if name == "covers":
            values[name] = _covers(held, _cells(then), _cells(now), source)
        elif name in _WHOLE:
            source.note(name, _CARRIED, now, "note")
            values[name] = now
        elif name in _LISTS and len(then) == len(held):
            values[name] = _aligned(name, held, then, now, source)
        else:
            source.note(name, _KEPT)
    return replace(ours, **values)


def _serving(read: Activity, ours: Activity) -> tuple[Retention, ...]:
    """Return the terms of a reading with the ids of the sheet for the purposes they serve: Fides knows only their titles."""
    titles = {one.title: one.id for one in ours.purposes}
    ids = {one.id: titles.get(one.title, one.id) for one in read.purposes}
    return tuple(replace(term, purpose=ids.get(term.purpose, term.purpose)) for term in read.retention)


def _aligned(name: str, held: tuple[Any, ...], then: tuple[Any, ...], now: tuple[Any, ...], source: Source) -> tuple[Any, ...]:
    """Follow entries wherever they moved: equal ones first, then the changed ones in their order."""
    # Fides sorts declarations by name: order alone is no change.
    pairs = _pairs(name, list(held), list(then))
    free = list(range(len(then)))
    same: dict[int, int] = {}
    for rank, one in enumerate(now):
        match = next((at for at in free if then[at] == one), None)
        if match is not None:
            same[rank] = match
            free.remove(match)
    kept: dict[int, Any] = {match: pairs[match] for match in same.values()}
    new = []
    for rank, one in enumerate(now):
        if rank in same:
            continue
        source.note(name, _CARRIED, _words(one), "note")
        if free and is_dataclass(one):
            match = free.pop(0)
            kept[match] = _patched(pairs[match], then[match], one)
        else:
            new.append(one)
    for match in free:
        source.note(name, _DROPPED, _words(pairs[match]), "note")
    order = [pairs.index(one) if one in pairs else at for at, one in enumerate(held)]
    return (*(kept[at] for at in order if at in kept), *new)


def _pairs(name: str, held: list[Any], then: list[Any]) -> list[Any]:
    """Return what the sheet holds, in the order in which Fides said it: declarations are sorted by name."""
    return sorted(held, key=lambda one: one.title) if name == "purposes" else held[: len(then)]


def _patched(held: Any, then: Any, now: Any) -> Any:
    changed = {
        one.name: getattr(now, one.name) for one in fields(now) if one.name != "id" and getattr(now, one.name) != getattr(then, one.name)
    }
    return replace(held, **changed)


Cells = dict[str, dict[str, Category]]


def _cells(covers: tuple[Coverage, ...]) -> Cells:
    return {one.table: dict(one.columns) for one in covers}


def _covers(held: tuple[Coverage, ...], then: Cells, now: Cells, source: Source) -> tuple[Coverage, ...]:
    """Add, change and remove columns as Fides did; a table that Fides no longer has is removed."""
    tables = {one.table: one for one in held}
    for table in dict.fromkeys([*then, *now]):
        was, says = then.get(table, {}), now.get(table)
        if says == was and says is not None:
            continue
        if says is None:
            if tables.pop(table, None):
                source.note(f"covers.{table}", _DROPPED, table, "note")
            continue
        source.note(f"covers.{table}", _CARRIED, table, "note")
        known = tables.get(table) or Coverage(table=table, columns={})
        tables[table] = replace(known, columns=_columns(known.columns, was, says))
    return tuple(tables.values())


def _columns(held: Mapping[str, Category], was: Mapping[str, Category], says: Mapping[str, Category]) -> dict[str, Category]:
    columns = {name: category for name, category in held.items() if name in says or name not in was}
    return columns | {name: category for name, category in says.items() if was.get(name) != category}


def _words(one: Any) -> str:
    return str(next((value for value in (getattr(one, part, None) for part in ("title", "name", "data")) if value), one))
