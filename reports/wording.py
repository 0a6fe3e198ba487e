"""The words of the reports: each closed list of the vocabulary said in French and in English."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Force, Frame, Reading
from auditor.vocabulary.outcomes import EVIDENCE, EvidenceValue, Severity, Verdict
from auditor.vocabulary.releases import Criterion, ReleaseVerdict, TestResult
from auditor.vocabulary.text import Text
from reports import typography as typo
from reports.values import WORDS


def _t(fr: str, en: str) -> Text:
    return Text(typo.spaced(fr), en)


NAME: Final = "Poinçon"
WITHIN: Final = _t("dans ce qui a été vérifié", "within what was checked")

VERDICTS: Final[Mapping[Verdict, Text]] = {
    Verdict.MET: _t("respectée", "met"),
    Verdict.NOT_MET: _t("non respectée", "not met"),
    Verdict.NOT_APPLICABLE: _t("sans objet", "not applicable"),
    Verdict.COULD_NOT_CHECK: _t("non vérifiée", "not checked"),
}
SHORT_VERDICTS: Final[Mapping[Verdict, Text]] = {
    Verdict.MET: _t("oui", "yes"),
    Verdict.NOT_MET: _t("non", "no"),
    Verdict.NOT_APPLICABLE: _t("s. o.", "n/a"),
    Verdict.COULD_NOT_CHECK: _t("n. v.", "n/c"),
}
SYMBOLS: Final[Mapping[Verdict, str]] = {
    Verdict.MET: "✓",
    Verdict.NOT_MET: "✗",
    Verdict.NOT_APPLICABLE: "–",
    Verdict.COULD_NOT_CHECK: "?",
}
SEVERITIES: Final[Mapping[Severity, Text]] = {
    Severity.BLOCKING: _t("bloquante", "blocking"),
    Severity.MAJOR: _t("majeure", "major"),
    Severity.MINOR: _t("mineure", "minor"),
}
FAMILIES: Final[Mapping[str, Text]] = {
    "statut": _t("Statut et périmètre", "Status and scope"),
    "retention": _t("Conservation", "Retention"),
    "titres": _t("Voyage anonyme et titres", "Anonymous travel and tickets"),
    "anonymisation": _t("Anonymisation", "Anonymisation"),
    "fraude": _t("Fraude et impayés", "Fraud and unpaid debts"),
    "securite": _t("Habilitations et sécurité", "Access rights and security"),
    "sav": _t("Service après-vente", "After-sales"),
    "gouvernance": _t("Gouvernance", "Governance"),
    "droits": _t("Droits et information des personnes", "Rights and information of persons"),
    "ouverture": _t("Ouverture des données et rapports", "Open data and reports"),
}
"""Families of the rulebook; one that is not listed is shown by its own name."""
FRAMES: Final[Mapping[Frame, Text]] = {Frame.AU015: _t("AU-015", "AU-015"), Frame.GDPR: _t("RGPD", "GDPR")}
FORCES: Final[Mapping[Force, Text]] = {
    Force.STATUTE: _t("loi ou règlement, contraignant", "statute or regulation, binding"),
    Force.CASE_LAW: _t("décision de justice", "court ruling"),
    Force.GUIDANCE: _t("recommandation ou ligne directrice en vigueur", "guidance in use"),
    Force.REFERENCE: _t(
        "référence sans valeur juridique depuis le 25 mai 2018, conservée comme repère",
        "reference without legal value since 25 May 2018, kept as a benchmark",
    ),
    Force.DECISION: _t("décision adressée à un seul organisme, valeur indicative", "decision addressed to one body, persuasive only"),
    Force.SCIENCE: _t("publication scientifique", "published research"),
    Force.LOCAL: _t("document propre au réseau", "document of the network"),
}
SHORT_FORCES: Final[Mapping[Force, Text]] = {
    Force.STATUTE: _t("loi, règlement", "statute"),
    Force.CASE_LAW: _t("jurisprudence", "case law"),
    Force.GUIDANCE: _t("recommandation", "guidance"),
    Force.REFERENCE: _t("repère", "benchmark"),
    Force.DECISION: _t("décision", "decision"),
    Force.SCIENCE: _t("science", "science"),
    Force.LOCAL: _t("réseau", "network"),
}
READINGS: Final[Mapping[Reading, Text]] = {
    Reading.VERIFIED: _t("passage cité lu", "passage quoted was read"),
    Reading.PARTIAL: _t("texte lu en partie seulement", "text read only in part"),
    Reading.DEDUCTION: _t("déduction tirée d’un texte lu, à confirmer par le DPO", "inference from a text read, for the DPO to confirm"),
    Reading.UNVERIFIED: _t("texte non lu, à vérifier avant d’en faire état", "text not read, to be verified before it is quoted"),
}
RELEASE_VERDICTS: Final[Mapping[ReleaseVerdict, Text]] = {
    ReleaseVerdict.FAIL: _t("Refusée : au moins un test échoue", "Refused: at least one test fails"),
    ReleaseVerdict.INCONCLUSIVE: _t(
        "Non concluante : la preuve manque, la diffusion est bloquée",
        "Inconclusive: proof is lacking, the release is blocked",
    ),
    ReleaseVerdict.PASS_FOR_SCOPE: _t("Tests passés, pour la portée énoncée", "Tests passed, for the scope stated"),
}
CRITERIA: Final[Mapping[Criterion, Text]] = {
    Criterion.SINGLING_OUT: _t("Individualisation", "Singling out"),
    Criterion.LINKABILITY: _t("Corrélation", "Linkability"),
    Criterion.INFERENCE: _t("Inférence", "Inference"),
    Criterion.CONTAINER: _t("Le fichier lui-même", "The file itself"),
}
CRITERION_QUESTIONS: Final[Mapping[Criterion, Text]] = {
    Criterion.SINGLING_OUT: _t("Peut-on isoler une personne dans le fichier ?", "Can one person be isolated in the file?"),
    Criterion.LINKABILITY: _t(
        "Peut-on relier entre elles des lignes qui concernent une même personne ?",
        "Can rows about the same person be linked together?",
    ),
    Criterion.INFERENCE: _t(
        "Peut-on déduire, avec une forte probabilité, une information sur une personne ?",
        "Can information about a person be deduced with high probability?",
    ),
    Criterion.CONTAINER: _t(
        "Le fichier contient-il autre chose que ce qui est déclaré ?", "Does the file hold anything besides what is declared?"
    ),
}
TEST_RESULTS: Final[Mapping[TestResult, Text]] = {
    TestResult.PASSED: _t("passé", "passed"),
    TestResult.FAILED: _t("échoué", "failed"),
    TestResult.INCONCLUSIVE: _t("non concluant", "inconclusive"),
    TestResult.NOT_APPLICABLE: _t("sans objet", "not applicable"),
}
NOT_TESTED: Final = _t("critère non éprouvé sur ce fichier", "criterion not tested on this file")
RESULT_COUNTS: Final[Mapping[TestResult, Mapping[str, tuple[str, str]]]] = {
    TestResult.PASSED: {"fr": ("test passé", "tests passés"), "en": ("test passed", "tests passed")},
    TestResult.FAILED: {"fr": ("test échoué", "tests échoués"), "en": ("test failed", "tests failed")},
    TestResult.INCONCLUSIVE: {"fr": ("test non concluant", "tests non concluants"), "en": ("test inconclusive", "tests inconclusive")},
    TestResult.NOT_APPLICABLE: {"fr": ("test sans objet", "tests sans objet"), "en": ("test not applicable", "tests not applicable")},
}
UNITS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "rows": {"fr": ("ligne", "lignes"), "en": ("row", "rows")},
    "cards": {"fr": ("carte", "cartes"), "en": ("card", "cards")},
}
"""Singular and plural of what releases count."""
RESULT_VERDICTS: Final[Mapping[TestResult, Verdict]] = {
    TestResult.PASSED: Verdict.MET,
    TestResult.FAILED: Verdict.NOT_MET,
    TestResult.INCONCLUSIVE: Verdict.COULD_NOT_CHECK,
    TestResult.NOT_APPLICABLE: Verdict.NOT_APPLICABLE,
}
FAIL_ON: Final[Mapping[str, Text]] = {
    "minor": _t("mineure et au-delà", "minor and above"),
    "major": _t("majeure et au-delà", "major and above"),
    "blocking": _t("bloquante seulement", "blocking only"),
    "never": _t("aucune alerte", "no alert"),
}
MEDIA: Final[Mapping[str, Text]] = {
    "anonymous": _t("support anonyme", "anonymous card"),
    "declarative": _t("support déclaratif", "declarative card"),
    "nominative": _t("support nominatif", "nominative card"),
    "unknown": _t("type de support inconnu", "unknown kind of card"),
}
BLOCK_REASONS: Final[Mapping[str, Text]] = {
    "loss": _t("perte", "loss"),
    "theft": _t("vol", "theft"),
    "abuse": _t("abus", "abuse"),
    "unpaid": _t("impayé", "unpaid debt"),
    "defect": _t("carte défectueuse", "faulty card"),
    "unstated": _t("motif non indiqué", "reason not stated"),
}
LEFT_OUT: Final[Mapping[str, Text]] = {
    "counters without a value": _t("compteurs sans valeur", "counters without a value"),
    "contracts without a card": _t("titres sans carte", "contracts without a card"),
    "sales without a card, a day or an amount": _t(
        "ventes sans carte, sans date ou sans montant", "sales without a card, a day or an amount"
    ),
}
"""What after-sales could not take in, by the reason it gives."""
CONTRACT_STATUSES: Final[Mapping[str, Text]] = {
    "active": _t("en cours", "running"),
    "ended": _t("échu", "ended"),
    "suspended": _t("suspendu", "suspended"),
    "cancelled": _t("annulé", "cancelled"),
}
STATES: Final[Mapping[str, Text]] = {
    "open": _t("ouverte", "open"),
    "frozen": _t("données figées", "data frozen"),
    "answered": _t("répondue", "answered"),
    "closed": _t("close", "closed"),
}
LEVELS: Final[Mapping[str, Text]] = {
    "minute": _t("à la minute", "minute"),
    "hour": _t("à l’heure", "hour"),
    "band": _t("par tranche horaire", "time band"),
    "half-day": _t("par demi-journée", "half-day"),
    "day": _t("au jour", "day"),
    "week-part": _t("semaine ou fin de semaine", "weekday or weekend"),
    "all": _t("sans distinction", "not told apart"),
    "stop": _t("à l’arrêt", "stop"),
    "station": _t("à la station", "station"),
    "zone": _t("par zone", "zone"),
    "network": _t("réseau entier", "whole network"),
    "line": _t("à la ligne", "line"),
    "mode": _t("par mode", "mode"),
    "product": _t("par titre", "product"),
    "family": _t("par famille de titres", "product family"),
    "profile": _t("par profil", "profile"),
    "category": _t("par catégorie publique", "public category"),
    "none": _t("valeur telle quelle", "value as it is"),
}
_PARAMETERS: Final[Mapping[str, Text]] = {
    "since": _t("depuis le", "since"),
    "tolerance": _t("tolérance", "tolerance"),
    "accident": _t("probabilité d’une coïncidence, au plus", "probability of a coincidence, at most"),
    "oldest_allowed": _t("date limite", "limit date"),
    "budget": _t("essais autorisés", "tries allowed"),
    "k": _t("seuil de cartes distinctes", "threshold of distinct cards"),
    "exempt": _t("comptes admis", "accounts allowed"),
    "review": _t("délai de revue", "review delay"),
    "idle": _t("délai d’inactivité", "idle delay"),
    "operations": _t("opérations attendues au journal", "operations expected in the log"),
    "writing": _t("droits d’écriture", "writing privileges"),
    "ticketed": _t("tables à dossier obligatoire", "tables that need a case"),
    "burst": _t("lignes par heure, au plus", "rows an hour, at most"),
    "extraction": _t("lignes d’une extraction, au moins", "rows of an extraction, at least"),
    "opens": _t("ouverture (UTC)", "opening (UTC)"),
    "closes": _t("fermeture (UTC)", "closing (UTC)"),
    "accepted": _t("algorithmes de la source", "algorithms of the source"),
    "accepted_here": _t("algorithmes admis par le projet", "algorithms the project accepts"),
    "forbidden": _t("algorithmes à proscrire", "algorithms to avoid"),
    "weak_digests": _t("empreintes à proscrire", "digests to avoid"),
    "rsa_bits": _t("bits d’une clé RSA, au moins", "bits of an RSA key, at least"),
    "rotation": _t("renouvellement des clés", "renewal of keys"),
    "alone": _t("bits, mot de passe seul", "bits, password alone"),
    "with_lockout": _t("bits, avec blocage", "bits, with lockout"),
    "with_device": _t("bits, avec matériel détenu", "bits, with a device held"),
}
_YES: Final = _t("oui", "yes")
_NO: Final = _t("non", "no")
_DURATION: Final = re.compile(r"P(?=.)[0-9YMWDTHS]+")
_FIELD: Final = re.compile(r"\{(\w+)[^{}]*\}")


def label(name: str, lang: str) -> str:
    """Name a piece of evidence or a parameter of a rule."""
    known = EVIDENCE.get(name) or _PARAMETERS.get(name)
    return known(lang) if known else name.replace("_", " ")


def colon(lang: str) -> str:
    """Return the colon of a language, spaced as it wants."""
    return ": " if lang == "en" else f"{typo.NBSP}: "


def said_in(lang: str, fr: str, en: str) -> str:
    """Return one of two sentences of the program, the French one spaced."""
    return en if lang == "en" else typo.spaced(fr)


def family(name: str, lang: str) -> str:
    """Name a family of rules."""
    return FAMILIES[name](lang) if name in FAMILIES else name


def contract_status(status: str, lang: str) -> str:
    """Say where a title loaded on a card stands."""
    return CONTRACT_STATUSES[status](lang) if status in CONTRACT_STATUSES else status


def least_diversity(number: float, lang: str) -> str:
    """Say how diverse the sensitive values of the least diverse class are."""
    names = (
        ("distinct sensitive value", "distinct sensitive values") if lang == "en" else ("valeur sensible", "valeurs sensibles distinctes")
    )
    counted = typo.count(int(number), *names, lang)
    return f"at least {counted} per class" if lang == "en" else f"au moins {counted} par classe"


def masked_cells(found: Mapping[str, float], lang: str) -> str:
    """Say how many cells of a count table are masked, and how many the totals give away. Empty for other files."""
    if "cells_masked" not in found:
        return ""
    masked, cells, exposed = (int(found.get(name, 0)) for name in ("cells_masked", "cells", "cells_exposed"))
    if lang == "en":
        given = "none can be deduced" if not exposed else f"{typo.whole(exposed, lang)} can be deduced"
        return f"{typo.count(masked, 'cell', 'cells', lang)} of {typo.whole(cells, lang)} masked; {given}"
    given = "aucune ne se déduit" if not exposed else typo.count(exposed, "se déduit", "se déduisent")
    return typo.spaced(f"{typo.count(masked, 'case masquée', 'cases masquées')} sur {typo.whole(cells)} ; {given}")


def level(name: str, lang: str) -> str:
    """Name a level of a hierarchy."""
    known = LEVELS.get(name)
    return known(lang) if known else name


def value(name: str, raw: EvidenceValue, lang: str) -> str:
    """Write a piece of evidence: counts with thousands apart, shares as percentages, durations in words."""
    if raw is None:
        return typo.DASH
    if isinstance(raw, bool):
        return (_YES if raw else _NO)(lang)
    if isinstance(raw, date):
        return typo.day(raw, lang)
    if isinstance(raw, int | float):
        return _number(name, raw, lang)
    return _word(name, raw, lang)


def _number(name: str, raw: float, lang: str) -> str:
    if name == "share":
        return typo.percent(raw, lang)
    return typo.whole(raw, lang) if isinstance(raw, int) else typo.decimal(raw, lang)


def _word(name: str, raw: str, lang: str) -> str:
    text = typo.plain(raw)
    known = WORDS.get(name, {}).get(text)
    if known is not None:
        return known(lang)
    if _DURATION.fullmatch(text):
        try:
            said = Duration.parse(text).in_words(lang)
            return re.sub(r"\d{4,}", lambda found: typo.whole(int(found[0]), lang), said)
        except ValueError:
            return text
    return text


def parameter(name: str, text: str, lang: str) -> str:
    """Write the value of a rule's parameter: a whole number with its thousands apart, a day or a duration in words."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return typo.day(date.fromisoformat(text), lang)
    return value(name, int(text) if text.isascii() and text.isdecimal() else text, lang)


def filled(sentence: Text, facts: Mapping[str, EvidenceValue], lang: str) -> str:
    """Fill `{name}` in a sentence of a rule; what was not measured reads « non mesuré » rather than nothing."""

    def _fact(found: re.Match[str]) -> str:
        name = found.group(1)
        if facts.get(name) is None:
            return "not measured" if lang == "en" else "non mesuré"
        return value(name, facts[name], lang)

    return _FIELD.sub(_fact, sentence(lang))


def article(text: str, lang: str) -> str:
    """Write an article of the regulation: `30(1)(f)` is « art. 30(1)(f) »; other words stay as they are."""
    clean = typo.plain(text)
    if not re.match(r"\d", clean):
        return clean
    return f"Art.{typo.NBSP}{clean}" if lang == "en" else f"art.{typo.NBSP}{clean}"
