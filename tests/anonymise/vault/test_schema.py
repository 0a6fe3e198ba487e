"""No stop, no line, no vehicle and no tap time anywhere in the vault: in its values, its files, or by the back door."""

import json
import sqlite3
from dataclasses import dataclass, fields, make_dataclass, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymise.vault import schema
from anonymise.vault.schema import SCHEMA, decoded, encoded
from auditor.vocabulary import aftersales
from auditor.vocabulary.aftersales import BlockEntry, CardState, ContractState, CounterState, SaleProof
from auditor.vocabulary.errors import SecretMisuse
from auditor.vocabulary.schema import TABLES

ADMITTED = {
    "CardState": "card printed_number medium holder expires_on contracts counters sales blocked replaced_by relation_ended_on",
    "ContractState": "contract product status starts_on ends_on serial",
    "CounterState": "contract remaining counted_on",
    "SaleProof": "sale product sold_on amount pay_method",
    "BlockEntry": "reason starts_on author ends_on notified_on",
}
FORBIDDEN = {name for name, column in TABLES["validations"].columns.items() if column.place} | {
    "tapped_at", "received_at", "service_day", "route", "location", "device", "latitude", "longitude", "station", "zone", "hour", "time",
}  # fmt: skip
AMOUNT = st.floats(-1000, 1000, allow_nan=False)
DAY = st.dates(date(2000, 1, 1), date(2100, 1, 1))
MAYBE_DAY = st.none() | DAY
CODE = st.text("ABCdefé0189 -_/", max_size=20)
STATES = st.builds(
    CardState,
    card=st.text("0123456789", min_size=1, max_size=18),
    medium=st.sampled_from(["anonymous", "declarative"]),
    expires_on=MAYBE_DAY,
    contracts=st.lists(
        st.builds(ContractState, contract=CODE, product=CODE, status=CODE, starts_on=MAYBE_DAY, ends_on=MAYBE_DAY), max_size=3
    ).map(tuple),
    counters=st.lists(st.builds(CounterState, contract=CODE, remaining=st.integers(0, 99), counted_on=MAYBE_DAY), max_size=3).map(tuple),
    sales=st.lists(st.builds(SaleProof, sale=CODE, product=CODE, sold_on=DAY, amount=AMOUNT), max_size=3).map(tuple),
    blocked=st.none() | st.builds(BlockEntry, reason=st.sampled_from(["loss", "unpaid"]), starts_on=DAY, author=st.just("agent")),
)


def test_the_fields_are_the_admitted_ones_and_no_other():
    declared = {kind.__name__: [field.name for field in fields(kind)] for kind in SCHEMA}
    assert declared == {kind: names.split() for kind, names in ADMITTED.items()}
    assert {kind.__name__: list(checks) for kind, checks in SCHEMA.items()} == declared


def test_no_field_is_a_place_or_an_instant():
    for kind in SCHEMA:
        for name, hint in get_type_hints(kind).items():
            assert name not in FORBIDDEN
            assert not any(word in FORBIDDEN for word in name.split("_"))
            assert "datetime.datetime" not in str(hint)


def test_no_table_of_the_file_has_a_place_or_an_instant(vault, folder):
    with sqlite3.connect(folder / "vault.sqlite") as connection:
        found = {
            table: [column[1] for column in connection.execute(f"pragma table_info({table})")]
            for (table,) in connection.execute("select name from sqlite_master where type = 'table' order by name")
        }
    connection.close()
    assert vault.status().records == 0
    assert found == {
        "about": ["name", "value"],
        "journal": ["sequence", "content", "previous", "digest", "signature"],
        "record": ["id", "sealed", "origin"],
    }


def test_the_clerk_receives_no_field_outside_the_schema_but_the_case_and_the_answer_itself():
    received = {field.name for field in fields(aftersales.Reconstruction)}
    assert received - {name for checks in SCHEMA.values() for name in checks} == {"case", "new_card", "journal_entry", "made_at"}


@settings(deadline=None)
@given(STATES)
def test_what_is_sealed_comes_back_the_same(state):
    content = encoded(state)
    assert decoded(content) == state
    assert len(content) % 512 == 0


