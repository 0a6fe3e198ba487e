"""The words of the verifier, held to what real verifications write: every figure named, every sentence known in English."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from anonymise.export import write
from anonymise.verify import verify_file
from auditor.vocabulary.releases import (
    RecipientClass,
    ReleaseColumn,
    ReleasePlan,
    ReleaseRecipient,
    TestResult,
    Verification,
    VerificationTest,
)
from reports import dossier, verified

NB = "\N{NO-BREAK SPACE}"
PUBLIC = ReleaseRecipient(name="Open data", recipient_class=RecipientClass.A)
COUNTS = ReleasePlan(
    id="lines",
    title="Lines",
    kind="counts",
    purpose="statistics",
    recipient=PUBLIC,
    columns=(ReleaseColumn(name="route", source="line", hierarchy="line", finest="line", coarsest="line"),),
    margins=((),),
    k=11,
)
RECORDS = ReleasePlan(
    id="families",
    title="Families",
    kind="records",
    purpose="statistics",
    recipient=replace(PUBLIC, recipient_class=RecipientClass.B),
    columns=(
        ReleaseColumn(name="route", source="line", hierarchy="line", finest="line", coarsest="network"),
        ReleaseColumn(name="family", source="product", hierarchy="product", finest="family", coarsest="all", sensitive=True),
    ),
    k=5,
)
PERSONS = {"L1": 40, "L2": 30, "N1": 10, "N2": 11}
GOOD = ("*,91,false", "L1,40,false", "L2,30,false", "N1,,true", "N2,,true")


def _counts(folder: Path, *lines: str, witness: bool = True) -> Verification:
    rows = [line for line, count in PERSONS.items() for _ in range(count)]
    write(
        pa.table({"route": rows, "unit": pa.array(range(len(rows)), pa.int64())}).to_batches(),
        ("route", "unit"),
        folder / "witness.parquet",
    )
    (folder / "lines.csv").write_text("\n".join(("route,boardings,masked", *lines)) + "\n")
    return verify_file(folder / "lines.csv", plan=COUNTS, witness=folder / "witness.parquet" if witness else None)


def _records(folder: Path, persons: int, **asked: object) -> Verification:
    rows = {"route": ["L1"] * 6 + ["L2"] * persons, "family": (["pass", "single"] * 9)[: 6 + persons]}
    folded = pa.table(dict(sorted(rows.items(), reverse=True)))
    write(folded.to_batches(), ("route", "family"), folder / "rows.csv")
    units = pa.array(range(6 + persons), pa.int64())
    write(folded.append_column("unit", units).to_batches(), ("route", "family", "unit"), folder / "rows.parquet")
    plan = RECORDS if asked.pop("planned", True) else None
    witness = folder / "rows.parquet" if asked.pop("witnessed", True) else None
    return verify_file(folder / "rows.csv", plan=plan, witness=witness, **asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def verifications(tmp_path_factory: pytest.TempPathFactory) -> list[Verification]:
    """Files that pass, that fail and that nobody can conclude on, of both kinds."""

    def fresh() -> Path:
        return tmp_path_factory.mktemp("verified")

    return [
        _counts(fresh(), *GOOD),
        _counts(fresh(), *GOOD, witness=False),
        _counts(fresh(), "*,50,false", "L1,40,false", "L2,10,false", witness=False),
        _counts(fresh(), "*,92,false", "L1,40,false", "L2,30,false", "N1,10,false", "N3,,true"),
        _records(fresh(), 6),
        _records(fresh(), 2),
        _records(fresh(), 6, witnessed=False),
        _records(fresh(), 2, witnessed=False),
        _records(fresh(), 6, witnessed=False, planned=False, k=5, quasi_identifiers=("route",), sensitive=("family",)),
    ]


def _texts(verification: Verification) -> list[str]:
    told = [text for test in verification.tests for text in (test.title, test.measured, test.limit, test.detail)]
    return [*told, verification.scope, *verification.not_run]


def test_every_figure_of_a_real_verification_has_its_name(verifications):
    names = {name for verification in verifications for name in verification.figures}
    assert {"cells_exposed", "components", "linear_programs", "totals_masked", "rows_alone", "prosecutor_risk"} <= names
    unnamed = {name for name in names if name not in verified.FIGURES and not name.startswith("distinct_l_")}
    assert unnamed == set()
    assert all(verified.figure_label(name, "fr") != verified.figure_label(name, "en") for name in names - {"rows"})


def test_every_sentence_of_a_real_verification_is_known_in_english(verifications):
    unknown = {text for verification in verifications for text in _texts(verification) if text and verified.said(text, "en")[1]}
    assert unknown == set()


def test_no_plural_is_left_in_brackets(verifications):
    for lang in ("fr", "en"):
        said = [verified.said(text, lang)[0] for verification in verifications for text in _texts(verification)]
        assert not [text for text in said if "(s)" in text or "(aux)" in text]


@pytest.mark.parametrize(
    ("text", "lang", "said"),
    [
        ("0 ligne(s) sur 120 sous le seuil", "fr", "0 ligne sur 120 sous le seuil"),
        ("1 total(aux) incohérent(s)", "fr", "1 total incohérent"),
        ("2 total(aux) incohérent(s)", "fr", "2 totaux incohérents"),
        ("3 ligne(s) déductible(s) sur 1073 masquées", "fr", "3 lignes déductibles sur 1\u202f073 masquées"),
        ("0 row(s), 1 row(s), 2 row(s)", "en", "0 rows, 1 row, 2 rows"),
        ("0 colonnes hors grille", "fr", "0 colonne hors grille"),
        ("10 colonnes hors grille", "fr", "10 colonnes hors grille"),
        ("2026-10-29", "fr", "2026-10-29"),
    ],
)
def test_nouns_agree_with_the_number_before_them(text, lang, said):
    assert verified.agreed(text, lang) == said


def test_an_unknown_sentence_stays_in_french_and_says_so():
    assert verified.said("Une phrase que le programme ne sait pas dire dans une autre langue", "en")[1] == "fr"
    assert verified.said("Une phrase", "fr") == ("Une phrase", "")


def test_a_scope_is_cut_at_the_end_of_its_sentences():
    assert verified.sentences("Un fichier, seuil de 5 personnes. L’absence n’est pas une preuve ; fin.") == (
        "Un fichier, seuil de 5 personnes.",
        "L’absence n’est pas une preuve ; fin.",
    )
    assert verified.sentences("") == ()


def test_a_real_verification_sums_up_in_four_lines(verifications):
    counts, records = verifications[0], verifications[4]
    said = {line.title: line for line in dossier.criterion_lines(counts, "fr")}
    assert said["Individualisation"].figure == f"plus petite classe{NB}: 30{NB}cartes"
    assert said["Corrélation"].results == "aucun test"
    assert said["Inférence"].figure == f"2{NB}cases masquées sur 4{NB}; aucune ne se déduit"
    said = {line.title: line for line in dossier.criterion_lines(records, "fr")}
    assert said["Individualisation"].figure == f"plus petite classe{NB}: 6{NB}cartes"
    assert said["Inférence"].figure == f"au moins 2{NB}valeurs sensibles distinctes par classe"


def test_a_threshold_nobody_could_count_is_not_told_in_cards(verifications):
    line = dossier.criterion_lines(verifications[6], "fr")[0]
    assert line.figure.endswith("lignes, cartes inconnues")
    assert "non concluant" in line.results


def test_the_worst_result_gives_a_criterion_its_sign(release_receipt):
    failed = [replace(test, result=TestResult.FAILED) for test in release_receipt.verification.tests[:1]]
    tests: tuple[VerificationTest, ...] = (*release_receipt.verification.tests, *failed)
    line = dossier.criterion_lines(replace(release_receipt.verification, tests=tests), "fr")[0]
    assert line.sign.value == "not-met"
    assert line.results == f"1{NB}test échoué, 1{NB}test passé"


def test_a_question_beyond_its_tolerance_is_said_in_words(release_receipt):
    said = dossier.insufficient(dossier.utility(release_receipt.utility), "fr")
    assert len(said) == 1
    assert f"supérieur à la tolérance de 5{NB}%{NB}: la publication ne suffit pas à cet usage" in said[0]
    exactly = replace(release_receipt.utility[1], weighted_error=0.05)
    assert dossier.insufficient(dossier.utility((exactly,)), "fr") == ()
    assert "does not serve" in dossier.insufficient(dossier.utility(release_receipt.utility), "en")[0]
