"""Recognise what the columns of a network's sources hold: counts and chances come out, never a value."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from auditor.engine.base import Engine, Relation
from auditor.scan.chance import accident
from auditor.scan.columns import Looked, candidates, kind_of, look, survey, words_of_name
from auditor.scan.context import Seen, settled
from auditor.scan.detectors import CONTRARY, HINTED, Detector, Sign, Tally, detectors
from auditor.scan.known import KnownNumbers
from auditor.scan.measures import Gathered, Measure, measured
from auditor.scan.reversal import LENGTHS, Reversals
from auditor.sources import OpenNetwork
from auditor.vocabulary.errors import PoinconError
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.scanned import SURE, Detection, NotLooked
from auditor.vocabulary.schema import Kind
from auditor.vocabulary.text import Text, said

SAMPLE: Final = 20_000
"""Distinct values of a column that a scan reads when it is not asked for all."""
_CONTRARY_NAMES: Final = frozenset(
    {
        "horodatage",
        "timestamp",
        "date",
        "heure",
        "montant",
        "amount",
        "prix",
        "price",
        "total",
        "count",
        "nb",
        "nombre",
        "quantite",
        "version",
        "latitude",
        "longitude",
    }
)
"""Words of a name that say a number counts, dates or prices something: more evidence is then asked for."""
_OWN_KEYS: Final = frozenset({"siren", "siret", "licence", "plate"})
"""Not looked for in a column that the mapping says holds the network's own identifiers."""


