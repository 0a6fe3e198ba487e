"""Decisions and trend in words: waivers with their end and approver, known debt, what moved since the last audit. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Final

from auditor.vocabulary.decisions import Decisions, Mark, Standing, Waiver, WaiverState
from auditor.vocabulary.text import Text
from auditor.vocabulary.trend import Change, Trend
from reports import typography as typo
from reports import wording
from reports.evidence import AuditEvidence

WAIVERS_FILE: Final = "waivers.yml"

UNITS: Final = {
    "rows": (Text("ligne", "row"), Text("lignes", "rows")),
    "entries": (Text("inscription", "entry"), Text("inscriptions", "entries")),
    "cards": (Text("carte", "card"), Text("cartes", "cards")),
    "customers": (Text("client", "customer"), Text("clients", "customers")),
    "tokens": (Text("jeton", "token"), Text("jetons", "tokens")),
    "classes_below": (Text("classe", "class"), Text("classes", "classes")),
    "columns": (Text("colonne", "column"), Text("colonnes", "columns")),
    "findings": (Text("constat", "finding"), Text("constats", "findings")),
}


STANDINGS: Final[Mapping[Standing, Text]] = {
    Standing.NEW: Text("nouveau", "new"),
    Standing.KNOWN: Text("dette connue", "known debt"),
    Standing.WAIVED: Text("dérogation", "waived"),
}
_STANDING_COUNTS: Final[Mapping[Standing, tuple[Text, Text]]] = {
    Standing.NEW: (Text("nouveau", "new"), Text("nouveaux", "new")),
    Standing.KNOWN: (Text("en dette connue", "known debt"), Text("en dette connue", "known debt")),
    Standing.WAIVED: (Text("sous dérogation", "waived"), Text("sous dérogation", "waived")),
}
WAIVER_STATES: Final[Mapping[WaiverState, Text]] = {
    WaiverState.IN_FORCE: Text("en vigueur", "in force"),
    WaiverState.EXPIRED: Text("échue", "expired"),
    WaiverState.MALFORMED: Text("mal formée, tenue pour échue", "malformed, taken as expired"),
    WaiverState.NOT_YET: Text("datée d’après l’audit, sans effet", "dated after the audit, without effect"),
}
WAYS: Final[Mapping[str, Text]] = {
    "new": Text("nouveau manquement", "new breach"),
    "worse": Text("en hausse", "worse"),
    "better": Text("en baisse", "better"),
    "gone": Text("corrigé", "corrected"),
    "lost": Text("n’a plus pu être vérifiée", "could no longer be checked"),
}
"""What became of a rule since the last audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverView:
    """One waiver, as a report shows it."""

    id: str
    rule: str
    place: str
    """Where it applies, globs included; « every place » when it names none."""
    state: WaiverState
    word: str
    """State in words, with the days left when few are."""
    ends: date | None
    approved_by: str
    reason: str
    ticket: str
    declared: str
    """File and line."""
    covers: int
    """Findings under it; nothing when it is not in force."""
    remarks: tuple[str, ...]
    """What is wrong with it or worth a look: faults, broad, unused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendLine:
    """One rule that moved."""

    rule: str
    way: str
    """`new`, `worse`, `better`, `gone` or `lost`."""
    word: str
    text: str
    """Before and now, with the unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsView:
    """Every decision and every movement, worded and counted."""

    waivers: tuple[WaiverView, ...]
    new: int
    known: int
    waived: int
    """Findings by standing."""
    baseline: bool
    """The network has one."""
    gone: tuple[str, ...]
    """Known findings no longer found."""
    since: str
    """Moment of the last audit; empty when there is none to compare with."""
    moves: tuple[TrendLine, ...]
    not_compared: int
    left_out: tuple[tuple[str, str], ...]
    """Rules that were not asked: id and title."""
    families_left_out: tuple[tuple[str, int], ...]
    """The same, counted by family."""

    @property
    def lapsed(self) -> tuple[WaiverView, ...]:
        """Waivers that cover nothing."""
        return tuple(waiver for waiver in self.waivers if waiver.state is not WaiverState.IN_FORCE)

    @property
    def any_decision(self) -> bool:
        """Tell whether anybody decided anything."""
        return bool(self.waivers) or self.baseline


