"""Whether `mapping.yml` can be followed: every name it uses exists, and every column says one thing only."""

import codecs
import re
from zoneinfo import ZoneInfo

from auditor.vocabulary.network import ColumnMap, CsvDialect, DataMap, Feed, Source
from auditor.vocabulary.schema import TABLES, Column, Kind
from policies.faults import Fault, Notebook, did_you_mean, shown

_BLIND = "a table that cannot be read cannot be audited, and silence would pass for a clean result"
_TIMES = (Kind.INSTANT, Kind.DATE)


def mapping_faults(mapping: DataMap, notes: Notebook) -> list[Fault]:
    """Return every fault of a mapping that its types alone do not show."""
    for name, source in mapping.sources.items():
        _source(f"sources.{name}", name, source, notes)
    for table, feeds in mapping.tables.items():
        _table(table, feeds, mapping, notes)
    for table in mapping.absent:
        _absent(table, mapping, notes)
    _unused(mapping, notes)
    return notes.faults


def split_source(reference: str) -> tuple[str, str]:
    """Split a feed's `source` or `source.table` into its two parts; the second may be empty."""
    name, _, table = reference.partition(".")
    return name, table


def _source(path: str, name: str, source: Source, notes: Notebook) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        notes.note(path, f"the source name {shown(name)} cannot be used", "use letters, digits, - and _ only")
    if (source.path is None) == (source.url is None):
        notes.note(path, f"source {shown(name)} needs exactly one of path and url", "give a path for files, a url for a database")
    if source.url is not None and source.url.startswith("env:") and not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", source.url):
        notes.note(f"{path}.url", "env: is not followed by the name of a variable", "write env:NAME")
    _pgaudit(path, name, source, notes)
    _dialect(f"{path}.csv", source.csv, notes)


def _pgaudit(path: str, name: str, source: Source, notes: Notebook) -> None:
    if source.format != "pgaudit":
        return
    if source.url is not None:
        notes.note(f"{path}.format", f"source {shown(name)} is a database, not its log", "give the `path` of the csvlog files")
    shaped = [field for field in ("separator", "quote", "header", "columns") if getattr(source.csv, field) != getattr(CsvDialect(), field)]
    for field in shaped:
        what = f"a csvlog has one form, and `{field}` would not be followed"
        notes.note(f"{path}.csv.{field}", what, "delete it; only `encoding` matters")


def _dialect(path: str, dialect: CsvDialect, notes: Notebook) -> None:
    try:
        codecs.lookup(dialect.encoding)
    except LookupError:
        notes.note(f"{path}.encoding", f"{shown(dialect.encoding)} is not a known encoding", "write utf-8, cp1252 or iso-8859-15")
    for field in ("separator", "quote"):
        if len(getattr(dialect, field)) != 1:
            notes.note(f"{path}.{field}", f"the {field} is not one character", "write one character, in quotes")
    _decimal(f"{path}.decimal", dialect.decimal, notes)
    if dialect.header == bool(dialect.columns):
        what = "columns are named although the file has a header" if dialect.header else "the file has no header and no column is named"
        notes.note(path, what, "give `header: false` and `columns` together, or neither")


def _decimal(path: str, decimal: str | None, notes: Notebook) -> None:
    if decimal not in {None, ".", ","}:
        notes.note(path, f"the decimal mark {shown(str(decimal))} cannot be used", 'write "." or ","')


def _table(table: str, feeds: tuple[Feed, ...], mapping: DataMap, notes: Notebook) -> None:
    path = f"tables.{table}"
    if table not in TABLES:
        notes.note(path, f"{shown(table)} is not a canonical table", did_you_mean(table, TABLES), _BLIND)
        return
    if not feeds:
        notes.note(path, f"nothing feeds {table}", "list its feeds, or name it under `absent` with the reason", _BLIND)
    for rank, feed in enumerate(feeds):
        _feed(f"{path}.{rank}", table, feed, mapping, notes)
    stores = [(feed.store, feed.source) for feed in feeds]
    for rank, key in enumerate(stores):
        if key in stores[:rank]:
            notes.note(f"{path}.{rank}", f"{key[1]} feeds {table} twice for store {shown(key[0])}", "keep one: rows would count twice")


