"""A register as a fideslang 3.1.4 document: plain lists and mappings, in one order, ready to be written as YAML.

What fideslang has a place for stands there. The whole activity stands beside it under `meta` of its system, so that a
register of ours comes back without loss; a reader compares the two, and carries over what was edited (`written` is what
it compares with). What fideslang lacks (a transport card number, a journey history) is declared as an extension.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from typing import Any, Final

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.personal_data import JOURNEYS, TRANSPORT_CARD, kinds_in
from auditor.vocabulary.register import Activity, Actor, Purpose, Retention
from auditor.vocabulary.register_words import CATEGORIES as COLUMN_WORDS
from auditor.vocabulary.register_words import FATES, RECIPIENTS, STATES, folded, word

Document = dict[str, Any]

META: Final = "poincon"
"""Key of `meta` under which ours stands."""
FORMAT: Final = 1
TAG: Final = "poincon"
"""Marks a key of the taxonomy that says a free text of the register."""
DEFAULT_ORGANIZATION: Final = "default_organization"
THIRD_PARTY: Final = "destinataire"
BASES: Final[Mapping[str, str]] = {
    "consent": "Consent",
    "contract": "Contract",
    "legal-obligation": "Legal obligations",
    "vital-interests": "Vital interests",
    "public-interest": "Public interest",
    "legitimate-interests": "Legitimate interests",
}
FAMILY_USES: Final[Mapping[str, str]] = {
    "titres": "essential.service",
    "relation-commerciale": "sales",
    "fraude": "essential.fraud_detection",
    "statistiques": "analytics.reporting",
    "qualite": "functional.service.improve",
}
_OTHER_USES: Final = {"legal-obligation": "essential.legal_obligation"}
_LEAST_SAID: Final = "operations"

_QUASI, _SENSITIVE, _FREE = "user.quasi_identifier", "user.sensitive_attribute", "user.content.free_text"
EXTENSIONS: Final[Mapping[str, str]] = {
    _FREE: "Texte libre",
    JOURNEYS: "Historique des déplacements (validations, lieux, lignes)",
    _QUASI: "Quasi-identifiant",
    _SENSITIVE: "Attribut sensible au sens du registre",
    TRANSPORT_CARD: "Numéro de carte de transport",
}
"""Categories of data that fideslang has no key for."""
_COLUMN_KEYS: Final[Mapping[str, str]] = {
    "direct-identifier": "user.unique_id",
    "pseudonym": "user.unique_id.pseudonymous",
    "quasi-identifier": _QUASI,
    "sensitive": _SENSITIVE,
    "free-text": _FREE,
    "technical": "system.operations",
    "none": "system",
}
_NAMED: Final = frozenset({"direct-identifier", "quasi-identifier"})
"""Categories for which the name of the column may tell a more precise key."""
_MAIL: Final = re.compile(r"(?:^|,\s*)([^\s,;<>()]+@[^\s,;<>()]+)\s*$")
SEPARATOR: Final = " | "


def document(activities: Sequence[Activity]) -> Document:
    """Return the document of a register: organisations, extension of the taxonomy, data sets, systems."""
    activities = sorted(activities, key=lambda one: one.id)
    organizations = _organizations(activities)
    return {
        "organization": [_organization(key, activity) for key, activity in organizations.items()],
        "data_category": [*_extension(), *_texts("data_category", activities)],
        "data_subject": list(_texts("data_subject", activities)),
        "dataset": _datasets(activities),
        "system": [*_systems(activities, organizations), *_third_parties(activities)],
    }


def plain(value: Any) -> Any:
    """Turn a value of the register into mappings, lists and text; a field equal to its default says nothing and is left out."""
    if isinstance(value, Duration | date):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if not _silent(one, getattr(value, one.name))}
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def _silent(declared: Any, value: Any) -> bool:
    return declared.default is not MISSING and bool(value == declared.default)


def term_text(term: Retention) -> str:
    """Write a term in the one free string that fideslang has: ISO 8601 first, then the start, the fate, the condition, the data."""
    start = f" à compter de : {term.starts}" if term.starts else ""
    condition = f" ({term.condition})" if term.condition else ""
    return f"{term.duration}{start}, puis {word(FATES, term.fate).lower()}{condition} — {term.data}"


def text_key(kind: str, text: str, taken: Mapping[str, str]) -> str:
    """Return the key of the taxonomy that stands for a free text; `taken` holds the keys already given, with their texts."""
    slug = re.sub(r"[^a-z0-9]+", "_", folded(text)).strip("_")[:60] or "sans_texte"
    base = f"user.registre_{slug}" if kind == "data_category" else f"registre_{slug}"
    names = (base if rank == 1 else f"{base}_{rank}" for rank in range(1, len(taken) + 2))
    return next(name for name in names if taken.get(name, text) == text)


def source_and_table(table: str) -> tuple[str, str]:
    """Split a physical table into its source and its name there; a table without a source is its own."""
    source, dot, name = table.partition(".")
    return (source, name) if dot else (table, table)


def split_contact(contact: str) -> tuple[str, str]:
    """Split a contact into what comes first and the e-mail address that ends it."""
    found = _MAIL.search(contact)
    return (contact[: found.start()], found[1]) if found else (contact, "")


def _texts(kind: str, activities: Iterable[Activity]) -> Iterator[Document]:
    for key, text in sorted(_text_keys(kind, activities).items()):
        parent = {"parent_key": "user"} if kind == "data_category" else {}
        yield {"fides_key": key, "name": text, **parent, "tags": [TAG]}


def _text_keys(kind: str, activities: Iterable[Activity]) -> dict[str, str]:
    taken: dict[str, str] = {}
    for activity in activities:
        for text in activity.data_categories if kind == "data_category" else activity.persons:
            taken[text_key(kind, text, taken)] = text
    return taken


def _extension() -> list[Document]:
    return [{"fides_key": key, "name": name, "parent_key": key.rpartition(".")[0]} for key, name in sorted(EXTENSIONS.items())]


def _controller(activity: Activity) -> Actor | None:
    return next((actor for actor in activity.actors if actor.role == "controller"), None)


def _organizations(activities: Iterable[Activity]) -> dict[str, Activity]:
    """Give a key to each controller and officer that differ; the value is the first activity that names them."""
    found: dict[tuple[Any, str], Activity] = {}
    for activity in activities:
        found.setdefault(_who(activity), activity)
    return {DEFAULT_ORGANIZATION if rank == 1 else f"organisation_{rank}": one for rank, one in enumerate(found.values(), 1)}


def _who(activity: Activity) -> tuple[Any, str]:
    controller = _controller(activity)
    return ((controller.name, controller.contact) if controller else None, activity.dpo)


def _organization(key: str, activity: Activity) -> Document:
    controller = _controller(activity)
    written: Document = {"fides_key": key, "name": controller.name if controller else ""}
    if controller:
        address, email = split_contact(controller.contact)
        written["controller"] = {"name": controller.name, "address": address, "email": email}
    if activity.dpo:
        name, email = split_contact(activity.dpo)
        written["data_protection_officer"] = {"name": name, "email": email}
    return written


def column_key(name: str, category: str) -> str:
    """Return the category of data of a column: the kind its name tells when it is precise enough, else the register's own."""
    if category in _NAMED:
        for kind in kinds_in(name):
            if kind.fides == JOURNEYS or category == "direct-identifier" or kind.fides.startswith("user.demographic"):
                return kind.fides
    return _COLUMN_KEYS[category]


