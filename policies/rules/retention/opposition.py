"""Block-list entries without an admitted reason, without a date, or on a card that is no longer valid."""

from typing import Any

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, counted, standing, today


def entries_without_reason_date_or_object(t: Tables) -> list[dict[str, Any]]:
    """Count, per block list, the standing entries whose reason is not admitted, that bear no date, or whose card has expired."""
    entries = t["block_list"]
    kept = entries.filter(standing(entries.ends_at, t))
    admitted = t.parameter("reasons").split()
    unfounded = kept.filter(~kept.reason.fill_null("").isin(admitted))
    undated = kept.filter(kept.starts_at.isnull())
    return as_far_as_known(
        lambda: t.ask(counted(unfounded, "reason-not-listed", since="starts_at")),
        lambda: t.ask(counted(undated, "not-dated")),
        lambda: _on_expired_cards(kept, t),
    )


def _on_expired_cards(kept: Relation, t: Tables) -> list[dict[str, Any]]:
    cards = t.held("cards", "card", "expires_on")
    if cards is None:
        return []
    # A card held in several stores has expired when its latest date says so.
    ends = cards.filter(cards.expires_on.notnull()).group_by(cards.card.name("listed")).agg(expired_on=cards.expires_on.max())
    expired = ends.filter(ends.expired_on < today(t))
    return t.ask(counted(kept.join(expired, kept.card == expired.listed), "card-expired", since="expired_on"))


RULE = Rule(
    id="BIL-RET-OPPOSITION",
    name="retention.block-list-entries-without-reason-or-end",
    family="retention",
    title=said("Liste d’opposition : motif et fin", "Block list: a reason and an end"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2008_161_ART_1,),
    reading=Reading.PARTIAL,
    needs=("block_list.reason", "block_list.starts_at", "block_list.ends_at", "block_list.card"),
    parameters={"reasons": "loss theft abuse unpaid"},
    query=entries_without_reason_date_or_object,
    message=said(
        "{table} (magasin {store}) oppose des cartes sans motif, sans date ou sans objet : {rows} inscriptions, {cards} cartes.",
        "{table} (store {store}) blocks cards without a reason, a date or an object: {rows} entries, {cards} cards.",
    ),
    messages={
        "reason-not-listed": said(
            "{table} (magasin {store}) oppose des cartes sans motif admis (perte, vol, usage abusif, impayé) : {rows} inscriptions, "
            "{cards} cartes.",
            "{table} (store {store}) blocks cards without an admitted reason (loss, theft, abuse, unpaid): {rows} entries, {cards} cards.",
        ),
        "not-dated": said(
            "{table} (magasin {store}) oppose des cartes sans dire depuis quand : {rows} inscriptions, {cards} cartes.",
            "{table} (store {store}) blocks cards without saying since when: {rows} entries, {cards} cards.",
        ),
        "card-expired": said(
            "{table} (magasin {store}) oppose encore des cartes dont la validité technique est passée : {rows} inscriptions, {cards} "
            "cartes, la plus ancienne expirée le {oldest}.",
            "{table} (store {store}) still blocks cards whose technical validity is over: {rows} entries, {cards} cards, the earliest "
            "expired on {oldest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Imposer le motif, la date et l’auteur à l’inscription ; retirer de la liste les cartes expirées.",
        "Require the reason, the date and the author on entry; remove expired cards from the list.",
    ),
    rationale=said(
        "Être en opposition, c’est ne plus pouvoir voyager : chaque inscription doit dire pourquoi, depuis quand, et finir. Le repère de "
        "la CNIL cite la perte, le vol, l’usage abusif et l’incident de paiement. La fin à l’expiration de la carte est une déduction : "
        "aucun texte lu ne fixe la durée d’une opposition pour perte ou vol.",
        "Being blocked means no longer being able to travel: each entry must say why, since when, and end. The CNIL’s benchmark names "
        "loss, theft, abuse and payment incidents. Ending when the card expires is a deduction: no text that was read sets the term of "
        "an entry for loss or theft.",
    ),
    judgement=said(
        "Un humain fixe et justifie combien de temps une inscription levée reste lisible : aucun texte lu ne le dit.",
        "A person sets, with reasons, how long a lifted entry stays readable: no text that was read says so.",
    ),
)
