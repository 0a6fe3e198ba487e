"""A small network whose names are hostile, and the whole story told on it once, watched: what came out, what was left."""

import csv
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

PROGRAM = Path(__file__).resolve().parents[3] / "cli.py"
QUIET = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
BAIT = "<script>alert(7)</script>"
STARTS = ("=", "+", "-", "@")

WATCH = '''
"""Writes down, then refuses, whatever asks for the network."""

import os
import re
import socket
import sys

ASKS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
SENDS = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}


def refuse(event, arguments):
    if event in ASKS or (event in SENDS and arguments[0].family in (socket.AF_INET, socket.AF_INET6)):
        with open(os.environ["NETWORK_ASKED"], "a", encoding="utf-8") as asked:
            asked.write(event + "\\n")
        raise OSError("the network was asked for")


sys.addaudithook(refuse)
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command that ended: its words and its code, as text even where bytes were no text."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def started(*arguments, cwd, env=None, umask=-1, before=(), program=PROGRAM):
    """Start the program, its card number still to be given on standard input."""
    return subprocess.Popen(
        [*before, sys.executable, str(program), *map(str, arguments)],
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="backslashreplace",
        env={**os.environ, **QUIET, **(env or {})},
        umask=umask,
    )


def ended(*arguments, stdin="", **options):
    """Run the program to its end."""
    with started(*arguments, **options) as process:
        out, err = process.communicate(stdin)
    return Done(arguments=tuple(map(str, arguments)), code=process.returncode, out=out, err=err)


@pytest.fixture(scope="session")
def runs():
    """Two ways to run the program: `started`, to watch or kill it, and `ended`."""
    return SimpleNamespace(started=started, ended=ended)


def _narrowed(network, tables, sources=("valideurs",)):
    """Map only these tables (validations only from these sources) and declare the others absent: nothing else is opened."""
    mapping = yaml.safe_load((network / "mapping.yml").read_text(encoding="utf-8"))
    kept = {name: feeds for name, feeds in mapping["tables"].items() if name in tables}
    gone = {name: "hors de ce dossier" for name in mapping["tables"] if name not in tables}
    if "validations" in kept:
        kept["validations"] = [feed for feed in kept["validations"] if feed["source"] in sources]
    used = {feed["source"].split(".")[0] for feeds in kept.values() for feed in feeds}
    mapping["sources"] = {name: source for name, source in mapping["sources"].items() if name in used}
    mapping["tables"], mapping["absent"] = kept, {**mapping["absent"], **gone}
    (network / "mapping.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")
    return network


@pytest.fixture(scope="session")
def narrowed():
    return _narrowed


def _made(folder, *options):
    done = ended("demo", folder, "--cards", "300", "--days", "7", "--data-only", *options, cwd=folder.parent)
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The smallest planted network there is to work on; to be copied."""
    return _made(tmp_path_factory.mktemp("small") / "lille")


@pytest.fixture(scope="session")
def spotless(tmp_path_factory):
    """Its twin with nothing to find; to be copied."""
    return _made(tmp_path_factory.mktemp("spotless") / "lille", "--clean")


def marked(kind, code):
    """A code no other text holds, that a spreadsheet would run and a browser would run."""
    return f"{STARTS[sum(map(ord, code)) % len(STARTS)]}{kind}-{code}{BAIT}"


MARKED = {"code_arret": "arret", "code_ligne": "ligne", "code_valideur": "valideur"}
LABELS = {"arrets.csv": ("libelle", "station", "zone"), "lignes.csv": ("libelle",), "titres.csv": ("libelle", "famille")}


def _mark_parquet(path):
    table = pq.read_table(path)
    for name in MARKED.keys() & set(table.column_names):
        texts = [None if code is None else marked(MARKED[name], code) for code in table[name].to_pylist()]
        table = table.set_column(table.column_names.index(name), name, pa.array(texts, pa.string()))
    pq.write_table(table, path)


def _mark_csv(path, labels=()):
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row.update({name: marked(MARKED[name], row[name]) for name in MARKED.keys() & row.keys()})
        row.update({name: marked(name, row[name]) for name in labels})
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def hostile(small, tmp_path_factory):
    """The small network where every code, label and name starts like a formula and carries a script; to be copied."""
    folder = Path(shutil.copytree(small, tmp_path_factory.mktemp("hostile") / "lille"))
    for path in [*folder.glob("data/valideurs/*.parquet"), *folder.glob("data/statistiques/*.parquet")]:
        _mark_parquet(path)
    _mark_csv(folder / "data" / "relais" / "file_attente.csv")
    for name, labels in LABELS.items():
        _mark_csv(folder / "reference" / name, labels)
    with closing(sqlite3.connect(folder / "data" / "gestion.sqlite")) as base:
        base.execute("update clients set nom = '=' || ? || nom", (BAIT,))
        base.commit()
    config = folder / "poincon.toml"
    text = config.read_text(encoding="utf-8").replace('name = "Petit Lille', f'name = "=Petit {BAIT} Lille')
    config.write_text(text.replace('authority = "', f'authority = "@{BAIT}'), encoding="utf-8")
    for declared in [folder / "registre" / "validations-fraude.yml", *folder.glob("releases/*.yml")]:
        text = declared.read_text(encoding="utf-8")
        titled = re.sub(r"^title: .*$", f"title: '+{BAIT} {declared.stem}'", text, count=1, flags=re.MULTILINE)
        assert titled != text
        declared.write_text(titled, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def bait():
    return SimpleNamespace(raw=BAIT, escaped=BAIT.replace("<", "&lt;").replace(">", "&gt;"), starts=STARTS)


@pytest.fixture(scope="session")
def watch(tmp_path_factory):
    """Environment in which any use of the network fails the run and is written to `asked`."""
    folder = tmp_path_factory.mktemp("watch")
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    asked = folder / "asked.txt"
    return SimpleNamespace(asked=asked, env={"PYTHONPATH": str(folder), "NETWORK_ASKED": str(asked)})


def taps(network):
    """Every tap of the active store."""
    return pa.concat_tables(pq.read_table(path) for path in sorted(network.glob("data/valideurs/*.parquet")))


@pytest.fixture(scope="session")
def active(hostile):
    return taps(hostile)


@pytest.fixture(scope="session")
def lost_card(hostile, active):
    """A card in use that taps, holds a contract and can be blocked then rebuilt."""
    tapped = set(pc.unique(active["numero_carte"]).to_pylist())
    question = """
        select s.numero_carte from supports s join contrats c using (numero_carte) join ventes v using (numero_carte)
        where s.statut = 'actif' and s.type_support = 'nominatif' and c.statut = 'actif'
          and s.expire_le > '2026-12-01' and coalesce(c.fin, '2027') > '2026-11-05'
          and s.numero_carte not in (select numero_carte from opposition) order by 1
    """
    with closing(sqlite3.connect(f"file:{hostile}/data/gestion.sqlite?mode=ro", uri=True)) as base:
        return next(str(number) for (number,) in base.execute(question) if number in tapped)


def sources(network):
    """Digest, instant of change and name of everything below data/ and reference/, folders too."""
    found = {}
    for path in sorted([*network.glob("data/**/*"), *network.glob("reference/**/*")]):
        content = sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[path.relative_to(network).as_posix()] = (content, path.stat().st_mtime_ns)
    return found


CASE = ("--case", "SAV-0001", "--clerk", "guichet-01", "--reason", "carte perdue")
BUILDS = ("frequentation-lignes", "titres-par-zone")


def _steps(network, reports):
    """The story: arguments of each command, whether it is given the lost card, and the code it must end with."""
    verified = network / "published" / BUILDS[0] / "2026-10-29_2026-10-30" / f"{BUILDS[0]}.csv"
    yield ("audit", "-o", f"html={reports / 'audit.html'}", "-o", f"json={reports / 'audit.json'}"), 1
    yield ("rules",), 0
    yield ("registry", "check"), 1
    for plan in BUILDS:
        yield ("release", "build", plan, "-o", f"html={reports / plan}.html"), 0
    yield ("release", "verify", verified, "--plan", BUILDS[0], "--key", network / "published" / "signature.pem"), 0
    yield ("release", "ledger"), 0
    yield ("vault", "seal"), 0
    yield ("card", "lost", *CASE), 0
    yield ("card", "reconstruct", *CASE, "--new-card-file", network / "state" / "carte-nouvelle.txt"), 0
    yield ("card", "drill", "-o", f"html={reports / 'exercice.html'}"), 0
    yield ("request", "open", "--identity", "carte présentée au guichet", "--medium", "nominative"), 0
    yield ("request", "freeze", "2026-0001"), 0
    yield ("request", "answer", "2026-0001", "--to", network / "reponse"), 0
    yield ("request", "list"), 0
    yield ("vault", "status"), 0
    yield ("vault", "journal"), 0


READ_A_CARD = {("card", "lost"), ("card", "reconstruct"), ("request", "freeze")}


@pytest.fixture(scope="session")
def story(hostile, lost_card, watch, tmp_path_factory):
    """Every command on one network, sources writable, no mask, the network watched; what was seen after each of them."""
    base = tmp_path_factory.mktemp("story")
    network, reports, temporary = Path(shutil.copytree(hostile, base / "lille")), base / "lille" / "rapports", base / "tmp"
    temporary.mkdir()
    for path in [*network.glob("data/**/*"), *network.glob("reference/**/*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    env = {**watch.env, "TMPDIR": str(temporary)}
    before, told = sources(network), []
    for arguments, code in _steps(network, reports):
        card = f"{lost_card}\n" if arguments[:2] in READ_A_CARD else ""
        done = ended("-n", network, *arguments, cwd=base, stdin=card, env=env, umask=0)
        assert done.code == code, (arguments, done.said)
        told.append(SimpleNamespace(name=" ".join(arguments[:2]), done=done, sources=sources(network), left=sorted(temporary.rglob("*"))))
    return SimpleNamespace(network=network, reports=reports, before=before, told=told, asked=watch.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """What the sources hold about people, and how to find any of it in a text."""

    cards: frozenset[str]
    tokens: frozenset[str]
    printed: frozenset[str]
    contacts: frozenset[str]
    """Names, addresses of mail, telephones."""

    def found_in(self, content):
        """Return the personal values that a text, or the bytes of a file, holds."""
        text = content if isinstance(content, str) else content.decode("latin-1")
        cards = self.cards & set(re.findall(r"(?=(\d{10}))", text))
        if isinstance(content, bytes):
            cards |= self._stored_in(content)
        tokens = self.tokens & set(re.findall(r"(?=([0-9a-f]{64}))", text))
        printed = self.printed & set(re.findall(r"(?<![0-9A-Za-z.])(\d{8,9})(?![0-9A-Za-z.])", text))
        contacts = self.contacts & set(re.findall(r"Porteur \d{6}|porteur-\d{6}@[a-z.]+|0\d(?: \d\d){4}", text))
        return sorted(cards | tokens | printed | contacts)

    def _stored_in(self, content):
        """Return the cards that bytes hold as whole numbers, the way SQLite, Parquet and DuckDB write them."""
        numbers = {int(card): card for card in self.cards}
        six = {int.from_bytes(window, "big") for window in re.findall(rb"(?s)(?=(\x00\x00[\x90-\x9f].{3}))", content)}
        eight = {int.from_bytes(window, "little") for window in re.findall(rb"(?s)(?=(.{3}[\x90-\x9f]\x00{4}))", content)}
        return {numbers[number] for number in (six | eight) & numbers.keys()}


@pytest.fixture(scope="session")
def personal(hostile, active):
    """Every card, token, printed number, name, mail and telephone of the sources."""
    with closing(sqlite3.connect(f"file:{hostile}/data/gestion.sqlite?mode=ro", uri=True)) as base:
        supports = base.execute("select numero_carte, numero_imprime from supports").fetchall()
        people = base.execute("select nom, courriel, telephone from clients").fetchall()
    tokens = {token for path in hostile.glob("data/statistiques/*.parquet") for token in pq.read_table(path)["jeton_carte"].to_pylist()}
    tapped = {str(card) for card in pc.unique(active["numero_carte"]).to_pylist() if card is not None}
    found = Personal(
        cards=frozenset(tapped | {str(card) for card, _ in supports}),
        tokens=frozenset(tokens - {None}),
        printed=frozenset(printed for _, printed in supports if printed),
        contacts=frozenset(text.rpartition(">")[2] for row in people for text in row if text),
    )
    assert min(map(len, (found.cards, found.tokens, found.printed, found.contacts))) > 100
    return found
