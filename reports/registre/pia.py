"""An activity as a file of the CNIL's PIA tool, new or merged into the file that people are working on.

The shape follows what the tool's importer needs: four arrays, whole-number references in answers, text references in
evaluations, distinct ids, HTML reduced to p, ul, li, strong and em. Everything of ours bears the words of
`pia_answers.OPENING`: merging again replaces that and nothing else, so a second merge of the same facts changes no byte.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.pia import ARRAYS, IMPROVABLE, TO_FIX, Document, read_pia
from auditor.vocabulary.register import Activity
from auditor.vocabulary.register_words import folded
from auditor.vocabulary.text import spaced
from reports import typography as typo
from reports.registre.measured import Found, Measured
from reports.registre.pia_answers import CLOSING, OPENING, answers, marked, text

_OURS: Final = re.compile(
    rf"(?:<(?:p|div)[^<>]*>\s*)?(?:<(?:strong|b)[^<>]*>\s*)?{OPENING}\b.*?{re.escape(CLOSING)}(?:\s*</(?:em|i)>)?(?:\s*</(?:p|div)>)?",
    re.DOTALL,
)
_PLACES: Final[Mapping[str, tuple[str, int]]] = {
    "statut": ("2.1.211", 211),
    "retention": ("2.1.215", 215),
    "titres": ("2.1.213", 213),
    "anonymisation": ("2.1.213", 213),
    "ouverture": ("2.1.213", 213),
    "sav": ("2.1.213", 213),
    "fraude": ("2.1.214", 214),
    "droits": ("2.2.223", 223),
    "gouvernance": ("1.1", 111),
    "securite": ("3.2", 321),
}
"""Where a family of rules is evaluated in the tool: reference of the evaluation, and question its comments hang on."""
_ELSEWHERE: Final = ("1.1", 111)
_NOTHING_LEFT: Final = "Aucun constat dans le dernier relevé : à réévaluer."


def render_pia(activity: Activity, *, moment: datetime, measured: Measured | None = None, existing: bytes | None = None) -> bytes:
    """Write the file.

    Args:
        activity: What the register says.
        moment: Instant written on what is new or changed, in UTC.
        measured: An audit; its findings become evaluations with an action plan, its unanswered rules and its waivers comments.
        existing: A file of the tool to merge into: its answers, ids, evaluations and comments are kept.

    Raises:
        UsageProblem: the existing file is not an assessment, or merging would lose part of it because it is damaged.
    """
    document = _opened(existing) if existing is not None else _new(activity, _instant(moment))
    writer = _Writer(document, _instant(moment))
    for question, html in answers(activity, measured).items():
        writer.answer(question, html)
    for title in activity.security:
        writer.measure(title)
    if measured is not None:
        _findings(writer, list(measured.about(activity)), measured)
    return (json.dumps(writer.whole(), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _new(activity: Activity, instant: str) -> Document:
    names = ("author_name", "evaluator_name", "validator_name")
    head: Document = {"id": 1, "name": activity.title, "category": "", "status": 0, **dict.fromkeys(names, "")}
    head |= {"dpo_status": None, "dpo_opinion": None, "dpos_names": None, "concerned_people_status": None, "concerned_people_opinion": None}
    head |= {"people_names": None, "concerned_people_searched_opinion": None, "concerned_people_searched_content": None}
    head |= {"rejection_reason": None, "applied_adjustments": None, "progress": 0, "is_example": 0, "is_archive": 0}
    head |= dict.fromkeys(("structure_id", "structure_name", "structure_sector_name", "structure_data"))
    created = f"{activity.created_on.isoformat()}T00:00:00.000Z" if activity.created_on else instant
    return {"pia": head | {"created_at": created, "updated_at": instant}, **{name: [] for name in ARRAYS}}


def _opened(content: bytes) -> Document:
    document, remarks = read_pia(content)
    damaged = [remark.place for remark in remarks if remark.kind == "gap"]
    if damaged:
        listed = ", ".join(damaged[:10]) + ("…" if len(damaged) > 10 else "")  # noqa: PLR2004 - enough to find the others
        raise UsageProblem(
            f"The file to merge into is damaged at {len(damaged)} places ({listed}).",
            "Writing it again would lose what people wrote there.",
            "Repair it in the PIA tool (import, then export), or export without --merge.",
        )
    return document


class _Writer:
    """A document being filled: keeps what is there, marks what it adds, numbers what has no number."""

    def __init__(self, document: Document, instant: str) -> None:
        self.document = document
        self.instant = instant
        self.pia_id = document["pia"].get("id") if isinstance(document["pia"].get("id"), int) else 1
        for name in ARRAYS:
            _number(document[name])

    def whole(self) -> Document:
        """Return the document, its five parts in the tool's order."""
        head = self.document["pia"]
        head.setdefault("created_at", self.instant)
        head["created_at"] = head["created_at"] or self.instant
        head["name"], head["status"] = head.get("name") or "", head.get("status") or 0
        return {"pia": head, **{name: self.document[name] for name in ARRAYS}}

    def answer(self, question: int, html: str) -> None:
        """Put our part in the answer to a question, after or in place of our last one; a person's words stay."""
        found = next((one for one in self.document["answers"] if one["reference_to"] == question), None)
        if found is None:
            self._append("answers", {"reference_to": question, "data": {"text": html, "gauge": None, "list": []}})
            return
        before = found["data"].get("text") or ""
        after = _OURS.sub(lambda _: html, before, count=1) if _OURS.search(before) else before + html
        if after != before:
            found["data"]["text"] = after
            found["updated_at"] = self.instant

    def measure(self, title: str) -> None:
        """Add a measure unless one bears its title."""
        if all(folded(one["title"]) != folded(title) for one in self.document["measures"]):
            said = text(title)
            content = marked(f"<p>{said}</p>")
            self._append("measures", {"title": typo.plain(title), "content": content, "placeholder": "measures.default_placeholder"})

    def evaluate(self, reference: str, status: int, facts: str, plan: str) -> bool:
        """Evaluate a question, unless a person did: then return False and change nothing."""
        found = next((one for one in self.document["evaluations"] if one["reference_to"] == reference), None)
        told = {"status": status, "global_status": 1, "evaluation_comment": facts, "action_plan_comment": plan}
        if found is None:
            rest = {"gauges": {"x": 0, "y": 0}, "estimated_implementation_date": None, "person_in_charge": ""}
            self._append("evaluations", {"reference_to": reference, **told, "evaluation_date": self.instant, **rest})
            return True
        if not _ours(found.get("evaluation_comment")):
            return False
        if any(found.get(name) != value for name, value in told.items()):
            found |= {**told, "evaluation_date": self.instant, "updated_at": self.instant}
        return True

    def settle(self, references: Iterable[str]) -> None:
        """Say, on our evaluations of the other questions, that nothing is found any more."""
        for found in self.document["evaluations"]:
            if found["reference_to"] not in references and _ours(found.get("evaluation_comment")):
                told = {
                    "status": 0,
                    "global_status": 0,
                    "evaluation_comment": marked(f"<p>{spaced(_NOTHING_LEFT)}</p>"),
                    "action_plan_comment": "",
                }
                if any(found.get(name) != value for name, value in told.items()):
                    found |= {**told, "updated_at": self.instant}

    def comment(self, question: int, said: str) -> None:
        """Set our one comment on a question; an empty text takes it away."""
        held = self.document["comments"]
        found = next((one for one in held if one["reference_to"] == question and one["description"].startswith(OPENING)), None)
        if found is None and said:
            self._append("comments", {"description": said, "reference_to": question, "for_measure": False})
        elif found is not None and not said:
            held.remove(found)
        elif found is not None and found["description"] != said:
            found |= {"description": said, "updated_at": self.instant}

    def _append(self, name: str, entry: Document) -> None:
        taken = [one["id"] for one in self.document[name]]
        stamped = {"created_at": self.instant, "updated_at": self.instant}
        self.document[name].append({"id": max(taken, default=0) + 1, "pia_id": self.pia_id, **entry, **stamped})


