"""The audit, its rules and the register, in a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from auditor.vocabulary.outcomes import RuleCard, Verdict
from auditor.vocabulary.reading import ReadingReport
from auditor.vocabulary.register import Register
from auditor.vocabulary.text import Text
from reports import typography as typo
from reports import values, wording
from reports.evidence import AuditEvidence, Completeness, Conclusion
from reports.footing import SourceView, caution, conflict_views, parameters, source_view
from reports.opinion import ORDER
from reports.terminal.decisions import print_decisions, standings_said
from reports.terminal.drawing import (
    STYLES,
    Line,
    bullets,
    colon,
    new_table,
    said_in,
    section,
    severity_line,
    title,
)
from reports.view import AuditView, RuleView, audit_view

MOST_NAMED: Final = 12
"""Rules left out that are still named one by one."""
WIDE: Final = 110
"""Columns from which the counts and the days have a place of their own."""


def print_audit(console: Console, evidence: AuditEvidence, lang: str = "fr", *, everything: bool = False, suppressed: bool = False) -> None:
    """Print what is not met by family, what could not be checked, what was decided, what moved, and what to do next.

    What is met or does not apply is counted, and known debt is folded: `everything` and `suppressed` unfold them.
    """
    view = audit_view(evidence, lang)
    console.print(title(f"{evidence.identity.name} {typo.DASH} {typo.moment(evidence.as_of, lang)}"))
    shown = _shown(view, everything=everything, suppressed=suppressed)
    if shown:
        console.print(_table(view, shown, lang, wide=console.width >= WIDE, everything=everything))
        console.print(_legend(lang))
    _print_quiet(console, view, shown, lang)
    _print_unchecked(console, evidence, view, lang)
    print_decisions(console, view, lang)
    _print_judgement(console, view, lang, everything=everything)
    console.print()
    console.print(Line(view.headline, style=_headline_style(view.conclusion)))
    console.print(Line(view.verdict))
    for sentence in (view.decisions_said, view.not_asked):
        if sentence:
            console.print(Line(sentence))
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


def print_explain(console: Console, card: RuleCard, lang: str = "fr", *, how: str = "", needs: Sequence[str] = ()) -> None:
    """Print one rule: what it checks, how, why, on what footing, with which values, and what would make it pass.

    Args:
        console: Where to print.
        card: The rule.
        lang: Language.
        how: What the query says of itself, in English.
        needs: Tables and columns without which the question cannot be asked.
    """
    console.print(title(f"{card.id} {typo.DASH} {card.title(lang)}"))
    frames = typo.listed((wording.FRAMES[frame](lang) for frame in sorted(card.frames)), lang)
    section(console, said_in(lang, "Gravité", "Severity"), wording.SEVERITIES[card.severity](lang))
    section(console, said_in(lang, "Verdicts donnés au regard de", "Verdicts given in the frame of"), frames)
    section(console, said_in(lang, "Pourquoi", "Why"), card.rationale(lang))
    if how:
        told = "\n".join(" ".join(paragraph.split()) for paragraph in how.split("\n\n"))
        section(console, said_in(lang, "Comment (question posée aux lignes, en anglais)", "How (the question asked of the rows)"), told)
    if needs:
        section(console, said_in(lang, "Ce qui est lu", "What is read"), ", ".join(needs))
    _print_parameters(console, card, lang)
    said = "\n".join(_source(source_view(source, lang), lang) for source in card.sources)
    section(console, said_in(lang, "Sources et force", "Sources and force"), said)
    doubt = caution(card.force, card.reading, lang)
    if doubt:
        section(console, said_in(lang, "À savoir", "Note"), doubt)
    for conflict in conflict_views(card.conflicts, lang):
        refs = ", ".join(conflict.refs)
        section(console, said_in(lang, "Sources en conflit", "Sources in conflict"), f"{conflict.said} ({refs})" if refs else conflict.said)
    if card.judgement:
        section(console, said_in(lang, "Ce qu’il reste à juger", "What is left to judge"), card.judgement(lang))
    section(console, said_in(lang, "Ce qui la ferait respecter", "What would make it pass"), card.remediation(lang))


def _print_parameters(console: Console, card: RuleCard, lang: str) -> None:
    lines = []
    for parameter in parameters(card.parameters.items(), card.overrides.items(), lang):
        changed = said_in(lang, " (modifié par le réseau : ", " (changed by the network: ") + parameter.override + ")"
        lines.append(f"{parameter.label}{colon(lang)}{parameter.text}{changed if parameter.override else ''}")
    if lines:
        section(console, said_in(lang, "Valeurs retenues", "Values used"), "\n".join(lines))


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


def _shown(view: AuditView, *, everything: bool, suppressed: bool) -> dict[str, tuple[RuleView, ...]]:
    """Return the rules that deserve lines of their own, by family."""
    kept: dict[str, tuple[RuleView, ...]] = {}
    for family, rules in view.families():
        lines = tuple(rule for rule in rules if everything or rule.counts or (suppressed and rule.decided))
        if lines:
            kept[family] = lines
    return kept


def _table(view: AuditView, shown: Mapping[str, Sequence[RuleView]], lang: str, *, wide: bool, everything: bool) -> Table:
    table = new_table(expand=True)
    for heading in ("AU-015", said_in(lang, "RGPD", "GDPR"), said_in(lang, "Gravité", "Severity")):
        table.add_column(heading, no_wrap=True)
    table.add_column(said_in(lang, "Règle", "Rule"), ratio=1, overflow="fold")
    if wide:
        table.add_column(said_in(lang, "Compté", "Counted"), justify="right", no_wrap=True)
        table.add_column(said_in(lang, "Depuis le", "Since"), no_wrap=True)
    families = dict(view.families())
    for family, rules in shown.items():
        head = Line(family, style="bold").append(f"  {_tallied(families[family], lang)}", style="not bold dim")
        table.add_row("", "", "", head)
        for rule in rules:
            table.add_row(*_verdicts(rule), *_cells(rule, lang, wide=wide, everything=everything))
    return table


def _verdicts(rule: RuleView) -> list[Line]:
    return [Line(wording.SYMBOLS[verdict], style=STYLES[verdict]) for verdict in (rule.au015, rule.gdpr)]


def _cells(rule: RuleView, lang: str, *, wide: bool, everything: bool) -> list[Line]:
    """Return severity, rule and counts: one line where the terminal has room, the places below when everything is asked."""
    severity = severity_line(rule.severity, lang) if rule.findings else Line("")
    said = _named(rule.id, rule.title, "bold" if rule.counts else "")
    since = typo.short_day(rule.oldest, lang) if rule.oldest else ""
    counted = rule.count.text if rule.count else ""
    beside = [] if wide else [counted, f"{said_in(lang, 'depuis le', 'since')}{typo.NBSP}{since}".replace(" ", typo.NBSP) if since else ""]
    below = [_where(rule), *beside] if everything else beside
    facts = [fact for fact in (*below, standings_said(rule, lang)) if fact]
    if facts:
        said.append("\n" if everything else "").append("" if everything else " · ").append(" · ".join(facts), style="dim")
    return [severity, said, Line(counted), Line(since)] if wide else [severity, said]


def _word_of(verdict: Verdict, number: int, lang: str) -> str:
    """Name a verdict given to so many rules."""
    one, several = _TALLIED[verdict]
    return (one if number < 2 else several)(lang)  # noqa: PLR2004 - French plural starts at two


def _tallied(rules: Sequence[RuleView], lang: str) -> str:
    """Count the rules of a family by verdict, in words."""
    counted = ((verdict, sum(rule.overall is verdict for rule in rules)) for verdict in ORDER)
    return ", ".join(f"{typo.whole(number, lang)}{typo.NBSP}{_word_of(verdict, number, lang)}" for verdict, number in counted if number)


def _print_quiet(console: Console, view: AuditView, shown: Mapping[str, Sequence[RuleView]], lang: str) -> None:
    quiet = [f"{family}{colon(lang)}{_tallied(rules, lang)}" for family, rules in view.families() if family not in shown]
    bullets(console, said_in(lang, "Sans constat nouveau", "Without a new finding"), quiet)


def _named(rule: str, title_of_it: str, style: str) -> Line:
    line = Line()
    line.append(rule, style=style).append(f"  {title_of_it}")
    return line


def _where(rule: RuleView) -> str:
    places = list(dict.fromkeys(finding.data or finding.declared or finding.activity for finding in rule.findings))
    first = next((place for place in places if place), "")
    others = len([place for place in places if place]) - 1
    return f"{first}{typo.NBSP}(+{others})" if others > 0 else first


def _print_unchecked(console: Console, evidence: AuditEvidence, view: AuditView, lang: str) -> None:
    by_reason: dict[str, list[str]] = {}
    for rule in view.having(Verdict.COULD_NOT_CHECK):
        by_reason.setdefault(rule.reason, []).append(rule.id)
    lines = [f"{', '.join(rules)}{colon(lang)}{reason}" for reason, rules in by_reason.items()]
    lines += [f"{typo.plain(absent.source)}{colon(lang)}{values.reason(absent.reason, lang)[0]}" for absent in evidence.absent]
    lines += [f"{typo.plain(reading.physical)}{colon(lang)}{said}" for reading in evidence.readings for said in _left_aside(reading, lang)]
    bullets(console, said_in(lang, "Ce qui n’a pas pu être vérifié", "What could not be checked"), lines)
    bullets(console, said_in(lang, "Ce qui n’a pas été demandé", "What was not asked"), _not_asked(view))


def _not_asked(view: AuditView) -> list[str]:
    """Name the rules left out, or count them by family when they are many."""
    told = view.decisions
    if len(told.left_out) <= MOST_NAMED:
        return [", ".join(rule for rule, _ in told.left_out)] if told.left_out else []
    return [", ".join(f"{family}{typo.NBSP}({number})" for family, number in told.families_left_out)]


def print_unchecked(console: Console, evidence: AuditEvidence, lang: str = "fr") -> bool:
    """Print what could not be checked; tell whether there was anything."""
    view = audit_view(evidence, lang)
    _print_unchecked(console, evidence, view, lang)
    return bool(view.having(Verdict.COULD_NOT_CHECK) or evidence.absent)


def _print_judgement(console: Console, view: AuditView, lang: str, *, everything: bool) -> None:
    if everything:
        judged = [f"{rule.id}{colon(lang)}{rule.judgement}" for rule in view.to_judge]
        bullets(console, said_in(lang, "Ce qu’il reste à juger", "What is left to judge"), judged)
        said = [f"{conflict.id}{colon(lang)}{conflict.said}" for conflict in view.conflicts]
        bullets(console, said_in(lang, "Sources en conflit", "Sources in conflict"), said)
        return
    counted = ((len(view.to_judge), _PARTLY), (len(view.conflicts), _DISAGREEING))
    told = [typo.count(number, *words[lang == "en"], lang) for number, words in counted if number]
    if told:
        console.print()
        left = said_in(lang, "Ce qu’il reste à juger : ", "Left to judge: ")
        console.print(Line(f"{left}{typo.listed(told, lang)} (poincon audit --all)."))


_TALLIED: Final[Mapping[Verdict, tuple[Text, Text]]] = {
    Verdict.MET: (Text("respectée", "met"), Text("respectées", "met")),
    Verdict.NOT_MET: (Text("non respectée", "not met"), Text("non respectées", "not met")),
    Verdict.NOT_APPLICABLE: (Text("sans objet", "not applicable"), Text("sans objet", "not applicable")),
    Verdict.COULD_NOT_CHECK: (Text("non vérifiée", "not checked"), Text("non vérifiées", "not checked")),
}
_PARTLY: Final = (
    ("règle garde une part qu’une personne doit juger", "règles gardent une part qu’une personne doit juger"),
    ("rule keeps a part that a person must judge", "rules keep a part that a person must judge"),
)
_DISAGREEING: Final = (
    ("point sur lequel les sources se contredisent", "points sur lesquels les sources se contredisent"),
    ("point on which sources disagree", "points on which sources disagree"),
)


def _left_aside(reading: ReadingReport, lang: str) -> Iterable[str]:
    left_out = sum(reading.rejected.values())
    if left_out:
        one, several = ("row left out", "rows left out") if lang == "en" else ("ligne écartée", "lignes écartées")
        yield typo.count(left_out, one, several, lang)
    if reading.unmapped:
        columns = ", ".join(typo.plain(column) for column in reading.unmapped)
        yield f"{said_in(lang, 'colonnes décrites nulle part', 'columns described nowhere')} ({columns})"


def _print_next(console: Console, view: AuditView, lang: str) -> None:
    steps = [f"{rule.id}{colon(lang)}{rule.remedy}" for rule in view.main_findings if rule.counts]
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
    parts = (f"{wording.SYMBOLS[verdict]}{colon(lang)}{wording.VERDICTS[verdict](lang)}" for verdict in Verdict)
    return Line(" · ".join(part.replace(" ", typo.NBSP) for part in parts), style="dim")


def _source(source: SourceView, lang: str) -> str:
    said = f"{source.ref} {typo.DASH} {source.title}{colon(lang)}{source.force} ({source.reading})"
    return f"{said}\n{source.address}" if source.address else said


def _headline_style(conclusion: Conclusion) -> str:
    if conclusion is Conclusion.NOTHING_FOUND:
        return "bold green"
    return "bold red" if conclusion in (Conclusion.FINDINGS, Conclusion.FINDINGS_AND_INCOMPLETE) else "bold yellow"
