"""Each question, asked in both ways: what Python says of the rows and what PostgreSQL says of them is the same."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from auditor.quality import questions as ask

VALUES = [
    None, "", " ", "x", "nul", "2500000017", "2500000018", " 250 000 0019 ", "2500000019",
    "0012", "12", "-3", "+4", "1,5", "1.5", "1.", ".5",
    "91", "-90.0", "1e3", "2026-10-30", "2026-10-30 07:00:00", "2026-10-30T07:00:00", "2026-10-30T07:00:00Z", "2026-10-30 07:00:00+01",
    "2026-10-31 05:00:01", "30/10/2026", "30/10/2026 07:00", "1/1/2026", "99/99/9999", "2026-10-30 07:00", "oui", "d'Artagnan", "a\\b", "é",
]  # fmt: skip
CARD = ask.Held(column="v", missing=("", "nul"))
MOMENT = ask.Moment(held=CARD, formats=("%d/%m/%Y %H:%M", "%d/%m/%Y"))
QUESTIONS = [
    ask.Missing(held=CARD),
    ask.Unreadable(held=CARD, pattern="^250[0-9]{7}$", separators=True, luhn=10),
    ask.Unreadable(held=CARD, pattern="^[0-9]{1,10}$", luhn=10),
    ask.Unreadable(held=CARD, pattern="^[+-]?[0-9]+$"),
    ask.CardNumber(held=CARD, pattern="^250[0-9]{7}$", luhn=10),
    ask.CardNumber(held=CARD, pattern="^250[0-9]{7}$"),
    ask.Unlisted(held=CARD, listed=("x", "d'Artagnan", "a\\b")),
    ask.Outside(held=CARD, low=-90.0, high=90.0),
    ask.Late(moment=MOMENT, limit="2026-10-30 12:00:00"),
    ask.Outdated(moment=MOMENT, limit="2026-10-31 00:00:00"),
    ask.Outdated(moment=MOMENT, limit="2026-10-31 00:00:00", identifiers=(ask.Held(column="w"), ask.Held(column="n"))),
    ask.Disordered(earlier=MOMENT, later=ask.Moment(held=ask.Held(column="w"))),
]
ROWS = [
    {"n": rank, "v": value, "w": other}
    for rank, (value, other) in enumerate((value, other) for value in VALUES for other in (None, "", "2026-10-30 06:59:59", "2026-10-31"))
]


@pytest.fixture(scope="module")
def table(postgresql):
    url = postgresql.database("poincon_questions")
    with postgresql.connected(url) as connection:
        connection.exec_driver_sql("create table t(n integer, v text, w text)")
        connection.execute(sa.text("insert into t values (:n, :v, :w)"), ROWS)
        yield connection


def values(column):
    return [ask.as_text(row[column], "UTC") for row in ROWS]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: type(one).__name__)
def test_both_ways_of_asking_find_the_same_rows(table, question):
    told = {row["n"] for row, fault in zip(ROWS, question.faults(values), strict=True) if fault}
    condition = question.sql(ask.POSTGRESQL).replace(":", r"\:")
    found = {row[0] for row in table.execute(sa.text(f"select n from t where {condition}"))}
    assert found == told
    assert 0 < len(told) < len(ROWS)


def test_a_check_digit_decides():
    rows = ["2500000017", "2500000019", "250 000 0019"]
    assert ask.Unreadable(held=CARD, pattern="^250[0-9]{7}$", separators=True, luhn=10).faults(lambda _: rows) == [
        not luhn(row) for row in rows
    ]


def luhn(text):
    digits = [int(digit) for digit in text if digit.isdigit()]
    return sum(sum(divmod(digit * (2 if rank % 2 else 1), 10)) for rank, digit in enumerate(reversed(digits))) % 10 == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), None),
        (2500000017.0, "2500000017"),
        (1.5, "1.5"),
        (True, "true"),
        (Decimal("1.70"), "1.70"),
        (date(2026, 10, 30), "2026-10-30"),
        (datetime(2026, 10, 30, 7, 0, 0, 5), "2026-10-30 07:00:00"),
        (datetime.fromisoformat("2026-10-30T06:00:00+00:00"), "2026-10-30 07:00:00"),
        (" a ", "a"),
        (b"\x01", "01"),
    ],
)
def test_a_value_of_a_data_frame_is_written_as_a_server_would(value, text):
    assert ask.as_text(value, "Europe/Paris") == text


@pytest.mark.parametrize(
    ("form", "fixed"),
    [("%d/%m/%Y %H:%M", True), ("%Y%m%d", True), ("%d %b %Y", False), ("%H:%M", False), ("%Y-%m-%d %z", False), ("%d*%m*%Y", False)],
)
def test_only_forms_of_fixed_fields_are_compared(form, fixed):
    assert ask.is_fixed(form) is fixed


def test_the_words_for_spark_double_what_it_would_swallow():
    assert ask.SPARK.literal("a\\b'c") == r"'a\\b\'c'"
    assert ask.SPARK.column("Numéro de `carte`") == "`Numéro de ``carte```"
    assert "rlike" in ask.Unreadable(held=CARD, pattern="^a$").sql(ask.SPARK)
