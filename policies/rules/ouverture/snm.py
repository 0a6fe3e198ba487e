"""Multimodal services that receive data without an agreement, that read taps, or that the register does not know."""

from collections.abc import Iterator
from typing import Any, Final

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import once, pieces_of, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, some

KIND: Final = "mobility-data-agreement"


def services_that_receive_too_much(t: Tables) -> list[dict[str, Any]]:
    """Return the rights of multimodal services on taps, what their agreements lack, and those an agreement names and the register not.

    Raises:
        NotConcerned: the register declares no such service, and no agreement with one is on file.
    """
    recipients = t["declared_recipients"]
    services = recipients.filter(recipients.kind == "multimodal-service")
    known = some(t, services)
    if not known and not ("declared_pieces" in t and pieces_of(t, KIND)):
        raise NotConcerned(said("aucun service numérique multimodal n’est déclaré", "no multimodal digital service is declared"))
    return as_far_as_known(
        lambda: _readers(t, services) if known else [],
        lambda: once(_agreements(t, services)),
        lambda: _undeclared(t, services),
    )


def _readers(t: Tables, services: Relation) -> list[dict[str, Any]]:
    grants = t.held("grants", "role", "table")
    if grants is None:
        return []
    stores = t["observed_stores"]
    taps = stores.filter(stores.canonical == "validations").select("table").distinct()
    accounts = services.filter(services.account.notnull()).select("recipient", role=_.account).distinct()
    reading = grants.semi_join(taps, "table").join(accounts, "role")
    return t.ask(reading.select("table", "recipient").distinct().mutate(kind=ibis.literal("service-reads-taps")))


def _agreements(t: Tables, services: Relation) -> Iterator[dict[str, Any]]:
    places = services.group_by("activity", "recipient").agg(file=services.file.min(), line=services.line.min())
    for row in t.ask(places.order_by("activity", "recipient")):
        for fault in shown(t, KIND, activity=row["activity"], party=row["recipient"], holds=holds_of(KIND)):
            yield {**row, **fault}


def _undeclared(t: Tables, services: Relation) -> Iterator[dict[str, Any]]:
    declared = {row["recipient"] for row in t.ask(services.select("recipient").distinct())}
    for piece in pieces_of(t, KIND):
        if piece["party"] is not None and piece["party"] not in declared:
            yield {"kind": "service-not-declared", "recipient": piece["party"], "file": piece["file"], "line": piece["line"]}


RULE = Rule(
    id="TRA-SNM",
    name="opening.services-that-receive-too-much",
    family="ouverture",
    title=said("Services numériques multimodaux", "Multimodal digital services"),
    severity=Severity.MAJOR,
    sources=(legal.TRANSPORTS_L1115_10,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_recipients", "observed_stores"),
    query=services_that_receive_too_much,
    message=said(
        "Le service multimodal {recipient} reçoit des données sans convention suffisante.",
        "The multimodal service {recipient} receives data without a sufficient agreement.",
    ),
    messages={
        "service-reads-taps": said(
            "Le service multimodal {recipient} a des droits sur {table}, qui contient des validations.",
            "The multimodal service {recipient} has privileges on {table}, which holds taps.",
        ),
        "service-not-declared": said(
            "Une convention lie le service multimodal {recipient}, que le registre ne déclare pas parmi ses destinataires.",
            "An agreement binds the multimodal service {recipient}, which the register does not declare among its recipients.",
        ),
        **worded("Convention avec le service multimodal {recipient}", "Agreement with the multimodal service {recipient}"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Signer une convention qui limite les données, les finalités et les durées ; retirer tout droit sur les validations ; déclarer le "
        "service au registre.",
        "Sign an agreement that limits data, purposes and terms; withdraw every right on taps; declare the service in the register.",
    ),
    rationale=said(
        "La loi ouvre la vente des titres à des services tiers. Vendre un titre demande peu de données, et jamais l’historique des "
        "voyages : ce qui part doit être déclaré, réduit à la vente, et tenu par une convention. Le code et le décret ont été lus en "
        "partie ; le contenu des réserves de la CNIL dans son avis n° 2021-091 n’a pas été lu.",
        "The law opens the sale of tickets to third-party services. Selling a ticket takes few data, and never the history of journeys: "
        "what leaves must be declared, reduced to the sale, and bound by an agreement. The code and the decree were read in part; the "
        "content of the CNIL’s reservations in its opinion 2021-091 was not read.",
    ),
    judgement=said(
        "Si les données remises se limitent à ce que la vente demande, et si les conditions répondent aux réserves de la CNIL.",
        "Whether the data handed over are limited to what the sale takes, and whether the terms answer the CNIL’s reservations.",
    ),
)
