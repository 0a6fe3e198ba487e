"""The link between a card and its contract, open to analysts, read without a case, orphan or kept too long."""

from functools import partial
from typing import Any, Final

import ibis
import ibis.expr.types as ir
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules import uses
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, today

_LINKS: Final = ("cards.customer", "contracts.card", "correspondences.card", "correspondences.customer")
"""Canonical columns by which a table ties a card to a contract or to a person."""
STATISTICS: Final = "statistiques"


def links_open_orphan_or_kept_too_long(t: Tables) -> list[dict[str, Any]]:
    """Return who among the analysts may read the link or read it, who read it without a case, and the links that should be gone."""
    return as_far_as_known(partial(_open, t), partial(_read, t), partial(_orphans, t), partial(_past, t))


def link_tables(t: Tables) -> Relation:
    """Return the physical tables that tie a card to a contract or a person: `table`."""
    columns = t["observed_columns"]
    return columns.filter(columns.mapped.isin(_LINKS)).select("table").distinct()


def analysts(t: Tables) -> Relation:
    """Return the accounts of the activities whose purposes are all statistical: `activity`, `account`."""
    purposes = t["declared_purposes"]
    others = purposes.filter(purposes.family.fill_null("") != STATISTICS).select("activity")
    statistical = purposes.select("activity").distinct().anti_join(others, "activity")
    accounts = t["declared_recipients"].filter(_.account.notnull()).select("activity", "account")
    return accounts.semi_join(statistical, "activity").distinct()


def _open(t: Tables) -> list[dict[str, Any]]:
    granted = uses.rights(t)
    if granted is None:
        return []
    readable = uses.may_read(granted).semi_join(link_tables(t), "table")
    statistical = analysts(t)
    found = readable.join(statistical, readable.role == statistical.account)
    return t.ask(found.select("table", "activity", recipient=found.role, kind=ibis.literal("link-open-to-analysts")))


def _read(t: Tables) -> list[dict[str, Any]]:
    log = uses.consultations(t, "operation", "ticket")
    if log is None:
        return []
    read = uses.by_role(uses.readings(log).semi_join(link_tables(t), "table"))
    statistical = analysts(t)
    by_analysts = read.semi_join(statistical, read.recipient == statistical.account)
    without_case = uses.outside_ticket(log, link_tables(t))
    return [
        row
        for found, kind in ((by_analysts, "link-read-by-analysts"), (without_case, "link-read-outside-ticket"))
        for row in t.ask(found.mutate(kind=ibis.literal(kind)))
    ]


def _orphans(t: Tables) -> list[dict[str, Any]]:
    cards, customers = t["cards"], t.held("customers", "customer")
    if customers is None:
        return []
    # Numbers are comparable across stores, and a copy may hold a part of the customers only.
    orphans = cards.filter(cards.customer.notnull()).anti_join(customers, "customer")
    return t.ask(_counted(orphans, None, "link-orphan"))


def _past(t: Tables) -> list[dict[str, Any]]:
    """Count, per table, the links of the cards whose last contract ended before the term."""
    contracts = t.held("contracts", "card", "ends_on")
    if contracts is None:
        return []
    limit = ibis.literal(t.duration("term").before(t.as_of).date(), type="date")
    held = contracts.filter(contracts.card.notnull())
    running = held.ends_on.isnull() | (held.ends_on >= today(t))
    last = held.group_by([held.card.name("of_card")]).agg(ended_on=held.ends_on.max(), runs=running.any())
    over = last.filter(~last.runs, last.ended_on < limit).drop("runs")
    cards = t["cards"]
    on_cards = cards.filter(cards.customer.notnull()).join(over, cards.card == over.of_card)
    on_contracts = held.filter(held.customer.notnull()).join(over, held.card == over.of_card)
    return [
        row for linked in (on_cards, on_contracts) for row in t.ask(_with_term(t, _counted(linked, linked.ended_on, "link-past-its-term")))
    ]


def _with_term(t: Tables, counted: Relation) -> Relation:
    return counted.mutate(term=ibis.literal(t.parameter("term")))


