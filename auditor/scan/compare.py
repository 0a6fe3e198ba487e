"""The register against the contents: categories that the rows contradict, keys that repeat, values of another type, exports.

What the register and the schema do not tell alike is asked by the audit's own rule on concordance, and not written here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from auditor.engine.base import Engine, Relation
from auditor.scan.databases import Inventory
from auditor.scan.files import exports
from auditor.sources import OpenNetwork
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.register import Category
from auditor.vocabulary.scanned import Detection, ForeignTable, Gap, ObservedFile
from auditor.vocabulary.schema import TABLES, Kind
from auditor.vocabulary.text import said

_DIRECT: Final = frozenset({"direct-identifier"})
_PERSONAL: Final = frozenset({"direct-identifier", "pseudonym", "quasi-identifier", "sensitive", "free-text"})
_TOKEN: Final = frozenset({"pseudonym", "direct-identifier"})
ADMITTED: Final[Mapping[str, frozenset[str]]] = {
    "card-number": _DIRECT,
    "nir": _DIRECT | {"sensitive"},
    "iban": _DIRECT | {"sensitive"},
    "pan": _DIRECT | {"sensitive"},
    "cvv": _DIRECT | {"sensitive"},
    "phone": _DIRECT | {"free-text"},
    "email": _DIRECT | {"free-text"},
    "name": _DIRECT | {"free-text"},
    "postal-address": _DIRECT | {"quasi-identifier", "free-text"},
    "birth-date": _PERSONAL,
    "plate": _PERSONAL,
    "licence": _DIRECT | {"sensitive"},
    "ip-address": _PERSONAL,
    "coordinates": _PERSONAL,
    "free-text": frozenset({"free-text", "sensitive", "direct-identifier"}),
    "risk-words-health": frozenset({"sensitive", "free-text"}),
    "risk-words-origin": frozenset({"sensitive", "free-text"}),
    "risk-words-opinion": frozenset({"sensitive", "free-text"}),
    "risk-words-judgement": frozenset({"sensitive", "free-text"}),
    "sensitive-label": frozenset({"sensitive", "quasi-identifier", "free-text"}),
    "sequence": _TOKEN,
    **dict.fromkeys(("md5", "sha1", "sha256", "sha512"), _TOKEN),
    **dict.fromkeys(("base64", "hexadecimal", "reversed-number", "substitution"), _DIRECT),
}
"""Categories of the register that each content agrees with. A SIREN or a SIRET is not in itself about a person; a stored
password is what it should be: technical. A digest speaks of persons once card numbers were found behind it."""
_DIGESTS: Final = frozenset({"md5", "sha1", "sha256", "sha512"})

_IDENTITIES: Final = {"cards": "card", "customers": "customer", "contracts": "contract", "sales": "sale"}
"""Canonical tables where a key names one row of a store."""
_TYPED: Final = frozenset({Kind.KEY, Kind.INSTANT, Kind.DATE, Kind.NUMBER, Kind.WHOLE, Kind.FLAG})


def contradicted(engine: Engine, detections: Iterable[Detection], declared_columns: Relation) -> Iterator[Gap]:
    """Yield the columns whose declared category the content contradicts; only what is certain contradicts anybody."""
    declared: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in engine.rows(declared_columns):
        declared.setdefault((row["table"], row["column"]), []).append(row)
    for one in detections:
        admitted = ADMITTED.get(one.detector)
        if not one.certain or admitted is None or (one.detector in _DIGESTS and not one.recovered):
            continue
        for row in declared.get((one.table, one.column), ()):
            category: Category = row["category"]
            if category not in admitted:
                yield Gap(
                    kind="category-contradicted",
                    severity=Severity.MAJOR,
                    said=said(
                        f"déclarée « {_CATEGORIES[category][0]} », elle contient : {one.why.fr}",
                        f"declared “{_CATEGORIES[category][1]}”, it holds: {one.why.en}",
                    ),
                    table=one.table,
                    column=one.column,
                    activity=row["activity"],
                    file=row["file"],
                    line=row["line"],
                )


_CATEGORIES: Final[Mapping[str, tuple[str, str]]] = {
    "direct-identifier": ("identifiant direct", "direct identifier"),
    "pseudonym": ("pseudonyme", "pseudonym"),
    "quasi-identifier": ("quasi-identifiant", "quasi-identifier"),
    "sensitive": ("donnée sensible", "sensitive"),
    "free-text": ("texte libre", "free text"),
    "technical": ("donnée technique", "technical"),
    "none": ("non personnelle", "not personal"),
}


def drifted(engine: Engine, network: OpenNetwork) -> Iterator[Gap]:
    """Yield the columns whose values are not of the type the mapping expects, and the keys that name several rows."""
    for feed, report in zip(network.feeds, network.reports, strict=True):
        for name, rows in report.unreadable.items():
            column = TABLES[report.table].columns[name]
            if column.kind in _TYPED and rows:
                raw = feed.reads[name].raw
                yield _drift("type-drift", report.physical, raw[0] if raw else name, _type_sentence(rows, report.rows_kept, column.kind))
    for table, key in _IDENTITIES.items():
        if table not in network.relations:
            continue
        rows = network.relations[table]
        held = rows.filter(rows[key].notnull())
        counted = held.group_by(["physical"]).agg(rows=held.count(), keys=held[key].nunique())
        for row in engine.rows(counted.filter(counted.rows > counted["keys"]).order_by("physical")):
            yield _drift("key-repeated", row["physical"], _raw_name(network, table, key, row["physical"]), _key_sentence(row))


def _raw_name(network: OpenNetwork, table: str, key: str, physical: str) -> str:
    found = (
        feed.reads[key].raw for feed in network.feeds if feed.raw.physical == physical and feed.table.name == table and key in feed.reads
    )
    return next((raw[0] for raw in found if raw), key)


def _drift(kind: str, table: str, column: str, sentence: tuple[str, str]) -> Gap:
    return Gap(kind=kind, severity=Severity.MINOR, said=said(*sentence), table=table, column=column)


def _type_sentence(rows: int, kept: int, kind: Kind) -> tuple[str, str]:
    expected = {
        Kind.KEY: ("un identifiant de la forme déclarée", "an identifier of the declared form"),
        Kind.INSTANT: ("un instant", "a moment"),
        Kind.DATE: ("une date", "a date"),
        Kind.NUMBER: ("un nombre", "a number"),
        Kind.WHOLE: ("un nombre entier", "a whole number"),
        Kind.FLAG: ("un oui ou un non", "a yes or a no"),
    }[kind]
    return (
        f"{rows} valeurs sur {kept} lignes ne se lisent pas comme {expected[0]}, que la correspondance attend",
        f"{rows} values in {kept} rows do not read as {expected[1]}, which the mapping expects",
    )


def _key_sentence(row: Mapping[str, Any]) -> tuple[str, str]:
    extra = int(row["rows"]) - int(row["keys"])
    return (
        f"{extra} lignes répètent un identifiant qui devrait n’en désigner qu’une ({row['rows']} lignes, {row['keys']} identifiants)",
        f"{extra} rows repeat an identifier that should name one of them only ({row['rows']} rows, {row['keys']} identifiers)",
    )


def lying_about(files: Sequence[ObservedFile]) -> Iterator[Gap]:
    """Yield the files that hold card or customer numbers and that nobody declared."""
    for one in exports(files):
        open_to_all = (
            said(" ; tout compte de la machine peut le lire", "; any account of the machine may read it") if one.readable_by_all else None
        )
        counted = said(
            f"{one.card_numbers} numéros de carte et {one.customer_numbers} numéros de client distincts, dans un fichier qui n’est ni "
            "une source "
            f"déclarée ni une publication (modifié le {one.modified_at:%d/%m/%Y})",
            f"{one.card_numbers} distinct card numbers and {one.customer_numbers} customer numbers, in a file that is neither a declared "
            "source "
            f"nor a release (modified on {one.modified_at:%Y-%m-%d})",
        )
        yield Gap(
            kind="orphan-export",
            severity=Severity.BLOCKING if one.readable_by_all else Severity.MAJOR,
            said=said(counted.fr + open_to_all.fr, counted.en + open_to_all.en) if open_to_all else counted,
            file=one.path,
        )


def unmapped(found: Inventory) -> Iterator[Gap]:
    """Yield the tables and views of a declared database that nothing here audits."""
    for one in found.foreign:
        yield _declared_unmapped(one) if one.declared else _unknown(one)


def _declared_unmapped(one: ForeignTable) -> Gap:
    sentence = (
        "le registre la déclare, elle existe, et aucune correspondance ne permet de l’auditer",
        "declared and there, but no mapping lets it be audited",
    )
    return Gap(kind="declared-not-mapped", severity=Severity.MAJOR, said=said(*sentence), table=one.table)


def _unknown(one: ForeignTable) -> Gap:
    what = ("vue", "view") if one.kind == "view" else ("table", "table")
    return Gap(
        kind="table-not-mapped",
        severity=Severity.MINOR if one.kind == "view" else Severity.MAJOR,
        said=said(
            f"{what[0]} de {one.columns} colonnes que ni la correspondance ni le registre ne connaissent : son contenu n’a pas été lu",
            f"{what[1]} of {one.columns} columns that neither the mapping nor the register knows: its content was not read",
        ),
        table=one.table,
    )


def strangers(engine: Engine, found: Inventory, declared_recipients: Relation, personal: Collection[str]) -> Iterator[Gap]:
    """Yield the server's roles that may read a table of personal data and belong to no declared recipient; one gap per role."""
    accounts = {row["account"] for row in engine.rows(declared_recipients) if row["account"]}
    read: dict[str, list[str]] = {}
    for table, roles in sorted(found.readers.items()):
        for role in roles:
            if role not in accounts and table in personal:
                read.setdefault(role, []).append(table)
    for role, tables in sorted(read.items()):
        others = f" (+{len(tables) - 1})" if len(tables) > 1 else ""
        yield Gap(
            kind="recipient-not-declared",
            severity=Severity.MAJOR,
            said=said(
                f"le rôle {role} du serveur peut lire {len(tables)} tables{others and ' '}dont celle-ci, et n’est déclaré chez aucun "
                "destinataire",
                f"the server’s role {role} may read {len(tables)} tables, this one among them, and belongs to no declared recipient",
            ),
            table=tables[0],
        )
