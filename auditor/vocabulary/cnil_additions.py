"""What Poinçon adds under the official part of a CNIL sheet: the whole register, in tables a person can read and correct.

The official form has no legal basis, no starting event, no fate, no DPIA, no source of data… Each addition is a table whose
columns are the fields of the register, in French; `added` writes them and `recovered` reads them back without loss
(`recovered(added(activity), …) == activity`), durations as ISO 8601 and dates as dates. Columns of measured facts may be
drawn to the right: they are not the register's, and are not read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from functools import partial
from typing import Any, Final, Literal

from auditor.vocabulary import register_words as words
from auditor.vocabulary.cnil_sheet import fingerprint
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.interchange import packed, unpacked
from auditor.vocabulary.register import Activity, Actor, Coverage, Dpia, Invoked, Pseudonymisation, Purpose, Recipient, Retention, Transfer
from auditor.vocabulary.text import Text, said

TITLE: Final = "Ajouts de Poinçon, hors du modèle de la CNIL (format 1)"
"""Opens the additions; the number grows if their form ever changes."""
FIRST_ROW: Final = 64
"""Row of that title on the sheets that Poinçon writes."""

MEASURED: Final = "(mesuré)"
"""Ends the heading of a column of measured facts."""
OFFICIAL_DIGEST, ADDED_DIGEST = "Empreinte de la partie officielle", "Empreinte des ajouts"
COMPUTED: Final = (
    "Autres données et durées (hors des lignes du modèle)",
    "Vérifié sur les données le",
    "Empreinte des entrées de l’audit",
    OFFICIAL_DIGEST,
    ADDED_DIGEST,
)
"""Rows that are computed: an import does not take them as the register's. The last two tell what was edited since."""

Kind = Literal["text", "date", "duration", "flag", "word", "words", "lines", "whole"]
Value = str | date
Rows = Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One field of the register, as a column."""

    name: str
    """Field of the value, or a name of `_flat`."""
    label: str
    kind: Kind = "text"
    words: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table of the additions."""

    name: str
    title: str
    row: str
    """What a row is called: « Durée 1 »."""
    columns: tuple[Column, ...]
    make: type | None = None
    """Type of the values; None when a row is a text of its own."""