def _datasets(activities: Iterable[Activity]) -> list[Document]:
    held: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    states: dict[tuple[str, str], dict[str, None]] = {}
    for coverage in (one for activity in activities for one in activity.covers):
        source, table = source_and_table(coverage.table)
        columns = held.setdefault(source, {}).setdefault(table, {})
        states.setdefault((source, table), {})[word(STATES, coverage.state)] = None
        for name, category in coverage.columns.items():
            columns.setdefault(name, {})[category] = ""
    keys = dataset_keys(held)
    return [
        {
            "fides_key": keys[source],
            "name": source,
            "meta": {META: {"source": source}},
            "collections": [
                _collection(table, columns, " ; ".join(filter(None, states[source, table]))) for table, columns in sorted(tables.items())
            ],
        }
        for source, tables in sorted(held.items())
    ]


def _collection(table: str, columns: Mapping[str, Mapping[str, str]], state: str) -> Document:
    described = {"description": state} if state else {}
    return {"name": table, **described, "fields": [_field(name, list(found)) for name, found in sorted(columns.items())]}


def _field(name: str, categories: Sequence[str]) -> Document:
    words = " ; ".join(word(COLUMN_WORDS, one) for one in sorted(categories))
    return {"name": name, "description": words, "data_categories": sorted({column_key(name, one) for one in categories})}


def dataset_keys(sources: Iterable[str]) -> dict[str, str]:
    """Return a key of fideslang for each source: letters, digits and signs that it allows, distinct."""
    keys: dict[str, str] = {}
    for source in sorted(sources):
        base = re.sub(r"[^A-Za-z0-9_-]+", "_", source) or "source"
        keys[source] = next(name for name in (base, *(f"{base}_{rank}" for rank in range(2, len(keys) + 3))) if name not in keys.values())
    return keys


