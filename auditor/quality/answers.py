"""What the gate found of one expectation, in counts; and how it is told to people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from auditor.quality.planned import Expected
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.text import Text, said, spaced

State = Literal["met", "not-met", "could-not-check"]
_MARKS: Final[Mapping[State, str]] = {"met": "✓", "not-met": "✗", "could-not-check": "?"}
_TITLES: Final[Mapping[str, Text]] = {
    "expect_column_to_exist": said("colonne absente", "column not there"),
    "expect_values_to_be_given": said("valeurs absentes", "values missing"),
    "expect_values_to_be_readable": said("valeurs illisibles", "values not readable"),
    "expect_codes_to_be_listed": said("codes hors liste", "codes not listed"),
    "expect_numbers_to_be_within": said("nombres hors bornes", "numbers out of range"),
    "expect_no_card_number": said("numéros de carte là où il n’en faut pas", "card numbers where none should be"),
    "expect_moments_to_be_in_order": said("dates dans le désordre", "dates out of order"),
    "expect_nothing_from_the_future": said("dates à venir", "dates still to come"),
    "expect_nothing_past_its_term": said("durée déclarée dépassée", "past the declared term"),
    "expect_rows_to_be_distinct": said("lignes répétées", "rows repeated"),
    "expect_references_to_exist": said("références introuvables", "references not found"),
    "expect_classes_of_several_persons": said("personnes dans la plus petite classe", "persons in the smallest class"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One expectation, answered. Holds no value of the table."""

    table: str
    expected: Expected
    state: State
    counted: int | None = None
    """Rows at fault; persons of the smallest class, for the expectation about classes. None when nothing was counted."""
    rows: int | None = None
    """Rows of the table."""
    reason: str = ""
    """Why it could not be checked."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Raw columns that the expectation is about."""
        arguments = self.expected.arguments
        alone = [arguments[name] for name in ("column", "earlier", "later") if name in arguments]
        return (*alone, *arguments.get("columns", ()))


def exit_code(answers: Sequence[Answer]) -> int:
    """Return 3 when something could not be checked, else 1 when something is at fault, else 0."""
    states = {answer.state for answer in answers}
    if "could-not-check" in states:
        return CouldNotCheck.exit_code
    return 1 if "not-met" in states else 0


def lines(answers: Sequence[Answer], lang: str) -> Iterator[str]:
    """Tell what is at fault and what could not be checked, table by table; what is met is counted."""
    for table in dict.fromkeys(answer.table for answer in answers):
        own = [answer for answer in answers if answer.table == table]
        met = sum(answer.state == "met" for answer in own)
        yield said(f"{table} : {met} attentes satisfaites sur {len(own)}", f"{table}: {met} expectations met out of {len(own)}")(lang)
        for answer in own:
            if answer.state != "met":
                what = f"{', '.join(answer.columns)} – {_TITLES[answer.expected.type](lang)}"
                yield f"  {_MARKS[answer.state]} {what}{_figures(answer, lang)}"
    states = [answer.state for answer in answers]
    fr = f"{states.count('met')} satisfaites, {states.count('not-met')} en écart, {states.count('could-not-check')} non vérifiées"
    en = f"{states.count('met')} met, {states.count('not-met')} at fault, {states.count('could-not-check')} not checked"
    yield Text(spaced(fr), en)(lang)


def _figures(answer: Answer, lang: str) -> str:
    if answer.state == "could-not-check":
        return said(f" : {answer.reason}", f": {answer.reason}")(lang)
    if answer.counted is None:
        return ""
    if "k" in answer.expected.arguments:
        least = answer.expected.arguments["k"]
        return said(f" : {answer.counted} (au moins {least})", f": {answer.counted} (at least {least})")(lang)
    return said(f" : {answer.counted} sur {answer.rows}", f": {answer.counted} out of {answer.rows}")(lang)


def as_json(answers: Sequence[Answer]) -> str:
    """Return the answers as JSON, for a build server."""
    told = [
        {
            "table": answer.table,
            "expectation": answer.expected.type,
            "columns": answer.columns,
            "declared_by": answer.expected.why,
            "state": answer.state,
            "counted": answer.counted,
            "rows": answer.rows,
            "reason": answer.reason,
        }
        for answer in answers
    ]
    return json.dumps({"schema": "poincon-quality-1", "answers": told}, ensure_ascii=False, indent=2) + "\n"