SINGLE: Final = (
    Column(name="ticketing", label="Fait partie de la billettique", kind="flag"),
    Column(name="dpo", label="Délégué à la protection des données (texte du registre)"),
    Column(name="source_of_data", label="Source des données (art. 14)"),
    Column(name="rights", label="Exercice des droits (art. 12 à 22)"),
    Column(name="automated_decision", label="Décision automatisée (art. 22)"),
    Column(name="dpia.status", label="AIPD : état (art. 35)", kind="word", words=words.ASSESSMENTS),
    Column(name="dpia.reference", label="AIPD : référence"),
    Column(name="dpia.validated_on", label="AIPD : validée le", kind="date"),
    Column(name="dpia.reviewed_on", label="AIPD : revue le", kind="date"),
    Column(name="dpia.reason", label="AIPD : motif"),
    Column(name="dpia.sections", label="AIPD : parties (art. 35(7))", kind="words", words=words.PARTS),
    Column(name="dpia.residual_risk", label="AIPD : risque résiduel", kind="word", words=words.LEVELS),
    Column(name="dpia.consulted_on", label="AIPD : CNIL consultée le (art. 36)", kind="date"),
    Column(name="pseudonymisation_domain", label="Domaine de pseudonymisation"),
    Column(name="pseudonymisation.algorithm", label="Pseudonymisation : algorithme (art. 4(5))"),
    Column(name="pseudonymisation.key_bits", label="Pseudonymisation : bits de la clé", kind="whole"),
    Column(name="pseudonymisation.key_kept_in", label="Pseudonymisation : lieu de la clé"),
    Column(name="pseudonymisation.period", label="Pseudonymisation : période (ISO 8601)", kind="duration"),
    Column(name="pseudonymisation.accounts", label="Pseudonymisation : comptes habilités", kind="lines"),
    Column(
        name="transfers", label="Transferts hors UE", kind="word", words={"none": said("Aucun", "None"), "listed": said("Listés", "Listed")}
    ),
)
"""Fields that stand once: a row each, the label then the value."""
_CATEGORY: Final = (Column(name="", label="Catégorie"),)
SECTIONS: Final = (
    Section(
        name="purposes", title="Finalités et bases légales (art. 6)", row="Finalité", make=Purpose,
        columns=(
            Column(name="title", label="Finalité"),
            Column(name="basis", label="Base légale", kind="word", words=words.BASES),
            Column(name="basis_reference", label="Texte ou contrat"),
            Column(name="family", label="Famille"),
            Column(name="id", label="Identifiant"),
        ),
    ),
    Section(
        name="references", title="Conditions de l’article 9 et textes invoqués", row="Texte", make=Invoked,
        columns=(
            Column(name="text", label="Texte"),
            Column(name="invoked_as", label="Invoqué comme", kind="word", words=words.INVOKED),
        ),
    ),
    Section(
        name="retention", title="Durées de conservation", row="Durée", make=Retention,
        columns=(
            Column(name="data", label="Données"),
            Column(name="duration", label="Durée (ISO 8601)", kind="duration"),
            Column(name="starts", label="Point de départ"),
            Column(name="fate", label="Sort final", kind="word", words=words.FATES),
            Column(name="condition", label="Condition"),
            Column(name="purpose", label="Finalité servie"),
            Column(name="justification", label="Justification"),
            Column(name="archives_agreement", label="Accord des archives publiques"),
            Column(name="table", label="Table mesurée"),
            Column(name="column", label="Colonne mesurée"),
            Column(name="applies_to", label="S’applique à", kind="word", words=words.APPLIES),
        ),
    ),
    Section(
        name="actors", title="Acteurs, rôles et accords (art. 26 et 28)", row="Acteur", make=Actor,
        columns=(
            Column(name="name", label="Nom"),
            Column(name="role", label="Rôle", kind="word", words=words.ROLES),
            Column(name="contact", label="Contact"),
            Column(name="agreement", label="Accord écrit"),
            Column(name="public_body", label="Organisme public", kind="flag"),
        ),
    ),
    Section(
        name="recipients", title="Destinataires nommés (art. 15(1)(c))", row="Destinataire", make=Recipient,
        columns=(
            Column(name="name", label="Nom"),
            Column(name="kind", label="Nature", kind="word", words=words.RECIPIENTS),
            Column(name="why", label="Pourquoi"),
            Column(name="accounts", label="Comptes de la base", kind="lines"),
        ),
    ),
    Section(
        name="transfers", title="Transferts (texte du registre)", row="Transfert", make=Transfer,
        columns=(
            Column(name="recipient", label="Destinataire"),
            Column(name="country", label="Pays"),
            Column(name="safeguards", label="Garanties"),
            Column(name="documents", label="Documents"),
        ),
    ),
    Section(name="persons", title="Personnes concernées (texte du registre)", row="Personnes", columns=_CATEGORY),
    Section(name="data_categories", title="Données (texte du registre)", row="Données", columns=_CATEGORY),
    Section(name="security", title="Mesures de sécurité (texte du registre)", row="Mesure", columns=(Column(name="", label="Mesure"),)),
    Section(
        name="covers", title="Tables et colonnes couvertes", row="Colonne",
        columns=(
            Column(name="table", label="Table"),
            Column(name="column", label="Colonne"),
            Column(name="category", label="Catégorie", kind="word", words=words.CATEGORIES),
            Column(name="state", label="État de la table", kind="word", words=words.STATES),
        ),
    ),
)  # fmt: skip
"""Tables, in the order they are drawn."""


