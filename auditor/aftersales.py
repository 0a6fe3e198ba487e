"""The last known content of each card, read from the canonical tables: what the after-sales vault seals.

Only what a lost card needs to be rebuilt is read: validations are not among the tables, a sale keeps its day, a block
its day. Titles that ended and sales that belong to none of the running titles stay behind.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args

import ibis

from auditor.engine.base import Engine, Relation, Row
from auditor.vocabulary.aftersales import BlockEntry, BlockReason, CardState, ContractState, CounterState, Medium, SaleProof
from auditor.vocabulary.errors import CouldNotCheck, UsageProblem
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.numbers import luhn_check_digit

_BATCH: Final = 20_000
_OVER: Final = ("ended", "cancelled")
_FIRST_DAY: Final = "1970-01-01"
"""Stands for the start of a block that the back office does not date: earlier than any other."""


def card_states(engine: Engine, relations: Mapping[str, Relation], identifiers: Mapping[str, Relation]) -> Iterator[CardState]:
    """Yield one state per card, in the order of card keys, in bounded memory.

    `cards` is needed; the other tables may be absent. `identifiers` gives the canonical text of keys, by domain. A card
    seen in several stores is taken from the active one. CouldNotCheck, with the count, when a card has no canonical
    number. A medium that is not stated is treated as anonymous: nothing is then linked to a person.
    """
    kept = {
        name: engine.keep(ibis.util.gen_name(f"aftersales_{name}"), relation) for name, relation in _wanted(relations, identifiers).items()
    }
    _check_numbers(engine, kept["cards"])
    keys = engine.arrow(kept["cards"].select("key").order_by("key")).column("key")
    for start in range(0, len(keys), _BATCH):
        low, high = keys[start].as_py(), keys[min(start + _BATCH, len(keys)) - 1].as_py()
        yield from _states({name: _between(engine, relation, low, high) for name, relation in kept.items()})


def left_out(engine: Engine, relations: Mapping[str, Relation]) -> dict[str, int]:
    """Count what `card_states` cannot use, by reason: a clerk must know that a counter or a proof is missing."""
    questions = {}
    if "counters" in relations:
        counters = relations["counters"]
        questions["counters without a value"] = counters.filter(counters.remaining.isnull() | (counters.remaining < 0))
    if "contracts" in relations:
        questions["contracts without a card"] = relations["contracts"].filter(lambda table: table.card.isnull())
    if "sales" in relations:
        sales = relations["sales"]
        questions["sales without a card, a day or an amount"] = sales.filter(
            sales.card.isnull() | sales.sold_at.isnull() | sales.amount.isnull()
        )
    return {reason: engine.rows(lines.aggregate(rows=lines.count()))[0]["rows"] for reason, lines in questions.items()}


def suggest_card_number(grammar: CardGrammar, taken: Callable[[str], bool]) -> str:
    """Return the highest number of the grammar that is not taken; real cards are numbered by the issuing system.

    UsageProblem when the grammar does not say how numbers are made, or when none is left.
    """
    if grammar.form == "digits" and grammar.length is not None:
        luhn = grammar.check_digit == "luhn"
        for prefix in sorted(grammar.prefixes or ("",), reverse=True):
            free = grammar.length - len(prefix) - luhn
            for rank in range(10**free - 1, -1, -1) if free > 0 else ():
                payload = f"{prefix}{rank:0{free}d}"
                number = payload + luhn_check_digit(payload) if luhn else payload
                if not taken(number):
                    return number
    raise UsageProblem(
        "No card number can be suggested.",
        "The new card's number comes from the issuing system; the declared grammar leaves none free, or bounds none.",
        "Give the number of the card that was issued, with --new-card.",
    )


def _wanted(relations: Mapping[str, Relation], identifiers: Mapping[str, Relation]) -> dict[str, Relation]:
    """Build the small relations to keep, each with the card's whole-number `key`."""
    if "cards" not in relations:
        raise CouldNotCheck(
            "The network maps no table of cards.",
            "Without the list of cards nothing says which titles to rebuild.",
            "Map the card table of the back office to `cards` in mapping.yml.",
        )
    wanted = {"cards": _cards(relations, identifiers)}
    running = _running(relations["contracts"]) if "contracts" in relations else None
    if running is not None:
        wanted["contracts"] = _named(running, "contract", identifiers.get("contract")).select(
            "key", "contract", "product", "status", "starts_on", "ends_on", "serial"
        )
    if "counters" in relations:
        wanted["counters"] = _named(_counters(relations["counters"]), "contract", identifiers.get("contract"))
    if "sales" in relations and running is not None:
        wanted["sales"] = _named(_sales(relations["sales"], running), "sale", identifiers.get("other"))
    if "block_list" in relations:
        wanted["block_list"] = _blocks(relations["block_list"])
    return wanted


