"""Activities that still lean on AU-015, or another text without legal value since 2018, as a permit."""

from datetime import date

import ibis

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal

REPEALED = (
    # No \b: one of the engines gives it another meaning.
    r"(^|[^A-Z0-9])(AU|NS)[ -]*(N[°O.]*)? *-?[0-9]{2,3}([^0-9]|$)"
    r"|AUTORISATION +UNIQUE|NORME +SIMPLIFIEE"
    r"|(^|[^0-9])(2008-161|2011-107|2013-275|2016-264)([^0-9]|$)"
)
"""Names of the texts, in upper case without accents: AU-015, AU 15, NS-048, and the deliberations that carried them."""


def references_invoked_as_a_permit(t: Tables) -> Relation:
    """Return the references declared as a legal basis or an authorisation that have no legal value any more."""
    since = date.fromisoformat(t.parameter("since"))
    if t.as_of.date() < since:
        raise NotConcerned(
            said("les autorisations uniques valaient encore à cette date", "single authorisations were still in force on that date")
        )
    cited = t["declared_references"]
    permits = cited.filter(cited.invoked_as.isin(["legal-basis", "authorisation"]))
    read = permits.reference.upper().replace("É", "E").replace("\N{NO-BREAK SPACE}", " ").replace("\N{NON-BREAKING HYPHEN}", "-")
    lapsed = permits.filter(read.re_search(REPEALED))
    return lapsed.select("activity", "file", "line", "reference", value=lapsed.invoked_as, term=ibis.literal(t.parameter("since"))).drop(
        "term"
    )


RULE = Rule(
    id="BIL-STAT-AU015",
    name="status.au015-invoked-as-a-permit",
    family="statut",
    title=said("Statut de l’AU-015", "AU-015 is a reference, not a permit"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_AU015_PAGE, legal.CNIL_QUESTIONS),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_references",),
    parameters={"since": "2018-05-25"},
    query=references_invoked_as_a_permit,
    message=said(
        "La fiche {activity} invoque « {reference} » comme fondement ({value}), alors que ce texte est sans valeur juridique depuis "
        "le 25 mai 2018.",
        "The record {activity} invokes “{reference}” as its foundation ({value}), though that text has had no legal value since 25 "
        "May 2018.",
    ),
    remediation=said(
        "Retenir une base légale de l’article 6 du RGPD et une AIPD ; ne citer l’AU-015 que pour justifier des durées.",
        "Use a legal basis of article 6 GDPR and a DPIA; cite AU-015 only to justify retention terms.",
    ),
    rationale=said(
        "Depuis l’entrée en application du RGPD, les autorisations uniques n’autorisent plus rien : elles ne servent plus que de repère. "
        "Un traitement qui s’y adosse n’a, sur le papier, aucune base légale.",
        "Since the GDPR applies, single authorisations authorise nothing: they serve as benchmarks only. Processing that leans on one "
        "has, on paper, no legal basis.",
    ),
)
