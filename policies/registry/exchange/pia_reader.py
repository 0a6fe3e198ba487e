"""What an assessment of the CNIL's PIA tool says that the register of an activity does not: proposed, never imposed.

The register wins wherever it speaks: a difference is shown and not taken. What it leaves empty is proposed from the
assessment when the answer can be read without guessing; the rest is shown as words to compare.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any, Final

from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.pia import ARCHIVED, DONE, EVENTS, QUESTIONS, Document, read_pia
from auditor.vocabulary.register import Activity, Dpia, LegalBasis, Purpose, Retention
from auditor.vocabulary.register_words import ASSESSMENTS, BASES, LEVELS, PARTS, folded, word
from auditor.vocabulary.text import Text, said
from policies.registry.exchange.official import distinct, slug
from policies.registry.exchange.terms import read_term

_OURS: Final = ("Relevé de Poinçon", "Fin du relevé de Poinçon.")
_LONGEST_TITLE: Final = 300
_BASIS_WORDS: Final[Mapping[LegalBasis, tuple[str, ...]]] = {
    "consent": ("consentement",),
    "contract": ("execution du contrat", "execution d'un contrat", "mesures precontractuelles"),
    "legal-obligation": ("obligation legale",),
    "vital-interests": ("interets vitaux", "sauvegarde des interets"),
    "public-interest": ("mission d'interet public", "mission de service public", "autorite publique"),
    "legitimate-interests": ("interet legitime", "interets legitimes"),
}
_RISKS: Final = {"3.2": (325, 326), "3.3": (335, 336), "3.4": (345, 346)}

_NEW: Final = said("absent du registre, repris de l’analyse", "not in the register, taken from the assessment")
_DIFFERS: Final = said("le registre dit autre chose : il est gardé", "the register says otherwise: it is kept")
_ELSE: Final = said(
    "à rapprocher à la main : le registre en dit déjà quelque chose", "to be compared by hand: the register already says something"
)
_UNCLEAR: Final = said(
    "l’analyse ne permet pas de le lire sans deviner : à reporter à la main", "cannot be read without guessing: carry it over by hand"
)
_TO_CONFIRM: Final = said("date de dernière modification du fichier : à confirmer", "the day the file was last changed: to be confirmed")
_HIGHEST: Final = said(
    "plus haute des gravités et vraisemblances évaluées après mesures : à confirmer",
    "the highest of the severities and likelihoods evaluated after measures: to be confirmed",
)
_NOT_EVALUATED: Final = said(
    "aucune évaluation après mesures : le risque résiduel n’est pas repris",
    "no evaluation after measures: the residual risk is not taken",
)
_STORED: Final = said("analyse archivée : son état n’est pas repris", "an archived assessment: its state is not taken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing the assessment says, next to what the register says."""

    field: str
    """Key of the register file."""
    place: str
    """Section of the assessment."""
    held: str
    proposed: str
    why: Text
    taken: bool
    """It goes into the register when the merge is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """An activity with what an assessment adds to it."""

    activity: Activity
    changes: tuple[Change, ...]
    remarks: tuple[Remark, ...]
    """On the state of the file."""


def merge_pia(activity: Activity, content: bytes, taken_ids: Sequence[str] = ()) -> Merge:
    """Compare an assessment with an activity. `taken_ids` are the ids of purposes used elsewhere in the register.

    Raises:
        UsageProblem: the file is not an assessment (a template, another document, cut short).
    """
    document, remarks = read_pia(content)
    merged = activity
    changes: list[Change] = []
    for step in (_purposes, _bases, _retention, _security, _dpia):
        values, found = step(merged, document)
        merged = replace(merged, **values)
        changes += found
    merged = replace(merged, purposes=tuple(_named(merged.purposes, activity.purposes, taken_ids)))
    return Merge(activity=merged, changes=tuple(changes), remarks=remarks)


Step = tuple[dict[str, Any], list[Change]]


def _purposes(activity: Activity, document: Document) -> Step:
    stated = _stated(document, 211)
    if activity.purposes:
        known = [folded(one.title) for one in activity.purposes]
        others = [one for one in stated if not any(folded(one) in title or title in folded(one) for title in known)]
        return {}, [_change("purposes", 211, "", one, _ELSE, taken=False) for one in others]
    titles = [one for one in stated if len(one) <= _LONGEST_TITLE]
    changes = [_change("purposes", 211, "", one, _NEW if one in titles else _UNCLEAR, taken=one in titles) for one in stated]
    return {"purposes": tuple(Purpose(id="", title=one) for one in titles)}, changes


def _bases(activity: Activity, document: Document) -> Step:
    stated = _stated(document, 212)
    if not stated:
        return {}, []
    changes: list[Change] = []
    purposes: list[Purpose] = []
    for rank, purpose in enumerate(activity.purposes):
        text = _basis_of(purpose, rank, stated, len(activity.purposes))
        bases = [basis for basis, starts in _BASIS_WORDS.items() if any(start in folded(text) for start in starts)]
        read = bases[0] if len(bases) == 1 else None
        held = word(BASES, purpose.basis) if purpose.basis else ""
        if read and purpose.basis is None:
            changes.append(_change(f"purposes.{rank}.basis", 212, held, word(BASES, read), _NEW, taken=True))
            purposes.append(replace(purpose, basis=read))
            continue
        if read and read != purpose.basis:
            changes.append(_change(f"purposes.{rank}.basis", 212, held, word(BASES, read), _DIFFERS, taken=False))
        elif read is None and purpose.basis is None:
            changes.append(_change(f"purposes.{rank}.basis", 212, "", text or " ".join(stated), _UNCLEAR, taken=False))
        purposes.append(purpose)
    return {"purposes": tuple(purposes)}, changes


def _basis_of(purpose: Purpose, rank: int, stated: Sequence[str], purposes: int) -> str:
    """Return the words on the basis of one purpose: those that name it, else the one of its rank when there are as many."""
    named = next((text for text in stated if folded(text).startswith(folded(purpose.title))), "")
    if named:
        return named[len(purpose.title) :]
    return stated[rank] if len(stated) == purposes else ""


def _retention(activity: Activity, document: Document) -> Step:
    changes: list[Change] = []
    terms: list[Retention] = []
    for text in _stated(document, 215):
        data, colon, rest = text.partition(" :")
        read = read_term(rest.strip() if colon else text)
        if activity.retention:
            known = any(read.duration == term.duration and (not read.fate or read.fate == term.fate) for term in activity.retention)
            changes += [] if known else [_change("retention", 215, "", text, _ELSE, taken=False)]
        elif read.duration is None or read.fate is None:
            changes.append(_change("retention", 215, "", text, _UNCLEAR, taken=False))
        else:
            named = data.strip() if colon else "Données du traitement"
            terms.append(Retention(data=named, duration=read.duration, starts=read.starts, fate=read.fate, condition=read.condition))
            changes.append(_change("retention", 215, "", text, _NEW, taken=True))
    return ({"retention": tuple(terms)} if terms else {}), changes


def _security(activity: Activity, document: Document) -> Step:
    known = [folded(one) for one in activity.security]
    new: list[str] = []
    for measure in document["measures"]:
        title = " ".join((measure["title"] or " ".join(_texts(measure["content"]))).split())
        if title and not any(folded(title) == one or folded(title) in one for one in [*known, *map(folded, new)]):
            new.append(title)
    changes = [Change(field="security", place="3.1", held="", proposed=one, why=_NEW, taken=True) for one in new]
    return {"security": (*activity.security, *new)}, changes


def _dpia(activity: Activity, document: Document) -> Step:
    held = activity.dpia
    read, notes = _assessed(document)
    if read is None:
        return {}, notes
    changes = list(notes)
    if held is None:
        return {"dpia": read}, [*_dpia_changes(None, read, set(_FIELDS)), *changes]
    advanced = _ADVANCE.index(read.status) > _ADVANCE.index(held.status)
    taken = {name for name in _FIELDS if not getattr(held, name)} | ({"status"} if advanced else set())
    merged = replace(held, **{name: getattr(read, name) for name in taken})
    return {"dpia": merged}, [*_dpia_changes(held, read, taken), *changes]


_FIELDS: Final = ("status", "reference", "validated_on", "sections", "residual_risk")
_ADVANCE: Final = ("missing", "in-progress", "done", "not-required")
"""States, each of which an assessment may carry forward to a later one; « not required » is a decision, and stays."""


def _assessed(document: Document) -> tuple[Dpia | None, list[Change]]:
    head = document["pia"]
    status = head["status"]
    if status == ARCHIVED:
        return None, [Change(field="dpia", place="pia.status", held="", proposed="", why=_STORED, taken=False)]
    risk = _residual(document)
    notes = [] if risk else [Change(field="dpia.residual_risk", place="3.2", held="", proposed="", why=_NOT_EVALUATED, taken=False)]
    done = status in DONE
    name = (head.get("name") or "").strip()
    read = Dpia(
        status="done" if done else "in-progress",
        reference=f"PIA « {name} »" if name else "",
        validated_on=_day(head.get("updated_at") or head.get("created_at")) if done else None,
        sections=tuple(_sections(document)),
        residual_risk=risk,  # type: ignore[arg-type]
    )
    return read, notes


def _dpia_changes(held: Dpia | None, read: Dpia, taken: set[str]) -> Iterator[Change]:
    places = {
        "validated_on": "pia.updated_at",
        "residual_risk": ", ".join(EVENTS),
        "status": "pia.status",
        "reference": "pia.name",
        "sections": "1, 2, 3",
    }
    for name in _FIELDS:
        before, after = (_said(name, getattr(one, name)) if one else "" for one in (held, read))
        if not after or before == after:
            continue
        why = {"validated_on": _TO_CONFIRM, "residual_risk": _HIGHEST}.get(name, _NEW) if name in taken else _DIFFERS
        yield Change(field=f"dpia.{name}", place=places[name], held=before, proposed=after, why=why, taken=name in taken)


def _said(name: str, value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(word(PARTS, one) for one in value)
    return word({"status": ASSESSMENTS, "residual_risk": LEVELS}.get(name, {}), value) if value else ""


def _sections(document: Document) -> Iterator[Any]:
    answered = {
        one["reference_to"] for one in document["answers"] if _texts(one["data"]["text"]) or one["data"]["list"] or one["data"]["gauge"]
    }
    for part, questions in (("description", range(111, 124)), ("necessity", range(211, 228)), ("risks", range(321, 347))):
        if answered & set(questions):
            yield part
    if document["measures"]:
        yield "measures"


def _residual(document: Document) -> str:
    """Return the highest level evaluated after measures over the three feared events; empty when one of them was not."""
    levels: dict[str, int] = {}
    for evaluation in document["evaluations"]:
        if evaluation["reference_to"] in EVENTS and evaluation["gauges"]:
            levels[evaluation["reference_to"]] = max(evaluation["gauges"].values())
    if set(levels) != set(EVENTS) or not all(levels.values()):
        return ""
    return tuple(LEVELS)[max(levels.values()) - 1]


def _stated(document: Document, question: int) -> list[str]:
    """Return what an answer states, item by item; what Poinçon itself wrote there is the register's, and left out."""
    texts = [text for answer in document["answers"] if answer["reference_to"] == question for text in _texts(answer["data"]["text"])]
    kept: list[str] = []
    inside = False
    for text in texts:
        inside = inside or text.startswith(_OURS[0])
        if not inside:
            kept.append(text)
        inside = inside and not text.startswith(_OURS[1])
    # « Pour chaque finalité : » announces what follows and states nothing.
    return [text for rank, text in enumerate(kept) if not (text.endswith(":") and rank + 1 < len(kept))]


