from datetime import date, datetime

import ibis
import pyarrow as pa
import pytest

from auditor.aftersales import card_states, left_out, suggest_card_number
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.aftersales import BlockEntry, CardState, ContractState, CounterState, SaleProof
from auditor.vocabulary.errors import CouldNotCheck, UsageProblem
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.numbers import luhn_valid
from auditor.vocabulary.schema import TABLES, Kind

# Ibis 12 asks DuckDB 2 for schemas through a call DuckDB has since renamed.
pytestmark = pytest.mark.filterwarnings(r"ignore:fetch_arrow_table\(\) is deprecated:DeprecationWarning")

TYPES = {
    Kind.KEY: pa.int64(),
    Kind.TEXT: pa.string(),
    Kind.CODE: pa.string(),
    Kind.INSTANT: pa.timestamp("us"),
    Kind.DATE: pa.date32(),
    Kind.NUMBER: pa.float64(),
    Kind.WHOLE: pa.int64(),
    Kind.FLAG: pa.bool_(),
}
ACTIVE = {"store": "gestion", "store_role": "active"}


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(threads=1, memory_limit="500MB") as running:
        yield running


def table(name, *rows):
    types = {column: TYPES[declared.kind] for column, declared in TABLES[name].columns.items()}
    types |= dict.fromkeys(("store", "store_role", "physical"), pa.string())
    filled = [dict.fromkeys(types) | ACTIVE | row for row in rows]
    return ibis.memtable(pa.Table.from_pylist(filled, pa.schema(list(types.items()))))


def texts(pairs):
    schema = pa.schema([("key", pa.int64()), ("text", pa.string())])
    return ibis.memtable(pa.table([list(pairs), list(pairs.values())], schema=schema))


def states(engine, cards, identifiers=None, **tables):
    numbers = {row["card"]: f"{row['card']:010d}" for row in cards}
    numbers |= {row["replaced_by"]: f"{row['replaced_by']:010d}" for row in cards if row.get("replaced_by")}
    relations = {"cards": table("cards", *cards)} | {name: table(name, *rows) for name, rows in tables.items()}
    return list(card_states(engine, relations, {"card": texts(numbers)} | (identifiers or {})))


def test_a_whole_card_is_read(engine):
    (state,) = states(
        engine,
        [{"card": 42, "printed_number": -3, "medium": "nominative", "customer": 7, "expires_on": date(2030, 1, 1), "replaced_by": 43}],
        {"contract": texts({1: "K-1"}), "other": texts({-3: "P 42", 9: "V-9"})},
        customers=[{"customer": 7, "closed_on": date(2026, 1, 2)}],
        contracts=[{"contract": 1, "card": 42, "product": "ABO", "status": "active", "starts_on": date(2025, 1, 1), "serial": "S1"}],
        counters=[{"card": 42, "contract": 1, "remaining": 4, "counted_on": date(2026, 2, 3)}],
        sales=[{"sale": 9, "card": 42, "contract": 1, "product": "ABO", "sold_at": datetime(2025, 1, 1, 8, 32), "amount": 12.5}],
        block_list=[{"card": 42, "reason": "loss", "starts_at": datetime(2026, 3, 4, 9, 15), "author": "agent"}],
    )
    assert state == CardState(
        card="0000000042",
        printed_number="P 42",
        medium="nominative",
        holder="7",
        expires_on=date(2030, 1, 1),
        contracts=(ContractState(contract="K-1", product="ABO", status="active", starts_on=date(2025, 1, 1), serial="S1"),),
        counters=(CounterState(contract="K-1", remaining=4, counted_on=date(2026, 2, 3)),),
        sales=(SaleProof(sale="V-9", product="ABO", sold_on=date(2025, 1, 1), amount=12.5),),
        blocked=BlockEntry(reason="loss", starts_on=date(2026, 3, 4), author="agent"),
        replaced_by="0000000043",
        relation_ended_on=date(2026, 1, 2),
    )
    assert type(state.sales[0].sold_on) is date
    assert type(state.blocked.starts_on) is date


def test_the_cards_alone_are_enough(engine):
    assert [state.card for state in states(engine, [{"card": 2}, {"card": 1}])] == ["0000000001", "0000000002"]


@pytest.mark.parametrize("medium", ["anonymous", "declarative", None, "autre"])
def test_only_a_nominative_card_has_a_holder(engine, medium):
    (state,) = states(engine, [{"card": 1, "medium": medium, "customer": 7}], customers=[{"customer": 7, "closed_on": date(2026, 1, 1)}])
    assert state.holder == ""
    assert state.relation_ended_on is None
    assert state.medium == (medium if medium == "declarative" else "anonymous")


def test_a_relation_still_open_in_one_store_has_not_ended(engine):
    cards = [{"card": 1, "medium": "nominative", "customer": 7}]
    (state,) = states(engine, cards, customers=[{"customer": 7, "closed_on": date(2026, 1, 1)}, {"customer": 7}])
    assert state.relation_ended_on is None


def test_a_card_in_two_stores_is_one_card_as_the_active_one_says(engine):
    copies = [
        {"card": 1, "medium": "anonymous", "store_role": "archive", "issued_on": date(2026, 1, 1)},
        {"card": 1, "medium": "declarative"},
    ]
    (state,) = states(engine, copies)
    assert state.medium == "declarative"


