"""The command line: parse, load, call, render. No judgement of its own; nothing imports it.

Heavy libraries are imported inside the commands, so that `poincon --help` answers at once (a test holds it).
"""

import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import click

from auditor.vocabulary.errors import CouldNotCheck, PoinconError, ReleaseRefused, UsageProblem
from auditor.vocabulary.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from rich.console import Console

    from anonymise.keys import KeyStore, RootKey
    from anonymise.ledger import Ledger
    from anonymise.release import BuildRequest
    from anonymise.vault import Vault
    from auditor.engine.base import Relation
    from auditor.engine.duckdb import DuckDBEngine
    from auditor.history import History
    from auditor.requests import Desk
    from auditor.sources import OpenNetwork
    from auditor.vocabulary.aftersales import Reconstruction
    from auditor.vocabulary.decisions import Decisions, Selection
    from auditor.vocabulary.interchange import Imported
    from auditor.vocabulary.register import Declared, Register
    from auditor.vocabulary.releases import ReleasePlan
    from auditor.vocabulary.scanned import NotLooked, ObservedFile
    from policies.network import Network
    from reports.evidence import AuditEvidence
    from reports.scan import ScanEvidence

VERSION = "0.1.0"
ROOT_KEY = "POINCON_ROOT_KEY"
"""Environment variable that may hold the root key, hexadecimal, instead of the key file."""
LEDGER = "ledger.sqlite"
"""The ledger of releases, in the state folder."""
FORMS = ("text", "table", "json", "html", "sarif", "junit", "markdown", "github")
"""Forms of an audit report; `table` is another name of `text`."""
SERVERS = ("github", "gitlab", "pre-commit")
"""Build servers for which a recipe ships."""
PUBLIC_KEY = "signature.pem"
"""Public key of the receipts, in the publication folder."""


class Session:
    """A network opened for one command: each part is loaded on first use, all are closed at the end."""

    def __init__(self, folder: Path, now: str | None, lang: Lang, *, quiet: bool, color: bool) -> None:
        self.folder = folder
        self.lang = lang
        self.quiet = quiet
        self.color = color
        self.every_column = False
        """Whether columns that no table is mapped to leave a database server too."""
        self._now = now
        self._open: list[Callable[[], None]] = []

    @cached_property
    def out(self) -> "Console":
        """Data goes to stdout."""
        from rich.console import Console

        return Console(no_color=not self.color, highlight=False, markup=False)

    @cached_property
    def err(self) -> "Console":
        """Progress and words go to stderr."""
        from rich.console import Console

        return Console(stderr=True, no_color=not self.color, highlight=False, markup=False, quiet=self.quiet)

    @cached_property
    def network(self) -> "Network":
        """What the folder declares."""
        from policies.catalogue import RULES
        from policies.network import open_folder

        return open_folder(self.folder, rules={rule.id: rule.parameters for rule in RULES})

    @cached_property
    def engine(self) -> "DuckDBEngine":
        """The embedded engine, within the network's memory limit."""
        from auditor.engine.duckdb import DuckDBEngine

        settings = self.network.place.config.engine
        engine = DuckDBEngine(memory_limit=settings.memory_limit, threads=settings.threads)
        self._open.append(engine.close)
        return engine

    @cached_property
    def data(self) -> "OpenNetwork":
        """The sources, opened read-only and mapped."""
        from auditor.sources import open_network

        with self.working("reading the sources"):
            return open_network(self.network.place, self.engine, every_column=self.every_column)

    @cached_property
    def as_of(self) -> datetime:
        """The clock: --now, else the snapshot's own, else the machine's. UTC, without an offset."""
        text = self._now or self.network.place.config.audit.as_of
        if text is None:
            return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            raise UsageProblem(f"{text!r} is not an ISO 8601 instant.", "", "Write it as 2026-10-31T05:00:00Z.") from None
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=ZoneInfo(self.network.place.config.network.timezone))
        return instant.astimezone(UTC).replace(tzinfo=None)

    @property
    def today(self) -> date:
        """Local day of the clock."""
        zone = ZoneInfo(self.network.place.config.network.timezone)
        return self.as_of.replace(tzinfo=UTC).astimezone(zone).date()

    @cached_property
    def state(self) -> Path:
        """The private folder of what the program writes for this network."""
        folder = self.network.place.resolve(self.network.place.config.state.directory)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def state_file(self, name: str) -> Path:
        """Return where a file of the state folder is or would be; makes nothing."""
        return self.network.place.resolve(self.network.place.config.state.directory) / name

    @cached_property
    def history(self) -> "History":
        """What earlier runs left; made when the first line is written."""
        from auditor.history import FILE, History

        return History(self.state_file(FILE))

    @cached_property
    def columns(self) -> dict[str, str]:
        """Digest of the columns of each physical table, as they are now."""
        from auditor.history import digests

        return digests(self.engine.rows(self.data.relations["observed_columns"]))

    @property
    def in_network(self) -> bool:
        """Tell whether a network is there, for the commands that can do without."""
        return (self.folder / "poincon.toml").is_file()

    @property
    def folder_in_repository(self) -> str:
        """The network folder from where the program was started; empty when it is that folder, or is elsewhere."""
        folder, here = self.folder.resolve(), Path.cwd()
        return folder.relative_to(here).as_posix() if folder != here and folder.is_relative_to(here) else ""

    def set_clock(self, now: str | None) -> None:
        """Take the clock given after a command; it outranks the one given before."""
        self._now = now or self._now

    @cached_property
    def root(self) -> "RootKey":
        """The root key: from the environment, else a file readable by its owner alone."""
        from anonymise.keys import RootKey

        return RootKey.from_environment(ROOT_KEY) if ROOT_KEY in os.environ else RootKey.from_file(self.state / "root.key")

    @cached_property
    def keys(self) -> "KeyStore":
        """The key store, under the root key."""
        from anonymise.keys import KeyStore

        return KeyStore.open(self.state / "keys", self.root)

    @cached_property
    def ledger(self) -> "Ledger":
        """The ledger of releases."""
        from anonymise.ledger import Ledger

        ledger = Ledger(self.state / LEDGER, signer=self.keys.signing_key())
        self._open.append(ledger.close)
        return ledger

    @cached_property
    def vault(self) -> "Vault":
        """The vault, by its own door."""
        from anonymise.vault import Vault

        vault = Vault.open(self.state / "vault", self.root)
        self._open.append(vault.close)
        return vault

    @cached_property
    def desk(self) -> "Desk":
        """The citizens' desk."""
        from auditor.requests import Desk

        desk = Desk.open(self.state / "requests")
        self._open.append(desk.dispose)
        return desk

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show on stderr what is being done, when somebody is watching."""
        if self.quiet or not self.err.is_terminal:
            yield lambda _: None
            return
        with self.err.status(f"{what}…") as status:
            yield lambda detail: status.update(f"{what}: {detail}…")

    def plan(self, release: str) -> "ReleasePlan":
        """Return a declared plan by id."""
        plans = self.network.plans
        if release not in plans:
            raise UsageProblem(
                f"There is no release plan {release!r}.",
                "A release leaves only under a declared plan.",
                f"Declared plans: {', '.join(sorted(plans)) or 'none'}.",
            )
        return plans[release]

    def close(self) -> None:
        """Close what was opened, last first."""
        while self._open:
            self._open.pop()()


def _session(ctx: click.Context) -> Session:
    found = ctx.find_object(Session)
    if found is None:
        message = "a command runs inside the poincon group"
        raise RuntimeError(message)
    return found


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, prog_name="poincon")
@click.option("-n", "--network", "folder", type=click.Path(path_type=Path), default=Path(), help="Network folder (default: here).")
@click.option("--now", metavar="INSTANT", help="Clock of the run, ISO 8601 (default: the snapshot's, else the machine's).")
@click.option("--lang", type=click.Choice(LANGS), default="fr", help="Language of reports and tables.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no words on stderr.")
@click.option("--no-color", is_flag=True, help="No colour (NO_COLOR works too).")
@click.pass_context
def cli(ctx: click.Context, folder: Path, now: str | None, lang: Lang, quiet: bool, no_color: bool) -> None:
    """Audit ticketing data against its register, and prove what leaves it.

    Exit codes: 0 nothing at or above the threshold; 1 findings; 2 wrong usage, configuration or register;
    3 could not check (outranks 1); 4 release or vault refused.
    """
    session = Session(folder, now, lang, quiet=quiet, color=not (no_color or os.environ.get("NO_COLOR")))
    ctx.obj = session
    ctx.call_on_close(session.close)


def main() -> None:
    """Run the program; a problem meant for people is printed as three sentences and its exit code."""
    for asked in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, asked):
            signal.signal(getattr(signal, asked), _leave)
    try:
        code = cli.main(prog_name="poincon", standalone_mode=False)
    except click.ClickException as error:
        # A card number given by mistake as an argument must not be repeated where it may be kept.
        said = click.UsageError(re.sub(r"\d{6,}", "…", error.format_message()), getattr(error, "ctx", None))
        said.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Interrupted: nothing was half-written.", err=True)
        sys.exit(130)
    except PoinconError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        # The words of an unforeseen error may quote a value: only its kind is shown.
        if "POINCON_DEBUG" in os.environ:
            raise
        click.echo(str(CouldNotCheck(f"The program stopped on {type(error).__name__}.", _UNFORESEEN, _REPORT_IT)), err=True)
        sys.exit(CouldNotCheck.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _leave(number: int, _: object) -> None:
    """Unwind as for any other end, so that nothing private outlives the run."""
    sys.exit(128 + number)


_UNFORESEEN = "Nothing was concluded: this is not a clean result."
_REPORT_IT = "Run again with POINCON_DEBUG=1 on data you may look at, and report what it says."


def _card(card_file: Path | None, ask: str) -> str:
    """Read a card number without it ever being a process argument, where any user of the machine could see it."""
    if card_file is not None:
        return card_file.read_text(encoding="utf-8").strip()
    if sys.stdin.isatty():
        return str(click.prompt(ask, hide_input=True, err=True)).strip()
    text = sys.stdin.readline().strip()
    if not text:
        raise UsageProblem(
            "No card number was given.",
            "A card number is never taken from the command line: other users of the machine could read it there.",
            "Pipe it on standard input, or give --card-file FILE.",
        )
    return text


card_option = click.option(
    "--card-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File holding the card number (default: standard input).",
)
_existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)
output_option = click.option(
    "-o", "--output", "outputs", multiple=True, metavar="FORMAT=FILE", help="Also write a report; repeatable (json=…, html=…)."
)
pass_session = click.make_pass_decorator(Session)


def _write(outputs: tuple[str, ...], renderers: dict[str, Callable[[], str]]) -> None:
    """Write each requested form, whole or not at all, readable by its owner alone."""
    for output in outputs:
        form, equals, target = output.partition("=")
        if not equals or not target or form not in renderers:
            known = ", ".join(sorted(renderers))
            raise UsageProblem(f"--output {output!r} is not FORMAT=FILE with a known format.", "", f"Formats here: {known}.")
        _private_text(Path(target), renderers[form]())


def _public_text(path: Path, text: str) -> None:
    """Write a file meant for version control, whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _private_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    _private_bytes(path, text.encode("utf-8"))


