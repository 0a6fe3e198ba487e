"""Holders blocked before they were told, and fraud cases that nobody examined or where nobody heard the holder."""

from functools import reduce

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation, Row
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, later

CONTESTED = ("unpaid", "abuse")
"""Reasons that the holder may answer; a loss or a theft is told by the holder."""


def holders_blocked_without_being_heard(t: Tables) -> list[Row]:
    """Count the entries for debt or abuse not notified, or notified less than `notice` before they began; then the fraud cases unheard."""
    return as_far_as_known(lambda: t.ask(_not_told(t)), lambda: _not_heard(t))


def _not_told(t: Tables) -> Relation:
    entries = t["block_list"]
    contested = entries.filter(entries.reason.isin(CONTESTED))
    late = later(contested.notified_at, t.duration("notice")) > contested.starts_at
    judged: dict[str, ir.BooleanValue] = {"holder-not-told": contested.notified_at.isnull(), "holder-told-too-late": late}
    return _united({kind: contested.filter(fault) for kind, fault in judged.items()})


def _not_heard(t: Tables) -> list[Row]:
    cases = t.held("fraud_cases", "analyst", "observations")
    if cases is None:
        return []
    judged = {"case-without-analyst": cases.analyst, "case-without-observations": cases.observations}
    return t.ask(_united({kind: cases.filter(said_in.fill_null("").strip() == "") for kind, said_in in judged.items()}))


def _united(found: dict[str, Relation]) -> Relation:
    return reduce(lambda one, other: one.union(other), [_counted(rows, kind) for kind, rows in found.items()])


def _counted(rows: Relation, kind: str) -> Relation:
    places = [rows.physical.name("table"), rows.store, rows.store_role]
    counted = rows.group_by(places).agg(entries=rows.count(), cards=rows.card.nunique())
    return counted.mutate(kind=ibis.literal(kind))


RULE = Rule(
    id="BIL-OPP-INFO",
    name="fraud.holders-blocked-without-being-heard",
    family="fraude",
    title=said("Information préalable et examen individuel", "Prior notice and case-by-case review"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_QUESTIONS_190, legal.CNIL_COMUTITRES),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("block_list.reason", "block_list.starts_at", "block_list.notified_at"),
    parameters={"notice": "PT0S"},
    query=holders_blocked_without_being_heard,
    message=said(
        "{table} (magasin {store}) : {entries} décisions sans information ni examen, {cards} cartes.",
        "{table} (store {store}): {entries} decisions without notice or review, {cards} cards.",
    ),
    messages={
        "holder-not-told": said(
            "{table} (magasin {store}) : {entries} inscriptions pour impayé ou usage abusif n’ont jamais été notifiées, {cards} cartes.",
            "{table} (store {store}): {entries} entries for debt or abuse were never notified, {cards} cards.",
        ),
        "holder-told-too-late": said(
            "{table} (magasin {store}) : {entries} inscriptions pour impayé ou usage abusif ont été notifiées trop tard, {cards} cartes : "
            "la personne n’a pu ni régulariser ni s’expliquer avant.",
            "{table} (store {store}): {entries} entries for debt or abuse were notified too late, {cards} cards: the person could neither "
            "settle nor explain beforehand.",
        ),
        "case-without-analyst": said(
            "{table} (magasin {store}) : {entries} dossiers de fraude n’ont pas d’analyste, {cards} cartes.",
            "{table} (store {store}): {entries} fraud cases have no analyst, {cards} cards.",
        ),
        "case-without-observations": said(
            "{table} (magasin {store}) : {entries} dossiers de fraude ne portent aucune observation de la personne, {cards} cartes.",
            "{table} (store {store}): {entries} fraud cases hold no observation of the person, {cards} cards.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Notifier avant d’inscrire, laisser un délai pour régulariser ou s’expliquer, confier chaque dossier à un analyste, et réactiver "
        "sur pièces.",
        "Notify before blocking, leave time to settle or explain, give each case to an analyst, and reactivate on evidence.",
    ),
    rationale=said(
        "Être inscrit sur une liste d’opposition sans l’avoir su, c’est ne pouvoir ni payer ni se défendre. La CNIL demande trois "
        "informations : à la souscription, avant l’inscription avec un délai pour régulariser, puis à l’inscription ; et aucune décision "
        "prise sur le seul traitement. Aucune durée de préavis n’a été lue dans les textes : la valeur retenue, nulle, exige seulement que "
        "la notification ne suive pas l’inscription.",
        "To be on a block list without knowing it is to be unable to pay or to defend oneself. The CNIL asks for three notices: at "
        "subscription, before the entry with time to settle, and at the entry; and no decision on the processing alone. No length of "
        "notice was read in the texts: the value taken, zero, only requires that the notification does not follow the entry.",
    ),
    judgement=said(
        "Dire si l’information à la souscription existe, si le délai laissé était réel, et si un dossier encore ouvert attend une réponse.",
        "Whether notice is given at subscription, whether the time left was real, and whether a case still open awaits an answer.",
    ),
)