def test_ended_titles_and_the_sales_of_none_stay_behind(engine):
    contract = {"card": 1, "product": "ABO", "status": "active"}
    sale = {"card": 1, "sold_at": datetime(2026, 1, 1), "amount": 1.0}
    (state,) = states(
        engine,
        [{"card": 1}],
        contracts=[
            contract | {"contract": 1},
            contract | {"contract": 2, "status": "ended"},
            contract | {"contract": 3, "status": "cancelled"},
        ],
        sales=[
            sale | {"sale": 1, "contract": 1, "product": "ABO"},
            sale | {"sale": 2, "contract": 2, "product": "ABO"},
            sale | {"sale": 3, "product": "ABO"},
            sale | {"sale": 4, "product": "TICKET"},
        ],
    )
    assert [contract.contract for contract in state.contracts] == ["1"]
    assert [sale.sale for sale in state.sales] == ["1", "3"]


def test_the_last_counter_is_kept(engine):
    counter = {"card": 1, "contract": 1}
    (state,) = states(
        engine,
        [{"card": 1}],
        counters=[
            counter | {"remaining": 9, "counted_on": date(2026, 1, 1)},
            counter | {"remaining": 4, "counted_on": date(2026, 1, 2)},
            counter | {"remaining": None, "counted_on": date(2026, 1, 3)},
            counter | {"remaining": 10},
        ],
    )
    assert [counter.remaining for counter in state.counters] == [4]


def test_the_standing_block_is_kept_before_a_later_one_that_ended(engine):
    entry = {"card": 1, "author": "agent"}
    (state,) = states(
        engine,
        [{"card": 1}],
        block_list=[
            entry | {"reason": "unpaid", "starts_at": datetime(2026, 1, 1)},
            entry | {"reason": "loss", "starts_at": datetime(2026, 2, 1), "ends_at": datetime(2026, 2, 2)},
        ],
    )
    assert (state.blocked.reason, state.blocked.ends_on) == ("unpaid", None)


def test_a_block_without_reason_date_or_author_is_still_a_block(engine):
    (state,) = states(engine, [{"card": 1}], block_list=[{"card": 1}])
    assert state.blocked == BlockEntry(reason="unstated", starts_on=date(1970, 1, 1), author="unknown")


def test_a_card_without_a_canonical_number_stops_everything_with_the_count(engine):
    relations = {"cards": table("cards", {"card": 1}, {"card": 2}, {"card": 3})}
    with pytest.raises(CouldNotCheck, match="2 cards have no canonical number"):
        list(card_states(engine, relations, {"card": texts({1: "0000000001"})}))


def test_without_cards_nothing_can_be_sealed(engine):
    with pytest.raises(CouldNotCheck, match="no table of cards"):
        list(card_states(engine, {}, {}))


def test_an_empty_table_of_cards_gives_no_state(engine):
    assert states(engine, []) == []


def test_batches_change_nothing(engine, monkeypatch):
    cards = [{"card": key, "medium": "declarative"} for key in range(1, 26)]
    contracts = [{"contract": key, "card": key, "product": "ABO", "status": "active"} for key in range(1, 26)]
    whole = states(engine, cards, contracts=contracts)
    monkeypatch.setattr("auditor.aftersales._BATCH", 4)
    assert states(engine, cards, contracts=contracts) == whole
    assert len(whole) == 25
    assert all(len(state.contracts) == 1 for state in whole)


def test_what_cannot_be_used_is_counted(engine):
    relations = {
        "counters": table("counters", {"card": 1}, {"card": 1, "remaining": -1}, {"card": 1, "remaining": 0}),
        "contracts": table("contracts", {"contract": 1}, {"contract": 2, "card": 1}),
        "sales": table("sales", {"card": 1, "amount": 1.0}, {"card": 1, "amount": 1.0, "sold_at": datetime(2026, 1, 1)}),
    }
    assert left_out(engine, relations) == {
        "counters without a value": 2,
        "contracts without a card": 1,
        "sales without a card, a day or an amount": 1,
    }
    assert left_out(engine, {}) == {}


class TestSuggestion:
    GRAMMAR = CardGrammar(length=4, prefixes=("25",), check_digit="luhn")

    def test_is_the_highest_number_not_taken(self):
        first = suggest_card_number(self.GRAMMAR, lambda _: False)
        second = suggest_card_number(self.GRAMMAR, {first}.__contains__)
        assert first > second
        assert all(luhn_valid(number) and number.startswith("25") and len(number) == 4 for number in (first, second))

    def test_without_a_check_digit_uses_every_digit(self):
        assert suggest_card_number(CardGrammar(length=3), lambda number: number == "999") == "998"

    @pytest.mark.parametrize("grammar", [CardGrammar(), CardGrammar(form="text", length=4), CardGrammar(length=2, prefixes=("25",))])
    def test_is_refused_when_the_grammar_does_not_say(self, grammar):
        with pytest.raises(UsageProblem, match="No card number"):
            suggest_card_number(grammar, lambda _: False)

    def test_is_refused_when_every_number_is_taken(self):
        with pytest.raises(UsageProblem, match="No card number"):
            suggest_card_number(self.GRAMMAR, lambda _: True)
