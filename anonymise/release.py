"""The story of a release: pseudonymise → anonymise → stage → verify → sign → ledger → publish, or refuse.

The ledger is written just before the files are moved into place: a run killed in between leaves an entry without a file,
which the next run completes, and never a published file that the ledger does not know. A refusal is an entry too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

import ibis
import ibis.expr.types as ir

from anonymise.aggregate import make_counts
from anonymise.celltext import neutral
from anonymise.describe import dcat, table_schema
from anonymise.export import private_folder, publish, write, write_plain
from anonymise.generalise import Calendar, References
from anonymise.keys import KeyStore
from anonymise.ledger import Ledger, ReceiptInvalid, read_receipt
from anonymise.ledger.receipts import receipt_bytes
from anonymise.made import UNIT, Made
from anonymise.pseudonymise import pseudonymise
from anonymise.suppress import make_records
from anonymise.utility import utility_answers
from anonymise.verify import verify_file
from anonymise.verify.lookback import MADE, described, releases_made
from anonymise.verify.reading import digest
from auditor.engine import Engine, Relation
from auditor.engine.clocks import utc_to_local
from auditor.vocabulary.errors import CouldNotCheck, DeclarationProblem, PoinconError, ReleaseRefused, UsageProblem
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.releases import (
    PERSON_THRESHOLD,
    Published,
    Receipt,
    RecipientClass,
    ReleasePlan,
    ReleaseVerdict,
    TestResult,
    Verification,
)
from auditor.vocabulary.schema import Domain

__all__ = ["BuildRequest", "Preview", "build", "preview"]

REFUSED = "release-refused"
_LIBRARIES = ("poincon", "duckdb", "ibis-framework", "pyarrow", "scipy", "cryptography")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """Everything a release needs; nothing is read from elsewhere."""

    engine: Engine
    plan: ReleasePlan
    plan_digest: str
    """SHA-256 of the plan's file."""
    relations: Mapping[str, Relation]
    """Canonical tables by name."""
    identifiers: Mapping[str, Relation]
    """By domain: (key, text), to translate whole-number keys into canonical numbers."""
    calendar: Calendar
    keys: KeyStore
    ledger: Ledger
    folder: Path
    """Where releases are published: one folder per release, one below per period."""
    workdir: Path
    """Private folder for the witness; must not be the publication folder."""
    now: datetime
    progress: Callable[[str], None]
    """Told the name of each stage as it begins."""
    grammar: CardGrammar | None = None
    """How card numbers are written, so that the verifier recognises one."""
    publisher: str = ""
    """Name of the authority, for the open-data description."""
    memory_limit: str = ""
    """Memory of the verifier's own engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a build would work on, without making anything."""

    rows: int
    units: int
    """Distinct persons (or journeys) of those rows."""
    rows_without_unit: int
    start: date | None
    end: date | None
    """First and last service day of the rows."""
    k: int
    tests: tuple[str, ...]
    """What will be tested."""
    target: Path
    """Folder the release would be published in."""


def preview(request: BuildRequest) -> Preview:
    """Say what a build would work on and what would be tested; nothing is written and no key is used."""
    plan = _settled(request)
    rows = _rows(request, plan)
    counted = request.engine.rows(rows.aggregate(rows=rows.count(), units=rows.card.nunique(), nobody=rows.card.isnull().sum()))[0]
    told = ("H4", "H5", "H6", "H9") if plan.kind == "counts" else ("H4", "S5", "H6", "H7", "H9")
    return Preview(
        rows=int(counted["rows"]),
        units=int(counted["units"]),
        rows_without_unit=int(counted["nobody"] or 0),
        start=plan.start,
        end=plan.end,
        k=max(plan.k, PERSON_THRESHOLD[plan.recipient.recipient_class]),
        tests=("H1", *told, "LEDGER", "H5-LEDGER"),
        target=_target(request, plan),
    )


def build(request: BuildRequest) -> Published:
    """Make, verify and publish a release.

    Raises:
        ReleaseRefused: a test failed or stayed open, or no admissible release exists; written to the ledger, nothing is left.
        DeclarationProblem: the plan does not fit the data.
        CouldNotCheck: the engine, the ledger or the keys could not answer; written to the ledger when it can be.
    """
    _check(request)
    plan = request.plan
    try:
        plan = _settled(request)
        return _build(request, plan)
    except (ReleaseRefused, CouldNotCheck) as refusal:
        _write_refusal(request, plan, refusal)
        raise