def _private_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(content)
    draft.replace(path)


# --- a network ----------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--ci", "servers", multiple=True, type=click.Choice(SERVERS), help="Also write the recipe of a build server; repeatable.")
@pass_session
def init(session: Session, folder: Path, servers: tuple[str, ...]) -> None:
    """Write the declarations of a network to adapt: configuration, mapping, starter register, release plans.

    With --ci, a folder that is a network already keeps its declarations, and only the recipes are written, here.
    """
    from auditor.demo import start
    from policies.registry import starter_files, starter_pieces
    from reports.terminal import print_files

    recipes = [_recipe(name, folder) for name in servers]
    known = bool(servers) and (folder / "poincon.toml").is_file()
    made = [] if known else list(start(folder, starter_files(), starter_pieces()))
    for path, text in recipes:
        path.parent.mkdir(parents=True, exist_ok=True)
        _public_text(path, text)
    print_files(session.out, [*made, *(path for path, _ in recipes)], session.lang)


def _recipe(name: str, folder: Path) -> tuple[Path, str]:
    """Return a recipe and where it goes from here, the root of the repository; nothing of others is overwritten."""
    from reports.recipes import PLACES, recipe

    path = Path(PLACES[name])
    try:
        network = folder.resolve().relative_to(Path.cwd()).as_posix()
        text = recipe(name, network, VERSION)
    except ValueError:
        raise UsageProblem(
            "The network folder cannot be named in a recipe from here.",
            "A build server starts at the root of the repository, and reads the folder by its plain name.",
            "Run this at the root of the repository that holds the network folder.",
        ) from None
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise UsageProblem(
            f"{path} exists already and is another.",
            "What others wrote in it would be lost.",
            f"Move it away and run again, or copy into it what `poincon init --ci {name}` writes in an empty folder.",
        )
    return path, text


@cli.command()
@pass_session
def doctor(session: Session) -> int:
    """Say whether this machine and this network are ready: versions, declarations, sources, what was not read."""
    from reports.terminal import print_network, print_readings

    network = session.network
    session.out.print(f"poincon {VERSION}, Python {sys.version.split()[0]}, {session.engine.name}")
    print_network(
        session.out,
        network.place.config.network.name,
        session.as_of,
        activities=len(network.register.activities),
        plans=len(network.plans),
        lang=session.lang,
    )
    print_readings(session.out, session.data.reports, session.data.absent_sources, session.lang)
    return CouldNotCheck.exit_code if session.data.absent_sources else 0


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"))
@click.option("--cards", type=click.IntRange(min=1), default=50_000, show_default=True, help="Travellers' cards.")
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="Service days.")
@click.option("--rows", type=click.IntRange(min=1), help="Taps to aim at, instead of --cards (up to 200000000).")
@click.option("--seed", type=int, default=20_261_030, show_default=True, help="Same seed, same network.")
@click.option("--clean", is_flag=True, help="The twin without any planted violation.")
@click.option("--data-only", is_flag=True, help="Write the network and stop.")
@click.pass_context
def demo(ctx: click.Context, /, folder: Path, data_only: bool, **size: Any) -> None:
    """Write a small Lille one could start from, then tell the whole story on it."""
    from auditor.demo import DemoOptions, generate
    from policies.registry import starter_files, starter_pieces
    from reports.terminal import print_files, print_step, progress_bars

    session = _session(ctx)
    with progress_bars(session.err) as progress:
        generate(folder, DemoOptions(**size), starter_files(), progress, starter_pieces())
    session.folder = folder
    # An empty ledger, not none: what was never released can then be told from what nobody recorded.
    session.ledger.head()
    if data_only:
        return
    for rank, (title, arguments) in enumerate(_story(session), 1):
        print_step(session.out, rank, title(session.lang), shlex.join(["poincon", "-n", str(folder), *arguments]), session.lang)
        command = cli.commands[arguments[0]]
        with command.make_context(arguments[0], arguments[1:], parent=ctx) as step:
            command.invoke(step)
    print_files(session.out, sorted((folder / "rapports").iterdir()), session.lang)


