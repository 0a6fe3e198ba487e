"""Cards still blocked for a debt that was settled."""

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import whole_days


def cards_blocked_after_settlement(t: Tables) -> Relation:
    """Count, per block list, the entries for debt that stand though every debt of the card is settled."""
    cleared = _cards_cleared(t)
    entries = t["block_list"]
    now = ibis.literal(t.as_of, type="timestamp")
    standing = entries.filter(
        entries.reason == "unpaid",
        entries.starts_at.isnull() | (entries.starts_at <= now),
        entries.ends_at.isnull() | (entries.ends_at > now),
    )
    kept = standing.join(cleared, standing.card == cleared.paid_card)
    waited = kept.mutate(waited=now.epoch_seconds() - kept.settled_on.cast("timestamp").epoch_seconds())
    counted = waited.group_by([waited.physical.name("table"), waited.store, waited.store_role]).agg(
        entries=waited.count(), cards=waited.card.nunique(), oldest=waited.settled_on.min(), longest=waited.waited.max()
    )
    return counted.mutate(delay=whole_days(counted.longest)).drop("longest")


def _cards_cleared(t: Tables) -> Relation:
    incidents = t["payment_incidents"]
    today = ibis.literal(t.as_of.date(), type="date")
    owed = incidents.settled_on.isnull() | (incidents.settled_on > today)
    known = incidents.filter(incidents.card.notnull())
    by_card = known.group_by([known.card.name("paid_card")]).agg(settled_on=known.settled_on.max(), owing=owed.any())
    tolerated = ibis.literal(t.duration("tolerance").before(t.as_of).date(), type="date")
    return by_card.filter(~_.owing, _.settled_on <= tolerated)


RULE = Rule(
    id="BIL-RET-IMPAYE-REGUL",
    name="retention.settled-debts-still-blocked",
    family="retention",
    title=said("Impayé régularisé : retrait immédiat", "Settled debt: immediate removal from the block list"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_QUESTIONS, legal.CNIL_2011_107_PREAMBLE),
    reading=Reading.VERIFIED,
    needs=("block_list.reason", "block_list.card", "payment_incidents.settled_on", "payment_incidents.card"),
    parameters={"tolerance": "PT0S"},
    query=cards_blocked_after_settlement,
    message=said(
        "{table} (magasin {store}) oppose encore pour impayé des cartes dont la dette est réglée : "
        "{entries} inscriptions, {cards} cartes, la plus ancienne régularisation du {oldest}, délai maximal de {delay}.",
        "{table} (store {store}) still blocks for debt cards whose debt is settled: "
        "{entries} entries, {cards} cards, the earliest settlement on {oldest}, longest delay {delay}.",
    ),
    remediation=said(
        "Lever l’opposition et purger l’incident dès la régularisation ; mesurer le délai médian et le délai maximal.",
        "Lift the block and purge the incident as soon as the debt is settled; measure the median and the longest delay.",
    ),
    rationale=said(
        "Une personne qui a réglé sa dette ne doit plus être traitée en débitrice : son inscription s’efface dès la régularisation. "
        "Le texte ne fixe aucune tolérance technique ; celle d’un réseau se déclare avec sa raison.",
        "A person who has paid must no longer be treated as a debtor: the entry is erased on settlement. The text sets no technical "
        "tolerance; a network declares its own, with the reason.",
    ),
)
