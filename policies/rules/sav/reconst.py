"""Lost cards that nobody proved can be rebuilt with their titles."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Final

from auditor.rules import Rule, TableAbsent, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

_CONTENTS: Final = (("contracts",), ("counters", "sales"))
"""What a card is rebuilt from: its contracts, and a counter or the sales behind it."""


def rebuilding_not_proved(t: Tables) -> list[dict[str, Any]]:
    """Return what of the card's last known contents is not kept, and the lack, age or failure of the rebuilding drill."""
    return as_far_as_known(partial(_contents, t), partial(_drills, t))


def _contents(t: Tables) -> Iterator[dict[str, Any]]:
    for either in _CONTENTS:
        if any(name in t for name in either):
            continue
        unsaid = [name for name in either if name not in t.absent]
        if unsaid:
            raise TableAbsent(unsaid[0])
        yield {"kind": "contents-not-kept", "missing": either[0]}


def _drills(t: Tables) -> list[dict[str, Any]]:
    held = _held(t)
    limit = t.duration("term").before(t.as_of).date()
    if held is not None:
        last, passed, failed = held
        if not passed:
            return [{"kind": "drill-failed", "newest": last, "entries": failed}]
        if last >= limit:
            return []
    if held is not None and "declared_pieces" not in t:
        return [{"kind": "drill-too-old", "newest": held[0], "term": t.parameter("term")}]
    faults = shown(t, "drill", age=t.duration("term"))
    if faults and held is not None:
        return [{"kind": "drill-too-old", "newest": held[0], "term": t.parameter("term")}]
    return faults


def _held(t: Tables) -> tuple[date, bool, int] | None:
    """Return the day of the last drill, whether one passed that day, and the steps that failed; None when none was recorded."""
    if "recorded_drills" not in t:
        return None
    drills = t["recorded_drills"]
    past = [row for row in t.ask(drills) if row["held_on"] is not None and row["held_on"] <= t.as_of.date()]
    if not past:
        return None
    last = max(row["held_on"] for row in past)
    of_the_day = [row for row in past if row["held_on"] == last]
    return last, any(row["passed"] for row in of_the_day), max(row["failed"] or 0 for row in of_the_day)


RULE = Rule(
    id="BIL-SAV-RECONST",
    name="aftersales.rebuilding-not-proved",
    family="sav",
    title=said("Reconstitution d’une carte perdue avec ses titres", "Rebuild a lost card from contract data"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_2008_161_ART_1, legal.CNIL_2011_107_ART_4),
    reading=Reading.DEDUCTION,
    needs=("cards.card",),
    parameters={"term": "P1Y"},
    query=rebuilding_not_proved,
    message=said("La reconstitution d’une carte perdue n’est pas prouvée.", "The rebuilding of a lost card is not proved."),
    messages={
        "contents-not-kept": said(
            "Le réseau dit ne pas tenir « {missing} » : une carte perdue ne peut être reconstituée avec ses titres.",
            "The network says it does not hold “{missing}”: a lost card cannot be rebuilt with its titles.",
        ),
        "drill-failed": said(
            "Le dernier essai de reconstitution, du {newest}, a échoué ({entries} étapes en défaut).",
            "The last rebuilding drill, of {newest}, failed ({entries} steps at fault).",
        ),
        "drill-too-old": said(
            "Le dernier essai de reconstitution réussi date du {newest} : plus de {term}.",
            "The last rebuilding drill that passed dates from {newest}: more than {term} ago.",
        ),
        **worded("Essai de reconstitution", "Rebuilding drill"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Tenir un état « dernier contenu connu » de chaque carte (titres, compteurs, fin de validité), sans heure ni lieu, et prouver la "
        "reconstitution sur des cartes témoins : `poincon card drill`.",
        "Keep a “last known contents” of each card (titles, counters, end of validity), without time or place, and prove the rebuilding "
        "on "
        "witness cards: `poincon card drill`.",
    ),
    rationale=said(
        "Le service après-vente est l’une des finalités que le repère de la CNIL reconnaît à la billettique, et l’on invoque souvent la "
        "carte "
        "perdue pour garder les trajets. Elle se reconstitue pourtant sans eux : à partir des contrats, des ventes et des compteurs. Les "
        "modalités de l’essai et le délai d’un an sont une déduction du projet, non le texte de la CNIL.",
        "After-sales is one of the purposes that the CNIL’s benchmark grants to ticketing, and the lost card is often invoked to keep "
        "trips. "
        "Yet it is rebuilt without them: from contracts, sales and counters. How the drill is held and its yearly term are a deduction "
        "of "
        "the project, not the CNIL’s text.",
    ),
    judgement=said(
        "Une personne doit encore fixer le délai dans lequel la carte est rendue, et dire si l’essai suit bien le parcours d’un vrai "
        "voyageur.",
        "A person must still set the time in which the card is given back, and say whether the drill follows the path of a real traveller.",
    ),
)
