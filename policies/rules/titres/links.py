"""How a card of one kind of medium is tied to a customer record: by itself, by a contract or by a sale."""

from functools import reduce

import ibis

from auditor.engine.base import Relation
from auditor.rules import Tables


def cards_tied_to_a_customer(t: Tables, medium: str) -> Relation:
    """Count, per table where the tie is held, the cards of one medium that name a customer, and those customers."""
    ties = [_tied(t, medium, "cards", "linked-on-the-card")]
    ties += [_tied(t, medium, name, kind) for name, kind in _LINKS if name in t]
    return reduce(lambda one, other: one.union(other), ties)


_LINKS = (("contracts", "linked-by-a-contract"), ("sales", "linked-by-a-sale"))


def cards_of(t: Tables, medium: str) -> Relation:
    """Return the cards of one kind of medium."""
    cards = t["cards"]
    return cards.filter(cards.medium == medium)


def _tied(t: Tables, medium: str, name: str, kind: str) -> Relation:
    table = t[name]
    concerned = cards_of(t, medium).select(of_medium=ibis._.card).distinct()
    tied = table.join(concerned, table.card == concerned.of_medium).filter(table.customer.notnull())
    counted = tied.group_by([tied.physical.name("table"), tied.store, tied.store_role]).agg(
        rows=tied.count(), cards=tied.card.nunique(), customers=tied.customer.nunique()
    )
    return counted.mutate(kind=ibis.literal(kind))
