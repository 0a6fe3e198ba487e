"""The audit, its rules and the register, in a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from auditor.vocabulary.outcomes import RuleCard, Verdict
from auditor.vocabulary.reading import ReadingReport
from auditor.vocabulary.register import Register
from reports import typography as typo
from reports import values, wording
from reports.evidence import AuditEvidence, Completeness, Conclusion
from reports.terminal.drawing import (
    SEVERITY_STYLES,
    Line,
    bullets,
    colon,
    new_table,
    said_in,
    section,
    severity_line,
    title,
    verdict_line,
)
from reports.view import AuditView, RuleView, SourceView, audit_view, caution, parameters, source_view

WIDE: Final = 110
"""Columns from which the counts and the days have a place of their own."""
_VERDICT_WIDTH: Final = 7


def print_audit(console: Console, evidence: AuditEvidence, lang: str = "fr") -> None:
    """Print the rules with both verdicts, what could not be checked, the verdict in one line and what to do next."""
    view = audit_view(evidence, lang)
    console.print(title(f"{evidence.identity.name} {typo.DASH} {typo.moment(evidence.as_of, lang)}"))
    console.print(_wide_table(view, lang) if console.width >= WIDE else _narrow_table(view, lang))
    console.print(_legend(lang))
    _print_unchecked(console, evidence, view, lang)
    console.print()
    console.print(Line(view.headline, style=_headline_style(view.conclusion)))
    console.print(Line(view.verdict))
    _print_next(console, view, lang)


def print_rules(console: Console, cards: Iterable[RuleCard], lang: str = "fr") -> None:
    """Print the catalogue: id, title, severity and how binding the strongest source is."""
    table = new_table(
        said_in(lang, "Gravité", "Severity"), said_in(lang, "Source", "Source"), said_in(lang, "Ce qui est vérifié", "What is checked")
    )
    for card in cards:
        rule = _named(card.id, card.title(lang), "bold")
        table.add_row(severity_line(card.severity, lang), Line(wording.SHORT_FORCES[card.force](lang)), rule)
    console.print(table)
    weak = said_in(
        lang,
        "Repère : référence sans valeur juridique depuis le 25 mai 2018. Détail d’une règle : poincon explain RÈGLE",
        "Benchmark: reference without legal value since 25 May 2018. One rule in full: poincon explain RULE",
    )
    console.print()
    console.print(Line(weak, style="dim"))


def print_explain(console: Console, card: RuleCard, lang: str = "fr") -> None:
    """Print one rule: what it checks, why, on what footing, with which values, and what would make it pass."""
    console.print(title(f"{card.id} {typo.DASH} {card.title(lang)}"))
    frames = typo.listed((wording.FRAMES[frame](lang) for frame in sorted(card.frames)), lang)
    section(console, said_in(lang, "Gravité", "Severity"), wording.SEVERITIES[card.severity](lang))
    section(console, said_in(lang, "Verdicts donnés au regard de", "Verdicts given in the frame of"), frames)
    section(console, said_in(lang, "Pourquoi", "Why"), card.rationale(lang))
    said = "\n".join(_source(source_view(source, lang), lang) for source in card.sources)
    section(console, said_in(lang, "Sources et force", "Sources and force"), said)
    doubt = caution(card.force, card.reading, lang)
    if doubt:
        section(console, said_in(lang, "À savoir", "Note"), doubt)
    for parameter in parameters(card.parameters.items(), card.overrides.items(), lang):
        changed = (
            said_in(lang, " (modifié par le réseau : ", " (changed by the network: ") + parameter.override + ")"
            if parameter.override
            else ""
        )
        section(console, said_in(lang, "Valeur retenue", "Value used"), f"{parameter.label}{colon(lang)}{parameter.text}{changed}")
    section(console, said_in(lang, "Ce qui la ferait respecter", "What would make it pass"), card.remediation(lang))


def print_completeness(console: Console, register: Register, completeness: Mapping[str, Completeness], lang: str = "fr") -> None:
    """Print how far each activity of the register answers what it must say."""
    table = new_table(said_in(lang, "Fiche", "Activity"))
    table.add_column(said_in(lang, "Points", "Points"), justify="right", no_wrap=True)
    table.add_column(said_in(lang, "Ce qui manque", "What is missing"))
    for declared in register.activities:
        found = completeness.get(declared.activity.id)
        title = Line(typo.plain(declared.activity.title)).append(f"\n{typo.plain(declared.file)}", style="dim")
        table.add_row(title, *_points(found, lang))
    console.print(table)


def _narrow_table(view: AuditView, lang: str) -> Table:
    table = _verdict_columns(lang)
    table.add_column(said_in(lang, "Règle et constat", "Rule and finding"), ratio=1, overflow="fold")
    for rule in view.rules:
        said = _named(rule.id, rule.title, "bold" if rule.findings else "")
        table.add_row(*_verdicts(rule, lang), _with_facts(said, rule, _measures(rule, lang), lang))
    return table


def _wide_table(view: AuditView, lang: str) -> Table:
    table = _verdict_columns(lang)
    table.add_column(said_in(lang, "Règle", "Rule"), no_wrap=True)
    table.add_column(said_in(lang, "Ce qui est vérifié", "What is checked"), ratio=1, overflow="fold")
    table.add_column(said_in(lang, "Compté", "Counted"), justify="right", no_wrap=True)
    table.add_column(said_in(lang, "Depuis le", "Since"), no_wrap=True)
    for rule in view.rules:
        counted = Line(rule.count.text if rule.count else "")
        since = Line(typo.short_day(rule.oldest, lang) if rule.oldest else "")
        name = Line(rule.id, style="bold" if rule.findings else "")
        table.add_row(*_verdicts(rule, lang), name, _with_facts(Line(rule.title), rule, [], lang), counted, since)
    return table


def _verdict_columns(lang: str) -> Table:
    table = new_table(expand=True)
    for frame in ("AU-015", said_in(lang, "RGPD", "GDPR")):
        table.add_column(frame, no_wrap=True, width=_VERDICT_WIDTH)
    return table


def _verdicts(rule: RuleView, lang: str) -> list[Line]:
    return [verdict_line(verdict, wording.SHORT_VERDICTS[verdict](lang)) for verdict in (rule.au015, rule.gdpr)]


def _with_facts(said: Line, rule: RuleView, measures: Sequence[str], lang: str) -> Line:
    """Add the second line of a rule that is broken: severity, measures, place. A rule that is not keeps to one line."""
    if not rule.findings:
        return said
    said.append("\n").append(wording.SEVERITIES[rule.severity](lang), style=SEVERITY_STYLES[rule.severity])
    facts = [*measures, _where(rule)]
    said.append("".join(f" · {fact}" for fact in facts if fact), style="dim")
    return said


def _named(rule: str, title_of_it: str, style: str) -> Line:
    line = Line()
    line.append(rule, style=style).append(f"  {title_of_it}")
    return line


def _measures(rule: RuleView, lang: str) -> list[str]:
    counted = [rule.count.text] if rule.count else []
    since = said_in(lang, "depuis le ", "since ") + (typo.short_day(rule.oldest, lang) if rule.oldest else "")
    return counted + ([since.replace(" ", typo.NBSP)] if rule.oldest else [])


def _where(rule: RuleView) -> str:
    places = list(dict.fromkeys(finding.data or finding.declared or finding.activity for finding in rule.findings))
    first = next((place for place in places if place), "")
    others = len([place for place in places if place]) - 1
    return f"{first}{typo.NBSP}(+{others})" if others > 0 else first


def _print_unchecked(console: Console, evidence: AuditEvidence, view: AuditView, lang: str) -> None:
    lines = [f"{rule.id}{colon(lang)}{rule.reason}" for rule in view.having(Verdict.COULD_NOT_CHECK)]
    lines += [f"{typo.plain(absent.source)}{colon(lang)}{values.reason(absent.reason, lang)[0]}" for absent in evidence.absent]
    lines += [f"{typo.plain(reading.physical)}{colon(lang)}{said}" for reading in evidence.readings for said in _left_aside(reading, lang)]
    bullets(console, said_in(lang, "Ce qui n’a pas pu être vérifié", "What could not be checked"), lines)


def _left_aside(reading: ReadingReport, lang: str) -> Iterable[str]:
    left_out = sum(reading.rejected.values())
    if left_out:
        one, several = ("row left out", "rows left out") if lang == "en" else ("ligne écartée", "lignes écartées")
        yield typo.count(left_out, one, several, lang)
    if reading.unmapped:
        columns = ", ".join(typo.plain(column) for column in reading.unmapped)
        yield f"{said_in(lang, 'colonnes décrites nulle part', 'columns described nowhere')} ({columns})"


def _print_next(console: Console, view: AuditView, lang: str) -> None:
    steps = [f"{rule.id}{colon(lang)}{rule.remedy}" for rule in view.main_findings]
    bullets(console, said_in(lang, "À faire d’abord", "To do first"), steps)
    first = next(iter(view.main_findings), None)
    if first is not None:
        console.print(
            Line(said_in(lang, "Pour comprendre une règle : ", "To understand a rule: ") + f"poincon explain {first.id}", style="dim")
        )


def _points(found: Completeness | None, lang: str) -> tuple[Line, Line]:
    if found is None:
        return Line(typo.DASH), Line(said_in(lang, "non mesuré", "not measured"))
    missing = ", ".join(wording.article(item, lang) for item in found.missing) or said_in(lang, "rien", "nothing")
    return Line(f"{found.score}/{found.total}", style="" if found.missing else "green"), Line(missing)


def _legend(lang: str) -> Line:
    parts = (f"{wording.SYMBOLS[v]} {wording.SHORT_VERDICTS[v](lang)}{colon(lang)}{wording.VERDICTS[v](lang)}" for v in Verdict)
    return Line(" · ".join(part.replace(" ", typo.NBSP) for part in parts), style="dim")


def _source(source: SourceView, lang: str) -> str:
    said = f"{source.ref} {typo.DASH} {source.title}{colon(lang)}{source.force} ({source.reading})"
    return f"{said}\n{source.address}" if source.address else said


def _headline_style(conclusion: Conclusion) -> str:
    if conclusion is Conclusion.NOTHING_FOUND:
        return "bold green"
    return "bold yellow" if conclusion in (Conclusion.INCOMPLETE, Conclusion.BELOW_THRESHOLD) else "bold red"
