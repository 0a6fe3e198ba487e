"""The faults planted in the register: one function each, that spoils a sheet; beside it, what an audit has to find."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from auditor.demo.truth import Figure, Planted

Sheet = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way of spoiling the sheet of one activity."""

    activity: str
    spoil: Callable[[Sheet], None]
    finds: tuple[tuple[str, str, Mapping[str, Figure]], ...]
    """Rule, kind of finding, and its figures."""

    def planted(self, file: str) -> Iterator[Planted]:
        """Yield what an audit has to find in the spoiled sheet."""
        for rule, kind, figures in self.finds:
            told = {name: value for name, value in figures.items() if name != "table"}
            table = str(figures.get("table", ""))
            yield Planted(rule=rule, kind=kind, table=table, figures={"activity": self.activity, "file": file, **told})


def _as_legal_basis(sheet: Sheet) -> None:
    others = [one for one in sheet.get("references") or () if one["text"] != "AU-015"]
    sheet["references"] = [{"text": "AU-015", "invoked_as": "legal-basis"}, *others]


def _without_archives(sheet: Sheet) -> None:
    del sheet["retention"][0]["archives_agreement"]


def _unknown_family(sheet: Sheet) -> None:
    purpose = {
        "id": "ciblage-publicitaire",
        "title": "Cibler des publicités d’après les trajets",
        "family": "publicite",
        "basis": "legitimate-interests",
        "basis_reference": "Intérêt commercial de l’exploitant",
    }
    sheet["purposes"] = [*(sheet.get("purposes") or ()), purpose]


def _longer_prospecting(sheet: Sheet) -> None:
    term = next(one for one in sheet["retention"] if one.get("purpose") == "offres-fidelite")
    term["duration"] = "P3Y"


def _silent(sheet: Sheet) -> None:
    for name in ("transfers", "security"):
        sheet.pop(name, None)


def _unfinished(sheet: Sheet) -> None:
    sheet["dpia"] = {"status": "in-progress", "reason": "Analyse engagée, non validée"}


def _risky(sheet: Sheet) -> None:
    sheet["dpia"] |= {"sections": ["description", "necessity", "risks"], "residual_risk": "significant"}


def _joint(sheet: Sheet) -> None:
    sheet["actors"].append({"name": "Service numérique multimodal (exemple)", "role": "joint-controller", "contact": "dpo@snm.example"})


def _without_officer(sheet: Sheet) -> None:
    del sheet["dpo"]


def _without_contract(sheet: Sheet) -> None:
    for actor in sheet["actors"]:
        actor.pop("agreement", None)


def _without_basis(sheet: Sheet) -> None:
    for name in ("basis", "basis_reference"):
        del sheet["purposes"][0][name]


def _crowded(sheet: Sheet) -> None:
    sheet["recipients"][0]["accounts"] = [f"agent_pv_{rank:02d}" for rank in range(1, AGENTS + 1)]


def _said_harmless(sheet: Sheet) -> None:
    sheet["covers"][0]["columns"]["courriel"] = "technical"


def _put_online(sheet: Sheet) -> None:
    columns = {
        "numero_carte": "direct-identifier",
        "code_titre": "sensitive",
        "vendu_le": "quasi-identifier",
        "montant": "quasi-identifier",
    }
    sheet["covers"].append({"table": "portail", "columns": columns})


def _weak_pseudonyms(sheet: Sheet) -> None:
    sheet["pseudonymisation"] = {"algorithm": "SHA-256", "key_kept_in": "gestion.correspondances", "period": "P1Y", "accounts": ["etudes"]}
    del sheet["pseudonymisation_domain"]


AGENTS: Final = 23
"""More than the twenty that the code des transports allows."""
_SOLD: Final = "Cibler des publicités d’après les trajets"

FAULTS: Final = (
    Fault(
        activity="validations-fraude",
        spoil=_as_legal_basis,
        finds=(("BIL-STAT-AU015", "legal-basis", {"activities": 1}), ("RGPD-ANO-LIBELLE", "not-anonymised-at-term", {"declared": "PT48H"})),
    ),
    Fault(activity="validations-fraude", spoil=_without_archives, finds=(("BIL-RET-ARCH-PUB", "no-archives-agreement", {}),)),
    Fault(
        activity="relation-client",
        spoil=_unknown_family,
        finds=(
            ("BIL-PERIM-FINALITES", "purpose-family-unknown", {"purposes": 1}),
            ("RGPD-LICEITE", "legitimate-interests-of-a-public-body", {"value": _SOLD}),
        ),
    ),
    Fault(
        activity="relation-client",
        spoil=_longer_prospecting,
        finds=(("BIL-RET-PROSPECT-3Y", "term-without-justification", {"declared": "P3Y"}),),
    ),
    Fault(
        activity="relation-client",
        spoil=_said_harmless,
        finds=(("BIL-DON-CATEGORIES", "identifier-said-harmless", {"table": "gestion.clients", "column": "courriel"}),),
    ),
    Fault(activity="statistiques-frequentation", spoil=_put_online, finds=()),
    Fault(
        activity="impayes-opposition",
        spoil=_silent,
        finds=(("REG-CHAMPS", "missing-fields", {"articles": ("30(1)(e)", "30(1)(g)"), "fields": ("transfers", "security")}),),
    ),
    Fault(activity="postpaiement", spoil=_unfinished, finds=(("AIPD-OBLIG", "assessment-not-done", {"activities": 1}),)),
    Fault(
        activity="sav-coffre",
        spoil=_risky,
        finds=(
            ("AIPD-CONTENU", "assessment-section-missing", {"missing": "measures"}),
            ("AIPD-CONTENU", "high-risk-not-consulted", {"value": "significant"}),
        ),
    ),
    Fault(
        activity="services-multimodaux",
        spoil=_joint,
        finds=(("GOUV-ROLES", "several-controllers", {}), ("GOUV-ROLES", "joint-controller-without-agreement", {})),
    ),
    Fault(
        activity="violations",
        spoil=_without_officer,
        finds=(("GOUV-DPO", "officer-not-in-record", {}), ("REG-CHAMPS", "missing-fields", {"missing": "dpo"})),
    ),
    Fault(activity="fraude-dossiers", spoil=_without_contract, finds=(("REG-SOUSTRAITANT", "processor-without-agreement", {}),)),
    Fault(
        activity="sauvegardes",
        spoil=_without_basis,
        finds=(("RGPD-LICEITE", "purpose-without-basis", {}), ("BIL-PERIM-FINALITES", "own-purpose-without-basis", {})),
    ),
    Fault(activity="contraventions", spoil=_crowded, finds=()),
    Fault(
        activity="statistiques-frequentation",
        spoil=_weak_pseudonyms,
        finds=(
            ("RGPD-PSE-SEPARATION", "domain-not-declared", {}),
            ("RGPD-PSE-SECRETS", "algorithm-without-key", {"algorithm": "SHA-256"}),
            ("RGPD-PSE-ROTATION", "period-declared-too-long", {"declared": "P1Y"}),
        ),
    ),
)