def _build(request: BuildRequest, plan: ReleasePlan) -> Published:
    with private_folder(request.workdir) as private, _publication(request.folder) as staging:
        request.progress("pseudonymise")
        rows = _persons(request, plan, _rows(request, plan))
        request.progress("anonymise")
        made, columns, released = _made(request, plan, rows)
        request.progress("stage")
        out = staging / "out"
        out.mkdir(mode=0o700)
        file, witness = out / f"{plan.id}.{plan.format}", private / "witness.parquet"
        write(request.engine.batches(released), columns, file)
        names = tuple(column.name for column in plan.columns)
        write(request.engine.batches(made.relation), (*names, UNIT), witness)
        request.progress("verify")
        verification = verify_file(
            file, plan=plan, witness=witness, ledger=request.ledger, grammar=request.grammar, memory_limit=request.memory_limit
        )
        witness.unlink()
        _require(verification, plan)
        target = _target(request, plan)
        standing = _standing(request, target / file.name, verification.file_digest)
        if standing is not None:
            return _published(target, file.name, standing, request.ledger.head())
        request.progress("utility")
        receipt = _receipt(request, plan, made, rows, released, verification, file.name)
        return _leave(request, plan, receipt, out, target)


@contextmanager
def _publication(folder: Path) -> Iterator[Path]:
    try:
        with private_folder(folder) as staging:
            yield staging
    except OSError as error:
        raise UsageProblem(
            f"The publication folder cannot be written ({error.strerror}).",
            "A release that cannot be moved into place whole is not published at all.",
            "Check the folder's owner, its free space, and that workdir is another folder.",
        ) from None


def _leave(request: BuildRequest, plan: ReleasePlan, receipt: Receipt, out: Path, target: Path) -> Published:
    request.progress("receipt")
    write_plain(out / f"{receipt.file}.receipt.json", receipt_bytes(receipt, request.keys.signing_key()))
    write_plain(out / f"{receipt.file}.schema.json", table_schema(plan, receipt))
    public = plan.recipient.recipient_class is RecipientClass.A
    if public:
        write_plain(out / f"{receipt.file}.dcat.jsonld", dcat(plan, receipt, request.publisher))
    request.progress("ledger")
    entry = request.ledger.append(
        MADE,
        {
            **described(plan),
            "file": receipt.file,
            "file_digest": receipt.file_digest,
            "plan_digest": receipt.plan_digest,
            "receipt_digest": digest(out / f"{receipt.file}.receipt.json"),
            "verdict": str(receipt.verification.verdict),
            "rows": receipt.verification.rows,
        },
        request.now,
    )
    request.progress("publish")
    publish(out, target, readable=public)
    request.progress("published")
    return _published(target, receipt.file, receipt, entry.digest)


def _published(target: Path, name: str, receipt: Receipt, head: str) -> Published:
    return Published(file=target / name, receipt_file=target / f"{name}.receipt.json", receipt=receipt, ledger_head=head)


def _check(request: BuildRequest) -> None:
    plan = request.plan
    least = PERSON_THRESHOLD[plan.recipient.recipient_class]
    if plan.k < least:
        raise DeclarationProblem(
            f"Release {plan.id!r} asks for {plan.k} persons per class; its recipient class {plan.recipient.recipient_class} needs {least}.",
            "A plan may ask for more than its class requires, never for less.",
            f"Set `k: {least}` or more in the release plan.",
        )
    if plan.table not in request.relations:
        raise DeclarationProblem(
            f"Release {plan.id!r} takes its rows from {plan.table}, which this network does not map.",
            "There is nothing to release.",
            "Map the table in mapping.yml, or name another one in the plan.",
        )
    unknown = sorted({*plan.where} - {*request.relations[plan.table].columns})
    if unknown:
        raise DeclarationProblem(
            f"Release {plan.id!r} keeps rows by {', '.join(unknown)}, which {plan.table} does not have.",
            "The release would hold other rows than those declared.",
            "Use canonical column names under `where`.",
        )
    if request.workdir.resolve() == request.folder.resolve():
        raise UsageProblem(
            "The private folder and the publication folder are the same.",
            "The witness file, which tells persons apart, must never stand where releases are published.",
            "Give another private folder.",
        )


def _settled(request: BuildRequest) -> ReleasePlan:
    """Return the plan with the period its rows really cover, which the ledger needs to compare releases."""
    plan = request.plan
    if plan.start is not None and plan.end is not None:
        return plan
    rows = _rows(request, plan)
    day = _service_day(rows, request.calendar)
    if day is None:
        return plan
    found = request.engine.rows(rows.aggregate(first=day.min(), last=day.max()))[0]
    return replace(plan, start=plan.start or found["first"], end=plan.end or found["last"])


def _rows(request: BuildRequest, plan: ReleasePlan) -> Relation:
    """Return the canonical rows that the plan speaks of."""
    rows = request.relations[plan.table]
    if plan.stores:
        rows = rows.filter(rows.store.isin(list(plan.stores)))
    for name, values in sorted(plan.where.items()):
        rows = rows.filter(rows[name].cast("string").isin(list(values)))
    day = _service_day(rows, request.calendar)
    if day is not None and request.plan.start is not None:
        rows = rows.filter(day >= request.plan.start)
    if day is not None and request.plan.end is not None:
        rows = rows.filter(day <= request.plan.end)
    return rows


def _service_day(rows: Relation, calendar: Calendar) -> ir.DateValue | None:
    if "tapped_at" not in rows.columns:
        return rows.service_day if "service_day" in rows.columns else None
    local = utc_to_local(rows.tapped_at, calendar.zone)
    told = (local - ibis.interval(minutes=calendar.start)).date()
    return rows.service_day.coalesce(told) if "service_day" in rows.columns else told


