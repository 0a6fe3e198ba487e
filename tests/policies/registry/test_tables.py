"""The declared relations exist even when empty, keep their types, and place every row in its file."""

from datetime import UTC, date, datetime, timedelta, timezone

import ibis
import pytest

from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.network import AuditSettings, CardGrammar
from auditor.vocabulary.register import Activity, Declared, Invoked, Purpose, Recipient, Register, Retention
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn, ReleasePlan, ReleaseRecipient
from policies.registry import declared_tables, load_register, write_starter
from policies.registry.tables import COLUMNS
from policies.releases import DeclaredPlan

AS_OF = datetime(2026, 10, 31, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine():
    engine = DuckDBEngine(memory_limit="512MB", threads=1)
    yield engine
    engine.close()


def _tables(register=Register(), grammar=CardGrammar(), settings=AuditSettings(), as_of=AS_OF, plans=()):  # noqa: B008 - frozen values
    return declared_tables(register, grammar, settings, as_of=as_of, plans=plans)


def _one(**fields):
    return Register((Declared(activity=Activity(id="a", title="A", **fields), file="registre/a.yml", lines={"": 1, "retention.0": 7}),))


def test_every_relation_exists_without_a_register(engine):
    tables = _tables()
    assert list(tables) == list(COLUMNS)
    for name, relation in tables.items():
        assert tuple(relation.columns) == COLUMNS[name]
        rows = engine.rows(relation)
        assert len(rows) == (1 if name == "declared_numbering" else 0)


def test_types_are_said_even_when_no_row_shows_them():
    tables = _tables()
    assert tables["declared_retention"].oldest_allowed.type() == ibis.dtype("timestamp(6)")
    assert tables["declared_activities"].dpia_validated_on.type() == ibis.dtype("date")
    assert tables["declared_fields"].present.type() == ibis.dtype("boolean")
    assert tables["declared_fields"].line.type() == ibis.dtype("int64")
    assert tables["declared_purposes"].basis.type() == ibis.dtype("string")


def test_the_starter_fills_every_register_relation_in_the_order_of_its_files(engine, tmp_path):
    write_starter(tmp_path)
    tables = _tables(load_register(tmp_path))
    found = {name: engine.rows(relation) for name, relation in tables.items()}
    assert {name for name, rows in found.items() if not rows} == {
        "declared_plans",
        "declared_identity",
        "declared_transfers",
    }
    assert [row["activity"] for row in found["declared_activities"]] == sorted(row["activity"] for row in found["declared_activities"])
    assert len(found["declared_fields"]) == 17 * 7
    assert all(row["present"] for row in found["declared_fields"])
    for rows in found.values():
        for row in rows:
            assert "file" not in row or (row["file"].startswith("registre/") and row["line"] >= 1)


def test_a_row_points_at_the_line_that_declares_it(engine, tmp_path):
    write_starter(tmp_path)
    tables = _tables(load_register(tmp_path))
    text = (tmp_path / "registre" / "postpaiement.yml").read_text(encoding="utf-8").split("\n")
    columns = [row for row in engine.rows(tables["declared_columns"]) if row["table"] == "postpaiement"]
    assert len(columns) == 5
    for row in columns:
        assert text[row["line"] - 1].strip() == f"{row['column']}: {row['category']}"


@pytest.mark.parametrize("as_of", [AS_OF, AS_OF.replace(tzinfo=None), AS_OF.astimezone(timezone(timedelta(hours=2)))])
@pytest.mark.parametrize(
    ("term", "oldest"),
    [
        ("PT48H", datetime(2026, 10, 29, 5)),
        ("P4M", datetime(2026, 6, 30, 5)),
        ("PT0S", datetime(2026, 10, 31, 5)),
        ("P9999Y", None),
    ],
)
def test_the_oldest_instant_allowed_is_counted_back_from_the_clock_given(engine, as_of, term, oldest):
    register = _one(retention=(Retention(data="d", duration=Duration.parse(term), starts="s", fate="delete"),))
    [row] = engine.rows(_tables(register, as_of=as_of)["declared_retention"])
    assert row["oldest_allowed"] == oldest
    assert (row["table"], row["column"], row["applies_to"], row["line"]) == (None, None, "all", 7)


def test_what_the_register_does_not_say_is_null(engine):
    tables = _tables(_one(purposes=(Purpose(id="p", title="P"),), recipients=(Recipient(name="R", kind="internal"),)))
    [purpose] = engine.rows(tables["declared_purposes"])
    assert (purpose["family"], purpose["basis"], purpose["basis_reference"]) == (None, None, None)
    [recipient] = engine.rows(tables["declared_recipients"])
    assert recipient["account"] is None
    [activity] = engine.rows(tables["declared_activities"])
    assert (activity["dpia_status"], activity["dpia_validated_on"], activity["transfers_said"]) == (None, None, False)
    assert engine.rows(tables["declared_references"]) == []


def test_a_basis_reference_is_a_text_invoked_as_legal_basis(engine):
    register = _one(
        purposes=(Purpose(id="p", title="P", basis_reference="AU-015"),),
        references=(Invoked(text="AU-015"), Invoked(text="NS-048", invoked_as="authorisation")),
    )
    rows = engine.rows(_tables(register)["declared_references"])
    assert [(row["reference"], row["invoked_as"]) for row in rows] == [
        ("AU-015", "legal-basis"),
        ("AU-015", "benchmark"),
        ("NS-048", "authorisation"),
    ]


def test_each_account_of_a_recipient_has_its_row(engine):
    register = _one(recipients=(Recipient(name="R", kind="internal", accounts=("x", "y")),))
    assert [row["account"] for row in engine.rows(_tables(register)["declared_recipients"])] == ["x", "y"]


def test_the_number_space_has_a_row_per_prefix(engine):
    grammar = CardGrammar(length=10, prefixes=("250", "251"), check_digit="luhn")
    rows = engine.rows(_tables(grammar=grammar, settings=AuditSettings(hash_budget=5))["declared_numbering"])
    assert rows == [
        {"form": "digits", "length": 10, "prefix": "250", "check_digit": "luhn", "budget": 5},
        {"form": "digits", "length": 10, "prefix": "251", "check_digit": "luhn", "budget": 5},
    ]


def test_a_number_space_without_bounds_is_said_to_have_none(engine):
    [row] = engine.rows(_tables(grammar=CardGrammar(form="text"))["declared_numbering"])
    assert (row["form"], row["length"], row["prefix"]) == ("text", None, None)


def test_plans_are_placed_at_their_purpose(engine):
    plan = ReleasePlan(
        id="r",
        title="R",
        kind="counts",
        purpose="p",
        recipient=ReleaseRecipient(name="Public", recipient_class=RecipientClass.A),
        columns=(ReleaseColumn(name="line", source="line"),),
        k=11,
    )
    declared = DeclaredPlan(plan=plan, file="releases/r.yml", lines={"purpose": 4})
    [row] = engine.rows(_tables(plans=[declared])["declared_plans"])
    assert row == {
        "release": "r", "purpose": "p", "kind": "counts", "recipient": "Public", "recipient_class": "A", "k": 11, "file": "releases/r.yml",
        "line": 4,
    }  # fmt: skip


def test_the_clock_of_a_snapshot_dates_the_activity(engine):
    register = _one(updated_on=date(2026, 9, 15))
    assert engine.rows(_tables(register)["declared_activities"])[0]["updated_on"] == date(2026, 9, 15)
