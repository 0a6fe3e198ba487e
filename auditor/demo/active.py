"""The active base and the relay queue: taps with their card, as the network keeps them."""

import csv
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from auditor.demo import clock, numbering
from auditor.demo.lille import Lille
from auditor.demo.recording import OK, RESULTS, Taps
from auditor.demo.routing import LIMIT, NOW, TERM_SECONDS, Routed
from auditor.demo.tally import Tallies

_MICROSECONDS: Final = 1_000_000
_ONE_DAY: Final = 86_400
_LONGEST_QUEUE: Final = 20 * 3600
"""The relay empties itself every day; a forgotten file does not."""
SCHEMA: Final = pa.schema(
    [
        ("horodatage", pa.timestamp("us")),
        ("recu_le", pa.timestamp("us")),
        ("jour_exploitation", pa.date32()),
        ("numero_carte", pa.int64()),
        ("code_arret", pa.string()),
        ("code_ligne", pa.string()),
        ("code_vehicule", pa.string()),
        ("code_valideur", pa.string()),
        ("code_titre", pa.string()),
        ("code_profil", pa.string()),
        ("resultat", pa.string()),
        ("montant", pa.float64()),
    ]
)
RELAY_HEADER: Final = (
    "numero_carte", "horodatage", "recu_le", "code_arret", "code_ligne", "code_valideur", "code_titre", "resultat",
)  # fmt: skip
POSITION: Final = ("latitude", "longitude")
"""The planted columns of the relay queue: the position of the bus, finer than the stop."""
_SOUTH, _WEST, _SPREAD = 50.58, 2.98, 90_000


def instants(seconds: NDArray[np.int64]) -> Any:
    """Return seconds as a UTC timestamp column without an offset."""
    return pa.array(seconds * _MICROSECONDS, type=pa.timestamp("us"))


def codes(index: NDArray[np.int64], words: Any) -> Any:
    """Return coded text as a column; a negative index is a null."""
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32), mask=index < 0), words)


