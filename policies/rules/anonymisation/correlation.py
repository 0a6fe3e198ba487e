"""Keys that link the journeys of one person: a token or number met on several days, or in several tables."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation, Row
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.anonymisation.groups import APART, followed

_WHERE = ("table", "store", "store_role")


def keys_that_link_journeys(t: Tables) -> Iterator[Row]:
    """Count, per table, the keys met on at least two service days, then those met in another table too.

    Concerned: the stores kept apart from the running network, and any store where a token stands for the card. Each table is
    read once, grouped by key. The identifier of one isolated journey links nothing and is left aside.
    """
    tables = _concerned(t)
    for found in t.ask(_by_table(followed(t), several=len(tables) > 1)):
        place = {name: found[name] for name in _WHERE}
        for kind in ("linked-across-days", "linked-across-tables"):
            linked = found[f"{kind} keys"]
            if linked:
                yield {**place, "kind": kind, "cards": linked, "rows": found[f"{kind} rows"], "share": linked / found["keys"]}


def _concerned(t: Tables) -> list[Row]:
    stores = t["observed_stores"]
    aside = stores.filter(
        stores.canonical == "validations", stores.rows > 0, stores.store_role.isin(APART) | (stores.card_form == "token").fill_null(False)
    )
    tables = t.ask(aside.select("table").distinct())
    if not tables:
        raise NotConcerned(
            said(
                "aucun magasin de validations n’est tenu à part de l’exploitation, ni ne remplace la carte par un jeton",
                "no store of validations stands apart from the running network, nor replaces the card with a token",
            )
        )
    return tables


def _by_table(keys: Relation, *, several: bool) -> Relation:
    same = ibis.window(group_by=["form", "key"])
    elsewhere = keys.table.max().over(same) > keys.table.min().over(same) if several else ibis.literal(False)
    told = keys.mutate(days=keys["last"] > keys["first"], tables=elsewhere)
    return told.group_by(list(_WHERE)).agg(
        keys=told.count(), **_linked(told, told.days, "linked-across-days"), **_linked(told, told.tables, "linked-across-tables")
    )


def _linked(told: Relation, linked: ir.BooleanValue, kind: str) -> dict[str, ir.Scalar]:
    return {f"{kind} keys": linked.sum().cast("int64"), f"{kind} rows": told.rows.sum(where=linked)}


RULE = Rule(
    id="RGPD-ANO-CORR",
    name="anonymisation.keys-that-link-journeys",
    family="anonymisation",
    title=said("Critère de corrélation", "Linkability"),
    severity=Severity.BLOCKING,
    sources=(legal.CE_393714, legal.G29_05_2014, legal.CNIL_DEVELOPPEUR_1),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.tapped_at", "validations.card", "observed_stores"),
    query=keys_that_link_journeys,
    message=said(
        "{table} (magasin {store}) : une clé stable relie les trajets de {cards} cartes ({share} des clés).",
        "{table} (store {store}): a stable key links the journeys of {cards} cards ({share} of the keys).",
    ),
    messages={
        "linked-across-days": said(
            "{table} (magasin {store}) : la même clé se retrouve sur plusieurs jours d’exploitation pour {cards} cartes ({share} des "
            "clés), soit {rows} lignes reliées entre elles.",
            "{table} (store {store}): the same key is met on several service days for {cards} cards ({share} of the keys), "
            "which links {rows} rows together.",
        ),
        "linked-across-tables": said(
            "{table} (magasin {store}) : {cards} clés ({share}) se retrouvent telles quelles dans une autre table ; les deux jeux se "
            "recoupent ligne à ligne.",
            "{table} (store {store}): {cards} keys ({share}) are met as they are in another table; the two data sets can be joined "
            "row by row.",
        ),
    },
    remediation=said(
        "Retirer l’identifiant, ou donner à chaque période et à chaque destinataire une clé jetable, détruite à la fin de la période.",
        "Remove the identifier, or give each period and each recipient a throw-away key, destroyed at the end of the period.",
    ),
    rationale=said(
        "Un jeton qui ne change pas relie tous les trajets d’une même personne : il suffit d’en reconnaître un seul, un soir, à un arrêt, "
        "pour lire les autres. Le Conseil d’État a refusé de tenir pour anonyme un identifiant tronqué, salé et haché avec une clé, parce "
        "que la corrélation restait possible. La règle compte les clés réellement revues d’un jour à l’autre, ou d’une table à l’autre. "
        "Une clé qui ne sert qu’un jour et dans une seule table n’est pas relevée ; des habitudes peuvent encore relier deux clés "
        "différentes, et cela ne se compte pas ainsi.",
        "A token that never changes links all the journeys of one person: recognising one of them, some evening, at a stop, is enough to "
        "read the others. The Conseil d’État refused to call anonymous an identifier that was truncated, salted and hashed with a key, "
        "because linking remained possible. The rule counts the keys actually met again from one day, or one table, to another. A key "
        "that serves one day in one table is not reported; habits may still link two different keys, and this is not how to count that.",
    ),
    judgement=said(
        "Dire si la table doit garder une clé, et pour quelle finalité ; une clé gardée reste une donnée personnelle.",
        "Whether the table has to keep a key, and for which purpose; a key that is kept is personal data.",
    ),
    conflicts=(legal.CONFLICT_STABLE_TOKEN,),
)