def _feed(path: str, table: str, feed: Feed, mapping: DataMap, notes: Notebook) -> None:
    _reference(f"{path}.source", feed.source, mapping, notes)
    known = TABLES[table].columns
    for name, column in feed.columns.items():
        where = f"{path}.columns.{name}"
        if name not in known:
            notes.note(where, f"{table} has no canonical column {shown(name)}", did_you_mean(name, known), _BLIND)
        else:
            _column(where, column, known[name], notes)
    for name in (name for name, column in known.items() if column.required and name not in feed.columns):
        why = "rows without it are rejected, so none would be kept"
        notes.note(f"{path}.columns", f"{table}.{name} is not mapped", f"map `{name}`: it is required", why)
    _card_form(path, table, feed, notes)
    used = {raw for column in feed.columns.values() for raw in (column.column, column.date, column.clock) if raw}
    for raw, reason in feed.ignore.items():
        if raw in used:
            notes.note(f"{path}.ignore.{raw}", f"column {shown(raw)} is both mapped and ignored", "keep one of the two")
        if not reason.strip():
            notes.note(f"{path}.ignore.{raw}", f"column {shown(raw)} is ignored without a reason", "say why it is left out", _BLIND)


def _card_form(path: str, table: str, feed: Feed, notes: Notebook) -> None:
    if feed.card_form == "number":
        return
    if "card" not in TABLES[table].columns:
        notes.note(f"{path}.card_form", f"{table} has no card column", "delete `card_form`")
    elif feed.card_form == "token" and "card" not in feed.columns:
        why = "a token that is not mapped cannot be tested: a hash of the card number would go unseen"
        notes.note(f"{path}.card_form", "the store is said to hold tokens and no column is mapped to `card`", "map the token column", why)


def _reference(path: str, reference: str, mapping: DataMap, notes: Notebook) -> None:
    name, table = split_source(reference)
    source = mapping.sources.get(name)
    if source is None:
        notes.note(path, f"{shown(name)} is not a declared source", did_you_mean(name, mapping.sources), _BLIND)
    elif source.url is not None and not table:
        notes.note(path, f"source {shown(name)} is a database and no table is named", f"write {name}.TABLE")
    elif source.url is None and table:
        notes.note(path, f"source {shown(name)} is made of files and has no table {shown(table)}", f"write {name}")


def _column(path: str, column: ColumnMap, canonical: Column, notes: Notebook) -> None:
    origins = [column.column is not None, column.constant is not None, column.date is not None or column.clock is not None]
    if sum(origins) != 1:
        what = "several origins are given" if any(origins) else "no origin is given"
        notes.note(path, f"{what} for one column", "give exactly one of `column`, `constant`, or `date` with `clock`")
    elif origins[2] and (column.date is None or column.clock is None):
        notes.note(path, "`date` and `clock` go together", "name both columns, or use `column` with `formats`")
    if origins[2] and canonical.kind is not Kind.INSTANT:
        notes.note(path, f"`date` with `clock` makes an instant, and this column holds a {canonical.kind}", "use `column`")
    _options(path, column, canonical, notes)
    _decimal(f"{path}.decimal", column.decimal, notes)
    if column.timezone is not None and not known_zone(column.timezone):
        notes.note(f"{path}.timezone", f"{shown(column.timezone)} is not a known time zone", "write a name such as Europe/Paris or UTC")


def _options(path: str, column: ColumnMap, canonical: Column, notes: Notebook) -> None:
    timed = canonical.kind in _TIMES
    for option in ("formats", "epoch", "timezone"):
        if getattr(column, option) and not timed:
            notes.note(f"{path}.{option}", f"`{option}` is for instants and dates, and this column holds a {canonical.kind}", "delete it")
    if column.epoch and column.formats:
        notes.note(f"{path}.epoch", "`epoch` and `formats` contradict each other", "keep one of the two")
    if column.date_formats and column.date is None:
        notes.note(f"{path}.date_formats", "`date_formats` has no `date` column to read", "use `formats`, or name the `date` column")
    if column.only_listed and not column.values:
        notes.note(f"{path}.only_listed", "`only_listed` has no list: every value would be unreadable", "list the `values`")
    for option in ("formats", "date_formats"):
        for rank, written in enumerate(getattr(column, option)):
            if "%" not in written:
                fix = "write it as %d/%m/%Y %H:%M"
                notes.note(f"{path}.{option}.{rank}", f"{shown(written)} is not a strptime format", fix)


def _absent(table: str, mapping: DataMap, notes: Notebook) -> None:
    path = f"absent.{table}"
    if table not in TABLES:
        notes.note(path, f"{shown(table)} is not a canonical table", did_you_mean(table, TABLES))
    if table in mapping.tables:
        notes.note(path, f"{table} is declared absent and is fed", "keep one of the two", _BLIND)
    if not mapping.absent[table].strip():
        notes.note(path, f"{table} is absent without a reason", "say why: the report prints it beside « not applicable »", _BLIND)


def _unused(mapping: DataMap, notes: Notebook) -> None:
    used = {split_source(feed.source)[0] for feeds in mapping.tables.values() for feed in feeds}
    for name in mapping.sources:
        if name not in used:
            notes.note(f"sources.{name}", f"source {shown(name)} feeds no table", "map it, or delete it", _BLIND)


def known_zone(name: str) -> bool:
    """Tell whether a time zone exists under this name."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True