def _texts(html: str | None) -> list[str]:
    """Return the items and paragraphs of simple HTML, as plain text; a list is its items."""
    reader = _Blocks()
    reader.feed(html or "")
    reader.close()
    reader.cut()
    return reader.blocks


class _Blocks(HTMLParser):
    """Cuts HTML where a reader sees a new line or a new item."""

    _CUTS: Final = frozenset({"p", "li", "ul", "ol", "div", "br", "h1", "h2", "h3", "h4", "tr", "td"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's own signature
        if tag in self._CUTS:
            self.cut()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._CUTS:
            self.cut()

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def cut(self) -> None:
        """End the block being read."""
        text = " ".join("".join(self._text).split())
        if text:
            self.blocks.append(text)
        self._text = []


def _named(purposes: Sequence[Purpose], before: Sequence[Purpose], taken: Sequence[str]) -> Iterator[Purpose]:
    used = [*taken, *(one.id for one in before)]
    for purpose in purposes:
        name = purpose.id or distinct(slug(purpose.title) or "finalite", used)
        used.append(name)
        yield replace(purpose, id=name)


def _change(field: str, question: int, held: str, proposed: str, why: Text, *, taken: bool) -> Change:
    return Change(field=field, place=f"{question}, {QUESTIONS[question].fr}", held=held, proposed=proposed, why=why, taken=taken)


def _day(text: str | None) -> date | None:
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        return None
