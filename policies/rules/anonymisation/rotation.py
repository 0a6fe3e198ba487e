"""Tokens of the statistics stores that live longer than their period."""

from collections.abc import Iterator
from typing import Final

from ibis import _

from auditor.engine.base import Row
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.anonymisation.groups import STATISTICS, followed
from policies.rules.questions import some

_HOUR: Final = 3_600
_DAYS_FROM: Final = 72
"""Hours from which a life is told in days."""


def tokens_that_outlive_their_period(t: Tables) -> Iterator[Row]:
    """Count, per statistics table, the tokens whose first and last taps are further apart than the period; list the declared periods.

    Whole hours are told (whole days from three days on): an exact life would point at one trace.
    """
    stores = t["observed_stores"]
    tokens = stores.filter(
        stores.canonical == "validations", stores.store_role.isin(STATISTICS), stores.card_form == "token", stores.rows > 0
    )
    if not some(t, tokens):
        raise NotConcerned(said("aucun magasin statistique ne porte de jeton", "no statistics store bears tokens"))
    yield from _measured(t)
    yield from _declared(t)


def _measured(t: Tables) -> Iterator[Row]:
    period = t.duration("period").approximate_seconds
    keys = followed(t)
    lives = keys.filter(keys.store_role.isin(STATISTICS), keys.form == "token")
    timed = lives.mutate(life=lives.ended.epoch_seconds() - lives.begun.epoch_seconds())
    over = timed.life > period
    counted = timed.group_by(["table", "store", "store_role"]).agg(
        met=timed.count(), tokens=over.sum().cast("int64"), longest=timed.life.max(), oldest=timed.begun.min(where=over)
    )
    for row in t.ask(counted.filter(_.tokens > 0)):
        place = {name: row[name] for name in ("table", "store", "store_role", "tokens", "oldest")}
        told = {"share": row["tokens"] / row["met"], "measured": _life(int(row["longest"])), "term": t.parameter("period")}
        yield {**place, **told, "kind": "token-outlives-its-period"}


def _declared(t: Tables) -> Iterator[Row]:
    period = t.duration("period").approximate_seconds
    activities = t["declared_activities"]
    for row in t.ask(activities.filter(activities.pseudonym_period.notnull()).order_by("activity")):
        if Duration.parse(row["pseudonym_period"]).approximate_seconds > period and _analytic(t, row["activity"]):
            told = {"declared": row["pseudonym_period"], "term": t.parameter("period"), "kind": "period-declared-too-long"}
            yield {**told, "activity": row["activity"], "file": row["file"], "line": row["line"]}


def _analytic(t: Tables, activity: str) -> bool:
    covered, stores = t["declared_tables"], t["observed_stores"]
    tokens = stores.filter(stores.store_role.isin(STATISTICS), stores.card_form == "token")
    return some(t, covered.filter(covered.activity == activity).semi_join(tokens, "table"))


def _life(seconds: int) -> str:
    hours = seconds // _HOUR
    return str(Duration(seconds=(hours if hours < _DAYS_FROM else hours // 24 * 24) * _HOUR))


RULE = Rule(
    id="RGPD-PSE-ROTATION",
    name="anonymisation.tokens-that-outlive-their-period",
    family="anonymisation",
    title=said("Renouvellement du pseudonyme", "Pseudonym rotation"),
    severity=Severity.MAJOR,
    sources=(legal.G29_05_2014, legal.MOBILITY_UNICITY),
    reading=Reading.DEDUCTION,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.tapped_at", "validations.card", "observed_stores", "declared_activities", "declared_tables"),
    parameters={"period": "PT48H"},
    query=tokens_that_outlive_their_period,
    message=said(
        "{table} (magasin {store}) : {tokens} jetons vivent plus de {term}.",
        "{table} (store {store}): {tokens} tokens live longer than {term}.",
    ),
    messages={
        "token-outlives-its-period": said(
            "{table} (magasin {store}) : {tokens} jetons ({share}) servent plus de {term}, le plus long {measured} révolus, depuis le "
            "{oldest}.",
            "{table} (store {store}): {tokens} tokens ({share}) serve longer than {term}, the longest {measured} completed, since "
            "{oldest}.",
        ),
        "period-declared-too-long": said(
            "La fiche {activity} renouvelle ses pseudonymes tous les {declared}, au-delà de {term}.",
            "The record {activity} renews its pseudonyms every {declared}, beyond {term}.",
        ),
    },
    remediation=said(
        "Dériver une clé par période, la détruire à la fin de chacune, et garder trace de la destruction.",
        "Derive one key per period, destroy it at the end of each, and keep a record of its destruction.",
    ),
    rationale=said(
        "Plus un pseudonyme dure, plus il relie de passages, et plus il est facile de reconnaître son porteur : quelques points suffisent. "
        "Le changer souvent ne rend pas chaque passage moins particulier, mais limite ce qu’un observateur peut relier. Aucun texte ne "
        "fixe de période : 48 heures est une déduction de ce projet, tirée de l’avis de 2014, des travaux sur l’unicité et du délai que "
        "le repère de la CNIL accorde à la donnée identifiante.",
        "The longer a pseudonym lasts, the more taps it links, and the easier its holder is to recognise: a few points are enough. "
        "Changing it often makes no single tap less particular, but limits what an observer can link. No text sets a period: 48 hours is "
        "a deduction of this project, from the 2014 opinion, the work on uniqueness and the time the CNIL’s benchmark grants to "
        "identifying data.",
    ),
    judgement=said(
        "Vérifier que la clé de chaque période est détruite : les lignes montrent la durée d’un jeton, non la fin d’une clé.",
        "That the key of each period is destroyed: rows show how long a token lasts, not the end of a key.",
    ),
)