def _number(entries: list[Document]) -> None:
    """Give a number to the entries that have none, or one already taken; the others keep theirs."""
    taken: set[int] = set()
    for entry in entries:
        held = entry.get("id")
        if isinstance(held, bool) or not isinstance(held, int) or held in taken:
            known = [one.get("id") for one in entries]
            entry["id"] = max((one for one in known if isinstance(one, int)), default=0) + 1
        taken.add(entry["id"])


def _findings(writer: _Writer, found: list[Found], measured: Measured) -> None:
    grouped: dict[tuple[str, int], list[Found]] = {}
    for one in found:
        grouped.setdefault(_PLACES.get(one.family, _ELSEWHERE), []).append(one)
    evaluated = {
        reference for (reference, _), rules in grouped.items() if any(rule.messages and rule.verdict == "not-met" for rule in rules)
    }
    writer.settle(evaluated)
    for reference, question in dict.fromkeys([*_PLACES.values(), _ELSEWHERE]):
        rules = grouped.get((reference, question), [])
        writer.comment(question, _told(writer, reference, rules, measured))


def _told(writer: _Writer, reference: str, rules: list[Found], measured: Measured) -> str:
    """Evaluate a question, and return what is left to say as a comment: findings a person evaluated already, waivers, unanswered rules."""
    broken = [rule for rule in rules if rule.verdict == "not-met" and rule.messages]
    lines: list[str] = []
    if broken:
        status = TO_FIX if any(rule.severity in ("major", "blocking") for rule in broken) else IMPROVABLE
        facts = marked("".join(f"<p><strong>{text(rule.rule)}</strong></p>{_items(rule.messages)}" for rule in broken))
        plan = _items(f"{rule.rule} : {rule.remedy}" for rule in broken)
        if not writer.evaluate(reference, status, facts, plan):
            lines += [f"{rule.rule} : {message}" for rule in broken for message in rule.messages]
    lines += [f"{rule.rule} : {waived}" for rule in rules for waived in rule.waived]
    lines += [
        f"{rule.rule}, n’a pas pu être vérifiée : {message}" for rule in rules if rule.verdict != "not-met" for message in rule.messages
    ]
    heading = spaced(f"{OPENING} du {typo.short_day(measured.as_of)} :")
    return "\n".join([heading, *(f"- {typo.plain(spaced(line))}" for line in lines)]) if lines else ""


def _items(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{text(spaced(item))}</li>" for item in items) + "</ul>"


def _ours(comment: Any) -> bool:
    return isinstance(comment, str) and OPENING in comment


def _instant(moment: datetime) -> str:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%S.000Z")
