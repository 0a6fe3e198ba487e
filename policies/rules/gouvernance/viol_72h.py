"""Breaches told late or not at all, records of breaches left incomplete, and pseudonyms attributed outside any case."""

from collections.abc import Iterable, Iterator
from typing import Any

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, later, whole_days

RECORDED = ("known_at", "risk", "facts", "effects", "measures")
"""What the internal record must say of each breach (art. 33(5)), with the moment the term runs from and the risk that decides."""


def breaches_not_told_in_time(t: Tables) -> list[dict[str, Any]]:
    """Count, per table of breaches, those told late, not told, or half recorded; then the pseudonyms attributed without a ticket.

    A breach whose risk nobody assessed is taken to bear one. A breach is told late from the first second past the term.
    """
    return as_far_as_known(lambda: _told(t), lambda: _recorded(t), lambda: _attributed(t))


def _told(t: Tables) -> Iterator[dict[str, Any]]:
    now = ibis.literal(t.as_of, type="timestamp")
    breaches = t["breaches"]
    risky = breaches.filter(breaches.known_at.notnull(), breaches.risk.fill_null("risk") != "none")
    due = later(risky.known_at, t.duration("term"))
    told = risky.notified_at.notnull() & (risky.notified_at <= now)
    yield from _counted(t, risky.filter(told, risky.notified_at > due), "breach-notified-late", _.notified_at)
    yield from _counted(t, risky.filter(~told, due < now), "breach-not-notified", now)
    high = risky.filter(risky.risk == "high")
    persons_due = later(high.known_at, t.duration("persons_term"))
    heard = high.persons_told_at.notnull() & (high.persons_told_at <= now)
    yield from _counted(t, high.filter(~heard, persons_due < now), "persons-not-told", now)


def _counted(t: Tables, breaches: Relation, kind: str, until: Any) -> Iterable[dict[str, Any]]:
    timed = breaches.mutate(until=until)
    waited = timed.mutate(waited=timed.until.epoch_seconds() - timed.known_at.epoch_seconds())
    by_table = waited.group_by([waited.physical.name("table"), waited.store, waited.store_role]).agg(
        entries=waited.count(), oldest=waited.known_at.min(), longest=waited.waited.max()
    )
    return t.ask(by_table.mutate(delay=whole_days(by_table.longest), kind=ibis.literal(kind)).drop("longest"))


def _recorded(t: Tables) -> Iterator[dict[str, Any]]:
    breaches = t["breaches"]
    for name in RECORDED:
        empty = breaches[name].isnull() if name == "known_at" else breaches[name].fill_null("").strip() == ""
        lacking = breaches.filter(empty)
        by_table = lacking.group_by([lacking.physical.name("table"), lacking.store, lacking.store_role]).agg(entries=lacking.count())
        yield from t.ask(by_table.mutate(kind=ibis.literal("breach-incomplete"), missing=ibis.literal(name)))


def _attributed(t: Tables) -> list[dict[str, Any]]:
    """Count the uses of a table that attributes pseudonyms for which the log gives no ticket."""
    if t.held("correspondences", "pseudonym") is None:
        return []
    log = t.held("access_log", "table", "ticket")
    if log is None:
        return []
    stores = t["observed_stores"]
    attributing = stores.filter(stores.canonical == "correspondences").select(read="table").distinct()
    read = log.join(attributing, log.table == attributing.read)
    untied = read.filter(read.ticket.fill_null("").strip() == "")
    counted = untied.group_by("table").agg(rows=untied.count(), oldest=untied.accessed_at.min(), newest=untied.accessed_at.max())
    return t.ask(counted.mutate(kind=ibis.literal("attributed-without-ticket")))


RULE = Rule(
    id="RGPD-VIOL-72H",
    name="governance.breaches-not-told-in-time",
    family="gouvernance",
    title=said("Notification des violations", "Breach notification"),
    severity=Severity.BLOCKING,
    sources=(legal.GDPR_ART_33, legal.GDPR_ART_34, legal.CNIL_QUESTION_1399, legal.EDPB_01_2025),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("breaches.known_at", "breaches.notified_at", "breaches.risk", "breaches.facts", "breaches.effects", "breaches.measures"),
    parameters={"term": "PT72H", "persons_term": "PT72H"},
    query=breaches_not_told_in_time,
    message=said(
        "{table} compte {entries} violations que la CNIL n’a pas apprises à temps ; la plus ancienne est connue depuis le {oldest}.",
        "{table} counts {entries} breaches that the supervisory authority did not learn of in time; the earliest was known on {oldest}.",
    ),
    messages={
        "breach-notified-late": said(
            "{table} : {entries} violations notifiées après le délai, la plus ancienne connue le {oldest}, délai le plus long de {delay}.",
            "{table}: {entries} breaches notified past the term, the earliest known on {oldest}, longest delay {delay}.",
        ),
        "breach-not-notified": said(
            "{table} : {entries} violations non notifiées alors que le délai est passé, la plus ancienne connue le {oldest}.",
            "{table}: {entries} breaches not notified though the term has passed, the earliest known on {oldest}.",
        ),
        "persons-not-told": said(
            "{table} : {entries} violations à risque élevé dont les personnes n’ont pas été informées, la plus ancienne connue le "
            "{oldest}.",
            "{table}: {entries} high-risk breaches of which the persons were not told, the earliest known on {oldest}.",
        ),
        "breach-incomplete": said(
            "{table} : {entries} violations inscrites sans « {missing} ».", "{table}: {entries} breaches recorded without “{missing}”."
        ),
        "attributed-without-ticket": said(
            "{table} permet de lever un pseudonymat et a été consultée {rows} fois sans ticket, du {oldest} au {newest}.",
            "{table} attributes pseudonyms and was consulted {rows} times without a ticket, from {oldest} to {newest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Notifier, même en deux temps ; informer les personnes si le risque est élevé ; compléter le registre des violations ; traiter une "
        "levée non autorisée de pseudonymat comme une violation.",
        "Notify, even in two stages; tell the persons if the risk is high; complete the record of breaches; treat an unauthorised "
        "attribution of a pseudonym as a breach.",
    ),
    rationale=said(
        "Une violation se notifie 72 heures au plus après qu’on en a eu connaissance, sauf si elle n’engendre aucun risque ; toutes "
        "s’inscrivent au registre interne, avec les faits, les effets et les mesures. Les personnes sont informées dans les meilleurs "
        "délais si le risque est élevé : aucun texte ne chiffre ce délai, et celui de 72 heures est du projet. Lever un pseudonyme sans y "
        "être autorisé est une violation, selon des lignes directrices lues en version de consultation.",
        "A breach is notified within 72 hours of becoming aware of it, unless it creates no risk; all are entered in the internal record, "
        "with facts, effects and measures. Persons are told without undue delay if the risk is high: no text gives a figure, and the 72 "
        "hours used here are the project’s. Attributing a pseudonym without authority is a breach, according to guidelines read in their "
        "consultation version.",
    ),
    judgement=said(
        "Le niveau de risque de chaque violation, et si une consultation sans ticket était autorisée autrement. Une proposition de "
        "règlement (COM(2025) 837, 19 novembre 2025) porterait le délai à 96 heures pour les seuls risques élevés : elle n’est pas en "
        "vigueur, et le délai est un paramètre.",
        "The level of risk of each breach, and whether a consultation without a ticket was authorised otherwise. A proposed regulation "
        "(COM(2025) 837, 19 November 2025) would move the term to 96 hours and to high risks only: it is not in force, and the term is a "
        "parameter.",
    ),
)
