"""Files lying in the folders that a network asks to be searched: how many card and customer numbers each one holds.

A folder is walked without ever following a link out of it. A file that cannot be read is told with its reason, and the
rest goes on.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
from sqlalchemy import make_url

from auditor.engine.base import Engine, Relation
from auditor.scan.chance import accident
from auditor.scan.columns import words_of_name
from auditor.scan.detectors import FOUND, OTHER, Detector
from auditor.scan.detectors.numbers import card_number
from auditor.scan.readers import Opened, Unreadable, read
from auditor.sources import OpenNetwork, keys
from auditor.sources.files import locate
from auditor.vocabulary.errors import PoinconError
from auditor.vocabulary.network import CardGrammar, NetworkPlace
from auditor.vocabulary.scanned import SURE, NotLooked, ObservedFile

_CUSTOMER_NAMES: Final = frozenset({"client", "clients", "customer", "abonne", "subscriber", "porteur", "adherent", "usager"})
_CARD_NAMES: Final = frozenset({"carte", "cartes", "card", "support", "passe", "serial"})
_TABLE: Final = "scan_file"
_CELLS: Final = "scan_cells"
_FORMATS: Final = frozenset({"csv", "xlsx", "ods", "parquet", "json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What numbers the network knows, and how they are written."""

    cards: Relation | None
    """(number): known card numbers as whole numbers; None when there is none."""
    customers: Relation | None
    card_texts: Relation | None
    """(text): known card numbers that are not whole numbers."""
    card_form: keys.KeyForm
    serial: Detector | None
    densities: Mapping[str, float] = field(default_factory=dict)


def known_to(network: OpenNetwork, grammar: CardGrammar, engine: Engine) -> Known:
    """Gather the numbers of a network's own tables; tokens and journeys are nobody's number."""
    cards = network.identifiers["card"]
    customers = network.identifiers["customer"]
    whole = keys.is_whole(grammar)
    form = keys.KeyForm(whole=whole, scope=None if whole else "number", length=grammar.length, separators=whole)
    numbered = next((one for domain, one in network.dictionaries.items() if domain.value == "card"), None)
    texts = None if whole or numbered is None else numbered.filter(numbered.scope == "number").select("text").distinct()
    numbers = {"cards": cards.filter(cards.key >= 0).select(number=cards.key).distinct()} if whole else {}
    numbers["customers"] = customers.filter(customers.key >= 0).select(number=customers.key).distinct()
    kept = {name: engine.keep(f"scan_known_{name}", relation) for name, relation in numbers.items()}
    return Known(
        cards=kept.get("cards"),
        customers=kept["customers"],
        card_texts=engine.keep("scan_known_texts", texts) if texts is not None else None,
        card_form=form,
        serial=card_number(grammar),
        densities={name: _density(engine, relation) for name, relation in kept.items()},
    )


