"""Making records: what leaves meets the plan, the search agrees with a plain GROUP BY, and refusals can be acted on."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pyarrow as pa
import pytest

from anonymise.generalise import at_levels, column_levels
from anonymise.lattice import Demand, Lattice
from anonymise.suppress import _coded, _entries, make_records
from auditor.risk.classes import class_sizes, measure
from auditor.vocabulary.errors import CouldNotCheck, DeclarationProblem, ReleaseRefused
from auditor.vocabulary.releases import Diversity, RecipientClass, ReleaseColumn, ReleaseRecipient

from .conftest import COLUMNS

BY = ["moment", "lieu"]


def made(small, **changes):
    return make_records(small.engine, small.rows, small.plan(**changes), small.references, small.calendar)


def test_every_class_that_leaves_holds_k_persons_and_l_families(small):
    found = made(small)

    risk = measure(small.engine, found.relation, BY, "unit", 5, ["famille"])
    assert risk.person_k >= 5
    assert risk.distinct_l["famille"] >= 2
    assert found.units_losing_rows <= 0.05 * found.units_in
    assert (found.rows_in, found.rows_out + found.rows_suppressed) == (4000, 4000)
    assert risk.rows == found.rows_out
    assert found.relation.columns == ("moment", "lieu", "famille", "unit")
    assert found.search["optimal"] == "yes"
    assert found.search["nodes_checked"] <= found.search["nodes"] == 6 * 4


def test_the_encoded_answer_is_that_of_a_plain_group_by_at_every_node(small):
    plan, demand = small.plan(), Demand(k=5, distinct=2)
    coded = _coded(small.engine, small.rows, plan, small.references, small.calendar)
    lattice = Lattice(entries=_entries(small.engine, coded), demand=demand)
    spans = [column_levels(plan, column) for column in COLUMNS[:2]]
    for node in list(product(range(6), range(4)))[::3]:
        levels = [*(span[level] for span, level in zip(spans, node, strict=True)), "family"]
        labelled = at_levels(small.rows, list(zip(COLUMNS, levels, strict=True)), small.references, small.calendar, keep=("unit",))
        sizes = small.engine.rows(class_sizes(labelled, BY, "unit", ["famille"]))
        kept = [size for size in sizes if size["cards"] >= 5 and size["distinct_famille"] >= 2]
        counted = lattice.count(node)
        assert counted.classes == len(sizes)
        assert counted.classes_suppressed == len(sizes) - len(kept)
        assert counted.rows_suppressed == 4000 - sum(size["rows"] for size in kept)
        assert sorted(lattice.persons(node)) == sorted(size["cards"] for size in sizes)


def test_what_leaves_is_what_was_there_coarser(small):
    found = made(small)

    choice = [(column, found.levels[column.name]) for column in COLUMNS]
    everything = at_levels(small.rows, choice, small.references, small.calendar)
    before = Counter(tuple(row.values()) for row in small.engine.rows(everything))
    after = Counter(tuple(row.values()) for row in small.engine.rows(found.relation.drop("unit")))
    assert after <= before
    kept = {row[:2] for row in after}
    assert {row for row in before if row[:2] in kept} == set(after)
    assert all(before[row] == after[row] for row in after)


def test_two_runs_release_the_same_rows_under_other_ordinals(small):
    first, second = (small.engine.rows(made(small).relation) for _ in range(2))

    def without_unit(rows):
        return Counter(tuple(value for name, value in row.items() if name != "unit") for row in rows)

    assert without_unit(first) == without_unit(second)
    assert Counter(tuple(row.values()) for row in first) != Counter(tuple(row.values()) for row in second)
    ordinals = {row["unit"] for row in first} - {None}
    assert ordinals <= set(range(600))


def test_a_row_that_names_nobody_still_names_nobody(small):
    rows = small.engine.rows(made(small).relation)

    assert 0 < sum(row["unit"] is None for row in rows) < 100


def test_the_threshold_of_the_recipient_is_a_floor(small):
    public = ReleaseRecipient(name="public", recipient_class=RecipientClass.A)

    assert measure(small.engine, made(small, recipient=public).relation, BY, "unit", 11).person_k >= 11


def test_a_plan_too_fine_is_refused_with_the_best_that_can_be_reached(small):
    fine = (replace(COLUMNS[0], coarsest="hour"), replace(COLUMNS[1], coarsest="station"), COLUMNS[2])

    with pytest.raises(ReleaseRefused) as caught:
        made(small, columns=fine, k=40, suppression_limit=0.01)
    assert caught.value.exit_code == 4
    assert "moment at hour, lieu at station" in caught.value.what
    assert "fewer than 40 cards (smallest: " in caught.value.what
    assert "(limit 1.0%)" in caught.value.what
    assert "`moment` to band or coarser, `lieu` to zone or coarser" in caught.value.next_step


@pytest.mark.parametrize("recipient", [RecipientClass.A, RecipientClass.B])
def test_records_at_the_minute_are_refused_in_words(small, recipient):
    minute = (replace(COLUMNS[0], finest="minute", coarsest="minute"), *COLUMNS[1:])

    with pytest.raises(ReleaseRefused, match="records at the minute") as caught:
        made(small, columns=minute, recipient=ReleaseRecipient(name="x", recipient_class=recipient))
    assert "timetable" in caught.value.why
    assert "`moment` to hour or coarser" in caught.value.next_step


def test_the_minute_is_left_out_when_a_coarser_level_is_allowed(small):
    columns = (replace(COLUMNS[0], finest="minute"), *COLUMNS[1:])

    assert made(small, columns=columns).levels == made(small).levels


def test_an_impossible_k_is_refused(small):
    with pytest.raises(ReleaseRefused, match=r"1 of 1 classes hold fewer than 100000 cards \(smallest: \d+\)"):
        made(small, k=100_000)


def test_an_impossible_diversity_is_refused(small):
    with pytest.raises(ReleaseRefused, match="fewer than 9 distinct sensitive values"):
        made(small, diversity=Diversity(distinct=9))


def test_no_row_is_not_a_release(small):
    nothing = small.rows.filter(small.rows.stop == "absent")

    with pytest.raises(ReleaseRefused, match="no row matches"):
        make_records(small.engine, nothing, small.plan(), small.references, small.calendar)


def test_names_kept_for_the_verification_are_refused(small):
    with pytest.raises(DeclarationProblem, match=r"kept for the verification|two columns bear"):
        made(small, columns=(ReleaseColumn(name="unit", source="stop", hierarchy="place"),))


def test_whole_number_units_are_accepted(small):
    numbered = small.rows.mutate(unit=small.rows.unit.substr(3).cast("int64"))

    found = make_records(small.engine, numbered, small.plan(), small.references, small.calendar)
    assert found.rows_suppressed == made(small).rows_suppressed


def test_too_many_pairs_is_said_and_nothing_is_made(small, monkeypatch):
    monkeypatch.setattr("anonymise.suppress.MAX_ENTRIES", 10)

    with pytest.raises(CouldNotCheck, match="more than 10"):
        made(small)


def test_a_table_whose_every_column_is_sensitive_is_one_class(small):
    assert made(small, columns=(COLUMNS[2],)).rows_out == 4000


def test_refusals_quote_no_person(small):
    with pytest.raises(ReleaseRefused) as caught:
        made(small, k=100_000)
    units = set(pa.array([row["unit"] for row in small.engine.rows(small.rows.select("unit").distinct())]).drop_null().to_pylist())
    assert not any(unit in str(caught.value) for unit in units)