def _cards(relations: Mapping[str, Relation], identifiers: Mapping[str, Relation]) -> Relation:
    cards = relations["cards"].filter(lambda table: table.card.notnull())
    latest = _first(
        cards, ["card"], [_active_first(cards), cards.issued_on.desc(nulls_first=False), cards.expires_on.desc(nulls_first=False)]
    )
    stated = latest.mutate(medium=ibis.ifelse(latest.medium.isin(get_args(Medium)), latest.medium, "anonymous"))
    linked = stated.mutate(customer=ibis.ifelse(stated.medium == "nominative", stated.customer, ibis.null("int64")))
    dated = _with_end_of_relation(linked, relations.get("customers"))
    held = dated.select(
        "printed_number", "medium", "customer", "expires_on", "relation_ended_on", key="card", number="card", replaced_by="replaced_by"
    )
    for column, domain in (("number", "card"), ("replaced_by", "card"), ("customer", "customer"), ("printed_number", "other")):
        held = _named(held, column, identifiers.get(domain), canonical=column == "number")
    return held


def _with_end_of_relation(cards: Relation, customers: Relation | None) -> Relation:
    if customers is None:
        return cards.mutate(relation_ended_on=ibis.null("date"))
    ended = customers.group_by("customer").aggregate(last_day=customers.closed_on.max(), running=customers.closed_on.isnull().sum())
    ended = ended.select(ended_customer="customer", relation_ended_on=ibis.ifelse(ended.running > 0, ibis.null("date"), ended.last_day))
    return cards.left_join(ended, cards.customer == ended.ended_customer).drop("ended_customer")


def _running(contracts: Relation) -> Relation:
    loaded = contracts.filter(contracts.card.notnull(), ~contracts.status.fill_null("").isin(_OVER))
    return _first(loaded, ["contract"], [_active_first(loaded), loaded.starts_on.desc(nulls_first=False), loaded.card]).rename(key="card")


def _counters(counters: Relation) -> Relation:
    usable = counters.filter(counters.remaining.notnull(), counters.remaining >= 0)
    last = _first(usable, ["card", "contract"], [usable.counted_on.desc(nulls_first=False), _active_first(usable), usable.remaining])
    return last.select("contract", "remaining", "counted_on", key="card")


def _sales(sales: Relation, running: Relation) -> Relation:
    """Keep the proofs of running titles: by contract where the sale names one, by card and product where it does not."""
    proven = sales.filter(sales.card.notnull(), sales.sold_at.notnull(), sales.amount.notnull())
    titles = running.select(title="contract", holder_key="key", title_product="product").distinct()
    named = proven.semi_join(titles, proven.contract == titles.title)
    unnamed = proven.filter(proven.contract.isnull())
    matched = unnamed.semi_join(titles, [unnamed.card == titles.holder_key, unnamed["product"] == titles.title_product])
    columns = ("card", "sale", "product", "sold_at", "amount", "pay_method", "store_role")
    united = named.select(*columns).union(matched.select(*columns))
    once = _first(united, ["card", "sale", "product", "sold_at"], [_active_first(united), united.amount])
    return once.select("sale", "product", "amount", "pay_method", key="card", sold_on=once.sold_at.date())


