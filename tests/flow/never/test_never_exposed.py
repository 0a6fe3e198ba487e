"""No personal value leaves by a word, an error, a trace, a file or a process argument."""

import base64
import json
import shutil
import time
from pathlib import Path

import pytest
import yaml

CASE = ("--case", "SAV-0002", "--clerk", "guichet-01", "--reason", "carte perdue")
BREAKING = """
import sys
sys.path.insert(0, {root!r})
from anonymise.vault import Vault

def block(self, card, *others):
    held = {{card: others}}
    try:
        raise ValueError(f"card {{card}} of " + repr(held))
    except ValueError as error:
        raise KeyError(card) from error

Vault.block = block
import cli
cli.main()
"""


@pytest.fixture(scope="module")
def after_the_story(story, tmp_path_factory):
    """A copy of the network without its data, with its keys, vault and requests as the story left them."""
    folder = tmp_path_factory.mktemp("after") / "lille"
    return Path(shutil.copytree(story.network, folder, ignore=shutil.ignore_patterns("data", "rapports", "reponse")))


def test_the_search_does_find_what_the_sources_hold(personal, hostile, lost_card):
    """The tests below would hold with a search that finds nothing: this one says that it finds."""
    assert lost_card in personal.found_in((hostile / "data" / "gestion.sqlite").read_bytes())
    assert personal.found_in((hostile / "data" / "relais" / "file_attente.csv").read_bytes())
    for kind in (personal.cards, personal.tokens, personal.printed, personal.contacts):
        value = min(kind)
        assert personal.found_in(f"<b>{value}</b>") == [value]


def test_no_command_of_the_story_says_a_personal_value(story, personal):
    said = {step.name: personal.found_in(step.done.said) for step in story.told}
    assert {name: values for name, values in said.items() if values} == {}


def test_the_number_of_the_new_card_is_in_its_file_and_nowhere_else(story):
    file = story.network / "state" / "carte-nouvelle.txt"
    number = file.read_text(encoding="utf-8").strip()
    assert len(number) == 10
    assert [step.name for step in story.told if number in step.done.said] == []
    holding = [path.name for path in story.network.rglob("*") if path.is_file() and number.encode() in path.read_bytes()]
    assert holding == [file.name]


def test_no_file_holds_a_personal_value_but_the_frozen_copy_and_the_citizens_answer(story, personal):
    owed = {story.network / "state" / "requests" / "2026-0001.frozen.json", *(story.network / "reponse").iterdir()}
    sources = {story.network / "data", story.network / "partages"}
    files = {path for path in story.network.rglob("*") if path.is_file() and sources.isdisjoint(path.parents)} - owed
    assert {path.name for path in files} >= {"audit.json", "audit.html", "ledger.sqlite", "vault.sqlite", "requests.sqlite", "truth.json"}
    holding = {path.relative_to(story.network).as_posix(): personal.found_in(path.read_bytes()) for path in sorted(files)}
    assert {name: values for name, values in holding.items() if values} == {}


def test_the_audit_tells_no_instant_of_a_tap(story, active):
    moments = {moment.isoformat(sep) for moment in active["horodatage"].to_pylist() if moment for sep in "T "}
    for text in [step.done.said for step in story.told if step.name.startswith("audit")] + [
        (story.reports / name).read_text(encoding="utf-8") for name in ("audit.json", "audit.html")
    ]:
        assert [moment for moment in moments if moment in text] == []


# --- on the way of errors ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoiled(hostile, narrowed, lost_card, tmp_path_factory):
    """Lines that cannot be read around a card number."""
    network = Path(shutil.copytree(hostile, tmp_path_factory.mktemp("spoiled") / "lille"))
    narrowed(network, ("validations",), ("valideurs", "postpaiement"))
    invoices = min((network / "data" / "postpaiement").glob("*.csv"))
    bad = [
        f"{lost_card};pas une date;51611;T2;1,40;M1-1006-4",
        f"{lost_card};31/02/2026 06:22;51611;T2;un euro;M1-1006-4",
        f"carte {lost_card};01/10/2026 06:22;51611;T2;1,40;M1-1006-4",
        f"{lost_card};01/10/2026 06:22;51611;T2;1,40;M1-1006-4;une;de;trop",
        f'"{lost_card};01/10/2026 06:22',
    ]
    invoices.write_bytes(invoices.read_bytes() + "\r\n".join(bad).encode("cp1252") + b"\r\n")
    return network


def test_lines_that_cannot_be_read_are_counted_and_never_quoted(spoiled, runs, personal, tmp_path):
    done = runs.ended(
        "-n", spoiled, "audit", "-o", f"html={spoiled}/audit.html", "--format", "json", cwd=spoiled, env={"TMPDIR": str(tmp_path)}
    )
    reading = next(one for one in json.loads(done.out)["readings"] if one["physical"] == "postpaiement")
    assert reading["rows_rejected"] + sum(reading["unreadable"].values()) >= 4
    assert personal.found_in(done.said) == personal.found_in((spoiled / "audit.html").read_bytes()) == []
    assert "Traceback" not in done.err
    assert list(tmp_path.rglob("*")) == []


