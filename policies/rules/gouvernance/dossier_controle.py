"""Documents that an inspection asks for and that the pack does not hold."""

from collections.abc import Iterator
from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import pieces_of, shown, worded
from policies.rules.questions import some

ALWAYS = (
    "impact-assessment",
    "notice",
    "rights-procedure",
    "breach-register",
    "purge-proof",
    "reidentification-analysis",
    "access-review",
    "log-policy",
    "suspension-record",
)
"""Kinds of pieces the pack holds whatever the network: what is usually asked, then what ticketing adds."""
AT_HAND = ("present", "unsealed")
"""States of a document that an inspector can copy."""


def pack_not_ready(t: Tables) -> Iterator[dict[str, Any]]:
    """Yield the kinds of pieces without a document an inspector could copy, then what the summary of the pack leaves out.

    A contract is due where somebody processes for another, an arrangement where controllers are joint, proof of consent where a
    purpose rests on it, safeguards where data leave the Union.
    """
    for kind in (*ALWAYS, *_made_due(t)):
        pieces = pieces_of(t, kind)
        if not pieces:
            yield {"kind": "pack-without-piece", "missing": kind}
        elif not any(piece["document_state"] in AT_HAND for piece in pieces):
            first = pieces[0]
            yield {"kind": "pack-without-document", "value": first["piece"], "file": first["file"], "line": first["line"]}
    yield from shown(t, "inspection-pack", holds=holds_of("inspection-pack", *_not_due(t)))


def _made_due(t: Tables) -> Iterator[str]:
    actors = t["declared_actors"]
    for role, kind in (("processor", "contract"), ("joint-controller", "joint-controllers-agreement")):
        if some(t, actors.filter(actors.role == role)):
            yield kind


def _not_due(t: Tables) -> Iterator[str]:
    purposes = t["declared_purposes"]
    if not some(t, purposes.filter(purposes.basis == "consent")):
        yield "consent-proof"
    if not some(t, t["declared_transfers"]):
        yield "transfer-safeguards"


RULE = Rule(
    id="GOUV-CONTROLE",
    name="governance.inspection-pack-not-ready",
    family="gouvernance",
    title=said("Dossier de contrôle CNIL prêt", "Inspection pack ready"),
    severity=Severity.MAJOR,
    sources=(legal.LOI_78_17_ART_19, legal.CNIL_CONTROLES),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_pieces", "declared_actors", "declared_purposes", "declared_transfers"),
    query=pack_not_ready,
    message=said("Le dossier de contrôle n’est pas complet.", "The inspection pack is not complete."),
    messages={
        "pack-without-piece": said(
            "Le dossier de contrôle ne contient aucune pièce « {missing} ».", "The inspection pack holds no piece “{missing}”."
        ),
        "pack-without-document": said(
            "Le dossier de contrôle cite la pièce « {value} » sans le document que l’on pourrait copier.",
            "The inspection pack cites the piece “{value}” without the document that could be copied.",
        ),
        **worded("Sommaire du dossier de contrôle", "Summary of the inspection pack"),
    },
    remediation=said(
        "Verser au dossier les pièces manquantes, avec leur document ; `poincon report controle` le rassemble.",
        "Put the missing pieces on file, with their document; `poincon report controle` gathers it.",
    ),
    rationale=said(
        "La CNIL peut entrer dans les locaux de 6 h à 21 h, copier tout document, accéder aux programmes et aux données et en obtenir une "
        "transcription exploitable. La liste des pièces demandées d’ordinaire vient de récits secondaires ; la billettique y ajoute les "
        "preuves de purge à 48 heures, l’analyse d’anonymisation, la revue des habilitations, les journaux, la grille tarifaire et le "
        "journal de suspension du chiffrement.",
        "The supervisory authority may enter premises from 6 a.m. to 9 p.m., copy any document, access programs and data and obtain a "
        "usable transcription. The list of what is usually asked comes from secondary accounts; ticketing adds proofs of the 48-hour "
        "purge, the anonymisation analysis, the access review, the logs, the fares and the record of suspensions of encryption.",
    ),
    judgement=said(
        "Si le contenu de chaque pièce répond à ce qu’un contrôle demanderait, et qui reçoit les agents de la CNIL.",
        "Whether each piece answers what an inspection would ask, and who receives the inspectors.",
    ),
)
