"""Files of every format lying in folders, and files made to break a reader."""

import bz2
import csv
import gzip
import json
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from auditor.scan import observe, observed_files, readers
from auditor.scan.detected import SCHEMAS
from auditor.sources import open_network
from auditor.vocabulary.network import CardGrammar

HEADER = ("numero_carte", "id_client", "montant")


@pytest.fixture
def share(folder):
    made = folder / "partages"
    made.mkdir()
    return made


@pytest.fixture
def rows(serials):
    """Sixty cards of the base with their customers."""
    return [(serial, 900_000 + rank * 37, f"{rank},50") for rank, serial in enumerate(serials(60))]


@pytest.fixture
def look(engine, place_of, share):
    def looked(**how):
        place = place_of(folders=("partages",), **how)
        network = open_network(place, engine)
        files, missed = observe(engine, place, network, released=[(share / "publie.csv").resolve()])
        return {Path(one.path).name: one for one in files}, missed

    return looked


def write_csv(path, rows, *, separator=";", encoding="utf-8", header=HEADER):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        if header:
            writer.writerow(header)
        writer.writerows(rows)


def write_xlsx(path, rows):
    book = Workbook()
    book.active.append(("Extraction du service",))
    sheet = book.create_sheet("cartes")
    sheet.append(HEADER)
    for serial, client, amount in rows:
        sheet.append((int(serial), client, amount))
    book.save(path)


def write_ods(path, rows):
    cells = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in (HEADER, *rows)
    )
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    table = f'<table:table table:name="a">{cells}</table:table>'
    content = f"<office:document-content {spaces}><office:body>{table}</office:body></office:document-content>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)


WRITERS = {
    "a.csv": write_csv,
    "tab.tsv": lambda path, rows: write_csv(path, rows, separator="\t"),
    "cp1252.csv": lambda path, rows: write_csv(path, rows, encoding="cp1252", header=("Numéro de carte", "Client", "Montant")),
    "utf16.csv": lambda path, rows: write_csv(path, rows, encoding="utf-16"),
    "bare.csv": lambda path, rows: write_csv(path, rows, header=None),
    "a.csv.gz": lambda path, rows: path.write_bytes(gzip.compress(_text(rows))),
    "a.csv.bz2": lambda path, rows: path.write_bytes(bz2.compress(_text(rows))),
    "a.xlsx": write_xlsx,
    "a.ods": write_ods,
    "a.parquet": lambda path, rows: pq.write_table(
        pa.table({"numero_carte": [int(row[0]) for row in rows], "id_client": [row[1] for row in rows]}), path
    ),
    "a.json": lambda path, rows: path.write_text(json.dumps([{"carte": {"numero": row[0]}, "id_client": row[1]} for row in rows])),
    "a.ndjson": lambda path, rows: path.write_text("\n".join(json.dumps({"numero": row[0], "id_client": row[1]}) for row in rows)),
}


def _text(rows):
    return "\n".join([";".join(HEADER), *(";".join(map(str, row)) for row in rows)]).encode()


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_format_gives_the_same_counts(name, look, share, rows):
    WRITERS[name](share / name, rows)
    found, missed = look()
    one = found[name]
    assert (one.card_numbers, one.customer_numbers, one.unread, missed) == (60, 60, "", ())
    assert not one.declared


def test_lines_of_a_log_are_read_too(look, share, rows):
    (share / "trace.log").write_text("début\n" + "\n".join(f'erreur sur "{row[0]} à vérifier' for row in rows), encoding="utf-8")
    found, _ = look()
    assert found["trace.log"].card_numbers == 60


def test_numbers_that_only_look_like_ours_are_not_ours(look, share):
    write_csv(share / "a.csv", [(2_500_000_000 + rank, rank, rank) for rank in range(500)], header=("reference", "client", "quantite"))
    found, _ = look()
    assert (found["a.csv"].card_numbers, found["a.csv"].customer_numbers) == (0, 0)


def test_cards_unknown_to_the_base_are_recognised_by_their_grammar(look, share, serials):
    write_csv(share / "a.csv", [(serial, "", "") for serial in serials(40, start=500_003)])
    found, _ = look()
    assert found["a.csv"].card_numbers == 40


def test_without_a_check_digit_only_known_cards_count(look, share, serials):
    write_csv(share / "a.csv", [(serial, "", "") for serial in [*serials(40), *serials(20, start=500_003)]])
    found, _ = look(grammar=CardGrammar(form="digits", length=10))
    assert found["a.csv"].card_numbers == 40


