"""What is read once per distinct value is what would be read row by row: one folder, opened both ways."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine.duckdb import DuckDBEngine
from auditor.sources import lookup, open_network
from auditor.vocabulary.network import CardGrammar, ColumnMap, CsvDialect, Feed, Source

DIALECT = CsvDialect(separator=";")
COLUMNS = {
    "tapped_at": ColumnMap(date="jour", clock="heure", date_formats=("%d/%m/%Y",)),
    "received_at": ColumnMap(column="recu", formats=("%d/%m/%Y %H:%M",)),
    "service_day": ColumnMap(column="jour", formats=("%d/%m/%Y",)),
    "card": ColumnMap(column="carte"),
    "amount": ColumnMap(column="prix", decimal=","),
    "line": ColumnMap(column="ligne", values={"M1": "1"}),
}
days = st.sampled_from(("30/10/2026", "29/03/2026", "25/10/2026", "", "31/02/2026", "hier"))
clocks = st.sampled_from(("07:00", "25:30", "02:30", "", "47:59:59", "48:00", "x"))
cards = st.sampled_from(("250123456", " 250 123 456", "beef", "", "12345678901", "250123456.0"))
moments = st.sampled_from(("30/10/2026 07:00", "29/03/2026 02:30", "25/10/2026 02:30", "", "demain"))
prices = st.sampled_from(("1,60", "1.60", "", "gratuit", "-2"))
lines = st.sampled_from(("M1", " M1 ", "L5", ""))
rows = st.lists(st.tuples(days, clocks, cards, moments, prices, lines), min_size=1, max_size=40)


@pytest.mark.parametrize("card_form", ["number", "token"])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taps=rows)
def test_looking_values_up_reads_what_reading_every_row_reads(place_of, folder, card_form, taps):
    text = "jour;heure;carte;recu;prix;ligne\n" + "".join(";".join(row) + "\n" for row in taps)
    (folder / "taps.csv").write_text(text)
    feed = Feed(store="base", source="taps", card_form=card_form, columns=COLUMNS)
    place = place_of({"taps": Source(path="taps.csv", csv=DIALECT)}, {"validations": (feed,)}, cards=CardGrammar(length=10))
    assert _opened(place, looked_up=True) == _opened(place, looked_up=False)


def _opened(place, *, looked_up):
    with pytest.MonkeyPatch.context() as patch, DuckDBEngine(memory_limit="300MB", threads=1) as engine:
        patch.setattr(lookup, "_MANY", 0 if looked_up else 10**9)
        patch.setattr(lookup, "_FEWER", 0 if looked_up else 1)
        network = open_network(place, engine)
        taps = network.relations["validations"]
        extremes = engine.rows(network.relations["observed_extremes"].order_by("column", "canonical"))
        return engine.rows(taps.order_by(*taps.columns)), network.reports, extremes


def test_texts_whose_hashes_meet_are_told_apart_by_their_letters(place_of, folder, monkeypatch):
    monkeypatch.setattr(lookup, "_all_apart", lambda *_: False)
    (folder / "taps.csv").write_text("carte;quand\nbeef;2026-10-30 07:00\ncafe;2026-10-30 08:00\nbeef;2026-10-30 09:00\n")
    columns = {"tapped_at": ColumnMap(column="quand"), "card": ColumnMap(column="carte")}
    feed = Feed(store="base", source="taps", card_form="token", columns=columns)
    place = place_of({"taps": Source(path="taps.csv", csv=DIALECT)}, {"validations": (feed,)})
    with DuckDBEngine(memory_limit="300MB", threads=1) as engine:
        taps = open_network(place, engine).relations["validations"]
        assert [row["card"] for row in engine.rows(taps.order_by("tapped_at"))] == [-1, -2, -1]


def test_a_key_that_the_mapping_gives_is_numbered_like_any_other(place_of, folder):
    (folder / "journal.csv").write_text("quand\n2026-10-30 07:00\n2026-10-30 08:00\n")
    columns = {"accessed_at": ColumnMap(column="quand"), "user": ColumnMap(constant="traitement de nuit")}
    place = place_of({"journal": Source(path="journal.csv")}, {"access_log": (Feed(store="base", source="journal", columns=columns),)})
    with DuckDBEngine(memory_limit="300MB", threads=1) as engine:
        network = open_network(place, engine)
        assert [row["user"] for row in engine.rows(network.relations["access_log"])] == [-1, -1]
        assert network.reports[0].unreadable == {}


def test_a_required_moment_may_be_a_constant(place_of, folder):
    (folder / "taps.csv").write_text("carte\n17\n18\n")
    columns = {"tapped_at": ColumnMap(constant="2026-10-30T07:00:00Z"), "card": ColumnMap(column="carte")}
    place = place_of({"taps": Source(path="taps.csv")}, {"validations": (Feed(store="base", source="taps", columns=columns),)})
    with DuckDBEngine(memory_limit="300MB", threads=1) as engine:
        network = open_network(place, engine)
        assert network.counts["validations"] == 2
        assert network.reports[0].rejected == {}
