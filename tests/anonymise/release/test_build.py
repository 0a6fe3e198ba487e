import csv
import json
from dataclasses import replace

import pyarrow as pa
import pytest

from anonymise.ledger import read_receipt
from anonymise.release import build, preview
from anonymise.verify import verify_file
from anonymise.verify.reading import digest
from auditor.vocabulary.errors import DeclarationProblem, ReleaseRefused, UsageProblem
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn, ReleaseRecipient, ReleaseVerdict


def _lines(file):
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def _files(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and file.name != ".lock")


def test_a_count_release_leaves_whole_with_its_receipt_and_descriptions(request_for, counts):
    request = request_for(counts)
    published = build(request)
    assert _files(request.folder) == [
        f"frequentation-lignes/2026-10-28_2026-10-29/frequentation-lignes.csv{suffix}"
        for suffix in ("", ".dcat.jsonld", ".receipt.json", ".schema.json")
    ]
    assert not list(request.workdir.glob(".staging-*"))
    receipt = read_receipt(published.receipt_file, request.keys.signing_key().public)
    assert receipt == published.receipt
    assert receipt.file_digest == digest(published.file)
    assert receipt.verification.verdict is ReleaseVerdict.PASS_FOR_SCOPE
    assert receipt.verification.figures["person_k"] >= 11
    assert request.ledger.check() is None
    assert published.ledger_head == request.ledger.head()


def test_the_numbers_published_are_those_of_the_rows(request_for, counts):
    request = request_for(counts)
    lines = _lines(build(request).file)
    assert list(lines[0]) == ["ligne", "heure", "jour", "boardings", "masked"]
    grand = next(line for line in lines if line["ligne"] == line["heure"] == line["jour"] == "*")
    assert grand["boardings"] == "6000"
    assert any(line["masked"] == "true" for line in lines)
    assert all((line["boardings"] == "") == (line["masked"] == "true") for line in lines)
    shown = sum(int(line["boardings"]) for line in lines if "*" not in line.values() and line["boardings"])
    assert 0 < shown < 6000


def test_the_descriptions_name_every_column_and_the_file(request_for, counts):
    request = request_for(counts)
    published = build(request)
    schema = json.loads(published.file.with_name(f"{published.file.name}.schema.json").read_text())
    assert [field["name"] for field in schema["fields"]] == ["ligne", "heure", "jour", "boardings", "masked"]
    assert schema["primaryKey"] == ["ligne", "heure", "jour"]
    dcat = json.loads(published.file.with_name(f"{published.file.name}.dcat.jsonld").read_text())
    assert dcat["dcat:distribution"]["spdx:checksum"]["spdx:checksumValue"] == published.receipt.file_digest
    assert dcat["dct:publisher"]["foaf:name"] == "Métropole d’essai"


