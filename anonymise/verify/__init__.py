"""Verify a file as a stranger would: from its bytes, with an engine of its own, sharing no state with who made it.

The verdict combines the tests as the science note §4.1 says: one failure is FAIL; one open question, or one thing that
could not be read, is INCONCLUSIVE and blocks as well; otherwise PASS_FOR_SCOPE, within the scope printed beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from anonymise.ledger import Ledger, ReceiptInvalid, read_receipt
from anonymise.verify.claim import claim_of
from anonymise.verify.container import container_tests
from anonymise.verify.counts import counts_tests
from anonymise.verify.identifiers import identifier_test
from anonymise.verify.lookback import ledger_tests
from anonymise.verify.reading import OpenedFile, digest, open_file
from anonymise.verify.records import records_tests
from anonymise.verify.scope import NOT_RUN, scope_of
from auditor.engine import Engine
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.releases import (
    PERSON_THRESHOLD,
    Criterion,
    ReleasePlan,
    ReleaseVerdict,
    TestResult,
    Verification,
    VerificationTest,
)

__all__ = ["verdict_of", "verify_file"]

_COUNT_COLUMNS: Final = ("boardings", "masked")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attested:
    """What a receipt beside the file says of it, once checked."""

    test: VerificationTest
    person_k: int | None = None
    """Person threshold that a valid receipt of this very file vouches for."""


def verify_file(  # noqa: PLR0913 - a file from anyone is described by keyword
    file: Path,
    *,
    plan: ReleasePlan | None = None,
    witness: Path | None = None,
    unit_column: str | None = None,
    k: int = 11,
    quasi_identifiers: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    receipt: Path | None = None,
    public_key: bytes | None = None,
    ledger: Ledger | None = None,
    grammar: CardGrammar | None = None,
    memory_limit: str = "",
) -> Verification:
    """Verify one CSV or Parquet file and say what was established.

    `plan` declares the file; without it, `quasi_identifiers`, `sensitive` and `k` do. Persons are counted on `witness`
    (same rows, with `unit`), else in `unit_column` of the file; without either, and without a signed receipt of this very
    file, no verdict can be better than INCONCLUSIVE. `ledger` adds the comparison with earlier releases.

    Raises:
        SourceProblem: the file cannot be opened, or is neither CSV nor Parquet.
        CouldNotCheck: the engine or the ledger could not answer.
    """
    file_digest = digest(file) if file.is_file() else ""
    with DuckDBEngine(memory_limit=memory_limit) as engine:
        opened = open_file(engine, file)
        attested = _attestation(receipt, public_key, file_digest) if receipt is not None else None
        found = _kind_tests(engine, opened, plan, witness, attested, unit_column, k, quasi_identifiers, sensitive)
        declared, order = _declared(plan)
        tests = [identifier_test(engine, opened.relation, _texts(opened, plan), grammar, unit=unit_column)]
        tests += found.tests
        tests += container_tests(engine, opened, declared, order)
    if attested is not None:
        tests.append(attested.test)
    if ledger is not None and plan is not None:
        tests += ledger_tests(ledger, plan, file_digest)
    # A file changed while it was being read was verified by nobody.
    if digest(file) != file_digest:
        tests.append(_changed())
    return Verification(
        file_digest=file_digest,
        rows=opened.rows,
        verdict=verdict_of(tests),
        scope=scope_of(plan, k, ledger_known=ledger is not None),
        tests=tuple(tests),
        figures=found.figures,
        worst_class=found.worst,
        not_run=NOT_RUN,
    )


def verdict_of(tests: Iterable[VerificationTest]) -> ReleaseVerdict:
    """Combine tests: any failure fails, any open question leaves the whole open; no test at all is open too."""
    results = [test.result for test in tests]
    if TestResult.FAILED in results:
        return ReleaseVerdict.FAIL
    if TestResult.INCONCLUSIVE in results or TestResult.PASSED not in results:
        return ReleaseVerdict.INCONCLUSIVE
    return ReleaseVerdict.PASS_FOR_SCOPE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    tests: list[VerificationTest]
    figures: Mapping[str, int | float]
    worst: Mapping[str, str]


def _kind_tests(  # noqa: PLR0913, PLR0917 - the keywords of verify_file
    engine: Engine,
    opened: OpenedFile,
    plan: ReleasePlan | None,
    witness: Path | None,
    attested: _Attested | None,
    unit_column: str | None,
    k: int,
    quasi_identifiers: Sequence[str],
    sensitive: Sequence[str],
) -> _Found:
    rows = engine.read_parquet([witness]) if witness is not None else None
    vouched = attested.person_k if attested is not None else None
    if plan is not None and plan.kind == "counts":
        threshold = max(plan.k, PERSON_THRESHOLD[plan.recipient.recipient_class])
        counted = counts_tests(engine, opened, plan, threshold, rows, attested=vouched)
        return _Found(tests=counted.tests, figures=counted.figures, worst=counted.worst)
    released = opened.relation
    claim = claim_of(
        released.columns, plan, unit_column=unit_column, k=k, quasi_identifiers=tuple(quasi_identifiers), sensitive=tuple(sensitive)
    )
    tests, figures, worst = records_tests(engine, released, claim, rows)
    if vouched is not None and rows is None and unit_column is None:
        tests, figures = _with_attestation(tests, figures, vouched, claim.k)
    return _Found(tests=tests, figures=figures, worst=worst)


def _declared(plan: ReleasePlan | None) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return the exact columns (None when the kind's tests check them, or nobody declared any) and the order of rows."""
    if plan is None:
        return None, ()
    names = tuple(column.name for column in plan.columns)
    return ((*names, *_COUNT_COLUMNS), names) if plan.kind == "counts" else (None, names)


