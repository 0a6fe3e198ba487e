"""What the official part of a sheet of the CNIL's simplified register says of an activity, cell by cell.

The official form is narrower than the register: six purposes, two categories of persons, four recipients, three measures,
four transfers, and a free-text term per kind of data. This is the readable French rendering; the register itself stands
whole in the additions below it (`cnil_additions`). Kinds of data, of persons and of measures are closed lists there and
free words here: they are placed by the words of `_PLACED` below, a presentation that nothing reads back.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from auditor.vocabulary import cnil
from auditor.vocabulary.interchange import writable
from auditor.vocabulary.register import Activity, Recipient, Retention
from auditor.vocabulary.register_words import FATES, RECIPIENTS, folded, word

Cells = Mapping[tuple[int, int], str | date]
"""Value by row and column, counted from 0."""

OTHER: Final = "Autres"
_MAIL: Final = re.compile(r"[^\s,;<>()]+@[^\s,;<>()]+\.[^\s,;<>()]+")
_PHONE: Final = re.compile(r"(?<![\w@.])(?:\+33|0)\s?[1-9](?:[\s.\u00a0-]?\d{2}){4}(?!\d)")
_TOWN: Final = re.compile(r"\b\d{5} [^\W\d][^,]*(?:, [^\W\d][^,]*)?")
_SEPARATOR: Final = " : "
_DASH: Final = " — "
_NBSP: Final = "\N{NO-BREAK SPACE}"

_PLACED: Final[Mapping[str, tuple[str, ...]]] = {
    cnil.SENSITIVE[0]: ("racial", "ethni"),
    cnil.SENSITIVE[1]: ("opinions politiques",),
    cnil.SENSITIVE[2]: ("religieu", "philosophiqu"),
    cnil.SENSITIVE[3]: ("syndica",),
    cnil.SENSITIVE[4]: ("genetique",),
    cnil.SENSITIVE[5]: ("biometri",),
    cnil.SENSITIVE[6]: ("sante", "handicap", "invalidite"),
    cnil.SENSITIVE[7]: ("vie sexuelle", "orientation sexuelle"),
    cnil.SENSITIVE[8]: ("infraction", "condamnation", "contravention", "proces verba"),
    cnil.DATA[5]: ("nir", "securite sociale"),
    cnil.DATA[4]: ("validation", "localisation", "deplacement", "trajet", "geolocalis", "gps", "frequentation", "passage"),
    cnil.DATA[2]: ("paiement", "impaye", "factur", "bancaire", "iban", "rib", "revenu", "quotient", "vente", "achat", "montant", "dette"),
    cnil.DATA[3]: ("journa", "log", "adresse ip", "connexion", "habilitation", "trace", "compte informatique"),
    cnil.DATA[1]: ("situation familiale", "habitude", "vie personnelle", "profil"),
    cnil.DATA[0]: (
        "identi", "etat civil", "nom", "prenom", "coordonnees", "adresse", "telephone", "courriel", "photo", "image",
        "client", "abonne", "carte", "support", "piece", "porteur", "titre",
    ),
}  # fmt: skip
"""Words (without accents) that place a category of data on an official row, first row first."""
_MEASURED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    cnil.MEASURES[0]: ("journal", "trac"),
    cnil.MEASURES[3]: ("chiffr", "hach"),
    cnil.MEASURES[2]: ("sauvegard",),
    cnil.MEASURES[5]: ("sous trait", "prestataire"),
    cnil.MEASURES[4]: ("acces", "habilitation", "comptes", "authentifi", "mot de passe"),
    cnil.MEASURES[1]: ("antivirus", "correctif", "mise a jour", "logiciel", "pare feu"),
}
_RECIPIENT_TYPES: Final[Mapping[str, str]] = {
    "internal": cnil.RECIPIENTS[0],
    "processor": cnil.RECIPIENTS[1],
    "partner": cnil.RECIPIENTS[3],
}
_SAFEGUARDS: Final[Mapping[str, tuple[str, ...]]] = {
    cnil.GUARANTEES[0]: ("clauses contractuelles", "cct", "clauses types", "standard contractual"),
    cnil.GUARANTEES[1]: ("regles d'entreprise contraignantes", "bcr"),
    cnil.GUARANTEES[2]: ("adequa", "adequat"),
    cnil.GUARANTEES[4]: ("code de conduite",),
    cnil.GUARANTEES[5]: ("certification",),
    cnil.GUARANTEES[6]: ("derogation", "article 49", "art 49", "art. 49"),
}


def official(activity: Activity) -> dict[tuple[int, int], str | date]:
    """Return the values of the official cells of one activity sheet, labels left out. Empty cells are absent."""
    cells: dict[tuple[int, int], str | date] = {(3, 1): activity.title, (4, 1): activity.id}
    if activity.created_on:
        cells[5, 1] = activity.created_on
    if activity.updated_on:
        cells[6, 1] = activity.updated_on
    cells |= _actors(activity)
    for rank, purpose in enumerate(activity.purposes[: len(cnil.PURPOSES)]):
        cells[16 + rank, 1] = purpose.title
    _data(activity, cells)
    for rank, person in enumerate(activity.persons[: len(cnil.PERSON_ROWS)]):
        kind, detail = _typed(person, cnil.PERSONS, {}, cnil.PERSONS[-1])
        cells[43 + rank, 1] = kind
        cells[43 + rank, 4] = detail
    for rank, recipient in enumerate(activity.recipients[: len(cnil.RECIPIENT_ROWS)]):
        cells[47 + rank, 1], cells[47 + rank, 4] = _recipient(recipient, _abroad(activity))
    for rank, measure in enumerate(activity.security[: len(cnil.MEASURE_ROWS)]):
        cells[53 + rank, 1], cells[53 + rank, 4] = _typed(measure, cnil.MEASURES, _MEASURED_BY, cnil.MEASURES[-1])
    _transfers(activity, cells)
    return {place: value for place, value in cells.items() if value != ""}


def unplaced(activity: Activity) -> tuple[tuple[str, str], ...]:
    """Return the categories of data and the terms that no official row receives: description and readable term."""
    rows = _by_row(activity)
    return tuple((description, term) for description, term in rows.get(OTHER, ()))


def special(activity: Activity) -> str:
    """Answer « Données sensibles ? » (art. 9 and 10): what the register names; a column it calls sensitive asks for a look."""
    if any(row in cnil.SENSITIVE for row in _by_row(activity)):
        return "Oui"
    if any(category == "sensitive" for coverage in activity.covers for category in coverage.columns.values()):
        return "À vérifier"
    return "Non" if activity.data_categories else ""


def overflow(activity: Activity) -> Iterator[tuple[int, int]]:
    """Yield, for each official list too short for the activity, the row under it and how many entries stand only in the additions."""
    transfers = activity.transfers if isinstance(activity.transfers, tuple) else ()
    aside = len(unplaced(activity))
    if aside:
        yield 30, aside
    for row, held, room in (
        (22, activity.purposes, cnil.PURPOSES),
        (45, activity.persons, cnil.PERSON_ROWS),
        (51, activity.recipients, cnil.RECIPIENT_ROWS),
        (56, activity.security, cnil.MEASURE_ROWS),
        (62, transfers, cnil.TRANSFER_ROWS),
    ):
        if len(held) > len(room):
            yield row, len(held) - len(room)


def term_in_words(term: Retention) -> str:
    """Say a term as a person would write it: duration, starting event, fate, condition."""
    length = term.duration.in_words()
    said = f"{length} à compter de{_NBSP}: {term.starts}" if term.starts else length
    said += f", puis {word(FATES, term.fate).lower()}"
    return f"{said} ({term.condition})" if term.condition else said


def fingerprint(cells: Mapping[tuple[int, int], str | date]) -> str:
    """Return a digest of cells as they read: unchanged by fonts, widths and stray spaces, changed by any word."""
    said = {place: value.isoformat() if isinstance(value, date) else " ".join(writable(value).split()) for place, value in cells.items()}
    lines = [f"{row},{column}={text}" for (row, column), text in sorted(said.items()) if text]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def labelled(label: str, text: str) -> str:
    """Join an official label and what was written beside it, so that `_typed` finds both again."""
    return f"{label}{_SEPARATOR}{text}" if text else label


def named_and_why(text: str) -> tuple[str, str]:
    """Split what `official` writes for a recipient into its name and why it receives."""
    name, _, why = text.partition(_DASH)
    return name, why


class Contact(NamedTuple):
    """A contact in the columns of the form."""

    address: str
    code: str
    town: str
    country: str
    phone: str
    mail: str


def contact_parts(contact: str) -> Contact:
    """Split a contact into the columns of the form; what is no code, town, country, telephone or e-mail stays the address."""
    rest, parts = contact, {}
    for name, pattern in (("mail", _MAIL), ("phone", _PHONE), ("town", _TOWN)):
        found = pattern.search(rest)
        parts[name] = found[0] if found else ""
        rest = rest.replace(found[0], "", 1) if found else rest
    code, _, place = parts["town"].partition(" ")
    town, _, country = place.partition(", ")
    address = re.sub(r"(?:\s*,)+(?=\s*,|\s*$)", "", " ".join(rest.split())).strip(" ,;")
    return Contact(address=address, code=code, town=town, country=country, phone=parts["phone"], mail=parts["mail"])


def _actors(activity: Activity) -> dict[tuple[int, int], str | date]:
    cells: dict[tuple[int, int], str | date] = {}
    for row, role in ((9, "controller"), (13, "joint-controller")):
        found = [actor for actor in activity.actors if actor.role == role]
        if found:
            cells[row, 1] = " ; ".join(actor.name for actor in found) if role == "joint-controller" else found[0].name
            cells |= {(row, column): part for column, part in enumerate(contact_parts(found[0].contact), 2)}
    officer = contact_parts(activity.dpo)
    cells |= {(10, 1): officer.address, **{(10, column): part for column, part in enumerate(officer[1:], 3)}}
    return cells


def _data(activity: Activity, cells: dict[tuple[int, int], str | date]) -> None:
    places = {label: row for row, label in cnil.ROWS.items()}
    for label, held in _by_row(activity).items():
        if label == OTHER:
            continue
        terms = dict.fromkeys(term for _, term in held if term)
        cells[places[label], 1] = " ; ".join(dict.fromkeys(description for description, _ in held if description))
        cells[places[label], 4] = " ; ".join(terms)


def _by_row(activity: Activity) -> dict[str, list[tuple[str, str]]]:
    rows: dict[str, list[tuple[str, str]]] = {}
    for category in activity.data_categories:
        label, description = _placed(category)
        rows.setdefault(label, []).append((description, ""))
    for term in activity.retention:
        label, description = _placed(term.data)
        beside = label in rows
        said = term_in_words(term)
        rows.setdefault(label, []).append(("" if beside else description, f"{description}{_SEPARATOR}{said}" if description else said))
    return rows


def _placed(text: str) -> tuple[str, str]:
    """Return the official row of a category of data, and its words without the label of the row."""
    for label in (*cnil.DATA, *cnil.SENSITIVE):
        if folded(text).startswith((folded(label), folded(cnil.rightly_spelt(label)))):
            return label, text.partition(_SEPARATOR)[2].strip()
    plain = f" {folded(text)}"
    for label, words in _PLACED.items():
        if any(f" {start}" in plain or f"({start}" in plain or f"'{start}" in plain for start in words):
            return label, text
    return OTHER, text


def _typed(text: str, choices: Sequence[str], words: Mapping[str, Iterable[str]], other: str) -> tuple[str, str]:
    """Return the element of an official list that free words belong to, and what stands beside it."""
    for choice in choices:
        if folded(text) == folded(choice):
            return choice, ""
        if folded(text).startswith(folded(choice) + folded(_SEPARATOR).rjust(2)):
            return choice, text.partition(_SEPARATOR)[2]
    plain = folded(text)
    for choice, starts in words.items():
        if any(start in plain for start in starts):
            return choice, text
    return other, text


def _abroad(activity: Activity) -> frozenset[str]:
    transfers = activity.transfers if isinstance(activity.transfers, tuple) else ()
    return frozenset(folded(transfer.recipient) for transfer in transfers)


def _recipient(recipient: Recipient, abroad: frozenset[str]) -> tuple[str, str]:
    detail = f"{recipient.name}{_DASH}{recipient.why}" if recipient.why else recipient.name
    if folded(recipient.name) in abroad:
        return cnil.RECIPIENTS[2], detail
    known = _RECIPIENT_TYPES.get(recipient.kind)
    return (known, detail) if known else (cnil.RECIPIENTS[4], f"{detail} ({word(RECIPIENTS, recipient.kind).lower()})")


def _transfers(activity: Activity, cells: dict[tuple[int, int], str | date]) -> None:
    if activity.transfers == "none":
        cells[58, 1] = "Aucun transfert"
    elif activity.transfers:
        for rank, transfer in enumerate(activity.transfers[: len(cnil.TRANSFER_ROWS)]):
            country = next((name for name in cnil.COUNTRIES if folded(name) == folded(transfer.country)), transfer.country)
            kind, detail = _typed(transfer.safeguards, cnil.GUARANTEES, _SAFEGUARDS, transfer.safeguards)
            documents = transfer.documents if detail in ("", kind) else " ; ".join(filter(None, (detail, transfer.documents)))
            cells[58 + rank, 1], cells[58 + rank, 2] = transfer.recipient, country
            cells[58 + rank, 3], cells[58 + rank, 5] = kind, documents