class ParquetFile:
    """One Parquet file, created with its first rows and written slice by slice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def write(self, table: Any) -> None:
        """Add the rows of a slice as one row group."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", store_schema=False, dictionary_pagesize_limit=16 * 2**20
            )
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file, if it was begun."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class ActiveBase:
    """Writes `data/valideurs` and `data/relais`, and counts what is planted in them."""

    def __init__(self, folder: Path, lille: Lille, tallies: Tallies, *, clean: bool) -> None:
        self._clean = clean
        self._folder = folder / "data" / "valideurs"
        self._relay = folder / "data" / "relais" / "file_attente.csv"
        self._folder.mkdir(parents=True)
        self._relay.parent.mkdir(parents=True)
        self._tallies = tallies
        self._lille = lille
        self._words = {name: pa.array(words) for name, words in _words(lille).items()}
        self._product = np.array([one.product for one in lille.usages])
        self._profile = np.array([one.profile for one in lille.usages])
        self._fare = np.array([one.fare for one in lille.usages])
        self._file = ParquetFile(self._folder)
        self._queued: list[tuple[int, list[Any]]] = []

    def begin(self, day: str) -> None:
        """Start the file of a service day."""
        self._file = ParquetFile(self._folder / f"valideurs_{day}.parquet")

    def add(self, taps: Taps, routed: Routed) -> None:
        """Write one slice."""
        kept = taps.take(routed.active)
        hidden, partly = routed.place_removed[routed.active], routed.stop_removed[routed.active]
        if len(kept.usage):
            self._file.write(self._table(kept, hidden, partly))
        self._count(kept, hidden, partly)
        self._queue(taps.take(routed.queue))

    def end(self) -> None:
        """Finish the file of the day."""
        self._file.close()

    def finish(self) -> None:
        """Write the relay queue."""
        rows = [row for _, row in sorted(self._queued, key=lambda pair: (pair[0], pair[1]))]
        with self._relay.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(RELAY_HEADER if self._clean else (*RELAY_HEADER, *POSITION))
            writer.writerows(rows)

    def _table(self, taps: Taps, hidden: NDArray[np.bool_], partly: NDArray[np.bool_]) -> Any:
        words, gone = self._words, hidden | partly
        columns = [
            instants(taps.tapped_at),
            instants(taps.received_at),
            pa.array(clock.service_days(taps.tapped_at), type=pa.int32()).cast(pa.date32()),
            pa.array(numbering.numbers(taps.sequence)),
            codes(np.where(gone, -1, taps.stop), words["stops"]),
            codes(np.where(gone, -1, taps.line), words["lines"]),
            codes(np.where(hidden, -1, taps.vehicle), words["vehicles"]),
            codes(np.where(hidden, -1, taps.validator), words["validators"]),
            codes(self._product[taps.usage], words["products"]),
            codes(self._profile[taps.usage], words["profiles"]),
            codes(taps.result, words["results"]),
            pa.array(np.where(taps.result == OK, self._fare[taps.usage], 0.0)),
        ]
        return pa.Table.from_arrays(columns, names=SCHEMA.names)

    def _count(self, taps: Taps, hidden: NDArray[np.bool_], partly: NDArray[np.bool_]) -> None:
        old = taps.tapped_at < LIMIT
        late = taps.received_at - taps.tapped_at > TERM_SECONDS
        kinds = {
            "all": ~np.zeros_like(old),
            "old": old,
            "late": late,
            "number-kept": old & ~hidden,
            "place-removed": old & hidden,
            "stop-removed": old & partly,
        }
        for name, chosen in kinds.items():
            self._tallies[f"valideurs/{name}"].add(taps.sequence[chosen], taps.tapped_at[chosen])

    def _queue(self, taps: Taps) -> None:
        # A bus unloads at the depot: within the half hour, or on the night before the snapshot when it was out until then.
        old = taps.tapped_at < LIMIT
        unloaded = np.where(old, 0, NOW - _LONGEST_QUEUE + taps.validator % 97 * 60)
        reached = np.minimum(np.maximum(taps.tapped_at + 60 + taps.validator % 29 * 60, unloaded), NOW)
        self._tallies["relais/received"].add(taps.sequence, reached)
        self._tallies["relais/all"].add(taps.sequence, taps.tapped_at)
        self._tallies["relais/old"].add(taps.sequence[old], taps.tapped_at[old])
        waiting = reached < NOW - _ONE_DAY
        self._tallies["relais/waiting"].add(taps.sequence[waiting], reached[waiting])
        words = _words(self._lille)
        local, arrived = clock.iso(clock.local(taps.tapped_at)), clock.iso(clock.local(reached))
        for row, number in enumerate(numbering.numbers(taps.sequence).tolist()):
            stop, product = int(taps.stop[row]), self._product[taps.usage[row]]
            self._queued.append((int(reached[row]), [
                number, local[row], arrived[row], words["stops"][stop] if stop >= 0 else "",
                words["lines"][taps.line[row]], words["validators"][taps.validator[row]], words["products"][product],
                RESULTS[taps.result[row]],
                *(() if self._clean else _position(int(reached[row]), int(taps.validator[row]))),
            ]))  # fmt: skip


def _position(moment: int, validator: int) -> tuple[str, str]:
    """Return where an invented bus was, to a tenth of a metre."""
    north, east = (moment * 7919 + validator * 104_729) % _SPREAD, (moment * 6007 + validator * 15_485_863) % _SPREAD
    return f"{_SOUTH + north / 1e6:.6f}", f"{_WEST + east / 1e6:.6f}"


def _words(lille: Lille) -> dict[str, tuple[str, ...]]:
    return {
        "stops": lille.stops,
        "lines": lille.lines,
        "vehicles": lille.vehicles(),
        "validators": lille.validators(),
        "products": lille.products,
        "profiles": lille.profiles,
        "results": RESULTS,
    }
