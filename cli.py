"""The command line: parse, load, call, render. No judgement of its own; nothing imports it.

Heavy libraries are imported inside the commands, so that `poincon --help` answers at once (a test holds it).
"""

import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
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
    from auditor.engine.duckdb import DuckDBEngine
    from auditor.requests import Desk
    from auditor.sources import OpenNetwork
    from auditor.vocabulary.aftersales import Reconstruction
    from auditor.vocabulary.releases import ReleasePlan
    from policies.network import Network
    from reports.evidence import AuditEvidence

VERSION = "0.1.0"
ROOT_KEY = "POINCON_ROOT_KEY"
"""Environment variable that may hold the root key, hexadecimal, instead of the key file."""
PUBLIC_KEY = "signature.pem"
"""Public key of the receipts, in the publication folder."""


class Session:
    """A network opened for one command: each part is loaded on first use, all are closed at the end."""

    def __init__(self, folder: Path, now: str | None, lang: Lang, *, quiet: bool, color: bool) -> None:
        self.folder = folder
        self.lang = lang
        self.quiet = quiet
        self.color = color
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
            return open_network(self.network.place, self.engine)

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

        ledger = Ledger(self.state / "ledger.sqlite", signer=self.keys.signing_key())
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


def _private_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)


# --- a network ----------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@pass_session
def init(session: Session, folder: Path) -> None:
    """Write the declarations of a network to adapt: configuration, mapping, starter register, release plans."""
    from auditor.demo import start
    from policies.registry import starter_files
    from reports.terminal import print_files

    print_files(session.out, start(folder, starter_files()), session.lang)


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
    from policies.registry import starter_files
    from reports.terminal import print_files, print_step, progress_bars

    session = _session(ctx)
    with progress_bars(session.err) as progress:
        generate(folder, DemoOptions(**size), starter_files(), progress)
    session.folder = folder
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


def _evidence(session: Session) -> "AuditEvidence":
    from auditor.audit import Scope, run, unread
    from auditor.rules import Tables
    from policies.catalogue import RULES
    from policies.network import declared_digest
    from policies.pieces import piece_tables
    from policies.registry import completeness, declared_tables
    from reports.evidence import AuditEvidence, Completeness

    network, data = session.network, session.data
    config = network.place.config
    declared = declared_tables(
        network.register,
        config.cards,
        config.audit,
        as_of=session.as_of,
        plans=network.declared_plans,
        identity=config.network,
    )
    known = {**data.relations, **declared, **piece_tables(network.pieces)}
    tables = Tables(relations=known, as_of=session.as_of, ask=session.engine.rows)
    scope = Scope(
        counts=data.counts,
        columns=data.columns,
        absent=network.place.mapping.absent,
        unreadable=data.unreadable,
        absent_sources=frozenset(source.source for source in data.absent_sources),
        overrides=config.audit.parameters,
        unread=unread(data.reports),
    )
    with session.working("asking the rules") as progress:
        outcomes = tuple(run(RULES, tables, session.engine, scope, progress))
    scores = {one.activity.id: completeness(one) for one in network.register.activities}
    return AuditEvidence(
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
    )


@cli.command()
@output_option
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="What is printed on stdout.")
@click.option("--fail-on", type=click.Choice(["minor", "major", "blocking", "never"]), help="Least severity that exits 1.")
@pass_session
def audit(session: Session, outputs: tuple[str, ...], form: str, fail_on: Any) -> int:
    """Check every rule on the rows, read-only."""
    from dataclasses import replace

    from reports.html import render_audit
    from reports.json import audit_json
    from reports.terminal import print_audit

    evidence = _evidence(session)
    if fail_on:
        evidence = replace(evidence, fail_on=fail_on)
    renderers = {"json": lambda: audit_json(evidence), "html": lambda: render_audit(evidence, session.lang)}
    _write(outputs, renderers)
    if form == "text":
        print_audit(session.out, evidence, session.lang)
    else:
        click.echo(renderers[form]())
    return evidence.exit_code


@cli.command()
@pass_session
def rules(session: Session) -> None:
    """List the rules."""
    from policies.catalogue import RULES
    from reports.terminal import print_rules

    print_rules(session.out, [rule.card(rule.parameters, {}) for rule in RULES], session.lang)


@cli.command()
@click.argument("rule_id", metavar="RULE")
@pass_session
def explain(session: Session, rule_id: str) -> None:
    """Say what a rule checks, why, on what authority, and what would make it pass."""
    from policies.catalogue import by_id
    from reports.terminal import print_explain

    rule = by_id(rule_id)
    print_explain(session.out, rule.card(rule.parameters, {}), session.lang)


# --- register ---------------------------------------------------------------------------------------------------------


@cli.group()
def registry() -> None:
    """Check and show the register of processing activities."""


@registry.command("check")
@pass_session
def registry_check(session: Session) -> int:
    """Say, per activity, what GDPR art. 30(1) asks and the register lacks."""
    from policies.registry import completeness
    from reports.evidence import Completeness
    from reports.terminal import print_completeness

    found = {one.activity.id: completeness(one) for one in session.network.register.activities}
    scores = {name: Completeness(score=one.score, missing=one.missing) for name, one in found.items()}
    print_completeness(session.out, session.network.register, scores, session.lang)
    return int(any(one.missing for one in found.values()))


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
