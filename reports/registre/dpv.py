"""The register as JSON-LD in the terms of DPV 2.3: one process per activity, what DPV lacks in terms of our own.

The context stands in the file: reading it asks nothing of the network. Every node has a name made from its sheet and its
rank, so the same register gives the same bytes, and two exports can be compared line by line.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from auditor.vocabulary import dpv
from auditor.vocabulary.interchange import packed, writable
from auditor.vocabulary.personal_data import kinds_in
from auditor.vocabulary.register import Activity, Actor, Coverage, Dpia, Pseudonymisation, Purpose, Recipient, Register, Retention, Transfer
from auditor.vocabulary.register_words import BASIS_ARTICLES, FAMILIES, folded
from reports.registre.dpv_nodes import Node, day, families, french, kept, levels, own, ref, said
from reports.registre.measured import Measured

_ACTORS: Final[Mapping[str, tuple[str, str]]] = {
    "controller": ("dpv:hasDataController", "dpv:DataController"),
    "joint-controller": ("dpv:hasJointDataControllers", "dpv:JointDataControllers"),
    "processor": ("dpv:hasDataProcessor", "dpv:DataProcessor"),
    "partner": ("poincon:hasPartner", "poincon:Partner"),
}


def render_dpv(register: Register, *, measured: Measured | None = None) -> bytes:
    """Write the register. `measured`: an audit of it, whose compliance status is stated per activity with its day."""
    activities = sorted((declared.activity for declared in register.activities), key=lambda one: one.id)
    record = {
        "@id": dpv.REGISTER,
        "@type": "dpv:ROPA",
        "dct:title": french(dpv.REGISTER_TITLE),
        "poincon:format": dpv.FORMAT,
        "dpv:hasProcess": [_process(one, measured) for one in activities],
    }
    graph = [record, *families(), *levels()]
    document = {"@context": dict(dpv.NAMESPACES), "@graph": graph}
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _process(activity: Activity, measured: Measured | None) -> Node:
    name = f"{dpv.SHEET}:{activity.id}"
    node: Node = {
        "@id": name,
        "@type": "dpv:Process",
        "poincon:format": dpv.FORMAT,
        "dpv:hasIdentifier": writable(activity.id),
        "dct:title": french(activity.title),
        "dct:created": day(activity.created_on),
        "dct:modified": day(activity.updated_on),
        **_actors(name, activity.actors),
        "dpv:hasDataProtectionOfficer": _officer(name, activity.dpo),
        "dpv:hasPurpose": [_purpose(name, rank, one) for rank, one in enumerate(activity.purposes, 1)],
        "dpv:hasLegalBasis": [ref(one) for one in dict.fromkeys(_basis(purpose) for purpose in activity.purposes) if one],
        "dpv:hasProcessing": [ref(f"dpv:{one}") for one in _operations(activity)],
        "dpv:hasPersonalData": [_data(name, rank, one) for rank, one in enumerate(activity.data_categories, 1)],
        "dpv:hasDataSubject": [_person(name, rank, one) for rank, one in enumerate(activity.persons, 1)],
        "dpv:hasRecipient": [_recipient(name, rank, one) for rank, one in enumerate(activity.recipients, 1)],
        **_transfers(name, activity.transfers),
        "dpv:hasStorageCondition": [_term(name, rank, one) for rank, one in enumerate(activity.retention, 1)],
        "dpv:hasTechnicalOrganisationalMeasure": [_measure(name, rank, one) for rank, one in enumerate(activity.security, 1)],
        "dpv:hasTechnicalMeasure": _pseudonyms(name, activity.pseudonymisation),
        "dpv:hasRight": [ref(f"eu-gdpr:{one}") for one, (word, _) in dpv.RIGHTS.items() if word in folded(activity.rights)],
        "dpv:hasAssessment": _assessment(name, activity.dpia),
        "poincon:rights": french(activity.rights),
        "poincon:sourceOfData": french(activity.source_of_data),
        "poincon:automatedDecision": french(activity.automated_decision),
        "poincon:ticketing": True if activity.ticketing else None,
        "poincon:pseudonymisationDomain": writable(activity.pseudonymisation_domain),
        "poincon:invokes": [
            kept(
                {
                    "@id": f"{name}/texte/{rank}",
                    "poincon:rank": rank,
                    "dct:title": said(one.text),
                    "poincon:invokedAs": own(one.invoked_as),
                }
            )
            for rank, one in enumerate(activity.references, 1)
        ],
        "poincon:covers": [_coverage(name, rank, one) for rank, one in enumerate(activity.covers, 1)],
        **_compliance(activity, measured),
    }
    return kept(node)


def _actors(name: str, actors: Sequence[Actor]) -> Node:
    written: Node = {}
    for rank, one in enumerate(actors, 1):
        link, kind = _ACTORS[one.role]
        node = {
            "@id": f"{name}/acteur/{rank}",
            "@type": kind,
            "poincon:rank": rank,
            "dpv:hasName": said(one.name),
            "dpv:hasContact": writable(one.contact),
            "poincon:agreement": french(one.agreement),
            "poincon:publicBody": True if one.public_body else None,
        }
        written.setdefault(link, []).append(kept(node))
    return written


def _officer(name: str, officer: str) -> Node | None:
    if not officer:
        return None
    return {"@id": f"{name}/dpo", "@type": "dpv:DataProtectionOfficer", "dpv:hasContact": writable(officer)}


def _purpose(name: str, rank: int, one: Purpose) -> Node:
    kinds = ["dpv:Purpose"]
    if one.family:
        exact = dpv.FAMILY_EXACT.get(one.family)
        kinds.append(
            f"dpv:{exact}" if exact else own(f"famille-{one.family}")["@id"] if one.family in FAMILIES else "poincon:famille-autre"
        )
    node = {
        "@id": f"{name}/finalite/{rank}",
        "@type": kinds,
        "poincon:rank": rank,
        "dpv:hasIdentifier": said(one.id),
        "dct:title": french(one.title, needed=True),
        "poincon:family": writable(one.family),
        "dpv:hasLegalBasis": ref(_basis(one)) if one.basis else None,
        "poincon:basisReference": french(one.basis_reference),
    }
    return kept(node)


def _basis(purpose: Purpose) -> str:
    return f"eu-gdpr:A6-1-{BASIS_ARTICLES[purpose.basis][-2]}" if purpose.basis else ""


def _operations(activity: Activity) -> list[str]:
    """Return the operations that the sheet itself implies; it lists none."""
    found = ["Collect"]
    if activity.retention:
        found.append("Store")
    if activity.pseudonymisation or activity.pseudonymisation_domain:
        found.append("Pseudonymise")
    if any(one.kind != "internal" for one in activity.recipients):
        found.append("Disclose")
    if isinstance(activity.transfers, tuple) and activity.transfers:
        found.append("CrossBorderTransfer")
    return [*found, *dict.fromkeys(dpv.FATE_OPERATIONS[one.fate] for one in activity.retention if one.fate in dpv.FATE_OPERATIONS)]


def _data(name: str, rank: int, text: str) -> Node:
    close = [ref(f"pd:{one}") for one in dict.fromkeys(kind.pd for kind in kinds_in(text)) if one]
    node = {"@id": f"{name}/donnees/{rank}", "@type": "dpv:PersonalData", "poincon:rank": rank, "dct:title": french(text, needed=True)}
    return kept(node | {"skos:closeMatch": close})


def _person(name: str, rank: int, text: str) -> Node:
    close = [ref(f"dpv:{one}") for one, words in dpv.PERSON_WORDS.items() if any(word in folded(text) for word in words)]
    node = {"@id": f"{name}/personnes/{rank}", "@type": "dpv:DataSubject", "poincon:rank": rank, "dct:title": french(text, needed=True)}
    return kept(node | {"skos:closeMatch": close})


def _measure(name: str, rank: int, text: str) -> Node:
    close = [ref(f"dpv:{one}") for one, words in dpv.MEASURE_WORDS.items() if any(word in folded(text) for word in words)]
    kind = "dpv:TechnicalOrganisationalMeasure"
    node = {"@id": f"{name}/mesure/{rank}", "@type": kind, "poincon:rank": rank, "dct:title": french(text, needed=True)}
    return kept(node | {"skos:closeMatch": close})


def _recipient(name: str, rank: int, one: Recipient) -> Node:
    node = {
        "@id": f"{name}/destinataire/{rank}",
        "@type": "dpv:Recipient",
        "poincon:rank": rank,
        "dpv:hasName": said(one.name),
        "poincon:kind": own(one.kind),
        "poincon:why": french(one.why),
        "poincon:accounts": packed(one.accounts),
    }
    return kept(node)


def _transfers(name: str, transfers: tuple[Transfer, ...] | str | None) -> Node:
    if transfers is None:
        return {}
    if not isinstance(transfers, tuple):
        return {"poincon:transfers": own("none")}
    nodes = [_transfer(name, rank, one) for rank, one in enumerate(transfers, 1)]
    countries = [
        {"@id": f"{name}/pays/{rank}", "@type": "dpv:ThirdCountry", "dct:title": said(one.country)} for rank, one in enumerate(transfers, 1)
    ]
    return {"poincon:transfers": own("listed"), "dpv:hasThirdCountry": countries, "poincon:hasTransfer": nodes}


def _transfer(name: str, rank: int, one: Transfer) -> Node:
    close = [
        ref(f"eu-gdpr:{article}") for article, (words, _) in dpv.SAFEGUARDS.items() if any(word in folded(one.safeguards) for word in words)
    ]
    node = {
        "@id": f"{name}/transfert/{rank}",
        "@type": "poincon:Transfer",
        "poincon:rank": rank,
        "poincon:country": said(one.country),
        "dpv:hasDataImporter": {"@id": f"{name}/importateur/{rank}", "@type": "dpv:DataImporter", "dpv:hasName": said(one.recipient)},
        "dpv:hasLegalBasis": close,
        "poincon:safeguards": french(one.safeguards, needed=True),
        "poincon:documents": writable(one.documents),
    }
    return kept(node)


def _term(name: str, rank: int, one: Retention) -> Node:
    length = {"@value": str(one.duration), "@type": "xsd:duration"}
    node = {
        "@id": f"{name}/duree/{rank}",
        "@type": ["dpv:StorageCondition", "dpv:StorageDuration"],
        "poincon:rank": rank,
        "dct:title": french(one.data, needed=True),
        "dpv:hasDuration": {"@id": f"{name}/duree/{rank}/temps", "@type": "dpv:TemporalDuration", "rdf:value": length},
        "poincon:startingEvent": french(one.starts, needed=True),
        "poincon:fate": own(one.fate),
        "poincon:table": writable(one.table),
        "poincon:column": writable(one.column),
        "poincon:appliesTo": own(one.applies_to) if one.applies_to != "all" else None,
        "poincon:condition": french(one.condition),
        "poincon:archivesAgreement": french(one.archives_agreement),
        "poincon:servesPurpose": writable(one.purpose),
        "poincon:justification": french(one.justification),
    }
    return kept(node)


def _pseudonyms(name: str, one: Pseudonymisation | None) -> Node | None:
    if one is None:
        return None
    node = {
        "@id": f"{name}/pseudonymisation",
        "@type": "dpv:Pseudonymisation",
        "poincon:algorithm": said(one.algorithm),
        "poincon:keyBits": one.key_bits,
        "poincon:keyKeptIn": french(one.key_kept_in),
        "poincon:period": {"@value": str(one.period), "@type": "xsd:duration"} if one.period else None,
        "poincon:accounts": packed(one.accounts),
    }
    return kept(node)


def _assessment(name: str, one: Dpia | None) -> Node | None:
    if one is None:
        return None
    statuses = [ref("eu-gdpr:DPIANotRequired" if one.status == "not-required" else "eu-gdpr:DPIARequired")]
    if one.consulted_on:
        statuses.append(ref("eu-gdpr:DPIAOutcomeDPAConsultation"))
    if one.residual_risk in ("significant", "maximal"):
        statuses.append(ref("eu-gdpr:DPIAOutcomeHighResidualRisk"))
    node = {
        "@id": f"{name}/aipd",
        "@type": "dpv:DPIA",
        "dpv:hasStatus": statuses,
        "dpv:hasAuditStatus": ref("dpv:AuditApproved") if one.status == "done" and one.validated_on else None,
        "poincon:assessmentStatus": own(one.status),
        "dpv:hasIdentifier": writable(one.reference),
        "poincon:validatedOn": day(one.validated_on),
        "poincon:reviewedOn": day(one.reviewed_on),
        "poincon:consultedOn": day(one.consulted_on),
        "poincon:reason": french(one.reason),
        "poincon:sections": packed(one.sections),
        "dpv:hasRiskLevel": own(f"risque-{one.residual_risk}") if one.residual_risk else None,
        "poincon:residualRisk": writable(one.residual_risk),
    }
    return kept(node)


def _coverage(name: str, rank: int, one: Coverage) -> Node:
    columns = [
        kept({"@id": f"{name}/table/{rank}/{at}", "poincon:rank": at, "dct:title": said(column), "poincon:category": own(category)})
        for at, (column, category) in enumerate(one.columns.items(), 1)
    ]
    node = {"@id": f"{name}/table/{rank}", "@type": "poincon:Table", "poincon:rank": rank, "dct:title": said(one.table)}
    return kept(node | {"poincon:state": own(one.state) if one.state else None, "poincon:hasColumn": columns})


def _compliance(activity: Activity, measured: Measured | None) -> Node:
    """State what the audit found where this activity is concerned; a rule that could not be checked never reads as compliant."""
    if measured is None:
        return {}
    found = list(measured.about(activity))
    if any(one.messages and one.verdict == "not-met" for one in found):
        status = ref("dpv:NonCompliant")
    elif any(one.verdict == "could-not-check" for one in found):
        status = own("not-fully-checked")
    else:
        status = ref("dpv:PartiallyCompliant" if found else "dpv:Compliant")
    rules = sorted({one.rule for one in found if one.verdict == "not-met" and one.messages})
    return {
        "dpv:hasComplianceStatus": status,
        "poincon:auditedOn": day(measured.as_of),
        "poincon:auditDigest": measured.digest,
        "poincon:ruleNotMet": rules,
    }