def _blocks(block_list: Relation) -> Relation:
    """Keep one entry per card: the one still standing, or else the latest."""
    order = [block_list.ends_at.isnull().desc(), block_list.starts_at.desc(nulls_first=False), _active_first(block_list), block_list.reason]
    chosen = _first(block_list, ["card"], order)
    return chosen.select(
        key="card",
        reason=ibis.ifelse(chosen.reason.isin(get_args(BlockReason)), chosen.reason, "unstated"),
        starts_on=chosen.starts_at.date().fill_null(ibis.date(_FIRST_DAY)),
        ends_on=chosen.ends_at.date(),
        author=chosen.author.fill_null("unknown"),
        notified_on=chosen.notified_at.date(),
    )


def _first(relation: Relation, per: list[str], order: list[Any]) -> Relation:
    ranked = relation.mutate(rank_here=ibis.row_number().over(group_by=per, order_by=order))
    return ranked.filter(ranked.rank_here == 0).drop("rank_here")


def _active_first(relation: Relation) -> Any:
    return ibis.ifelse(relation.store_role == "active", 0, 1)


def _named(relation: Relation, column: str, texts: Relation | None, *, canonical: bool = False) -> Relation:
    """Replace a key by its canonical text; by its own digits when the domain says nothing of it, unless that is asked."""
    plain = ibis.null("string") if canonical else relation[column].cast("string")
    if texts is None:
        return relation.mutate(**{column: plain})
    known = texts.select(known_key="key", known_text="text")
    joined = relation.left_join(known, relation[column] == known.known_key)
    text = joined.known_text if canonical else ibis.coalesce(joined.known_text, joined[column].cast("string"))
    return joined.mutate(**{column: text}).drop("known_key", "known_text")


def _check_numbers(engine: Engine, cards: Relation) -> None:
    unnumbered = engine.rows(cards.aggregate(cards=cards.number.isnull().sum()))[0]["cards"]
    if unnumbered:
        raise CouldNotCheck(
            f"{unnumbered} cards have no canonical number.",
            "A card sealed under another spelling of its number would not be found when it is lost.",
            "Declare the card grammar in poincon.toml so that every number can be read.",
        )


def _between(engine: Engine, relation: Relation, low: int, high: int) -> list[Row]:
    part = relation.filter(relation.key.between(low, high))
    rows: list[Row] = engine.arrow(part.order_by([part[name] for name in part.columns])).to_pylist()
    return rows


def _states(rows: Mapping[str, list[Row]]) -> Iterator[CardState]:
    contracts = _by_card(rows.get("contracts", []), _contract)
    counters = _by_card(rows.get("counters", []), _counter)
    sales = _by_card(rows.get("sales", []), _sale)
    blocked = _by_card(rows.get("block_list", []), lambda row: BlockEntry(**row))
    for row in sorted(rows["cards"], key=lambda row: int(row["key"])):
        key = row["key"]
        yield CardState(
            card=row["number"],
            printed_number=row["printed_number"] or "",
            medium=row["medium"],
            holder=row["customer"] or "",
            expires_on=row["expires_on"],
            contracts=tuple(contracts.get(key, ())),
            counters=tuple(counters.get(key, ())),
            sales=tuple(sales.get(key, ())),
            blocked=next(iter(blocked.get(key, ())), None),
            replaced_by=row["replaced_by"] or "",
            relation_ended_on=row["relation_ended_on"],
        )


def _by_card(rows: list[Row], made: Callable[[Row], Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.pop("key"), []).append(made(row))
    return found


def _contract(row: Row) -> ContractState:
    texts = {name: row[name] or "" for name in ("contract", "product", "status", "serial")}
    return ContractState(**texts, starts_on=row["starts_on"], ends_on=row["ends_on"])


def _counter(row: Row) -> CounterState:
    return CounterState(contract=row["contract"] or "", remaining=int(row["remaining"]), counted_on=row["counted_on"])


def _sale(row: Row) -> SaleProof:
    texts = {name: row[name] or "" for name in ("sale", "product", "pay_method")}
    return SaleProof(**texts, sold_on=row["sold_on"], amount=float(row["amount"]))
