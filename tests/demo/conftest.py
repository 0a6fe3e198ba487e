from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.demo import DemoOptions, Truth, generate

PACKAGED = Path(__file__).resolve().parents[2] / "policies" / "registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    folder: Path
    truth: Truth


def starter() -> Mapping[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((PACKAGED / "starter").glob("*.yml"))}


def pieces() -> Mapping[str, str]:
    place = PACKAGED / "starter_pieces"
    return {path.relative_to(place).as_posix(): path.read_text(encoding="utf-8") for path in sorted(place.rglob("*.*"))}


def make(folder: Path, **options) -> Made:
    return Made(folder=folder, truth=generate(folder, DemoOptions(**options), starter(), lambda _step, _done: None, pieces()))


@pytest.fixture(scope="session")
def register_files() -> Mapping[str, str]:
    return starter()


@pytest.fixture(scope="session")
def evidence_files() -> Mapping[str, str]:
    return pieces()


@pytest.fixture(scope="session")
def maker():
    return make


@pytest.fixture(scope="session")
def dirty(tmp_path_factory) -> Made:
    return make(tmp_path_factory.mktemp("dirty") / "lille", cards=1500, days=14)


@pytest.fixture(scope="session")
def clean(tmp_path_factory) -> Made:
    return make(tmp_path_factory.mktemp("clean") / "lille", cards=1500, days=14, clean=True)
