"""Reports and pages published without an accessibility statement."""

from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded


def reports_without_an_accessibility_statement(t: Tables) -> list[dict[str, Any]]:
    """Return what the accessibility statement lacks. The reports of this program are checked when they are made, not here."""
    return shown(t, "accessibility-statement", holds=holds_of("accessibility-statement"))


RULE = Rule(
    id="RGAA-RAPPORT",
    name="opening.reports-without-an-accessibility-statement",
    family="ouverture",
    title=said("Accessibilité des rapports", "Accessible reports"),
    severity=Severity.MAJOR,
    sources=(legal.LOI_2005_102_ART_47,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_pieces",),
    query=reports_without_an_accessibility_statement,
    message=said("Les rapports publiés n’ont pas de déclaration d’accessibilité.", "Published reports have no accessibility statement."),
    messages=worded("Déclaration d’accessibilité", "Accessibility statement"),
    remediation=said(
        "Corriger le gabarit, publier la déclaration d’accessibilité, et produire une forme accessible à côté de chaque PDF.",
        "Correct the template, publish the accessibility statement, and produce an accessible form beside each PDF.",
    ),
    rationale=said(
        "Les personnes publiques et les délégataires de service public rendent accessibles leurs pages, leurs intranets et les documents "
        "bureautiques publiés depuis le 23 septembre 2018, et le déclarent. Un rapport d’accès que la personne aveugle ne peut pas lire "
        "ne lui a pas été donné. Les textes ont été lus par leur début et des synthèses ; la version mineure du RGAA reste à confirmer.",
        "Public bodies and public-service concession holders make their pages, intranets and the office documents published since 23 "
        "September 2018 accessible, and say so. An access report that a blind person cannot read was not given. The texts were read from "
        "their openings and summaries; the minor version of the RGAA remains to be confirmed.",
    ),
    judgement=said(
        "Si les rapports sont vraiment utilisables : titres, langue, en-têtes de tableau, contraste, textes de remplacement. Le programme "
        "contrôle ses propres gabarits ; un audit RGAA se fait avec des personnes.",
        "Whether reports are truly usable: headings, language, table headers, contrast, alternative texts. The program checks its own "
        "templates; an RGAA audit is done with people.",
    ),
)
