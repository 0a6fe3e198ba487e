"""The gate on a small network: what was planted is found, the clean twin passes, on data frames as on a server; counts only."""

import json
import logging
import re
import shutil
import socket
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from auditor.quality.answers import exit_code
from auditor.quality.planned import Expected, Suite

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
CARD = re.compile(r"(?<![0-9])250[0-9]{7}(?![0-9])")
AS_OF = datetime(2026, 10, 31, 5)


def answers(text):
    return json.loads(text)["answers"]


def faults(told):
    return Counter((one["table"], one["expectation"], *one["columns"], one["counted"]) for one in told if one["state"] != "met")


@pytest.fixture(scope="module")
def found(gate, planted):
    code, text = gate(planted, "quality", "check", "--format", "json")
    return code, text


def test_what_was_planted_is_found_with_the_figures_of_the_audit(gate, planted, found):
    code, text = found
    assert code == 1
    told = answers(text)
    assert {one["state"] for one in told} == {"met", "not-met"}
    late = {
        one["table"]: one["counted"] for one in told if one["expectation"] == "expect_nothing_past_its_term" and one["state"] == "not-met"
    }
    _, audited = gate(planted, "audit", "--format", "json", "--no-history", "--select", "BIL-RET-VALID-48H")
    (rule,) = json.loads(audited)["rules"]
    rows = {finding["place"]["table"]: finding["evidence"]["rows"] for finding in rule["findings"] if "rows" in finding["evidence"]}
    assert late["valideurs"] == rows["valideurs"]
    assert {"gestion.clients", "gestion.impayes", "contraventions.pv", "journal.acces", "archives.pv"} <= late.keys()
    by_kind = {(one["table"], one["expectation"]) for one in told if one["state"] == "not-met"}
    assert ("portail", "expect_no_card_number") in by_kind
    assert ("statistiques", "expect_classes_of_several_persons") in by_kind


def test_the_clean_twin_passes_but_for_the_clock_of_a_validator(gate, clean):
    """A fault of the equipment, no fault in law: both twins bear it."""
    _, text = gate(clean, "quality", "check", "--format", "json")
    assert faults(answers(text)) == Counter([("valideurs", "expect_moments_to_be_in_order", "horodatage", "recu_le", 2)])


def test_a_server_answers_as_the_files_do(gate, planted, found, move, tmp_path, monkeypatch):
    moved = move(planted, tmp_path / "server", "poincon_gate")
    for name, url in moved.environment.items():
        monkeypatch.setenv(name, url)
    code, text = gate(moved.folder, "quality", "check", "--format", "json")
    assert (code, answers(text)) == (found[0], answers(found[1]))


def test_a_table_that_a_server_refuses_could_not_be_checked(gate, clean, move, postgresql, tmp_path, monkeypatch):
    moved = move(clean, tmp_path / "server", "poincon_refused")
    for name, url in moved.environment.items():
        monkeypatch.setenv(name, url)
    with postgresql.connected(moved.url) as connection:
        connection.exec_driver_sql("revoke select on gestion.impayes from poincon_refused_auditor")
    code, text = gate(moved.folder, "quality", "check", "--format", "json")
    told = answers(text)
    assert code == 3
    refused = {one["state"] for one in told if one["table"] == "gestion.impayes" and one["expectation"] != "expect_column_to_exist"}
    assert refused == {"could-not-check"}
    assert {one["state"] for one in told if one["table"] not in ("gestion.impayes", "valideurs")} == {"met"}
    assert "select" not in text.lower()


def test_a_store_that_cannot_be_read_could_not_be_checked(gate, clean, tmp_path):
    network = Path(shutil.copytree(clean, tmp_path / "lille"))
    mapping = network / "mapping.yml"
    written = mapping.read_text(encoding="utf-8")
    mapping.write_text(
        written.replace("url: sqlite:///data/recette.sqlite", "url: sqlite:///data/recette.sqlite\n    optional: true"), "utf-8"
    )
    (network / "data" / "recette.sqlite").unlink()
    code, text = gate(network, "quality", "check", "--format", "json")
    assert code == 3
    assert {one["table"] for one in answers(text) if one["state"] == "could-not-check"} == {"recette.supports"}