def _story(session: Session) -> Iterator[tuple[Text, list[str]]]:
    """Yield each step as the command that one can type again; later steps use what earlier ones made."""
    from auditor.demo import witness

    folder = session.folder
    reports, published, card = folder / "rapports", folder / "published", folder / "state" / "carte-temoin.txt"
    yield (
        Text("Auditer les lignes au regard du registre", "Audit the rows against the register"),
        ["audit", "-o", f"html={reports / 'audit.html'}", "-o", f"json={reports / 'audit.json'}"],
    )
    for release_id in session.network.plans:
        yield (
            Text(f"Anonymiser, vérifier et publier « {release_id} »", f"Anonymise, verify and publish {release_id}"),
            ["release", "build", release_id, "-o", f"html={reports / f'{release_id}.html'}"],
        )
    file = min(published.glob("frequentation-lignes/**/*.csv"))
    yield (
        Text("Vérifier le fichier publié comme le ferait un tiers", "Verify the published file as a stranger would"),
        ["release", "verify", str(file), "--plan", "frequentation-lignes", "--key", str(published / PUBLIC_KEY)],
    )
    _private_text(card, witness(session.engine, session.data.relations, session.data.identifiers))
    case = ["--case", "SAV-0001", "--clerk", "guichet-01", "--reason", "carte perdue", "--card-file", str(card)]
    yield Text("Sceller l’état des cartes dans le coffre", "Seal the state of the cards in the vault"), ["vault", "seal"]
    yield Text("Mettre en opposition une carte perdue", "Block a lost card"), ["card", "lost", *case]
    yield (
        Text("La reconstituer, sans lire une validation", "Rebuild it without reading a tap"),
        ["card", "reconstruct", *case, "--new-card-file", str(folder / "state" / "carte-nouvelle.txt")],
    )
    yield (
        Text("Prouver la reconstitution sur des cartes témoins", "Prove the reconstruction on witness cards"),
        ["card", "drill", "-o", f"html={reports / 'exercice-sav.html'}"],
    )
    yield (
        Text("Ouvrir une demande d’accès", "Open a request of access"),
        ["request", "open", "--identity", "carte présentée au guichet", "--medium", "nominative"],
    )
    number = session.desk.list()[-1].id
    yield (
        Text("Geler ce qui est détenu à réception", "Freeze what is held at reception"),
        ["request", "freeze", number, "--card-file", str(card)],
    )
    yield Text("Répondre à la personne", "Answer the person"), ["request", "answer", number, "--to", str(reports)]
    yield Text("Clore et détruire la copie", "Close and destroy the copy"), ["request", "close", number]


# --- audit ------------------------------------------------------------------------------------------------------------


def _evidence(
    session: Session, only: tuple[str, ...] = (), without: tuple[str, ...] = (), *, strict: bool = False, keep: bool = False
) -> "AuditEvidence":
    from dataclasses import replace

    from auditor.audit import Scope, run, unread
    from auditor.rules import Tables
    from auditor.vocabulary.trend import compare, record
    from policies.catalogue import select
    from policies.network import declared_digest
    from policies.pieces import piece_tables
    from policies.registry import completeness
    from reports.evidence import AuditEvidence, Completeness

    # What was asked and decided is read first: a typing error must not cost the reading of the sources.
    asked, network, decisions = select(only, without), session.network, _decisions(session, strict=strict)
    config, data = network.place.config, session.data
    kept, lost = _recorded(session)
    known = {**data.relations, **_declared(session), **piece_tables(network.pieces), **kept}
    tables = Tables(relations=_with_scan(session, known), as_of=session.as_of, ask=session.engine.rows)
    scope = Scope(
        counts=data.counts,
        columns=data.columns,
        absent=network.place.mapping.absent,
        unreadable={**data.unreadable, **lost},
        absent_sources=frozenset(source.source for source in data.absent_sources),
        overrides=config.audit.parameters,
        unread=unread(data.reports),
    )
    with session.working("asking the rules") as progress:
        outcomes = tuple(run(asked, tables, session.engine, scope, progress))
    scores = {one.activity.id: completeness(one) for one in network.register.activities}
    evidence = AuditEvidence(
        tool_version=VERSION,
        identity=config.network,
        as_of=session.as_of,
        input_digest=declared_digest(network),
        outcomes=outcomes,
        readings=data.reports,
        absent=data.absent_sources,
        register=network.register,
        completeness={name: Completeness(score=one.score, missing=one.missing) for name, one in scores.items()},
        fail_on=config.audit.fail_on,
        decisions=decisions,
        selection=_selection(only, without, {rule.id for rule in asked}),
    )
    now = record(session.as_of, VERSION, evidence.input_digest, outcomes)
    before = session.history.last_unlike(now)
    if keep:
        _remember(session, lambda: session.history.add_schemas(session.columns, session.today))
        _remember(session, lambda: session.history.add_audit(now))
    return replace(evidence, trend=compare(before, now)) if before else evidence


def _declared(session: Session) -> "dict[str, Relation]":
    """Return the register as relations."""
    from policies.registry import declared_tables

    network = session.network
    config = network.place.config
    plans, identity = network.declared_plans, config.network
    return declared_tables(network.register, config.cards, config.audit, as_of=session.as_of, plans=plans, identity=identity)


def _with_scan(session: Session, known: "dict[str, Relation]") -> "Mapping[str, Relation]":
    """Add what a scan recognises, computed when a rule first reads it: in full, since a rule proves."""
    from auditor.scan import Deferred, detect, detected_tables, observed_files

    config = session.network.place.config

    def contents() -> "Relation":
        with session.working("recognising contents") as progress:
            found = detect(session.engine, session.data, config.cards, sample=None, progress=progress)
        return detected_tables(found)["detected_values"]

    later = {"detected_values": contents}
    if config.scan.folders:
        later["observed_files"] = lambda: observed_files(_files(session)[0])["observed_files"]
    return Deferred(known, later)


def _files(session: Session) -> "tuple[tuple[ObservedFile, ...], tuple[NotLooked, ...]]":
    """Look at the files of the declared folders; a release is a published file with its receipt beside it."""
    from auditor.scan import observe

    place = session.network.place
    published = place.resolve(place.config.state.published)
    receipts = published.rglob("*.receipt.json") if published.is_dir() else ()
    released = [file for receipt in receipts for file in (receipt, receipt.with_name(receipt.name.removesuffix(".receipt.json")))]
    with session.working("looking at files") as progress:
        return observe(session.engine, place, session.data, released=[file.resolve() for file in released], progress=progress)


def _decisions(session: Session, *, strict: bool = False) -> "Decisions":
    from policies.catalogue import RULES
    from policies.decisions import read_decisions

    return read_decisions(session.network.place.folder, [rule.id for rule in RULES], session.today, strict=strict)


def _selection(only: tuple[str, ...], without: tuple[str, ...], asked: set[str]) -> "Selection":
    from auditor.vocabulary.decisions import LeftOut, Selection
    from policies.catalogue import RULES

    left = (LeftOut(id=rule.id, title=rule.title, family=rule.family, severity=rule.severity) for rule in RULES if rule.id not in asked)
    return Selection(select=only, ignore=without, left_out=tuple(left))


