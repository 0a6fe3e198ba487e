"""Precise positions: a latitude and a longitude with four decimals at least (about ten metres)."""

import re
from typing import Final

from auditor.scan.detectors.base import FOUND, OTHER, SHAPED, Detector, Sign
from auditor.vocabulary.text import said

FRANCE: Final = ((41.0, 51.2), (-5.2, 9.7))
"""Latitudes and longitudes of metropolitan France."""
WORLD: Final = ((-90.0, 90.0), (-180.0, 180.0))
LATITUDE_CHANCE: Final = 0.06
LONGITUDE_CHANCE: Final = 0.05
"""Part of the latitudes, and of the longitudes, of the globe that are those of France."""
HINTS: Final = frozenset({"lat", "lon", "lng", "latitude", "longitude", "gps", "coord", "coordonnees", "position", "wgs84", "geo"})

_PAIR: Final = re.compile(r"(-?[0-9]{1,2}[.,][0-9]{4,})(?:[;, /]+| )(-?[0-9]{1,3}[.,][0-9]{4,})")


def _pair(value: str) -> Sign:
    found = _PAIR.search(value)
    if not found:
        return OTHER
    one, other = (float(part.replace(",", ".")) for part in found.groups())
    return FOUND if _inside(one, other) or _inside(other, one) else SHAPED


def _inside(latitude: float, longitude: float) -> bool:
    (south, north), (west, east) = FRANCE
    return south <= latitude <= north and west <= longitude <= east


POSITION: Final = Detector(
    name="coordinates",
    coarse=r"[0-9][.,][0-9]{4,}[;, /]+-?[0-9]{1,3}[.,][0-9]{4,}",
    test=_pair,
    chance=2 * LATITUDE_CHANCE * LONGITUDE_CHANCE,
    said=said(
        "couples latitude et longitude à quatre décimales ou plus (une dizaine de mètres), en France : deux nombres au hasard du globe y "
        "tombent moins d’une fois sur cent",
        "pairs of latitude and longitude with four decimals or more (some ten metres), in France: two numbers at random on the globe fall "
        "there less than once in a hundred",
    ),
    hints=HINTS,
    numbers=False,
)
