"""Mandatory fields that a record of processing leaves empty."""

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal


def mandatory_fields_left_empty(t: Tables) -> Relation:
    """Return the fields of article 30(1) that an activity does not fill.

    Raises:
        CouldNotCheck: the register declares no activity at all.
    """
    fields = t["declared_fields"]
    if not t.ask(fields.aggregate(fields=fields.count()))[0]["fields"]:
        raise CouldNotCheck(
            "The register declares no activity.",
            "An empty register is not a complete one.",
            "Write one file per processing activity in registre/, or run `poincon init` for a starter register.",
        )
    empty = fields.filter(~fields.present.fill_null(False))
    return empty.select("activity", "file", "line", "article", missing=empty.field)


RULE = Rule(
    id="REG-CHAMPS",
    name="governance.mandatory-fields-left-empty",
    family="gouvernance",
    title=said("Champs obligatoires du registre", "Mandatory record fields"),
    severity=Severity.BLOCKING,
    sources=(legal.GDPR_ART_30_1, legal.CNIL_REGISTRE),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_fields",),
    query=mandatory_fields_left_empty,
    message=said(
        "La fiche {activity} ne renseigne pas « {missing} » (article {article}).",
        "The record {activity} does not give “{missing}” (article {article}).",
    ),
    remediation=said("Compléter la fiche.", "Complete the record."),
    rationale=said(
        "Le registre est la pièce que l’autorité demande en premier. L’article 30 du RGPD en fixe sept rubriques, de a) à g), "
        "pour chaque activité ; dire « aucun transfert » est une réponse, ne rien dire n’en est pas une.",
        "The record is the first document the authority asks for. Article 30 GDPR sets seven headings, a) to g), for each activity; "
        "“no transfer” is an answer, silence is not.",
    ),
)
