"""A register that the public cannot read, or whose public edition no longer matches it."""

from collections.abc import Iterator
from typing import Any, Final

from ibis import _

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import pieces_of, shown, worded

KIND: Final = "public-register"


def register_without_a_public_edition(t: Tables) -> Iterator[dict[str, Any]]:
    """Yield what the public edition of the register lacks, and the activities it leaves out.

    The edition must not be older than the last update of an activity: it would describe another register.
    """
    activities = t["declared_activities"]
    updated = t.ask(activities.aggregate(last=activities.updated_on.max()))[0]["last"]
    yield from shown(t, KIND, holds=holds_of(KIND), since=updated)
    if not pieces_of(t, KIND):
        return
    for row in t.ask(activities.select("activity", "file", "line").order_by(_.activity)):
        if not pieces_of(t, KIND, activity=row["activity"]):
            yield {**row, "kind": "activity-not-in-public-edition"}


RULE = Rule(
    id="REG-COMMUNICABLE",
    name="governance.register-without-a-public-edition",
    family="gouvernance",
    title=said("Registre communicable au public", "Record that the public may read"),
    severity=Severity.MINOR,
    sources=(legal.CNIL_QUESTION_1359,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_activities", "declared_pieces"),
    query=register_without_a_public_edition,
    message=said("Le registre n’a pas d’édition publique à jour.", "The register has no up-to-date public edition."),
    messages={
        **worded("Édition publique du registre", "Public edition of the register"),
        "activity-not-in-public-edition": said(
            "L’édition publique du registre laisse de côté la fiche {activity}.",
            "The public edition of the register leaves out the record {activity}.",
        ),
    },
    remediation=said(
        "Produire l’édition publique du registre, éléments de sécurité occultés, à chaque mise à jour d’une fiche.",
        "Produce the public edition of the register, security details withheld, at each update of a record.",
    ),
    rationale=said(
        "Le registre d’un organisme public est un document administratif : la CNIL répond qu’il se communique à qui le demande, une fois "
        "occulté ce qui touche à la sécurité des systèmes. Le croire secret est une erreur courante ; une édition prête évite de répondre "
        "dans l’urgence, ou d’en donner trop.",
        "The register of a public body is an administrative document: the CNIL answers that it is disclosed to whoever asks, once what "
        "touches the security of systems is withheld. To think it secret is a common mistake; an edition kept ready avoids answering in "
        "haste, or giving too much.",
    ),
    judgement=said(
        "Si rien de ce qui reste dans l’édition publique ne met en danger la sécurité des systèmes.",
        "Whether nothing left in the public edition endangers the security of systems.",
    ),
)
