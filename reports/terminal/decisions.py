"""Waivers, known debt and trend, in a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console

from auditor.vocabulary.decisions import Decisions, Standing, WaiverState
from auditor.vocabulary.outcomes import Verdict
from reports import decided
from reports import typography as typo
from reports.decided import DecisionsView, WaiverView
from reports.terminal.drawing import Line, bullets, colon, new_table, said_in
from reports.view import AuditView, RuleView

_STATE_STYLES = {WaiverState.IN_FORCE: "green"}
_WAYS = ("new", "worse", "lost", "better", "gone")


def print_decisions(console: Console, view: AuditView, lang: str = "fr") -> None:
    """Print what was decided about findings, and what moved since the last audit."""
    told = view.decisions
    bullets(console, said_in(lang, "Dérogations", "Waivers"), [_waiver(waiver, lang) for waiver in told.waivers])
    known = [rule for rule in view.having(Verdict.NOT_MET) if rule.standings[Standing.KNOWN]]
    lines = [", ".join(f"{rule.id}{typo.NBSP}({typo.whole(rule.standings[Standing.KNOWN], lang)})" for rule in known)] if known else []
    if told.gone:
        lines.append(said_in(lang, "n’est plus constaté : ", "no longer found: ") + " | ".join(told.gone))
    bullets(console, said_in(lang, "Dette connue (constats par règle)", "Known debt (findings by rule)"), lines)
    _print_trend(console, told, lang)


def print_waivers(console: Console, decisions: Decisions, lang: str = "fr") -> None:
    """Print every waiver with its state, those that no longer hold first."""
    if not decisions.waivers:
        console.print(Line(said_in(lang, "Aucune dérogation n’est déclarée.", "No waiver is declared.")))
        return
    heads = ("Dérogation", "Règle et lieu", "État") if lang != "en" else ("Waiver", "Rule and place", "State")
    table = new_table(*heads)
    for view in decided.in_order([decided.waiver_view(waiver, decisions, lang) for waiver in decisions.waivers]):
        name = Line(view.id, style="bold").append(f"\n{view.declared}", style="not bold dim")
        where = Line(view.rule).append(f"\n{view.place}", style="dim")
        table.add_row(name, where, _state(view, lang))
    console.print(table)


def print_warnings(console: Console, lines: Iterable[str]) -> None:
    """Print what must not pass unseen, one sentence a paragraph; nothing for an empty one."""
    for line in lines:
        if line:
            console.print(Line(line, style="bold red"))


def print_baseline(console: Console, known: Iterable[str], lang: str = "fr") -> None:
    """Print the findings of a baseline, one a line, as `decided.marked` says them."""
    lines = list(known)
    number = typo.count(len(lines), *(("finding", "findings") if lang == "en" else ("constat", "constats")), lang)
    bullets(console, said_in(lang, f"Dette connue : {number}", f"Known debt: {number}"), lines)
    if not lines:
        console.print(Line(said_in(lang, "La dette connue est vide.", "The known debt is empty.")))


def print_baseline_update(
    console: Console,
    *,
    kept: int,
    gone: Sequence[str],
    added: Sequence[str],
    left: Sequence[str],
    lang: str = "fr",
) -> None:
    """Print what became of a baseline: what stays, what left, what came in, and what still counts."""
    number = typo.count(kept, *(("known finding", "known findings") if lang == "en" else ("constat connu", "constats connus")), lang)
    console.print(Line(said_in(lang, f"Toujours constaté : {number}.", f"Still found: {number}.")))
    bullets(console, said_in(lang, "N’est plus constaté, retiré", "No longer found, taken out"), gone)
    bullets(console, said_in(lang, "Nouveau, inscrit", "New, taken in"), added)
    head = said_in(lang, "Nouveau, laissé dehors : compte toujours", "New, left out: still counts")
    bullets(console, head, left)
    if left:
        hint = "Pour l’inscrire comme dette : poincon baseline update --accept-new"
        console.print(Line(said_in(lang, hint, "To record it as debt: poincon baseline update --accept-new"), style="dim"))


def standings_said(rule: RuleView, lang: str) -> str:
    """Say how many findings of a rule are known or waived; empty when all of them count."""
    decided_: dict[Standing, int] = {standing: number for standing, number in rule.standings.items() if standing is not Standing.NEW}
    return decided.standings(decided_, lang)


def _waiver(view: WaiverView, lang: str) -> str:
    ends = f", {said_in(lang, 'jusqu’au', 'until')} {typo.day(view.ends, lang)}" if view.ends and _holds(view) else ""
    covered = typo.count(view.covers, *(("finding", "findings") if lang == "en" else ("constat", "constats")), lang)
    by = f", {said_in(lang, 'accordée par', 'approved by')} {view.approved_by}" if view.approved_by else ""
    remarks = f" ({'; '.join(view.remarks) if lang == 'en' else typo.spaced(' ; '.join(view.remarks))})" if view.remarks else ""
    held = f"{covered}{by}" if _holds(view) else said_in(lang, "ne couvre rien", "covers nothing") + by
    return f"{view.id} {typo.DASH} {view.rule or '?'}{colon(lang)}{view.word}{ends}, {held}{remarks}"


def _state(view: WaiverView, lang: str) -> Line:
    style = _STATE_STYLES.get(view.state, "bold red")
    line = Line(f"{'✓' if _holds(view) else '✗'} {view.word}", style=style)
    facts = []
    if view.ends and _holds(view):
        facts.append(f"{said_in(lang, 'jusqu’au', 'until')} {typo.day(view.ends, lang)}")
    if view.approved_by:
        facts.append(f"{said_in(lang, 'accordée par', 'approved by')} {view.approved_by}")
    if view.ticket:
        facts.append(view.ticket)
    for fact in ([" · ".join(facts)] if facts else []) + [*view.remarks, view.reason]:
        line.append(f"\n{fact}" if fact else "", style="not bold dim")
    return line


def _holds(view: WaiverView) -> bool:
    return view.state is WaiverState.IN_FORCE


def _print_trend(console: Console, told: DecisionsView, lang: str) -> None:
    if not told.since:
        return
    lines = []
    for way in _WAYS:
        moved = [move for move in told.moves if move.way == way]
        if moved:
            said = ", ".join(f"{move.rule}{typo.NBSP}({move.text})" if move.text else move.rule for move in moved)
            lines.append(f"{moved[0].word}{colon(lang)}{said}")
    if not lines:
        lines = [said_in(lang, "rien n’a changé dans ce qui se compare", "nothing changed in what can be compared")]
    if told.not_compared:
        lines.append(
            f"{said_in(lang, 'règles sans comparaison possible', 'rules that cannot be compared')}{colon(lang)}{told.not_compared}"
        )
    bullets(console, f"{said_in(lang, 'Depuis l’audit du', 'Since the audit of')} {told.since}", lines)
