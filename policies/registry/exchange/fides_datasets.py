"""Data sets of a fideslang file as the tables and columns that activities cover.

A column takes the category its keys say: the one a register of ours wrote in words, else the strictest of those the keys
stand for. A column without a key, or whose key nobody knows, is not declared: it is remarked, and an audit will report it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from auditor.vocabulary.fides import META
from auditor.vocabulary.fides_keys import Answer
from auditor.vocabulary.register import Category, Coverage
from auditor.vocabulary.register_words import CATEGORIES, STATES, code_of
from auditor.vocabulary.text import Text, said
from policies.registry.exchange.fides_file import Source

_STRICTEST: Final[tuple[Category, ...]] = (
    "sensitive", "direct-identifier", "pseudonym", "free-text", "quasi-identifier", "technical", "none",
)  # fmt: skip
_BY_KEY: Final[Mapping[str, Category]] = {
    "system": "technical",
    "user.account": "quasi-identifier",
    "user.account.username": "direct-identifier",
    "user.authorization": "technical",
    "user.authorization.biometric": "sensitive",
    "user.behavior": "quasi-identifier",
    "user.biometric": "sensitive",
    "user.childrens": "sensitive",
    "user.contact": "direct-identifier",
    "user.contact.address.city": "quasi-identifier",
    "user.contact.address.country": "quasi-identifier",
    "user.contact.address.postal_code": "quasi-identifier",
    "user.contact.address.state": "quasi-identifier",
    "user.contact.organization": "quasi-identifier",
    "user.content": "free-text",
    "user.content.self_image": "direct-identifier",
    "user.criminal_history": "sensitive",
    "user.demographic": "quasi-identifier",
    "user.demographic.political_opinion": "sensitive",
    "user.demographic.race_ethnicity": "sensitive",
    "user.demographic.religious_belief": "sensitive",
    "user.demographic.sexual_orientation": "sensitive",
    "user.device": "quasi-identifier",
    "user.device.cookie_id": "direct-identifier",
    "user.device.device_id": "direct-identifier",
    "user.device.ip_address": "direct-identifier",
    "user.financial": "quasi-identifier",
    "user.financial.bank_account": "direct-identifier",
    "user.financial.credit_card": "direct-identifier",
    "user.government_id": "direct-identifier",
    "user.health_and_medical": "sensitive",
    "user.job_title": "quasi-identifier",
    "user.location": "quasi-identifier",
    "user.name": "direct-identifier",
    "user.payment": "quasi-identifier",
    "user.privacy_preferences": "quasi-identifier",
    "user.quasi_identifier": "quasi-identifier",
    "user.sensitive_attribute": "sensitive",
    "user.sensor": "quasi-identifier",
    "user.social": "quasi-identifier",
    "user.telemetry": "quasi-identifier",
    "user.unique_id": "direct-identifier",
    "user.unique_id.pseudonymous": "pseudonym",
    "user.unique_id.pseudonymous.transport_card": "direct-identifier",
    "user.user_sensor": "quasi-identifier",
    "user.workplace": "quasi-identifier",
}
"""Category of the register for a key of the taxonomy; a key under one of them follows it. `user` alone says too little."""

_DEDUCED: Final = said(
    "catégories des colonnes déduites des clés de Fides, la plus stricte quand il y en a plusieurs : à confirmer",
    "categories of columns deduced from the keys of Fides, the strictest when there are several: to be confirmed",
)
_UNCATEGORISED: Final = said(
    "colonne sans catégorie : elle n’est pas déclarée, à classer", "a column without a category: not declared, to be classified"
)
_TOO_BROAD: Final = said(
    "colonne dont aucune clé ne dit la catégorie : elle n’est pas déclarée, à classer",
    "a column whose keys tell no category: not declared, to be classified",
)
_TECHNICAL: Final = said(
    "descriptions et métadonnées de Fides (clés, types, ordre d’effacement…) sans place au registre",
    "descriptions and metadata of Fides (keys, types, order of erasure…) without a place in the register",
)
_OLD_SPELLING: Final = said(
    "« fidesops_meta » est l’ancienne écriture de « fides_meta »", "“fidesops_meta” is the old spelling of “fides_meta”"
)
_EMPTY: Final = said("table sans colonne : elle est déclarée telle quelle", "a table without a column: declared as it is")
_INHERITED: Final = said(
    "catégories dites pour toute la table ou tout l’ensemble : données aux colonnes qui n’en ont pas",
    "categories given for the whole table or data set: given to the columns without any",
)

_DATASET: Final = dict.fromkeys(("data_uses", "data_purposes", "data_subjects", "tags"), "")
_READ: Final = frozenset({"name", "fides_key", "data_categories", "collections", "fields", "organization_fides_key"})
_META: Final = frozenset({"description", "meta", "fides_meta", "fidesops_meta", "fidesctl_meta"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One data set."""

    name: str
    title: str
    place: str
    tables: tuple[Coverage, ...]