SOLD = datetime(2026, 10, 30, 8, 32, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class CardStateWithStop(CardState):
    stop: str = "République"


class Journey(str):
    __slots__ = ("stop",)


class Trip(tuple):
    stop = "République"
    __slots__ = ()


SMUGGLED = {
    "an instant as the day of a sale": {"sales": (SaleProof(sale="1", product="T", sold_on=SOLD, amount=1.0),)},
    "an instant as the day of a counter": {"counters": (CounterState(contract="1", remaining=1, counted_on=SOLD),)},
    "an instant as the day of a title": {"contracts": (ContractState(contract="1", product="T", status="active", ends_on=SOLD),)},
    "an instant as an expiry": {"expires_on": SOLD},
    "an instant as the end of the relation": {"relation_ended_on": SOLD},
    "an instant as the day of a block": {"blocked": BlockEntry(reason="loss", starts_on=SOLD, author="agent")},
    "an hour in a status": {"contracts": (ContractState(contract="1", product="T", status="08:32 République"),)},
    "a Unix time as a counter": {"counters": (CounterState(contract="1", remaining=1_793_349_120),)},
    "a Unix time as an amount": {"sales": (SaleProof(sale="1", product="T", sold_on=date(2026, 1, 1), amount=1_793_349_120.0),)},
    "a truth value as a counter": {"counters": (CounterState(contract="1", remaining=True),)},
    "an amount that is not a number": {"sales": (SaleProof(sale="1", product="T", sold_on=date(2026, 1, 1), amount=float("nan")),)},
    "a record of another kind": {"contracts": ({"contract": "1", "stop": "République"},)},
    "a list that can still grow": {"contracts": []},
    "a tuple with a field of its own": {"contracts": Trip()},
    "a text with a field of its own": {"holder": Journey("C1")},
    "a line break": {"printed_number": "P1\nRépublique"},
    "a long text": {"printed_number": "P" * 65},
    "an unknown medium": {"medium": "tap"},
    "an unknown reason": {"blocked": BlockEntry(reason="tap", starts_on=date(2026, 1, 1), author="agent")},
    "a block without an author": {"blocked": BlockEntry(reason="loss", starts_on=date(2026, 1, 1), author=" ")},
    "an empty card number": {"card": ""},
    "a nominative link on a declarative card": {"medium": "declarative", "holder": "C1"},
    "a nominative link on an anonymous card": {"medium": "anonymous", "holder": "C1"},
}


@pytest.mark.parametrize("change", SMUGGLED.values(), ids=SMUGGLED)
def test_smuggling_fails_and_the_value_is_not_repeated(vault, kit, change):
    with pytest.raises(SecretMisuse, match="does not take this in") as refused:
        vault.seal([kit.witness("2500000042"), kit.witness(**change)], kit.NOW)
    assert not any(word in str(refused.value) for word in ("République", "08:32", "1793349120", "C1", "PPP"))
    assert vault.status().records == 0


def test_a_subclass_with_a_stop_fails(vault, kit):
    known = {field.name: getattr(kit.witness(), field.name) for field in fields(CardState)}
    with pytest.raises(SecretMisuse, match="another kind"):
        vault.seal([CardStateWithStop(**known)], kit.NOW)


@pytest.mark.parametrize("state", [{"card": "1", "stop": "République"}, SimpleNamespace(card="1"), None])
def test_what_is_not_a_card_state_fails(vault, kit, state):
    with pytest.raises(SecretMisuse, match="another kind"):
        vault.seal([state], kit.NOW)


def test_no_attribute_can_be_hung_on_a_state(kit):
    state = kit.witness()
    with pytest.raises((AttributeError, TypeError)):
        object.__setattr__(state, "stop", "République")


def test_a_class_that_grows_a_field_is_not_sealed_before_it_is_admitted(monkeypatch):
    grown = make_dataclass("CounterState", [("contract", str), ("stop", str)], frozen=True)
    monkeypatch.setitem(SCHEMA, grown, {"contract": SCHEMA[CounterState]["contract"]})
    monkeypatch.setitem(schema._NAMES, grown, ("contract", "stop"))
    with pytest.raises(SecretMisuse, match="stop: a field that the vault does not admit"):
        schema._checked(grown("1", "République"), grown)


def test_a_record_of_another_format_is_refused(kit):
    _, content = json.loads(encoded(kit.witness()))
    with pytest.raises(SecretMisuse, match="another format"):
        decoded(json.dumps([2, content]).encode())


def test_the_boundaries_of_what_fits(kit):
    fits = replace(
        kit.witness(),
        printed_number="P" * 64,
        counters=(CounterState(contract="1", remaining=0), CounterState(contract="1", remaining=100_000)),
    )
    assert decoded(encoded(fits)) == fits
    with pytest.raises(SecretMisuse):
        encoded(replace(fits, counters=(CounterState(contract="1", remaining=100_001),)))
    with pytest.raises(SecretMisuse):
        encoded(replace(fits, counters=(CounterState(contract="1", remaining=-1),)))