def added(activity: Activity) -> tuple[list[tuple[Column, Value]], dict[str, list[list[Value]]]]:
    """Return the single values, each with its column, and the rows of each section. Empty text stands for nothing."""
    singles = [(column, _written(column, _single(activity, column.name))) for column in SINGLE]
    return singles, {section.name: [list(row) for row in _rows(activity, section)] for section in SECTIONS}


def recovered(
    bare: Activity, singles: Mapping[str, Value], tables: Mapping[str, Rows], note: Callable[[str, int, int, Text], None]
) -> Activity:
    """Return the activity that `added` was given, or what a person made of it.

    Args:
        bare: Carries what the official part alone holds: id, title and dates.
        singles: Value by name of `SINGLE`.
        tables: Rows by section, in the columns of the section.
        note: Told of each value that cannot be read: name of the section or of the single value, row, column, reason.
    """
    read = {column.name: _read(column, singles.get(column.name, ""), partial(note, column.name, 0, 0)) for column in SINGLE}
    values: dict[str, Any] = {name: read[name] or "" for name in ("dpo", "source_of_data", "rights", "automated_decision")}
    values |= {"ticketing": bool(read["ticketing"]), "pseudonymisation_domain": read["pseudonymisation_domain"] or ""}
    values["dpia"] = _nested(Dpia, "dpia", read, "status")
    values["pseudonymisation"] = _nested(Pseudonymisation, "pseudonymisation", read, "algorithm")
    for section in SECTIONS:
        items = tuple(_items(section, tables.get(section.name, ()), note))
        values[section.name] = items if section.name != "covers" else _coverage(items)
    if not values["transfers"]:
        values["transfers"] = {"none": "none", "listed": ()}.get(str(read["transfers"]))
    return replace(bare, **values)


def digest(singles: Mapping[str, Value], tables: Mapping[str, Rows]) -> str:
    """Return a digest of the additions as they read."""
    cells = {(0, rank): singles.get(column.name, "") for rank, column in enumerate(SINGLE)}
    for number, section in enumerate(SECTIONS, 1):
        for rank, row in enumerate(tables.get(section.name, ())):
            cells |= {(number, rank * len(section.columns) + place): value for place, value in enumerate(row)}
    return fingerprint(cells)


def _single(activity: Activity, name: str) -> Any:
    if name == "transfers":
        return "listed" if isinstance(activity.transfers, tuple) else activity.transfers
    value: Any = activity
    for part in name.split("."):
        value = None if value is None else getattr(value, part)
    return value


def _rows(activity: Activity, section: Section) -> Iterator[list[Value]]:
    held = getattr(activity, section.name)
    if section.name == "covers":
        for coverage in held:
            for column, category in coverage.columns.items() or [("", "")]:
                flat = {"table": coverage.table, "column": column, "category": category, "state": coverage.state}
                yield [_written(one, flat[one.name]) for one in section.columns]
    elif isinstance(held, tuple):
        for item in held:
            yield [_written(one, getattr(item, one.name) if section.make else item) for one in section.columns]


def _written(column: Column, value: Any) -> Value:
    """Write one value; nothing is the empty text."""
    if value is None or isinstance(value, date):
        return value or ""
    return _WRITERS[column.kind](column, value)


_EXPLICITLY_EMPTY: Final = packed([""])


def _as_text(column: Column, value: Any) -> str:
    # An algorithm left empty still says that the activity pseudonymises.
    return _EXPLICITLY_EMPTY if not value and column.name == "pseudonymisation.algorithm" else str(value)


_WRITERS: Final[Mapping[Kind, Callable[[Column, Any], str]]] = {
    "text": _as_text,
    "date": _as_text,
    "flag": lambda _, value: words.word(words.FLAGS, "true" if value else "false"),
    "word": lambda column, value: words.word(column.words, value) if value else "",
    "words": lambda column, value: "\n".join(words.word(column.words, one) for one in value),
    "lines": lambda _, value: packed(value),
    "duration": lambda _, value: str(value),
    "whole": lambda _, value: str(value),
}


