from datetime import date, datetime

import pytest

from auditor.vocabulary.network import CardGrammar, ColumnMap, Feed, Source

TAPS = """carte,client,quand,jour,recu
0000000001,,2026-10-28 07:00:00,2026-10-28,2026-10-28 07:00:05
,,2026-10-01 07:00:00,2026-10-01,
,7,2026-10-02 07:00:00,2026-10-02,jamais
0000000002,,,2026-09-01,2026-09-01 07:00:00
"""


def utc(column):
    return ColumnMap(column=column, timezone="UTC")


COLUMNS = {
    "tapped_at": utc("quand"),
    "received_at": utc("recu"),
    "service_day": ColumnMap(column="jour"),
    "card": ColumnMap(column="carte"),
    "subscriber": ColumnMap(column="client"),
}


@pytest.fixture
def made(network, folder):
    (folder / "taps.csv").write_text(TAPS)
    (folder / "mart.csv").write_text("jeton,quand\n beef ,2026-10-30 07:00:00\nbeef,2026-10-30 08:00:00\n,2026-10-30 08:00:00\n")
    token = {"tapped_at": utc("quand"), "card": ColumnMap(column="jeton")}
    feeds = (
        Feed(store="base", source="taps", columns=COLUMNS),
        Feed(store="mart", role="warehouse", source="mart", card_form="token", columns=token),
    )
    sources = {"taps": Source(path="taps.csv"), "mart": Source(path="mart.csv")}
    return network(sources, {"validations": feeds}, cards=CardGrammar(length=10))


def test_extremes_are_those_of_the_rows_kept_and_of_those_still_tied_to_a_person(made, engine):
    seen = {(row["table"], row["column"]): row for row in engine.rows(made.relations["observed_extremes"])}
    tapped = seen["taps", "quand"]
    assert (tapped["canonical"], tapped["rows"], tapped["identified_rows"]) == ("validations.tapped_at", 3, 2)
    assert (tapped["oldest"], tapped["newest"]) == (datetime(2026, 10, 1, 7), datetime(2026, 10, 28, 7))
    assert tapped["oldest_identified"] == datetime(2026, 10, 2, 7)
    received = seen["taps", "recu"]
    assert (received["rows"], received["identified_rows"], received["oldest_identified"]) == (1, 1, datetime(2026, 10, 28, 7, 0, 5))
    assert seen["taps", "jour"]["oldest"] == datetime(2026, 10, 1)
    assert seen["mart", "quand"]["identified_rows"] == 2


def test_a_report_says_the_days_the_table_runs_over(made):
    base = made.reports[0]
    assert (base.oldest, base.newest) == (date(2026, 10, 1), date(2026, 10, 28))
    assert (base.rows_read, base.rows_kept, base.rejected) == (4, 3, {"tapped_at: empty": 1})
    assert base.unreadable == {"received_at": 1}


def test_stores_and_their_tokens_are_observed(made, engine):
    assert engine.rows(made.relations["observed_stores"].order_by("store")) == [
        {"store": "base", "store_role": "active", "table": "taps", "canonical": "validations", "card_form": "number", "rows": 3},
        {"store": "mart", "store_role": "warehouse", "table": "mart", "canonical": "validations", "card_form": "token", "rows": 3},
    ]
    assert engine.rows(made.relations["observed_tokens"]) == [
        {"store": "mart", "store_role": "warehouse", "table": "mart", "column": "jeton", "token": "beef"}
    ]


def test_what_is_observed_exists_even_when_there_is_nothing(network, engine):
    made = network({}, {})
    for name in ("observed_stores", "observed_columns", "observed_extremes", "observed_tokens"):
        assert engine.rows(made.relations[name]) == []
    assert engine.rows(made.identifiers["card"]) == []
    assert made.relations["observed_tokens"].schema()["token"].is_string()


def test_a_lone_journey_ties_a_row_to_nobody(network, folder, engine):
    (folder / "taps.csv").write_text("trajet,quand\n12,2026-10-30 07:00:00\n")
    columns = {"tapped_at": utc("quand"), "card": ColumnMap(column="trajet")}
    made = network(
        {"taps": Source(path="taps.csv")}, {"validations": (Feed(store="p", source="taps", card_form="journey", columns=columns),)}
    )
    (row,) = engine.rows(made.relations["observed_extremes"])
    assert (row["rows"], row["identified_rows"], row["oldest_identified"]) == (1, 0, None)


def test_the_rows_about_a_card_are_raw_whole_and_hold_even_the_rejected_ones(made):
    base, mart = made.rows_about("validations", "card", [1, 2])
    assert (base.physical, base.store, base.store_role, base.card_form) == ("taps", "base", "active", "number")
    assert base.columns == ("carte", "client", "quand", "jour", "recu")
    assert sorted(base.rows) == [
        ("0000000001", "", "2026-10-28 07:00:00", "2026-10-28", "2026-10-28 07:00:05"),
        ("0000000002", "", "", "2026-09-01", "2026-09-01 07:00:00"),
    ]
    assert dict(zip((row[0] for row in base.rows), base.event, strict=True)) == {
        "0000000001": datetime(2026, 10, 28, 7),
        "0000000002": None,
    }
    assert mart.rows == ()


def test_the_rows_about_a_token_and_about_a_subscriber(made):
    (token,) = (made.key_of("card", "beef"),)
    base, mart = made.rows_about("validations", "card", [token])
    assert base.rows == ()
    assert [row[0] for row in mart.rows] == [" beef ", "beef"]
    (only,) = made.rows_about("validations", "subscriber", [7])
    assert [row[1] for row in only.rows] == ["7"]


def test_nobody_is_quoted_by_the_representation_of_what_was_found(made):
    (base, _) = made.rows_about("validations", "card", [1])
    assert "0000000001" not in repr(base)
    assert "0000000001" not in repr(made)