def _recorded(session: Session) -> "tuple[dict[str, Relation], dict[str, str]]":
    """Return what earlier runs left on record, and why some of it cannot be read. Makes no key, ledger or folder."""
    from anonymise.ledger.recorded import releases_on_record
    from auditor.recorded import recorded

    rows: dict[str, Any] = {"schemas": session.history.schemas(session.columns, session.today)}
    if drills := session.history.drills():
        rows["drills"] = drills
    settings, lost = session.network.place.config.state, {}
    try:
        releases = releases_on_record(session.state_file(LEDGER), settings.published)
    except CouldNotCheck as problem:
        releases, lost = None, {"recorded_releases": problem.what}
    return recorded(**rows | ({"releases": releases} if releases is not None else {})), lost


def _remember(session: Session, add: Callable[[], None]) -> None:
    """Write to the history; a folder that cannot be written stops nothing, and is said."""
    try:
        add()
    except CouldNotCheck as problem:
        session.err.print(str(problem))


def _words(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Take « A,B » as two words."""
    return tuple(word.strip() for one in given for word in one.split(",") if word.strip())


def _renderers(session: Session, evidence: "AuditEvidence", **drawing: bool) -> dict[str, Callable[[], str]]:
    """Return every form of an audit report, by name; each is drawn only when asked for."""
    import io

    from rich.console import Console

    from reports.github import audit_github
    from reports.html import render_audit
    from reports.json import audit_json
    from reports.junit import audit_junit
    from reports.markdown import audit_markdown
    from reports.sarif import audit_sarif
    from reports.terminal import print_audit

    def text() -> str:
        page = Console(file=io.StringIO(), width=100, no_color=True, highlight=False, markup=False)
        print_audit(page, evidence, session.lang, **drawing)
        return str(page.file.getvalue())  # type: ignore[attr-defined]

    folder, lang = session.folder_in_repository, session.lang
    return {
        "text": text,
        "json": lambda: audit_json(evidence),
        "html": lambda: render_audit(evidence, lang),
        "sarif": lambda: audit_sarif(evidence, lang, folder=folder),
        "junit": lambda: audit_junit(evidence, lang),
        "markdown": lambda: audit_markdown(evidence, lang),
        "github": lambda: audit_github(evidence, lang, folder=folder),
    }


def _warn(session: Session, evidence: "AuditEvidence") -> None:
    """Say on stderr which waivers no longer hold, cover nothing or cover too much, and what was left out."""
    from reports.decided import decisions_view, not_asked, unread_history, warnings
    from reports.terminal import print_warnings

    lang, view = session.lang, decisions_view(evidence, session.lang)
    lines = (*warnings(view, lang), not_asked(view, lang), unread_history(session.history.unreadable, lang))
    print_warnings(session.err, lines)


rules_options = [
    click.option(
        "--select", "only", multiple=True, callback=_words, metavar="RULE", help="Ask only these: id, family or glob; repeatable."
    ),
    click.option("--ignore", "without", multiple=True, callback=_words, metavar="RULE", help="Leave these out; the report says so."),
    click.option("--now", metavar="INSTANT", help="Clock of the run, as before the command."),
]


def _on_rules(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(rules_options):
        command = option(command)
    return command


@cli.command()
@_on_rules
@output_option
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True, help="What is printed on stdout.")
@click.option("--fail-on", type=click.Choice(["minor", "major", "blocking", "never"]), help="Least severity that exits 1.")
@click.option("--strict-waivers", "strict", is_flag=True, help="Exit 2 when a waiver is expired or malformed.")
@click.option("--show-suppressed", "suppressed", is_flag=True, help="Detail known debt and waived findings too.")
@click.option("--all", "everything", is_flag=True, help="Detail what is met, not applicable, or left to judge too.")
@click.option("--no-history", "forget", is_flag=True, help="Leave no trace of this audit for the next one's trend.")
@pass_session
def audit(session: Session, /, outputs: tuple[str, ...], form: str, fail_on: Any, now: str | None, **asked: Any) -> int:
    """Check every rule on the rows, read-only."""
    from dataclasses import replace

    from reports.terminal import print_audit

    session.set_clock(now)
    evidence = _evidence(session, asked["only"], asked["without"], strict=asked["strict"], keep=not asked["forget"])
    if fail_on:
        evidence = replace(evidence, fail_on=fail_on)
    drawing = {"everything": asked["everything"], "suppressed": asked["suppressed"]}
    renderers = _renderers(session, evidence, **drawing)
    _write(outputs, renderers)
    if form in ("text", "table"):
        print_audit(session.out, evidence, session.lang, **drawing)
    else:
        click.echo(renderers[form](), nl=False)
    _warn(session, evidence)
    return evidence.exit_code


@cli.command()
@click.option("--select", "only", multiple=True, callback=_words, metavar="RULE", help="Only these: id, family or glob; repeatable.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed on stdout.")
@pass_session
def rules(session: Session, only: tuple[str, ...], form: str) -> None:
    """List the rules."""
    from policies.catalogue import select
    from reports.json import rules_json
    from reports.terminal import print_rules

    cards = [rule.card(rule.parameters, {}) for rule in select(only)]
    if form == "json":
        click.echo(rules_json(cards), nl=False)
    else:
        print_rules(session.out, cards, session.lang)


@cli.command()
@click.argument("rule_id", metavar="RULE")
@pass_session
def explain(session: Session, rule_id: str) -> None:
    """Say what a rule checks, how, why, on what authority, and what would make it pass."""
    from inspect import getdoc

    from policies.catalogue import by_id
    from reports.terminal import print_explain

    rule = by_id(rule_id)
    changed = session.network.place.config.audit.parameters.get(rule.id) if session.in_network else None
    values, reasons = (changed.values, dict.fromkeys(changed.values, changed.reason)) if changed else ({}, {})
    card = rule.card({**rule.parameters, **values}, reasons)
    print_explain(session.out, card, session.lang, how=getdoc(rule.query) or "", needs=rule.needs)


# --- scan -------------------------------------------------------------------------------------------------------------


def _scanned(session: Session, sample: int | None, fail_on: Any) -> "ScanEvidence":
    from auditor.audit import Scope, run
    from auditor.rules import Tables
    from auditor.scan import compare, detect, inventory, unlooked
    from auditor.vocabulary.scanned import NotLooked
    from policies.catalogue import by_id
    from policies.network import declared_digest
    from reports.scan import ScanEvidence, concordance, ordered, unasked

    data, engine, config, declared = session.data, session.engine, session.network.place.config, _declared(session)
    missed: list[NotLooked] = [*unlooked(data)]
    with session.working("recognising contents") as progress:
        detections = detect(engine, data, config.cards, sample=sample, progress=progress, missed=missed)
    covered = {row["table"] for row in engine.rows(declared["declared_tables"].select("table"))}
    found = inventory(session.network.place, covered)
    files, shut = _files(session) if config.scan.folders else ((), ())
    tables = Tables(relations={**data.relations, **declared}, as_of=session.as_of, ask=engine.rows)
    absent = frozenset(source.source for source in data.absent_sources)
    scope = Scope(counts=data.counts, columns=data.columns, absent=session.network.place.mapping.absent, absent_sources=absent)
    (outcome,) = run([by_id("REG-CONCORDANCE")], tables, engine, scope)
    there = {table.table for table in found.foreign}
    gaps = (
        *(gap for gap in concordance(outcome) if gap.kind != "table-gone" or gap.table not in there),
        *compare.contradicted(engine, detections, declared["declared_columns"]),
        *compare.drifted(engine, data),
        *compare.lying_about(files),
        *compare.unmapped(found),
        *compare.strangers(engine, found, declared["declared_recipients"], covered),
    )
    return ScanEvidence(
        tool_version=VERSION,
        identity=config.network,
        as_of=session.as_of,
        input_digest=declared_digest(session.network),
        tables=len(data.raw),
        columns=sum(len(relation.columns) for relation in data.raw.values()),
        rows=sum(report.rows_kept for report in data.reports),
        sample=sample,
        folders=config.scan.folders,
        detections=detections,
        files=files,
        foreign=found.foreign,
        gaps=ordered(gaps),
        not_looked=(*missed, *found.missed, *shut, *unasked(outcome)),
        absent=data.absent_sources,
        fail_on=fail_on or config.audit.fail_on,
    )


@cli.command()
@output_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed on stdout.")
@click.option("--full", is_flag=True, help="Read every value of every column.")
@click.option("--sample", type=click.IntRange(min=1), metavar="VALUES", help="Distinct values read per column (default: [scan] sample).")
@click.option("--fail-on", type=click.Choice(["minor", "major", "blocking", "never"]), help="Least severity that exits 1.")
@click.option("--all", "everything", is_flag=True, help="Every place of a gap, and why each content was recognised.")
@click.option("--now", metavar="INSTANT", help="Clock of the run, as before the command.")
@pass_session
def scan(session: Session, /, outputs: tuple[str, ...], form: str, now: str | None, **asked: Any) -> int:
    """Compare schema, accounts, contents and stray files with the register, in both directions."""
    from reports.scan import scan_json
    from reports.terminal.scan import print_scan

    session.set_clock(now)
    if asked["full"] and asked["sample"]:
        raise UsageProblem("--full and --sample contradict each other.", "", "Keep one of the two.")
    session.every_column = True
    sample = None if asked["full"] else asked["sample"] or session.network.place.config.scan.sample
    evidence = _scanned(session, sample, asked["fail_on"])
    _write(outputs, {"json": lambda: scan_json(evidence)})
    if form == "text":
        print_scan(session.out, evidence, session.lang, everything=asked["everything"])
    else:
        click.echo(scan_json(evidence), nl=False)
    return evidence.exit_code


# --- quality ----------------------------------------------------------------------------------------------------------


@cli.group()
def quality() -> None:
    """Hold the tables to a Great Expectations suite told from the mapping, here or in a team's own project."""


_CLASS = click.option("-k", type=click.IntRange(min=2), default=11, show_default=True, help="Distinct persons per class of analysed data.")


@quality.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@_CLASS
@pass_session
def quality_export(session: Session, folder: Path, k: int) -> None:
    """Write one suite per mapped table (Great Expectations 1.x, JSON), and how to run it elsewhere."""
    from auditor.quality import files, suites
    from reports.terminal import print_files

    place = session.network.place
    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(suites(place, session.network.register, k=k), place.config.network.timezone, session.lang):
        _public_text(folder / name, text)
        written.append(folder / name)
    print_files(session.out, written, session.lang)


@quality.command("check")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What is printed on stdout.")
@click.option("--now", metavar="INSTANT", help="Clock of the run, as before the command.")
@_CLASS
@pass_session
def quality_check(session: Session, form: str, now: str | None, k: int) -> int:
    """Run the suites on the network's own tables; counts only, and what could not be checked apart."""
    from auditor.quality import suites
    from auditor.quality.answers import as_json, exit_code, lines
    from auditor.quality.running import check
    from auditor.sources.databases import server_url

    session.set_clock(now)
    place = session.network.place
    asked = suites(place, session.network.register, k=k)
    zone = place.config.network.timezone
    found = {name: server_url(name, source, timezone=zone) for name, source in place.mapping.sources.items()}
    servers = {name: url for name, url in found.items() if url is not None}
    frame = _frames(session, frozenset(servers))
    with session.working("holding the tables to the suites") as progress:
        answers = check(asked, as_of=session.as_of, frame=frame, servers=servers, progress=progress)
    if form == "text":
        for line in lines(answers, session.lang):
            session.out.print(line, soft_wrap=True)
    else:
        click.echo(as_json(answers), nl=False)
    return exit_code(answers)


def _frames(session: Session, servers: frozenset[str]) -> Callable[[str, Sequence[str]], Any]:
    """Give the tables that no server holds as data frames; a server's are asked where they stand, and not copied."""
    from dataclasses import replace

    from auditor.sources import open_network

    place = session.network.place
    fed = {name: [feed for feed in feeds if feed.source.partition(".")[0] not in servers] for name, feeds in place.mapping.tables.items()}
    tables = {name: tuple(feeds) for name, feeds in fed.items() if feeds}
    with session.working("reading the sources"):
        data = open_network(replace(place, mapping=replace(place.mapping, tables=tables)), session.engine)

    def frame(table: str, columns: Sequence[str]) -> Any:
        if table not in data.raw:
            unread = next((absent.reason for absent in data.absent_sources if absent.source in (table, table.partition(".")[0])), "")
            raise CouldNotCheck(unread or f"Table {table} was not read.")
        return session.engine.arrow(data.raw[table].select(*columns)).to_pandas()

    return frame


# --- decisions --------------------------------------------------------------------------------------------------------


@cli.group()
def waivers() -> None:
    """Findings accepted for a term: `waivers.yml` in the network folder."""


@waivers.command("check")
@click.option("--now", metavar="INSTANT", help="Clock of the run, as before the command.")
@pass_session
def waivers_check(session: Session, now: str | None) -> int:
    """List every waiver with its state; exit 2 when one no longer holds."""
    from reports.terminal import print_waivers

    session.set_clock(now)
    decisions = _decisions(session)
    print_waivers(session.out, decisions, session.lang)
    return UsageProblem.exit_code if decisions.lapsed else 0


@cli.group()
def baseline() -> None:
    """Debt a network starts from: `baseline.json`, so that a gate stops only what is new."""


@baseline.command("create")
@click.option("--force", is_flag=True, help="Replace the baseline there is.")
@pass_session
def baseline_create(session: Session, *, force: bool) -> int:
    """Record every finding of today as known debt; waived ones stay out, to count again when their waiver ends."""
    from policies.decisions import BASELINE, baseline_text, recordable
    from reports.terminal import print_written

    file = session.network.place.folder / BASELINE
    if file.exists() and not force:
        raise UsageProblem(
            f"There is a {BASELINE} already.",
            "Making it again would take in every new finding without anybody looking at it.",
            "Run `poincon baseline update`, or `baseline create --force` to start over.",
        )
    evidence = _evidence(session)
    _public_text(file, baseline_text(recordable(evidence.outcomes, evidence.decisions)))
    print_written(session.out, [session.folder / BASELINE], session.lang)
    return _incomplete(session, evidence)


@baseline.command("update")
@click.option("--accept-new", is_flag=True, help="Record new findings as debt too.")
@pass_session
def baseline_update(session: Session, *, accept_new: bool) -> int:
    """Take out what is no longer found; take in what is new only when told to."""
    from policies.decisions import BASELINE, baseline_text, updated
    from reports.decided import marked
    from reports.terminal import print_baseline_update

    evidence = _evidence(session)
    if evidence.decisions.known is None:
        raise UsageProblem(f"There is no {BASELINE} to update.", "", "Run `poincon baseline create` first.")
    update = updated(evidence.outcomes, evidence.decisions, accept_new=accept_new)
    _public_text(session.network.place.folder / BASELINE, baseline_text(update.marks))
    said = {name: [marked(mark, session.lang) for mark in getattr(update, name)] for name in ("gone", "added", "left")}
    print_baseline_update(session.out, kept=update.kept, lang=session.lang, **said)
    return _incomplete(session, evidence)


@baseline.command("show")
@pass_session
def baseline_show(session: Session) -> None:
    """List the known debt."""
    from policies.decisions import BASELINE, read_baseline
    from reports.decided import marked
    from reports.terminal import print_baseline

    known = read_baseline(session.network.place.folder)
    if known is None:
        raise UsageProblem(f"There is no {BASELINE}.", "", "Run `poincon baseline create` to record today's findings as known debt.")
    print_baseline(session.out, [marked(mark, session.lang) for mark in sorted(known)], session.lang)


def _incomplete(session: Session, evidence: "AuditEvidence") -> int:
    """Say which rules could not be checked: their debt is not recorded."""
    from reports.terminal import print_unchecked

    return CouldNotCheck.exit_code if print_unchecked(session.err, evidence, session.lang) else 0


# --- register ---------------------------------------------------------------------------------------------------------


@cli.group()
def registry() -> None:
    """Check, show and exchange the register of processing activities."""


def _register(session: Session) -> "Register":
    """Read the register alone: its commands need nothing else of the network."""
    from policies.registry import load_register

    return load_register(session.folder)


def _sheet(register: "Register", activity: str) -> "Declared":
    """Return one declared activity by id."""
    for declared in register.activities:
        if declared.activity.id == activity:
            return declared
    known = ", ".join(declared.activity.id for declared in register.activities)
    raise UsageProblem(f"The register has no activity {activity!r}.", "", f"Declared activities: {known}.")


@registry.command("check")
@pass_session
def registry_check(session: Session) -> int:
    """Say, per activity, what GDPR art. 30(1) asks and the register lacks."""
    from policies.registry import completeness
    from reports.evidence import Completeness
    from reports.terminal import print_completeness

    register = _register(session)
    found = {one.activity.id: completeness(one) for one in register.activities}
    scores = {name: Completeness(score=one.score, missing=one.missing) for name, one in found.items()}
    print_completeness(session.out, register, scores, session.lang)
    return int(any(one.missing for one in found.values()))


@registry.command("show")
@click.argument("activity", required=False)
@pass_session
def registry_show(session: Session, activity: str | None) -> None:
    """Show the list of activities with their scores, or one whole sheet."""
    from policies.registry import completeness
    from reports.terminal.register import print_activity, print_register

    register = _register(session)
    if activity is None:
        print_register(session.out, register, {one.activity.id: completeness(one) for one in register.activities}, session.lang)
    else:
        declared = _sheet(register, activity)
        print_activity(session.out, declared, completeness(declared), session.lang)


class ExportAsked(NamedTuple):
    """What an export was asked for."""

    activity: str | None
    audit: Path | None
    merge: Path | None


def _whole_register(session: Session, asked: ExportAsked) -> "Register":
    """Return the register, or the one activity that was asked for; the form holds no work of others to merge into."""
    from auditor.vocabulary.register import Register

    if asked.merge:
        raise UsageProblem("--merge goes with --format pia.", "This form is written whole, from the register.", "Leave --merge out.")
    register = _register(session)
    return Register((_sheet(register, asked.activity),)) if asked.activity else register


def _export_ods(session: Session, asked: ExportAsked) -> bytes:
    from policies.registry import completeness
    from reports.registre import read_audit, render_ods

    register = _whole_register(session, asked)
    scores = {one.activity.id: completeness(one) for one in register.activities}
    return render_ods(
        register,
        scores={name: f"{score.score}/{score.total}" for name, score in scores.items()},
        measured=read_audit(asked.audit.read_bytes()) if asked.audit else None,
    )


def _export_pia(session: Session, asked: ExportAsked) -> bytes:
    from reports.registre import read_audit, render_pia

    if not asked.activity:
        raise UsageProblem("--format pia needs an ACTIVITY.", "An assessment is of one activity.", "Name it; `registry show` lists them.")
    declared = _sheet(_register(session), asked.activity)
    measured = read_audit(asked.audit.read_bytes()) if asked.audit else None
    return render_pia(
        declared.activity,
        moment=datetime.combine(measured.as_of, time()) if measured else session.as_of,
        measured=measured,
        existing=_exchanged(asked.merge) if asked.merge else None,
    )


def _export_fides(session: Session, asked: ExportAsked) -> bytes:
    from reports.registre import render_fides

    if asked.audit:
        raise UsageProblem(
            "--audit does not go with --format fides.", "Fides has no place for what an audit measured.", "Leave --audit out."
        )
    return render_fides(_whole_register(session, asked))


def _export_dpv(session: Session, asked: ExportAsked) -> bytes:
    from reports.registre import read_audit, render_dpv

    return render_dpv(_whole_register(session, asked), measured=read_audit(asked.audit.read_bytes()) if asked.audit else None)


EXPORTS: dict[str, Callable[[Session, ExportAsked], bytes]] = {
    "ods": _export_ods,
    "pia": _export_pia,
    "fides": _export_fides,
    "dpv": _export_dpv,
}
"""Forms the register is exported to."""
BINARY_EXPORTS = frozenset({"ods"})
"""Those a terminal cannot show."""


@registry.command("export")
@click.argument("activity", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(EXPORTS)),
    required=True,
    help="CNIL workbook (ods), CNIL PIA tool (pia), Fides YAML, W3C DPV JSON-LD.",
)
@click.option("-o", "--output", "target", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: stdout).")
@click.option("--audit", type=_existing_file, help="Audit document (JSON): its measures are added.")
@click.option("--merge", type=_existing_file, help="Assessment to merge into (pia): what people wrote is kept.")
@pass_session
def registry_export(session: Session, activity: str | None, form: str, target: Path | None, audit: Path | None, merge: Path | None) -> None:
    """Write the register, or one ACTIVITY, in a form others read."""
    from reports.terminal import print_written

    if target is None and form in BINARY_EXPORTS and sys.stdout.isatty():
        raise UsageProblem(f"The form {form} is not text: a terminal cannot show it.", "", "Give a file with -o FILE.")
    content = EXPORTS[form](session, ExportAsked(activity, audit, merge))
    if target is None:
        sys.stdout.buffer.write(content)
    else:
        _private_bytes(target, content)
        print_written(session.err, [target], session.lang)


