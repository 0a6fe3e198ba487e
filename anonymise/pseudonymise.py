"""Replace the card by a pseudonym: keyed, for one purpose and one period, and only inside the run's engine.

The mapping from card to pseudonym is a temporary table of the engine, which disappears with the run; it is written
nowhere else.
"""

from typing import TYPE_CHECKING

import ibis

from anonymise.keys import PseudonymKey
from auditor.engine import Engine, Relation
from auditor.vocabulary.errors import CouldNotCheck

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 100_000


def pseudonymise(engine: Engine, rows: Relation, column: str, identifiers: Relation, key: PseudonymKey) -> Relation:
    """Add `pseudonym` (32 hexadecimal digits) and drop the card.

    `column` holds whole-number card keys and `identifiers` (key, text) their canonical numbers. A row without a card
    keeps an empty pseudonym. CouldNotCheck, with the count, when a card has no canonical number: two spellings would
    be two people.
    """
    cards = rows.select(key=rows[column]).filter(lambda table: table.key.notnull()).distinct()
    numbered = engine.arrow(cards.left_join(identifiers.select("key", "text"), "key").select("key", "text").order_by("key"))
    _check(numbered)
    pseudonyms = engine.load(ibis.util.gen_name("pseudonyms"), _pseudonyms(numbered, key))
    joined = rows.left_join(pseudonyms, rows[column] == pseudonyms.pseudonymised)
    return joined.drop(column, "pseudonymised")


def _check(numbered: "pa.Table") -> None:
    unnumbered = numbered.column("text").null_count
    if unnumbered:
        raise CouldNotCheck(
            f"{unnumbered} cards have no canonical number.",
            "A card written in two ways would be counted as two people, and thresholds would lie.",
            "Declare the card grammar in poincon.toml so that every number can be read, or leave those rows out of the plan.",
        )
    if numbered.num_rows != len(numbered.column("key").unique()):
        raise CouldNotCheck(
            "Some cards have more than one canonical number.",
            "One person would receive several pseudonyms.",
            "Check the card grammar in poincon.toml.",
        )


def _pseudonyms(numbered: "pa.Table", key: PseudonymKey) -> "pa.RecordBatchReader":
    import pyarrow as pa

    schema = pa.schema([("pseudonymised", pa.int64()), ("pseudonym", pa.string())])
    batches = (
        pa.record_batch([batch.column("key").cast(pa.int64()), key.pseudonyms(batch.column("text").to_pylist())], schema=schema)
        for batch in numbered.to_batches(max_chunksize=_BATCH)
    )
    return pa.RecordBatchReader.from_batches(schema, batches)
