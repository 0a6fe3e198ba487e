"""Declared files are read strictly: what is not understood is refused, with its line, its reason and its remedy."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.network import NetworkConfig
from auditor.vocabulary.register import Activity
from auditor.vocabulary.releases import RecipientClass, ReleasePlan
from policies.declarations import load
from policies.lines import toml_lines


def _load(folder: Path, text: str | bytes, kind=Activity, name="activity.yml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, kind, folder)


def _refused(folder: Path, text: str | bytes, kind=Activity, name="activity.yml") -> DeclarationProblem:
    with pytest.raises(DeclarationProblem) as caught:
        _load(folder, text, kind, name)
    assert caught.value.exit_code == 2
    assert caught.value.file == Path(name)
    assert str(folder) not in str(caught.value)
    return caught.value


def test_an_activity_is_read_with_its_types_and_its_lines(tmp_path):
    loaded = _load(
        tmp_path,
        "id: taps\ntitle: Validations\nupdated_on: 2026-09-15\nticketing: true\npersons: [Voyageurs]\n"
        "retention:\n  - data: Lien\n    duration: PT48H\n    starts: Validation\n    fate: anonymise\n"
        "covers:\n  - table: valideurs\n    columns:\n      code_arret: quasi-identifier\n",
    )
    assert loaded.value.updated_on == date(2026, 9, 15)
    assert loaded.value.ticketing is True
    assert loaded.value.persons == ("Voyageurs",)
    assert loaded.value.retention[0].duration == Duration(seconds=172_800)
    assert loaded.value.covers[0].columns == {"code_arret": "quasi-identifier"}
    assert loaded.lines["retention.0.duration"] == 8
    assert loaded.lines["covers.0.columns.code_arret"] == 14
    assert loaded.lines[""] == 1


def test_an_unknown_key_says_its_line_and_the_key_that_was_meant(tmp_path):
    assert str(_refused(tmp_path, "id: taps\ntitle: Validations\nretension: []\n")) == (
        "activity.yml:3: unknown key “retension”.\n"
        "Why it matters: A declaration read differently from what its author meant would be audited as something else; "
        "nothing was read from it.\n"
        "Next: Did you mean “retention”?"
    )


def test_an_unknown_key_is_refused_at_every_level(tmp_path):
    text = "id: taps\ntitle: T\npurposes:\n  - id: a\n    title: A\n    base: contract\n"
    problem = _refused(tmp_path, text)
    assert problem.line == 6
    assert "unknown key “base” in purposes.0" in problem.what
    assert problem.next_step == "Did you mean “basis”?"


def test_several_faults_are_all_told_in_the_order_of_the_lines(tmp_path):
    text = (
        "id: taps\ncreated_on: 15/09/2026\nticketing: yes\npurposes:\n  - id: a\n    title: A\n    basis: contrat\n"
        "retention:\n  - data: Lien\n    duration: 48h\n    starts: Validation\n    fate: destroy\nfoo: 1\n"
    )
    assert str(_refused(tmp_path, text)) == (
        "activity.yml:1: title is missing — add `title: …`, text\n"
        "activity.yml:2: created_on: “15/09/2026” is not a date — write it as YYYY-MM-DD, an existing day\n"
        "activity.yml:3: ticketing: “yes” is not true or false — write true or false, without quotes\n"
        "activity.yml:7: purposes.0.basis: “contrat” is not a value of this field — did you mean “contract”? "
        "Allowed: consent, contract, legal-obligation, vital-interests, public-interest, legitimate-interests\n"
        "activity.yml:10: retention.0.duration: “48h” is not a duration — "
        "write it in ISO 8601: PT48H (48 hours), P4M (4 months), P2Y (2 years)\n"
        "activity.yml:12: retention.0.fate: “destroy” is not a value of this field — allowed: delete, anonymise, archive\n"
        "activity.yml:13: unknown key “foo” — known: actors, automated_decision, covers, created_on, data_categories, dpia, dpo, id, "
        "persons, pseudonymisation, pseudonymisation_domain, purposes, recipients, references, retention, rights, security, "
        "source_of_data, ticketing, title, transfers, updated_on\n"
        "Why it matters: A declaration read differently from what its author meant would be audited as something else; "
        "nothing was read from it.\n"
        "Next: Correct the 7 lines above, then run the same command again."
    )


def test_more_faults_than_anyone_reads_are_counted(tmp_path):
    problem = _refused(tmp_path, "id: a\ntitle: A\n" + "".join(f"key{rank}: 1\n" for rank in range(40)))
    assert problem.what.count("\n") == 25
    assert problem.what.endswith("… and 15 more")


@pytest.mark.parametrize(
    "word", ["no", "yes", "on", "22:30", "2026-01-01", "0250", "1_000", "1e3", "0x1F", ".inf", "2001-12-14t21:59:43.10-05:00"]
)
def test_a_plain_word_fills_a_text_field_as_it_was_typed(tmp_path, word):
    assert _load(tmp_path, f"id: a\ntitle: {word}\n").value.title == word


@dataclass(frozen=True, kw_only=True)
class Typed:
    whole: int = 0
    number: float = 0.0
    flag: bool = False
    day: date | None = None
    texts: tuple[str, ...] = ()
    pairs: tuple[tuple[str, ...], ...] = ()
    by: Mapping[str, int] = field(default_factory=dict)
    either: tuple[int, ...] | str | None = None


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        ("whole: 0", "whole", 0),
        ("whole: -12", "whole", -12),
        ("number: 5", "number", 5.0),
        ("number: 1e-3", "number", 0.001),
        ("flag: false", "flag", False),
        ("day: '2024-02-29'", "day", date(2024, 2, 29)),
        ("day:", "day", None),
        ("day: null", "day", None),
        ("pairs: [[], [a, b]]", "pairs", ((), ("a", "b"))),
        ("by: {x: 1}", "by", {"x": 1}),
        ("either: none", "either", "none"),
        ("either: [1, 2]", "either", (1, 2)),
        ("either: ~", "either", None),
        ("texts: [&a one, *a]", "texts", ("one", "one")),
    ],
)
def test_each_type_is_read_from_its_plain_form(tmp_path, written, name, value):
    read = getattr(_load(tmp_path, written, Typed).value, name)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("whole: 1.0", "not a whole number"),
        ("whole: 010", "not a whole number"),
        ("whole: '1'", "not a whole number"),
        ("whole: 12:30", "not a whole number"),
        ("whole: 1_000", "not a whole number"),
        ("whole: " + "9" * 5000, "not a whole number"),
        ("whole: true", "not a whole number"),
        ("number: 0,05", "not a number"),
        ("number: .nan", "not a number"),
        ("number: .inf", "not a number"),
        ("flag: 1", "not true or false"),
        ("flag: 'true'", "not true or false"),
        ("flag: yes", "not true or false"),
        ("day: 2026-02-29", "not a date"),
        ("day: 20260201", "not a date"),
        ("day: 2026-02-01T00:00:00", "not a date"),
        ("texts: one", "a list is expected"),
        ("texts: {a: 1}", "a list is expected"),
        ("texts: [[a]]", "a list stands where text is expected"),
        ("texts:", "nothing is written after the key"),
        ("whole: [1]", "a list stands where a whole number is expected"),
        ("whole: {a: 1}", "a mapping stands where a whole number is expected"),
        ("by: [1]", "a mapping is expected"),
        ("either: {a: 1}", "a list or text is expected"),
    ],
)
def test_nothing_is_converted_in_silence(tmp_path, written, said):
    problem = _refused(tmp_path, "\n\n" + written, Typed)
    assert said in problem.what
    assert problem.line == 3


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", 1, "empty"),
        (b"# only a comment\n", 1, "empty"),
        (b"- a\n- b\n", 1, "a mapping is expected"),
        (b"just words\n", 1, "a mapping is expected"),
        ("id: a\ntitle: caf\u00e9\n".encode("latin-1"), 2, "not written in UTF-8"),
        (b"id: a\npurposes:\n\t- id: b\n", 3, "a tab is used"),
        (b"id: a\ntitle: A\nid: b\n", 3, "already given on line 1"),
        (b"id: a\ntitle: A\n---\nid: b\n", 3, "several documents"),
        (b"id: a\ntitle: 'open\n", 3, "not valid YAML"),
        (b"id: a\ntitle: B: C\n", 2, "not valid YAML"),
        (b"id: a\ntitle: *nowhere\n", 2, "not valid YAML"),
        (b"id: a\ntitle: b\x07c\n", 2, "control character"),
        (
            b"id: a\ntitle: !!python/object/apply:os.system [echo]\n",
            2,
            "the tag “tag:yaml.org,2002:python/object/apply:os.system” is refused",
        ),
        (b"id: a\ntitle: !!str 12\n", 2, "is refused"),
        (b"? [a, b]\n: 1\n", 1, "a key is a list or a mapping"),
        (b"id: a\n<<: {title: A}\n", 2, "merge keys"),
    ],
)
def test_a_file_that_cannot_be_a_declaration_says_why_and_where(tmp_path, content, line, said):
    problem = _refused(tmp_path, content)
    assert said in problem.what
    assert problem.line == line
    assert problem.next_step


def test_a_byte_order_mark_is_not_a_fault(tmp_path):
    assert _load(tmp_path, b"\xef\xbb\xbfid: a\r\ntitle: A\r\n").value.title == "A"


def test_aliases_that_multiply_are_stopped(tmp_path):
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "aliases or nesting" in _refused(tmp_path, "\n".join(levels)).what


def test_a_value_that_holds_itself_is_stopped(tmp_path):
    assert "aliases or nesting" in _refused(tmp_path, "id: &a [*a]\n").what


@pytest.mark.parametrize("depth", [60, 20_000])
def test_nesting_without_end_is_stopped(tmp_path, depth):
    assert "nest" in _refused(tmp_path, "id: " + "[" * depth + "]" * depth).what


def test_a_file_too_large_to_be_written_by_hand_is_refused(tmp_path):
    assert "larger than" in _refused(tmp_path, b"id: a\n" + b"#" * 2_000_000).what


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DeclarationProblem, match="cannot be read"):
        load(tmp_path / "absent.yml", Activity, tmp_path)


def test_an_address_with_a_password_is_never_quoted(tmp_path):
    problem = _refused(tmp_path, "whole: postgresql://auditor:hunter2@base/billettique\n", Typed)
    assert "hunter2" not in str(problem)


_TOML = """\
# a network
[network]
name = "Petit Lille"
authority = "MEL"

