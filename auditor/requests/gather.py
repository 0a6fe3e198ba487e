"""Collect every row about one card, wherever it is: every copy counts, lawful or not."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from auditor.engine.base import Engine
from auditor.requests.frozen import FrozenCopy, FrozenTable
from auditor.vocabulary.schema import TABLES, Domain, Kind

if TYPE_CHECKING:
    from auditor.sources import OpenNetwork

_MEANINGS = {"product": ("products", "label"), "stop": ("stops", "label"), "line": ("lines", "label"), "profile": ("profiles", "label")}
_REFERENCES = frozenset({"products", "stops", "lines", "profiles", "fares", "grants", "files", "requests"})


def gather(network: "OpenNetwork", engine: Engine, card: str, tokens: Iterable[str], at: datetime) -> FrozenCopy:
    """Take the frozen copy of one card.

    Args:
        network: The opened sources.
        engine: Where questions run.
        card: Canonical card number, as presented by the person.
        tokens: Pseudonyms of this card that the controller can recompute (keyed or plain digests); rows found under
            them are still the person's (EDPB 01/2022: pseudonymised data is within the right of access).
        at: The moment described, UTC without an offset.
    """
    number = network.key_of(Domain.CARD, card)
    keys = {*([] if number is None else [number]), *_token_keys(network, engine, tokens)}
    own = _own_card(network, engine, number)
    customers = [own["customer"]] if own.get("medium") == "nominative" and own.get("customer") is not None else []
    wanted: dict[str, list[tuple[str, list[int]]]] = {}
    for name, table in TABLES.items():
        if name in _REFERENCES or name not in network.relations:
            continue
        for column, spec in table.columns.items():
            if spec.kind is not Kind.KEY or (name == "cards" and column == "replaced_by"):
                continue
            if spec.domain is Domain.CARD and keys:
                wanted.setdefault(name, []).append((column, sorted(keys)))
            elif spec.domain is Domain.CUSTOMER and customers:
                wanted.setdefault(name, []).append((column, list(customers)))
    tables = tuple(frozen for name in wanted for frozen in _frozen_tables(network, engine, name, wanted[name]))
    return FrozenCopy(
        frozen_at=at,
        medium=str(own.get("medium") or "unknown"),
        tables=tables,
        meanings=_meanings(network, engine),
        not_read=dict(network.unreadable),
        own_customer=tuple(_texts(network, engine, Domain.CUSTOMER, customers)),
    )


def _token_keys(network: "OpenNetwork", engine: Engine, tokens: Iterable[str]) -> list[int]:
    known = network.dictionaries.get(Domain.CARD)
    if known is None:
        return []
    return [row["key"] for row in engine.rows(known.filter(known.text.isin(list(tokens))).select("key"))]


def _own_card(network: "OpenNetwork", engine: Engine, number: int | None) -> dict[str, Any]:
    if number is None or "cards" not in network.relations:
        return {}
    cards = network.relations["cards"]
    rows = engine.rows(cards.filter(cards.card == number).select("medium", "customer").limit(1))
    return rows[0] if rows else {}


def _frozen_tables(network: "OpenNetwork", engine: Engine, name: str, columns: list[tuple[str, list[int]]]) -> Iterable[FrozenTable]:
    """One frozen table per physical table, each row once even when several of its columns name the person."""
    merged: dict[str, FrozenTable] = {}
    seen: dict[str, set[tuple[str, ...]]] = {}
    mapped = _mapped_columns(network, engine)
    for column, keys in columns:
        for feed in network.rows_about(name, column, keys):
            fresh = [
                (row, event)
                for row, event in zip(feed.rows, feed.event, strict=True)
                if column == columns[0][0] or row not in seen.get(feed.physical, ())
            ]
            seen.setdefault(feed.physical, set()).update(row for row, _ in fresh)
            before = merged.get(feed.physical)
            merged[feed.physical] = FrozenTable(
                physical=feed.physical,
                canonical=name,
                store_role=feed.store_role,
                token=feed.card_form == "token",
                columns=feed.columns,
                mapped=tuple(mapped.get((feed.physical, raw), "") for raw in feed.columns),
                rows=(before.rows if before else ()) + tuple(row for row, _ in fresh),
                events=(before.events if before else ()) + tuple(event for _, event in fresh),
            )
    return [table for table in merged.values() if table.rows]


def _mapped_columns(network: "OpenNetwork", engine: Engine) -> Mapping[tuple[str, str], str]:
    observed = network.relations["observed_columns"]
    return {
        (row["table"], row["column"]): row["mapped"].partition(".")[2]
        for row in engine.rows(observed.select("table", "column", "mapped"))
        if row["mapped"]
    }


def _meanings(network: "OpenNetwork", engine: Engine) -> dict[str, dict[str, str]]:
    meanings: dict[str, dict[str, str]] = {}
    for code, (table, label) in _MEANINGS.items():
        if table in network.relations:
            rows = engine.rows(network.relations[table].select(code, label))
            meanings[code] = {str(row[code]): str(row[label]) for row in rows if row[code] is not None and row[label]}
    return meanings


def _texts(network: "OpenNetwork", engine: Engine, domain: Domain, keys: list[int]) -> list[str]:
    if not keys or domain not in network.identifiers:
        return []
    known = network.identifiers[domain]
    return [str(row["text"]) for row in engine.rows(known.filter(known.key.isin(keys)).select("text").order_by("text"))]