@dataclass(slots=True)
class _Reading:
    source: Source
    aside: int = 0
    """Fields that hold something the register has no use for."""
    deduced: bool = False
    inherited: bool = False
    old_spelling: bool = False


def read_datasets(source: Source) -> dict[str, Dataset]:
    """Read every data set of the file, by key."""
    return {key: _dataset(source, key, place, held) for key, place, held in source.keyed(source.content, "dataset", "")}


def _dataset(source: Source, key: str, place: str, held: Mapping[str, Any]) -> Dataset:
    reading = _Reading(source)
    shared = source.keys("data_category", held, "data_categories", place)
    _aside(reading, held, place)
    tables = []
    # A source of ours is named as it is in the network; elsewhere the key is what a mapping can name.
    ours = source.mapping(held, "meta", place).get(META)
    name = source.text(ours, "source", f"{place}.meta.{META}") if isinstance(ours, dict) else key
    for table, below, collection in source.keyed(held, "collections", place, "name"):
        own = source.keys("data_category", collection, "data_categories", below)
        _aside(reading, collection, below)
        columns = dict(_columns(reading, collection, below, [*shared, *own]))
        if not collection.get("fields") and not isinstance(ours, dict):
            source.note(below, _EMPTY, kind="note")
        state = code_of(STATES, source.text(collection, "description", below)) or ""
        full = table if table == name else f"{name}.{table}"
        tables.append(Coverage(table=full, columns=columns, state=state))  # type: ignore[arg-type]
    _conclude(reading, place, ours=isinstance(ours, dict))
    return Dataset(name=name, title=source.text(held, "name", place) or key, place=place, tables=tuple(tables))


def _columns(
    reading: _Reading, holder: Mapping[str, Any], path: str, shared: Sequence[Answer], prefix: str = ""
) -> Iterator[tuple[str, Category]]:
    source = reading.source
    for name, place, field in source.keyed(holder, "fields", path, "name"):
        own = source.keys("data_category", field, "data_categories", place)
        _aside(reading, field, place)
        full = f"{prefix}{name}"
        nested = source.items(field, "fields", place)
        category = _category(reading, field, own or ([] if nested else list(shared)), inherited=not own and bool(shared))
        if category:
            yield full, category
        elif not nested:
            source.note(place, _TOO_BROAD if own else _UNCATEGORISED, full)
        yield from _columns(reading, field, place, shared, f"{full}.")


def _category(reading: _Reading, field: Mapping[str, Any], answers: Sequence[Answer], *, inherited: bool) -> Category | None:
    description = field.get("description")
    words = code_of(CATEGORIES, description) if isinstance(description, str) else None
    if words in get_args(Category):
        return words  # type: ignore[return-value]
    found = {_of_key(one.key) or _of_key(one.parent) for one in answers if one.state != "unknown"}
    category = next((one for one in _STRICTEST if one in found), None)
    if category:
        reading.deduced = True
        reading.inherited = reading.inherited or inherited
    return category


def _of_key(key: str) -> Category | None:
    while key:
        if key in _BY_KEY:
            return _BY_KEY[key]
        key = key.rpartition(".")[0]
    return None


def _aside(reading: _Reading, held: Mapping[str, Any], path: str) -> None:
    """Count what the register has no use for, and remark on what fideslang itself does not know."""
    reading.source.rest(held, path, _READ | _META, _DATASET)
    reading.old_spelling = reading.old_spelling or "fidesops_meta" in held
    for name in _META & held.keys():
        words = held[name] if name == "description" and isinstance(held[name], str) else ""
        silent = held[name] in (None, "", {}, []) or (bool(words) and _all_ours(words))
        reading.aside += not (silent or (isinstance(held[name], dict) and set(held[name]) == {META}))


def _all_ours(words: str) -> bool:
    return all(code_of(CATEGORIES, one) or code_of(STATES, one) for one in words.split(" ; "))


def _conclude(reading: _Reading, place: str, *, ours: bool) -> None:
    notes: tuple[tuple[bool, Text], ...] = (
        (reading.deduced, _DEDUCED),
        (reading.inherited, _INHERITED),
        (reading.old_spelling, _OLD_SPELLING),
    )
    for holds, why in notes:
        if holds and not ours:
            reading.source.note(place, why, kind="note")
    if reading.aside:
        reading.source.note(place, _TECHNICAL, f"{reading.aside} champs")
