"""Ids of activities and purposes for registers that name theirs otherwise."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from auditor.vocabulary.register import Activity
from policies.registry.exchange.official import distinct, slug

_USABLE: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


def usable(name: str) -> bool:
    """Tell a name that can be an id of the register as it is."""
    return bool(_USABLE.fullmatch(name))


def identifier(name: str, otherwise: str, taken: Iterable[str]) -> str:
    """Return the name when it can be an id, else an id made from it, numbered when it is taken; `otherwise` when nothing is left."""
    return distinct(name if usable(name) else slug(name) or otherwise, taken)


def own_purposes(activities: Sequence[Activity]) -> list[Activity]:
    """Number the ids of purposes that two sheets share: an id names one purpose of the whole register."""
    taken: set[str] = set()
    named = []
    for activity in activities:
        purposes = []
        for purpose in activity.purposes:
            purposes.append(replace(purpose, id=identifier(purpose.id, "finalite", taken)))
            taken.add(purposes[-1].id)
        renamed = {old.id: new.id for old, new in zip(activity.purposes, purposes, strict=True)}
        terms = tuple(replace(term, purpose=renamed.get(term.purpose, term.purpose)) for term in activity.retention)
        named.append(replace(activity, purposes=tuple(purposes), retention=terms))
    return named
