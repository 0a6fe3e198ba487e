"""Pseudonyms kept beside what attributes them, under no defined domain, or within reach of one account."""

from collections.abc import Iterator

import ibis

from auditor.engine.base import Relation, Row
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, source_of


def additional_information_within_reach(t: Tables) -> list[Row]:
    """List what brings pseudonyms and their correspondences together: same source, same account, key beside, no domain.

    Two tables of one database share their source; two files do only when they are one source of the mapping.
    """
    stores = t["observed_stores"]
    tokens = {row["table"] for row in t.ask(stores.filter(stores.card_form == "token").select("table").distinct())}
    if not tokens and "correspondences" in t.absent:
        raise NotConcerned(said("aucune table ne porte de jeton ni de correspondance", "no table holds tokens or correspondences"))
    return as_far_as_known(
        lambda: _without_domain(t, tokens),
        lambda: _key_beside(t, tokens),
        lambda: _same_source(t, tokens),
        lambda: _same_account(t, tokens),
    )


def _without_domain(t: Tables, tokens: set[str]) -> list[Row]:
    covered, activities = t["declared_tables"], t["declared_activities"]
    undefined = activities.filter(activities.pseudonymisation_domain.isnull()).select("activity")
    held = covered.filter(covered.table.isin(sorted(tokens))).semi_join(undefined, "activity")
    return t.ask(held.select("activity", "table", "file", "line", kind=ibis.literal("domain-not-declared")))


def _key_beside(t: Tables, tokens: set[str]) -> Iterator[Row]:
    near = {*tokens, *(source_of(table) for table in tokens)}
    activities = t["declared_activities"]
    for row in t.ask(activities.filter(activities.pseudonym_key_store.isin(sorted(near)))):
        place = {name: row[name] for name in ("activity", "file", "line")}
        yield {**place, "kind": "key-beside-tokens", "value": row["pseudonym_key_store"]}


def _correspondences(t: Tables) -> set[str]:
    if t.held("correspondences") is None:
        return set()
    stores = t["observed_stores"]
    return {row["table"] for row in t.ask(stores.filter(stores.canonical == "correspondences").select("table").distinct())}


def _same_source(t: Tables, tokens: set[str]) -> Iterator[Row]:
    near = {source_of(table) for table in tokens}
    for table in sorted(_correspondences(t)):
        if source_of(table) in near:
            yield {"table": table, "kind": "correspondence-beside-tokens"}


def _same_account(t: Tables, tokens: set[str]) -> list[Row]:
    links = _correspondences(t)
    grants = t.held("grants", "role", "table") if links else None
    if grants is None:
        return []
    attributing = _granted(grants, links)
    both = attributing.semi_join(_granted(grants, tokens), "recipient").mutate(kind=ibis.literal("account-on-both-sides"))
    named = t["declared_attributors"].select(recipient="account")
    unnamed = attributing.anti_join(named, "recipient").mutate(kind=ibis.literal("attributor-not-declared"))
    return t.ask(both.union(unnamed))


def _granted(grants: Relation, tables: set[str]) -> Relation:
    reached = grants.filter(grants.table.isin(sorted(tables)), grants.role.notnull())
    return reached.select("table", recipient=reached.role).distinct()


RULE = Rule(
    id="RGPD-PSE-SEPARATION",
    name="anonymisation.additional-information-within-reach",
    family="anonymisation",
    title=said("Domaine défini, informations supplémentaires séparées", "Defined domain, additional information kept apart"),
    severity=Severity.BLOCKING,
    sources=(legal.GDPR_ART_4_5, legal.EDPB_01_2025),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores", "declared_tables", "declared_activities", "declared_attributors"),
    query=additional_information_within_reach,
    message=said(
        "Ce qui attribue les pseudonymes n’est pas tenu à part : {table}.", "What attributes the pseudonyms is not kept apart: {table}."
    ),
    messages={
        "domain-not-declared": said(
            "La fiche {activity} couvre {table}, qui porte des jetons, sans dire le domaine de pseudonymisation : qui ne doit pas pouvoir "
            "attribuer n’est pas défini.",
            "The record {activity} covers {table}, which holds tokens, without a pseudonymisation domain: who must not be able to "
            "attribute is not defined.",
        ),
        "key-beside-tokens": said(
            "La fiche {activity} range la clé des pseudonymes dans {value}, où se trouvent les jetons eux-mêmes.",
            "The record {activity} keeps the key of the pseudonyms in {value}, where the tokens themselves are.",
        ),
        "correspondence-beside-tokens": said(
            "La table de correspondance {table} est dans la même source que des jetons.",
            "The correspondence table {table} is in the same source as tokens.",
        ),
        "account-on-both-sides": said(
            "Le compte {recipient} atteint la table de correspondance {table} et des tables de jetons.",
            "The account {recipient} reaches the correspondence table {table} and tables of tokens.",
        ),
        "attributor-not-declared": said(
            "Le compte {recipient} atteint la table de correspondance {table} et n’est pas déclaré comme habilité à attribuer.",
            "The account {recipient} reaches the correspondence table {table} and is not declared as allowed to attribute.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Mettre clés et correspondances dans un coffre ou une instance distincts, sous double contrôle, et tenir la liste nominative des "
        "habilités ; décrire le domaine de chaque export.",
        "Put keys and correspondences in a separate vault or instance, under dual control, and keep the list of those allowed; describe "
        "the domain of each export.",
    ),
    rationale=said(
        "Une donnée n’est pseudonymisée que si ce qui permet de revenir à la personne est conservé séparément et protégé : c’est la "
        "définition même de l’article 4(5) du RGPD. Une table de correspondance dans la base qu’elle éclaire, ou un compte qui lit les "
        "deux, n’ôte rien à personne. Les lignes directrices de 2025 demandent aussi de définir le domaine ; elles ont été lues dans des "
        "comptes rendus de leur version soumise à consultation.",
        "Data are pseudonymised only if what leads back to the person is kept separately and protected: that is the very definition of "
        "article 4(5) of the GDPR. A correspondence table in the database it explains, or an account that reads both, removes nothing from "
        "anyone. The 2025 guidelines also ask that the domain be defined; they were read in accounts of the version put to consultation.",
    ),
    judgement=said(
        "Dire si le double contrôle est effectif, et si deux comptes distincts sont en fait dans les mêmes mains.",
        "Whether dual control is real, and whether two accounts are in fact in the same hands.",
    ),
)
