"""Privacy notices that leave out a heading of article 13, or say other recipients and terms than the register."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import facts_of, in_force, once, pieces_of, shown, worded

Row = dict[str, Any]

_TOLD = (("recipient", "recipient-not-in-notice", "recipient-not-in-register"), ("declared", "term-not-in-notice", "term-not-in-register"))
"""Name of the evidence, and the gap in each direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notice:
    piece: Row
    activities: frozenset[str]
    told: Mapping[str, frozenset[str]]
    """Recipients and terms that the notice announces, by name of the evidence."""


def notices_that_differ_from_the_register(t: Tables) -> list[Row]:
    """Return, for each activity, the headings its notice lacks; then the recipients and terms that one says and not the other.

    Several notices may share an activity: what the register declares must be in one of them, and each may only say what it declares.
    """
    activities = t.ask(t["declared_activities"].select("activity", "file", "line").order_by("activity"))
    not_due = _not_due(t)
    headings = [
        {**row, **fault}
        for row in activities
        for fault in shown(t, "notice", activity=row["activity"], holds=holds_of("notice", *not_due(row["activity"])))
    ]
    return [*once(headings), *_differences(t, activities)]


def _not_due(t: Tables) -> Callable[[str], tuple[str, ...]]:
    """Return what tells, for an activity, the headings that its legal bases and its transfers do not call for."""
    bases = {(row["activity"], row["basis"]) for row in t.ask(t["declared_purposes"].select("activity", "basis").distinct())}
    leaving = {row["activity"] for row in t.ask(t["declared_transfers"].select("activity").distinct())}

    def spared(activity: str) -> tuple[str, ...]:
        due = {
            "legitimate-interests": (activity, "legitimate-interests") in bases,
            "consent-withdrawal": (activity, "consent") in bases,
            "transfers": activity in leaving,
        }
        return tuple(word for word, needed in due.items() if not needed)

    return spared


def _differences(t: Tables, activities: list[Row]) -> Iterator[Row]:
    notices = list(_notices(t, frozenset(row["activity"] for row in activities)))
    for name, silent, undeclared in _TOLD:
        declared = _declared(t, name)
        for row in activities:
            mine = [notice for notice in notices if row["activity"] in notice.activities]
            told = frozenset().union(*(notice.told[name] for notice in mine))
            for value in sorted(declared.get(row["activity"], frozenset()) - told) if mine else ():
                yield {**row, "kind": silent, name: value}
        for notice in notices:
            known = frozenset().union(*(declared.get(activity, frozenset()) for activity in notice.activities))
            place = {"file": notice.piece["file"], "line": notice.piece["line"], "value": notice.piece["piece"]}
            for value in sorted(notice.told[name] - known):
                yield {**place, "kind": undeclared, name: value}


def _notices(t: Tables, everything: frozenset[str]) -> Iterator[_Notice]:
    links, recipients = t["declared_piece_activities"], t["declared_piece_recipients"]
    for piece in pieces_of(t, "notice"):
        if not in_force(piece, t.as_of.date()):
            continue
        named = frozenset(row["activity"] for row in t.ask(links.filter(links.piece == piece["piece"])))
        names = frozenset(row["recipient"] for row in t.ask(recipients.filter(recipients.piece == piece["piece"])))
        terms = frozenset(_term(word) for word in re.split(r"[\s,;]+", facts_of(t, piece).get("retention", "")) if word)
        yield _Notice(piece=piece, activities=named or everything, told={"recipient": names, "declared": terms})


def _declared(t: Tables, name: str) -> dict[str, frozenset[str]]:
    table, column = ("declared_recipients", "recipient") if name == "recipient" else ("declared_retention", "term")
    found: dict[str, frozenset[str]] = {}
    for row in t.ask(t[table].select("activity", column).distinct()):
        value = row[column] if name == "recipient" else _term(row[column])
        found[row["activity"]] = found.get(row["activity"], frozenset()) | {value}
    return found


def _term(written: str) -> str:
    try:
        return str(Duration.parse(written))
    except ValueError:
        return written


RULE = Rule(
    id="DROIT-INFO-13",
    name="rights.notices-that-differ-from-the-register",
    family="droits",
    title=said("Mentions d’information", "Privacy notice content"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_13, legal.LOI_78_17_ART_48),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=(
        "declared_activities",
        "declared_pieces",
        "declared_purposes",
        "declared_transfers",
        "declared_recipients",
        "declared_retention",
    ),
    query=notices_that_differ_from_the_register,
    message=said("Les personnes ne sont pas informées comme il se doit.", "Persons are not informed as they should be."),
    messages={
        **worded("Mention d’information", "Privacy notice"),
        "recipient-not-in-notice": said(
            "Aucune mention ne dit que la fiche {activity} remet des données à {recipient}.",
            "No notice says that the record {activity} hands data to {recipient}.",
        ),
        "recipient-not-in-register": said(
            "La mention « {value} » annonce le destinataire {recipient}, que le registre ne connaît pas.",
            "The notice “{value}” announces the recipient {recipient}, unknown to the register.",
        ),
        "term-not-in-notice": said(
            "Aucune mention n’annonce la durée de conservation de {declared} que déclare la fiche {activity}.",
            "No notice announces the retention of {declared} that the record {activity} declares.",
        ),
        "term-not-in-register": said(
            "La mention « {value} » annonce une durée de {declared}, que le registre ne déclare pas.",
            "The notice “{value}” announces a term of {declared}, which the register does not declare.",
        ),
    },
    remediation=said(
        "Corriger la mention : toutes les rubriques, les destinataires et les durées du registre, le sort des données après la mort.",
        "Correct the notice: every heading, the recipients and terms of the register, what becomes of data after death.",
    ),
    rationale=said(
        "La personne apprend, au moment de la collecte, qui traite ses données, pourquoi, sur quelle base, pour qui, combien de temps et "
        "avec quels droits. La loi de 1978 y ajoute les directives relatives au sort des données après la mort, et un langage adapté aux "
        "moins de 15 ans. Une mention qui annonce d’autres durées que le registre trompe la personne.",
        "On collection, the person learns who processes the data, why, on what basis, for whom, how long and with what rights. The 1978 "
        "act adds directives on data after death, and language suited to persons under 15. A notice that announces other terms than the "
        "register misleads the person.",
    ),
    judgement=said(
        "Si la mention est claire, accessible et donnée au bon moment ; si une collecte indirecte appelait l’article 14 ; si des mineurs "
        "sont concernés.",
        "Whether the notice is clear, accessible and given at the right time; whether indirect collection called for article 14; whether "
        "minors are concerned.",
    ),
)
