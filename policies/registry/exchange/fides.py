"""A fideslang file, ours or anyone's, as activities of the register.

A system is an activity, a data set is what it covers, an organisation names its actors. The whole sheet that an export of
ours keeps under `meta` comes back as it was; what a person changed beside it since is carried in, and said.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.fides import FORMAT, META, document
from auditor.vocabulary.interchange import Imported
from auditor.vocabulary.register import Activity
from auditor.vocabulary.text import said
from policies.declarations import understood
from policies.documents import Entries, Entry, Items, Node, Scalar
from policies.registry.exchange.fides_datasets import read_datasets
from policies.registry.exchange.fides_file import TOP, Source, declare, opened
from policies.registry.exchange.fides_merge import merged
from policies.registry.exchange.fides_systems import Readings, is_third_party, read_systems
from policies.registry.exchange.naming import identifier, own_purposes

_HEAD: Final = 65_536
_LOOKS: Final = re.compile(rb"(?m)(?:^[\"']?|\A\s*\{\s*\")(?:%s)[\"']? *:(?:[ \t\r\n]|$)" % "|".join(TOP).encode())
_ORGANIZATION: Final = dict.fromkeys(("description", "tags", "representative", "security_policy", "fidesctl_meta"), "")
_ORGANIZATION_READ: Final = frozenset({"fides_key", "name", "controller", "data_protection_officer", "organization_parent_key"})

_POLICY: Final = said(
    "règle d’évaluation de Fides : ce n’est pas un traitement, elle n’est pas reprise",
    "an evaluation policy of Fides is no processing activity: not taken",
)
_ORPHAN: Final = said(
    "ensemble de données sans système : repris comme un traitement sans finalité, à rattacher ou à compléter",
    "a data set without a system: taken as an activity without a purpose, to be attached or completed",
)
_DAMAGED: Final = said(
    "la fiche gardée sous « meta » ne se lit plus : seul ce que dit Fides est repris",
    "the sheet kept under “meta” can no longer be read: only what Fides says is taken",
)


def is_fides(content: bytes) -> bool:
    """Tell whether a file may be a fideslang file: one of its top-level keys begins a line near the head."""
    return b"\0" not in content[:_HEAD] and bool(_LOOKS.search(content[:_HEAD].lstrip(b"\xef\xbb\xbf")))


def read_fides(content: bytes) -> Imported:
    """Read a fideslang file.

    Raises:
        DeclarationProblem: it is not YAML that can be read without guessing.
        UsageProblem: it holds neither a system nor a data set, so no activity.
    """
    source = opened(content)
    readings = _readings(source)
    for key, place, _ in source.keyed(source.content, "policy", ""):
        source.note(place, _POLICY, key)
    for name in source.content.keys() - set(TOP):
        source.rest(source.content, name, set(TOP) | (source.content.keys() - {name}), {})
    activities = read_systems(readings)
    activities |= _orphans(readings, activities)
    if not activities:
        raise _nothing(source.content)
    kept = _kept(readings)
    found = _carried(activities, kept, source)
    return Imported(activities=tuple(own_purposes(found)), remarks=tuple(dict.fromkeys(source.remarks)))


def _readings(source: Source) -> Readings:
    declare(source)
    organizations: dict[str, Mapping[str, Any]] = {}
    for key, place, held in source.keyed(source.content, "organization", ""):
        source.rest(held, place, _ORGANIZATION_READ, _ORGANIZATION)
        organizations[key] = held
    return Readings(source, read_datasets(source), organizations)


def _orphans(readings: Readings, taken: Mapping[str, Activity]) -> dict[str, Activity]:
    found: dict[str, Activity] = {}
    for key, dataset in readings.datasets.items():
        if key in readings.used:
            continue
        name = identifier(key, "donnees", [*taken, *found])
        readings.source.activity = name
        readings.source.note(dataset.place, _ORPHAN)
        found[name] = Activity(id=name, title=dataset.title, covers=dataset.tables)
    readings.source.activity = ""
    return found


def _nothing(content: Mapping[str, Any]) -> UsageProblem:
    held = ", ".join(name for name in TOP if content.get(name))
    return UsageProblem(
        f"The Fides file holds no system and no data set (only: {held or 'nothing'}).",
        "A processing activity is a system in Fides: without one there is nothing to enter in a register.",
        "Give the file that declares the systems, or put the files together under one key of each kind.",
    )


def _kept(readings: Readings) -> dict[str, Activity]:
    """Return the sheets kept under `meta`, by the key of their system."""
    source = readings.source
    kept: dict[str, Activity] = {}
    for key, place, held in source.keyed(source.content, "system", ""):
        meta = held.get("meta")
        ours = meta.get(META) if isinstance(meta, dict) else None
        if ours is None or is_third_party(held):
            continue
        if not isinstance(ours, dict) or str(ours.get("format")) != str(FORMAT):
            source.note(f"{place}.meta.{META}", _DAMAGED)
            continue
        activity, faults = understood(Activity, _node(ours.get("activity")), "meta")
        if activity is None or faults or activity.id != key:
            source.note(f"{place}.meta.{META}", _DAMAGED)
        else:
            kept[key] = activity
    return kept


def _carried(read: Mapping[str, Activity], kept: Mapping[str, Activity], source: Source) -> list[Activity]:
    """Put the sheets kept whole in place of what was read, with what changed beside them since they were written."""
    if not kept:
        return list(read.values())
    before = read_systems(_readings(Source(document(list(kept.values())))))
    found = []
    for name, activity in read.items():
        if name not in kept:
            found.append(activity)
            continue
        # What the Fides part says more poorly is no remark: the sheet holds it whole. What a merge does is said instead.
        source.remarks = [one for one in source.remarks if one.activity != name]
        source.activity = name
        found.append(merged(kept[name], before[name], activity, source))
    source.activity = ""
    return found


def _node(value: Any) -> Node:
    """Return plain content as located nodes, for the one strict reader of sheets. Its lines are not those of a file of ours."""
    if isinstance(value, dict):
        return Entries(line=1, entries=tuple(Entry(key=key, line=1, node=_node(held)) for key, held in value.items()))
    if isinstance(value, list):
        return Items(line=1, items=tuple(_node(one) for one in value))
    return Scalar(line=1, raw=value, quoted=False)