_SIREN: Final = 9
_WITHOUT_KEY: Final = frozenset({"phone", "licence"})
"""Numbers without a check digit: a counter that runs through their range would pass for them."""
_CONSECUTIVE: Final = said(
    " ; mais ces nombres se suivent, comme le fait un compteur",
    "; but these numbers follow one another, as a counter does",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a column is, and what the mapping says of it."""

    table: str
    store: str
    store_role: str
    keys: frozenset[str] = field(default_factory=frozenset)
    """Raw columns mapped to an identifier."""
    tokens: frozenset[str] = field(default_factory=frozenset)
    """Raw columns mapped to the card in a store of tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What every table is looked at with."""

    engine: Engine
    grammar: CardGrammar
    asked: tuple[Detector, ...]
    shortest: int
    """Digits below which no whole number is looked for; zero when the network's own numbers may have any length."""
    reversals: Reversals
    known: KnownNumbers


def detect(
    engine: Engine,
    network: OpenNetwork,
    grammar: CardGrammar,
    *,
    sample: int | None,
    progress: Callable[[str], None] = lambda _: None,
    missed: list[NotLooked] | None = None,
) -> tuple[Detection, ...]:
    """Look at every raw column of every table that is mapped.

    Args:
        engine: Where the sources were opened; values are grouped and filtered there.
        network: The opened sources.
        grammar: How the network's card numbers are written.
        sample: About how many distinct values of a column to read; None reads them all. The choice is stable: the same
            data gives the same sample, and every detection of a sampled column says so.
        progress: Told the name of each table.
        missed: Where to note a table that could not be looked at, the rest going on; without it the problem is raised.

    Returns:
        Detections ordered by table, column and detector. Only what accidents would not explain is told.
    """
    run = _Run(
        engine=engine,
        grammar=grammar,
        asked=detectors(grammar),
        shortest=_shortest(grammar),
        reversals=Reversals(engine, grammar),
        known=KnownNumbers(engine, network if grammar.check_digit == "none" else None),
    )
    found: list[Detection] = []
    for place in _places(network):
        progress(place.table)
        try:
            found += _of_table(run, network.raw[place.table], place, sample)
        except PoinconError as problem:
            if missed is None:
                raise
            missed.append(NotLooked(what=place.table, reason=problem.what))
    return tuple(sorted(found, key=lambda one: (one.table, one.column, one.detector)))


def _shortest(grammar: CardGrammar) -> int:
    if grammar.check_digit == "none":
        return 0
    # A serial read backwards may have lost three leading zeros; the shortest of the others is a SIREN.
    return max(0, min(_SIREN, (grammar.length or _SIREN) - 3))


def unlooked(network: OpenNetwork) -> tuple[NotLooked, ...]:
    """List the columns whose type nothing here can read."""
    return tuple(
        NotLooked(what=f"{table}.{column}", reason=f"a column of {type_} is not read")
        for table, relation in sorted(network.raw.items())
        for column, type_ in relation.schema().items()
        if kind_of(type_) is None and not type_.is_boolean() and not type_.is_time() and not type_.is_interval()
    )


def _places(network: OpenNetwork) -> Iterator[_Place]:
    for physical in sorted(network.raw):
        sharing = [feed for feed in network.feeds if feed.raw.physical == physical]
        keys = {column for feed in sharing for read in feed.reads.values() if read.column.kind is Kind.KEY for column in read.raw}
        tokens = {
            column
            for feed in sharing
            if feed.feed.card_form == "token"
            for name, read in feed.reads.items()
            if name == "card"
            for column in read.raw
        }
        first = sharing[0].feed
        yield _Place(table=physical, store=first.store, store_role=first.role, keys=frozenset(keys), tokens=frozenset(tokens))


def _of_table(run: _Run, table: Relation, place: _Place, sample: int | None) -> list[Detection]:
    seen: list[Seen] = []
    for looked in look(run.engine, table, survey(run.engine, table, sample, run.shortest), run.asked):
        held = [one for one in looked if one.rows]
        shown = Gathered(engine=run.engine, columns=held)
        tallies = _counted(run, held, place)
        known = run.known.met(held)
        for one in held:
            seen += [Seen(told) for told in _by_value(run, one, place, tallies[one.rank], shown)]
            seen += _as_a_whole(one, place, [*measured(shown, one, run.grammar, token=one.name in place.tokens), *known.get(one.rank, ())])
    return settled(seen)


def _by_value(run: _Run, looked: Looked, place: _Place, tallies: Sequence[Tally], shown: Gathered) -> Iterator[Detection]:
    for detector, tally in zip(run.asked, tallies, strict=True):
        told = _told(detector, tally, looked, place) if _is_asked(detector, looked.name, place) else None
        if told is not None and detector.name in LENGTHS:
            recovered, more = run.reversals.of(looked, LENGTHS[detector.name])
            told = replace(told, recovered=recovered, why=Text(told.why.fr + more.fr, told.why.en + more.en))
        if told is not None and detector.name in _WITHOUT_KEY and shown.run(looked) is not None:
            told = replace(told, certain=False, why=Text(told.why.fr + _CONSECUTIVE.fr, told.why.en + _CONSECUTIVE.en))
        if told is not None:
            yield told


def _is_asked(detector: Detector, column: str, place: _Place) -> bool:
    return column not in place.keys or detector.name not in _OWN_KEYS


def _as_a_whole(looked: Looked, place: _Place, measures: Sequence[Measure]) -> Iterator[Seen]:
    for measure in measures:
        detection = Detection(
            table=place.table,
            column=looked.name,
            store=place.store,
            store_role=place.store_role,
            detector=measure.detector,
            values=measure.values,
            candidates=measure.candidates,
            rows=measure.rows,
            share=measure.rows / looked.rows,
            chance=measure.chance,
            accident=measure.accident,
            certain=measure.accident < SURE and measure.sound,
            why=measure.why,
            sampled=looked.sampled,
        )
        yield Seen(detection, measure.axis)


def _counted(run: _Run, columns: Sequence[Looked], place: _Place) -> dict[int, list[Tally]]:
    """Count, by rank of the column, what each detector recognises; a moment is only ever asked for births."""
    read = [one for one in columns if one.kind != "moment"]
    tallies = {one.rank: [Tally() for _ in run.asked] for one in columns}
    for one in read:
        for rank, detector in enumerate(run.asked):
            if detector.test is None:
                held = [counted for mask, counted in one.masks.items() if mask >> rank & 1]
                values, rows = sum(values for values, _ in held), sum(rows for _, rows in held)
                tallies[one.rank][rank] = Tally(values=values, shaped=values, rows=rows)
    tested = [(rank, 1 << rank, detector.test) for rank, detector in enumerate(run.asked) if detector.test is not None]
    own = sum(1 << rank for rank, detector in enumerate(run.asked) if detector.name in _OWN_KEYS)
    without = {one.rank: ~own if one.name in place.keys else -1 for one in read}
    for column, value, rows, mask in candidates(run.engine, read, sum(bit for _, bit, _ in tested)):
        asked = mask & without[column]
        for rank, bit, test in tested:
            if asked & bit:
                tallies[column][rank].add(_tested(test, value), rows)
    return tallies


def _tested(test: Callable[[str], Sign], value: str) -> Sign:
    try:
        return test(value)
    except Exception:  # noqa: BLE001 - a test that trips on a value says nothing of it, and must not quote it either
        return Sign.OTHER


def _told(detector: Detector, tally: Tally, looked: Looked, place: _Place) -> Detection | None:
    if not tally.values:
        return None
    name = words_of_name(looked.name)
    hinted, contrary = bool(name & detector.hints), _is_contrary(detector, name)
    by_accident = accident(tally.values, tally.shaped, detector.chance)
    enough = tally.values >= detector.least and tally.values >= detector.majority * tally.shaped
    certain = enough and by_accident < (CONTRARY if contrary else SURE)
    told = by_accident <= (HINTED if hinted else detector.suspect)
    if not certain and not (told and tally.values >= detector.majority * tally.shaped and not contrary):
        return None
    why = _why(detector, hinted=hinted and not certain, contrary=contrary)
    return Detection(
        table=place.table,
        column=looked.name,
        store=place.store,
        store_role=place.store_role,
        detector=detector.name,
        values=tally.values,
        candidates=tally.shaped,
        rows=tally.rows,
        share=tally.rows / looked.rows,
        chance=detector.chance,
        accident=by_accident,
        certain=certain,
        why=why,
        sampled=looked.sampled,
    )


def _is_contrary(detector: Detector, name: frozenset[str]) -> bool:
    return bool(name & detector.refused_by) or (detector.numbers and bool(name & _CONTRARY_NAMES) and not name & detector.hints)


def _why(detector: Detector, *, hinted: bool, contrary: bool) -> Text:
    name = said("", "")
    if hinted:
        name = said(" ; le nom de la colonne y invite, et ne prouve rien", "; the column’s name suggests it, and proves nothing")
    elif contrary:
        name = said(
            " ; le nom de la colonne dit autre chose, mille fois plus de preuve a été demandé",
            "; the column’s name says otherwise, a thousand times more evidence was asked for",
        )
    return Text(detector.said.fr + name.fr, detector.said.en + name.en)
