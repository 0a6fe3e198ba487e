"""A release plan is refused before anything is read when it could not be carried out, or is weaker than its class allows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.vocabulary.network import ColumnMap, DataMap, Feed, Source
from auditor.vocabulary.register import Activity, Declared, Purpose, Register
from auditor.vocabulary.releases import HIERARCHY_LEVELS, RecipientClass, ReleaseColumn, ReleasePlan, ReleaseRecipient
from policies.declarations import load
from policies.releases import DeclaredPlan, plan_faults

PLAN = """\
id: lines-by-hour
title: Boardings
kind: counts
purpose: statistics
recipient: {name: Public, recipient_class: A}
stores: [base]
where: {result: [ok]}
start: 2026-10-01
end: 2026-10-30
columns:
  - {name: line, source: line, hierarchy: line, finest: line, coarsest: network}
  - {name: hour, source: tapped_at, hierarchy: time, finest: hour, coarsest: day}
  - {name: product, source: product, hierarchy: product, finest: family, sensitive: true}
margins: [[line], []]
k: 11
diversity: {distinct: 2}
suppression_limit: 0.05
utility:
  - {id: by-day, title: By day, by: [line, hour], level: {hour: day}, tolerance: 0.1}
"""
REGISTER = Register(
    (
        Declared(
            activity=Activity(id="s", title="S", purposes=(Purpose(id="statistics", title="S"), Purpose(id="fraud", title="F"))),
            file="registre/s.yml",
        ),
    )
)
CARD = {"card": ColumnMap(column="c")}
MAPPING = DataMap(
    sources={"taps": Source(path="taps.csv"), "old": Source(path="old.csv"), "trips": Source(path="trips.csv")},
    tables={
        "validations": (
            Feed(store="base", source="taps", columns=CARD),
            Feed(store="warehouse", role="warehouse", source="old", columns={}),
            Feed(store="journeys", source="trips", card_form="journey", columns=CARD),
        )
    },
)


def _faults(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "plan.yml").write_text(text, encoding="utf-8")
    loaded = load(tmp_path / "plan.yml", ReleasePlan, tmp_path)
    declared = DeclaredPlan(plan=loaded.value, file="plan.yml", lines=loaded.lines)
    return [str(fault) for fault in plan_faults(declared, REGISTER, MAPPING)]


def test_a_sound_plan_has_no_fault(tmp_path):
    assert _faults(tmp_path, PLAN) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("id: lines-by-hour", "id: ../lines", 1, "the id “../lines” cannot name a file"),
        ("purpose: statistics", "purpose: statistic", 4, "did you mean “statistics”? Known purposes: fraud, statistics"),
        ("purpose: statistics", "purpose: marketing", 4, "known: fraud, statistics"),
        ("k: 11", "k: 10", 15, "asks for k=10, less than the 11 required for recipients of class A"),
        ("k: 11", "k: 0", 15, "k=0 is not a number of persons"),
        ("class: A}", "class: B}", None, None),
        ("suppression_limit: 0.05", "suppression_limit: 5", 17, "is not a share"),
        ("suppression_limit: 0.05", "suppression_limit: -0.1", 17, "is not a share"),
        ("suppression_limit: 0.05", "suppression_limit: 1", None, None),
        ("suppression_limit: 0.05", "suppression_limit: 0", None, None),
        ("{distinct: 2}", "{distinct: 0}", 16, "fewer than one distinct value"),
        (", sensitive: true", "", 16, "no column is sensitive"),
        ("end: 2026-10-30", "end: 2026-09-30", 9, "ends (2026-09-30) before it starts (2026-10-01)"),
        ("end: 2026-10-30", "end: 2026-10-01", None, None),
        ("stores: [base]", "table: tickets", 6, "“tickets” is not a canonical table"),
        ("stores: [base]", "table: sales", 6, "no store feeds sales in this network"),
        ("stores: [base]", "stores: [bases]", 6, "store “bases” does not feed validations — did you mean “base”?"),
        ("stores: [base]", "stores: [warehouse]", 6, "store “warehouse” holds no card to count persons by"),
        ("stores: [base]", "stores: [journeys]", 6, "store “journeys” holds no card to count persons by"),
        ("stores: [base]", "stores: [journeys]\nunit: journey", None, None),
        ("stores: [base]", "stores: [base]\nunit: journey", 7, "journeys are counted although store “base” holds cards"),
        ("{result: [ok]}", "{results: [ok]}", 7, "validations has no canonical column “results” — did you mean “result”?"),
        ("{result: [ok]}", "{card: ['1']}", 7, "rows are chosen by `card`, which identifies a person"),
        ("{result: [ok]}", "{store: [base]}", 7, "`store` is not filtered by `where`"),
        ("source: line, hierarchy: line", "source: lines, hierarchy: line", 11, "no canonical column “lines”"),
        ("name: line, source: line", "name: Ligne !, source: line", 11, "cannot be published"),
        ("name: hour", "name: line", 12, "the column “line” is released twice"),
        ("source: product, hierarchy: product", "source: card, hierarchy: none", 13, "`card` identifies a person and cannot be released"),
        ("source: tapped_at", "source: product", 12, "the time hierarchy cannot be climbed from `product`"),
        ("source: tapped_at", "source: service_day", 12, "`service_day` holds days and cannot be released by hour"),
        ("finest: hour", "finest: second", 12, "the time hierarchy has no level “second” — levels, finest first: minute, hour, band"),
        ("finest: hour, coarsest: day", "finest: day, coarsest: hour", 12, "the finest level (day) is coarser than the coarsest (hour)"),
        ("finest: hour, coarsest: day", "finest: day, coarsest: day", None, None),
        ("hierarchy: time, finest: hour, coarsest: day", "finest: hour", 12, "the column has no hierarchy"),
        ("margins: [[line], []]", "margins: [[lines]]", 14, "“lines” is not a released column — did you mean “line”?"),
        ("margins: [[line], []]", "margins: [[line, line]]", 14, "a column is named twice"),
        ("margins: [[line], []]", "margins: [[line, hour], [hour, line]]", 14, "the same margin is asked for twice"),
        ("margins: [[line], []]", "margins: [[line, hour, product]]", 14, "it is the cells themselves"),
        ("kind: counts", "kind: records", 14, "margins are totals of counts, and the kind is records"),
        ("by: [line, hour]", "by: [line, hours]", 19, "“hours” is not a released column"),
        ("{hour: day}", "{hour: month}", 19, "“month” is not a level of the time hierarchy"),
        ("{hour: day}", "{hour: minute}", 19, "asked by minute, finer than the hour released"),
        ("{hour: day}", "{product: family}", 19, "a level is given for a column the question is not asked by"),
        ("tolerance: 0.1", "tolerance: -0.1", 19, "a tolerance below zero"),
    ],
)
def test_each_fault_is_told_at_its_line(tmp_path, old, new, line, said):
    assert old in PLAN
    faults = _faults(tmp_path, PLAN.replace(old, new, 1))
    if said is None:
        assert faults == []
    else:
        assert any(said in fault and fault.startswith(f"plan.yml:{line}:") for fault in faults), faults


def test_a_question_asked_twice_is_refused(tmp_path):
    assert any("asked twice" in fault for fault in _faults(tmp_path, PLAN + "  - {id: by-day, title: Again, by: [line]}\n"))


def test_a_plan_that_releases_nothing_but_the_sensitive_column_is_refused(tmp_path):
    columns = PLAN[PLAN.index("  - {name: line") : PLAN.index("  - {name: product")]
    text = PLAN.replace(columns, "").replace("margins: [[line], []]\n", "")
    assert any("no column is released besides sensitive ones" in fault for fault in _faults(tmp_path, text))


@given(data=st.data())
def test_a_pair_of_levels_is_refused_exactly_when_it_is_upside_down(data):
    levels = HIERARCHY_LEVELS["time"]
    finest, coarsest = (data.draw(st.integers(0, len(levels) - 1)) for _ in range(2))
    column = ReleaseColumn(name="t", source="tapped_at", hierarchy="time", finest=levels[finest], coarsest=levels[coarsest])
    public = ReleaseRecipient(name="P", recipient_class=RecipientClass.A)
    plan = ReleasePlan(id="p", title="P", kind="counts", purpose="fraud", recipient=public, stores=("base",), columns=(column,), k=11)
    assert bool(plan_faults(DeclaredPlan(plan=plan, file="p.yml"), REGISTER, MAPPING)) == (finest > coarsest)
