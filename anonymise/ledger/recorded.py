"""What the ledger says was released or refused, as rows for the rules. Reads a ledger that exists; makes none, needs no key.

Without the key the chain is checked and its signed head is not: `poincon release ledger` checks both.
"""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from anonymise.ledger.store import Ledger
from auditor.vocabulary.errors import CouldNotCheck

KINDS: Final = {"release-made": "", "release-refused": "REFUSED"}
"""Kinds of entry that tell of a release, with the verdict of those that carry none."""


def releases_on_record(file: Path, published: str) -> list[dict[str, Any]] | None:
    """Return one row per release made or refused, oldest first; None when there is no ledger.

    Args:
        file: The ledger.
        published: Publication folder, relative to the network's.

    Raises:
        CouldNotCheck: the ledger cannot be read, or was altered: nothing it says can be relied on.
    """
    if not file.is_file():
        return None
    try:
        ledger = Ledger(file)
    except OSError as error:
        raise CouldNotCheck(
            f"The release ledger cannot be read ({error.strerror or type(error).__name__}).",
            "Rules about releases would be asked of nothing.",
            "Check the owner of the state folder.",
        ) from None
    try:
        broken = ledger.check()
        if broken is not None:
            raise CouldNotCheck(
                f"The release ledger was altered: {broken}.",
                "What left can no longer be told from what is written.",
                "Restore the ledger and its head file from a backup, then run `poincon release ledger`.",
            )
        return [_row(entry.content, published) for entry in ledger.entries() if entry.content.get("kind") in KINDS]
    finally:
        ledger.close()


def _row(content: Mapping[str, Any], published: str) -> dict[str, Any]:
    release, file = content.get("release"), content.get("file")
    return {
        "release": release,
        "kind": content.get("kind_of_release"),
        "recipient": content.get("recipient"),
        "recipient_class": content.get("recipient_class"),
        "purpose": content.get("purpose"),
        "verdict": content.get("verdict") or KINDS[content["kind"]],
        "file": f"{published}/{release}/{_period(content)}/{file}" if file else None,
        "k": content.get("k"),
        "published_on": _day(content.get("at")),
    }


def _period(content: Mapping[str, Any]) -> str:
    start, end = content.get("start"), content.get("end")
    return f"{start}_{end}" if start and end else "sans-periode"


def _day(at: Any) -> date | None:
    try:
        return datetime.fromisoformat(at).date()
    except (TypeError, ValueError):
        return None
