"""A count table verified as a stranger would, and files from anyone."""

import pyarrow as pa
import pytest

from anonymise.export import write
from anonymise.verify import verdict_of, verify_file
from auditor.vocabulary.errors import SourceProblem
from auditor.vocabulary.releases import (
    Criterion,
    RecipientClass,
    ReleaseColumn,
    ReleasePlan,
    ReleaseRecipient,
    ReleaseVerdict,
    TestResult,
    VerificationTest,
)

FAIL, OPEN, PASS = ReleaseVerdict.FAIL, ReleaseVerdict.INCONCLUSIVE, ReleaseVerdict.PASS_FOR_SCOPE
PLAN = ReleasePlan(
    id="lignes",
    title="Lignes",
    kind="counts",
    purpose="statistiques",
    recipient=ReleaseRecipient(name="public", recipient_class=RecipientClass.A),
    columns=(ReleaseColumn(name="ligne", source="line", hierarchy="line", finest="line", coarsest="line"),),
    margins=((),),
    k=11,
)


def _witness(tmp_path, persons):
    rows = [(line, f"{line}{person}", person) for line, count in persons.items() for person in range(count)]
    table = pa.table({"ligne": [line for line, _, _ in rows], "unit": pa.array(range(len(rows)), pa.int64())})
    write(table.to_batches(), ("ligne", "unit"), tmp_path / "witness.parquet")
    return tmp_path / "witness.parquet"


def _file(tmp_path, *lines):
    path = tmp_path / "lignes.csv"
    path.write_text("\n".join(("ligne,boardings,masked", *lines)) + "\n")
    return path


def _against(verification):
    return {test.id for test in verification.tests if test.result in (TestResult.FAILED, TestResult.INCONCLUSIVE)}


PERSONS = {"L1": 40, "L2": 30, "N1": 10, "N2": 11}
GOOD = ("*,91,false", "L1,40,false", "L2,30,false", "N1,,true", "N2,,true")


def test_a_table_that_hides_enough_passes(tmp_path):
    found = verify_file(_file(tmp_path, *GOOD), plan=PLAN, witness=_witness(tmp_path, PERSONS))
    assert (found.verdict, _against(found)) == (PASS, set())
    assert found.figures["person_k"] == 30
    assert found.worst_class == {"ligne": "L2"}
    assert found.rows == 5


@pytest.mark.parametrize(("persons", "verdict"), [(11, PASS), (10, FAIL)])
def test_the_threshold_holds_on_both_sides(tmp_path, persons, verdict):
    people = {"L1": 40, "L2": persons}
    path = _file(tmp_path, f"*,{40 + persons},false", "L1,40,false", f"L2,{persons},false")
    assert verify_file(path, plan=PLAN, witness=_witness(tmp_path, people)).verdict is verdict


@pytest.mark.parametrize(
    ("lines", "caught"),
    [
        # One cell hidden beside an exact total: the difference gives it away.
        (("*,91,false", "L1,40,false", "L2,30,false", "N1,,true", "N2,11,false"), {"H5", "H4-RESTE"}),
        # A small cell left in plain sight.
        (("*,91,false", "L1,40,false", "L2,30,false", "N1,10,false", "N2,11,false"), {"H4"}),
        # Numbers that are not those of the rows.
        (("*,91,false", "L1,41,false", "L2,29,false", "N1,,true", "N2,,true"), {"AGREEMENT"}),
        # A total that does not add up.
        (("*,92,false", "L1,40,false", "L2,30,false", "N1,10,false", "N2,11,false"), {"H5", "H4", "AGREEMENT"}),
        # A cell that occurs and is not listed.
        (("*,,true", "L1,40,false", "L2,30,false", "N1,,true"), {"AGREEMENT"}),
        # A cell that does not occur.
        (("*,91,false", "L1,40,false", "L2,30,false", "N1,,true", "N2,,true", "N3,,true"), {"AGREEMENT"}),
    ],
)
def test_each_way_a_table_can_leak_or_lie_is_caught(tmp_path, lines, caught):
    found = verify_file(_file(tmp_path, *lines), plan=PLAN, witness=_witness(tmp_path, PERSONS))
    assert found.verdict is FAIL
    assert _against(found) == caught


@pytest.mark.parametrize(
    "lines",
    [
        (*GOOD[:4], "N2,moins de 11,true"),
        (*GOOD[:4], "N2,11,true"),
        (*GOOD[:4], "N2,,false"),
        (*GOOD[:4], "N2,0,false"),
        (*GOOD, "N2,,true"),
        GOOD[1:],
        (),
    ],
)
def test_what_is_not_of_the_published_form_fails(tmp_path, lines):
    found = verify_file(_file(tmp_path, *lines), plan=PLAN, witness=_witness(tmp_path, PERSONS))
    assert "FORM" in _against(found)
    assert found.verdict is FAIL


def test_without_a_witness_persons_are_unknown_and_never_assumed(tmp_path):
    assert verify_file(_file(tmp_path, *GOOD), plan=PLAN).verdict is OPEN
    small = _file(tmp_path, "*,50,false", "L1,40,false", "L2,10,false")
    assert verify_file(small, plan=PLAN).verdict is FAIL


def test_a_plan_below_its_class_is_held_to_the_class(tmp_path):
    from dataclasses import replace

    path = _file(tmp_path, "*,50,false", "L1,40,false", "L2,10,false")
    found = verify_file(path, plan=replace(PLAN, k=5), witness=_witness(tmp_path, {"L1": 40, "L2": 10}))
    assert found.verdict is FAIL
    assert "le plan demandait 5" in found.scope


def test_a_file_from_anyone_is_measured_in_persons_when_a_column_names_them(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("zone,personne\n" + "".join(f"Z{zone},{zone}-{person}\n" for zone in range(2) for person in range(12)))
    found = verify_file(path, unit_column="personne", k=11)
    assert found.figures["person_k"] == 12
    assert found.verdict is OPEN  # the column links rows, and what links rows is not measured here
    assert verify_file(path, unit_column="personne", k=13).verdict is FAIL


def test_a_file_from_anyone_without_persons_never_passes(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("zone\n" + "Z1\n" * 20)
    assert verify_file(path, k=11).verdict is OPEN
    path.write_text("zone\n" + "Z1\n" * 10)
    assert verify_file(path, k=11).verdict is FAIL


def test_an_absent_file_is_an_error_of_source(tmp_path):
    with pytest.raises(SourceProblem):
        verify_file(tmp_path / "nothing.csv")


def _test(result):
    return VerificationTest(id="X", title="", criterion=Criterion.CONTAINER, result=result, measured="", limit="")


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ((TestResult.PASSED, TestResult.NOT_APPLICABLE), PASS),
        ((TestResult.PASSED, TestResult.INCONCLUSIVE), OPEN),
        ((TestResult.INCONCLUSIVE, TestResult.FAILED, TestResult.PASSED), FAIL),
        ((TestResult.NOT_APPLICABLE,), OPEN),
        ((), OPEN),
    ],
)
def test_the_verdict_combines_as_the_science_note_says(results, verdict):
    assert verdict_of([_test(result) for result in results]) is verdict