[cards]
prefixes = [
  "250",  # issuer [really]
  "251",
]
length = 10

[audit.parameters."BIL-RET-VALID-48H"]
reason = \"\"\"
two
lines = 1
\"\"\"
values = { limit = "PT24H" }
"""


def test_toml_is_read_with_its_lines(tmp_path):
    loaded = _load(tmp_path, _TOML, NetworkConfig, "poincon.toml")
    assert loaded.value.cards.prefixes == ("250", "251")
    assert loaded.value.audit.parameters["BIL-RET-VALID-48H"].values == {"limit": "PT24H"}
    assert loaded.lines["network.name"] == 3
    assert loaded.lines["cards.length"] == 11
    assert loaded.lines["audit.parameters.BIL-RET-VALID-48H.values"] == 18


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("length = 10", "lenght = 10"), 11, "unknown key “lenght” in cards"),
        (("length = 10", 'length = "10"'), 11, "“10” is not a whole number"),
        (("length = 10", "length = 10.0"), 11, "“10.0” is not a whole number"),
        (("length = 10", "length = true"), 11, "“True” is not a whole number"),
        (("length = 10", 'check_digit = "lunh"'), 11, "“lunh” is not a value"),
        (('"250"', "250"), 7, "“250” is not text"),
        (('name = "Petit Lille"', "name = 2026-01-01"), 3, "is not text"),
        (('name = "Petit Lille"', 'name = "x'), 3, "not valid TOML"),
        (("length = 10", "length = 10\nlength = 11"), 12, "not valid TOML"),
        (("[cards]", "[card]"), 6, "unknown key “card”"),
        (('authority = "MEL"\n', ""), 2, "network.authority is missing"),
    ],
)
def test_toml_faults_carry_their_line(tmp_path, change, line, said):
    problem = _refused(tmp_path, _TOML.replace(*change), NetworkConfig, "poincon.toml")
    assert said in problem.what
    assert problem.line == line


def test_toml_lines_follow_dotted_and_quoted_keys():
    text = "a.b = 1\n\"c d\".e = { f = 1 }\n[\"g.h\"]\ni = [\n  1,\n]\n\n[[j]]\n[[j.k]]\nl = '''\n[m]\n'''\n[[j]]\n[[j.k]]\nl = 2 # [n]\n"
    assert toml_lines(text) == {
        "a": 1,
        "a.b": 1,
        "c d": 2,
        "c d.e": 2,
        "g.h": 3,
        "g.h.i": 4,
        "j": 8,
        "j.0": 8,
        "j.0.k": 9,
        "j.0.k.0": 9,
        "j.0.k.0.l": 10,
        "j.1": 13,
        "j.1.k": 14,
        "j.1.k.0": 14,
        "j.1.k.0.l": 15,
    }


@dataclass(frozen=True, kw_only=True)
class Item:
    id: str
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Box:
    items: tuple[Item, ...]


def test_toml_lists_of_tables_keep_the_line_of_each_item(tmp_path):
    text = '[[items]]\nid = "a"\n\n[[items]]\nid = "b"\nsize = "big"\n'
    problem = _refused(tmp_path, text, Box, "box.toml")
    assert problem.line == 6
    assert "items.1.size" in problem.what


def test_a_plan_reads_its_enumerations_and_its_period(tmp_path):
    plan = _load(
        tmp_path,
        "id: p\ntitle: P\nkind: counts\npurpose: s\nrecipient: {name: Public, recipient_class: A}\nstart: 2026-10-01\n"
        "columns: [{name: line, source: line, hierarchy: line}]\nmargins: [[], [line]]\nk: 11\nsuppression_limit: 0.1\n",
        ReleasePlan,
    ).value
    assert plan.recipient.recipient_class is RecipientClass.A
    assert plan.start == date(2026, 10, 1)
    assert plan.margins == ((), ("line",))
    assert plan.suppression_limit == 0.1


_durations = st.builds(Duration, st.integers(0, 1200), st.integers(0, 10_000_000))


@settings(max_examples=60)
@given(duration=_durations)
def test_a_duration_written_by_the_program_is_read_back(tmp_path_factory, duration):
    folder = tmp_path_factory.mktemp("durations")
    text = f"id: a\ntitle: A\nretention:\n  - {{data: d, duration: {duration}, starts: s, fate: delete}}\n"
    assert _load(folder, text).value.retention[0].duration == duration


_keys = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12).filter(lambda key: key not in Activity.__dataclass_fields__)


@settings(max_examples=60)
@given(key=_keys, before=st.integers(0, 5))
def test_any_unknown_key_is_refused_at_its_line(tmp_path_factory, key, before):
    folder = tmp_path_factory.mktemp("keys")
    problem = _refused(folder, "id: a\ntitle: A\n" + "# note\n" * before + f"{key}: x\n")
    assert problem.line == 3 + before
    assert f"unknown key “{key}”" in problem.what


@settings(max_examples=60)
@given(title=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"), max_size=40))
def test_any_text_that_yaml_writes_is_read_back_unchanged(tmp_path_factory, title):
    folder = tmp_path_factory.mktemp("texts")
    written = yaml.safe_dump({"id": "a", "title": title}, allow_unicode=True)
    assert _load(folder, written).value.title == title


@settings(max_examples=100)
@given(content=st.binary(max_size=200))
def test_no_file_makes_the_reader_fail_otherwise_than_with_a_declared_problem(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("noise")
    for name in ("noise.yml", "noise.toml"):
        with pytest.raises(DeclarationProblem):
            _load(folder, content, Activity, name)