class ImportAsked(NamedTuple):
    """What an import was asked for."""

    content: bytes
    folder: Path | None
    into: str | None
    write: bool


def _exchanged(path: Path) -> bytes:
    """Read a file given by someone else, unless it is too large to be a register."""
    from policies.registry.exchange import MOST_BYTES

    if path.stat().st_size > MOST_BYTES:
        raise UsageProblem(
            f"{path.name} is larger than {MOST_BYTES:,} bytes.", "No register is: it was not opened.", "Give the register alone."
        )
    return path.read_bytes()


def _import_register(session: Session, asked: ImportAsked, read: Callable[[bytes], "Imported"]) -> None:
    """Write what a file declares as a new register."""
    from policies.registry.writing import write_register
    from reports.terminal.register import print_imported

    if asked.folder is None or asked.into:
        what = "A register is imported into a new folder."
        raise UsageProblem(what, "It never replaces or mixes with another.", "Give the folder: `registry import FILE DIR`.")
    imported = read(asked.content)
    print_imported(session.out, write_register(asked.folder, imported), imported.remarks, session.lang)


def _import_ods(session: Session, asked: ImportAsked) -> None:
    from policies.registry.exchange import read_ods

    _import_register(session, asked, read_ods)


def _import_pia(session: Session, asked: ImportAsked) -> None:
    from policies.registry.exchange import merge_pia
    from policies.registry.writing import rewrite
    from reports.terminal.register import print_merge

    if not asked.into:
        what = "An assessment is merged into one activity."
        raise UsageProblem(what, "It is not a register of its own.", "Name the activity: `registry import FILE --into ACTIVITY`.")
    register = _register(session)
    declared = _sheet(register, asked.into)
    elsewhere = [purpose.id for one in register.activities if one is not declared for purpose in one.activity.purposes]
    merge = merge_pia(declared.activity, asked.content, elsewhere)
    changed = asked.write and merge.activity != declared.activity
    written = rewrite(session.folder, declared, merge.activity) if changed else None
    print_merge(session.out, merge.changes, merge.remarks, written, session.lang)


