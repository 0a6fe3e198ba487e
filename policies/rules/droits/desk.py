"""The requests that persons made, as several rules look at them."""

from typing import Any

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Tables
from auditor.vocabulary.text import said
from policies.rules.questions import some, today

SAID = {
    "access": said("d’accès", "access"),
    "erasure": said("d’effacement", "erasure"),
    "portability": said("de portabilité", "portability"),
}


def asked(t: Tables, kind: str) -> Relation:
    """Return the requests of one kind."""
    requests = t["requests"]
    return requests.filter(requests.kind == kind)


def is_answered(t: Tables, requests: Relation) -> ir.BooleanValue:
    """Tell the requests answered on or before the day of the audit."""
    return requests.answered_on.notnull() & (requests.answered_on <= today(t))


def answered(t: Tables, kind: str) -> Relation:
    """Return the requests of one kind that received an answer other than a refusal.

    Raises:
        NotConcerned: none did.
    """
    of_kind = asked(t, kind)
    met = of_kind.filter(is_answered(t, of_kind), ~of_kind.refused.fill_null(False))
    if not some(t, met):
        raise NotConcerned(
            said(
                f"aucune demande {SAID[kind].fr} n’a reçu de réponse, refus mis à part",
                f"no {SAID[kind].en} request was answered, refusals left aside",
            )
        )
    return met


def counted(t: Tables, requests: Relation, kind: str, **more: Any) -> list[dict[str, Any]]:
    """Count some requests per table that holds them, with the day the earliest was received."""
    by_table = requests.group_by([requests.physical.name("table"), requests.store, requests.store_role]).agg(
        requests=requests.count(), oldest=requests.received_on.min(), **more
    )
    return t.ask(by_table.mutate(kind=ibis.literal(kind)))