def decisions_view(evidence: AuditEvidence, lang: str) -> DecisionsView:
    """Word the decisions in front of an audit and what moved since the last one."""
    decisions = evidence.decisions
    counted = {standing: sum(decisions.standings(one)[standing] for one in evidence.outcomes) for standing in Standing}
    return DecisionsView(
        waivers=waiver_views(evidence, lang),
        new=counted[Standing.NEW],
        known=counted[Standing.KNOWN],
        waived=counted[Standing.WAIVED],
        baseline=decisions.known is not None,
        gone=tuple(marked(mark, lang) for mark in decisions.gone(evidence.outcomes)),
        since=typo.moment(evidence.trend.since.replace(tzinfo=UTC), lang) if evidence.trend else "",
        moves=tuple(_moves(evidence.trend, lang)) if evidence.trend else (),
        not_compared=len(evidence.trend.not_compared) if evidence.trend else 0,
        left_out=tuple((rule.id, rule.title(lang)) for rule in evidence.selection.left_out),
        families_left_out=tuple(Counter(wording.family(rule.family, lang) for rule in evidence.selection.left_out).items()),
    )


def waiver_views(evidence: AuditEvidence, lang: str) -> tuple[WaiverView, ...]:
    """Word every waiver: those that no longer hold first, then by last day."""
    decisions = evidence.decisions
    covered = decisions.covered(evidence.outcomes)
    unused = {waiver.id for waiver in decisions.unused(evidence.outcomes)}
    views = [waiver_view(one, decisions, lang, covers=covered.get(one.id, 0), unused=one.id in unused) for one in decisions.waivers]
    return in_order(views)


def in_order(views: Sequence[WaiverView]) -> tuple[WaiverView, ...]:
    """Sort waivers: those that hold nothing first, then by last day."""
    return tuple(sorted(views, key=lambda view: (view.state is WaiverState.IN_FORCE, view.ends or date.min, view.id)))


def waiver_view(waiver: Waiver, decisions: Decisions, lang: str, *, covers: int = 0, unused: bool = False) -> WaiverView:
    """Word one waiver."""
    state = decisions.state(waiver)
    places = (typo.plain(part) for part in (waiver.activity, ".".join(part for part in (waiver.table, waiver.column) if part)) if part)
    return WaiverView(
        id=typo.plain(waiver.id),
        rule=typo.plain(waiver.rule),
        place=" · ".join(places) or _EVERYWHERE(lang),
        state=state,
        word=_state_word(waiver, decisions, lang),
        ends=waiver.expires,
        approved_by=typo.plain(waiver.approved_by),
        reason=typo.plain(waiver.reason),
        ticket=typo.plain(waiver.ticket),
        declared=f"{WAIVERS_FILE}:{waiver.line}" if waiver.line else WAIVERS_FILE,
        covers=covers,
        remarks=tuple(_remarks(waiver, lang, unused=unused)),
    )


def standings(counted: Mapping[Standing, int], lang: str) -> str:
    """Say how many findings count, are known or are waived: « 3 nouveaux, 1 sous dérogation »."""
    said = ((number, *_STANDING_COUNTS[standing]) for standing, number in counted.items() if number)
    return ", ".join(typo.count(number, one(lang), several(lang), lang) for number, one, several in said)


def marked(mark: Mark, lang: str) -> str:
    """Say in one line what a finding on record was."""
    place = ".".join(part for part in (mark.table, mark.column) if part)
    words = (wording.value(name, word, lang) for name, word in mark.words)
    return typo.plain(" · ".join(part for part in (mark.rule, mark.activity, place, mark.file, *words) if part))


def sentence(view: DecisionsView, lang: str) -> str:
    """Say how many findings count and how many do not; empty when nobody decided anything."""
    if not view.any_decision:
        return ""
    parts = [(view.new, *_COUNTING[lang == "en"])]
    parts += [(view.known, *_KNOWN[lang == "en"])] if view.baseline else []
    parts += [(view.waived, *_WAIVED[lang == "en"])] if view.waivers else []
    told = typo.listed((typo.count(number, one, several, lang) for number, one, several in parts), lang)
    return f"Of the findings, {told}." if lang == "en" else typo.spaced(f"Parmi les constats, {told}.")


def not_asked(view: DecisionsView, lang: str) -> str:
    """Say how many rules were left out; empty when all were asked."""
    number = len(view.left_out)
    if not number:
        return ""
    if lang == "en":
        return f"{typo.count(number, 'rule was', 'rules were', lang)} left out by choice: nothing is said of them."
    return typo.spaced(f"{typo.count(number, 'règle a été laissée', 'règles ont été laissées')} de côté, par choix : rien n’en est dit.")


