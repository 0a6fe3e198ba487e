"""What one column proves only with the others of its table.

A security code is one beside a payment card, a date of birth beside a name, a longitude beside a latitude. And a detection
that another, certain in the same column, explains better is left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.vocabulary.scanned import SURE, Detection
from auditor.vocabulary.text import Text, said

_PERSONS: Final = frozenset({"name", "email", "phone", "nir", "postal-address"})
_ALONE: Final = said(" ; rien d’autre dans la table ne le confirme", "; nothing else in the table confirms it")
_EXPLAINED: Final[Mapping[str, frozenset[str]]] = {
    "siren": frozenset({"siret", "nir", "iban", "pan"}),
    "siret": frozenset({"pan"}),
    "licence": frozenset({"siret", "phone"}),
    "name": frozenset({"postal-address", "email", "free-text"}),
    "sensitive-label": frozenset({"free-text"}),
    "plate": frozenset({"licence"}),
}
"""Detections that another one, certain in the same column, explains better."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A detection, and the axis it was read on when it is a position."""

    detection: Detection
    axis: str = ""


def settled(seen: Sequence[Seen]) -> list[Detection]:
    """Return the detections of one table, each judged with the others beside it."""
    certain = {(one.detection.detector, one.detection.column) for one in seen if one.detection.certain}
    judged = [found for one in seen if (found := _judged(one, certain, seen)) is not None]
    sure = {(one.column, one.detector) for one in judged if one.certain}
    return [one for one in judged if not any((one.column, better) in sure for better in _EXPLAINED.get(one.detector, ()))]


def _judged(one: Seen, certain: Collection[tuple[str, str]], seen: Sequence[Seen]) -> Detection | None:
    found = one.detection
    if found.detector == "cvv":
        beside = any(name == "pan" and column != found.column for name, column in certain)
        return replace(found, certain=found.accident < SURE) if beside else None
    if found.detector == "birth-date" and not found.certain and found.accident < SURE:
        person = any(name in _PERSONS for name, _ in certain)
        return replace(found, certain=True) if person else _weakened(found)
    if one.axis and not any(two.axis not in ("", one.axis) for two in seen if two.detection.column != found.column):
        # A longitude of France is a small number like many others: without its latitude it says nothing.
        return _weakened(found) if one.axis == "latitude" else None
    return found


def _weakened(one: Detection) -> Detection:
    return replace(one, certain=False, why=Text(one.why.fr + _ALONE.fr, one.why.en + _ALONE.en))
