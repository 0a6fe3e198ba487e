"""The audit in Markdown, for a code host: a summary that reads in a pull request, with its details folded under headings.

Names from the data are escaped: none can become an image, HTML, emphasis or a column of its own.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from auditor.vocabulary.outcomes import Verdict
from reports import decided, values, wording
from reports import typography as typo
from reports.evidence import AuditEvidence
from reports.view import AuditView, FindingView, audit_view
from reports.wording import colon, said_in

MOST_FINDINGS: Final = 20
"""Findings listed per rule; the rest is counted, and stands in the JSON."""
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&$@])")


def audit_markdown(evidence: AuditEvidence, lang: str = "fr") -> str:
    """Write an audit in Markdown."""
    view = audit_view(evidence, lang)
    parts = (
        _opening(evidence, view, lang),
        _summary(view, lang),
        _decisions(view, lang),
        _trend(view, lang),
        _unchecked(evidence, view, lang),
        _details(view, lang),
        _judgement(view, lang),
        _conflicts(view, lang),
        _closing(evidence, view, lang),
    )
    return "\n".join(line for part in parts for line in part).rstrip("\n") + "\n"


def _opening(evidence: AuditEvidence, view: AuditView, lang: str) -> Iterator[str]:
    yield f"# {said_in(lang, 'Audit des données de billettique', 'Audit of ticketing data')} {typo.DASH} {_text(evidence.identity.name)}"
    yield ""
    yield f"**{view.headline}.** {view.verdict}"
    for sentence in (view.decisions_said, view.not_asked):
        if sentence:
            yield f"\n{sentence}"
    yield ""
    clock = said_in(lang, "Situation au", "As of")
    threshold = said_in(lang, "seuil d’alerte : gravité", "alert threshold: severity")
    yield f"{clock} {typo.moment(evidence.as_of, lang)} · {threshold} {wording.FAIL_ON[evidence.fail_on](lang)}"
    yield ""


def _summary(view: AuditView, lang: str) -> Iterator[str]:
    broken = view.having(Verdict.NOT_MET)
    if not broken:
        return
    yield f"## {said_in(lang, 'Ce qui n’est pas respecté', 'What is not met')}"
    yield ""
    heads = (
        said_in(lang, "Règle", "Rule"),
        said_in(lang, "Gravité", "Severity"),
        "AU-015",
        said_in(lang, "RGPD", "GDPR"),
        said_in(lang, "Compté", "Counted"),
        said_in(lang, "Depuis le", "Since"),
    )
    decided_ = (said_in(lang, "Décision", "Decision"),) if view.decisions.any_decision else ()
    yield from _table_head((*heads, *decided_))
    for rule in broken:
        verdicts = (f"{wording.SYMBOLS[one]} {wording.SHORT_VERDICTS[one](lang)}" for one in (rule.au015, rule.gdpr))
        counted = rule.count.text if rule.count else typo.DASH
        since = typo.short_day(rule.oldest, lang) if rule.oldest else typo.DASH
        named = f"`{rule.id}` {_text(rule.title)}"
        cells = (named, wording.SEVERITIES[rule.severity](lang), *verdicts, counted, since)
        yield _row(*cells, *((decided.standings(rule.standings, lang),) if decided_ else ()))
    yield ""


def _decisions(view: AuditView, lang: str) -> Iterator[str]:
    told = view.decisions
    if told.waivers:
        yield f"## {said_in(lang, 'Dérogations', 'Waivers')}"
        yield ""
        heads = ("Id", "Règle", "Lieu", "État", "Dernier jour", "Accordée par", "Raison", "Constats")
        english = ("Id", "Rule", "Place", "State", "Last day", "Approved by", "Reason", "Findings")
        yield from _table_head(english if lang == "en" else heads)
        for one in told.waivers:
            ends = typo.short_day(one.ends, lang) if one.ends else typo.DASH
            state = "; ".join((one.word, *one.remarks)) if lang == "en" else typo.spaced(" ; ".join((one.word, *one.remarks)))
            reason = f"{one.reason} ({one.ticket})" if one.ticket else one.reason
            cells = (one.id, one.rule, one.place, state, ends, one.approved_by, reason, str(one.covers))
            yield _row(*(_text(cell) for cell in cells))
        yield ""
    if told.gone:
        yield f"## {said_in(lang, 'Dette éteinte', 'Debt that is gone')}"
        yield ""
        yield from (f"- {_text(mark)}" for mark in told.gone)
        yield ""


def _trend(view: AuditView, lang: str) -> Iterator[str]:
    told = view.decisions
    if not told.since:
        return
    yield f"## {said_in(lang, 'Depuis l’audit du', 'Since the audit of')} {told.since}"
    yield ""
    if not told.moves:
        yield said_in(lang, "Rien n’a changé dans ce qui se compare.", "Nothing changed in what can be compared.")
    for move in told.moves:
        yield f"- `{move.rule}`{colon(lang)}{move.word}{', ' if move.text else ''}{move.text}"
    yield ""


def _unchecked(evidence: AuditEvidence, view: AuditView, lang: str) -> Iterator[str]:
    lines = [f"`{rule.id}` {_text(rule.title)}{colon(lang)}{_text(rule.reason)}" for rule in view.having(Verdict.COULD_NOT_CHECK)]
    lines += [f"{_text(absent.source)}{colon(lang)}{_text(values.reason(absent.reason, lang)[0])}" for absent in evidence.absent]
    lines += [
        f"`{rule}` {_text(title)}{colon(lang)}{said_in(lang, 'non posée, par choix', 'not asked, by choice')}"
        for rule, title in view.decisions.left_out
    ]
    if not lines:
        return
    yield f"## {said_in(lang, 'Ce qui n’a pas été vérifié', 'What was not checked')}"
    yield ""
    yield said_in(lang, "Rien de ceci ne peut être tenu pour respecté.", "None of this may be taken as met.")
    yield ""
    yield from (f"- {line}" for line in lines)
    yield ""


def _details(view: AuditView, lang: str) -> Iterator[str]:
    broken = view.having(Verdict.NOT_MET)
    if not broken:
        return
    yield f"## {said_in(lang, 'Constats', 'Findings')}"
    yield ""
    for rule in broken:
        yield f"### {rule.id} {typo.DASH} {_text(rule.title)}"
        yield ""
        yield from (f"- {_finding(finding)}" for finding in rule.findings[:MOST_FINDINGS])
        rest = len(rule.findings) - MOST_FINDINGS
        if rest > 0:
            yield f"- {said_in(lang, f'et {rest} autres, dans le fichier JSON', f'and {rest} more, in the JSON file')}"
        yield ""
        yield f"**{said_in(lang, 'À faire :', 'To do:')}** {_text(rule.remedy)}"
        if rule.caution:
            yield ""
            yield f"*{said_in(lang, 'À savoir :', 'Note:')} {_text(rule.caution)}.*"
        yield ""


def _judgement(view: AuditView, lang: str) -> Iterator[str]:
    if not view.to_judge:
        return
    yield f"## {said_in(lang, 'Ce qu’il reste à juger', 'What is left to judge')}"
    yield ""
    yield from (f"- `{rule.id}`{colon(lang)}{_text(rule.judgement)}" for rule in view.to_judge)
    yield ""


def _conflicts(view: AuditView, lang: str) -> Iterator[str]:
    if not view.conflicts:
        return
    yield f"## {said_in(lang, 'Sources en conflit', 'Sources in conflict')}"
    yield ""
    yield from (f"- **{_text(one.id)}**{colon(lang)}{_text(one.said)} ({', '.join(one.refs)})" for one in view.conflicts)
    yield ""


def _closing(evidence: AuditEvidence, view: AuditView, lang: str) -> Iterator[str]:
    counts = dict(view.tallies[-1].counts)
    met, aside = counts[Verdict.MET], counts[Verdict.NOT_APPLICABLE]
    yield "---"
    yield ""
    digest = f"`{evidence.input_digest[:12]}`"
    held, beside = typo.whole(met, lang), typo.whole(aside, lang)
    yield said_in(
        lang,
        f"Respectées : {held} ; sans objet : {beside}. Poinçon {evidence.tool_version}, entrées {digest}.",
        f"Met: {held}; not applicable: {beside}. Poinçon {evidence.tool_version}, inputs {digest}.",
    )


def _finding(finding: FindingView) -> str:
    place = " · ".join(part for part in (finding.data, finding.declared) if part)
    standing = "" if finding.standing_word == "" else f"*{_text(finding.standing_word)}* {typo.DASH} "
    return f"{standing}{_text(finding.sentence)}" + (f" ({_text(place)})" if place else "")


def _table_head(heads: Sequence[str]) -> Iterator[str]:
    yield _row(*heads)
    yield "|" + " --- |" * len(heads)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(text: str) -> str:
    """Escape what Markdown would read as more than words."""
    return _SPECIAL.sub(r"\\\1", typo.plain(text))
