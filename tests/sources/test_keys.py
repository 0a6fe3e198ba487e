from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.vocabulary.network import CardGrammar, ColumnMap, Feed, Source
from auditor.vocabulary.schema import Domain

AT = ColumnMap(column="quand", timezone="UTC")
COLUMNS = {"tapped_at": AT, "card": "carte"}


def lines(*cards):
    return "carte,quand\n" + "".join(f'"{card}",2026-10-30 07:00:00\n' for card in cards)


def texts(network, domain=Domain.CARD):
    return {row["key"]: row["text"] for row in network.engine.rows(network.identifiers[domain])}


def test_separators_and_leading_zeros_say_nothing_in_a_card_number(taps):
    grammar = CardGrammar(length=10)
    network, report, rows = taps(
        lines("0250 123 456", "250123456", "02.50-123-456", "12345678901", "25012345X", "", "250123456.0"), COLUMNS, cards=grammar
    )
    assert [row["card"] for row in rows] == [250123456] * 4 + [None] * 3
    assert report.unreadable == {"card": 2}
    assert texts(network) == {250123456: "0250123456"}
    assert network.key_of(Domain.CARD, " 0250 123 456 ") == 250123456
    assert network.key_of(Domain.CARD, "12345678901") is None
    assert network.key_of(Domain.CARD, "25X") is None


def test_tokens_are_numbered_apart_from_card_numbers(network, folder, engine, mapped):
    (folder / "a.csv").write_text(lines("250123456", "17"))
    (folder / "b.csv").write_text(lines("beef", "17", "beef", "  cafe "))
    tables = {
        "validations": (
            Feed(store="base", source="a", columns=mapped(COLUMNS)),
            Feed(store="mart", role="warehouse", source="b", card_form="token", columns=mapped(COLUMNS)),
        )
    }
    opened = network({"a": Source(path="a.csv"), "b": Source(path="b.csv")}, tables)
    taps = opened.relations["validations"]
    by_store = {store: sorted(row["card"] for row in engine.rows(taps.filter(taps.store == store))) for store in ("base", "mart")}
    assert by_store["base"] == [17, 250123456]
    assert by_store["mart"] == [-3, -2, -2, -1]
    assert texts(opened) == {17: "17", 250123456: "250123456", -1: "17", -2: "beef", -3: "cafe"}
    assert opened.key_of(Domain.CARD, "17") == 17
    assert opened.keys_of(Domain.CARD, "17") == (17, -1)
    assert opened.key_of(Domain.CARD, "cafe") == -3
    assert opened.key_of(Domain.CARD, "dead") is None


def test_the_same_journey_number_of_two_stores_is_not_one_journey(network, folder, engine, mapped):
    (folder / "a.csv").write_text(lines("12", "12"))
    (folder / "b.csv").write_text(lines("12"))
    tables = {
        "validations": tuple(
            Feed(store=store, source=source, card_form="journey", columns=mapped(COLUMNS)) for store, source in (("one", "a"), ("two", "b"))
        )
    }
    opened = network({"a": Source(path="a.csv"), "b": Source(path="b.csv")}, tables)
    keys = [row["card"] for row in engine.rows(opened.relations["validations"].order_by("store"))]
    assert keys == [-1, -1, -2]
    assert opened.keys_of(Domain.CARD, "12") == (-1, -2)


def test_card_numbers_that_are_text_are_one_and_the_same_across_stores(network, folder, engine, mapped):
    (folder / "a.csv").write_text(lines("AB-1", "AB-2"))
    (folder / "b.csv").write_text(lines("AB-2 ", "ab-2"))
    tables = {"validations": tuple(Feed(store=name, source=name, columns=mapped(COLUMNS)) for name in ("a", "b"))}
    opened = network({"a": Source(path="a.csv"), "b": Source(path="b.csv")}, tables, cards=CardGrammar(form="text"))
    assert [row["card"] for row in engine.rows(opened.relations["validations"].order_by("store", "card"))] == [-2, -1, -3, -2]
    assert opened.key_of(Domain.CARD, "AB-2") == -2


def test_numbers_too_long_for_a_whole_number_stay_exact(taps):
    first, second = "99999999999999999991", "99999999999999999992"
    network, report, rows = taps(lines(first, second, first), COLUMNS, cards=CardGrammar(length=20))
    assert [row["card"] for row in rows] == [-2, -1, -1]
    assert report.unreadable == {}
    assert network.key_of(Domain.CARD, second) == -2


def test_other_identifiers_keep_their_number_or_are_numbered(network, folder, engine, mapped):
    (folder / "clients.csv").write_text("id,nom\n0042,A\nC-7,B\n99999999999999999999,C\n")
    feed = Feed(store="base", source="clients", columns=mapped({"customer": "id", "name": "nom"}))
    opened = network({"clients": Source(path="clients.csv")}, {"customers": (feed,)})
    found = {row["name"]: row["customer"] for row in engine.rows(opened.relations["customers"])}
    assert found == {"A": 42, "B": -2, "C": -1}
    assert opened.key_of(Domain.CUSTOMER, "C-7") == -2
    assert opened.key_of(Domain.CUSTOMER, "42") == 42


def test_an_identifier_that_is_required_and_empty_rejects_its_row(network, folder, mapped):
    (folder / "clients.csv").write_text("id,nom\n,A\n  ,B\n3,C\nx,D\n")
    feed = Feed(store="base", source="clients", columns=mapped({"customer": "id", "name": "nom"}))
    report = network({"clients": Source(path="clients.csv")}, {"customers": (feed,)}).reports[0]
    assert report.rejected == {"customer: empty": 2}
    assert report.rows_kept == 2


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens=st.lists(st.text("abc019", min_size=1, max_size=4), min_size=1, max_size=12))
def test_two_tokens_share_a_key_exactly_when_they_are_the_same_text(taps, tokens):
    network, _, rows = taps(lines(*tokens), COLUMNS, card_form="token")
    assert sorted(texts(network)[row["card"]] for row in rows) == sorted(tokens)
    assert len(texts(network)) == len(set(tokens))
    assert sorted(texts(network), reverse=True) == [-rank for rank in range(1, len(set(tokens)) + 1)]
    assert [network.key_of(Domain.CARD, text) for text in sorted(set(tokens))] == sorted(texts(network), reverse=True)
