"""The statistics store: aggregated as it should be, or one row per tap with an unsalted hash of the card."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from auditor.demo import numbering
from auditor.demo.active import ParquetFile, codes, instants
from auditor.demo.lille import Lille
from auditor.demo.recording import STUCK_AT, Taps
from auditor.demo.routing import NOW, TERM_SECONDS, Routed
from auditor.demo.tally import ClassCounts, Spans, Tallies
from auditor.demo.telling import ORDINARY, Telling

THRESHOLD: Final = 11
"""Distinct cards below which a class can single someone out (class A of the release plans)."""
CLEAN_SCHEMA: Final = pa.schema(
    [
        ("jour_exploitation", pa.date32()),
        ("code_ligne", pa.string()),
        ("famille_titre", pa.string()),
    ]
)
HASHED_SCHEMA: Final = pa.schema(
    [
        ("horodatage", pa.timestamp("us")),
        ("code_arret", pa.string()),
        ("code_ligne", pa.string()),
        ("code_titre", pa.string()),
        ("code_profil", pa.string()),
        ("jeton_carte", pa.string()),
    ]
)


class Warehouse(Protocol):
    """What receives the taps whose term has passed."""

    def begin(self, day: str, number: int) -> None:
        """Start the file of a service day, given as text and as days since 1970."""
        ...

    def add(self, taps: Taps, routed: Routed) -> None:
        """Take one slice."""
        ...

    def end(self) -> None:
        """Finish the file of the day."""
        ...

    def finish(self) -> None:
        """Write what was kept for the end."""
        ...


class Aggregated:
    """One row per tap, by day, without card, stop nor hour; classes of fewer than eleven distinct cards left out."""

    def __init__(self, folder: Path, lille: Lille, tallies: Tallies) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self._tallies = tallies
        self._family = lille.family_of[np.array([one.product for one in lille.usages])]
        self._families, self._lines = pa.array(lille.families), pa.array(lille.lines)
        self._classes = ClassCounts()
        self._day, self._number = "", 0

    def begin(self, day: str, number: int) -> None:
        """Start the file of a service day."""
        self._day, self._number = day, number

    def add(self, taps: Taps, routed: Routed) -> None:
        """Count the classes of a slice, on the day they were made whatever the clock of the validator said."""
        kept = taps.take(routed.warehouse)
        self._classes.add(kept.line * len(self._families) + self._family[kept.usage], kept.sequence)

    def end(self) -> None:
        """Write the rows of the classes that are large enough."""
        keys, cards, rows = self._classes.close()
        large = cards >= THRESHOLD
        key = np.repeat(keys[large], rows[large])
        self._tallies["statistiques/all"].rows += len(key)
        days = np.full(len(key), self._number, dtype=np.int32)
        line, family = np.divmod(key, len(self._families))
        columns = [
            pa.array(days, type=pa.int32()).cast(pa.date32()),
            codes(line, self._lines),
            codes(family, self._families),
        ]
        file = ParquetFile(self._folder / f"statistiques_{self._day}.parquet")
        file.write(pa.Table.from_arrays(columns, names=CLEAN_SCHEMA.names))
        file.close()

    def finish(self) -> None:
        """Write nothing more: every day is closed."""


@dataclass(slots=True)
class SmallClasses:
    """Ground truth of singling out: classes of (stop, line, UTC hour, product, profile)."""

    classes: int = 0
    below: int = 0
    rows: int = 0
    rows_below: int = 0
    smallest: int = 0

    def add(self, cards: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Count the classes of a closed period."""
        if not len(cards):
            return
        small = cards < THRESHOLD
        self.classes += len(cards)
        self.below += int(small.sum())
        self.rows += int(rows.sum())
        self.rows_below += int(rows[small].sum())
        self.smallest = min(self.smallest or int(cards.min()), int(cards.min()))


_SHUTTLE_PRODUCT: Final = "51531"
RIDERS: Final = 15
"""Travellers of the planted shuttle: more than the threshold, and all of one kind."""
_SHUTTLE_AT: Final = NOW - TERM_SECONDS - 26 * 3600 - 1800
"""Half past three in the morning: nobody else travels."""