def _import_fides(session: Session, asked: ImportAsked) -> None:
    from policies.registry.exchange import read_fides

    _import_register(session, asked, read_fides)


def _import_dpv(session: Session, asked: ImportAsked) -> None:
    from policies.registry.exchange import read_dpv

    _import_register(session, asked, read_dpv)


IMPORTS: dict[str, Callable[[Session, ImportAsked], None]] = {
    "ods": _import_ods,
    "pia": _import_pia,
    "fides": _import_fides,
    "dpv": _import_dpv,
}
"""Forms that are imported, by the name `policies.registry.exchange.detect` gives them."""


@registry.command("import")
@click.argument("file", type=_existing_file)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--into", metavar="ACTIVITY", help="Activity that an assessment is merged into.")
@click.option("--write", is_flag=True, help="Write the merge into the activity's file (default: show it).")
@pass_session
def registry_import(session: Session, file: Path, folder: Path | None, into: str | None, write: bool) -> None:
    """Read a register kept elsewhere into a new folder, or an assessment into an activity. Its form is recognised."""
    from policies.registry.exchange import detect

    content = _exchanged(file)
    IMPORTS[detect(content)](session, ImportAsked(content, folder, into, write))


# --- releases ---------------------------------------------------------------------------------------------------------


@cli.group()
def release() -> None:
    """Build, verify and trace what leaves."""