def _persons(request: BuildRequest, plan: ReleasePlan, rows: Relation) -> Relation:
    """Replace the card by an opaque person and keep nothing that the release does not need."""
    sources = list(dict.fromkeys(column.source for column in plan.columns))
    missing = [source for source in sources if source not in rows.columns]
    if missing:
        raise DeclarationProblem(
            f"Release {plan.id!r}: {', '.join(missing)} is not a column of {plan.table}.",
            "The release cannot hold what the plan declares.",
            f"Name columns of {plan.table} as `source`.",
        )
    needed = rows.select(*(source for source in sources if source != "card"), "card")
    if plan.unit == "journey":
        persons = needed.rename({UNIT: "card"})
    else:
        period = f"{plan.start or ''}/{plan.end or ''}"
        key = request.keys.pseudonym_key(plan.purpose, period)
        replaced = pseudonymise(request.engine, needed, "card", request.identifiers[Domain.CARD], key)
        persons = replaced.rename({UNIT: "pseudonym"})
    return request.engine.keep("release_rows", persons)


def _made(request: BuildRequest, plan: ReleasePlan, rows: Relation) -> tuple[Made, tuple[str, ...], Relation]:
    """Return what was made, the columns that leave, and their rows in the order that leaves."""
    names = tuple(column.name for column in plan.columns)
    references = _references(request)
    if plan.kind == "counts":
        counted = make_counts(request.engine, rows, plan, references, request.calendar)
        lines = request.engine.load("release_lines", counted.lines)
        return counted.made, tuple(counted.lines.column_names), lines.order_by(list(names))
    made = make_records(request.engine, rows, plan, references, request.calendar)
    safe = request.engine.keep("release_records", neutral(made.relation, names))
    return replace(made, relation=safe), names, safe.select(*names).order_by(list(names))


def _references(request: BuildRequest) -> References:
    found = {name: request.relations.get(name) for name in ("stops", "lines", "products", "profiles")}
    return References(**found)


def _require(verification: Verification, plan: ReleasePlan) -> None:
    if verification.verdict is ReleaseVerdict.PASS_FOR_SCOPE:
        return
    against = [test for test in verification.tests if test.result in (TestResult.FAILED, TestResult.INCONCLUSIVE)]
    said = "; ".join(f"{test.id} {test.result} — {test.title}: {test.measured} (limit: {test.limit})" for test in against)
    raise ReleaseRefused(
        f"Release {plan.id!r} was refused by its verification ({verification.verdict}). {said}",
        "What could not be proven of a file must not leave; nothing was published.",
        " ".join(test.detail for test in against if test.detail) or "Change the release plan, then build again.",
    )


def _target(request: BuildRequest, plan: ReleasePlan) -> Path:
    period = f"{plan.start}_{plan.end}" if plan.start and plan.end else "sans-periode"
    return request.folder / plan.id / period


def _standing(request: BuildRequest, file: Path, file_digest: str) -> Receipt | None:
    """Return the receipt of the very same file when it is already published and known to the ledger."""
    receipt_file = file.with_name(f"{file.name}.receipt.json")
    if not file.is_file() or digest(file) != file_digest:
        return None
    if not any(made.get("receipt_digest") == _digest_or_none(receipt_file) for made in releases_made(request.ledger.entries())):
        return None
    try:
        return read_receipt(receipt_file, request.keys.signing_key().public)
    except ReceiptInvalid:
        return None


def _digest_or_none(file: Path) -> str:
    return digest(file) if file.is_file() else ""


def _receipt(
    request: BuildRequest, plan: ReleasePlan, made: Made, rows: Relation, released: Relation, verification: Verification, name: str
) -> Receipt:
    answers = utility_answers(request.engine, plan, rows, released, made.levels, _references(request), request.calendar)
    return Receipt(
        release=plan.id,
        plan_digest=request.plan_digest,
        file=name,
        file_digest=verification.file_digest,
        made_at=request.now,
        engine=request.engine.name,
        versions=_versions(_LIBRARIES),
        levels=made.levels,
        rows_in=made.rows_in,
        rows_out=made.rows_out,
        rows_suppressed=made.rows_suppressed,
        units_in=made.units_in,
        verification=verification,
        utility=answers,
        ledger_previous=request.ledger.head(),
    )


def _versions(names: Sequence[str]) -> dict[str, str]:
    found = {"python": python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            # Run from its own folder, the program is not an installed distribution.
            found[name] = "not installed"
    return found


def _write_refusal(request: BuildRequest, plan: ReleasePlan, refusal: PoinconError) -> None:
    said = {**described(plan), "plan_digest": request.plan_digest, "reason": refusal.what, "error": type(refusal).__name__}
    try:
        request.ledger.append(REFUSED, said, request.now)
    except CouldNotCheck as unwritten:
        raise type(refusal)(
            f"{refusal.what} The refusal could not be written: {unwritten.what}", refusal.why, unwritten.next_step
        ) from None
