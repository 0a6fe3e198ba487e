"""A data protection officer that the network, its records or its notices do not name."""

from collections.abc import Iterator
from typing import Any

from ibis import _

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import lacking, pieces_of, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

CONTACT = "dpo-contact"
"""Heading of a notice that tells how to reach the officer."""


def officer_not_named(t: Tables) -> list[dict[str, Any]]:
    """Return where the officer is not named: the network, a record, the designation on file, a notice.

    Raises:
        CouldNotCheck: who the network is was not given to the audit.
        TableAbsent: the register names the officer, and the network has no evidence folder to show the rest.
    """
    return as_far_as_known(lambda: _declared(t), lambda: _designated(t))


def _declared(t: Tables) -> Iterator[dict[str, Any]]:
    identity = t.ask(t["declared_identity"])
    if not identity:
        raise CouldNotCheck(
            "Who the network is was not given to the audit.",
            "The data protection officer is that of a body: without it there is nobody to look for.",
            "Fill the section [network] of poincon.toml.",
        )
    if not (identity[0]["dpo"] or "").strip():
        yield {"kind": "officer-not-in-network", "file": "poincon.toml"}
    activities = t["declared_activities"]
    for row in t.ask(activities.filter(activities.dpo.fill_null("") == "").select("activity", "file", "line").order_by(_.activity)):
        yield {**row, "kind": "officer-not-in-record"}


def _designated(t: Tables) -> Iterator[dict[str, Any]]:
    yield from shown(t, "dpo-designation", holds=holds_of("dpo-designation"))
    for notice in pieces_of(t, "notice"):
        if lacking(t, notice, (CONTACT,)):
            yield {"kind": "officer-not-in-notice", "value": notice["piece"], "file": notice["file"], "line": notice["line"]}


RULE = Rule(
    id="GOUV-DPO",
    name="governance.officer-not-named",
    family="gouvernance",
    title=said("Délégué à la protection des données", "Data protection officer appointed"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_37, legal.CNIL_QUESTION_1363),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_activities", "declared_identity"),
    query=officer_not_named,
    message=said(
        "La fiche {activity} ne donne pas les coordonnées du délégué à la protection des données.",
        "The record {activity} does not give the contact details of the data protection officer.",
    ),
    messages={
        "officer-not-in-network": said(
            "Le réseau ne nomme aucun délégué à la protection des données.", "The network names no data protection officer."
        ),
        "officer-not-in-notice": said(
            "La mention « {value} » ne dit pas comment joindre le délégué à la protection des données.",
            "The notice “{value}” does not tell how to reach the data protection officer.",
        ),
        **worded("Désignation du délégué", "Designation of the officer"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Désigner le délégué, publier ses coordonnées et les communiquer à la CNIL ; les porter au registre et dans chaque mention.",
        "Designate the officer, publish the contact details and give them to the supervisory authority; put them in the register and in "
        "each notice.",
    ),
    rationale=said(
        "La désignation est obligatoire pour une autorité publique, et pour qui suit des personnes régulièrement, systématiquement et à "
        "grande échelle : le Groupe de l’article 29 citait les données de voyage d’un transport urbain. Un délégué que le registre et les "
        "mentions ne nomment pas est un délégué que personne ne peut joindre.",
        "Designation is compulsory for a public authority, and for whoever monitors persons regularly, systematically and on a large "
        "scale: the Article 29 Working Party cited the travel data of a city’s transport. An officer whom neither register nor notices "
        "name is one whom nobody can reach.",
    ),
    judgement=said(
        "Si le délégué a les moyens, l’indépendance et les compétences que le règlement demande.",
        "Whether the officer has the means, the independence and the skills that the regulation requires.",
    ),
)
