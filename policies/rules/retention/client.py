"""Customers still named more than two years after the relation ended."""

from functools import reduce

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import latest_of

NAMES = ("name", "email", "phone", "address", "birth_date")
"""Columns of a customer that name the person."""


def customers_named_past_their_term(t: Tables) -> Relation:
    """Count, per table, the customers still named though the relation ended before the term.

    The relation ends on the latest of the closing date and the ends of the contracts held or paid for; a customer without
    a closing date, or with a contract that runs or has no end, is in a living relation.
    """
    customers = t["customers"]
    ended = _with_last_contract(customers, t)
    over = ended.filter(ended.closed_on.notnull(), ~ended.still_running.fill_null(False))
    dated = over.mutate(ended_on=latest_of(over.closed_on, over.last_end))
    limit = ibis.literal(t.duration("term").before(t.as_of).date(), type="date")
    overdue = dated.filter(dated.ended_on < limit, _is_named(dated))
    counted = overdue.group_by([overdue.physical.name("table"), overdue.store, overdue.store_role]).agg(
        rows=overdue.count(), customers=overdue.customer.nunique(), oldest=overdue.ended_on.min()
    )
    totals = customers.group_by([customers.physical.name("held_in")]).agg(total=customers.count())
    shared = counted.join(totals, counted.table == totals.held_in)
    return shared.mutate(share=shared.rows / shared.total, term=ibis.literal(t.parameter("term"))).drop("held_in", "total")


def _is_named(customers: Relation) -> ir.BooleanValue:
    return reduce(lambda one, other: one | other, (customers[name].notnull() for name in NAMES))


def _with_last_contract(customers: Relation, t: Tables) -> Relation:
    contracts = t.held("contracts", "ends_on")
    if contracts is None:
        nothing = {"last_end": ibis.literal(None, type="date"), "still_running": ibis.literal(None, type="boolean")}
        return customers.mutate(**nothing)
    links = [contracts.select(person=contracts[role], ends_on=contracts.ends_on) for role in ("customer", "payer")]
    if "cards" in t:
        cards = t["cards"]
        holders = cards.filter(cards.customer.notnull()).select(held_card=cards.card, person=cards.customer)
        carried = contracts.join(holders, contracts.card == holders.held_card)
        links.append(carried.select(person=carried.person, ends_on=carried.ends_on))
    held = ibis.union(*links)
    running = held.ends_on.isnull() | (held.ends_on >= ibis.literal(t.as_of.date(), type="date"))
    last = held.filter(held.person.notnull()).group_by("person").agg(last_end=held.ends_on.max(), still_running=running.any())
    return customers.left_join(last, customers.customer == last.person).drop("person")


RULE = Rule(
    id="BIL-RET-CLIENT",
    name="retention.customers-past-contract-and-2-years",
    family="retention",
    title=said("Données clients : contrat + 2 ans", "Customer file: contract + 2 years"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2011_107_ART_4, legal.CNIL_QUESTIONS),
    reading=Reading.VERIFIED,
    needs=("customers.closed_on", "customers.customer"),
    parameters={"term": "P2Y"},
    query=customers_named_past_their_term,
    message=said(
        "{table} (magasin {store}) garde nominativement des clients dont la relation a pris fin depuis plus de {term} : "
        "{customers} clients, la fin la plus ancienne du {oldest}.",
        "{table} (store {store}) still names customers whose relation ended more than {term} ago: "
        "{customers} customers, the earliest end on {oldest}.",
    ),
    remediation=said(
        "Effacer ou anonymiser ces fiches ; archiver à part, en accès restreint, ce qui relève d’une obligation légale.",
        "Erase or anonymise these records; archive apart, with restricted access, what a legal obligation covers.",
    ),
    rationale=said(
        "Une fois la relation terminée, l’opérateur n’a plus besoin de savoir qui était la personne, sinon pour un temps : 2 ans selon "
        "le repère du secteur, à compter de la fin la plus tardive. Une fiche sans date de clôture est tenue pour vivante : "
        "il revient à l’organisme de clore ses comptes dormants.",
        "Once the relation is over the operator no longer needs to know who the person was, except for a while: 2 years in the "
        "sector’s benchmark, from the latest end. A record without a closing date is taken as alive: closing dormant accounts is "
        "for the body to do.",
    ),
    conflicts=(legal.CONFLICT_CLIENT_TERM,),
)
