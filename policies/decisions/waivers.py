"""`waivers.yml`: findings accepted for a term, each with its reason, the function that approved it and its last day.

One waiver at fault does not stop the audit, since that would let a typing error hide every other finding: it is treated
as expired, covers nothing, and is told by name. A file that is not YAML, or that has another shape, is refused whole.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from auditor.vocabulary.decisions import Waiver, last_day
from auditor.vocabulary.text import Text, said
from policies.documents import Entries, Items, Node, Scalar, Unreadable, read
from policies.faults import Fault, did_you_mean, refuse

WAIVERS: Final = "waivers.yml"

_NEEDED: Final = ("id", "rule", "reason", "approved_by", "created", "expires")
_OPTIONAL: Final = ("activity", "table", "column", "ticket")
_DATES: Final = ("created", "expires")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_A_PERSON: Final = re.compile(r"\b(?:M\.|Mme|Mlle|Mr|Mrs|Ms|Monsieur|Madame)\s|\b[\w-]+\.[\w-]+@")
_WHY: Final = "a decision read differently from what its author meant would silence other findings"


def read_waivers(folder: Path, rules: Collection[str]) -> tuple[Waiver, ...]:
    """Read the waivers of a network folder, in the order of the file; none when it has no such file.

    Args:
        folder: The network folder.
        rules: Ids of the rules known to this version.

    Raises:
        DeclarationProblem: the file is not a list of waivers.
    """
    path = folder / WAIVERS
    if not path.is_file():
        return ()
    try:
        items = _listed(read(path, WAIVERS))
    except Unreadable as unreadable:
        raise refuse(unreadable.faults) from None
    waivers = [_waiver(item, rules) for item in items]
    twice = {name for name, number in Counter(waiver.id for waiver in waivers).items() if number > 1}
    return tuple(replace(waiver, faults=(*waiver.faults, _TWICE)) if waiver.id in twice else waiver for waiver in waivers)


def _listed(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Entries):
        for entry in node.entries:
            if entry.key != "waivers":
                what, fix = f"the key “{entry.key}” is unknown here", "keep one list, under `waivers:`"
                raise Unreadable([Fault(file=WAIVERS, line=entry.line, what=what, fix=fix, why=_WHY)])
        node = node.entries[0].node if node.entries else Items(line=node.line, items=())
    if isinstance(node, Scalar) and node.raw is None:
        return ()
    if not isinstance(node, Items):
        fix = "write `waivers:` and one `- id: …` per decision"
        raise Unreadable([Fault(file=WAIVERS, line=node.line, what="a list of waivers is expected", fix=fix, why=_WHY)])
    return node.items


def _waiver(node: Node, rules: Collection[str]) -> Waiver:
    if not isinstance(node, Entries):
        fault = said("l’entrée n’est pas une suite de « clé : valeur »", "the entry is not a set of `key: value` lines")
        return Waiver(id=f"{WAIVERS}:{node.line}", line=node.line, faults=(fault,))
    faults: list[Text] = []
    texts = dict(_texts(node, faults))
    dates = dict(_dates(texts, faults))
    faults += _lacking(texts)
    rule = _rule(texts.get("rule", ""), rules, faults)
    faults += _term(dates)
    faults += _signature(texts.get("approved_by", ""))
    return Waiver(
        id=texts.get("id") or f"{WAIVERS}:{node.line}",
        rule=rule,
        activity=texts.get("activity", ""),
        table=texts.get("table", ""),
        column=texts.get("column", ""),
        reason=texts.get("reason", ""),
        # A person's name goes no further than the file it was written in.
        approved_by="" if _A_PERSON.search(texts.get("approved_by", "")) else texts.get("approved_by", ""),
        created=dates.get("created"),
        expires=dates.get("expires"),
        ticket=texts.get("ticket", ""),
        line=node.line,
        faults=tuple(faults),
    )


def _texts(node: Entries, faults: list[Text]) -> Iterator[tuple[str, str]]:
    """Yield the fields written as one value. An unknown key may be a misspelt place: the waiver would cover too much."""
    for entry in node.entries:
        if entry.key not in (*_NEEDED, *_OPTIONAL):
            near = did_you_mean(entry.key, (*_NEEDED, *_OPTIONAL))
            faults.append(said(f"la clé « {entry.key} » est inconnue", f"the key “{entry.key}” is unknown ({near})"))
        elif not isinstance(entry.node, Scalar):
            faults.append(said(f"« {entry.key} » n’est pas une seule valeur", f"“{entry.key}” is not a single value"))
        elif entry.node.raw is not None and str(entry.node.raw).strip():
            yield entry.key, " ".join(str(entry.node.raw).split())
        elif entry.key in _OPTIONAL:
            # An empty place would mean « anywhere »: nobody signs that without writing it.
            faults.append(said(f"« {entry.key} » est vide : ôtez la ligne", f"“{entry.key}” is empty: delete the line"))


def _dates(texts: Mapping[str, str], faults: list[Text]) -> Iterator[tuple[str, date]]:
    for name in _DATES:
        written = texts.get(name)
        if written is None:
            continue
        day = _day(written)
        if day is None:
            faults.append(said(f"« {name} » n’est pas un jour AAAA-MM-JJ", f"“{name}” is not a day written YYYY-MM-DD"))
        else:
            yield name, day


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if _DATE.fullmatch(written) else None
    except ValueError:
        return None


def _lacking(texts: Mapping[str, str]) -> Iterator[Text]:
    for name in _NEEDED:
        if name not in texts:
            yield said(f"« {name} » manque", f"“{name}” is missing")


def _rule(written: str, rules: Collection[str], faults: list[Text]) -> str:
    known = {rule.casefold(): rule for rule in rules}
    rule = known.get(written.casefold())
    if written and rule is None:
        near = did_you_mean(written, rules)
        hint = f" ({near})" if near.startswith("did") else ""
        faults.append(said(f"« {written} » n’est pas une règle", f"“{written}” is not a rule{hint}"))
    return rule or written


def _term(dates: Mapping[str, date]) -> Iterator[Text]:
    created, expires = dates.get("created"), dates.get("expires")
    if created is None or expires is None:
        return
    if expires < created:
        yield said("elle finit avant d’avoir commencé", "it ends before it begins")
    elif expires > last_day(created):
        last = last_day(created).isoformat()
        yield said(f"elle dure plus d’un an : {last} au plus tard", f"it lasts more than a year: {last} at the latest")


def _signature(approved_by: str) -> Iterator[Text]:
    if _A_PERSON.search(approved_by):
        yield said(
            "« approved_by » nomme une personne : écrire sa fonction, les rapports circulent",
            "“approved_by” names a person: write the function, since reports are passed around",
        )


_TWICE: Final = said("deux dérogations portent cet identifiant", "two waivers bear this id")