_UNREAD: Final[Mapping[Kind, Text]] = {
    "date": said("ce n’est pas une date JJ/MM/AAAA", "not a date"),
    "duration": said("ce n’est pas une durée ISO 8601 (PT48H, P4M, P2Y)", "not an ISO 8601 duration (PT48H, P4M, P2Y)"),
    "flag": said("on attend Oui ou Non", "Oui or Non is expected"),
    "word": said("ce mot n’est pas dans la liste admise", "the word is not on the list"),
    "words": said("l’un de ces mots n’est pas dans la liste admise", "one of the words is not on the list"),
    "whole": said("ce n’est pas un nombre entier", "not a whole number"),
}
_NEEDED: Final = said("valeur indispensable absente : la ligne est laissée de côté", "a necessary value is missing: the row is left out")


def _read(column: Column, value: Value, refuse: Callable[[Text], None]) -> Any:
    """Read one value; None when the cell is empty or, once `refuse` is told, when it cannot be read."""
    if value == "":
        return None
    try:
        return _READERS[column.kind](column, value)
    except (ValueError, TypeError):
        refuse(_UNREAD[column.kind])
        return None


def _as_date(_: Column, value: Value) -> date:
    if not isinstance(value, date):
        raise TypeError
    return value


def _as_word(column: Column, value: Value) -> str:
    code = words.code_of(column.words, str(value))
    if code is None:
        raise ValueError
    return code


_READERS: Final[Mapping[Kind, Callable[[Column, Value], Any]]] = {
    "text": lambda _, value: "" if value == _EXPLICITLY_EMPTY else str(value),
    "date": _as_date,
    "duration": lambda _, value: Duration.parse(str(value)),
    "flag": lambda _, value: _as_word(Column(name="", label="", words=words.FLAGS), value) == "true",
    "word": _as_word,
    "words": lambda column, value: tuple(_as_word(column, one) for one in str(value).split("\n")),
    "lines": lambda _, value: unpacked(str(value)),
    "whole": lambda _, value: int(str(value)),
}


def _nested(make: type, prefix: str, read: Mapping[str, Any], needed: str) -> Any:
    values = {name.partition(".")[2]: value for name, value in read.items() if name.startswith(f"{prefix}.") and value is not None}
    return make(**values) if needed in values else None


def _items(section: Section, rows: Rows, note: Callable[[str, int, int, Text], None]) -> Iterator[Any]:
    for rank, row in enumerate(rows):
        values: dict[str, Any] = {}
        for place, column in enumerate(section.columns):
            read = _read(column, row[place], partial(note, section.name, rank, place))
            if read is not None:
                values[column.name] = read
        if section.name == "covers":
            if "column" in values and "category" not in values:
                note(section.name, rank, 2, _NEEDED)
                del values["column"]
            yield values
        elif section.make is None:
            yield values.get("", "")
        else:
            yield from _made(section, values, rank, note)


def _made(section: Section, values: dict[str, Any], rank: int, note: Callable[[str, int, int, Text], None]) -> Iterator[Any]:
    """Make the value of a row; a row without what its type cannot do without is told, not invented."""
    make = section.make
    assert make is not None  # noqa: S101 - the caller's own test, said to the type checker
    needed = {one.name for one in fields(make) if one.default is MISSING}
    for place, column in enumerate(section.columns):
        if column.name in needed and column.name not in values:
            if column.kind == "text":
                values[column.name] = ""
            else:
                note(section.name, rank, place, _NEEDED)
                return
    yield make(**values)


def _coverage(rows: Sequence[Mapping[str, Any]]) -> tuple[Coverage, ...]:
    tables: dict[str, tuple[dict[str, Any], Any]] = {}
    for row in rows:
        columns, _ = tables.setdefault(row.get("table", ""), ({}, row.get("state", "")))
        if "column" in row:
            columns[row["column"]] = row.get("category", "")
    return tuple(Coverage(table=table, columns=columns, state=state) for table, (columns, state) in tables.items())
