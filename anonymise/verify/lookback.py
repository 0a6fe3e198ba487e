"""What earlier releases change: two tables, each safe alone, may give a count away when subtracted.

What is checked, exactly: among the releases already made with the same columns from the same table and stores, over a
period that overlaps this one, all must be the same bytes as this file. Any other earlier release of that kind makes the
question open, since the difference of the two tables is not computed here; open questions block.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from anonymise.ledger import Ledger
from auditor.vocabulary.chain import Entry
from auditor.vocabulary.releases import Criterion, ReleasePlan, TestResult, VerificationTest

MADE = "release-made"
"""Kind of the ledger entry of a release that passed and left."""


def ledger_tests(ledger: Ledger, plan: ReleasePlan, file_digest: str) -> list[VerificationTest]:
    """Check that the ledger is whole, then compare this release with those it overlaps."""
    broken = ledger.check()
    whole = _test(
        "LEDGER",
        "Registre des publications entier",
        Criterion.CONTAINER,
        TestResult.INCONCLUSIVE if broken else TestResult.PASSED,
        measured="chaîne rompue" if broken else "chaîne entière",
        limit="aucune entrée modifiée ni manquante",
        detail="Les publications antérieures ne peuvent pas être comparées." if broken else "",
    )
    if broken:
        return [whole]
    earlier = releases_made(ledger.entries())
    alike = [content for content in earlier if _overlaps(content, plan)]
    other = [content for content in alike if content.get("file_digest") != file_digest]
    detail = (
        "Publications de mêmes colonnes, table et magasins, dont la période recoupe celle-ci : elles doivent être identiques à l’octet."
    )
    compared = _test(
        "H5-LEDGER",
        "Différences avec les publications antérieures",
        Criterion.INFERENCE,
        TestResult.INCONCLUSIVE if other else TestResult.PASSED,
        measured=f"{len(other)} publication(s) différente(s) sur {len(alike)} qui se recoupent",
        limit="0",
        detail=detail + (" Leur soustraction n’est pas calculée : la question reste ouverte." if other else ""),
    )
    return [whole, compared]


def described(plan: ReleasePlan) -> dict[str, Any]:
    """What the ledger keeps of a plan so that later releases can be compared with this one. No personal value."""
    return {
        "release": plan.id,
        "kind_of_release": plan.kind,
        "purpose": plan.purpose,
        "recipient": plan.recipient.name,
        "recipient_class": str(plan.recipient.recipient_class),
        "table": plan.table,
        "stores": sorted(plan.stores),
        "columns": sorted(column.name for column in plan.columns),
        "sources": sorted({column.source for column in plan.columns}),
        "margins": [list(margin) for margin in plan.margins],
        "k": plan.k,
        "start": plan.start.isoformat() if plan.start else "",
        "end": plan.end.isoformat() if plan.end else "",
    }


def _overlaps(content: Mapping[str, Any], plan: ReleasePlan) -> bool:
    here = described(plan)
    same_release = content.get("release") == here["release"]
    same_columns = content.get("table") == here["table"] and content.get("sources") == here["sources"]
    stores, others = set(content.get("stores") or ()), set(here["stores"])
    shared_store = not stores or not others or bool(stores & others)
    return (same_release or (same_columns and shared_store)) and _periods_meet(content, here)


def _periods_meet(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """ISO dates compare as text; an absent bound is open."""
    starts, ends = one.get("start") or "", one.get("end") or "9"
    return bool(starts <= (other["end"] or "9") and (other["start"] or "") <= ends)


def _test(name: str, title: str, criterion: Criterion, result: TestResult, *, measured: str, limit: str, detail: str) -> VerificationTest:
    return VerificationTest(id=name, title=title, criterion=criterion, result=result, measured=measured, limit=limit, detail=detail)


def releases_made(entries: Sequence[Entry]) -> list[Mapping[str, Any]]:
    """Return the content of the entries of releases that left, oldest first."""
    return [entry.content for entry in entries if entry.content.get("kind") == MADE]