def _texts(opened: OpenedFile, plan: ReleasePlan | None) -> list[str]:
    counted = _COUNT_COLUMNS if plan is not None and plan.kind == "counts" else ()
    return [name for name in opened.columns if name not in counted]


def _attestation(path: Path, public_key: bytes | None, file_digest: str) -> _Attested:
    try:
        receipt = read_receipt(path, public_key)
    except ReceiptInvalid as problem:
        return _Attested(test=_receipt(TestResult.FAILED, "reçu invalide", problem.what))
    if receipt.file_digest != file_digest:
        return _Attested(
            test=_receipt(TestResult.FAILED, "autre fichier", "Le reçu est d’un autre fichier, ou le fichier a changé depuis.")
        )
    if public_key is None:
        return _Attested(test=_receipt(TestResult.INCONCLUSIVE, "signature non vérifiée", "Aucune clé publique n’a été donnée."))
    passed = receipt.verification.verdict is ReleaseVerdict.PASS_FOR_SCOPE
    person_k = receipt.verification.figures.get("person_k") if passed else None
    return _Attested(
        test=_receipt(TestResult.PASSED, "signature et empreinte vérifiées", "Ed25519, enveloppe DSSE, déclaration in-toto."),
        person_k=None if person_k is None else int(person_k),
    )


def _receipt(result: TestResult, measured: str, detail: str) -> VerificationTest:
    return VerificationTest(
        id="RECEIPT",
        title="Reçu signé de ce fichier",
        criterion=Criterion.CONTAINER,
        result=result,
        measured=measured,
        limit="signature valide, même empreinte",
        detail=detail,
    )


def _with_attestation(
    tests: Sequence[VerificationTest], figures: Mapping[str, int | float], person_k: int, k: int
) -> tuple[list[VerificationTest], dict[str, int | float]]:
    """Let a signed receipt answer the tests that only the maker's witness could: persons, and links between rows.

    A test that failed on the file itself stays failed.
    """
    answered = [
        replace(test, result=TestResult.PASSED, measured=f"{person_k} cartes, attestées par le reçu", detail="")
        if test.id == "H4" and test.result is TestResult.INCONCLUSIVE and person_k >= k
        else test
        for test in tests
    ]
    return answered, {**figures, "person_k": person_k}


def _changed() -> VerificationTest:
    return VerificationTest(
        id="H9-CHANGED",
        title="Fichier inchangé pendant la vérification",
        criterion=Criterion.CONTAINER,
        result=TestResult.FAILED,
        measured="l’empreinte a changé",
        limit="même empreinte avant et après",
    )
