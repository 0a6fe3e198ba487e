"""The one document both forms of a scan are drawn from, and its machine-readable form (`poincon-scan/1`)."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from auditor.vocabulary.network import Identity
from auditor.vocabulary.outcomes import Checked, NotChecked, Outcome, Severity
from auditor.vocabulary.reading import AbsentSource
from auditor.vocabulary.scanned import Detection, ForeignTable, Gap, NotLooked, ObservedFile
from auditor.vocabulary.text import Text
from auditor.vocabulary.words import KINDS
from reports import typography as typo
from reports import values
from reports.evidence import Conclusion, FailOn, reaches
from reports.wording import filled

VERSION: Final = "1.0"
"""Version of the document's form: the second number grows when a field is added, the first when one changes meaning."""
OTHER_FORMAT: Final = "not a format that holds tables"
"""Reason of a file that is no data file: told, and not counted as something that failed."""


def _t(fr: str, en: str) -> Text:
    return Text(typo.spaced(fr), en)


DETECTORS: Final[Mapping[str, Text]] = {
    "card-number": _t("numéro de carte", "card number"),
    "nir": _t("numéro de sécurité sociale (NIR)", "social security number (NIR)"),
    "siren": _t("SIREN", "SIREN"),
    "siret": _t("SIRET", "SIRET"),
    "iban": _t("IBAN", "IBAN"),
    "pan": _t("carte bancaire (numéro)", "payment card number"),
    "cvv": _t("carte bancaire (cryptogramme)", "payment card code"),
    "phone": _t("téléphone", "telephone"),
    "email": _t("adresse électronique", "e-mail address"),
    "name": _t("nom de personne", "name of a person"),
    "birth-date": _t("date de naissance", "date of birth"),
    "postal-address": _t("adresse postale", "postal address"),
    "plate": _t("plaque d’immatriculation", "number plate"),
    "licence": _t("permis de conduire", "driving licence"),
    "ip-address": _t("adresse IP", "IP address"),
    "coordinates": _t("position précise", "precise position"),
    "free-text": _t("texte libre", "free text"),
    "risk-words-health": _t("mots sur la santé", "words on health"),
    "risk-words-origin": _t("mots sur l’origine", "words on origin"),
    "risk-words-opinion": _t("mots sur les opinions", "words on opinions"),
    "risk-words-judgement": _t("jugements sur la personne", "judgements on the person"),
    "sensitive-label": _t("libellé sensible", "telling label"),
    "md5": _t("empreinte MD5", "MD5 digest"),
    "sha1": _t("empreinte SHA-1", "SHA-1 digest"),
    "sha256": _t("empreinte SHA-256", "SHA-256 digest"),
    "sha512": _t("empreinte SHA-512", "SHA-512 digest"),
    "bcrypt": _t("mot de passe (bcrypt)", "password (bcrypt)"),
    "argon2": _t("mot de passe (Argon2)", "password (Argon2)"),
    "scrypt": _t("mot de passe (scrypt)", "password (scrypt)"),
    "pbkdf2": _t("mot de passe (PBKDF2)", "password (PBKDF2)"),
    "sequence": _t("jetons qui se suivent", "consecutive tokens"),
    "base64": _t("numéro de carte en base64", "card number in base64"),
    "hexadecimal": _t("numéro de carte en hexadécimal", "card number in hexadecimal"),
    "reversed-number": _t("numéro de carte à l’envers", "card number backwards"),
    "substitution": _t("numéro de carte chiffré par substitution", "card number in a substitution cipher"),
}
GAPS: Final[Mapping[str, Text]] = {
    **KINDS,
    "category-contradicted": _t("catégorie que le contenu contredit", "category that the content contradicts"),
    "orphan-export": _t("export oublié qui contient des numéros", "stray export that holds numbers"),
    "declared-not-mapped": _t("table déclarée que rien n’audite", "declared table that nothing audits"),
    "table-not-mapped": _t("table inconnue de la correspondance et du registre", "table unknown to the mapping and the register"),
    "type-drift": _t("valeurs d’un autre type que prévu", "values of another type than expected"),
    "key-repeated": _t("identifiant répété", "repeated identifier"),
}
SCHEMA_GAPS: Final = frozenset({"table-not-declared", "column-not-declared", "table-gone", "column-gone", "recipient-not-declared"})
"""Kinds of gap that the rule on concordance finds and a scan tells; terms are the audit's."""

