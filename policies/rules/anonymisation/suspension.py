"""Times when the protection of journeys was switched off, without an end, a reason, an author or a record."""

from collections.abc import Iterator
from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation, Row
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, later, some

SUSPENDED = "protection-suspended"
HOLDS: Final = ("reason", "author", "duration", "period-processed-again", "dpo-informed")
"""What the record of a suspension says: why, by whom, how long, that the period was processed again, that the DPO knows."""


def suspensions_that_cannot_be_traced(t: Tables) -> list[Row]:
    """Count, per table of events, the suspensions without an end, without an admitted reason or an author, or longer than `longest`.

    Whatever their number, they must be recorded in a `suspension-record` that says what `HOLDS` lists.
    """
    events = t["admin_events"]
    suspensions = events.filter(events.kind == SUSPENDED)
    return as_far_as_known(lambda: t.ask(_faults(t, suspensions)), lambda: _record(t, suspensions))


def _faults(t: Tables, suspensions: Relation) -> Relation:
    unsaid = suspensions.reason.fill_null("")
    written = suspensions.author.fill_null("").strip()
    longest = later(suspensions.starts_at, t.duration("longest"))
    # A suspension that still lasts is judged on the time elapsed so far.
    until = suspensions.ends_at.fill_null(ibis.literal(t.as_of, type="timestamp"))
    judged: dict[str, ir.BooleanValue] = {
        "suspension-not-ended": suspensions.ends_at.isnull(),
        "suspension-without-reason": ~unsaid.isin(t.parameter("reasons").split()),
        "suspension-without-author": written == "",
        "suspension-too-long": until > longest,
    }
    told = [_counted(suspensions.filter(fault), kind) for kind, fault in judged.items()]
    return reduce(lambda one, other: one.union(other), told).mutate(term=ibis.literal(t.parameter("longest")))


def _counted(suspensions: Relation, kind: str) -> Relation:
    places = [suspensions.physical.name("table"), suspensions.store, suspensions.store_role]
    counted = suspensions.group_by(places).agg(entries=suspensions.count(), oldest=suspensions.starts_at.min())
    return counted.mutate(kind=ibis.literal(kind))


def _record(t: Tables, suspensions: Relation) -> Iterator[Row]:
    if some(t, suspensions):
        (last,) = t.ask(suspensions.aggregate(last=suspensions.starts_at.max()))
        yield from shown(t, "suspension-record", holds=HOLDS, since=last["last"].date())


RULE = Rule(
    id="BIL-PSE-SUSPENSION",
    name="anonymisation.suspensions-that-cannot-be-traced",
    family="anonymisation",
    title=said("Suspension du chiffrement des trajets", "Switching anonymity off must be traceable"),
    severity=Severity.BLOCKING,
    sources=(legal.PASS_PASS_ANNEXE_4,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("admin_events.kind", "admin_events.starts_at", "admin_events.ends_at", "admin_events.reason", "admin_events.author"),
    parameters={"longest": "PT48H", "reasons": "go-live major-change serious-problem massive-fraud"},
    query=suspensions_that_cannot_be_traced,
    message=said("{table} : {entries} suspensions ne sont pas traçables.", "{table}: {entries} suspensions cannot be traced."),
    messages={
        "suspension-not-ended": said(
            "{table} : {entries} suspensions de la protection des trajets n’ont pas de fin, la plus ancienne depuis le {oldest}.",
            "{table}: {entries} suspensions of the protection of journeys have no end, the oldest since {oldest}.",
        ),
        "suspension-without-reason": said(
            "{table} : {entries} suspensions n’ont pas l’un des motifs prévus (mise en service, évolution majeure, problème grave "
            "d’exploitation, fraude massive).",
            "{table}: {entries} suspensions lack one of the reasons provided for (go-live, major change, serious operating problem, "
            "massive fraud).",
        ),
        "suspension-without-author": said(
            "{table} : {entries} suspensions n’ont pas d’auteur, la plus ancienne du {oldest}.",
            "{table}: {entries} suspensions have no author, the oldest of {oldest}.",
        ),
        "suspension-too-long": said(
            "{table} : {entries} suspensions ont duré plus de {term}, la plus ancienne du {oldest}.",
            "{table}: {entries} suspensions lasted longer than {term}, the oldest of {oldest}.",
        ),
        **worded("Procès-verbal des suspensions", "Record of the suspensions"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Réactiver la protection, tenir un journal inviolable des suspensions, traiter de nouveau la période et informer le délégué à la "
        "protection des données.",
        "Switch the protection back on, keep a tamper-proof log of suspensions, process the period again and tell the data protection "
        "officer.",
    ),
    rationale=said(
        "Selon un document local cité par un tiers et que ce projet n’a pas vu, l’administrateur du système peut suspendre le "
        "chiffrement des trajets dans quatre cas, pour une durée à négocier avec la CNIL lors de la mise en service. C’est une hypothèse "
        "à vérifier, non un fait établi. Si cette faculté existe, chaque usage doit laisser une trace : motif, auteur, début et fin. La "
        "durée de 48 heures est celle de ce projet : au-delà, des validations identifiantes dépasseraient leur terme.",
        "According to a local document quoted by a third party, which this project has not seen, the administrator of the system may "
        "suspend the encryption of journeys in four cases, for a time to be negotiated with the CNIL at go-live. This is a hypothesis to "
        "test, not an established fact. If that power exists, each use must leave a trace: reason, author, beginning and end. The limit "
        "of 48 hours is this project’s: beyond it, identifying taps would pass their term.",
    ),
    judgement=said(
        "Dire si le motif était réel, si la CNIL a été consultée, et si le journal de ces événements peut être modifié par leurs auteurs.",
        "Whether the reason was real, whether the CNIL was consulted, and whether the log of these events can be altered by their authors.",
    ),
)