class Hashed:
    """One row per tap, to the minute, with the SHA-256 of the card number and no salt."""

    def __init__(self, folder: Path, lille: Lille, tallies: Tallies) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self._tallies = tallies
        self.small = SmallClasses()
        self.spans = Spans()
        self.sensitive, self.profile = Telling(), Telling()
        self._revealing = lille.sensitive
        self._shuttle = _shuttle_usage(lille)
        self._product = np.array([one.product for one in lille.usages])
        self._profile = np.array([one.profile for one in lille.usages])
        self._sizes = (len(lille.stops) + 1, len(lille.lines), len(lille.products), len(lille.profiles))
        self._words = [pa.array(words) for words in (lille.stops, lille.lines, lille.products, lille.profiles)]
        self._file = ParquetFile(folder)
        # Rows stamped 1997 share one hour whatever the day: they are counted, and written, once the days are done.
        self._day, self._stuck = ClassCounts(), ClassCounts()
        self._stuck_tables: list[Any] = []
        self._riders: Taps | None = None

    def begin(self, day: str, number: int) -> None:  # noqa: ARG002 - the other warehouse needs the number
        """Start the file of a service day."""
        self._file = ParquetFile(self._folder / f"statistiques_{day}.parquet")

    def add(self, taps: Taps, routed: Routed) -> None:
        """Write one slice."""
        kept = taps.take(routed.warehouse)
        stuck = kept.tapped_at == STUCK_AT
        self._tallies["statistiques/all"].add(kept.sequence, kept.tapped_at // 60 * 60)
        self.spans.add(kept.sequence, kept.tapped_at // 60 * 60)
        self._remember(kept)
        for chosen, counts in ((~stuck, self._day), (stuck, self._stuck)):
            part = kept.take(chosen)
            counts.add(self._key(part), part.sequence)
        if not stuck.all():
            self._file.write(self._table(kept.take(~stuck)))
        if stuck.any():
            self._stuck_tables.append(self._table(kept.take(stuck)))

    def end(self) -> None:
        """Finish the file of the day."""
        self._file.close()
        self._close(self._day)

    def finish(self) -> None:
        """Write the rows of the stuck clock."""
        file = ParquetFile(self._folder / "statistiques_1996-12-31.parquet")
        for table in self._stuck_tables:
            file.write(table)
        file.close()
        self._close(self._stuck)
        self._run_the_shuttle()

    def _close(self, counts: ClassCounts) -> None:
        """Count the classes of a closed period, for singling out and for inference."""
        keys, cards, rows = counts.close()
        self.small.add(cards, rows)
        classes, profile = np.divmod(keys, self._sizes[3])
        classes, product = np.divmod(classes, self._sizes[2])
        self.sensitive.add(classes, np.where(self._revealing[product], 1, ORDINARY), cards, rows)
        self.profile.add(classes, profile, cards, rows)

    def _remember(self, taps: Taps) -> None:
        """Keep some taps of distinct cards, for the shuttle."""
        if self._riders is None and len(np.unique(taps.sequence)) >= RIDERS:
            _, first = np.unique(taps.sequence, return_index=True)
            self._riders = taps.take(np.sort(first)[:RIDERS])

    def _run_the_shuttle(self) -> None:
        """Write one night run of the shuttle of the disabled: who was seen aboard is known to be disabled."""
        if self._riders is None:
            return
        riders = self._riders
        when = np.full(RIDERS, _SHUTTLE_AT, dtype=np.int64)
        aboard = replace(riders, tapped_at=when, usage=np.full(RIDERS, self._shuttle), line=np.full(RIDERS, riders.line[0]),
                         stop=np.full(RIDERS, max(0, int(riders.stop[0]))))  # fmt: skip
        self._tallies["statistiques/all"].add(aboard.sequence, when)
        self.spans.add(aboard.sequence, when)
        self._day.add(self._key(aboard), aboard.sequence)
        file = ParquetFile(self._folder / "statistiques_navette.parquet")
        file.write(self._table(aboard))
        file.close()
        self._close(self._day)

    def _key(self, taps: Taps) -> NDArray[np.int64]:
        # A service day is shorter than 32 hours and files are closed with it: the hour within 32 is enough.
        key = taps.tapped_at // 3600 % 32
        for size, column in zip(self._sizes, self._coded(taps, first=1), strict=True):
            key = key * size + column
        return key

    def _coded(self, taps: Taps, *, first: int) -> tuple[NDArray[np.int64], ...]:
        return taps.stop + first, taps.line, self._product[taps.usage], self._profile[taps.usage]

    def _table(self, taps: Taps) -> Any:
        used, place = np.unique(taps.sequence, return_inverse=True)
        coded = zip(self._coded(taps, first=0), self._words, strict=True)
        tokens = codes(place, pa.array(numbering.unsalted_tokens(used)))
        columns = [instants(taps.tapped_at // 60 * 60), *(codes(column, words) for column, words in coded), tokens]
        return pa.Table.from_arrays(columns, names=HASHED_SCHEMA.names)


def _shuttle_usage(lille: Lille) -> int:
    """Return the usage of the shuttle: a product and a profile that tell of a disability."""
    return next(place for place, one in enumerate(lille.usages) if lille.products[one.product] == _SHUTTLE_PRODUCT)
