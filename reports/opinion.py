"""The opinion: how many rules got each verdict, and the sentence that says so."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from auditor.vocabulary.law import Frame
from auditor.vocabulary.outcomes import Outcome, Severity, Verdict
from auditor.vocabulary.text import Text
from reports import typography as typo
from reports.evidence import AuditEvidence, Conclusion

ORDER: Final = (Verdict.NOT_MET, Verdict.COULD_NOT_CHECK, Verdict.MET, Verdict.NOT_APPLICABLE)
"""What a reader needs first comes first."""

HEADLINES: Final = {
    Conclusion.NOTHING_FOUND: Text("Aucun manquement relevé dans ce qui a été vérifié", "No breach found in what was checked"),
    Conclusion.BELOW_THRESHOLD: Text("Écarts relevés, sous le seuil d’alerte", "Gaps found, below the alert threshold"),
    Conclusion.DECIDED: Text("Écarts relevés, tous connus ou couverts par une dérogation", "Gaps found, all of them known or waived"),
    Conclusion.FINDINGS: Text("Manquements relevés", "Breaches found"),
    Conclusion.INCOMPLETE: Text("Vérification incomplète", "Check incomplete"),
    Conclusion.FINDINGS_AND_INCOMPLETE: Text("Manquements relevés, vérification incomplète", "Breaches found, check incomplete"),
}


def tally(outcomes: Iterable[Outcome], frame: Frame | None) -> tuple[tuple[Verdict, int], ...]:
    """Count rules by verdict, in one frame or overall."""
    counted = Counter(outcome.verdict(frame) for outcome in outcomes)
    return tuple((verdict, counted[verdict]) for verdict in ORDER)


def sentence(evidence: AuditEvidence, lang: str) -> str:
    """Say the whole audit in one sentence."""
    counts = dict(tally(evidence.outcomes, None))
    blocking = sum(o.verdict() is Verdict.NOT_MET and o.rule.severity is Severity.BLOCKING for o in evidence.outcomes)
    wording_of = _verdict_english if lang == "en" else _verdict_french
    return wording_of(len(evidence.outcomes), counts, blocking, len(evidence.absent))


def _verdict_french(total: int, counts: dict[Verdict, int], blocking: int, absent: int) -> str:
    broken, unchecked, aside = counts[Verdict.NOT_MET], counts[Verdict.COULD_NOT_CHECK], counts[Verdict.NOT_APPLICABLE]
    parts = [f"Sur {typo.count(total, 'règle examinée', 'règles examinées')}, "]
    if broken:
        parts.append(f"{typo.count(broken, 'n’est pas respectée', 'ne sont pas respectées')}")
        parts.append(f", dont {typo.count(blocking, 'bloquante', 'bloquantes')}" if blocking else "")
    else:
        parts.append("aucune n’est en défaut")
    held = counts[Verdict.MET]
    parts.append(", et " if blocking else " et ")
    parts.append(typo.count(held, "est respectée", "sont respectées") if held else "aucune n’est respectée")
    parts.append(f" ; {typo.count(unchecked, 'n’a pas pu être vérifiée', 'n’ont pas pu être vérifiées')}" if unchecked else "")
    parts.append(f" ; {typo.count(aside, 'est sans objet', 'sont sans objet')}" if aside else "")
    parts.append(
        f". {typo.count(absent, 'source n’a pas pu être lue', 'sources n’ont pas pu être lues')} : rien n’est dit de leur contenu"
        if absent > 1
        else ". Une source n’a pas pu être lue : rien n’est dit de son contenu"
        if absent
        else ""
    )
    return typo.spaced("".join(parts) + ".")


def _verdict_english(total: int, counts: dict[Verdict, int], blocking: int, absent: int) -> str:
    broken, unchecked, aside = counts[Verdict.NOT_MET], counts[Verdict.COULD_NOT_CHECK], counts[Verdict.NOT_APPLICABLE]

    def said(number: int, singular: str, plural: str) -> str:
        return typo.count(number, singular, plural, "en")

    parts = [f"Of {said(total, 'rule examined', 'rules examined')}, "]
    if broken:
        parts.append(said(broken, "is not met", "are not met"))
        parts.append(f", {typo.whole(blocking, 'en')} of them blocking," if blocking else "")
    else:
        parts.append("none is broken")
    parts.append(f" and {said(counts[Verdict.MET], 'is met', 'are met') if counts[Verdict.MET] else 'none is met'}")
    parts.append(f"; {typo.whole(unchecked, 'en')} could not be checked" if unchecked else "")
    parts.append(f"; {said(aside, 'does not apply', 'do not apply')}" if aside else "")
    parts.append(
        f". {said(absent, 'source', 'sources')} could not be read: nothing is said of {'its' if absent == 1 else 'their'} content"
        if absent
        else ""
    )
    return "".join(parts) + "."
