"""What is written loads strictly as what it was, whatever the words; nothing is ever replaced but what was asked."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.interchange import Imported, Remark
from auditor.vocabulary.register import Activity, Dpia, Purpose
from auditor.vocabulary.text import Text
from policies.registry import load_register, write_starter
from policies.registry.writing import activity_yaml, rewrite, write_register


def test_the_starter_register_written_again_says_the_same(tmp_path):
    write_starter(tmp_path / "a")
    register = load_register(tmp_path / "a")
    activities = tuple(declared.activity for declared in register.activities)
    write_register(tmp_path / "b", Imported(activities=activities))
    assert tuple(declared.activity for declared in load_register(tmp_path / "b").activities) == activities


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_any_words_survive_the_file(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("any")
    activity = Activity(
        id="x", title=text, dpo="no", rights="2026-01-01", persons=(text, "12", "null"), purposes=(Purpose(id="p", title=text),)
    )
    remark = Remark(place="F", said=Text("à voir", "to see"), quoted=text, activity="x")
    write_register(folder, Imported(activities=(activity,), remarks=(remark,)))
    assert load_register(folder).activities[0].activity == activity


def test_a_register_already_there_is_never_touched(tmp_path):
    write_starter(tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "registre").iterdir()}
    with pytest.raises(UsageProblem, match="already exists"):
        write_register(tmp_path, Imported(activities=(Activity(id="x", title="x"),)))
    assert {path.name: path.read_bytes() for path in (tmp_path / "registre").iterdir()} == before


def test_an_import_without_activity_writes_nothing(tmp_path):
    with pytest.raises(UsageProblem, match="no processing activity"):
        write_register(tmp_path / "new", Imported(activities=()))
    assert not (tmp_path / "new").exists()


def test_what_would_not_load_leaves_nothing_behind(tmp_path):
    with pytest.raises(Exception, match="cannot be used"):
        write_register(tmp_path, Imported(activities=(Activity(id="Not An Id", title="x"),)))
    assert list(tmp_path.iterdir()) == []


def test_a_remark_cannot_leave_its_comment():
    remark = Remark(place="F, A1", said=Text("à voir", "to see"), quoted="x\ntitle: forged\u2028y")
    text = activity_yaml(Activity(id="x", title="T"), [remark])
    assert next(line for line in text.splitlines() if "forged" in line).startswith("# ")


def test_a_rewrite_touches_only_the_keys_that_change(tmp_path):
    write_starter(tmp_path)
    declared = next(one for one in load_register(tmp_path).activities if one.activity.id == "postpaiement")
    path = tmp_path / declared.file
    before = path.read_text(encoding="utf-8")
    changed = replace(declared.activity, dpia=Dpia(status="missing"), security=(*declared.activity.security, "Une de plus : ça"))
    rewrite(tmp_path, declared, changed)
    after = path.read_text(encoding="utf-8")
    assert next(one for one in load_register(tmp_path).activities if one.activity.id == "postpaiement").activity == changed
    comments = [line for line in before.splitlines() if line.startswith("#")]
    assert [line for line in after.splitlines() if line.startswith("#")] == comments
    lost = set(before.splitlines()) - set(after.splitlines())
    assert all("dpia" in line or line.startswith("  ") for line in lost)


def test_a_key_that_was_not_there_is_added_at_the_end(tmp_path):
    (tmp_path / "registre").mkdir()
    (tmp_path / "registre" / "x.yml").write_text("id: x\ntitle: X  # kept\n", encoding="utf-8")
    (declared,) = load_register(tmp_path).activities
    rewrite(tmp_path, declared, replace(declared.activity, dpo="d"))
    assert (tmp_path / "registre" / "x.yml").read_text(encoding="utf-8") == "id: x\ntitle: X  # kept\n\ndpo: d\n"
    assert [path.name for path in (tmp_path / "registre").iterdir()] == ["x.yml"]
