"""The short prints around vault, desk and publication, and how lines break."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from auditor.vocabulary.outcomes import Checked, Finding, Outcome, Place, Severity
from auditor.vocabulary.releases import Published, TestResult
from auditor.vocabulary.text import Text
from reports import terminal
from reports.terminal.drawing import Line

NB = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, kw_only=True)
class Status:
    """What a vault tells of itself."""

    records: int = 3_144
    changed_here: int = 1
    journal_entries: int = 4
    journal_head: str = "ab" * 32


def drawn(draw: Callable[..., None], *args: object, width: int = 80, **more: object) -> str:
    out = io.StringIO()
    draw(Console(file=out, width=width), *args, **more)
    return out.getvalue()


def _all(lang: str, request: object, receipt: object) -> str:
    published = Published(
        file=Path("published/a.csv"), receipt_file=Path("published/a.csv.receipt.json"), receipt=receipt, ledger_head="0" * 64
    )
    left_out = {"counters without a value": 0, "contracts without a card": 2, "sales without a card, a day or an amount": 1_204}
    return "\n".join(
        (
            drawn(terminal.print_network, "Petit Lille", datetime(2026, 10, 31, 5, tzinfo=UTC), activities=9, plans=2, lang=lang),
            drawn(terminal.print_sealed, 3_144, 0, {}, lang=lang),
            drawn(terminal.print_sealed, 1, 12, left_out, lang=lang),
            drawn(terminal.print_vault_status, Status(), lang=lang),
            drawn(terminal.print_vault_journal, 4, None, lang=lang),
            drawn(terminal.print_vault_journal, 4, "entry 2 was altered", lang=lang),
            drawn(terminal.print_blocked, "SAV-0001", "loss", lang=lang),
            drawn(terminal.print_request_opened, request, lang=lang),
            drawn(terminal.print_request_frozen, "2026-0001", rows=16, tables=6, lang=lang),
            drawn(terminal.print_request_frozen, "2026-0001", rows=0, tables=0, lang=lang),
            drawn(terminal.print_request_closed, request, lang=lang),
            drawn(terminal.print_written, [Path("rapports/reponse-2026-0001.html")], lang=lang),
            drawn(terminal.print_published, published, lang=lang),
        )
    )


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_short_print_is_as_kept(lang, access_answer, release_receipt, golden):
    golden(f"words.{lang}.80.txt", _all(lang, access_answer.request, release_receipt))


def test_no_english_word_is_left_in_a_french_run(access_answer, release_receipt):
    said = _all("fr", access_answer.request, release_receipt)
    assert not re.search(r"\b(?:the|cards?|rows?|closed|entries|entry|without|sealed)\b", said)


def test_a_frozen_copy_of_nothing_says_so():
    assert "aucune ligne ne concerne cette carte" in drawn(terminal.print_request_frozen, "2026-0001", rows=0, tables=0)
    assert f"1{NB}ligne de 1{NB}table mise de côté" in drawn(terminal.print_request_frozen, "2026-0001", rows=1, tables=1)


def test_a_release_is_told_in_a_page_and_its_failures_in_full(release_receipt):
    text = drawn(terminal.print_release, release_receipt)
    assert len(text.splitlines()) <= 40
    assert "✗ Montées des heures creuses – écart de" in text
    assert "S5  Diversité de l’attribut sensible – non concluant" in text
    assert "Cartes distinctes par classe" not in text
    assert release_receipt.file_digest in text


def test_a_verification_shows_every_test_and_folds_the_detail_of_those_that_pass(release_receipt):
    failed = replace(release_receipt.verification.tests[1], result=TestResult.FAILED, detail="Le détail de l’échec.")
    verification = replace(release_receipt.verification, tests=(*release_receipt.verification.tests[:1], failed))
    text = drawn(terminal.print_verification, verification)
    for said in ("H4", "H7", "Le détail de l’échec.", f"Mesuré{NB}: aucun pseudonyme"):
        assert said in text
    assert "toutes les classes, masquées comprises" not in text


@pytest.mark.parametrize("width", range(72, 141, 4))
def test_rule_ids_never_fold_and_a_rule_that_is_met_takes_one_line(width, make_evidence, make_card):
    title = Text(f"Validations identifiantes{NB}: 48{NB}heures au plus", "Taps")
    place = Place(file="registre/statistiques-frequentation-des-lignes-et-des-arrets-du-reseau.yml", line=117)
    broken = Finding(evidence={"rows": 17_574, "store_role": "active"}, place=place)
    outcomes = (
        Outcome(rule=make_card("BIL-RET-VALID-TARDIVE", title, Severity.BLOCKING), answer=Checked(rows_examined=1, findings=(broken,))),
        Outcome(
            rule=make_card("BIL-PERIM-FINALITES", Text("Finalités fermées", "Closed list"), Severity.MAJOR),
            answer=Checked(rows_examined=1, findings=()),
        ),
    )
    audit = make_evidence(outcomes=outcomes, readings=(), absent=())
    lines = drawn(terminal.print_audit, audit, width=width, everything=True).splitlines()
    assert max(map(len, lines)) <= width
    assert sum("BIL-RET-VALID-TARDIVE" in line for line in lines) >= 2
    met = next(rank for rank, line in enumerate(lines) if "BIL-PERIM-FINALITES" in line)
    assert lines[met].split() == ["✓", "✓", "BIL-PERIM-FINALITES", "Finalités", "fermées"]
    assert lines[met + 1].startswith(f"✓{NB}:")
    broken_at = [line.strip() for line in lines if "statistiques-" in line or "arrets-" in line]
    assert broken_at
    assert all(line.endswith(("-", ".", "/", "_", ":", "117", "·", "lignes")) for line in broken_at)


def test_the_label_of_a_product_stands_for_its_code():
    from auditor.vocabulary.aftersales import ContractState, Reconstruction

    rebuilt = Reconstruction(
        case="SAV-1",
        new_card="2500001237",
        medium="nominative",
        contracts=(ContractState(contract="77", product="25738", status="active"),),
        counters=(),
        journal_entry=4,
        made_at=datetime(2026, 10, 31, 6, tzinfo=UTC),
    )
    assert "4 à 25 ans mensuel (en cours)" in drawn(terminal.print_reconstruction, rebuilt, products={"25738": "4 à 25 ans mensuel"})
    assert "25738 (running)" in drawn(terminal.print_reconstruction, rebuilt, lang="en")


@given(st.lists(st.text(alphabet="abc/.é", min_size=1, max_size=30), min_size=1, max_size=12), st.integers(min_value=4, max_value=40))
def test_a_line_never_starts_with_what_belongs_to_the_word_before(words, width):
    out = io.StringIO()
    Console(file=out, width=width).print(Line(f"{NB}: ".join(words)))
    lines = out.getvalue().split("\n")
    assert all(len(line) <= width for line in lines)
    long = max(len(word) + 2 for word in words) > width
    assert long or not any(line.startswith((NB, ":")) for line in lines)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", f"{NB}: ".join(words))


def test_a_path_breaks_after_a_separator_and_a_name_too_long_is_not_cut_short():
    out = io.StringIO()
    Console(file=out, width=20).print(Line("registre/statistiques-frequentation.yml:2"))
    assert [line.rstrip() for line in out.getvalue().splitlines()] == ["registre/", "statistiques-", "frequentation.yml:2"]
    out = io.StringIO()
    Console(file=out, width=10).print(Line("a" * 25))
    assert out.getvalue().split() == ["a" * 10, "a" * 10, "a" * 5]
