"""A procedure that leaves out holders of unnamed cards, or unnamed cards refused though shown at the counter."""

from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import counted
from policies.rules.pieces import shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

UNNAMED = ("anonymous", "declarative")
"""Kinds of cards whose holder is in no file."""


def unnamed_cards_left_without_rights(t: Tables) -> list[dict[str, Any]]:
    """Return what the procedure on file lacks, then the requests refused at the counter for a card that bears no name in the files."""
    return as_far_as_known(lambda: shown(t, "rights-procedure", holds=holds_of("rights-procedure")), lambda: _refused(t))


def _refused(t: Tables) -> list[dict[str, Any]]:
    requests = t.held("requests", "medium", "channel", "refused", "received_on")
    if requests is None:
        return []
    at_hand = requests.filter(requests.channel == "counter", requests.medium.isin(UNNAMED), requests.refused.fill_null(False))
    return counted(t, at_hand, "unnamed-card-refused")


RULE = Rule(
    id="DROIT-ACC-ART11",
    name="rights.unnamed-cards-left-without-rights",
    family="droits",
    title=said("Demande sur un titre non nominatif", "Requests about unnamed cards"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_11, legal.GDPR_ART_12_6),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_pieces",),
    query=unnamed_cards_left_without_rights,
    message=said(
        "La procédure ne dit pas comment répondre au porteur d’une carte sans nom.",
        "The procedure does not tell how to answer the holder of an unnamed card.",
    ),
    messages={
        "unnamed-card-refused": said(
            "{table} : {requests} demandes faites au guichet pour une carte sans nom ont été refusées, la plus ancienne reçue le {oldest}.",
            "{table}: {requests} requests made at the counter for an unnamed card were refused, the earliest received on {oldest}.",
        ),
        **worded("Procédure d’exercice des droits", "Procedure for the exercise of rights"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Ouvrir le guichet : lire la carte présentée, contrôler à vue, répondre, sans créer de fiche client.",
        "Open the counter: read the card shown, check by sight, answer, without creating a customer record.",
    ),
    rationale=said(
        "Nul n’est tenu d’identifier une personne à seule fin de lui répondre. Mais celle qui fournit de quoi être reconnue retrouve tous "
        "ses droits : la carte en main suffit, comme le contrôle visuel admis pour le passe Navigo. Sans ce canal, voyager sans être "
        "nommé reviendrait à renoncer à ses droits.",
        "Nobody has to identify a person merely to answer. But the one who supplies what allows recognition has every right again: the "
        "card in hand is enough, like the visual check accepted for the Navigo card. Without that channel, to travel unnamed would mean "
        "giving up one’s rights.",
    ),
    judgement=said(
        "Si la procédure est vraiment suivie au guichet, et si un refus reposait sur un doute raisonnable quant à l’identité.",
        "Whether the procedure is truly followed at the counter, and whether a refusal rested on a reasonable doubt of identity.",
    ),
)
