"""Every rule, in the order of the rulebook. A test compares this tuple with the folder."""

from collections.abc import Iterable
from typing import Final

from auditor.rules import Rule
from auditor.vocabulary.errors import UsageProblem
from policies.rules.anonymisation import hachage, individualisation, methodes
from policies.rules.gouvernance import aipd, champs, concordance
from policies.rules.retention import client, impaye_regul, postpaie_4m, validations_48h, validations_tardive
from policies.rules.statut import au015, finalites
from policies.rules.titres import anonyme, declaratif

RULES: Final[tuple[Rule, ...]] = (
    au015.RULE,
    finalites.RULE,
    client.RULE,
    validations_48h.RULE,
    validations_tardive.RULE,
    postpaie_4m.RULE,
    impaye_regul.RULE,
    anonyme.RULE,
    declaratif.RULE,
    methodes.RULE,
    hachage.RULE,
    individualisation.RULE,
    champs.RULE,
    concordance.RULE,
    aipd.RULE,
)


def by_id(rule_id: str) -> Rule:
    """Return one rule, by its id in any case.

    Raises:
        UsageProblem: no rule bears that id.
    """
    for rule in RULES:
        if rule.id.casefold() == rule_id.strip().casefold():
            return rule
    raise UsageProblem(
        f"No rule is called {rule_id!r}.",
        "An audit that skips a rule nobody named would look complete.",
        "Run `poincon rules` for the list.",
    )


def select(only: Iterable[str] = (), without: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return the rules asked for, in the order of the rulebook: all of them when `only` is empty, less those in `without`.

    Raises:
        UsageProblem: an id is unknown.
    """
    kept = {by_id(rule_id).id for rule_id in only} or {rule.id for rule in RULES}
    left = {by_id(rule_id).id for rule_id in without}
    return tuple(rule for rule in RULES if rule.id in kept - left)
