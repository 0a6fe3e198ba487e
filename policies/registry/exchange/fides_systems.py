"""Systems of a fideslang file as activities: what each field says, and a remark for what it does not say or says otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from auditor.vocabulary.fides import META, TAG, THIRD_PARTY
from auditor.vocabulary.register import Activity, Actor, Coverage, Dpia, Recipient, Transfer
from auditor.vocabulary.register_words import ASSESSMENTS, RECIPIENTS, code_of, folded
from auditor.vocabulary.text import Text, said
from policies.registry.exchange.fides_datasets import Dataset
from policies.registry.exchange.fides_declarations import Declarations, conditions, named, read_purpose, retention
from policies.registry.exchange.fides_file import Source
from policies.registry.exchange.naming import identifier, usable

_SYSTEM: Final = {
    **dict.fromkeys(
        ("description", "tags", "fidesctl_meta", "vendor_id", "previous_vendor_id", "vendor_deleted_date", "privacy_policy", "cookies",
         "reason_for_exemption", "legal_basis_for_profiling", "cookie_max_age_seconds", "legitimate_interest_disclosure_url"),
        "",
    ),
    "administrating_department": "not defined", "processes_personal_data": "true", "exempt_from_privacy_regulations": "false",
    "uses_profiling": "false", "uses_cookies": "false", "cookie_refresh": "false", "uses_non_cookie_access": "false",
    "system_type": "traitement",
}  # fmt: skip
"""Fields of a system without a place in the register, with the value that says nothing."""
_SYSTEM_READ: Final = frozenset({
    "fides_key", "organization_fides_key", "name", "meta", "privacy_declarations", "egress", "ingress", "dataset_references",
    "does_international_transfers", "legal_basis_for_transfers", "requires_data_protection_assessments", "dpa_location", "dpa_progress",
    "responsibility", "legal_name", "legal_address", "dpo", "joint_controller_info", "data_security_practices",
})  # fmt: skip
_RESPONSIBILITIES: Final = {"Controller": "controller", "Processor": "processor", "Sub-Processor": "processor"}
_PROGRESS: Final = {
    "complete": "done", "completed": "done", "approved": "done",
    "in progress": "in-progress", "started": "in-progress", "draft": "in-progress",
}  # fmt: skip

_NO_NAME: Final = said("système sans nom : sa clé sert de titre", "a system without a name: its key serves as the title")
_NEW_ID: Final = said("la clé a été récrite pour servir d’identifiant", "the key was rewritten to serve as an id")
_NO_PURPOSE: Final = said("système sans déclaration : aucune finalité n’est dite", "a system without a declaration: no purpose is said")
_KIND: Final = said(
    "destinataire dont Fides ne dit pas la nature : inscrit comme partenaire, à confirmer",
    "a recipient whose kind Fides does not say: entered as a partner, to be confirmed",
)
_TO_USER: Final = said(
    "flux vers la personne elle-même : elle n’est pas un destinataire", "a flow to the persons themselves: not a recipient"
)
_FROM: Final = said(
    "source des données reprise des flux entrants : à confirmer", "source of the data taken from the ingress: to be confirmed"
)
_NO_FLOW: Final = said(
    "flux nommé par une déclaration, que le système ne déclare pas", "a flow named by a declaration and not declared on the system"
)
_NO_DATASET: Final = said("ensemble de données absent du fichier", "a data set that is not in the file")
_DEFAULT_FALSE: Final = said(
    "« false » est la valeur par défaut de Fides : elle ne suffit pas à déclarer qu’il n’y en a pas",
    "“false” is the default of Fides: not enough to declare that there is none",
)
_TRANSFERS: Final = said(
    "transferts déclarés sans pays ni destinataire : à compléter", "transfers declared without a country or a recipient: to be completed"
)
_ASSESSMENT: Final = said(
    "état de l’analyse d’impact non compris : à reporter", "state of the impact assessment not understood: to be carried over"
)
_ROLE: Final = said(
    "rôle non compris : l’organisme n’est pas inscrit comme acteur", "role not understood: the body is not entered as an actor"
)
_UNSAYABLE: Final = said(
    "Fides n’a pas de place pour : origine des données, droits, décision automatisée, accords, organismes publics et sous-traitants, "
    "textes invoqués, pseudonymisation, dates de la fiche, motifs et comptes des destinataires, mesure des durées, détail de l’AIPD et des "
    "transferts ; à compléter",
    "Fides has no place for: source of the data, rights, automated decisions, agreements, public bodies and processors, texts invoked, "
    "pseudonymisation, dates of the sheet, reasons and accounts of recipients, measurement of terms, detail of the DPIA and of transfers; "
    "to be completed",
)


@dataclass(slots=True)
class Readings:
    """What the systems of one file share."""

    source: Source
    datasets: Mapping[str, Dataset]
    organizations: Mapping[str, Mapping[str, Any]]
    systems: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Data sets that a system refers to."""


