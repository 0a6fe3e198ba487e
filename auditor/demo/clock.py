"""Service days, UTC and the local clock of the network, on whole arrays of seconds."""

from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]
"""Seconds since 1970, UTC."""

_HOUR: Final = 3600
_DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
_YEARS: Final = range(1996, 2030)
SERVICE_DAY_START: Final = 4 * _HOUR


def _last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def _changes() -> tuple[Seconds, Seconds]:
    instants, offsets = [], []
    for year in _YEARS:
        for month, offset in ((3, 2 * _HOUR), (10, _HOUR)):
            instants.append((_last_sunday(year, month) - _EPOCH).days * _DAY + _HOUR)
            offsets.append(offset)
    return np.array(instants, dtype=np.int64), np.array([_HOUR, *offsets], dtype=np.int64)


# Summer time of the Union since 1996 (directive 2000/84/EC): last Sundays of March and October, 01:00 UTC.
_INSTANTS, _OFFSETS = _changes()


def local(instants: Seconds) -> Seconds:
    """Return the wall clock of Paris, as seconds since 1970 of a clock without an offset."""
    shifted: Seconds = instants + _OFFSETS[np.searchsorted(_INSTANTS, instants, side="right")]
    return shifted


def service_day_zero(day: date) -> int:
    """Return the instant a service day counts its hours from: local noon less twelve hours, as GTFS does.

    On the nights the clock changes this is not local midnight, and 05:00 stays five hours after it.
    """
    noon = (day - _EPOCH).days * _DAY + _DAY // 2
    offset = int(_OFFSETS[np.searchsorted(_INSTANTS, noon - _HOUR, side="right")])
    return noon - offset - _DAY // 2


def service_days(instants: Seconds) -> NDArray[np.int32]:
    """Return the service day of each instant, as days since 1970: the local date four hours earlier."""
    days: NDArray[np.int32] = ((local(instants) - SERVICE_DAY_START) // _DAY).astype(np.int32)
    return days


def of_datetime(moment: datetime) -> int:
    """Return a naive UTC moment as seconds since 1970."""
    return round((moment - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - both are UTC without an offset


def of_date(day: date) -> int:
    """Return the days since 1970 of a date."""
    return (day - _EPOCH).days


def iso(wall: Seconds) -> list[str]:
    """Write wall-clock seconds as `2026-10-30 23:10:00`."""
    return [text.replace("T", " ") for text in np.datetime_as_string(wall.astype("datetime64[s]"), unit="s").tolist()]


def french_minutes(wall: Seconds) -> list[str]:
    """Write wall-clock seconds as `30/10/2026 23:10`."""
    texts = np.datetime_as_string(wall.astype("datetime64[s]"), unit="m").tolist()
    return [f"{text[8:10]}/{text[5:7]}/{text[:4]} {text[11:]}" for text in texts]


def iso_dates(days: NDArray[np.int32] | NDArray[np.int64]) -> list[str]:
    """Write days since 1970 as `2026-10-30`."""
    return [str(text) for text in np.datetime_as_string(days.astype("datetime64[D]"), unit="D").tolist()]


def iso_instant(seconds: int | None) -> str | None:
    """Write one instant as `2026-10-30T23:10:00`, UTC; None stays None."""
    return None if seconds is None else str(np.datetime64(seconds, "s"))
