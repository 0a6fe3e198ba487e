"""Purposes without a legal basis, or with one that a public authority cannot use."""

from collections.abc import Iterator
from typing import Any

from ibis import _

from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import some

LAID_DOWN = ("legal-obligation", "public-interest")
"""Bases that a text must lay down (art. 6(3)): to name none is to have none."""


def purposes_without_a_lawful_basis(t: Tables) -> Iterator[dict[str, Any]]:
    """Yield the purposes without a basis, with one that no text carries, or with legitimate interests in a public authority's hands.

    Raises:
        CouldNotCheck: the register declares no purpose at all.
    """
    purposes, actors = t["declared_purposes"], t["declared_actors"]
    if not some(t, purposes):
        raise CouldNotCheck(
            "The register declares no purpose.",
            "A legal basis is that of a purpose: without purposes there is nothing to found.",
            "Write the purposes of each activity in registre/, each with its `basis`.",
        )
    place = ["activity", "file", "line"]
    basis, text = purposes.basis.fill_null(""), purposes.basis_reference.fill_null("")
    for row in t.ask(purposes.filter(basis == "").select(*place, value=_.title)):
        yield {**row, "kind": "purpose-without-basis"}
    for row in t.ask(purposes.filter(basis.isin(LAID_DOWN), text == "").select(*place, value=_.title)):
        yield {**row, "kind": "basis-without-text"}
    public = actors.filter(actors.public_body.fill_null(False), actors.role.isin(["controller", "joint-controller"]))
    claimed = purposes.filter(basis == "legitimate-interests").semi_join(public, "activity")
    for row in t.ask(claimed.select(*place, value=_.title)):
        yield {**row, "kind": "legitimate-interests-of-a-public-body"}


RULE = Rule(
    id="RGPD-LICEITE",
    name="governance.purposes-without-a-lawful-basis",
    family="gouvernance",
    title=said("Base légale par finalité", "One legal basis per purpose"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_6, legal.GDPR_ART_5_1_A),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_purposes", "declared_actors"),
    query=purposes_without_a_lawful_basis,
    message=said(
        "La fiche {activity} ne donne aucune base légale à la finalité « {value} ».",
        "The record {activity} gives the purpose “{value}” no legal basis.",
    ),
    messages={
        "basis-without-text": said(
            "La fiche {activity} fonde la finalité « {value} » sur une mission ou une obligation légale sans citer le texte qui la porte.",
            "The record {activity} founds the purpose “{value}” on a task or a legal obligation without citing the text that lays it down.",
        ),
        "legitimate-interests-of-a-public-body": said(
            "La fiche {activity} fonde la finalité « {value} » sur l’intérêt légitime, alors que le responsable est une autorité publique.",
            "The record {activity} founds the purpose “{value}” on legitimate interests, though the controller is a public authority.",
        ),
    },
    remediation=said(
        "Requalifier la base : mission d’intérêt public ou contrat selon la finalité, consentement pour la prospection ; citer le texte.",
        "Requalify the basis: public-interest task or contract as the purpose commands, consent for marketing; cite the text.",
    ),
    rationale=said(
        "Un traitement n’est licite que si chaque finalité repose sur l’une des six bases de l’article 6. Le dernier alinéa de l’article "
        "6(1) en retire une aux autorités publiques dans l’exécution de leurs missions : l’intérêt légitime. Une base tirée d’une mission "
        "ou d’une obligation suppose un texte, qu’il faut pouvoir citer. L’AU-015 invoquée comme base relève d’une autre règle.",
        "Processing is lawful only if each purpose rests on one of the six bases of article 6. The last sentence of article 6(1) takes one "
        "away from public authorities in the performance of their tasks: legitimate interests. A basis drawn from a task or an obligation "
        "supposes a text, which must be citable. AU-015 invoked as a basis belongs to another rule.",
    ),
    judgement=said(
        "Si la finalité relève ou non de l’exécution des missions de l’autorité publique, et si le texte cité la porte vraiment.",
        "Whether the purpose belongs to the performance of the public authority’s tasks, and whether the text cited truly carries it.",
    ),
)