def observe(
    engine: Engine,
    place: NetworkPlace,
    network: OpenNetwork,
    *,
    released: Collection[Path] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[tuple[ObservedFile, ...], tuple[NotLooked, ...]]:
    """Look at every file of the folders declared in `[scan] folders`.

    Args:
        engine: Where the contents are counted; nothing of them is left when it closes.
        place: The network folder; `[scan] folders` are relative to it.
        network: The opened sources: known numbers come from there.
        released: Resolved paths of the published releases, which are declared and read all the same.
        progress: Told each path.

    Returns:
        The files in the order of their paths, and the folders that could not be walked.
    """
    known = known_to(network, place.config.cards, engine)
    found: list[ObservedFile] = []
    missed: list[NotLooked] = []
    sources, published = source_files(place), frozenset(released)
    for folder in place.config.scan.folders:
        root = place.resolve(folder)
        if not root.is_dir():
            missed.append(NotLooked(what=folder, reason="there is no folder there"))
            continue
        for path in _walked(root, missed, folder):
            named = _named(path, place.folder)
            progress(named)
            base = _found(path, named, root)
            if (target := path.resolve()) in sources:
                # Its content is audited where it is mapped: it is not read a second time.
                found.append(replace(base, declared=True))
            else:
                found.append(_observed(engine, path, replace(base, declared=target in published), known))
    return tuple({one.path: one for one in sorted(found, key=lambda one: one.path)}.values()), tuple(missed)


def source_files(place: NetworkPlace) -> frozenset[Path]:
    """Return the files that the mapping declares, resolved; a source that is not there has none."""
    found: set[Path] = set()
    for name, source in place.mapping.sources.items():
        if source.url is not None:
            database = make_url(source.url).database if not source.url.startswith("env:") else None
            found |= {place.resolve(database)} if database else set()
            continue
        try:
            found |= {path.resolve() for path in locate(place, name, source).paths}
        except PoinconError:
            continue
    return frozenset(found)


def _walked(root: Path, missed: list[NotLooked], folder: str) -> Iterator[Path]:
    def closed(error: OSError) -> None:
        shut = Path(error.filename).relative_to(root).as_posix() if error.filename else ""
        missed.append(NotLooked(what=f"{folder}/{shut}", reason=f"the folder cannot be listed ({type(error).__name__})"))

    for current, folders, names in os.walk(root, followlinks=False, onerror=closed):
        folders.sort()
        linked = [name for name in folders if Path(current, name).is_symlink()]
        for name in sorted([*names, *linked]):
            yield Path(current, name)


def _named(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _found(path: Path, named: str, root: Path) -> ObservedFile:
    about = path.lstat()
    link = stat.S_ISLNK(about.st_mode)
    unread = ""
    if link:
        inside = path.resolve().is_relative_to(root)
        unread = "a link inside the folder: its target is looked at" if inside else "a link out of the folder, not followed"
    elif not stat.S_ISREG(about.st_mode):
        unread = "not a file of data (socket, pipe or device)"
    return ObservedFile(
        path=named,
        format=path.suffix.lower().lstrip(".") or "none",
        size=about.st_size,
        modified_at=datetime.fromtimestamp(about.st_mtime, UTC).replace(tzinfo=None, microsecond=0),
        readable_by_all=bool(about.st_mode & stat.S_IROTH) and not link,
        unread=unread,
    )


def _observed(engine: Engine, path: Path, base: ObservedFile, known: Known) -> ObservedFile:
    if base.unread:
        return base
    try:
        return _counted(engine, base, read(path), known)
    except Unreadable as problem:
        return replace(base, unread=str(problem))
    except PoinconError as problem:
        return replace(base, unread=problem.what)


def _counted(engine: Engine, base: ObservedFile, file: Opened, known: Known) -> ObservedFile:
    cards = customers = rows = 0
    for sheet in _sheets(file.batches):
        relation, read_rows = _loaded(engine, sheet)
        rows += read_rows
        found = [_column(engine, relation, name, known) for name in relation.columns]
        cards += sum(one for one, _, _ in found)
        beside = any(one for one, _, _ in found)
        customers += sum(many for _, many, sure in found if sure or beside)
    return replace(base, format=file.format, rows=rows, card_numbers=cards, customer_numbers=customers, unread="; ".join(file.refused))


def _sheets(batches: Iterator["pa.RecordBatch"]) -> Iterator[Iterator["pa.RecordBatch"]]:
    """Cut a stream where its columns change: another sheet, or records of another shape."""
    pending = next(batches, None)
    while pending is not None:
        first = pending

        def alike(first: "pa.RecordBatch" = first) -> Iterator["pa.RecordBatch"]:
            nonlocal pending
            pending = first
            while pending is not None and pending.schema.names == first.schema.names:
                current, pending = pending, None
                yield current
                pending = next(batches, None)

        yield alike()


def _loaded(engine: Engine, batches: Iterator["pa.RecordBatch"]) -> tuple[Relation, int]:
    first = next(batches)
    rows = [0]
    failure: list[Unreadable] = []

    def counted() -> Iterator["pa.RecordBatch"]:
        batch: pa.RecordBatch | None = first
        try:
            while batch is not None:
                rows[0] += batch.num_rows
                yield batch
                batch = next(batches, None)
        except Unreadable as problem:
            failure.append(problem)
            raise

    try:
        relation = engine.load(_TABLE, pa.RecordBatchReader.from_batches(first.schema, counted()))
    except PoinconError:
        if failure:
            raise failure[0] from None
        raise
    return relation, rows[0]


def _column(engine: Engine, table: Relation, name: str, known: Known) -> tuple[int, int, bool]:
    """Return the card numbers of a column, its customer numbers, and whether the latter are sure on their own."""
    text = table[name].strip()
    cells = table.select(text=text).filter(text.notnull() & (text != "")).distinct()
    kept = engine.keep(_CELLS, cells)
    (counted,) = engine.rows(kept.aggregate(values=kept.count()))
    distinct = int(counted["values"])
    if not distinct:
        return 0, 0, False
    words = words_of_name(name)
    cards = _known_cards(engine, kept, known, hinted=bool(words & _CARD_NAMES))
    cards = max(cards, _serials(engine, kept, known))
    if cards:
        return cards, 0, False
    return (0, *_known_customers(engine, kept, known, distinct, hinted=bool(words & _CUSTOMER_NAMES)))


def _known_cards(engine: Engine, cells: Relation, known: Known, *, hinted: bool) -> int:
    if known.card_texts is not None:
        return _met(engine, cells.select("text"), known.card_texts, "text")
    if known.cards is None:
        return 0
    read_as = keys.read(cells.text, known.card_form).number
    numbers = cells.select(number=read_as).filter(read_as.notnull()).distinct()
    met = _met(engine, numbers, known.cards, "number")
    return met if _is_sure(engine, numbers, met, known.densities["cards"], hinted=hinted) else 0


def _known_customers(engine: Engine, cells: Relation, known: Known, distinct: int, *, hinted: bool) -> tuple[int, bool]:
    if known.customers is None:
        return 0, False
    read_as = keys.read(cells.text, keys.KeyForm(whole=True, scope="")).number
    numbers = cells.select(number=read_as).filter(read_as.notnull()).distinct()
    met = _met(engine, numbers, known.customers, "number")
    sure = _is_sure(engine, numbers, met, known.densities["customers"], hinted=hinted)
    return (met, hinted and sure) if met >= distinct / 2 and sure else (0, False)


def _is_sure(engine: Engine, numbers: Relation, met: int, density: float, *, hinted: bool) -> bool:
    """Tell whether accidents would not explain the numbers met; a heading that names them spares the proof, not the majority."""
    if not met:
        return False
    (counted,) = engine.rows(numbers.aggregate(values=numbers.count()))
    shaped = int(counted["values"])
    return accident(met, shaped, density) < SURE or (hinted and met >= shaped / 2)


def _met(engine: Engine, values: Relation, known: Relation, key: str) -> int:
    joined = values.semi_join(known, key)
    (counted,) = engine.rows(joined.aggregate(values=joined.count()))
    return int(counted["values"])


def _serials(engine: Engine, cells: Relation, known: Known) -> int:
    """Count the numbers of the declared grammar, when their check digits are right more often than chance would have it."""
    serial = known.serial
    if serial is None or serial.test is None:
        return 0
    found = shaped = 0
    for batch in engine.batches(cells.filter(cells.text.re_search(serial.coarse))):
        signs = [serial.test(value) for value in batch.column(0).to_pylist()]
        found += sum(sign is FOUND for sign in signs)
        shaped += sum(sign is not OTHER for sign in signs)
    return found if found >= shaped / 2 and accident(found, shaped, serial.chance) < SURE else 0


def _density(engine: Engine, numbers: Relation) -> float:
    (about,) = engine.rows(numbers.aggregate(values=numbers.count(), low=numbers.number.min(), high=numbers.number.max()))
    return min(1.0, int(about["values"]) / (int(about["high"]) - int(about["low"]) + 1)) if about["values"] else 1.0


def exports(files: Sequence[ObservedFile]) -> tuple[ObservedFile, ...]:
    """Return the files that hold card or customer numbers and are neither a source nor a release."""
    return tuple(one for one in files if not one.declared and (one.card_numbers or one.customer_numbers))
