"""Post-payment billing (Formule Liberté): one row per billed tap, in monthly files, local time, decimal comma."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, TextIO

from auditor.demo import clock, numbering
from auditor.demo.lille import Lille
from auditor.demo.options import AS_OF
from auditor.demo.population import in_groups
from auditor.demo.recording import OK, STUCK_AT, Taps
from auditor.demo.routing import NOW
from auditor.demo.tally import Tallies
from auditor.vocabulary.durations import Duration

HEADER: Final = ("Numéro de carte", "Date et heure", "Code titre", "Tranche tarifaire", "Montant")
PLACE_COLUMN: Final = "Code valideur"
"""The planted column: a validator tells the place."""
BILLED_FROM: Final = date(2026, 7, 1)
"""First day of the bills that may still be kept."""
FORGOTTEN_MONTH: Final = tuple(date(2026, 5, 1) + timedelta(days=day) for day in range(31))
"""The planted file: a month past its four months."""
LIMIT: Final = clock.of_datetime(Duration.parse("P4M").before(AS_OF))
"""A billed tap stamped before this instant is past its term."""
_BANDS: Final = (("T1", "1,60"), ("T2", "1,40"), ("T3", "1,10"))


class Billing:
    """Writes `data/postpaiement`, and counts what is past its term."""

    def __init__(self, folder: Path, lille: Lille, tallies: Tallies, *, clean: bool) -> None:
        self._folder = folder / "data" / "postpaiement"
        self._folder.mkdir(parents=True)
        self._lille = lille
        self._validators = lille.validators()
        self._clean = clean
        self._tallies = tallies
        self._files: dict[str, TextIO] = {}
        self._postpaid = [place for place, one in enumerate(lille.usages) if one.group == "liberte"]

    def add(self, taps: Taps) -> None:
        """Bill the accepted taps of a slice."""
        billed = taps.take(
            in_groups(self._lille, taps.usage, "liberte") & (taps.result == OK) & (taps.tapped_at != STUCK_AT) & (taps.received_at <= NOW)
        )
        wall = clock.local(billed.tapped_at)
        minute = billed.tapped_at // 60 * 60
        self._tallies["postpaiement/all"].add(billed.sequence, minute)
        old = minute < LIMIT
        self._tallies["postpaiement/old"].add(billed.sequence[old], minute[old])
        dates = clock.french_minutes(wall)
        rows = self._rows(billed, dates)
        for when, row in zip(dates, rows, strict=True):
            self._writer(f"{when[6:10]}-{when[3:5]}").writerow(row)

    def close(self) -> None:
        """Close the monthly files."""
        for file in self._files.values():
            file.close()
        self._files = {}

    def _rows(self, taps: Taps, dates: list[str]) -> list[list[Any]]:
        product = self._lille.products[self._lille.usages[self._postpaid[0]].product]
        bands = (taps.happened_at // 3600 % len(_BANDS)).tolist()
        numbers = numbering.numbers(taps.sequence).tolist()
        rows = [[number, when, product, *_BANDS[band]] for number, when, band in zip(numbers, dates, bands, strict=True)]
        if not self._clean:
            for row, validator in zip(rows, taps.validator.tolist(), strict=True):
                row.append(self._validators[validator])
        return rows

    def _writer(self, month: str) -> Any:
        file = self._files.get(month)
        if file is None:
            path = self._folder / f"facturation_{month}.csv"
            file = self._files[month] = path.open("w", encoding="cp1252", newline="")
            csv.writer(file, delimiter=";", lineterminator="\r\n").writerow(HEADER if self._clean else (*HEADER, PLACE_COLUMN))
        return csv.writer(file, delimiter=";", lineterminator="\r\n")