def warnings(view: DecisionsView, lang: str) -> Iterator[str]:
    """Say what must not pass unseen: waivers that lapsed, that cover nothing any more, or that cover more than one place."""
    for waiver in view.waivers:
        if waiver.state is not WaiverState.IN_FORCE:
            yield lapse(waiver, lang)
        elif waiver.remarks:
            remarks = ", ".join(waiver.remarks)
            if lang == "en":
                yield f"Waiver {waiver.id} of {waiver.rule} ({waiver.declared}): {remarks}."
            else:
                yield typo.spaced(f"Dérogation {waiver.id} sur {waiver.rule} ({waiver.declared}) : {remarks}.")


def unread_history(lines: int, lang: str) -> str:
    """Say that a part of the history is lost; empty when all of it was read."""
    if not lines:
        return ""
    if lang == "en":
        return f"{typo.count(lines, 'line', 'lines', lang)} of the history could not be read: the trend may miss an audit."
    unread = typo.count(lines, "ligne de l’historique n’a pas pu être lue", "lignes de l’historique n’ont pas pu être lues")
    return typo.spaced(f"{unread} : la tendance peut ignorer un audit.")


def lapse(waiver: WaiverView, lang: str) -> str:
    """Say loudly that a waiver no longer holds."""
    why = "; ".join(waiver.remarks) if lang == "en" else typo.spaced(" ; ".join(waiver.remarks))
    told = f" ({why})" if why else ""
    if lang == "en":
        return f"Waiver {waiver.id} of {waiver.rule or '?'} ({waiver.declared}) covers nothing: {waiver.word}{told}."
    sentence_ = f"La dérogation {waiver.id} sur {waiver.rule or '?'} ({waiver.declared}) ne couvre plus rien : {waiver.word}{told}."
    return typo.spaced(sentence_)


def _state_word(waiver: Waiver, decisions: Decisions, lang: str) -> str:
    state = decisions.state(waiver)
    if state is WaiverState.EXPIRED and waiver.expires:
        return _EXPIRED(lang).format(day=typo.day(waiver.expires, lang))
    if state is WaiverState.IN_FORCE and waiver.ends_soon(decisions.today) and waiver.expires:
        days = (waiver.expires - decisions.today).days
        left = typo.count(days, *(("day", "days") if lang == "en" else ("jour", "jours")), lang)
        return _SOON(lang).format(left=left) if days else _LAST_DAY(lang)
    return WAIVER_STATES[state](lang)


def _remarks(waiver: Waiver, lang: str, *, unused: bool) -> Iterator[str]:
    for fault in waiver.faults:
        yield typo.plain(fault(lang))
    if not waiver.faults and waiver.broad:
        yield _BROAD(lang)
    if unused:
        yield _UNUSED(lang)


def _moves(trend: Trend, lang: str) -> Iterator[TrendLine]:
    for way in ("new", "worse", "better", "gone"):
        for change in getattr(trend, way):
            yield TrendLine(rule=change.rule, way=way, word=WAYS[way](lang), text=_change(change, lang))
    for rule in trend.lost:
        yield TrendLine(rule=rule, way="lost", word=WAYS["lost"](lang), text="")


def _change(change: Change, lang: str) -> str:
    one, several = UNITS[change.unit]
    now = typo.count(change.now, one(lang), several(lang), lang)
    return f"{typo.whole(change.before, lang)} → {now}"


_COUNTING: Final = (("compte", "comptent"), ("counts", "count"))
_KNOWN: Final = (
    ("relève de la dette connue", "relèvent de la dette connue"),
    ("is known debt", "are known debt"),
)
_WAIVED: Final = (
    ("est couvert par une dérogation", "sont couverts par une dérogation"),
    ("is under a waiver", "are under a waiver"),
)
_EVERYWHERE: Final = Text("tous lieux", "every place")
_EXPIRED: Final = Text("échue depuis le {day}", "expired on {day}")
_SOON: Final = Text(f"en vigueur, encore{typo.NBSP}{{left}}", "in force for {left} more")
_LAST_DAY: Final = Text("en vigueur, dernier jour", "in force, last day")
_BROAD: Final = Text("portée large", "broad")
_UNUSED: Final = Text("ne couvre plus aucun constat", "covers no finding any more")