def _systems(activities: Sequence[Activity], organizations: Mapping[str, Activity]) -> Iterator[Document]:
    belongs = {_who(activity): key for key, activity in organizations.items()}
    sources = dataset_keys({source_and_table(one.table)[0] for activity in activities for one in activity.covers})
    texts = {kind: {text: key for key, text in _text_keys(kind, activities).items()} for kind in ("data_category", "data_subject")}
    parties = _party_keys(activities)
    for activity in activities:
        datasets = sorted({sources[source_and_table(one.table)[0]] for one in activity.covers})
        categories = _categories(activity, texts["data_category"])
        yield {
            "fides_key": activity.id,
            "organization_fides_key": belongs[_who(activity)],
            "name": activity.title,
            "system_type": "Traitement",
            "meta": {META: {"format": FORMAT, "activity": plain(activity)}},
            **_flows(datasets, [parties[one] for one in _parties(activity)]),
            "privacy_declarations": [
                _declaration(activity, purpose, categories, texts["data_subject"])
                for purpose in sorted(activity.purposes, key=lambda one: one.title)
            ],
            "dataset_references": datasets,
            **_governance(activity),
        }


def _flows(datasets: Sequence[str], parties: Sequence[str]) -> Document:
    flows: Document = {}
    if parties:
        flows["egress"] = [{"fides_key": key, "type": "system"} for key in dict.fromkeys(parties)]
    if datasets:
        flows["ingress"] = [{"fides_key": key, "type": "dataset"} for key in datasets]
    return flows


def _categories(activity: Activity, texts: Mapping[str, str]) -> list[str]:
    """Return the register's own words first, in its order, then the keys of fideslang that its words and columns tell."""
    keys = {kind.fides for text in activity.data_categories for kind in kinds_in(text)}
    keys |= {column_key(name, category) for one in activity.covers for name, category in one.columns.items()}
    return [*dict.fromkeys(texts[text] for text in activity.data_categories), *sorted(keys)]


def _declaration(activity: Activity, purpose: Purpose, categories: Sequence[str], subjects: Mapping[str, str]) -> Document:
    written: Document = {
        "name": purpose.title,
        "data_use": data_use(purpose),
        "data_categories": list(categories),
        "data_subjects": [subjects[text] for text in dict.fromkeys(activity.persons)],
    }
    if purpose.basis:
        written["legal_basis_for_processing"] = BASES[purpose.basis]
    terms = [term_text(term) for term in activity.retention if term.purpose in ("", purpose.id)]
    if terms:
        written["retention_period"] = SEPARATOR.join(terms)
    outside = [one for one in activity.recipients if one.kind != "internal"]
    if outside:
        written |= {"data_shared_with_third_parties": True, "third_parties": " ; ".join(one.name for one in outside)}
    return written


def data_use(purpose: Purpose) -> str:
    """Return the use of fideslang that a purpose serves: that of its family, of its legal obligation, or the broadest there is."""
    return FAMILY_USES.get(purpose.family) or _OTHER_USES.get(purpose.basis or "", _LEAST_SAID)


def _governance(activity: Activity) -> Document:
    written: Document = {}
    transfers = activity.transfers
    if transfers is not None:
        abroad = transfers if isinstance(transfers, tuple) else ()
        written["does_international_transfers"] = bool(abroad)
        if abroad:
            written["legal_basis_for_transfers"] = [one.safeguards for one in abroad]
    if activity.dpia:
        written["requires_data_protection_assessments"] = activity.dpia.status != "not-required"
        written |= {"dpa_location": activity.dpia.reference} if activity.dpia.reference else {}
        written["dpa_progress"] = activity.dpia.status
    controller = _controller(activity)
    if controller:
        written |= {"responsibility": ["Controller"], "legal_name": controller.name, "legal_address": controller.contact}
    if activity.dpo:
        written["dpo"] = activity.dpo
    joint = [", ".join(filter(None, (one.name, one.contact))) for one in activity.actors if one.role == "joint-controller"]
    if joint:
        written["joint_controller_info"] = " ; ".join(joint)
    if activity.security:
        written["data_security_practices"] = "\n".join(activity.security)
    return written


def _parties(activity: Activity) -> list[tuple[str, str]]:
    return [(one.name, one.kind) for one in activity.recipients]


def _party_keys(activities: Iterable[Activity]) -> dict[tuple[str, str], str]:
    keys: dict[tuple[str, str], str] = {}
    for party in sorted({one for activity in activities for one in _parties(activity)}):
        slug = re.sub(r"[^a-z0-9]+", "_", folded(party[0])).strip("_")[:60] or "sans_nom"
        base = f"{THIRD_PARTY}.{slug}"
        keys[party] = next(name for name in (base, *(f"{base}_{rank}" for rank in range(2, len(keys) + 3))) if name not in keys.values())
    return keys


def _third_parties(activities: Iterable[Activity]) -> list[Document]:
    """Declare each recipient as a system without declarations: fideslang lets data flow only to what is declared."""
    return [
        {
            "fides_key": key,
            "name": name,
            "system_type": word(RECIPIENTS, kind),
            "tags": [TAG, THIRD_PARTY],
            "privacy_declarations": [],
        }
        for (name, kind), key in _party_keys(activities).items()
    ]