def _build_request(session: Session, release_id: str, progress: Callable[[str], None]) -> "BuildRequest":
    from anonymise.generalise import Calendar
    from anonymise.release import BuildRequest

    plan = session.plan(release_id)
    config = session.network.place.config
    return BuildRequest(
        engine=session.engine,
        plan=plan,
        plan_digest=sha256(session.network.plan_files[release_id].read_bytes()).hexdigest(),
        relations=session.data.relations,
        identifiers=session.data.identifiers,
        calendar=Calendar(zone=config.network.timezone, service_day_start=config.network.service_day_start),
        keys=session.keys,
        ledger=session.ledger,
        folder=session.network.place.resolve(config.state.published),
        workdir=session.state,
        now=session.as_of,
        progress=progress,
        grammar=config.cards,
        publisher=config.network.authority,
        memory_limit=config.engine.memory_limit,
    )


@release.command("plan")
@click.argument("release_id", metavar="RELEASE")
@pass_session
def release_plan(session: Session, release_id: str) -> None:
    """Show what a release would take, and what it would have to pass."""
    from anonymise.release import preview
    from reports.terminal import print_preview

    print_preview(session.out, session.plan(release_id), preview(_build_request(session, release_id, lambda _: None)), session.lang)


@release.command("build")
@click.argument("release_id", metavar="RELEASE")
@output_option
@pass_session
def release_build(session: Session, release_id: str, outputs: tuple[str, ...]) -> None:
    """Pseudonymise, anonymise, stage, verify; publish only what passes."""
    from dataclasses import replace

    from anonymise.release import build
    from reports.html import render_release
    from reports.json import release_json
    from reports.terminal import print_published, print_release

    with session.working(f"building {release_id}") as progress:
        published = build(_build_request(session, release_id, progress))
    receipt = published.receipt
    _private_text(
        session.network.place.resolve(session.network.place.config.state.published) / PUBLIC_KEY,
        session.keys.signing_key().public_pem.decode(),
    )
    _write(outputs, {"json": lambda: release_json(receipt), "html": lambda: render_release(receipt, session.lang)})
    print_release(session.out, receipt, session.lang)
    typed = replace(published, file=_as_typed(session, published.file), receipt_file=_as_typed(session, published.receipt_file))
    print_published(session.out, typed, session.lang)


def _as_typed(session: Session, path: Path) -> Path:
    """Write a path of the network the way the user named the network."""
    root = session.network.place.folder
    return session.folder / path.relative_to(root) if path.is_relative_to(root) else path


@release.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--plan", "release_id", metavar="RELEASE", help="Declared plan the file claims to follow.")
@click.option("--by", "quasi_identifiers", multiple=True, metavar="COLUMN", help="Quasi-identifier, without a plan; repeatable.")
@click.option("--sensitive", multiple=True, metavar="COLUMN", help="Sensitive column, without a plan; repeatable.")
@click.option("--card", "unit_column", metavar="COLUMN", help="Column that names the person, if the file has one.")
@click.option("-k", type=click.IntRange(min=2), default=11, show_default=True, help="Distinct cards per class, without a plan.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Public key of the receipt (PEM).")
@pass_session
def release_verify(session: Session, /, file: Path, release_id: str | None, key: Path | None, **asked: Any) -> int:
    """Examine any file as a stranger would; exit 4 unless it passes."""
    from anonymise.verify import verify_file
    from auditor.vocabulary.releases import ReleaseVerdict
    from reports.terminal import print_verification

    receipt = file.with_name(f"{file.name}.receipt.json")
    verification = verify_file(
        file,
        plan=session.plan(release_id) if release_id else None,
        receipt=receipt if receipt.exists() else None,
        public_key=key.read_bytes() if key else None,
        grammar=session.network.place.config.cards if release_id else None,
        **asked,
    )
    print_verification(session.out, verification, session.lang)
    return 0 if verification.verdict is ReleaseVerdict.PASS_FOR_SCOPE else ReleaseRefused.exit_code


@release.command("ledger")
@pass_session
def release_ledger(session: Session) -> int:
    """List releases made and refused, and check the chain."""
    from reports.terminal import print_ledger

    broken = session.ledger.check()
    print_ledger(session.out, session.ledger.entries(), broken, session.lang)
    return CouldNotCheck.exit_code if broken else 0


# --- vault and after-sales --------------------------------------------------------------------------------------------


@cli.group()
def vault() -> None:
    """Keep what rebuilds a card, and nothing about journeys."""


@vault.command("seal")
@pass_session
def vault_seal(session: Session) -> None:
    """Seal the last known content of every card."""
    from auditor.aftersales import card_states, left_out
    from reports.terminal import print_sealed

    data = session.data
    with session.working("sealing cards"):
        sealed = session.vault.seal(card_states(session.engine, data.relations, data.identifiers), session.as_of)
    print_sealed(session.out, sealed.sealed, sealed.past_term, left_out(session.engine, data.relations), session.lang)


@vault.command("status")
@pass_session
def vault_status(session: Session) -> None:
    """Count what the vault holds."""
    from reports.terminal import print_vault_status

    print_vault_status(session.out, session.vault.status(), session.lang)


@vault.command("journal")
@click.option("--head", help="Last digest known from elsewhere: shows truncation too.")
@pass_session
def vault_journal(session: Session, head: str | None) -> int:
    """Check that no opening of the vault was altered, dropped or reordered."""
    from reports.terminal import print_vault_journal

    broken = session.vault.check_journal(head)
    print_vault_journal(session.out, len(session.vault.journal_entries()), broken, session.lang)
    return CouldNotCheck.exit_code if broken else 0


