"""The mapping is checked both ways: what it names must exist, and what exists must be named."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.vocabulary.errors import DeclarationProblem, SourceProblem
from auditor.vocabulary.network import ColumnMap, Feed, Source

TEXT = "carte,quand,arret,note\n1,2026-10-30 07:00:00,A,x\n"
AT = ColumnMap(column="quand", timezone="UTC")


@pytest.fixture
def opened(network, folder):
    (folder / "taps.csv").write_text(TEXT)

    def of(table="validations", source="taps", sources=None, **feed):
        declared = Feed(**{"store": "base", "source": source, "columns": {"tapped_at": AT}, **feed})
        return network(sources or {"taps": Source(path="taps.csv")}, {table: (declared,)})

    return of


def test_a_raw_column_that_does_not_exist_names_the_closest_ones(opened):
    with pytest.raises(DeclarationProblem) as problem:
        opened(columns={"tapped_at": AT, "stop": ColumnMap(column="arrets")})
    assert problem.value.what == "mapping.yml: validations.stop (store base): source taps has no column 'arrets'."
    assert problem.value.next_step == "Closest columns there: arret, carte."
    assert problem.value.why


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"table": "validation"}, "validation is not a canonical table"),
        ({"columns": {"tapped_at": AT, "stops": AT}}, "validations.stops is not a canonical column"),
        ({"columns": {"stop": ColumnMap(column="arret")}}, "tapped_at must be mapped"),
        ({"columns": {"tapped_at": ColumnMap()}}, "exactly one of column, constant, or date with clock"),
        ({"columns": {"tapped_at": ColumnMap(column="quand", constant="x")}}, "exactly one of column"),
        ({"columns": {"tapped_at": ColumnMap(date="quand")}}, "exactly one of column"),
        ({"columns": {"tapped_at": AT, "stop": ColumnMap(date="quand", clock="quand")}}, "is not a moment"),
        ({"source": "tap"}, "'tap' is not a declared source"),
        ({"source": "taps.inner"}, "does not name one table"),
        ({"sources": {"taps": Source()}}, "must have either a path or a url"),
        ({"sources": {"taps": Source(url="sqlite:///a.sqlite")}}, "does not name one table"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused_before_anything_is_read(opened, declared, said):
    with pytest.raises(DeclarationProblem, match=said) as problem:
        opened(**declared)
    assert problem.value.exit_code == 2
    assert problem.value.file.name == "mapping.yml"


def test_a_raw_column_neither_mapped_nor_ignored_is_reported(opened, engine):
    network = opened(ignore={"note": "texte libre, hors audit"})
    (report,) = network.reports
    assert report.unmapped == ("carte", "arret")
    assert report.ignored == {"note": "texte libre, hors audit"}
    seen = {row["column"]: (row["mapped"], row["ignored"]) for row in engine.rows(network.relations["observed_columns"])}
    assert seen == {"carte": (None, False), "quand": ("validations.tapped_at", False), "arret": (None, False), "note": (None, True)}


def test_a_column_that_another_feed_of_the_same_table_maps_is_not_reported(network, folder, engine):
    (folder / "taps.csv").write_text(TEXT)
    taps = Feed(store="base", source="taps", columns={"tapped_at": AT}, ignore={"note": "essai"})
    stops = Feed(store="base", source="taps", columns={"stop": ColumnMap(column="arret"), "label": ColumnMap(column="note")})
    opened = network({"taps": Source(path="taps.csv")}, {"validations": (taps,), "stops": (stops,)})
    assert [report.unmapped for report in opened.reports] == [("carte",), ("carte",)]
    seen = [(row["column"], row["mapped"], row["ignored"]) for row in engine.rows(opened.relations["observed_columns"])]
    assert sorted(seen, key=str) == [
        ("arret", "stops.stop", False),
        ("carte", None, False),
        ("note", "stops.label", False),
        ("quand", "validations.tapped_at", False),
    ]


def test_every_canonical_column_exists_and_only_the_mapped_ones_are_said_filled(opened, engine):
    network = opened(columns={"tapped_at": AT, "amount": ColumnMap(constant="1.70"), "result": ColumnMap(constant="ok")})
    (row,) = engine.rows(network.relations["validations"])
    assert row["amount"] == 1.7
    assert row["result"] == "ok"
    assert row["vehicle"] is None
    assert (row["store"], row["store_role"], row["physical"], row["card_form"]) == ("base", "active", "taps", "number")
    assert network.columns == {"validations": frozenset({"tapped_at", "amount", "result", "card_form"})}
    kinds = {name: str(kind) for name, kind in network.relations["validations"].schema().items()}
    assert (kinds["card"], kinds["tapped_at"], kinds["service_day"], kinds["amount"], kinds["stop"]) == (
        "int64",
        "timestamp",
        "date",
        "float64",
        "string",
    )


def test_flags_and_whole_numbers_and_what_they_are_not(network, folder, engine):
    (folder / "titres.csv").write_text("code,sensible\nA,oui\nB,N\nC,peut-être\nD,\n", encoding="utf-8")
    feed = Feed(store="ref", source="titres", columns={"product": ColumnMap(column="code"), "sensitive": ColumnMap(column="sensible")})
    opened = network({"titres": Source(path="titres.csv")}, {"products": (feed,)})
    flags = [row["sensitive"] for row in engine.rows(opened.relations["products"].order_by("product"))]
    assert flags == [True, False, None, None]
    assert opened.reports[0].unreadable == {"sensitive": 1}
    (folder / "compteurs.csv").write_text("carte,restants\n1,10\n2,dix\n3,1.5\n")
    feed = Feed(store="base", source="compteurs", columns={"card": ColumnMap(column="carte"), "remaining": ColumnMap(column="restants")})
    opened = network({"compteurs": Source(path="compteurs.csv")}, {"counters": (feed,)})
    assert [row["remaining"] for row in engine.rows(opened.relations["counters"].order_by("card"))] == [10, None, None]
    assert opened.reports[0].unreadable == {"remaining": 2}


def test_a_missing_file_is_a_source_problem_that_says_where_it_was_looked_for(opened):
    with pytest.raises(SourceProblem, match=r"Source taps: no file at gone/\*\.csv") as problem:
        opened(sources={"taps": Source(path="gone/*.csv")})
    assert problem.value.exit_code == 3
    assert "optional" in problem.value.next_step


def test_an_optional_source_that_is_absent_leaves_its_tables_unreadable(network, folder, engine):
    (folder / "taps.csv").write_text(TEXT)
    base = Feed(store="base", source="taps", columns={"tapped_at": AT})
    relay = Feed(store="relais", role="relay", source="relay", columns={"tapped_at": AT})
    sales = Feed(store="base", source="relay", columns={"sold_at": AT})
    sources = {"taps": Source(path="taps.csv"), "relay": Source(path="gone.csv", optional=True)}
    opened = network(sources, {"validations": (base, relay), "sales": (sales,)})
    (absent,) = opened.absent_sources
    assert (absent.source, absent.tables) == ("relay", ("validations", "sales"))
    assert "no file at gone.csv" in absent.reason
    assert set(opened.unreadable) == {"validations", "sales"}
    assert opened.counts == {"validations": 1}
    assert "sales" not in opened.relations
    assert [report.physical for report in opened.reports] == ["taps"]
    assert engine.rows(opened.relations["observed_stores"].count().as_table())[0]


def test_stores_of_different_kinds_are_one_table_with_one_schema(network, folder, engine):
    (folder / "taps.csv").write_text(TEXT)
    pq.write_table(pa.table({"t": pa.array([0, None], pa.timestamp("ns")), "c": ["x", "y"], "n": [1, 2]}), folder / "a.parquet")
    pq.write_table(pa.table({"t": pa.array([0], pa.timestamp("ms")), "n": pa.array([3], pa.int32())}), folder / "b.parquet")
    sources = {"taps": Source(path="taps.csv"), "a": Source(path="a.parquet"), "b": Source(path="b.parquet")}
    native = {"tapped_at": ColumnMap(column="t", timezone="UTC"), "card": ColumnMap(column="n")}
    feeds = (
        Feed(store="base", source="taps", columns={"tapped_at": AT, "stop": ColumnMap(column="arret")}),
        Feed(store="a", source="a", columns=native),
        Feed(store="b", source="b", columns=native),
        Feed(store="c", source="a", card_form="token", columns={**native, "card": ColumnMap(column="c")}),
    )
    opened = network(sources, {"validations": feeds})
    rows = engine.rows(opened.relations["validations"].order_by("store").select("store", "card", "stop"))
    assert [(row["store"], row["card"], row["stop"]) for row in rows] == [
        ("a", 1, None),
        ("b", 3, None),
        ("base", None, "A"),
        ("c", -1, None),
    ]
    assert opened.counts == {"validations": 4}