@pytest.mark.parametrize("kind", ["counts", "records"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_rows_in_another_order_give_the_same_bytes(request_for, counts, records, drawn, tmp_path, kind, form):
    plan = replace(counts if kind == "counts" else records, format=form)
    straight = build(request_for(plan, drawn, folder=tmp_path / "one")).file
    turned = build(request_for(plan, drawn.take(list(reversed(range(drawn.num_rows)))), folder=tmp_path / "two")).file
    assert straight.read_bytes() == turned.read_bytes()


def test_a_record_release_holds_no_card_and_passes(request_for, records):
    request = request_for(records)
    published = build(request)
    assert set(_lines(published.file)[0]) == {"ligne", "heure", "famille"}
    assert published.receipt.units_in == 400
    assert published.receipt.rows_in == published.receipt.rows_out + published.receipt.rows_suppressed
    assert {answer.id for answer in published.receipt.utility} == {"par-ligne"}
    assert published.file.stat().st_mode & 0o777 == 0o600


def test_a_published_count_table_is_verified_again_with_its_receipt_alone(request_for, counts):
    request = request_for(counts)
    published = build(request)
    public = request.keys.signing_key().public
    alone = verify_file(published.file, plan=counts)
    attested = verify_file(published.file, plan=counts, receipt=published.receipt_file, public_key=public)
    unsigned = verify_file(published.file, plan=counts, receipt=published.receipt_file)
    assert alone.verdict is ReleaseVerdict.INCONCLUSIVE
    assert attested.verdict is ReleaseVerdict.PASS_FOR_SCOPE
    assert unsigned.verdict is ReleaseVerdict.INCONCLUSIVE
    published.file.write_bytes(published.file.read_bytes().replace(b"6000", b"6001"))
    changed = verify_file(published.file, plan=counts, receipt=published.receipt_file, public_key=public)
    assert changed.verdict is ReleaseVerdict.FAIL


def test_building_again_keeps_what_is_published(request_for, counts, drawn):
    first = build(request_for(counts, drawn))
    before = first.receipt_file.read_bytes()
    request = request_for(counts, drawn)
    second = build(request)
    assert second.file == first.file
    assert second.receipt_file.read_bytes() == before
    assert second.receipt == first.receipt
    assert len(request.ledger.entries()) == 1


def test_a_published_file_that_was_changed_is_replaced_whole(request_for, counts, drawn):
    first = build(request_for(counts, drawn))
    whole = first.file.read_bytes()
    first.file.write_bytes(b"changed")
    second = build(request_for(counts, drawn))
    assert second.file.read_bytes() == whole


def test_other_numbers_over_the_same_period_are_refused(request_for, counts, drawn):
    build(request_for(counts, drawn))
    request = request_for(counts, drawn.slice(1))
    with pytest.raises(ReleaseRefused, match="H5-LEDGER") as refusal:
        build(request)
    assert refusal.value.exit_code == 4
    assert [entry.content["kind"] for entry in request.ledger.entries()] == ["release-made", "release-refused"]


def test_a_table_where_nobody_reaches_the_threshold_is_refused_and_written_down(request_for, counts, drawn):
    request = request_for(counts, drawn.slice(0, 60))
    with pytest.raises(ReleaseRefused, match="No cell may be shown") as refusal:
        build(request)
    assert refusal.value.exit_code == 4
    assert _files(request.folder) == []
    assert not list(request.workdir.glob(".staging-*"))
    refused = request.ledger.entries()[-1].content
    assert refused["kind"] == "release-refused"
    assert refused["release"] == counts.id
    assert "No cell may be shown" in refused["reason"]


def test_no_row_is_a_refusal(request_for, counts, drawn):
    with pytest.raises(ReleaseRefused, match="no row"):
        build(request_for(replace(counts, where={"line": ("nowhere",)}), drawn))


def test_a_plan_under_the_threshold_of_its_class_is_not_accepted(request_for, counts):
    with pytest.raises(DeclarationProblem, match="needs 11"):
        build(request_for(replace(counts, k=10)))


def test_minute_records_are_refused_with_the_reason(request_for, records):
    minute = ReleaseColumn(name="heure", source="tapped_at", hierarchy="time", finest="minute", coarsest="minute")
    plan = replace(records, columns=(records.columns[0], minute, records.columns[2]))
    request = request_for(plan)
    with pytest.raises(ReleaseRefused):
        build(request)
    assert request.ledger.entries()[-1].content["kind"] == "release-refused"


def test_the_private_folder_may_not_be_the_publication_folder(request_for, counts, tmp_path):
    with pytest.raises(UsageProblem, match="the same"):
        build(request_for(counts, folder=tmp_path / "x", workdir=tmp_path / "x"))


def test_a_preview_counts_rows_and_persons_and_writes_nothing(request_for, counts):
    request = request_for(counts)
    said = preview(request)
    assert (said.rows, said.units, said.k) == (6000, 400, 11)
    assert (str(said.start), str(said.end)) == ("2026-10-28", "2026-10-29")
    assert not request.folder.exists()
    assert request.ledger.entries() == []


def test_journeys_are_counted_as_journeys_and_the_verdict_says_so(request_for, counts):
    published = build(request_for(replace(counts, unit="journey")))
    assert "une même personne peut être plusieurs trajets" in published.receipt.verification.scope


def test_a_journey_release_does_not_use_a_key(request_for, counts):
    request = request_for(replace(counts, unit="journey"))
    build(request)
    assert [state.kind for state in request.keys.status() if state.kind == "pseudonym"] == []


def test_an_internal_release_says_that_the_data_stay_personal(request_for, records):
    plan = replace(records, recipient=ReleaseRecipient(name="service études", recipient_class=RecipientClass.C))
    assert "restent personnelles" in build(request_for(plan)).receipt.verification.scope


def test_live_cells_are_published_dead(request_for, counts, drawn):
    lines = pa.array([{"L1": '=HYPERLINK("x")', "L2": "@cmd"}.get(line, line) for line in drawn["line"].to_pylist()])
    published = build(request_for(counts, drawn.set_column(drawn.schema.get_field_index("line"), "line", lines)))
    labels = {line["ligne"] for line in _lines(published.file)}
    assert {'\'=HYPERLINK("x")', "'@cmd"} <= labels


def test_a_ledger_that_was_tampered_with_blocks_the_release(request_for, counts, records, tmp_path, drawn):
    build(request_for(counts, drawn))
    (tmp_path / "ledger" / "ledger.sqlite.head.json").unlink()
    request = request_for(records, drawn)
    with pytest.raises(ReleaseRefused, match="LEDGER"):
        build(request)
    assert not (request.folder / "titres").exists()
