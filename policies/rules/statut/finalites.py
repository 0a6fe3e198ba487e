"""Activities, purposes and tables that no known purpose accounts for."""

from functools import reduce

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.schema import TABLES, Domain, Kind
from auditor.vocabulary.text import said
from policies import legal

FAMILIES = ("titres", "relation-commerciale", "fraude", "statistiques", "qualite")
"""The five families of deliberation 2008-161, article 1."""
OWN = "propre"

PERSONAL = tuple(
    sorted(
        f"{table.name}.{name}"
        for table in TABLES.values()
        for name, column in table.columns.items()
        if (column.kind is Kind.KEY and column.domain is not Domain.OTHER)
        or (table.name == "customers" and column.kind is Kind.TEXT)
        or (table.name, name) in {("customers", "birth_date"), ("access_log", "user"), ("cards", "printed_number")}
    )
)
"""Canonical columns that name a person, a card or a contract."""

_SHAPE = {"activity": "string", "table": "string", "file": "string", "line": "int64", "value": "string", "kind": "string"}


def processing_without_a_known_purpose(t: Tables) -> Relation:
    """List the activities without purpose, the purposes outside the closed list, and the personal tables no activity covers."""
    activities, purposes = t["declared_activities"], t["declared_purposes"]
    aimless = activities.anti_join(purposes, "activity")
    family = purposes.family.fill_null("")
    unfounded = purposes.basis.fill_null("") == ""
    gaps = [
        _told(aimless, "activity-without-purpose"),
        _told(purposes.filter(family == ""), "purpose-without-family", value=_.title),
        _told(purposes.filter(family != "", ~family.isin([*FAMILIES, OWN])), "purpose-family-unknown", value=_.family),
        _told(purposes.filter(family == OWN, unfounded), "own-purpose-without-basis", value=_.title),
        _uncovered(t),
    ]
    return reduce(lambda one, other: one.union(other), gaps)


def _uncovered(t: Tables) -> Relation:
    seen = t["observed_columns"]
    personal = seen.filter(seen.mapped.isin(PERSONAL)).select("table").distinct()
    return _told(personal.anti_join(t["declared_tables"], "table"), "table-without-activity")


def _told(gaps: Relation, kind: str, **given: "ibis.Deferred") -> Relation:
    told = gaps.mutate(**given, kind=ibis.literal(kind))
    absent = {name: ibis.literal(None, type=type_) for name, type_ in _SHAPE.items() if name not in told.columns}
    whole = told.mutate(**absent)
    return whole.select(*(whole[name].cast(type_).name(name) for name, type_ in _SHAPE.items()))


RULE = Rule(
    id="BIL-PERIM-FINALITES",
    name="status.processing-without-a-known-purpose",
    family="statut",
    title=said("Finalités fermées de la billettique", "Closed list of ticketing purposes"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2008_161_ART_1,),
    reading=Reading.VERIFIED,
    needs=("declared_purposes", "declared_activities", "declared_tables", "observed_columns"),
    query=processing_without_a_known_purpose,
    message=said("La fiche {activity} n’a pas de finalité reconnue.", "The record {activity} has no recognised purpose."),
    messages={
        "activity-without-purpose": said("La fiche {activity} ne déclare aucune finalité.", "The record {activity} declares no purpose."),
        "purpose-without-family": said(
            "La fiche {activity} ne rattache la finalité « {value} » à aucune famille.",
            "The record {activity} attaches the purpose “{value}” to no family.",
        ),
        "purpose-family-unknown": said(
            "La fiche {activity} rattache une finalité à une famille inconnue : « {value} ».",
            "The record {activity} attaches a purpose to an unknown family: “{value}”.",
        ),
        "own-purpose-without-basis": said(
            "La fiche {activity} déclare la finalité propre « {value} » sans base légale.",
            "The record {activity} declares its own purpose “{value}” without a legal basis.",
        ),
        "table-without-activity": said(
            "{table} contient des données personnelles et aucune fiche du registre ne la couvre.",
            "{table} holds personal data and no activity of the register covers it.",
        ),
    },
    remediation=said(
        "Rattacher le flux à une finalité déclarée ; sinon l’arrêter, ou ouvrir une fiche de registre et une AIPD.",
        "Attach the flow to a declared purpose; otherwise stop it, or open a record of processing and a DPIA.",
    ),
    rationale=said(
        "Des données collectées pour des billets ne servent pas à tout : le repère de la CNIL ferme la liste à cinq familles (titres, "
        "relation commerciale, fraude, statistiques, qualité). Une finalité propre reste possible si le registre la fonde. "
        "Une table que rien ne rattache à une finalité est une collecte sans raison.",
        "Data collected for tickets do not serve for everything: the CNIL’s benchmark closes the list at five families (titles, "
        "customer relation, fraud, statistics, quality). Another purpose remains possible if the register gives it a basis. A table "
        "attached to no purpose is collection without a reason.",
    ),
)
