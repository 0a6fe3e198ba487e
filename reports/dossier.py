"""A release as an ordered view: the tests by criterion, the figures, the usefulness before and after. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.releases import Criterion, Receipt, TestResult, UtilityAnswer, Verification, VerificationTest
from auditor.vocabulary.text import Text
from reports import typography as typo
from reports import verified, wording

_WORST_FIRST: Final = (TestResult.FAILED, TestResult.INCONCLUSIVE, TestResult.PASSED, TestResult.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView:
    """One test with its answer in words."""

    __test__ = False

    id: str
    title: str
    measured: str
    limit: str
    detail: str
    result: str
    sign: Verdict
    """Which of the four signs is drawn beside the word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionView:
    """One criterion of the G29 opinion, the question it asks and the tests that answer it."""

    title: str
    question: str
    tests: tuple[TestView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionLine:
    """One criterion on one line: how its tests went, and the figure that matters most."""

    title: str
    sign: Verdict
    results: str
    figure: str
    """Empty when nothing was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityView:
    """One question answered from the original and from the release."""

    title: str
    cells: int
    original: float
    released: float
    weighted_error: float
    median_error: float
    tolerance: float | None
    within: bool | None
    """None when the plan sets no tolerance."""


def criteria(tests: Sequence[VerificationTest], lang: str) -> tuple[CriterionView, ...]:
    """Group tests by criterion, in the order of the opinion; a criterion no test answers is kept and says so."""
    return tuple(
        CriterionView(
            title=wording.CRITERIA[criterion](lang),
            question=wording.CRITERION_QUESTIONS[criterion](lang),
            tests=tuple(_test(test, lang) for test in tests if test.criterion is criterion),
        )
        for criterion in Criterion
    )


def utility(answers: Sequence[UtilityAnswer]) -> tuple[UtilityView, ...]:
    """Set each question beside its tolerance."""
    return tuple(
        UtilityView(
            title=typo.plain(answer.title),
            cells=answer.cells,
            original=answer.original_total,
            released=answer.released_total,
            weighted_error=answer.weighted_error,
            median_error=answer.median_error,
            tolerance=answer.tolerance,
            within=None if answer.tolerance is None else answer.weighted_error <= answer.tolerance,
        )
        for answer in answers
    )


def figures(verification: Verification, lang: str) -> tuple[tuple[str, int | float, str], ...]:
    """Name the figures of a verification, in a fixed order, each with its number as it is and as it is written."""
    ordered = sorted(verification.figures.items(), key=lambda figure: verified.figure_rank(figure[0]))
    return tuple((verified.figure_label(name, lang), number, verified.figure_text(name, number, lang)) for name, number in ordered)


def criterion_lines(verification: Verification, lang: str) -> tuple[CriterionLine, ...]:
    """Sum the tests up, one line per criterion."""
    return tuple(_line(criterion, verification, lang) for criterion in Criterion)


def open_questions(tests: Sequence[VerificationTest]) -> tuple[VerificationTest, ...]:
    """Return the tests that a reader must see in full: failed, then inconclusive."""
    return tuple(test for test in failed_first(tests) if test.result in (TestResult.FAILED, TestResult.INCONCLUSIVE))


def insufficient(questions: Sequence[UtilityView], lang: str) -> tuple[str, ...]:
    """Say, for each question beyond its tolerance, that the release does not serve that use."""
    said = Text(
        "{} – écart de {}, supérieur à la tolérance de {} : la publication ne suffit pas à cet usage.",
        "{} – error of {}, above the tolerance of {}: the release does not serve this use.",
    )
    sentence = said.en if lang == "en" else typo.spaced(said.fr)
    return tuple(
        sentence.format(question.title, typo.percent(question.weighted_error, lang), typo.percent(question.tolerance, lang))
        for question in questions
        if question.tolerance is not None and not question.within
    )


def kept_share(receipt: Receipt) -> float:
    """Share of the rows read that the release still tells of; 1 when nothing was read."""
    return 1 - receipt.rows_suppressed / receipt.rows_in if receipt.rows_in else 1.0


def failed_first(tests: Sequence[VerificationTest]) -> tuple[VerificationTest, ...]:
    """Order tests for a terminal: failed, inconclusive, passed, not applicable."""
    return tuple(sorted(tests, key=lambda test: _WORST_FIRST.index(test.result)))


def _line(criterion: Criterion, verification: Verification, lang: str) -> CriterionLine:
    counted = Counter(test.result for test in verification.tests if test.criterion is criterion)
    present = [result for result in _WORST_FIRST if counted[result]]
    none = "no test" if lang == "en" else "aucun test"
    said = ", ".join(typo.count(counted[result], *wording.RESULT_COUNTS[result][lang], lang) for result in present)
    return CriterionLine(
        title=wording.CRITERIA[criterion](lang),
        sign=wording.RESULT_VERDICTS[present[0]] if present else Verdict.NOT_APPLICABLE,
        results=said or none,
        figure=_figure(criterion, verification, lang) if present else wording.NOT_TESTED(lang),
    )


def _figure(criterion: Criterion, verification: Verification, lang: str) -> str:
    found = verification.figures
    if criterion is Criterion.CONTAINER:
        return typo.count(verification.rows, *wording.UNITS["rows"][lang], lang)
    if criterion is Criterion.SINGLING_OUT:
        return _smallest(verification, lang)
    if criterion is Criterion.INFERENCE:
        diversity = [number for name, number in found.items() if name.startswith("distinct_l_")]
        return wording.least_diversity(min(diversity), lang) if diversity else wording.masked_cells(found, lang)
    return next((verified.said(test.measured, lang)[0] for test in verification.tests if test.criterion is criterion), "")


def _smallest(verification: Verification, lang: str) -> str:
    for name, unit in (("person_k", "cards"), ("row_k", "rows")):
        if name in verification.figures:
            counted = typo.count(int(verification.figures[name]), *wording.UNITS[unit][lang], lang)
            return (f"smallest class: {counted}" if lang == "en" else typo.spaced(f"plus petite classe : {counted}")) + (
                "" if unit == "cards" else ", cards unknown" if lang == "en" else ", cartes inconnues"
            )
    return ""


def _test(test: VerificationTest, lang: str) -> TestView:
    return TestView(
        id=test.id,
        title=typo.plain(test.title),
        measured=typo.plain(test.measured),
        limit=typo.plain(test.limit),
        detail=typo.plain(test.detail),
        result=wording.TEST_RESULTS[test.result](lang),
        sign=wording.RESULT_VERDICTS[test.result],
    )