def _counted(links: Relation, since: ir.DateValue | None, kind: str) -> Relation:
    oldest = {} if since is None else {"oldest": since.min()}
    counted = links.group_by([links.physical.name("table"), "store", "store_role"]).agg(
        rows=links.count(), cards=links.card.nunique(), **oldest
    )
    return counted.mutate(kind=ibis.literal(kind))


RULE = Rule(
    id="BIL-SAV-LIEN",
    name="aftersales.card-links-open-or-kept",
    family="sav",
    title=said("Lien carte-contrat conservé à part", "Card-to-contract link is separate additional information"),
    severity=Severity.BLOCKING,
    sources=(legal.GDPR_ART_4_5, legal.EDPB_01_2025),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("cards.card", "cards.customer", "observed_columns", "observed_stores", "declared_purposes", "declared_recipients"),
    parameters={"term": "P2Y"},
    query=links_open_orphan_or_kept_too_long,
    message=said("{table} garde un lien entre cartes et contrats.", "{table} keeps a link between cards and contracts."),
    messages={
        "link-open-to-analysts": said(
            "Le compte {recipient} de la fiche statistique {activity} peut lire {table}, qui relie les cartes à leurs contrats.",
            "The account {recipient} of the statistical record {activity} may read {table}, which ties cards to their contracts.",
        ),
        "link-read-by-analysts": said(
            "Le compte statistique {recipient} a lu {entries} fois {table}, qui relie les cartes à leurs contrats, la dernière le "
            "{newest}.",
            "The statistical account {recipient} read {table}, which ties cards to their contracts, {entries} times, last on {newest}.",
        ),
        "link-read-outside-ticket": said(
            "Le compte {recipient} a lu {entries} fois {table}, qui relie les cartes à leurs contrats, sans dossier de service "
            "après-vente ; la "
            "dernière le {newest}.",
            "The account {recipient} read {table}, which ties cards to their contracts, {entries} times without an after-sales case, "
            "last on "
            "{newest}.",
        ),
        "link-orphan": said(
            "{table} (magasin {store}) relie {cards} cartes à des clients qui n’existent plus : {rows} lignes.",
            "{table} (store {store}) ties {cards} cards to customers that no longer exist: {rows} rows.",
        ),
        "link-past-its-term": said(
            "{table} (magasin {store}) relie encore à un client {cards} cartes dont le dernier contrat a pris fin depuis plus de {term} "
            ": "
            "{rows} lignes, la fin la plus ancienne du {oldest}.",
            "{table} (store {store}) still ties to a customer {cards} cards whose last contract ended more than {term} ago: {rows} "
            "rows, the "
            "earliest end on {oldest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Isoler la table du lien, hors du domaine statistique ; ne l’ouvrir qu’à un dossier de service après-vente, avec trace ; "
        "supprimer "
        "les liens orphelins et ceux dont le terme est passé.",
        "Keep the table of links apart from the statistical domain; open it to an after-sales case only, with a trace; delete the orphan "
        "links and those past their term.",
    ),
    rationale=said(
        "Une donnée n’est pseudonyme que si ce qui permet de remonter à la personne est gardé à part, dit l’article 4(5) du RGPD. Le "
        "lien "
        "entre une carte et son contrat sert au service après-vente ; lu par ceux qui font les statistiques, il rend leurs fichiers "
        "nominatifs. Les lignes directrices 01/2025 n’ont été lues que dans des comptes rendus de la version de consultation. Le terme "
        "de "
        "deux ans suit celui des contrats.",
        "Data is pseudonymous only if what leads back to the person is kept apart, says article 4(5) GDPR. The link between a card and "
        "its "
        "contract serves after-sales; read by those who make statistics, it makes their files nominative. Guidelines 01/2025 were read "
        "in "
        "accounts of the consultation version only. The term of two years follows that of contracts.",
    ),
    judgement=said(
        "Une personne doit encore dire si les comptes déclarés sous une fiche statistique ne servent qu’à elle, et si une obligation "
        "légale "
        "garde un lien ancien, à part et en accès restreint.",
        "A person must still say whether the accounts declared under a statistical record serve it alone, and whether a legal obligation "
        "keeps an old link, apart and with restricted access.",
    ),
)
