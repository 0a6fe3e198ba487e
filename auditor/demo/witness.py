"""The invented traveller whose card the demonstration loses, rebuilds, and answers for."""

from collections.abc import Mapping

from auditor.engine.base import Engine, Relation
from auditor.vocabulary.errors import CouldNotCheck


def witness(engine: Engine, relations: Mapping[str, Relation], identifiers: Mapping[str, Relation]) -> str:
    """Return the lowest number of a nominative, active card that has a running contract, taps, and no block."""
    cards, contracts, taps, blocks = (relations[name] for name in ("cards", "contracts", "validations", "block_list"))
    named = cards.filter((cards.medium == "nominative") & (cards.status == "active"))
    titled = named.semi_join(contracts.filter(contracts.status == "active"), "card")
    chosen = titled.anti_join(blocks, "card").semi_join(taps.filter(taps.card_form == "number"), "card").order_by("card").limit(1)
    texts = identifiers["card"]
    found = engine.rows(chosen.join(texts, chosen.card == texts.key).select("text"))
    if not found:
        raise CouldNotCheck(
            "This demonstration has no card to lose.",
            "The after-sales part of the story needs one nominative card with a running title.",
            "Make a larger network: poincon demo --cards 3000.",
        )
    return str(found[0]["text"])
