import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.sources import open_network
from auditor.vocabulary.errors import DeclarationProblem, SourceProblem
from auditor.vocabulary.network import CardGrammar, ColumnMap, Feed, Source

AT = datetime(2026, 10, 30, 7)
UTC_AT = {"tapped_at": ColumnMap(column="quand", timezone="UTC")}


def opened(network, folder, columns, table, *, cards=None, zone="Europe/Paris", **feed):
    """Write one Parquet file in a folder of them and open it."""
    (folder / "taps").mkdir(exist_ok=True)
    pq.write_table(pa.table(table), folder / "taps" / "part-0.parquet")
    declared = {name: ColumnMap(column=how) if isinstance(how, str) else how for name, how in columns.items()}
    tables = {"validations": (Feed(store="base", source="taps", columns=declared, **feed),)}
    made = network({"taps": Source(path="taps")}, tables, cards=cards, zone=zone)
    return made, made.reports[0], made.engine.rows(made.relations["validations"].order_by("tapped_at", "card"))


def test_native_types_are_taken_as_they_stand(network, folder):
    table = {
        "quand": [AT, AT],
        "carte": pa.array([2500000017, None], pa.int64()),
        "jour": [date(2026, 10, 30)] * 2,
        "prix": [Decimal("1.70"), None],
    }
    columns = {**UTC_AT, "card": "carte", "service_day": "jour", "amount": "prix"}
    made, report, rows = opened(network, folder, columns, table, cards=CardGrammar(length=10))
    assert [(row["tapped_at"], row["card"], row["amount"]) for row in rows] == [(AT, 2500000017, 1.7), (AT, None, None)]
    assert (report.rows_read, report.rows_kept, report.unmapped) == (2, 2, ())
    assert made.feeds[0].in_place


def test_the_files_are_read_where_they_stand_and_filters_reach_them(network, folder, engine):
    made, _, _ = opened(
        network, folder, {**UTC_AT, "card": "carte"}, {"quand": [AT, AT.replace(hour=9)], "carte": [1, 2], "inutile": ["x", "y"]}
    )
    taps = made.relations["validations"]
    late = engine.backend.compile(taps.filter(taps.tapped_at > AT).count())
    plan = str(engine.connection.execute(f"explain {late}").fetchall())
    assert "READ_PARQUET" in plan
    assert "Filters:" in plan
    assert "quand > " in plan
    assert "carte" not in plan


def test_an_instant_with_an_offset_is_utc_whatever_the_zone_of_the_network(network, folder):
    table = {"quand": pa.array([datetime(2026, 10, 30, 7, tzinfo=UTC)], pa.timestamp("ms", tz="Europe/Paris"))}
    assert opened(network, folder, {"tapped_at": "quand"}, table)[2][0]["tapped_at"] == AT


def test_local_instants_of_a_file_are_moved_to_utc(network, folder):
    twice = datetime(2026, 10, 25, 2, 30)
    _, report, rows = opened(network, folder, {"tapped_at": "quand"}, {"quand": [AT, twice, datetime(2026, 3, 29, 2, 30)]})
    assert [row["tapped_at"] for row in rows] == [datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 30, 6)]
    assert (report.ambiguous, report.rejected) == (1, {"tapped_at: a local time that does not exist": 1})


def test_rows_without_the_required_moment_are_rejected_even_in_place(network, folder):
    made, report, rows = opened(network, folder, UTC_AT, {"quand": pa.array([AT, None, AT], pa.timestamp("us"))})
    assert report.rejected == {"tapped_at: empty": 1}
    assert len(rows) == made.counts["validations"] == 2


def test_cards_outside_their_grammar_are_counted_and_left_empty(network, folder):
    table = {"quand": [AT] * 5, "carte": pa.array([1, 9_999_999_999, 10_000_000_000, -1, None], pa.int64())}
    _, report, rows = opened(network, folder, {**UTC_AT, "card": "carte"}, table, cards=CardGrammar(length=10))
    assert sorted(str(row["card"]) for row in rows) == ["1", "9999999999", "None", "None", "None"]
    assert report.unreadable == {"card": 2}


def test_cards_that_a_data_frame_turned_into_floats_are_numbers_again(network, folder):
    _, report, rows = opened(network, folder, {**UTC_AT, "card": "carte"}, {"quand": [AT] * 3, "carte": [2500000017.0, None, 1.5]})
    assert [row["card"] for row in rows] == [2500000017, None, None]
    assert report.unreadable == {"card": 1}


def test_codes_lose_the_blanks_around_them_and_only_then_are_looked_at(network, folder):
    _, report, rows = opened(network, folder, {**UTC_AT, "stop": "arret"}, {"quand": [AT] * 4, "arret": ["A", " A  ", "   ", "A\t"]})
    assert sorted(row["stop"] or "" for row in rows) == ["", "A", "A", "A"]
    assert report.unreadable == {}


