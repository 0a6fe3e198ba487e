"""From a seed to a network folder: taps day by day, then the back office, then what the network declares of itself."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from auditor.demo import (
    billing,
    citizens,
    clock,
    declarations,
    desk,
    evidence,
    figures,
    fraud,
    journal,
    journeys,
    lille,
    operations,
    people,
    recording,
    routing,
    shares,
    stray,
    troubles,
)
from auditor.demo.active import ActiveBase
from auditor.demo.backoffice import BackOffice
from auditor.demo.billing import Billing
from auditor.demo.lille import Lille
from auditor.demo.options import AS_OF, DemoOptions
from auditor.demo.people import Office
from auditor.demo.population import Population, in_groups, settle
from auditor.demo.recording import ClockFaults
from auditor.demo.register import DemoRegister
from auditor.demo.tally import Tallies
from auditor.demo.truth import Planted, Truth
from auditor.demo.warehouse import Aggregated, Hashed, Warehouse
from auditor.vocabulary.errors import UsageProblem

Progress = Callable[[str, float], None]
"""Called with the step, in words, and the share of it that is done."""

_SLICE: Final = 100_000
"""Travellers handled together: bounds the memory whatever the number of rows."""
_PARTIAL: Final = ".partial"


class _Stream(IntEnum):
    """Independent sources of randomness: one more draw in one of them changes nothing in the others."""

    POPULATION = 1
    CLOCKS = 2
    TAPS = 3
    ROUTES = 4
    BILLS = 5
    OFFICE = 6
    TROUBLES = 7
    DESK = 8
    FRAUD = 9
    CITIZENS = 10
    OPERATIONS = 11
    JOURNAL = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    options: DemoOptions
    lille: Lille
    people: Population
    faults: ClockFaults

    def rng(self, stream: _Stream, *where: int) -> Generator:
        return np.random.default_rng([self.options.seed, stream, *where])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declared:
    """What the network declares before anything is planted in it."""

    register: DemoRegister
    pieces: Mapping[str, str]


def generate(
    folder: Path,
    options: DemoOptions,
    register_files: Mapping[str, str],
    progress: Progress,
    pieces: Mapping[str, str] | None = None,
) -> Truth:
    """Write a whole network into an empty folder and return what was planted in it.

    The folder becomes a network at the very end: interrupted, it holds no poincon.toml.

    Args:
        folder: Created when absent; refused when anything is in it.
        options: Size, seed, and whether violations are planted.
        register_files: The starter register, as file name and YAML text.
        progress: Called with the step and the share of it that is done.
        pieces: The starter evidence, as path and text; absent, the network has no evidence folder.

    Raises:
        UsageProblem: the folder is not empty, the size is out of bounds, or the register is not the starter's.
    """
    sized = options.sized()
    with _emptied(folder) as work:
        world = _world(sized)
        tallies = Tallies()
        store = _taps(work, world, tallies, progress)
        declared = _Declared(register=DemoRegister(dict(register_files)), pieces=pieces or {})
        truth = _told(work, world, tallies, store, declared, progress)
        truth.write(work / "truth.json")
    return truth


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """Give a working folder inside the target; on success its content moves up, poincon.toml last."""
    work = folder / _PARTIAL
    shutil.rmtree(work, ignore_errors=True)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageProblem(
            f"{folder} is not an empty folder.",
            "A demonstration must not overwrite somebody's network.",
            "Name a folder that does not exist yet, or empty this one.",
        )
    work.mkdir(parents=True)
    try:
        yield work
        for part in sorted(work.iterdir(), key=lambda path: path.name == "poincon.toml"):
            part.rename(folder / part.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _world(options: DemoOptions) -> _World:
    town = lille.load()
    persons = settle(options, town, np.random.default_rng([options.seed, _Stream.POPULATION]))
    clocks = recording.clock_faults(town, options, np.random.default_rng([options.seed, _Stream.CLOCKS]))
    return _World(options=options, lille=town, people=persons, faults=clocks)


def _taps(folder: Path, world: _World, tallies: Tallies, progress: Progress) -> Warehouse:
    """Write every store of taps, day by day and slice by slice."""
    options, everyone = world.options, np.arange(world.people.size)
    base = ActiveBase(folder, world.lille, tallies, clean=options.clean)
    store: Warehouse = (Aggregated if options.clean else Hashed)(folder / "data" / "statistiques", world.lille, tallies)
    bills = Billing(folder, world.lille, tallies, clean=options.clean)
    _earlier_bills(world, bills, progress)
    for index, day in enumerate(options.service_days):
        base.begin(str(day))
        store.begin(str(day), clock.of_date(day))
        for part, start in enumerate(range(0, len(everyone), _SLICE)):
            rng = world.rng(_Stream.TAPS, day.toordinal(), part)
            boardings = journeys.of_day(world.people, everyone[start : start + _SLICE], day, world.lille, rng)
            taps = recording.record(boardings, world.people, day, index, world.lille, world.faults, rng)
            routed = routing.route(taps, index, world.lille, options, world.rng(_Stream.ROUTES, day.toordinal(), part))
            base.add(taps, routed)
            store.add(taps, routed)
            if day >= billing.BILLED_FROM:
                bills.add(taps)
        base.end()
        store.end()
        progress("Validations", (index + 1) / options.days)
    base.finish()
    store.finish()
    bills.close()
    return store


def _earlier_bills(world: _World, bills: Billing, progress: Progress) -> None:
    """Bill the days before the taps: since July, and for the month that was forgotten."""
    options = world.options
    billed = np.flatnonzero(in_groups(world.lille, world.people.usage, "liberte"))
    days = [] if options.clean else list(billing.FORGOTTEN_MONTH)
    first = options.service_days[0]
    days += [billing.BILLED_FROM + timedelta(days=ahead) for ahead in range(max(0, (first - billing.BILLED_FROM).days))]
    for done, day in enumerate(days):
        rng = world.rng(_Stream.BILLS, day.toordinal())
        boardings = journeys.of_day(world.people, billed, day, world.lille, rng)
        # Before the period nobody has changed cards yet, and every clock is right.
        bills.add(recording.record(boardings, world.people, day, -1, world.lille, world.faults, rng))
        progress("Facturation", (done + 1) / len(days))


def _told(folder: Path, world: _World, tallies: Tallies, store: Warehouse, declared: _Declared, progress: Progress) -> Truth:
    """Write the databases and the declarations, and sum up what was planted."""
    options, register = world.options, declared.register
    kept, faults = (register, ()) if options.clean else register.faulty()
    pieces, lacks = (declared.pieces, ()) if options.clean else evidence.faulty(declared.pieces)
    with BackOffice(folder / "data", clean=options.clean) as base:
        office = Office(store=base, people=world.people, lille=world.lille, options=options, past_term=tallies["valideurs/old"].seen)
        people.write(office, world.rng(_Stream.OFFICE))
        progress("Bases de données", 0.6)
        counts = troubles.write(office, world.rng(_Stream.TROUBLES))
        planted_around = _around(folder, office, world, kept)
        planted_around += shares.write(folder, office)
        oldest = {(table, column): base.oldest(table, column) for table, column in register.measured() if table in base.rows}
        progress("Bases de données", 1.0)
    declarations.write(folder, options, kept, pieces)
    progress("Déclarations", 1.0)
    planted: tuple[Planted, ...] = ()
    if isinstance(store, Hashed):
        gaps = kept.gaps(figures.observed(options, tallies, oldest))
        planted = (*figures.planted_in_taps(tallies, store), *figures.planted_in_office(counts), *planted_around, *faults, *lacks, *gaps)
    return Truth(
        seed=options.seed,
        clean=options.clean,
        cards=options.cards,
        days=options.days,
        as_of=f"{AS_OF.isoformat()}Z",
        rows=figures.rows(tallies, base.rows),
        planted=tuple(one for one in planted if one.there),
    )


def _around(folder: Path, office: Office, world: _World, register: DemoRegister) -> tuple[Planted, ...]:
    """Write what surrounds the cards: the desk, the fraud cell, the citizens, the operator's own tables and its journal."""
    planted = (
        *desk.write(office, world.rng(_Stream.DESK)),
        *stray.write(folder, office),
        *fraud.write(office, world.rng(_Stream.FRAUD)),
        *citizens.write(office, world.rng(_Stream.CITIZENS)),
        *operations.write(office, register.accounts(), world.rng(_Stream.OPERATIONS)),
        *journal.write(office, register.rights(), world.rng(_Stream.JOURNAL)),
    )
    office.store.add_rows("habilitations", register.grants(clean=office.options.clean))
    return planted
