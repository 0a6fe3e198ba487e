"""Verifying records as a stranger: what is sound passes, each planted fault fails under its own test."""

from dataclasses import replace

import ibis
import pyarrow as pa
import pytest

from anonymise.generalise import at_levels
from anonymise.suppress import make_records
from anonymise.verify.records import claim_of, records_tests
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn, ReleaseRecipient, TestResult

from .conftest import COLUMNS

PASSED, FAILED, INCONCLUSIVE = TestResult.PASSED, TestResult.FAILED, TestResult.INCONCLUSIVE


@pytest.fixture(scope="module")
def made(small):
    return make_records(small.engine, small.rows, small.plan(), small.references, small.calendar)


def verify(small, released, witness=None, plan=None, **more):
    claim = claim_of(released.columns, plan, **more)
    tests, figures, worst = records_tests(small.engine, released, claim, witness)
    return {test.id: test for test in tests}, figures, worst


def at(small, *levels, columns=COLUMNS):
    return at_levels(small.rows, list(zip(columns, levels, strict=True)), small.references, small.calendar, keep=("unit",))


def test_what_was_made_passes_every_test(small, made):
    tests, figures, worst = verify(small, made.relation.drop("unit"), made.relation, small.plan(), levels=made.levels)

    assert {test.result for test in tests.values()} == {PASSED}
    assert figures["person_k"] >= 5
    assert figures["rows"] == made.rows_out
    assert figures["distinct_l_famille"] >= 2
    assert set(worst) == {"moment", "lieu"}


def test_small_classes_fail_and_say_which_columns_to_coarsen(small):
    witness = at(small, "hour", "stop", "family")

    tests, figures, worst = verify(small, witness.drop("unit"), witness, small.plan())

    assert tests["H4"].result is FAILED
    assert "moment (niveau hour\u00a0: passer à band ou plus grossier)" in tests["H4"].detail
    assert "lieu (niveau stop\u00a0: passer à station ou plus grossier)" in tests["H4"].detail
    assert f"{figures['classes_below']} classes sur {figures['classes']}" in tests["H4"].detail
    assert tests["ALONE"].result is FAILED
    assert worst == {}


def test_the_minute_fails_in_words_an_analyst_understands(small):
    plan = small.plan(columns=(replace(COLUMNS[0], finest="minute"), *COLUMNS[1:]))
    witness = at(small, "minute", "network", "family")

    tests, _, _ = verify(small, witness.drop("unit"), witness, plan)

    assert tests["H6"].result is FAILED
    assert "moment donne la minute" in tests["H6"].detail
    assert "Regrouper au moins à l’heure" in tests["H6"].detail


def test_the_minute_may_stay_inside(small):
    internal = ReleaseRecipient(name="exploitation", recipient_class=RecipientClass.C)
    plan = small.plan(columns=(replace(COLUMNS[0], finest="minute"), *COLUMNS[1:]), recipient=internal)

    assert verify(small, at(small, "minute", "network", "family").drop("unit"), None, plan)[0]["H6"].result is PASSED


def test_rows_without_persons_are_never_a_pass(small, made):
    released = made.relation.drop("unit")

    tests, figures, worst = verify(small, released, None, small.plan())

    assert tests["H4"].result is INCONCLUSIVE
    assert "person_k" not in figures
    assert worst == {}


def test_rows_without_persons_fail_when_even_rows_are_too_few(small):
    assert verify(small, at(small, "hour", "stop", "family").drop("unit"), None, small.plan())[0]["H4"].result is FAILED


def test_row_k_is_not_person_k(small):
    released = small.engine.load(
        "one_card", pa.table({"zone": ["Z1"] * 6 + ["Z2"] * 6, "card": ["C1"] * 6 + [f"C{n}" for n in range(2, 8)]})
    )

    tests, figures, _ = verify(small, released, unit_column="card", k=5)

    assert (figures["row_k"], figures["person_k"]) == (6, 1)
    assert tests["H4"].result is FAILED
    assert tests["H7"].result is INCONCLUSIVE


@pytest.mark.parametrize("fault", ["one row more", "one row less", "a label changed", "no unit"])
def test_a_witness_of_other_rows_proves_nothing(small, made, fault):
    rows = small.engine.arrow(made.relation)
    changed = {
        "one row more": lambda: rows.take([*range(len(rows)), 0]),
        "one row less": lambda: rows.slice(1),
        "a label changed": lambda: rows.set_column(
            1, "lieu", rows["lieu"].take([1, *range(1, len(rows))]) if rows["lieu"][0] != rows["lieu"][1] else rows["famille"]
        ),
        "no unit": lambda: rows.drop_columns(["unit"]),
    }[fault]()
    witness = small.engine.load("other_witness", changed)

    tests, _, _ = verify(small, made.relation.drop("unit"), witness, small.plan())

    assert tests["WITNESS"].result is FAILED
    assert tests["H4"].result is INCONCLUSIVE