def frame_of(planted_rows):
    import pandas as pd

    return pd.DataFrame(planted_rows)


def checked(expectations, rows, **more):
    from auditor.quality.running import check

    suite = Suite(table="essai", expectations=tuple(expectations))
    return check([suite], as_of=AS_OF, frame=lambda _table, columns: frame_of(rows)[list(columns)], servers={}, **more)


def test_an_exception_inside_an_expectation_is_never_a_finding(monkeypatch):
    from auditor.quality import expectations

    def broken(_said):
        raise ValueError("2500000017 broke it")

    monkeypatch.setattr(expectations, "_question", broken)
    told = checked([Expected(type="expect_values_to_be_given", arguments={"column": "c", "missing": [""]}, why="")], {"c": ["2500000017"]})
    assert [(one.state, one.counted) for one in told] == [("could-not-check", None)]
    assert exit_code(told) == 3
    assert not CARD.search(repr(told))


def test_no_value_is_in_any_result_whatever_the_format_asked_for(planned, caplog):
    import great_expectations as gx
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    import auditor.quality.expectations as shipped
    from auditor.quality import files

    caplog.set_level(logging.DEBUG)
    suite = planned["gestion.supports"]
    ((_, written), _) = files([suite], "Europe/Paris")
    rows = {column: ["2500000017", "2500000017", "2500000019", "x 2500000017"] for column in suite.columns}
    context = gx.get_context(mode="ephemeral")
    asked = context.suites.add(gx.ExpectationSuite(**json.loads(written)))
    for other in suite.others:
        shipped.lend(other, frame_of({"id_client": ["2500000035"], "numero_carte": ["2500000027"]}))
    batch = context.data_sources.add_pandas("p").add_dataframe_asset("d").add_batch_definition_whole_dataframe("w")
    result = batch.get_batch({"dataframe": frame_of(rows)}).validate(asked, result_format="COMPLETE")
    shipped.take_back()
    assert sum(one.success for one in result.results) < len(result.results)
    assert shipped.undecided(result) == []
    page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result))
    for said in (repr(result), str(result), json.dumps(result.to_json_dict()), page, caplog.text):
        assert not CARD.search(said)


def test_the_network_is_never_used(monkeypatch):
    import os

    def refused(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    given = Expected(type="expect_values_to_be_given", arguments={"column": "c", "missing": [""]}, why="")
    assert [one.state for one in checked([given], {"c": ["a"]})] == ["met"]
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_nothing_is_left_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    given = Expected(type="expect_values_to_be_given", arguments={"column": "c", "missing": [""]}, why="")
    assert [one.counted for one in checked([given], {"c": ["a", None, ""]})] == [2]
    assert list(tmp_path.iterdir()) == []


def test_the_same_on_spark(planned):
    pyspark = pytest.importorskip("pyspark", reason="Spark is not installed: its half of the expectations was not run")
    import great_expectations as gx

    import auditor.quality.expectations  # noqa: F401
    from auditor.quality import files

    suite = planned["gestion.clients"]
    ((_, written), _) = files([suite], "Europe/Paris")
    spark = pyspark.sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    frame = spark.createDataFrame([dict.fromkeys(suite.columns, "12"), dict.fromkeys(suite.columns, "12")])
    context = gx.get_context(mode="ephemeral")
    batch = context.data_sources.add_spark("s").add_dataframe_asset("d").add_batch_definition_whole_dataframe("w")
    on_spark = batch.get_batch({"dataframe": frame}).validate(gx.ExpectationSuite(**json.loads(written)))
    batch = context.data_sources.add_pandas("p").add_dataframe_asset("d").add_batch_definition_whole_dataframe("w")
    on_pandas = batch.get_batch({"dataframe": frame.toPandas()}).validate(gx.ExpectationSuite(**json.loads(written)))
    assert [one.result for one in on_spark.results] == [one.result for one in on_pandas.results]