def test_values_that_mean_nothing_and_values_translated(network, folder):
    how = ColumnMap(column="code", missing=("0", ""), values={"1": "A", "2": "B"}, only_listed=True)
    _, report, rows = opened(network, folder, {**UTC_AT, "stop": how}, {"quand": [AT] * 4, "code": [0, 1, 2, 3]})
    assert sorted(row["stop"] or "" for row in rows) == ["", "", "A", "B"]
    assert report.unreadable == {"stop": 1}


def test_years_that_a_date_cannot_hold_are_unreadable(network, folder):
    far = pa.array([0, 253_402_300_800_000_000 * 3, 0], pa.int64()).cast(pa.timestamp("us"))
    _, report, rows = opened(network, folder, UTC_AT, {"quand": far})
    assert report.rejected == {"tapped_at: not a date": 1}
    assert len(rows) == 2


def test_a_column_of_the_wrong_type_is_a_fault_of_the_mapping(network, folder):
    with pytest.raises(DeclarationProblem, match="which holds boolean: that cannot become instant") as problem:
        opened(network, folder, {"tapped_at": "quand"}, {"quand": [True]})
    assert problem.value.next_step
    with pytest.raises(DeclarationProblem, match="which holds int64: that cannot become instant"):
        opened(network, folder, {"tapped_at": "quand"}, {"quand": [1_793_401_800]})


def test_whole_numbers_can_be_dates_when_told_how(network, folder):
    columns = {"tapped_at": ColumnMap(column="quand", epoch="s"), "service_day": ColumnMap(column="jour", formats=("%Y%m%d",))}
    _, _, rows = opened(network, folder, columns, {"quand": [1_793_401_800], "jour": [20261030]})
    assert (rows[0]["tapped_at"], rows[0]["service_day"]) == (datetime(2026, 10, 30, 23, 10), date(2026, 10, 30))


def test_a_truncated_file_is_refused(network, folder):
    (folder / "taps").mkdir()
    pq.write_table(pa.table({"quand": [AT] * 1000}), folder / "taps" / "a.parquet")
    whole = (folder / "taps" / "a.parquet").read_bytes()
    (folder / "taps" / "a.parquet").write_bytes(whole[: len(whole) - 20])
    feed = Feed(store="base", source="taps", columns=UTC_AT)
    with pytest.raises(SourceProblem, match=r"a\.parquet is not a whole Parquet file") as problem:
        network({"taps": Source(path="taps")}, {"validations": (feed,)})
    assert problem.value.exit_code == 3
    assert problem.value.next_step


def test_a_file_damaged_in_the_middle_is_refused(network, folder, mapped):
    (folder / "taps").mkdir()
    path = folder / "taps" / "a.parquet"
    pq.write_table(
        pa.table({"quand": [AT] * 3, "arret": [f"arret {n}" for n in range(3)]}), path, compression="zstd", write_statistics=False
    )
    content = bytearray(path.read_bytes())
    content[4:120] = bytes(116)
    path.write_bytes(content)
    feed = Feed(store="base", source="taps", columns=mapped({**UTC_AT, "stop": "arret"}))
    with pytest.raises(SourceProblem, match="cannot be read to the end"):
        network({"taps": Source(path="taps")}, {"validations": (feed,)})


@pytest.mark.parametrize("content", [b"", b"not parquet at all"])
def test_a_file_that_is_not_parquet_is_refused(network, folder, content):
    (folder / "a.parquet").write_bytes(content)
    with pytest.raises(SourceProblem, match=r"a\.parquet is (empty|not a whole Parquet file)"):
        network({"taps": Source(path="a.parquet")}, {"validations": (Feed(store="base", source="taps", columns=UTC_AT),)})


def test_files_of_different_kinds_in_one_folder_are_refused(network, folder):
    (folder / "taps").mkdir()
    pq.write_table(pa.table({"quand": [AT]}), folder / "taps" / "a.parquet")
    feed = {"validations": (Feed(store="base", source="taps", columns=UTC_AT),)}
    (folder / "taps" / "b.csv").write_text("quand\n")
    with pytest.raises(DeclarationProblem, match="both Parquet and delimited text"):
        network({"taps": Source(path="taps")}, feed)
    (folder / "taps" / "b.csv").rename(folder / "taps" / "b.zip")
    with pytest.raises(DeclarationProblem, match=r"neither Parquet nor delimited text \(b\.zip\)"):
        network({"taps": Source(path="taps")}, feed)
    assert network({"taps": Source(path="taps/*.parquet")}, feed).counts == {"validations": 1}


def test_a_folder_of_files_is_not_changed_by_being_read(folder, engine, place_of):
    (folder / "taps").mkdir()
    for name in ("a", "b"):
        pq.write_table(pa.table({"quand": [AT], "jeton": ["x"]}), folder / "taps" / f"{name}.parquet")
    before = _state(folder)
    tables = {"validations": (Feed(store="base", source="taps", columns={**UTC_AT, "card": ColumnMap(column="jeton")}, card_form="token"),)}
    made = open_network(place_of({"taps": Source(path="taps")}, tables), engine)
    assert made.counts == {"validations": 2}
    assert _state(folder) == before


def _state(folder):
    return {
        path.relative_to(folder): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for path in sorted(folder.rglob("*"))
    }
