"""Card numbers of a network whose grammar has no check digit: recognised because the network knows them."""

from collections.abc import Iterator, Sequence
from typing import Final

from auditor.engine.base import Engine, Relation
from auditor.scan.chance import accident
from auditor.scan.columns import Looked
from auditor.scan.measures import Measure
from auditor.sources import OpenNetwork
from auditor.vocabulary.scanned import SUSPECT
from auditor.vocabulary.text import said

_SHORTEST: Final = 5
"""Characters below which a number says too little to be anybody's."""
_KNOWN: Final = "scan_known"
_TEXT_CHANCE: Final = 1e-3
"""By convention, part of the texts of that length that would be one of the known ones by homonymy."""


class KnownNumbers:
    """The card numbers of the network's own tables, tokens and journeys excepted; listed once, when a column is first asked."""

    def __init__(self, engine: Engine, network: OpenNetwork | None) -> None:
        """Without a network, nothing is known."""
        has = network is not None and any(feed.feed.card_form == "number" and "card" in feed.reads for feed in network.feeds)
        self._engine = engine
        self._network = network if has else None
        self._listed: tuple[Relation, float] | None = None

    def met(self, columns: Sequence[Looked]) -> dict[int, list[Measure]]:
        """Return, by rank, the columns of a slice that hold enough of the known numbers for accidents not to explain them."""
        read = {one.rank: one for one in columns if one.kind != "moment"}
        if self._network is None or not read:
            return {}
        known, chance = self._known(self._network)
        values = columns[0].slice_of
        found = self._by_rank(values.semi_join(known, values.value == known.text))
        if not found:
            return {}
        alike = self._by_rank(values.filter(values.value.length() >= _SHORTEST))
        return {rank: [*_measure(*found[rank], alike[rank][0], chance)] for rank in found.keys() & read.keys()}

    def _known(self, network: OpenNetwork) -> tuple[Relation, float]:
        if self._listed is None:
            cards = network.identifiers["card"]
            known = self._engine.keep(_KNOWN, cards.filter(cards.text.length() >= _SHORTEST).select("text").distinct())
            self._listed = known, _density(self._engine, known)
        return self._listed

    def _by_rank(self, values: Relation) -> dict[int, tuple[int, int]]:
        counted = self._engine.rows(values.group_by("rank").agg(values=values.count(), held=values.rows.sum().cast("int64")))
        return {int(row["rank"]): (int(row["values"]), int(row["held"])) for row in counted}


def _measure(values: int, rows: int, shaped: int, chance: float) -> Iterator[Measure]:
    by_accident = accident(values, max(values, shaped), chance)
    if by_accident > SUSPECT:
        return
    yield Measure(
        detector="card-number",
        values=values,
        candidates=shaped,
        rows=rows,
        chance=chance,
        accident=by_accident,
        sound=values >= shaped / 2,
        why=said(
            "numéros de carte connus du réseau ; la grammaire déclarée n’a pas de clé de contrôle, et le "
            "hasard est la densité des numéros connus entre le plus petit et le plus grand",
            "card numbers known to the network; the declared grammar has no check digit, and the chance is the "
            "density of the known numbers between the smallest and the greatest",
        ),
    )


def _density(engine: Engine, known: Relation) -> float:
    number = known.text.try_cast("int64")
    (counted,) = engine.rows(known.aggregate(values=known.count(), numbers=number.count(), low=number.min(), high=number.max()))
    if not counted["numbers"] or counted["numbers"] < counted["values"] / 2:
        return _TEXT_CHANCE
    return min(1.0, int(counted["numbers"]) / (int(counted["high"]) - int(counted["low"]) + 1))