def test_a_damaged_database_is_told_without_a_word_of_it_and_leaves_no_temporary_file(spoiled, runs, lost_card, personal, tmp_path):
    mapping = spoiled / "mapping.yml"
    declared = yaml.safe_load(mapping.read_text(encoding="utf-8"))
    declared["sources"]["gestion"] = {"url": "sqlite:///data/gestion.sqlite"}
    declared["tables"]["customers"] = [{"store": "gestion", "source": "gestion.clients", "columns": {"customer": {"column": "id_client"}}}]
    del declared["absent"]["customers"]
    mapping.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    (spoiled / "data" / "gestion.sqlite").write_bytes(b"SQLite format 3\x00" + f"{lost_card};Porteur 000001;".encode() * 300)
    done = runs.ended("-n", spoiled, "audit", cwd=spoiled, env={"TMPDIR": str(tmp_path)})
    assert done.code == 3, done.said
    assert "gestion" in done.err
    assert "Next:" in done.err
    assert personal.found_in(done.said) == []
    assert list(tmp_path.rglob("*")) == []


def test_a_card_given_as_an_argument_by_mistake_is_not_repeated(after_the_story, runs, lost_card):
    told = [
        runs.ended("-n", after_the_story, *mistake, cwd=after_the_story)
        for mistake in (
            ("card", "lost", *CASE, lost_card),
            ("card", "lost", *CASE, "--card-file", lost_card),
            ("card", "lost", *CASE, f"--card={lost_card}"),
            ("request", "freeze", lost_card),
        )
    ]
    assert [done.code for done in told] == [2, 2, 2, 2]
    assert [done.arguments[2:4] for done in told if lost_card in done.said] == []


@pytest.mark.parametrize(
    ("number", "command"),
    [
        ("unknown", ("card", "lost", *CASE)),
        ("unknown", ("card", "reconstruct", *CASE, "--new-card-file", "neuve.txt")),
        ("blocked twice", ("card", "lost", *CASE)),
        ("quoted", ("card", "lost", "--clerk", "guichet-01", "--reason", "carte perdue", "--case")),
    ],
)
def test_a_refused_card_is_not_named_in_the_refusal_nor_in_the_journal(after_the_story, runs, personal, lost_card, number, command):
    card = "2500000002" if number == "unknown" else lost_card
    given = (*command, f"dossier {card}") if number == "quoted" else command
    done = runs.ended("-n", after_the_story, *given, cwd=after_the_story, stdin=f"{card}\n")
    assert done.code == 4, done.said
    assert card not in done.said
    assert personal.found_in(done.said) == []
    written = b"".join(path.read_bytes() for path in (after_the_story / "state" / "vault").rglob("*") if path.is_file())
    assert card.encode() not in written


def test_an_unforeseen_error_tells_its_kind_and_not_the_value_it_stumbled_on(after_the_story, runs, lost_card, tmp_path):
    breaking = tmp_path / "breaking.py"
    breaking.write_text(BREAKING.format(root=str(Path(__file__).resolve().parents[3])), encoding="utf-8")
    done = runs.ended("-n", after_the_story, "card", "lost", *CASE, cwd=tmp_path, stdin=f"{lost_card}\n", program=breaking)
    assert done.code == 3
    assert "KeyError" in done.err
    assert lost_card not in done.said


# --- in the list of processes -----------------------------------------------------------------------------------------


def _visible(pid):
    """Return what another account may read of a process and of its children: arguments, environment, open files."""
    seen = b""
    pending = [str(pid)]
    while pending:
        place = Path("/proc") / pending.pop()
        try:
            seen += (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            seen += b"\n".join(str(link.readlink()).encode() for link in (place / "fd").iterdir() if link.is_symlink())
            for children in place.glob("task/*/children"):
                pending += children.read_text(encoding="ascii").split()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return seen


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to look at a running process")
def test_a_card_read_on_standard_input_is_never_an_argument(hostile, narrowed, runs, lost_card, personal, tmp_path):
    network = narrowed(Path(shutil.copytree(hostile, tmp_path / "lille")), ("validations",))
    opened = runs.ended("-n", network, "request", "open", "--identity", "guichet", cwd=tmp_path)
    assert opened.code == 0
    seen = []
    with runs.started("-n", network, "request", "freeze", "2026-0001", cwd=tmp_path) as process:
        process.stdin.write(f"{lost_card}\n")
        process.stdin.flush()
        while process.poll() is None:
            seen.append(_visible(process.pid))
            time.sleep(0.05)
        out, err = process.communicate()
    assert process.returncode == 0, out + err
    assert len(seen) > 5
    assert b"freeze" in b"".join(seen)
    assert personal.found_in(b"".join(seen)) == []
    assert base64.b64encode(lost_card.encode()) not in b"".join(seen)
    assert personal.found_in(out + err) == []
