"""The list of what the evidence folder must show is what the rules ask, no more and no less."""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import ASKED
from auditor.vocabulary.outcomes import Outcome
from policies.catalogue import RULES
from policies.rules import pieces

Case = Mapping[str, Any]
Ask = Callable[[Rule, Case], Outcome]
Casebook = Mapping[str, Mapping[str, Case]]


CASES = 8
"""Cases of each rule that are enough to hear everything it asks."""


class _Facts(dict[str, str]):
    """The facts of a piece, that remember which ones were looked at."""

    def __init__(self, given: Mapping[str, str], kind: str, seen: set[tuple[str, str]]) -> None:
        super().__init__(given)
        self._kind, self._seen = kind, seen

    def _note(self, name: str) -> None:
        self._seen.add((self._kind, name))

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(str(name))
        return super().__contains__(name)


@pytest.fixture
def spied(monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], set[tuple[str, str]], set[tuple[str, str]]]:
    kinds: set[str] = set()
    holds: set[tuple[str, str]] = set()
    facts: set[tuple[str, str]] = set()
    real = {name: getattr(pieces, name) for name in ("pieces_of", "lacking", "facts_of")}

    def pieces_of(t: Tables, kind: str, **narrowed: Any) -> list[dict[str, Any]]:
        kinds.add(kind)
        return real["pieces_of"](t, kind, **narrowed)  # type: ignore[no-any-return]

    def lacking(t: Tables, piece: dict[str, Any], asked: Iterable[str]) -> list[str]:
        words = tuple(asked)
        holds.update((piece["kind"], word) for word in words)
        return real["lacking"](t, piece, words)  # type: ignore[no-any-return]

    def facts_of(t: Tables, piece: dict[str, Any]) -> dict[str, str]:
        return _Facts(real["facts_of"](t, piece), piece["kind"], facts)

    spies = {"pieces_of": pieces_of, "lacking": lacking, "facts_of": facts_of}
    for module in [module for name, module in sys.modules.items() if name.startswith("policies.rules")]:
        for name, spy in spies.items():
            if getattr(module, name, None) is real[name]:
                monkeypatch.setattr(module, name, spy)
    return kinds, holds, facts


def test_the_list_is_what_the_rules_ask(
    spied: tuple[set[str], set[tuple[str, str]], set[tuple[str, str]]], ask: Ask, casebook: Casebook
) -> None:
    kinds, holds, facts = spied
    for rule in RULES:
        if any(name in vars(sys.modules[rule.query.__module__]) for name in ("shown", "pieces_of", "faults_of")):
            with_pieces = [case for case in casebook[rule.id].values() if case.get("declared_pieces") and "unmapped" not in case]
            for case in with_pieces[:CASES]:
                ask(rule, dict(case))
    assert kinds == set(ASKED)
    assert holds == {(kind, word) for kind, asked in ASKED.items() for word in asked.holds}
    assert facts == {(kind, name) for kind, asked in ASKED.items() for name in asked.facts}
