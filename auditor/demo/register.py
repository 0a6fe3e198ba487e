"""The register of the demonstration, its planted faults, and what it declares of the tables that were written."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from auditor.demo.faults import AGENTS, FAULTS
from auditor.demo.journal import Right
from auditor.demo.options import AS_OF
from auditor.demo.truth import Planted
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import UsageProblem

_NOTICE: Final = "# Fiche de la démonstration\N{NO-BREAK SPACE}: elle contient des écarts volontaires, énumérés dans truth.json.\n"
UNDECLARED_ACCOUNT: Final = "prestataire_marketing"
"""The database account that no sheet declares."""
_READ_BY_STRANGER: Final = "gestion.clients"
_WRITER: Final = "collecteur_journaux"
"""The account that writes the journal, and is not in it."""
_ELSEWHERE: Final = ((_WRITER, "journal.acces", "INSERT"), ("snm", "gestion.tarifs", "SELECT"))
"""Privileges that no coverage explains, in both twins: writing the journal, and reading the fares."""
_CROSSED: Final = (
    (UNDECLARED_ACCOUNT, _READ_BY_STRANGER, "SELECT"),
    ("guichet", "gestion.clients", "SELECT"),
    ("guichet", "valideurs", "SELECT"),
    ("guichet", "archives.ventes", "SELECT"),
    ("etudes", "gestion.contrats", "SELECT"),
    ("etudes", "gestion.correspondances", "SELECT"),
    ("administration", "journal.acces", "DELETE"),
    ("snm", "valideurs", "SELECT"),
)
"""The planted privileges: roles that no longer keep apart what must be."""
_CROSSINGS: Final = (
    ("BIL-RET-VALID-USAGE", "granted-outside-fraud", "valideurs", "guichet"),
    ("BIL-RET-VALID-USAGE", "granted-outside-fraud", "valideurs", "snm"),
    ("BIL-RET-ARCHIVE-SEP", "account-on-both", "archives.ventes", "guichet"),
    ("TRA-SNM", "service-reads-taps", "valideurs", "Service numérique multimodal (exemple)"),
    ("BIL-DEST-GUICHET", "may-join-people-and-trips", "valideurs", "guichet"),
    ("BIL-DEST-GUICHET", "read-people-and-trips", "valideurs", "relation_client"),
    ("BIL-SAV-LIEN", "link-open-to-analysts", "gestion.contrats", "etudes"),
    ("BIL-SAV-LIEN", "link-open-to-analysts", "gestion.correspondances", "etudes"),
    ("RGPD-PSE-SEPARATION", "account-on-both-sides", "gestion.correspondances", "etudes"),
    ("BIL-DEST-LISTE", "account-not-declared", "gestion.clients", UNDECLARED_ACCOUNT),
    ("BIL-DEST-LISTE", "account-beyond-its-activity", "archives.ventes", "guichet"),
    ("BIL-DEST-LISTE", "account-beyond-its-activity", "gestion.clients", "guichet"),
    ("BIL-DEST-LISTE", "account-beyond-its-activity", "valideurs", "guichet"),
    ("BIL-DEST-LISTE", "account-beyond-its-activity", "gestion.contrats", "etudes"),
    ("BIL-DEST-LISTE", "account-beyond-its-activity", "journal.acces", "administration"),
    ("BIL-DEST-LISTE", "account-beyond-its-activity", "valideurs", "snm"),
    ("SEC-JOURNAL-CONTENU", "right-without-trace", "gestion.clients", "guichet"),
    ("SEC-JOURNAL-CONTENU", "right-without-trace", "gestion.clients", UNDECLARED_ACCOUNT),
    ("SEC-JOURNAL-CONTENU", "log-writable-by-its-subjects", "journal.acces", "administration"),
)
"""What the planted privileges let an audit see: rule, kind, table, and who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was written, as the register is compared with it."""

    columns: Mapping[str, tuple[str, ...]]
    """Raw columns by physical table."""
    oldest: Mapping[tuple[str, str], str | None]
    """Oldest value by table and column, ISO 8601, UTC."""


@cache
def _read(text: str) -> Any:
    """Read one sheet, once; nobody changes what is returned."""
    return yaml.safe_load(text)


@dataclass(frozen=True, slots=True)
class DemoRegister:
    """Register files by name, with what they say once read."""

    files: Mapping[str, str]

    def _sheets(self) -> dict[str, Any]:
        return {name: _read(text) for name, text in self.files.items()}

    def _items(self, key: str) -> list[dict[str, Any]]:
        return [item for sheet in self._sheets().values() for item in sheet.get(key) or ()]

    def statistics_purpose(self) -> str:
        """Return the id of a purpose that releases of counts may serve."""
        for purpose in self._items("purposes"):
            if purpose.get("family") == "statistiques":
                return str(purpose["id"])
        raise _unusable("a purpose of the family statistiques")

    def grants(self, *, clean: bool) -> list[tuple[str, str, str]]:
        """Return the privileges that the declared recipients need (each account reads what its activity covers), and the planted ones."""
        granted = {
            (account, covered["table"], "SELECT")
            for sheet in self._sheets().values()
            for recipient in sheet.get("recipients") or ()
            for account in recipient.get("accounts") or ()
            for covered in sheet.get("covers") or ()
        }
        return sorted({*granted, *_ELSEWHERE, *(() if clean else _CROSSED)})

    def accounts(self) -> list[str]:
        """Return the accounts of the declared recipients."""
        return sorted({account for recipient in self._items("recipients") for account in recipient.get("accounts") or ()})

    def rights(self) -> list[Right]:
        """Return who reads which table, and for the first declared purpose of the activity that covers it."""
        found = {
            Right(account=account, table=covered["table"], purpose=str(sheet["purposes"][0]["id"]))
            for sheet in self._sheets().values()
            for recipient in sheet.get("recipients") or ()
            for account in recipient.get("accounts") or ()
            if account != _WRITER
            for covered in sheet.get("covers") or ()
        }
        return sorted(found, key=lambda right: (right.account, right.table))

    def measured(self) -> list[tuple[str, str]]:
        """Return the tables and columns on which a retention is measured."""
        pairs = [(one.get("table", ""), one.get("column", "")) for one in self._items("retention")]
        return [(table, column) for table, column in pairs if table and column]

    def faulty(self) -> tuple["DemoRegister", tuple[Planted, ...]]:
        """Return the register with its planted faults, and their list."""
        sheets = {str(sheet.get("id")): (name, deepcopy(sheet)) for name, sheet in self._sheets().items()}
        planted: list[Planted] = []
        for fault in FAULTS:
            if fault.activity not in sheets:
                raise _unusable(f"the activity {fault.activity}")
            name, sheet = sheets[fault.activity]
            fault.spoil(sheet)
            planted += fault.planted(f"registre/{name}")
        spoiled = {sheets[fault.activity][0]: sheets[fault.activity][1] for fault in FAULTS}
        texts = {name: yaml.safe_dump(sheet, allow_unicode=True, sort_keys=False, width=110) for name, sheet in spoiled.items()}
        return DemoRegister({**self.files, **{name: _NOTICE + text for name, text in texts.items()}}), tuple(planted)

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
                figures = {"column": column, "declared": str(Duration.parse(retention["duration"])), "oldest": oldest[:10]}
                found.append(_gap("older-than-declared", table, figures))
        return found

    def _strangers(self) -> list[Planted]:
        found = [_gap("recipient-not-declared", _READ_BY_STRANGER, {"recipient": UNDECLARED_ACCOUNT})]
        found += [
            Planted(rule=rule, kind=kind, table=table, figures={"recipient": recipient}) for rule, kind, table, recipient in _CROSSINGS
        ]
        crowd = {"accounts": AGENTS}
        return [*found, Planted(rule="TRA-FRAUDE-L2241-2-1", kind="too-many-accounts", table="contraventions.pv", figures=crowd)]


def _columns(declared: Mapping[str, tuple[str, ...]], observed: Observed) -> list[Planted]:
    found = []
    for table, columns in sorted(observed.columns.items()):
        if table not in declared:
            found.append(_gap("table-not-declared", table, {"held": len(columns)}))
            found.append(Planted(rule="BIL-PERIM-FINALITES", kind="table-without-activity", table=table, figures={}))
            continue
        known = declared[table]
        for kind, names in (
            ("column-not-declared", [name for name in columns if name not in known]),
            ("column-gone", [name for name in known if name not in columns]),
        ):
            if names:
                found.append(_gap(kind, table, {"columns": tuple(sorted(names))}))
    return found


def _gap(kind: str, table: str, figures: Mapping[str, Any]) -> Planted:
    return Planted(rule="REG-CONCORDANCE", kind=kind, table=table, figures=figures)


def _unusable(what: str) -> UsageProblem:
    return UsageProblem(
        f"The register given to the demonstration lacks {what}.",
        "The demonstration plants its faults in the starter register, and its releases serve one of its purposes.",
        "Give the files of the starter register.",
    )