def test_the_mode_the_day_and_the_declared_source_are_told(look, share, folder, rows):
    write_csv(share / "a.csv", rows)
    (share / "a.csv").chmod(0o640)
    os.utime(share / "a.csv", (1_700_000_000, 1_700_000_000))
    write_csv(share / "b.csv", rows)
    (share / "b.csv").chmod(0o644)
    (share / "lien").symlink_to(folder / "poincon.toml")
    write_csv(share / "publie.csv", rows)
    found, _ = look()
    assert (found["a.csv"].readable_by_all, found["b.csv"].readable_by_all) == (False, True)
    assert f"{found['a.csv'].modified_at:%Y-%m-%d}" == "2023-11-14"
    assert found["lien"].unread == "a link out of the folder, not followed"
    assert (found["publie.csv"].declared, found["publie.csv"].card_numbers) == (True, 60)


def test_a_declared_source_is_not_read_twice(engine, place_of):
    place = place_of(folders=(".",))
    (one,), _ = observe(engine, place, open_network(place, engine))
    assert (one.path, one.declared, one.unread, one.rows) == ("gestion.sqlite", True, "", 0)


def _encrypted(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def _bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(9):
                part.write(b"\0" * (1 << 20))


def _entities(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "")
        archive.writestr("content.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def _encrypted_ods(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
        archive.writestr("content.xml", "?")


BAD = {
    "vide.csv": (lambda path: path.write_bytes(b""), "empty"),
    "secret.xlsx": (_encrypted, "protected by a password"),
    "secret.ods": (_encrypted_ods, "protected by a password"),
    "bombe.xlsx": (_bomb, "once unpacked"),
    "entites.ods": (_entities, "entities"),
    "tronque.parquet": (lambda path: path.write_bytes(b"PAR1" + b"\1" * 50), "broken"),
    "tronque.xlsx": (lambda path: path.write_bytes(b"PK\x03\x04" + b"\1" * 50), "broken"),
    "tronque.csv.gz": (lambda path: path.write_bytes(gzip.compress(b"a;b\n" * 999)[:40]), "broken"),
    "casse.json": (lambda path: path.write_text('[{"a": 1'), "broken"),
    "profond.json": (lambda path: path.write_text("[" * 100_000 + "]" * 100_000), "too large or too deep"),
    "image.png": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 90), "not a format that holds tables"),
    "binaire.bin": (lambda path: path.write_bytes(b"abc\0def" * 20), "not a format that holds tables"),
    "base.db": (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\0" * 90), "declare it as a source"),
    "autre.zip": (lambda path: zipfile.ZipFile(path, "w").writestr("a.csv", "a;b") or None, "archive"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_file_that_cannot_be_read_says_why_and_the_rest_goes_on(name, look, share, rows, monkeypatch):
    monkeypatch.setattr(readers, "MOST_BYTES", 8 << 20)
    make, reason = BAD[name]
    make(share / name)
    write_csv(share / "bon.csv", rows)
    found, _ = look()
    assert reason in found[name].unread
    assert found["bon.csv"].card_numbers == 60


def test_lines_that_cannot_be_cut_are_counted_and_the_others_read(look, share, rows):
    text = _text(rows).decode() + "\ntrop;de;colonnes;ici"
    (share / "a.csv").write_text(text)
    found, _ = look()
    assert found["a.csv"].card_numbers == 60
    assert "1 lines could not be cut" in found["a.csv"].unread


def test_a_folder_that_is_not_there_is_said(engine, place_of):
    place = place_of(folders=("nulle-part",))
    files, missed = observe(engine, place, open_network(place, engine))
    assert files == ()
    assert missed[0].what == "nulle-part"


def test_a_pipe_is_never_opened(look, share):
    os.mkfifo(share / "tube")
    found, _ = look()
    assert "not a file of data" in found["tube"].unread


def test_a_link_to_a_folder_outside_is_not_walked(look, share, tmp_path, rows):
    outside = tmp_path / "ailleurs"
    outside.mkdir()
    write_csv(outside / "a.csv", rows)
    (share / "lien").symlink_to(outside)
    found, _ = look()
    assert set(found) == {"lien"}


def test_the_relation_follows_its_schema(engine, look, share, rows):
    write_csv(share / "a.csv", rows)
    relation = observed_files(look()[0].values())["observed_files"]
    assert relation.columns == tuple(SCHEMAS["observed_files"].names)
    assert engine.rows(relation)[0]["card_numbers"] == 60
