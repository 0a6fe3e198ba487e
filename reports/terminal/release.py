"""Releases in a terminal: what one would take, what a stranger found of it, what left, what was refused."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from rich.console import Console
from rich.table import Table

from auditor.vocabulary.chain import Entry
from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.releases import Receipt, ReleasePlan, ReleaseVerdict, TestResult, Verification, VerificationTest
from auditor.vocabulary.text import Text
from reports import dossier, values, verified, wording
from reports import typography as typo
from reports.terminal.drawing import STYLES, Line, bullets, colon, indented, new_grid, new_table, said_in, section, title

_KINDS: Final = {"release-made": Text("faite", "made"), "release-refused": Text("refusée", "refused")}
_LABELS: Final = {
    "measured": Text("Mesuré", "Measured"),
    "limit": Text("Limite", "Limit"),
    "detail": Text("", ""),
}
_RELEASE_STYLES: Final = {ReleaseVerdict.FAIL: "bold red", ReleaseVerdict.INCONCLUSIVE: "yellow", ReleaseVerdict.PASS_FOR_SCOPE: "green"}


class Previewed(Protocol):
    """What a release would take, as the package that makes releases tells it."""

    @property
    def rows(self) -> int:
        """Rows the release would be made of."""

    @property
    def units(self) -> int:
        """Distinct persons of those rows."""

    @property
    def rows_without_unit(self) -> int:
        """Rows that name nobody."""

    @property
    def start(self) -> date | None:
        """First service day."""

    @property
    def end(self) -> date | None:
        """Last service day."""

    @property
    def k(self) -> int:
        """Distinct cards per class or cell."""

    @property
    def tests(self) -> tuple[str, ...]:
        """Tests the staged file would have to pass."""

    @property
    def target(self) -> Path:
        """Folder it would be published in."""


def print_preview(console: Console, plan: ReleasePlan, preview: Previewed, lang: str = "fr") -> None:
    """Print what a release would take and which tests it would have to pass."""
    console.print(title(f"{plan.id} {typo.DASH} {plan.title}"))
    kinds = {
        "counts": said_in(lang, "comptes agrégés", "aggregated counts"),
        "records": said_in(lang, "lignes non reliées", "unlinked rows"),
    }
    section(console, said_in(lang, "Forme", "Kind"), kinds[plan.kind])
    who = f"{plan.recipient.name} ({said_in(lang, 'classe', 'class')} {plan.recipient.recipient_class.value})"
    section(console, said_in(lang, "Destinataire", "Recipient"), typo.plain(who))
    figures = (preview.rows, preview.units, preview.rows_without_unit)
    heading = said_in(lang, "Lignes, personnes (cartes), lignes sans personne", "Rows, persons (cards), rows without a person")
    section(console, heading, " · ".join(typo.whole(number, lang) for number in figures))
    if preview.start and preview.end:
        section(console, said_in(lang, "Période", "Period"), f"{typo.day(preview.start, lang)} {typo.DASH} {typo.day(preview.end, lang)}")
    section(console, said_in(lang, "Cartes distinctes exigées", "Distinct cards required"), typo.whole(preview.k, lang))
    section(console, said_in(lang, "Tests à passer", "Tests to pass"), ", ".join(preview.tests))
    section(console, said_in(lang, "Publiée dans", "Published in"), typo.plain(str(preview.target)))


def print_verification(console: Console, verification: Verification, lang: str = "fr") -> None:
    """Print what a stranger established of a file: verdict, whole scope, one line per test, figures, what was not tried."""
    _print_verdict(console, verification, lang)
    console.print(Line(verified.said(verification.scope, lang)[0]))
    _print_open(console, verification, lang)
    for result in (TestResult.PASSED, TestResult.NOT_APPLICABLE):
        tests = [test for test in verification.tests if test.result is result]
        if tests:
            counted = typo.count(len(tests), *wording.RESULT_COUNTS[result]["en" if lang == "en" else "fr"], lang)
            console.print()
            console.print(Line(counted, style="bold"))
            console.print(_test_grid(tests, lang))
    said = [f"{label}{colon(lang)}{text}" for label, _, text in dossier.figures(verification, lang)]
    bullets(console, said_in(lang, "Mesures", "Measures"), said)
    bullets(console, said_in(lang, "Non essayé", "Not tried"), [verified.said(attack, lang)[0] for attack in verification.not_run])


def print_release(console: Console, receipt: Receipt, lang: str = "fr") -> None:
    """Print a release that was made: verdict, scope, a line per criterion, levels, what it lost, whether it still answers."""
    console.print(title(f"{receipt.release} {typo.DASH} {receipt.file}"))
    _print_verdict(console, receipt.verification, lang)
    _print_short_scope(console, receipt.verification.scope, lang)
    console.print()
    console.print(_criterion_grid(receipt.verification, lang))
    _print_open(console, receipt.verification, lang)
    console.print()
    _print_made(console, receipt, lang)
    _print_utility(console, receipt, lang)
    console.print()
    console.print(Line(said_in(lang, "Empreinte du fichier (SHA-256) :", "Digest of the file (SHA-256):")))
    console.print(indented(receipt.file_digest))


def print_ledger(console: Console, entries: Sequence[Entry], broken: str | None, lang: str = "fr") -> None:
    """Print the releases made and refused, then whether the chain holds."""
    table = new_table(
        said_in(lang, "N°", "No."), said_in(lang, "Date", "Date"), said_in(lang, "Diffusion", "Release"), said_in(lang, "Issue", "Outcome")
    )
    table.add_column(said_in(lang, "Empreinte", "Digest"), no_wrap=True)
    for entry in entries:
        said = {name: typo.plain(str(entry.content.get(name, ""))) for name in ("at", "release", "verdict", "kind")}
        said["kind"] = _KINDS[said["kind"]](lang) if said["kind"] in _KINDS else said["kind"]
        outcome = " · ".join(part for part in (said["kind"], said["verdict"]) if part)
        table.add_row(Line(str(entry.sequence)), Line(said["at"][:16]), Line(said["release"]), Line(outcome), Line(entry.digest[:12]))
    console.print(table)
    sign, style = (Verdict.NOT_MET, "bold red") if broken else (Verdict.MET, "green")
    held = said_in(lang, "La chaîne est entière.", "The chain is whole.")
    torn = said_in(lang, "La chaîne est rompue : ", "The chain is broken: ")
    console.print(Line(f"{wording.SYMBOLS[sign]} {torn + values.reason(broken, lang)[0] if broken else held}", style=style))


def _print_verdict(console: Console, verification: Verification, lang: str) -> None:
    found = verification.verdict
    said = f"{found.value} {typo.DASH} {wording.RELEASE_VERDICTS[found](lang)}"
    console.print(Line(said, style=_RELEASE_STYLES[found]))


def _print_short_scope(console: Console, scope: str, lang: str) -> None:
    """Print the first sentence of a scope and the last, which must always be there; the whole is in the receipt."""
    told = verified.sentences(scope)
    if told:
        console.print(Line(verified.said(told[0], lang)[0]))
    if len(told) > 1:
        console.print(Line(verified.said(told[-1], lang)[0], style="dim"))


def _criterion_grid(verification: Verification, lang: str) -> Table:
    grid = new_grid(None, None, None)
    for line in dossier.criterion_lines(verification, lang):
        results = Line(f"{wording.SYMBOLS[line.sign]} {line.results}", style=STYLES[line.sign])
        grid.add_row(Line(line.title), results, Line(line.figure))
    return grid


def _print_open(console: Console, verification: Verification, lang: str) -> None:
    """Print in full the tests that failed or concluded nothing."""
    for test in dossier.open_questions(verification.tests):
        sign = wording.RESULT_VERDICTS[test.result]
        words = {name: verified.said(text, lang)[0] for name, text in _parts(test).items()}
        console.print()
        head = f"{wording.SYMBOLS[sign]} {test.id}  {words['title']} {typo.DASH} {wording.TEST_RESULTS[test.result](lang)}"
        console.print(Line(head, style=STYLES[sign]))
        criterion = said_in(lang, "Critère : ", "Criterion: ") + wording.CRITERIA[test.criterion](lang)
        console.print(indented(criterion, style="dim"))
        for name, label in _LABELS.items():
            if words[name]:
                console.print(indented(f"{label(lang)}{colon(lang) if label.fr else ''}{words[name]}"))


def _parts(test: VerificationTest) -> dict[str, str]:
    return {"title": test.title, "measured": test.measured, "limit": test.limit, "detail": test.detail}


def _test_grid(tests: Sequence[VerificationTest], lang: str) -> Table:
    """One line per test where there is room: sign, id, title, what was measured."""
    grid = new_grid(1, max(len(test.id) for test in tests), None)
    for test in tests:
        sign = wording.RESULT_VERDICTS[test.result]
        heading, measured = verified.said(test.title, lang)[0], verified.said(test.measured, lang)[0]
        said = Line(heading).append(f"{colon(lang)}{measured}" if measured else "", style="dim")
        grid.add_row(Line(wording.SYMBOLS[sign], style=STYLES[sign]), Line(test.id), said)
    return grid


def _print_made(console: Console, receipt: Receipt, lang: str) -> None:
    """Print the level of each column, then how many of the rows it was made from the file still tells of."""
    told = (f"{typo.plain(column)}{colon(lang)}{wording.level(name, lang)}" for column, name in receipt.levels.items())
    levels = " · ".join(level.replace(" ", typo.NBSP) for level in told)
    if levels:
        console.print(Line(said_in(lang, "Niveaux retenus – ", "Levels chosen – ") + levels))
    lost = typo.percent(1 - dossier.kept_share(receipt), lang)
    figures = [typo.whole(number, lang) for number in (receipt.rows_in, receipt.rows_out, receipt.rows_suppressed)]
    french = "Lignes de départ : {} · gardées : {} · supprimées ou masquées : {} ({})"
    english = "Rows it was made from: {} · kept: {} · suppressed or masked: {} ({})"
    console.print(Line(said_in(lang, french, english).format(*figures, lost)))


def _print_utility(console: Console, receipt: Receipt, lang: str) -> None:
    if not receipt.utility:
        return
    questions = dossier.utility(receipt.utility)
    console.print()
    table = new_table(said_in(lang, "Question", "Question"))
    for heading in (
        said_in(lang, "Avant", "Before"),
        said_in(lang, "Après", "After"),
        said_in(lang, "Écart", "Error"),
        said_in(lang, "Tolérance", "Tolerance"),
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for question in questions:
        sign = "" if question.within is None else f" {wording.SYMBOLS[Verdict.MET if question.within else Verdict.NOT_MET]}"
        tolerance = typo.DASH if question.tolerance is None else typo.percent(question.tolerance, lang) + sign
        totals = (Line(typo.decimal(number, lang)) for number in (question.original, question.released))
        table.add_row(Line(question.title), *totals, Line(typo.percent(question.weighted_error, lang)), Line(tolerance))
    console.print(table)
    for sentence in dossier.insufficient(questions, lang):
        console.print(Line(f"{wording.SYMBOLS[Verdict.NOT_MET]} {sentence}", style="yellow"))
