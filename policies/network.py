"""A network folder opened into values: poincon.toml, mapping.yml, registre/ and releases/, checked against each other."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.network import AuditSettings, CardGrammar, DataMap, Identity, NetworkConfig, NetworkPlace, ScanSettings
from auditor.vocabulary.pieces import Shown
from auditor.vocabulary.register import Register
from auditor.vocabulary.releases import ReleasePlan
from policies.decisions import BASELINE, WAIVERS
from policies.declarations import Loaded, attempt, named
from policies.faults import Fault, Notebook, did_you_mean, refuse, shown
from policies.mapping import known_zone, mapping_faults
from policies.pieces import FOLDER as EVIDENCE
from policies.pieces import misnamed, read_pieces
from policies.registry.loading import attempt_register, declared_files
from policies.releases.plans import DeclaredPlan, plan_faults

CONFIG: Final = "poincon.toml"
MAPPING: Final = "mapping.yml"
RELEASES: Final = "releases"
REGISTER: Final = "registre"

_MEMORY: Final = re.compile(r"\d+(\.\d+)? ?([KMGT]i?B|B)")
_NOT_OPENED = "without it the program knows neither the network nor where its data is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Everything a network folder declares, consistent with itself."""

    place: NetworkPlace
    register: Register
    plans: Mapping[str, ReleasePlan]
    """Release plans by id, in id order."""
    plan_files: Mapping[str, Path]
    """File of each plan."""
    declared_plans: tuple[DeclaredPlan, ...] = ()
    """The same plans with their lines, for the declared relations."""
    pieces: tuple[Shown, ...] | None = None
    """What `evidence/` holds; None when the network has no such folder."""


def open_folder(folder: Path, *, rules: Mapping[str, Collection[str]] | None = None) -> Network:
    """Read and check a network folder.

    Args:
        folder: The folder that holds poincon.toml.
        rules: Known rule ids with the names of their parameters, to check the overrides of poincon.toml against.

    Raises:
        UsageProblem: the folder is not a network folder.
        DeclarationProblem: a file cannot be accepted; every fault of every file is listed with its line.
    """
    _must_be_a_network(folder)
    root = folder.resolve()
    config, config_faults = attempt(root / CONFIG, NetworkConfig, root)
    mapping, faults = attempt(root / MAPPING, DataMap, root)
    register, register_faults = attempt_register(root)
    plans, plan_faults_ = _plans(root)
    pieces, piece_faults = read_pieces(root)
    faults = [*config_faults, *faults, *register_faults, *plan_faults_, *piece_faults]
    if not register_faults and not plan_faults_:
        faults += misnamed(pieces or (), register, [declared.plan.id for declared in plans])
    if config is not None:
        faults += _config_faults(config, rules)
    if mapping is not None:
        faults += mapping_faults(mapping.value, Notebook(file=MAPPING, lines=mapping.lines))
    if mapping is not None and not register_faults:
        for plan in plans:
            faults += plan_faults(plan, register, mapping.value)
    if faults or config is None or mapping is None:
        raise refuse(faults)
    place = NetworkPlace(folder=root, config=config.value, mapping=mapping.value)
    ordered = sorted(plans, key=lambda declared: declared.plan.id)
    return Network(
        place=place,
        register=register,
        plans={declared.plan.id: declared.plan for declared in ordered},
        plan_files={declared.plan.id: root / declared.file for declared in ordered},
        declared_plans=tuple(ordered),
        pieces=pieces,
    )


