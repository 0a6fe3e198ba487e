"""Erasure requests after which the person is still named, still linked to a card, or of which nothing shows the erasure."""

from functools import reduce
from typing import Any

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import asked, counted, is_answered
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, later, today
from policies.rules.retention.client import NAMES


def erasures_not_carried_out(t: Tables) -> list[dict[str, Any]]:
    """Count what is left of the persons whose erasure was answered, or is past its month. Refused requests are left aside."""
    due = _due(t)
    return as_far_as_known(lambda: _still_named(t, due), lambda: _still_linked(t, due), lambda: _untraced(t, due))


def _due(t: Tables) -> Relation:
    requests = asked(t, "erasure")
    granted = requests.filter(~requests.refused.fill_null(False), requests.received_on.notnull())
    end = later(granted.received_on.cast("timestamp"), t.duration("term"))
    return granted.filter(is_answered(t, granted) | (end < today(t).cast("timestamp")))


def _still_named(t: Tables, due: Relation) -> list[dict[str, Any]]:
    customers = t.held("customers", "customer", "name")
    if customers is None:
        return []
    named = reduce(lambda one, other: one | other, (customers[name].notnull() for name in NAMES))
    concerned = due.filter(due.customer.notnull()).select(person=_.customer).distinct()
    left = customers.filter(named).join(concerned, customers.customer == concerned.person)
    counts = left.group_by([left.physical.name("table"), left.store, left.store_role]).agg(
        rows=left.count(), customers=left.customer.nunique()
    )
    return t.ask(counts.mutate(kind=ibis.literal("still-named")))


def _still_linked(t: Tables, due: Relation) -> list[dict[str, Any]]:
    cards = t.held("cards", "card", "customer")
    if cards is None:
        return []
    by_person = due.filter(due.customer.notnull()).select(person=_.customer).distinct()
    by_card = due.filter(due.card.notnull()).select(number=_.card).distinct()
    linked = cards.filter(cards.customer.notnull())
    known = linked.left_join(by_person, linked.customer == by_person.person)
    held = known.left_join(by_card, known.card == by_card.number)
    left = held.filter(held.person.notnull() | held.number.notnull())
    counts = left.group_by([left.physical.name("table"), left.store, left.store_role]).agg(rows=left.count(), cards=left.card.nunique())
    return t.ask(counts.mutate(kind=ibis.literal("still-linked")))


def _untraced(t: Tables, due: Relation) -> list[dict[str, Any]]:
    erasures = t.held("erasures", "request", "erased_on")
    if erasures is None:
        return []
    made = erasures.filter(erasures.erased_on <= today(t)).select("request").distinct()
    return counted(t, due.anti_join(made, "request"), "erasure-without-trace")


RULE = Rule(
    id="DROIT-EFF",
    name="rights.erasures-not-carried-out",
    family="droits",
    title=said("Effacement", "Erasure"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_17, legal.LOI_78_17_ART_51, legal.CNIL_DEVELOPPEUR_13),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("requests.kind", "requests.received_on", "requests.answered_on", "requests.customer", "requests.card"),
    parameters={"term": "P1M"},
    query=erasures_not_carried_out,
    message=said(
        "{table} (magasin {store}) garde des personnes qui ont demandé leur effacement.",
        "{table} (store {store}) keeps persons who asked to be erased.",
    ),
    messages={
        "still-named": said(
            "{table} (magasin {store}) nomme encore {customers} clients qui ont demandé leur effacement.",
            "{table} (store {store}) still names {customers} customers who asked to be erased.",
        ),
        "still-linked": said(
            "{table} (magasin {store}) relie encore {cards} cartes à des personnes qui ont demandé leur effacement.",
            "{table} (store {store}) still links {cards} cards to persons who asked to be erased.",
        ),
        "erasure-without-trace": said(
            "{table} : {requests} demandes d’effacement dont aucune trace ne montre l’exécution, la plus ancienne reçue le {oldest}.",
            "{table}: {requests} erasure requests that no trace shows carried out, the earliest received on {oldest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Effacer en cascade dans chaque table, exports et opposition compris ; avertir les sous-traitants ; garder la preuve de chaque "
        "effacement.",
        "Erase in cascade in each table, exports and block list included; tell the processors; keep the proof of each erasure.",
    ),
    rationale=said(
        "L’effacement se fait dans les meilleurs délais, et la personne reçoit une réponse dans le mois. Répondre « c’est fait » ne "
        "suffit pas : la fiche ne doit plus nommer la personne, sa carte ne plus mener à elle, et une trace doit montrer ce qui fut "
        "effacé, table par table.",
        "Erasure is carried out without undue delay, and the person is answered within the month. To answer “done” is not enough: the "
        "record must no longer name the person, the card no longer lead to them, and a trace must show what was erased, table by table.",
    ),
    judgement=said(
        "Si une exception de l’article 17(3) justifie ce qui reste : obligation comptable, contentieux, mission d’intérêt public, "
        "archives.",
        "Whether an exception of article 17(3) justifies what is left: accounting duty, litigation, public-interest task, archives.",
    ),
)
