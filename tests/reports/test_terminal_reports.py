import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from auditor.vocabulary.access import RequestState
from auditor.vocabulary.aftersales import ContractState, CounterState, Reconstruction
from auditor.vocabulary.chain import GENESIS, sealed
from auditor.vocabulary.decisions import Decisions, LeftOut, Selection
from auditor.vocabulary.network import Identity
from auditor.vocabulary.outcomes import Checked, Finding, Outcome, Place, Severity
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn, ReleasePlan, ReleaseRecipient, ReleaseVerdict
from auditor.vocabulary.text import Text
from reports import terminal

TODAY = date(2026, 11, 3)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the package that makes releases tells of one."""

    rows: int = 80_412
    units: int = 31_207
    rows_without_unit: int = 12
    start: date | None = date(2026, 10, 29)
    end: date | None = date(2026, 10, 30)
    k: int = 11
    tests: tuple[str, ...] = ("H1", "H4")
    target: Path = Path("published/frequentation-lignes")


def drawn(draw, *args, width: int = 80, lang: str = "fr", color: bool = False, **more) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=color, color_system="standard" if color else None, legacy_windows=False)
    draw(console, *args, lang, **more)
    return out.getvalue()


@pytest.mark.parametrize(("width", "lang"), [(80, "fr"), (120, "fr"), (80, "en")])
def test_the_whole_audit_is_as_kept(evidence, golden, width, lang):
    golden(f"audit.{lang}.{width}.txt", drawn(terminal.print_audit, evidence, width=width, lang=lang))


def test_every_other_print_is_as_kept(evidence, release_receipt, access_answer, steps, golden):
    texts = [
        drawn(terminal.print_rules, [outcome.rule for outcome in evidence.outcomes]),
        drawn(terminal.print_explain, evidence.outcomes[4].rule, how="Count the tokens.", needs=("validations.card",)),
        drawn(terminal.print_release, release_receipt),
        drawn(terminal.print_completeness, evidence.register, evidence.completeness),
        drawn(terminal.print_drill, steps),
        drawn(terminal.print_requests, [access_answer.request], TODAY),
    ]
    golden("others.fr.80.txt", "\n".join(texts))


@pytest.mark.parametrize(("width", "lang"), [(80, "fr"), (120, "fr"), (80, "en")])
def test_decisions_are_printed_as_kept(decided, golden, width, lang):
    golden(f"decided.{lang}.{width}.txt", drawn(terminal.print_audit, decided, width=width, lang=lang))


def test_everything_unfolded_is_as_kept(decided, golden):
    golden("decided.all.fr.100.txt", drawn(terminal.print_audit, decided, width=100, everything=True, suppressed=True))


def test_the_state_of_every_waiver_is_printed_as_kept(decided, golden):
    golden("waivers.fr.80.txt", drawn(terminal.print_waivers, decided.decisions) + drawn(terminal.print_waivers, Decisions()))


def test_what_is_met_or_does_not_apply_is_counted_and_unfolded_on_demand(evidence):
    folded, whole = drawn(terminal.print_audit, evidence), drawn(terminal.print_audit, evidence, everything=True)
    assert "BIL-TIT-ANONYME" not in folded
    assert "BIL-TIT-ANONYME" in whole
    assert "BIL-RET-PV-PAYE" in whole
    assert "1\N{NO-BREAK SPACE}respectée" in folded


def test_known_debt_is_folded_and_never_lost(decided):
    folded, whole = drawn(terminal.print_audit, decided), drawn(terminal.print_audit, decided, suppressed=True)
    assert "Registre complet" not in folded
    assert "REG-CHAMPS\N{NO-BREAK SPACE}(1)" in folded
    assert "Registre complet" in whole


def test_many_rules_left_out_are_counted_by_family(make_decided):
    left = tuple(LeftOut(id=f"X-{rank}", title=Text("T", "T"), family="sav", severity=Severity.MINOR) for rank in range(20))
    text = drawn(terminal.print_audit, make_decided(selection=Selection(left_out=left)))
    assert "Service après-vente\N{NO-BREAK SPACE}(20)" in text
    assert "X-19" not in text


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_no_rule_is_cut(evidence, width):
    text = drawn(terminal.print_audit, evidence, width=width, everything=True)
    assert max(len(line) for line in text.splitlines()) <= width
    for outcome in evidence.outcomes:
        assert outcome.rule.id in text
    assert "…" not in text


def test_every_verdict_has_a_sign_and_its_word_without_colour(evidence):
    text = drawn(terminal.print_audit, evidence, width=120).replace("\N{NO-BREAK SPACE}", " ")
    for said in ("✓ : respectée", "✗ : non respectée", "– : sans objet", "? : non vérifiée"):
        assert said in text
    assert "\x1b" not in text


def test_colour_adds_to_the_words_and_changes_none(evidence):
    import re

    coloured = drawn(terminal.print_audit, evidence, width=120, color=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == drawn(terminal.print_audit, evidence, width=120)


def test_what_could_not_be_checked_is_listed_apart(evidence):
    text = drawn(terminal.print_audit, evidence)
    part = text[text.index("Ce qui n’a pas pu être vérifié") :]
    for said in ("BIL-RET-VALID-TARDIVE", "archives", "137\N{NO-BREAK SPACE}lignes écartées", "observation"):
        assert said in part


def test_names_with_markup_or_escapes_stay_names(make_evidence, make_card):
    rule = make_card("X-1", Text("[bold]Règle[/bold]", "Rule"), Severity.MAJOR)
    finding = Finding(evidence={"rows": 1}, place=Place(table="[red]t\x1b[2J"))
    identity = Identity(name="[link=x]L\x1b[31m", authority="", operator="", dpo="")
    text = drawn(
        terminal.print_audit,
        make_evidence(identity=identity, outcomes=(Outcome(rule=rule, answer=Checked(rows_examined=1, findings=(finding,))),)),
    )
    assert "[bold]Règle[/bold]" in text
    assert "[link=x]L" in text
    assert "\x1b" not in text


def test_explain_says_what_would_make_it_pass(evidence):
    text = drawn(terminal.print_explain, evidence.outcomes[4].rule, width=120)
    for said in ("décision de justice", "texte lu en partie", "modifié par le réseau", "Effacer ou rendre anonyme à l’échéance."):
        assert said in text


def test_a_failed_test_comes_first(release_receipt):
    text = drawn(terminal.print_verification, replace(release_receipt.verification, verdict=ReleaseVerdict.INCONCLUSIVE))
    assert text.startswith("INCONCLUSIVE")
    assert text.index("Diversité") < text.index("Cartes distinctes")


def test_a_drill_that_failed_or_did_not_run_never_reads_as_a_success(steps):
    failed = (replace(steps[0], passed=False), steps[1])
    assert "n’a pas abouti" in drawn(terminal.print_drill, failed)
    assert "n’a pas abouti" in drawn(terminal.print_drill, ())
    assert "a abouti, sans lire" in drawn(terminal.print_drill, steps)


def test_requests_are_listed_without_the_card(access_answer):
    text = drawn(terminal.print_requests, [access_answer.request], TODAY, lang="en")
    assert "2026-0001" in text
    assert "2026-11-30" in text
    assert drawn(terminal.print_requests, [], TODAY).strip() == "Aucune demande."


def test_a_late_request_says_by_how_many_days(access_answer):
    waiting = replace(access_answer.request, state=RequestState.FROZEN)
    assert "retard" not in drawn(terminal.print_requests, [waiting], waiting.due_on)
    assert "1\N{NO-BREAK SPACE}jour de retard" in drawn(terminal.print_requests, [waiting], date(2026, 12, 1))
    assert "retard" not in drawn(terminal.print_requests, [access_answer.request], date(2026, 12, 1))
    extended = replace(waiting, extended_on=date(2026, 11, 20))
    assert "retard" not in drawn(terminal.print_requests, [extended], date(2026, 12, 1))


def test_a_preview_says_what_would_be_taken_and_tested():
    plan = ReleasePlan(
        id="frequentation-lignes",
        title="Fréquentation par ligne",
        kind="counts",
        purpose="statistiques",
        recipient=ReleaseRecipient(name="Portail de données ouvertes", recipient_class=RecipientClass.A),
        columns=(ReleaseColumn(name="ligne", source="line"),),
        k=11,
    )
    text = drawn(terminal.print_preview, plan, Preview())
    for said in ("comptes agrégés", "Portail de données ouvertes (classe A)", "80\u202f412", "H1, H4", "published/frequentation-lignes"):
        assert said in text


def test_the_ledger_shows_refusals_and_a_broken_chain():
    made = sealed(1, {"kind": "release-made", "at": "2026-10-31T06:00:00+00:00", "release": "a", "verdict": "PASS_FOR_SCOPE"}, GENESIS)
    refused = sealed(2, {"kind": "release-refused", "at": "2026-10-31T07:00:00+00:00", "release": "b"}, made.digest)
    text = drawn(terminal.print_ledger, [made, refused], None)
    assert "faite · PASS_FOR_SCOPE" in text
    assert "refusée" in text
    assert "✓ La chaîne est entière." in text
    broken = drawn(terminal.print_ledger, [made, refused], "entry 2 was altered").replace("\N{NO-BREAK SPACE}", " ")
    assert "✗ La chaîne est rompue : l’écriture 2 a été altérée" in broken


def test_a_reconstruction_never_shows_the_new_card():
    rebuilt = Reconstruction(
        case="SAV-1",
        new_card="2500001237",
        medium="declarative",
        contracts=(ContractState(contract="77", product="Abonnement mensuel", status="actif"),),
        counters=(CounterState(contract="78", remaining=7),),
        journal_entry=12,
        made_at=datetime(2026, 10, 31, 6, tzinfo=UTC),
    )
    text = drawn(terminal.print_reconstruction, rebuilt)
    for said in ("SAV-1", "support déclaratif", "Abonnement mensuel", "7\N{NO-BREAK SPACE}voyages restants", "entrée 12"):
        assert said in text
    assert "2500001237" not in text
