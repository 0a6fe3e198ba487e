"""Requests answered late, left without an answer past their term, or refused without reasons."""

from typing import Any

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import counted, is_answered
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, later, today, whole_days


def requests_past_their_month(t: Tables) -> list[dict[str, Any]]:
    """Count the requests past their due day, the extensions announced too late, and the refusals without reasons.

    The due day is the same day of the next month, or its last day; an extension announced by then adds its own months to the day
    of reception. An answer given on the due day is in time.
    """
    return as_far_as_known(lambda: _late(t), lambda: _unreasoned(t))


def _dated(t: Tables) -> Relation:
    requests = t["requests"]
    received = requests.received_on.cast("timestamp")
    first, more = t.duration("term"), t.duration("extension")
    longest = Duration(months=first.months + more.months, seconds=first.seconds + more.seconds)
    due = later(received, first)
    announced = requests.extended_on.notnull() & (requests.extended_on.cast("timestamp") <= due)
    return requests.mutate(first_due=due, due=announced.ifelse(later(received, longest), due))


def _late(t: Tables) -> list[dict[str, Any]]:
    requests = _dated(t).filter(t["requests"].received_on.notnull())
    now = today(t).cast("timestamp")
    done = is_answered(t, requests)
    answered, still_open = requests.filter(done), requests.filter(~done)
    late = answered.filter(answered.answered_on.cast("timestamp") > answered.due)
    overdue = still_open.filter(still_open.due < now)
    extended = requests.filter(requests.extended_on.cast("timestamp") > requests.first_due)
    waited = late.answered_on.cast("timestamp").epoch_seconds() - late.received_on.cast("timestamp").epoch_seconds()
    waiting = now.epoch_seconds() - overdue.received_on.cast("timestamp").epoch_seconds()
    return [
        *counted(t, late, "answered-late", delay=whole_days(waited.max())),
        *counted(t, overdue, "open-past-due", delay=whole_days(waiting.max())),
        *counted(t, extended, "extension-announced-late"),
    ]


def _unreasoned(t: Tables) -> list[dict[str, Any]]:
    t.require("requests.refused", "requests.refusal_reasoned")
    requests = t["requests"]
    refused = requests.filter(requests.refused.fill_null(False), ~requests.refusal_reasoned.fill_null(False))
    return counted(t, refused, "refusal-not-reasoned")


RULE = Rule(
    id="DROIT-DELAI",
    name="rights.requests-past-their-month",
    family="droits",
    title=said("Réponse sous un mois", "One-month reply"),
    severity=Severity.BLOCKING,
    sources=(legal.GDPR_ART_12_3, legal.GDPR_ART_12_4, legal.CNIL_QUESTION_1435),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("requests.received_on", "requests.answered_on", "requests.extended_on"),
    parameters={"term": "P1M", "extension": "P2M"},
    query=requests_past_their_month,
    message=said(
        "{table} : {requests} demandes hors du délai, la plus ancienne reçue le {oldest}.",
        "{table}: {requests} requests past their term, the earliest received on {oldest}.",
    ),
    messages={
        "answered-late": said(
            "{table} : {requests} demandes ont reçu leur réponse après le terme, la plus ancienne reçue le {oldest}, délai le plus long de "
            "{delay}.",
            "{table}: {requests} requests were answered past their term, the earliest received on {oldest}, longest delay {delay}.",
        ),
        "open-past-due": said(
            "{table} : {requests} demandes attendent encore une réponse alors que le terme est passé, la plus ancienne reçue le {oldest}, "
            "depuis {delay}.",
            "{table}: {requests} requests still await an answer though the term has passed, the earliest received on {oldest}, for "
            "{delay}.",
        ),
        "extension-announced-late": said(
            "{table} : {requests} prolongations annoncées après le premier mois, la plus ancienne demande reçue le {oldest}.",
            "{table}: {requests} extensions announced past the first month, the earliest request received on {oldest}.",
        ),
        "refusal-not-reasoned": said(
            "{table} : {requests} refus sans motif ni voies de recours, la plus ancienne demande reçue le {oldest}.",
            "{table}: {requests} refusals without reasons or remedies, the earliest request received on {oldest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Répondre aux demandes en retard ; alerter à vingt jours ; annoncer toute prolongation avec ses raisons dans le premier mois ; "
        "motiver les refus et donner les voies de recours.",
        "Answer the overdue requests; raise an alert at twenty days; announce any extension with its reasons within the first month; give "
        "the reasons and the remedies with each refusal.",
    ),
    rationale=said(
        "La personne qui exerce un droit reçoit une réponse dans le mois. Deux mois de plus sont possibles pour une demande complexe, si "
        "elle en est informée, avec les raisons, avant la fin du premier. Un refus se motive et dit comment le contester. Le silence "
        "prive la personne de son droit sans même le lui dire.",
        "A person who exercises a right is answered within the month. Two more months are possible for a complex request, if the person is "
        "told, with the reasons, before the first one ends. A refusal gives its reasons and tells how to contest it. Silence deprives the "
        "person of the right without even saying so.",
    ),
    judgement=said(
        "Si la complexité justifiait chaque prolongation, si les motifs d’un refus sont fondés, et le report d’un terme qui tombe un jour "
        "non ouvré, que la règle n’applique pas.",
        "Whether complexity justified each extension, whether the reasons of a refusal hold, and the carrying over of a term that ends on "
        "a non-working day, which the rule does not apply.",
    ),
)
