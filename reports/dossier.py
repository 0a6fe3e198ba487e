"""A release as an ordered view: the tests by criterion, the figures, the usefulness before and after. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.releases import Criterion, Receipt, TestResult, UtilityAnswer, Verification, VerificationTest
from reports import typography as typo
from reports import wording


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


def figures(verification: Verification, lang: str) -> tuple[tuple[str, int | float], ...]:
    """Name the figures of a verification, in a fixed order."""
    return tuple((wording.figure_label(name, lang), number) for name, number in sorted(verification.figures.items()))


def kept_share(receipt: Receipt) -> float:
    """Share of the rows read that the release still tells of; 1 when nothing was read."""
    return 1 - receipt.rows_suppressed / receipt.rows_in if receipt.rows_in else 1.0


def failed_first(tests: Sequence[VerificationTest]) -> tuple[VerificationTest, ...]:
    """Order tests for a terminal: failed, inconclusive, passed, not applicable."""
    order = (TestResult.FAILED, TestResult.INCONCLUSIVE, TestResult.PASSED, TestResult.NOT_APPLICABLE)
    return tuple(sorted(tests, key=lambda test: order.index(test.result)))


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
