"""What an audit measured, read back from its JSON document, for the sheets of the register that it concerns."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.register import Activity, Retention
from auditor.vocabulary.text import spaced
from reports import typography as typo

_MOST_BYTES: Final = 100_000_000
_SCHEMAS: Final = frozenset({"poincon-audit/1", "poincon-audit/2"})
_WHY: Final = "Measured facts put in a register under the wrong name would be worse than none."
_NEXT: Final = "Give the file that `poincon audit -o json=FILE` writes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One rule of the audit, as far as an activity is concerned."""

    rule: str
    family: str
    title: str
    severity: str
    """`minor`, `major` or `blocking`."""
    verdict: str
    """`not-met` or `could-not-check`."""
    messages: tuple[str, ...]
    """One per finding that counts, in French; the reason when it could not be checked."""
    waived: tuple[str, ...]
    """One per finding that someone accepted for a term: what, why, until when."""
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An audit, read back: what it found, table by table and activity by activity."""

    as_of: date
    """Day of the audit's clock."""
    digest: str
    """SHA-256 of the inputs, as the audit states it."""
    rules: tuple[Mapping[str, Any], ...]
    readings: tuple[Mapping[str, Any], ...]
    waivers: Mapping[str, Mapping[str, Any]]
    """By id; none in a document of the first form."""

    def held(self, term: Retention) -> str:
        """Say what the rows of the term's table are: how many, how old. Empty when the term names no table that was read."""
        said = []
        for reading in self.readings:
            if term.table and reading.get("physical") == term.table:
                rows = typo.count(int(reading.get("rows_kept", 0)), "ligne lue", "lignes lues")
                oldest = reading.get("oldest")
                since = f", la plus ancienne du {_day(oldest)}" if oldest else ""
                said.append(spaced(f"{rows} dans {typo.plain(str(reading.get('store', '')))}{since}"))
        return " ; ".join(said)

    def oldest(self, term: Retention) -> date | None:
        """Return the day of the oldest row read in the term's table."""
        days = [reading.get("oldest") for reading in self.readings if term.table and reading.get("physical") == term.table]
        return min((date.fromisoformat(day) for day in days if day), default=None)

    def beyond(self, term: Retention) -> tuple[str, ...]:
        """Return what the rules on retention found in the term's table."""
        return tuple(
            message
            for rule in self.rules
            if rule["family"] in ("retention", "gouvernance") and rule["verdict"] == "not-met"
            for finding in rule["findings"]
            if term.table and finding["place"].get("table") == term.table and finding["evidence"].get("oldest")
            for message in [finding["message"]["fr"]]
        )

    def about(self, activity: Activity) -> Iterator[Found]:
        """Yield the rules that are not met, or could not be checked, where this activity is concerned."""
        tables = {coverage.table for coverage in activity.covers} | {term.table for term in activity.retention if term.table}
        for rule in self.rules:
            if rule["verdict"] == "could-not-check":
                yield _found(rule, (str(rule["reason"] or ""),), ())
            elif rule["verdict"] == "not-met":
                concerned = [finding for finding in rule["findings"] if _concerns(finding["place"], activity.id, tables)]
                counted = tuple(finding["message"]["fr"] for finding in concerned if not finding.get("waiver"))
                waived = tuple(self._accepted(finding) for finding in concerned if finding.get("waiver"))
                if concerned:
                    yield _found(rule, counted, waived)

    def _accepted(self, finding: Mapping[str, Any]) -> str:
        waiver = self.waivers.get(str(finding["waiver"]), {})
        until = f" jusqu’au {_day(waiver['expires'])}" if waiver.get("expires") else ""
        reason = f", motif : {waiver['reason']}" if waiver.get("reason") else ""
        return spaced(f"{finding['message']['fr']} Accepté par la dérogation {finding['waiver']}{until}{reason}.")


def _concerns(place: Mapping[str, Any], activity: str, tables: Collection[str]) -> bool:
    if "activity" in place:
        return bool(place["activity"] == activity)
    return place.get("table") in tables


def read_audit(content: bytes) -> Measured:
    """Read an audit document (`poincon-audit/1` or `/2`).

    Raises:
        UsageProblem: it is another file, another version, or a damaged one.
    """
    if len(content) > _MOST_BYTES:
        raise UsageProblem("The audit document is larger than 100 MB.", _WHY, _NEXT)
    try:
        document = json.loads(content.decode("utf-8-sig"))
        return Measured(
            as_of=datetime.fromisoformat(_known(document)["as_of"]).date(),
            digest=str(document["input_digest"]),
            rules=tuple(_checked(rule) for rule in document["rules"]),
            readings=tuple(dict(reading) for reading in document["readings"]),
            waivers={str(waiver["id"]): dict(waiver) for waiver in document.get("waivers", ())},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageProblem("The file given to --audit is not a Poinçon audit document this version reads.", _WHY, _NEXT) from None


def _known(document: Mapping[str, Any]) -> Mapping[str, Any]:
    if document["schema"] not in _SCHEMAS:
        raise KeyError
    return document


def _checked(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Touch everything that is read later, so that a damaged document is refused at the door."""
    _ = (rule["id"], rule["family"], rule["title"]["fr"], rule["severity"], rule["verdict"], rule["reason"], rule["remediation"]["fr"])
    for finding in rule["findings"]:
        _ = (finding["message"]["fr"] + "", finding["place"].get("table"), finding["evidence"].get("oldest"))
    return rule


def _found(rule: Mapping[str, Any], messages: tuple[str, ...], waived: tuple[str, ...]) -> Found:
    return Found(
        rule=str(rule["id"]),
        family=str(rule["family"]),
        title=str(rule["title"]["fr"]),
        severity=str(rule["severity"]),
        verdict=str(rule["verdict"]),
        messages=messages,
        waived=waived,
        remedy=str(rule["remediation"]["fr"]),
    )


def _day(text: str) -> str:
    return typo.short_day(date.fromisoformat(text))