_REASONS: Final = (
    (r"cannot be opened \((\w+)\)", r"ne peut pas être ouvert (\1)"),
    (r"empty", "fichier vide"),
    (
        r"protected by a password, or in the old format of Excel or Word",
        "protégé par un mot de passe, ou dans l’ancien format d’Excel ou de Word",
    ),
    (r"protected by a password", "protégé par un mot de passe"),
    (r"a SQLite database: declare it as a source in mapping\.yml", "base SQLite : à déclarer comme source dans mapping.yml"),
    (r"broken or not whole \((\w+)\)", r"abîmé ou incomplet (\1)"),
    (r"too large or too deep to be read", "trop gros ou trop imbriqué pour être lu"),
    (
        r"more than (\d+) GiB once unpacked: declare it as a source in mapping\.yml",
        r"plus de \1 Gio une fois décompressé : à déclarer comme source",
    ),
    (r"a JSON document of more than (\d+) MiB: .*", r"document JSON de plus de \1 Mio : à déclarer comme source, en Parquet"),
    (
        r"an archive that is neither an XLSX nor an ODS workbook: unpack it and scan again",
        "archive : à décompresser, puis relancer la recherche",
    ),
    (r"declares entities of its own, as no spreadsheet program writes", "déclare ses propres entités XML, ce qu’aucun tableur n’écrit"),
    (r"no column can be told apart", "aucune colonne ne s’y distingue"),
    (r"more columns than a table has", "trop de colonnes pour être une table"),
    (r"(\d+) lines could not be cut into columns", r"\1 lignes n’ont pas pu être découpées en colonnes"),
    (r"a link out of the folder, not followed", "lien hors du dossier, non suivi"),
    (r"a link inside the folder: its target is looked at", "lien interne au dossier : sa cible est examinée"),
    (r"not a file of data \(socket, pipe or device\)", "n’est pas un fichier de données (prise, tube ou périphérique)"),
    (r"there is no folder there", "il n’y a pas de dossier à cet endroit"),
    (r"the folder cannot be listed \((\w+)\)", r"le dossier ne peut pas être parcouru (\1)"),
    (r"this account has no right to read it", "ce compte n’a pas le droit de la lire"),
    (r"the catalogue could not be read \((\w+)\)", r"le catalogue n’a pas pu être lu (\1)"),
    (r"its definition cannot be read \((\w+)\)", r"sa définition ne peut pas être lue (\1)"),
    (r"a column of (.+) is not read", r"une colonne de type \1 n’est pas lue"),
    (OTHER_FORMAT, "format qui ne contient pas de table"),
)
_KNOWN: Final = tuple((re.compile(english), typo.spaced(french)) for english, french in _REASONS)
_HARMLESS: Final = frozenset({OTHER_FORMAT, "a link inside the folder: its target is looked at", "empty"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanEvidence:
    """Everything a scan established, and under which conditions."""

    tool_version: str
    identity: Identity
    as_of: datetime
    """UTC, without an offset."""
    input_digest: str
    tables: int
    columns: int
    rows: int
    """Rows kept by the reading of the sources."""
    sample: int | None
    """About how many distinct values of a column were read; None: all of them."""
    folders: tuple[str, ...] = ()
    detections: tuple[Detection, ...] = ()
    files: tuple[ObservedFile, ...] = ()
    foreign: tuple[ForeignTable, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()
    absent: tuple[AbsentSource, ...] = ()
    fail_on: FailOn = "major"

    @property
    def missed(self) -> tuple[NotLooked, ...]:
        """Everything that could not be looked at, unread files and absent sources included."""
        files = (NotLooked(what=one.path, reason=one.unread) for one in self.files if one.unread and one.unread not in _HARMLESS)
        sources = (NotLooked(what=one.source, reason=one.reason) for one in self.absent)
        return (*sources, *self.not_looked, *files)

    @property
    def conclusion(self) -> Conclusion:
        """What the scan comes to, at the alert threshold of the network."""
        if any(reaches(one.severity, self.fail_on) for one in self.gaps):
            return Conclusion.FINDINGS_AND_INCOMPLETE if self.missed else Conclusion.FINDINGS
        if self.missed:
            return Conclusion.INCOMPLETE
        return Conclusion.BELOW_THRESHOLD if self.gaps else Conclusion.NOTHING_FOUND

    @property
    def exit_code(self) -> int:
        """0 nothing at or above the threshold, 1 gaps, 3 something could not be looked at, which outranks 1."""
        return 3 if self.missed else int(self.conclusion is Conclusion.FINDINGS)


def concordance(outcome: Outcome) -> tuple[Gap, ...]:
    """Return the gaps of schema and grants that the rule on concordance found."""
    found = outcome.answer.findings if isinstance(outcome.answer, Checked) else ()
    gaps = []
    for one in found:
        kind = str(one.evidence.get("kind", ""))
        if kind not in SCHEMA_GAPS:
            continue
        place = one.place
        facts = {"activity": place.activity, "table": place.table, "column": place.column, "file": place.file, **one.evidence}
        sentence = outcome.rule.sentence(one)
        gaps.append(
            Gap(
                kind=kind,
                severity=outcome.rule.severity,
                said=Text(filled(sentence, facts, "fr"), filled(sentence, facts, "en")),
                table=place.table,
                column=place.column,
                activity=place.activity,
                file=place.file,
                line=place.line,
            )
        )
    return tuple(gaps)


def unasked(outcome: Outcome) -> tuple[NotLooked, ...]:
    """Say why the rule on concordance could not be asked, if it could not."""
    return (NotLooked(what=outcome.rule.id, reason=outcome.answer.reason),) if isinstance(outcome.answer, NotChecked) else ()


def ordered(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return gaps worst first, then by kind and place; one that is told twice is told once."""
    found = sorted(gaps, key=lambda gap: (-gap.severity.rank, gap.kind, gap.table, gap.column, gap.file, gap.line or 0, gap.activity))
    return tuple(dict.fromkeys(found))


def reason(text: str, lang: str) -> str:
    """Say why something was not looked at."""
    if lang == "en":
        return text
    parts = []
    for part in text.split("; "):
        known = next((pattern.sub(french, part) for pattern, french in _KNOWN if pattern.fullmatch(part)), None)
        parts.append(known if known is not None else values.reason(part, lang)[0])
    return f"{typo.NBSP}; ".join(parts)


def odds(probability: float, lang: str) -> str:
    """Write the probability of an accident as people read it: 5 %, 1 sur 2 000, ≤ 10⁻¹²."""
    if probability >= 0.01:  # noqa: PLR2004 - a percentage reads better
        return typo.percent(probability, lang)
    power = min(15, math.floor(-math.log10(probability)))
    if power < 6:  # noqa: PLR2004 - six digits are still read at a glance
        return f"1{typo.NBSP}{'in' if lang == 'en' else 'sur'}{typo.NBSP}{typo.whole(round(1 / probability), lang)}"
    small = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(power))
    return f"≤{typo.NBSP}10⁻{small}"


def scan_json(evidence: ScanEvidence) -> str:
    """Write a whole scan as `poincon-scan/1`. Deterministic: same evidence, same bytes."""
    document = {
        "schema": "poincon-scan/1",
        "version": VERSION,
        "tool": {"name": "poincon", "version": evidence.tool_version},
        "network": asdict(evidence.identity),
        "as_of": _instant(evidence.as_of),
        "input_digest": evidence.input_digest,
        "fail_on": evidence.fail_on,
        "sample": evidence.sample,
        "folders": list(evidence.folders),
        "summary": {
            "conclusion": evidence.conclusion.value,
            "exit_code": evidence.exit_code,
            "tables": evidence.tables,
            "columns": evidence.columns,
            "rows": evidence.rows,
            "detections": len(evidence.detections),
            "certain": sum(one.certain for one in evidence.detections),
            "gaps": {severity.value: sum(gap.severity is severity for gap in evidence.gaps) for severity in Severity},
            "not_looked": len(evidence.missed),
        },
        "detections": [_jsonable(one) for one in evidence.detections],
        "files": [_jsonable(one) for one in evidence.files],
        "unmapped_tables": [_jsonable(one) for one in evidence.foreign],
        "gaps": [_jsonable(one) for one in evidence.gaps],
        "not_looked": [_jsonable(one) for one in evidence.missed],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n"


def _jsonable(value: Detection | ObservedFile | ForeignTable | Gap | NotLooked) -> dict[str, Any]:
    return {name: _plain(part) for name, part in asdict(value).items()}


def _plain(part: object) -> object:
    if isinstance(part, datetime):
        return _instant(part)
    if isinstance(part, Severity):
        return part.value
    return list(part) if isinstance(part, tuple) else part


def _instant(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