@pytest.mark.parametrize("name", ["index", "__index_level_0__", "numéro"])
def test_a_row_number_is_caught(small, made, name):
    numbered = made.relation.drop("unit").mutate(**{name: ibis.row_number()})

    tests, _, _ = verify(small, numbered, made.relation, small.plan())

    assert tests["COLUMNS"].result is FAILED
    assert name not in tests["COLUMNS"].measured


def test_a_missing_column_stops_the_verification(small, made):
    tests, figures, _ = verify(small, made.relation.drop("unit", "lieu"), None, small.plan())

    assert tests["COLUMNS"].result is FAILED
    assert "lieu" in tests["COLUMNS"].measured
    assert (list(tests), figures) == (["COLUMNS"], {})


def test_columns_in_another_order_are_not_the_plan_s(small, made):
    assert verify(small, made.relation.select("lieu", "moment", "famille"), None, small.plan())[0]["COLUMNS"].result is FAILED


def test_two_levels_mixed_in_one_column_are_off_the_grid(small):
    columns = (replace(COLUMNS[0], finest="hour", coarsest="day"), *COLUMNS[1:])
    mixed = at(small, "hour", "zone", "family").union(at(small, "day", "zone", "family"))

    tests, _, _ = verify(small, mixed.drop("unit"), None, small.plan(columns=columns))

    assert tests["H6"].result is FAILED
    assert "moment n’est pas tout entière" in tests["H6"].detail


def test_a_level_the_plan_does_not_allow_is_off_the_grid(small):
    plan = small.plan(columns=(replace(COLUMNS[0], finest="band"), *COLUMNS[1:]))

    assert verify(small, at(small, "hour", "zone", "family").drop("unit"), None, plan)[0]["H6"].result is FAILED
    assert verify(small, at(small, "band", "zone", "family").drop("unit"), None, plan)[0]["H6"].result is PASSED


def test_the_level_announced_must_be_the_level_found(small):
    released = at(small, "band", "zone", "family").drop("unit")

    assert verify(small, released, None, small.plan(), levels={"moment": "band"})[0]["H6"].result is PASSED
    assert verify(small, released, None, small.plan(), levels={"moment": "day"})[0]["H6"].result is FAILED


def test_an_absent_value_fails_where_a_plan_writes_a_question_mark(small, made):
    released = made.relation.drop("unit")
    with_null = released.mutate(lieu=released.lieu.nullif("?"))

    assert verify(small, with_null, None, small.plan())[0]["NULLS"].result is FAILED
    assert verify(small, with_null)[0]["NULLS"].result is PASSED


def test_homogeneous_classes_fail_diversity(small):
    witness = at(small, "all", "zone", "family").mutate(famille=ibis.literal("F0"))

    tests, _, _ = verify(small, witness.drop("unit"), witness, small.plan())

    assert tests["H4"].result is PASSED
    assert tests["S5"].result is FAILED
    assert "famille" in tests["S5"].detail


def test_the_same_fact_told_twice_must_nest(small):
    day = ReleaseColumn(name="jour", source="tapped_at", hierarchy="time", finest="day", coarsest="day")
    columns = (COLUMNS[0], day, COLUMNS[1])
    plan = small.plan(columns=columns)
    sound = at(small, "hour", "day", "zone", columns=columns).drop("unit")
    torn = sound.mutate(jour=ibis.ifelse(sound.lieu == "Z1", ibis.literal("2026-10-01"), sound.jour))

    assert verify(small, sound, None, plan)[0]["COHERENCE"].result is PASSED
    assert verify(small, torn, None, plan)[0]["COHERENCE"].result is FAILED


def test_a_file_from_anyone_that_tells_instants_fails(small):
    released = small.engine.load("instants", pa.table({"quand": ["2026-10-30 07:42:31"] * 20, "zone": ["Z"] * 20}))

    tests, _, _ = verify(small, released)

    assert tests["H6"].result is FAILED
    assert "quand" in tests["H6"].detail


def test_an_empty_file_is_not_a_pass(small, made):
    nothing = made.relation.filter(made.relation.lieu == "absent")

    tests, _, _ = verify(small, nothing.drop("unit"), nothing, small.plan())

    assert tests["H4"].result is FAILED
    assert tests["S5"].result is FAILED
    assert tests["ALONE"].result is FAILED


def test_no_label_is_quoted_when_the_threshold_is_missed(small):
    witness = at(small, "hour", "stop", "family")
    tests, _, worst = verify(small, witness.drop("unit"), witness, small.plan())
    words = " ".join(f"{test.measured} {test.detail}" for test in tests.values())

    assert worst == {}
    assert "2026-10" not in words