@cli.group()
def card() -> None:
    """Lost cards: block, rebuild, rehearse."""


def _warrant(session: Session, case: str, clerk: str, reason: str) -> Any:
    from datetime import timedelta

    from auditor.vocabulary.aftersales import Warrant

    return Warrant(case=case, clerk=clerk, reason=reason, granted_at=session.as_of, until=session.as_of + timedelta(hours=1))


case_options = [
    click.option("--case", required=True, help="Number of the after-sales case."),
    click.option("--clerk", required=True, help="Account of the clerk."),
    click.option("--reason", required=True, help="Why the vault is opened."),
]


def _for_a_case(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(case_options):
        command = option(command)
    return command


@card.command("lost")
@card_option
@_for_a_case
@click.option("--because", type=click.Choice(["loss", "theft", "defect"]), default="loss", show_default=True, help="Reason of the block.")
@pass_session
def card_lost(session: Session, /, card_file: Path | None, because: Any, **case: str) -> None:
    """Put a lost card on the block list."""
    from reports.terminal import print_blocked

    _blocked(session, _card(card_file, "Card number"), because, case)
    print_blocked(session.out, case["case"], because, session.lang)


def _blocked(session: Session, number: str, because: Any, case: dict[str, str]) -> None:
    from auditor.vocabulary.aftersales import BlockEntry

    entry = BlockEntry(reason=because, starts_on=session.today, author=case["clerk"])
    session.vault.block(number, entry, _warrant(session, **case), session.as_of)


@card.command("reconstruct")
@card_option
@_for_a_case
@click.option("--possession", is_flag=True, help="Possession of the medium was proven (receipt, last reload).")
@click.option(
    "--new-card-file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File holding the new card's number; absent, it is written (0600) with a free number of the declared grammar.",
)
@pass_session
def card_reconstruct(session: Session, /, card_file: Path | None, possession: bool, new_card_file: Path, **case: str) -> None:
    """Rebuild a blocked card with the same titles and counters."""
    from reports.terminal import print_reconstruction

    rebuilt = _rebuilt(session, _card(card_file, "Card number"), new_card_file, case, possession=possession)
    print_reconstruction(session.out, rebuilt, session.lang, products=_product_labels(session))


def _product_labels(session: Session) -> dict[str, str]:
    """Read the reference table of products alone, apart: a clerk's command opens no table of taps or customers."""
    from dataclasses import replace

    from auditor.engine.duckdb import DuckDBEngine
    from auditor.sources import open_network

    place = session.network.place
    feeds = place.mapping.tables.get("products", ())
    named = {feed.source.partition(".")[0] for feed in feeds}
    sources = {name: source for name, source in place.mapping.sources.items() if name in named}
    if not sources:
        return {}
    with DuckDBEngine() as engine:
        opened = open_network(replace(place, mapping=replace(place.mapping, sources=sources, tables={"products": feeds})), engine)
        products = opened.relations["products"]
        return {row["product"]: row["label"] for row in engine.rows(products.filter(products.label.notnull()))}


def _rebuilt(session: Session, number: str, new_card_file: Path, case: dict[str, str], *, possession: bool) -> "Reconstruction":
    from auditor.aftersales import suggest_card_number

    if not new_card_file.exists():
        new = suggest_card_number(session.network.place.config.cards, session.vault.holds)
        _private_text(new_card_file, f"{new}\n")
    new = new_card_file.read_text(encoding="utf-8").strip()
    return session.vault.reconstruct(number, new, _warrant(session, **case), session.as_of, proof_of_possession=possession)


@card.command("drill")
@output_option
@pass_session
def card_drill(session: Session, outputs: tuple[str, ...]) -> int:
    """Rehearse loss and reconstruction on witness cards, with every analytics key shredded."""
    from time import perf_counter

    from anonymise.vault.drill import run
    from reports.html import render_drill
    from reports.terminal import print_drill

    steps = run(now=session.as_of, clock=perf_counter, lang=session.lang)
    failed = sum(not step.passed for step in steps)
    _remember(session, lambda: session.history.add_drill(session.today, len(steps), failed))
    identity = session.network.place.config.network
    _write(outputs, {"html": lambda: render_drill(steps, identity, session.as_of, session.lang, tool_version=VERSION)})
    print_drill(session.out, steps, session.lang)
    return 0 if all(step.passed for step in steps) else 1


# --- citizens ---------------------------------------------------------------------------------------------------------


@cli.group()
def request() -> None:
    """Requests of access: one month from reception (GDPR art. 12 and 15)."""


@request.command("open")
@click.option("--identity", required=True, help="How the right to ask was checked (« carte présentée au guichet »).")
@click.option("--medium", type=click.Choice(["anonymous", "declarative", "nominative", "unknown"]), default="unknown", show_default=True)
@click.option("--received", type=click.DateTime(["%Y-%m-%d"]), help="Day of reception (default: today).")
@pass_session
def request_open(session: Session, identity: str, medium: str, received: datetime | None) -> None:
    """Record a request; the month starts."""
    from reports.terminal import print_request_opened

    opened = session.desk.open_request(medium=medium, identity_check=identity, received_on=received.date() if received else session.today)
    print_request_opened(session.out, opened, session.lang)


@request.command("freeze")
@click.argument("request_id", metavar="REQUEST")
@card_option
@pass_session
def request_freeze(session: Session, request_id: str, card_file: Path | None) -> None:
    """Set aside everything held about the card, before the purge takes it."""
    from auditor.requests import gather
    from auditor.risk.tokens.single import unkeyed_tokens
    from reports.terminal import print_request_frozen

    number = _card(card_file, "Card number")
    session.desk.get(request_id)
    session.every_column = True
    with session.working("gathering"):
        copy = gather(session.data, session.engine, number, unkeyed_tokens(number), session.as_of)
    session.desk.freeze(request_id, copy)
    rows = sum(len(table.rows) for table in copy.tables)
    print_request_frozen(session.out, request_id, rows=rows, tables=len(copy.tables), lang=session.lang)


@request.command("answer")
@click.argument("request_id", metavar="REQUEST")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the answer (0700).")
@pass_session
def request_answer(session: Session, request_id: str, folder: Path) -> None:
    """Write the answer for the person: HTML, JSON and CSV."""
    from auditor.requests import Particulars, compose
    from reports.html import render_access
    from reports.json import access_csv, access_json
    from reports.terminal import print_written

    particulars = Particulars(identity=session.network.place.config.network, register=session.network.register, lang=session.lang)
    answer = compose(session.desk.frozen(request_id), session.desk.get(request_id), particulars, session.today)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    forms = {
        "html": lambda: render_access(answer, session.lang),
        "json": lambda: access_json(answer),
        "csv": lambda: access_csv(answer, session.lang),
    }
    _write(tuple(f"{form}={folder / f'reponse-{request_id}.{form}'}" for form in forms), forms)
    session.desk.answered(request_id, session.today)
    print_written(session.out, [folder / f"reponse-{request_id}.{form}" for form in forms], session.lang)


@request.command("list")
@pass_session
def request_list(session: Session) -> None:
    """List requests with their due dates."""
    from reports.terminal import print_requests

    print_requests(session.out, session.desk.list(), session.today, session.lang)


@request.command("close")
@click.argument("request_id", metavar="REQUEST")
@pass_session
def request_close(session: Session, request_id: str) -> None:
    """Destroy the frozen copy and close."""
    from reports.terminal import print_request_closed

    print_request_closed(session.out, session.desk.close(request_id, session.today), session.lang)


if __name__ == "__main__":
    main()
