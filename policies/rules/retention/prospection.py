"""Commercial terms declared longer than the sector's two years, without a written reason."""

from typing import Any

from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal

COMMERCIAL = "relation-commerciale"


def commercial_terms_beyond_the_sector(t: Tables) -> list[dict[str, Any]]:
    """List the declared terms of a commercial purpose longer than the sector's without justification, or than both benchmarks.

    A term that names no purpose serves every purpose of its activity. Durations are compared on average months.

    Raises:
        NotConcerned: no activity declares a commercial purpose.
    """
    purposes = t["declared_purposes"]
    commercial = t.ask(purposes.filter(purposes.family == COMMERCIAL).select("activity", "purpose"))
    if not commercial:
        raise NotConcerned(said("aucune fiche ne déclare de finalité commerciale", "no activity declares a commercial purpose"))
    served = {(row["activity"], row["purpose"]) for row in commercial} | {(row["activity"], None) for row in commercial}
    terms = [row for row in t.ask(t["declared_retention"]) if (row["activity"], row["purpose"] or None) in served and row["term"]]
    sector, general = (t.duration(name).approximate_seconds for name in ("sector", "general"))
    found = []
    for row in terms:
        length = Duration.parse(row["term"]).approximate_seconds
        place = {"activity": row["activity"], "file": row["file"], "line": row["line"], "declared": row["term"], "value": row["data"]}
        if length > general:
            found.append({**place, "kind": "term-past-every-benchmark", "term": t.parameter("general")})
        elif length > sector and not (row["justification"] or "").strip():
            found.append({**place, "kind": "term-without-justification", "term": t.parameter("sector")})
    return found


RULE = Rule(
    id="BIL-RET-PROSPECT-3Y",
    name="retention.commercial-terms-beyond-the-sector",
    family="retention",
    title=said("Prospection : 3 ans (autre repère)", "Marketing: 3 years, a competing benchmark"),
    severity=Severity.MINOR,
    sources=(legal.CNIL_2021_131, legal.CNIL_2016_264_ART_5),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_retention", "declared_purposes"),
    parameters={"sector": "P2Y", "general": "P3Y"},
    query=commercial_terms_beyond_the_sector,
    message=said(
        "La fiche {activity} déclare {declared} pour « {value} », qui sert une finalité commerciale, au-delà des {term} du repère.",
        "The record {activity} declares {declared} for “{value}”, which serves a commercial purpose, beyond the benchmark’s {term}.",
    ),
    messages={
        "term-without-justification": said(
            "La fiche {activity} déclare {declared} pour « {value} », qui sert une finalité commerciale : plus que le repère du secteur "
            "({term}), sans justification écrite.",
            "The record {activity} declares {declared} for “{value}”, which serves a commercial purpose: more than the sector’s benchmark "
            "({term}), without a written justification.",
        ),
        "term-past-every-benchmark": said(
            "La fiche {activity} déclare {declared} pour « {value} », qui sert une finalité commerciale : plus que le plus long des deux "
            "repères ({term}).",
            "The record {activity} declares {declared} for “{value}”, which serves a commercial purpose: more than the longer of the two "
            "benchmarks ({term}).",
        ),
    },
    remediation=said(
        "Retenir les 2 ans du secteur, ou justifier 3 ans par écrit dans l’AIPD et au registre ; nommer la finalité que sert chaque durée.",
        "Choose the sector’s 2 years, or justify 3 years in writing in the DPIA and the record; name the purpose each term serves.",
    ),
    rationale=said(
        "Deux repères se concurrencent : 2 ans après la fin du contrat pour la billettique, 3 ans pour la prospection en général. Le "
        "second vient d’une norme simplifiée sans valeur juridique depuis 2018 ; la durée du référentiel de 2021 n’a pas été lue. La "
        "plus longue ne se présume pas : elle se choisit et s’écrit.",
        "Two benchmarks compete: 2 years after the end of the contract for ticketing, 3 years for marketing in general. The second comes "
        "from a simplified standard without legal value since 2018; the term of the 2021 reference was not read. The longer one is not "
        "presumed: it is chosen and written down.",
    ),
    judgement=said(
        "Un humain juge si la justification écrite suffit, et si une durée longue répond à une obligation légale autre que la prospection.",
        "A person judges whether the written justification is enough, and whether a long term rests on a duty foreign to marketing.",
    ),
    conflicts=(legal.CONFLICT_CLIENT_TERM,),
)
