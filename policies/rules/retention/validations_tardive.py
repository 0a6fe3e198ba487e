"""Taps that reached the store already older than the term, and were stored with their card."""

import ibis

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import in_clear, later, names_someone, whole_days


def taps_already_old_on_arrival(t: Tables) -> Relation:
    """Count, per table, the taps received after their term that still name someone, with the longest delay."""
    taps = t["validations"]
    late = taps.filter(taps.received_at > later(taps.tapped_at, t.duration("term")), names_someone(taps))
    timed = late.mutate(
        breaches_au015=in_clear(late),
        waited=late.received_at.epoch_seconds() - late.tapped_at.epoch_seconds(),
    )
    counted = timed.group_by(
        [timed.physical.name("table"), timed.store, timed.store_role, timed.breaches_au015],
    ).agg(rows=timed.count(), cards=timed.card.nunique(), oldest=timed.tapped_at.min(), longest=timed.waited.max())
    told = counted.mutate(delay=whole_days(counted.longest), term=ibis.literal(t.parameter("term")), breaches_gdpr=True)
    return told.drop("longest")


RULE = Rule(
    id="BIL-RET-VALID-TARDIVE",
    name="retention.late-taps-stored-with-their-card",
    family="retention",
    title=said("Remontées tardives des valideurs", "Late uploads from validators"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2011_107_ART_4,),
    reading=Reading.DEDUCTION,
    needs=("validations.tapped_at", "validations.received_at", "validations.card"),
    parameters={"term": "PT48H"},
    query=taps_already_old_on_arrival,
    message=said(
        "{table} (magasin {store}) a enregistré avec leur carte des validations arrivées plus de {term} après le passage : "
        "{rows} lignes, {cards} cartes, retard maximal de {delay}.",
        "{table} (store {store}) recorded with their card taps that arrived more than {term} after the event: "
        "{rows} rows, {cards} cards, longest delay {delay}.",
    ),
    remediation=said(
        "Anonymiser dès l’ingestion les événements déjà âgés de plus de 48 heures.",
        "Anonymise on arrival the events that are already older than 48 hours.",
    ),
    rationale=said(
        "Un valideur hors ligne remonte ses passages des jours plus tard. Si la durée est comptée depuis l’arrivée en base, "
        "de vieux trajets restent identifiants bien après 48 heures. Le texte lu ne dit pas d’où part le délai ; "
        "ce projet retient la date de l’événement, et le signale comme une déduction.",
        "A validator that was offline uploads its taps days later. If the term is counted from arrival, old journeys stay "
        "identifying well past 48 hours. The text read does not say where the term starts; this project takes the event, and says "
        "that it is an inference.",
    ),
)
