"""The small Lille as arrays: lines, stops, where they meet, products and how often each is used."""

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

REFERENCE_FILES: Final = ("titres.csv", "arrets.csv", "lignes.csv", "profils.csv")
"""Reference tables copied as they are into the network folder."""
GATES: Final = 6
"""Validators of a metro or tram platform."""
VEHICLES: Final = 14
"""Buses of a line; each carries two validators."""
SUBSCRIBER_GROUPS: Final = (("abonne", 0.625), ("gratuit", 0.195), ("social", 0.166), ("personnel", 0.014))
"""Products of people who travel a lot: 45, 14, 12 and 1 % of taps."""
OTHER_GROUPS: Final = (("carnet", 0.393), ("liberte", 0.071), ("unitaire", 0.429), ("journee", 0.107))
"""Products of the others: 11, 2, 12 and 3 % of taps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One way of travelling: a product with the profile it goes with."""

    group: str
    product: int
    profile: int
    share: float
    fare: float
    """Charged at each accepted tap."""
    price: float
    """Paid for the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lille:
    """Reference data. A point is a place where a line can be boarded: a (line, stop) pair."""

    lines: tuple[str, ...]
    bus_line: NDArray[np.bool_]
    stops: tuple[str, ...]
    station_of: tuple[str, ...]
    """Station of each stop."""
    products: tuple[str, ...]
    families: tuple[str, ...]
    """Distinct families of products."""
    family_of: NDArray[np.int64]
    sensitive: NDArray[np.bool_]
    """Products whose label tells of health, income or employer."""
    profiles: tuple[str, ...]
    usages: tuple[Usage, ...]
    point_line: NDArray[np.int64]
    point_stop: NDArray[np.int64]
    point_weight: NDArray[np.float64]

    @property
    def bus_point(self) -> NDArray[np.bool_]:
        """Tell which points are bus stops."""
        return self.bus_line[self.point_line]

    def point(self, line: str, station: str) -> int:
        """Return the boarding point of a line at a station."""
        at_station = np.array([self.station_of[stop] == station for stop in self.point_stop])
        return int(np.flatnonzero(at_station & (self.point_line == self.lines.index(line)))[0])

    def validators(self) -> tuple[str, ...]:
        """Return the code of every validator: platforms first, then the buses, two by two."""
        codes = [
            f"{self.lines[line]}-{self.stops[stop]}-{gate + 1}"
            for line, stop in zip(self.point_line, self.point_stop, strict=True)
            for gate in range(GATES)
        ]
        return (*codes, *(f"{vehicle}-{side}" for vehicle in self.vehicles() for side in "AB"))

    def vehicles(self) -> tuple[str, ...]:
        """Return the code of every bus; a bus stays on its line."""
        return tuple(f"B{line}-{rank + 1:02d}" for line in self.lines for rank in range(VEHICLES))


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(reference_text(name).splitlines()))


def reference_text(name: str) -> str:
    """Return one reference table as the network folder receives it."""
    return files("auditor.demo").joinpath("reference", name).read_text(encoding="utf-8")


def load() -> Lille:
    """Read the packaged reference tables."""
    lines, stops, served = _table("lignes.csv"), _table("arrets.csv"), _table("desserte.csv")
    products, profiles = _table("titres.csv"), _table("profils.csv")
    line_codes = [row["code_ligne"] for row in lines]
    stop_codes = [row["code_arret"] for row in stops]
    families = sorted({row["famille"] for row in products})
    return Lille(
        lines=tuple(line_codes),
        bus_line=np.array([row["mode"] == "bus" for row in lines]),
        stops=tuple(stop_codes),
        station_of=tuple(row["station"] for row in stops),
        products=tuple(row["code_titre"] for row in products),
        families=tuple(families),
        family_of=np.array([families.index(row["famille"]) for row in products]),
        sensitive=np.array([row["sensible"] == "oui" for row in products]),
        profiles=tuple(row["code_profil"] for row in profiles),
        usages=_usages([row["code_titre"] for row in products], [row["code_profil"] for row in profiles]),
        point_line=np.array([line_codes.index(row["code_ligne"]) for row in served]),
        point_stop=np.array([stop_codes.index(row["code_arret"]) for row in served]),
        point_weight=np.array([float(row["poids"]) for row in served]),
    )


def _usages(products: list[str], profiles: list[str]) -> tuple[Usage, ...]:
    return tuple(
        Usage(
            group=row["groupe"],
            product=products.index(row["code_titre"]),
            profile=profiles.index(row["code_profil"]),
            share=float(row["part"]),
            fare=float(row["prix_trajet"]),
            price=float(row["prix_contrat"]),
        )
        for row in _table("usages.csv")
    )
