"""A scan, in a terminal: what disagrees first, then what the columns and the files hold, then what was not looked at."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from rich.console import Console

from auditor.vocabulary.scanned import Detection, Gap, ObservedFile
from reports import typography as typo
from reports import wording
from reports.evidence import Conclusion
from reports.scan import DETECTORS, GAPS, ScanEvidence, odds, reason
from reports.terminal.drawing import SEVERITY_STYLES, Line, bullets, colon, indented, new_grid, new_table, said_in, title

_MOST: Final = 12
"""Places of one kind of gap that are listed unless all are asked for."""
_HEADLINES: Final = {
    Conclusion.NOTHING_FOUND: ("bold green", "Aucun écart dans ce qui a été examiné.", "No gap in what was looked at."),
    Conclusion.BELOW_THRESHOLD: ("bold yellow", "Des écarts, tous sous le seuil d’alerte.", "Gaps, all below the alert threshold."),
    Conclusion.FINDINGS: ("bold red", "Le registre et les faits ne concordent pas.", "The register and the facts differ."),
    Conclusion.INCOMPLETE: ("bold yellow", "Examen incomplet : il ne permet pas de conclure.", "Incomplete: it allows no conclusion."),
    Conclusion.FINDINGS_AND_INCOMPLETE: (
        "bold red",
        "Le registre et les faits ne concordent pas, et l’examen est incomplet.",
        "The register and the facts differ, and something could not be looked at.",
    ),
}


def print_scan(console: Console, evidence: ScanEvidence, lang: str = "fr", *, everything: bool = False) -> None:
    """Print a whole scan. `everything`: every place of a gap, and why each detection was made."""
    console.print(title(f"{evidence.identity.name} {typo.DASH} {typo.moment(evidence.as_of, lang)}"))
    console.print(Line(_looked_at(evidence, lang)))
    _print_gaps(console, evidence.gaps, lang, everything=everything)
    _print_detections(console, evidence.detections, lang, everything=everything)
    _print_files(console, evidence, lang)
    lines = [f"{typo.plain(one.what)}{colon(lang)}{reason(one.reason, lang)}" for one in evidence.missed]
    bullets(console, said_in(lang, "Ce qui n’a pas pu être examiné", "What could not be looked at"), lines)
    console.print()
    style, french, english = _HEADLINES[evidence.conclusion]
    console.print(Line(said_in(lang, french, english), style=style))
    if evidence.sample is not None:
        console.print(Line(_sampled(lang), style="dim"))


def _looked_at(evidence: ScanEvidence, lang: str) -> str:
    tables = typo.count(evidence.tables, "table", "tables", lang)
    columns = typo.count(evidence.columns, *_pair(lang, ("colonne", "colonnes"), ("column", "columns")), lang)
    rows = typo.count(evidence.rows, *_pair(lang, ("ligne", "lignes"), ("row", "rows")), lang)
    if evidence.sample is None:
        how = said_in(lang, "toutes les valeurs ont été lues", "every value was read")
    else:
        most = typo.whole(evidence.sample, lang)
        how = said_in(
            lang,
            f"au plus {most} valeurs distinctes environ par colonne, toujours les mêmes",
            f"at most some {most} distinct values per column, always the same ones",
        )
    return f"{tables}, {columns}, {rows}{said_in(lang, ' ; ', '; ')}{how}."


def _sampled(lang: str) -> str:
    return said_in(
        lang,
        "Sur un échantillon, ce qui est reconnu l’est ; ce qui ne l’est pas n’est pas exclu. Tout lire : poincon scan --full",
        "On a sample, what is recognised is there; what is not is not ruled out. To read everything: poincon scan --full",
    )


def _print_gaps(console: Console, gaps: Sequence[Gap], lang: str, *, everything: bool) -> None:
    if not gaps:
        return
    console.print()
    console.print(Line(said_in(lang, "Écarts entre le registre et les faits", "Gaps between the register and the facts"), style="bold"))
    for (severity, kind), found in groupby(gaps, key=lambda gap: (gap.severity, gap.kind)):
        several = list(found)
        heading = Line("  ")
        heading.append(wording.SEVERITIES[severity](lang), style=SEVERITY_STYLES[severity])
        label = GAPS[kind](lang) if kind in GAPS else kind
        heading.append(f" · {label} ({typo.whole(len(several), lang)})")
        console.print(heading)
        shown = several if everything else several[:_MOST]
        for gap in shown:
            item = new_grid(5, None)
            item.add_row(Line("    –"), _gap(gap, lang))
            console.print(item)
        if len(several) > len(shown):
            left = typo.whole(len(several) - len(shown), lang)
            console.print(indented(said_in(lang, f"et {left} autres : --all les montre", f"and {left} more: --all shows them"), "dim", 6))


def _gap(gap: Gap, lang: str) -> Line:
    place = ".".join(part for part in (gap.table, gap.column) if part) or gap.file
    sentence = gap.said(lang)
    line = Line()
    if place and place not in sentence:
        line.append(typo.plain(place), style="bold").append(colon(lang))
    line.append(typo.plain(sentence))
    if gap.line and gap.file:
        line.append(f"  {typo.plain(gap.file)}:{gap.line}", style="dim")
    return line


def _print_detections(console: Console, detections: Sequence[Detection], lang: str, *, everything: bool) -> None:
    certain = [one for one in detections if one.certain]
    if certain:
        console.print()
        console.print(Line(said_in(lang, "Ce que les colonnes contiennent", "What the columns hold"), style="bold"))
        console.print(_table(certain, lang))
        _print_reasons(console, certain, lang, everything=everything)
    doubtful = list(_reasons([one for one in detections if not one.certain], lang))
    bullets(console, said_in(lang, "À confirmer, le hasard n’étant pas écarté", "To be confirmed: chance is not ruled out"), doubtful)


def _table(found: Iterable[Detection], lang: str) -> object:
    table = new_table(said_in(lang, "Colonne", "Column"), said_in(lang, "Contenu reconnu", "Content recognised"))
    table.add_column(said_in(lang, "Valeurs", "Values"), justify="right", no_wrap=True)
    table.add_column(said_in(lang, "Lignes", "Rows"), justify="right", no_wrap=True)
    table.add_column(said_in(lang, "Hasard", "Chance"), justify="right", no_wrap=True)
    for one in found:
        least = "≥\N{NO-BREAK SPACE}" if one.sampled else ""
        table.add_row(
            Line(_place(one)),
            Line(_label(one, lang)),
            Line(least + typo.whole(one.values, lang)),
            Line(typo.percent(one.share, lang, 0)),
            Line(odds(one.accident, lang), style="dim"),
        )
    return table


def _print_reasons(console: Console, found: Sequence[Detection], lang: str, *, everything: bool) -> None:
    """Say once how each content is recognised; with `everything`, on which columns."""
    if everything:
        lines = list(_reasons(found, lang))
    else:
        chosen = {one.detector: one for one in sorted(found, key=lambda one: (one.recovered, one.values))}
        lines = [f"{_label(one, lang)}{colon(lang)}{one.why(lang)}." for one in sorted(chosen.values(), key=lambda one: one.detector)]
    bullets(console, said_in(lang, "Comment ils ont été reconnus", "How they were recognised"), lines)


def _reasons(found: Sequence[Detection], lang: str) -> Iterator[str]:
    """Say why, and on how many values, for all the columns that share a reason."""
    ordered = sorted(found, key=lambda one: (one.detector, one.why.fr, one.table, one.column))
    for _, several in groupby(ordered, key=lambda one: (one.detector, one.why.fr)):
        same = list(several)
        places = typo.listed((f"{_place(one)} ({_counted(one, lang)})" for one in same), lang)
        why = same[0].why(lang)
        yield f"{_label(same[0], lang)}{colon(lang)}{places}. {why[:1].upper()}{why[1:]}."


def _counted(one: Detection, lang: str) -> str:
    values, of = typo.whole(one.values, lang), typo.whole(one.candidates, lang)
    return said_in(
        lang,
        f"{values} sur {of} de cette forme, hasard {odds(one.accident, lang)}",
        f"{values} of {of} of that shape, chance {odds(one.accident, lang)}",
    )


def _print_files(console: Console, evidence: ScanEvidence, lang: str) -> None:
    if not evidence.folders:
        console.print()
        console.print(Line(_no_folder(lang), style="dim"))
        return
    console.print()
    heading = said_in(lang, "Fichiers des dossiers ", "Files of the folders ") + typo.listed(evidence.folders, lang)
    console.print(Line(typo.plain(heading), style="bold"))
    told = [one for one in evidence.files if one.card_numbers or one.customer_numbers]
    if told:
        console.print(_files(told, evidence, lang))
    quiet = len(evidence.files) - len(told)
    if quiet:
        counted = typo.count(quiet, *_pair(lang, ("fichier", "fichiers"), ("file", "files")), lang)
        console.print(
            indented(
                said_in(
                    lang,
                    f"{counted} où aucun numéro n’a été reconnu ou qui n’ont pas été lus",
                    f"{counted} without a number recognised, or not read",
                ),
                "dim",
            )
        )


def _files(told: Sequence[ObservedFile], evidence: ScanEvidence, lang: str) -> object:
    table = new_table(said_in(lang, "Fichier", "File"))
    for heading in (said_in(lang, "Cartes", "Cards"), said_in(lang, "Clients", "Customers"), said_in(lang, "Âge", "Age")):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column(said_in(lang, "Statut", "Status"))
    for one in told:
        days = max(0, (evidence.as_of - one.modified_at).days)
        age = typo.count(days, *_pair(lang, ("jour", "jours"), ("day", "days")), lang)
        table.add_row(
            Line(typo.plain(one.path)),
            Line(typo.whole(one.card_numbers, lang)),
            Line(typo.whole(one.customer_numbers, lang)),
            Line(age),
            Line(_status(one, lang)),
        )
    return table


def _status(one: ObservedFile, lang: str) -> str:
    known = said_in(lang, "déclaré", "declared") if one.declared else said_in(lang, "non déclaré", "not declared")
    return known + (said_in(lang, ", lisible par tous", ", readable by all") if one.readable_by_all else "")


def _no_folder(lang: str) -> str:
    return said_in(
        lang,
        "Aucun dossier d’échange à examiner n’est déclaré ([scan] folders, dans poincon.toml) : les exports oubliés n’ont pas été "
        "cherchés.",
        "No folder to search is declared ([scan] folders, in poincon.toml): stray exports were not looked for.",
    )


def _place(one: Detection) -> str:
    return typo.plain(f"{one.table}.{one.column}")


def _label(one: Detection, lang: str) -> str:
    return DETECTORS[one.detector](lang)


def _pair(lang: str, french: tuple[str, str], english: tuple[str, str]) -> tuple[str, str]:
    return english if lang == "en" else french