def read_systems(readings: Readings) -> dict[str, Activity]:
    """Read every system that is an activity, by id; the place of each is `system.N`."""
    source = readings.source
    found = list(source.keyed(source.content, "system", ""))
    readings.systems = {key: held for key, _, held in found}
    activities: dict[str, Activity] = {}
    for key, place, held in found:
        if is_third_party(held):
            continue
        name = key if usable(key) else identifier(key, "systeme", [*activities, *readings.systems])
        source.activity = name
        if name != key:
            source.note(f"{place}.fides_key", _NEW_ID, key, "note")
        activities[name] = _System(readings, held, place).activity(name)
    source.activity = ""
    return activities


def is_third_party(held: Mapping[str, Any]) -> bool:
    """Tell a recipient that an export of ours declares so that data may flow to it."""
    tags = held.get("tags")
    return isinstance(tags, list) and {TAG, THIRD_PARTY} <= {one for one in tags if isinstance(one, str)}


@dataclass(slots=True)
class _System:
    readings: Readings
    held: Mapping[str, Any]
    path: str

    @property
    def source(self) -> Source:
        return self.readings.source

    def text(self, name: str) -> str:
        return self.source.text(self.held, name, self.path)

    def note(self, name: str, why: Text, quoted: object = "", kind: Any = "gap") -> None:
        self.source.note(f"{self.path}.{name}", why, quoted, kind)

    def activity(self, name: str) -> Activity:
        declarations = list(self.source.entries(self.held, "privacy_declarations", self.path))
        if not declarations:
            self.note("privacy_declarations", _NO_PURPOSE)
        taken: list[str] = []
        purposes = [read_purpose(self.source, place, one, taken) for place, one in declarations]
        title = self.text("name")
        if not title:
            self.note("name", _NO_NAME, kind="note")
        meta = self.held.get("meta")
        if not (isinstance(meta, dict) and META in meta):
            self.source.note(self.path, _UNSAYABLE)
        self.source.rest(self.held, self.path, _SYSTEM_READ | ({"meta"} if isinstance(meta, dict) else set()), _SYSTEM | {"meta": ""})
        if isinstance(meta, dict):
            self.source.rest(meta, f"{self.path}.meta", {META}, dict.fromkeys(meta, ""))
        return Activity(
            id=name,
            title=title or self.text("fides_key"),
            actors=tuple(self._actors()),
            dpo=self.text("dpo") or self._officer(),
            purposes=tuple(purposes),
            persons=tuple(named(self.source, "data_subject", "data_subjects", declarations)),
            data_categories=tuple(named(self.source, "data_category", "data_categories", declarations)),
            recipients=tuple(self._recipients(declarations)),
            transfers=self._transfers(),
            retention=tuple(retention(self.source, declarations, purposes)),
            security=tuple(line for line in self.text("data_security_practices").split("\n") if line),
            dpia=self._dpia(),
            references=tuple(conditions(self.source, declarations)),
            covers=tuple(self._covers(declarations)),
            source_of_data=self._origin(),
        )

    def _recipients(self, declarations: Declarations) -> Iterator[Recipient]:
        flows = self._flows("egress", declarations)
        names: list[str] = []
        for place, key, kind in flows:
            party = self.readings.systems.get(key, {})
            name = str(party.get("name") or key)
            if kind == "system":
                known = code_of(RECIPIENTS, str(party.get("system_type") or "")) if is_third_party(party) else None
                if known is None:
                    self.source.note(place, _KIND, name, "note")
                names.append(name)
                yield Recipient(name=name, kind=known or "partner")  # type: ignore[arg-type]
            elif kind == "user":
                self.source.note(place, _TO_USER)
        for place, held in declarations:
            for name in self.source.text(held, "third_parties", place).split(" ; "):
                if name and name not in names:
                    names.append(name)
                    self.source.note(f"{place}.third_parties", _KIND, name, "note")
                    yield Recipient(name=name, kind="partner")

    def _flows(self, direction: str, declarations: Declarations) -> list[tuple[str, str, str]]:
        """Return place, key and type of each flow of the system; what a declaration names beyond them is remarked."""
        flows = [
            (place, key, self.source.text(flow, "type", place)) for key, place, flow in self.source.keyed(self.held, direction, self.path)
        ]
        for place, held in declarations:
            for key in self.source.texts(held, direction, place):
                if key not in {known for _, known, _ in flows}:
                    self.source.note(f"{place}.{direction}", _NO_FLOW, key)
        return flows

    def _origin(self) -> str:
        names = []
        for place, key, kind in self._flows("ingress", ()):
            if kind in ("system", "user"):
                self.source.note(place, _FROM, key, "note")
                names.append("La personne elle-même" if kind == "user" else str(self.readings.systems.get(key, {}).get("name") or key))
        return " ; ".join(names)

    def _covers(self, declarations: Declarations) -> Iterator[Coverage]:
        own = f"{self.path}.dataset_references"
        referred = dict.fromkeys(self.source.texts(self.held, "dataset_references", self.path), own)
        for place, held in declarations:
            referred |= dict.fromkeys(self.source.texts(held, "dataset_references", place), f"{place}.dataset_references")
        for direction in ("egress", "ingress"):
            for place, key, kind in self._flows(direction, declarations if direction == "ingress" else ()):
                if kind == "dataset":
                    referred[key] = place
        tables: set[str] = set()
        for key, place in referred.items():
            dataset = self.readings.datasets.get(key)
            if dataset is None:
                self.source.note(place, _NO_DATASET, key)
                continue
            self.readings.used.add(key)
            yield from (one for one in dataset.tables if one.table not in tables)
            tables |= {one.table for one in dataset.tables}

    def _actors(self) -> Iterator[Actor]:
        belongs = self.text("organization_fides_key") or "default_organization"
        organization = self.readings.organizations.get(belongs, {})
        name, contact = self.text("legal_name"), self.text("legal_address")
        controller = _contact(organization.get("controller"))
        if controller[0] or controller[1]:
            yield Actor(name=controller[0] or str(organization.get("name") or ""), role="controller", contact=controller[1])
        roles = {_RESPONSIBILITIES.get(one) for one in self.source.texts(self.held, "responsibility", self.path)}
        if name and name != controller[0]:
            role = roles.pop() if len(roles) == 1 else None
            if role is None:
                self.note("legal_name", _ROLE, name)
            else:
                yield Actor(name=name, role=role, contact=contact)  # type: ignore[arg-type]
        elif roles and roles != {"controller"}:
            self.note("responsibility", _ROLE)
        for joint in self.text("joint_controller_info").split(" ; "):
            if joint:
                yield Actor(name=joint, role="joint-controller")

    def _officer(self) -> str:
        belongs = self.text("organization_fides_key") or "default_organization"
        return ", ".join(filter(None, _contact(self.readings.organizations.get(belongs, {}).get("data_protection_officer"))))

    def _transfers(self) -> tuple[Transfer, ...] | None:
        abroad = self.source.flag(self.held, "does_international_transfers", self.path)
        safeguards = self.source.texts(self.held, "legal_basis_for_transfers", self.path)
        if abroad or safeguards:
            self.note("does_international_transfers", _TRANSFERS, safeguards)
        elif abroad is False:
            self.note("does_international_transfers", _DEFAULT_FALSE)
        return tuple(Transfer(country="", recipient="", safeguards=one) for one in safeguards) or None

    def _dpia(self) -> Dpia | None:
        needed = self.source.flag(self.held, "requires_data_protection_assessments", self.path)
        progress, place = self.text("dpa_progress"), self.text("dpa_location")
        status = code_of(ASSESSMENTS, progress) or _PROGRESS.get(folded(progress))
        if status:
            return Dpia(status=status, reference=place)  # type: ignore[arg-type]
        if needed or progress or place:
            self.note("dpa_progress", _ASSESSMENT, f"{progress} {place}".strip())
        elif needed is False:
            self.note("requires_data_protection_assessments", _DEFAULT_FALSE)
        return None


def _contact(held: object) -> tuple[str, str]:
    if not isinstance(held, dict):
        return "", ""
    parts = [str(held.get(name) or "") for name in ("name", "address", "email", "phone")]
    return parts[0], ", ".join(filter(None, parts[1:]))
