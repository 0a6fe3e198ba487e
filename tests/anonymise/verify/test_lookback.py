from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from anonymise.ledger import Ledger
from anonymise.verify.lookback import MADE, described, ledger_tests
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn, ReleasePlan, ReleaseRecipient, TestResult

PLAN = ReleasePlan(
    id="lignes",
    title="Lignes",
    kind="counts",
    purpose="statistiques",
    recipient=ReleaseRecipient(name="public", recipient_class=RecipientClass.A),
    columns=(ReleaseColumn(name="ligne", source="line"),),
    stores=("base-active",),
    start=date(2026, 10, 1),
    end=date(2026, 10, 7),
    k=11,
)


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", head_file=tmp_path / "head.json")
    yield opened
    opened.close()


def _compared(ledger, plan, digest="b" * 64):
    return next((test for test in ledger_tests(ledger, plan, digest) if test.id == "H5-LEDGER"), None)


@pytest.fixture
def signed(tmp_path):
    from anonymise.keys import KeyStore, RootKey

    signer = KeyStore.open(tmp_path / "keys", RootKey.from_file(tmp_path / "root")).signing_key()
    opened = Ledger(tmp_path / "signed.sqlite", signer=signer)
    opened.append(MADE, {**described(PLAN), "file_digest": "a" * 64}, datetime(2026, 10, 8, tzinfo=UTC))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, TestResult.INCONCLUSIVE),
        ({"start": date(2026, 10, 7), "end": date(2026, 10, 9)}, TestResult.INCONCLUSIVE),
        ({"start": date(2026, 10, 8), "end": date(2026, 10, 9)}, TestResult.PASSED),
        ({"start": date(2026, 9, 1), "end": date(2026, 9, 30)}, TestResult.PASSED),
        ({"start": None, "end": None}, TestResult.INCONCLUSIVE),
        ({"id": "autre"}, TestResult.INCONCLUSIVE),
        ({"id": "autre", "stores": ("entrepot",)}, TestResult.PASSED),
        ({"id": "autre", "stores": ()}, TestResult.INCONCLUSIVE),
        ({"id": "autre", "columns": (ReleaseColumn(name="arret", source="stop"),)}, TestResult.PASSED),
    ],
)
def test_only_releases_that_could_be_subtracted_are_compared(signed, changes, result):
    assert _compared(signed, replace(PLAN, **changes)).result is result


def test_the_same_bytes_are_not_another_release(signed):
    assert _compared(signed, PLAN, "a" * 64).result is TestResult.PASSED


def test_a_ledger_whose_head_is_missing_leaves_everything_open(ledger):
    ledger.append(MADE, {**described(PLAN), "file_digest": "a" * 64}, datetime(2026, 10, 8, tzinfo=UTC))
    (test,) = ledger_tests(ledger, PLAN, "a" * 64)
    assert (test.id, test.result) == ("LEDGER", TestResult.INCONCLUSIVE)