def declared_digest(network: Network) -> str:
    """Return the SHA-256 of every declared file (names and bytes): which declarations an audit was made against."""
    root = network.place.folder
    files = [
        root / CONFIG,
        root / MAPPING,
        *declared_files(root / REGISTER),
        *declared_files(root / EVIDENCE),
        *network.plan_files.values(),
        *(file for file in (root / WAIVERS, root / BASELINE) if file.is_file()),
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _must_be_a_network(folder: Path) -> None:
    next_step = "Give the folder that holds poincon.toml, or make one to adapt with `poincon init FOLDER`."
    if not folder.is_dir():
        what = "is a file, not a network folder" if folder.exists() else "does not exist"
        raise UsageProblem(f"{folder} {what}.", f"A network is a folder of declarations: {_NOT_OPENED}.", next_step)
    for name in (CONFIG, MAPPING):
        if not (folder / name).is_file():
            raise UsageProblem(f"{folder} holds no {name}: it is not a whole network folder.", f"Of {name}: {_NOT_OPENED}.", next_step)


def _plans(root: Path) -> tuple[list[DeclaredPlan], list[Fault]]:
    read: list[DeclaredPlan] = []
    faults: list[Fault] = []
    met: dict[str, str] = {}
    for path in declared_files(root / RELEASES):
        loaded, found = attempt(path, ReleasePlan, root)
        faults += found
        if loaded is None:
            continue
        declared = DeclaredPlan(plan=loaded.value, file=named(path, root), lines=loaded.lines)
        faults += _named_once(declared, met)
        read.append(declared)
    return read, faults


def _named_once(declared: DeclaredPlan, met: dict[str, str]) -> list[Fault]:
    notes = Notebook(file=declared.file, lines=declared.lines)
    earlier = met.setdefault(declared.plan.id, f"{declared.file}:{notes.line('id')}")
    if not earlier.startswith(f"{declared.file}:"):
        why = "two releases under one name would overwrite each other and share one history in the ledger"
        notes.note("id", f"the release {shown(declared.plan.id)} is already declared at {earlier}", "rename one of the two", why)
    return notes.faults


def _config_faults(config: Loaded[NetworkConfig], rules: Mapping[str, Collection[str]] | None) -> list[Fault]:
    notes = Notebook(file=CONFIG, lines=config.lines)
    _identity(config.value.network, notes)
    _cards(config.value.cards, notes)
    _audit(config.value.audit, rules, notes)
    _scan(config.value.scan, notes)
    engine, state = config.value.engine, config.value.state
    if engine.memory_limit and not _MEMORY.fullmatch(engine.memory_limit):
        notes.note("engine.memory_limit", f"{shown(engine.memory_limit)} is not an amount of memory", "write it as 4GB")
    if engine.threads is not None and engine.threads < 1:
        notes.note("engine.threads", "fewer than one thread cannot be used", "write 1 or more, or delete the line")
    private, public = Path(state.directory), Path(state.published)
    if private == public or private in public.parents or public in private.parents:
        why = "keys, vault and ledger live in one, and what anyone may read in the other"
        notes.note("state", "`directory` and `published` are one folder, or one inside the other", "name two separate folders", why)
    return notes.faults


def _identity(identity: Identity, notes: Notebook) -> None:
    for field in ("name", "authority"):
        if not getattr(identity, field).strip():
            notes.note(f"network.{field}", f"`{field}` is empty", "write it: it heads every report")
    if not known_zone(identity.timezone):
        what = f"{shown(identity.timezone)} is not a known time zone"
        notes.note("network.timezone", what, "write a name such as Europe/Paris")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", identity.service_day_start):
        what = f"{shown(identity.service_day_start)} is not a time of day"
        notes.note("network.service_day_start", what, "write it as 04:00")
    if not re.fullmatch(r"[A-Z]{3}", identity.currency):
        notes.note("network.currency", f"{shown(identity.currency)} is not a currency code", "write it as EUR")


def _cards(cards: CardGrammar, notes: Notebook) -> None:
    if cards.length is not None and cards.length < 1:
        notes.note("cards.length", "a card number has at least one character", "write the number of characters")
    for rank, prefix in enumerate(cards.prefixes):
        if not prefix or (cards.form == "digits" and not re.fullmatch(r"[0-9]+", prefix)):
            notes.note(f"cards.prefixes.{rank}", "a prefix is not made of digits", 'write digits in quotes, or form = "text"')
        elif cards.length is not None and len(prefix) >= cards.length:
            notes.note(f"cards.prefixes.{rank}", "a prefix is as long as the card number or longer", "correct `length` or the prefix")
    if cards.check_digit == "luhn" and cards.form != "digits":
        notes.note("cards.check_digit", "a Luhn check digit needs numbers made of digits", 'write form = "digits"')


def _audit(audit: AuditSettings, rules: Mapping[str, Collection[str]] | None, notes: Notebook) -> None:
    if audit.as_of is not None and not _aware(audit.as_of):
        what = f"{shown(audit.as_of)} is not an instant with its offset"
        notes.note("audit.as_of", what, 'write it as "2026-10-31T05:00:00Z"')
    if audit.hash_budget < 0:
        notes.note("audit.hash_budget", "the budget is below zero", "write 0 to forbid the search, or the most digests it may compute")
    for rule, override in audit.parameters.items():
        path = f"audit.parameters.{rule}"
        if not override.reason.strip():
            why = "a threshold changed without a reason cannot be defended; the report prints the reason"
            notes.note(f"{path}.reason", f"{rule} is changed without a reason", "write the reason", why)
        if rules is None:
            continue
        if rule not in rules:
            notes.note(path, f"{shown(rule)} is not a rule", did_you_mean(rule, rules))
            continue
        for name in override.values:
            if name not in rules[rule]:
                notes.note(f"{path}.values.{name}", f"{rule} has no parameter {shown(name)}", did_you_mean(name, rules[rule]))


def _scan(scan: ScanSettings, notes: Notebook) -> None:
    for rank, folder in enumerate(scan.folders):
        if not folder.strip():
            notes.note(f"scan.folders.{rank}", "a folder without a name would be the whole network", "write its path, or delete the line")
    if scan.sample < 1:
        notes.note("scan.sample", "a sample of no value would find nothing", "write 1 or more, or delete the line")


def _aware(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
