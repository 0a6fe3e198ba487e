"""The register of the demonstration, its planted faults, and what it declares of the tables that were written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from auditor.demo.options import AS_OF
from auditor.demo.truth import Planted
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import UsageProblem

_NOTICE: Final = "# Fiche de la démonstration\N{NO-BREAK SPACE}: elle contient des écarts volontaires, énumérés dans truth.json.\n"
UNDECLARED_ACCOUNT: Final = "prestataire_marketing"
"""The database account that no sheet declares."""
_READ_BY_STRANGER: Final = "gestion.clients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was written, as the register is compared with it."""

    columns: Mapping[str, tuple[str, ...]]
    """Raw columns by physical table."""
    oldest: Mapping[tuple[str, str], str | None]
    """Oldest value by table and column, ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class DemoRegister:
    """Register files by name, with what they say once read."""

    files: Mapping[str, str]

    def _sheets(self) -> dict[str, Any]:
        return {name: yaml.safe_load(text) for name, text in self.files.items()}

    def _items(self, key: str) -> list[dict[str, Any]]:
        return [item for sheet in self._sheets().values() for item in sheet.get(key) or ()]

    def statistics_purpose(self) -> str:
        """Return the id of a purpose that releases of counts may serve."""
        for purpose in self._items("purposes"):
            if purpose.get("family") == "statistiques":
                return str(purpose["id"])
        raise _unusable("a purpose of the family statistiques")

    def grants(self) -> list[tuple[str, str, str]]:
        """Return the privileges that the declared recipients need: each account reads what its activity covers."""
        granted = {
            (account, covered["table"], "SELECT")
            for sheet in self._sheets().values()
            for recipient in sheet.get("recipients") or ()
            for account in recipient.get("accounts") or ()
            for covered in sheet.get("covers") or ()
        }
        return sorted(granted)

    def measured(self) -> list[tuple[str, str]]:
        """Return the tables and columns on which a retention is measured."""
        pairs = [(one.get("table", ""), one.get("column", "")) for one in self._items("retention")]
        return [(table, column) for table, column in pairs if table and column]

    def faulty(self) -> tuple["DemoRegister", tuple[Planted, ...]]:
        """Return the register with its planted faults, and their list."""
        files, planted = dict(self.files), []
        for activity, plant in _FAULTS:
            name = self._file_of(activity)
            sheet = yaml.safe_load(files[name])
            planted.append(plant(sheet, f"registre/{name}"))
            files[name] = _NOTICE + yaml.safe_dump(sheet, allow_unicode=True, sort_keys=False, width=110)
        return DemoRegister(files), tuple(planted)

    def _file_of(self, activity: str) -> str:
        for name, sheet in self._sheets().items():
            if sheet.get("id") == activity:
                return name
        raise _unusable(f"the activity {activity}")

    def gaps(self, observed: Observed) -> tuple[Planted, ...]:
        """List where the tables that were written and the register disagree."""
        declared = {covered["table"]: tuple(covered["columns"]) for covered in self._items("covers")}
        return (*_columns(declared, observed), *self._overstayed(observed), *self._strangers())

    def _overstayed(self, observed: Observed) -> list[Planted]:
        found = []
        for retention in self._items("retention"):
            table, column = retention.get("table", ""), retention.get("column", "")
            oldest = observed.oldest.get((table, column))
            limit = Duration.parse(retention["duration"]).before(AS_OF).isoformat()
            if oldest is not None and oldest < limit:
                figures = {"column": column, "declared": str(retention["duration"]), "oldest": oldest[:10]}
                found.append(_gap("older-than-declared", table, figures))
        return found

    def _strangers(self) -> list[Planted]:
        return [_gap("recipient-not-declared", _READ_BY_STRANGER, {"accounts": 1})]


def _columns(declared: Mapping[str, tuple[str, ...]], observed: Observed) -> list[Planted]:
    found = []
    for table, columns in sorted(observed.columns.items()):
        known = declared.get(table, ())
        for kind, names in (
            ("column-not-declared", [name for name in columns if name not in known]),
            ("column-gone", [name for name in known if name not in columns]),
        ):
            if names:
                found.append(_gap(kind, table, {"columns": tuple(sorted(names))}))
    return found


def _gap(kind: str, table: str, figures: Mapping[str, Any]) -> Planted:
    return Planted(rule="REG-CONCORDANCE", kind=kind, table=table, figures=figures)


def _as_legal_basis(sheet: dict[str, Any], file: str) -> Planted:
    others = [one for one in sheet.get("references") or () if one["text"] != "AU-015"]
    sheet["references"] = [{"text": "AU-015", "invoked_as": "legal-basis"}, *others]
    return Planted(rule="BIL-STAT-AU015", kind="legal-basis", figures={"activity": sheet["id"], "file": file, "activities": 1})


def _unknown_family(sheet: dict[str, Any], file: str) -> Planted:
    purpose = {
        "id": "ciblage-publicitaire",
        "title": "Cibler des publicités d’après les trajets",
        "family": "publicite",
        "basis": "legitimate-interests",
        "basis_reference": "Intérêt commercial de l’exploitant",
    }
    sheet["purposes"] = [*(sheet.get("purposes") or ()), purpose]
    figures = {"activity": sheet["id"], "file": file, "purposes": 1}
    return Planted(rule="BIL-PERIM-FINALITES", kind="purpose-family-unknown", figures=figures)


def _silent(sheet: dict[str, Any], file: str) -> Planted:
    for name in ("transfers", "security"):
        sheet.pop(name, None)
    figures = {"activity": sheet["id"], "file": file, "articles": ("30(1)(e)", "30(1)(g)"), "fields": ("transfers", "security")}
    return Planted(rule="REG-CHAMPS", kind="missing-fields", figures=figures)


def _unfinished(sheet: dict[str, Any], file: str) -> Planted:
    sheet["dpia"] = {"status": "in-progress", "reason": "Analyse engagée, non validée"}
    return Planted(rule="AIPD-OBLIG", kind="assessment-not-done", figures={"activity": sheet["id"], "file": file, "activities": 1})


_FAULTS: Final[tuple[tuple[str, Callable[[dict[str, Any], str], Planted]], ...]] = (
    ("validations-fraude", _as_legal_basis),
    ("relation-client", _unknown_family),
    ("impayes-opposition", _silent),
    ("postpaiement", _unfinished),
)


def _unusable(what: str) -> UsageProblem:
    return UsageProblem(
        f"The register given to the demonstration lacks {what}.",
        "The demonstration plants its faults in the starter register, and its releases serve one of its purposes.",
        "Give the files of the starter register.",
    )
