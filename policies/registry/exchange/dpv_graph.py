"""RDF given by anyone, opened without the network, and read so that what nobody read can be told.

A JSON-LD file may ask for a context at an address, and a reader that obeys sends a request: such a file is refused before
it is parsed. What is parsed is bounded in size and in statements. rdflib loads only here.
"""

import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from auditor.vocabulary import dpv
from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.interchange import Remark, original
from auditor.vocabulary.text import Text, said

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

MOST_BYTES: Final = 5_000_000
MOST_STATEMENTS: Final = 200_000
MOST_ENTRIES: Final = 3_000
"""Things that one node of a register may name under one property."""
_DEEPEST: Final = 60
_PREFIXES: Final = {**dpv.NAMESPACES, "ex": "urn:exemple:", "owl": "http://www.w3.org/2002/07/owl#", "foaf": "http://xmlns.com/foaf/0.1/"}
"""Prefixes supplied to a Turtle file that uses them without saying what they are, as the W3C's own examples do."""
_WHY: Final = "A register read by halves, or read differently from what its author meant, would declare what nobody decided."
_UNSAFE: Final = "A register file is read from anyone's mail: what could exhaust the machine, or make it call elsewhere, is not opened."
_BROKEN: Final = re.compile(r"at line (\d+) of [^\n]*\n(?:Bad syntax \(Prefix \"([\w.-]{0,40}:)\" not bound\))?")

_SUPPLIED: Final = said(
    "préfixes employés sans être déclarés : ceux de DPV sont supposés (et « ex: » est un nom d’emprunt)",
    "prefixes used and not declared: those of DPV are supposed (and “ex:” is a made-up name)",
)


def opened(content: bytes) -> "Source":
    """Parse JSON-LD or Turtle.

    Raises:
        UsageProblem: it is neither, is damaged, is too large, or asks for something from the network.
    """
    if len(content) > MOST_BYTES:
        raise UsageProblem(f"The file is larger than {MOST_BYTES:,} bytes.", _UNSAFE, "A register holds words: give the register alone.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem("The file is not written in UTF-8.", _WHY, "Save it again as UTF-8.") from None
    head = text.lstrip()
    if head.startswith("<") and re.match(r"<(\?xml|!DOCTYPE|!ENTITY|rdf:RDF|RDF)", head, re.IGNORECASE):
        raise UsageProblem(
            "The file is XML: RDF/XML is not read here.",
            "XML entities can exhaust or deceive the machine that expands them.",
            "Convert it to Turtle or JSON-LD.",
        )
    source = _json(text) if head.startswith(("{", "[")) else _turtle(text)
    if len(source.graph) > MOST_STATEMENTS:
        raise UsageProblem(f"The file holds more than {MOST_STATEMENTS:,} statements.", _UNSAFE, "Give the register alone.")
    return source


def _json(text: str) -> "Source":
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        what = f"The file is not whole JSON (line {error.lineno}, column {error.colno}): it may be cut short."
        raise UsageProblem(what, _WHY, "Export it again.") from None
    except (ValueError, RecursionError):
        raise UsageProblem("The file holds values that no register holds (depth, numbers).", _UNSAFE, "Export it again.") from None
    _local(document, 0)
    # What was looked at is what is parsed, not the text: a key given twice cannot hide an address.
    return Source(_parsed(json.dumps(document), "json-ld"))


def _no_constant(_: str) -> Any:
    raise ValueError


def _local(value: object, depth: int) -> None:
    """Refuse a document that names a context, an import or a document elsewhere, and one nested beyond reason."""
    if depth > _DEEPEST:
        raise UsageProblem("The file is nested too deeply.", _UNSAFE, "Export it again from its own program.")
    if isinstance(value, list):
        for one in value:
            _local(one, depth + 1)
    elif isinstance(value, dict):
        for key, held in value.items():
            named = held if isinstance(held, list) else [held]
            if key in ("@context", "@import") and any(isinstance(one, str) for one in named):
                raise UsageProblem(
                    "The file takes its context from an address, which is never fetched.",
                    "Without its context the file has no meaning, and asking for it would tell someone that you read it.",
                    "Ask for the file with its context inside (in JSON-LD: expanded or flattened form), or for Turtle.",
                )
            _local(held, depth + 1)


def _turtle(text: str) -> "Source":
    used = {name for name in _PREFIXES if re.search(rf"(?<![\w<:/#-]){re.escape(name)}:", text)}
    missing = sorted(name for name in used if not re.search(rf"(?i)prefix\s+{re.escape(name)}:", text))
    # On one line, before the first one, so that a fault keeps its line.
    supplied = " ".join(f"@prefix {name}: <{_PREFIXES[name]}> ." for name in missing)
    source = Source(_parsed(f"{supplied} {text}", "turtle"))
    if missing:
        source.note(", ".join(f"{name}:" for name in missing), _SUPPLIED, kind="note")
    return source


def _parsed(text: str, form: str) -> "Graph":
    from rdflib import Graph

    graph = Graph(bind_namespaces="none")
    try:
        with _quiet():
            graph.parse(data=text, format=form, publicID="urn:registre:")
    except UsageProblem:
        raise
    except Exception as error:  # noqa: BLE001 - rdflib's parsers raise whatever their own faults are
        found = _BROKEN.match(str(error)) if form == "turtle" else None
        where = f" (line {found[1]})" if found else ""
        prefix = f": the prefix {found[2]} is not declared" if found and found[2] else ""
        name = "Turtle" if form == "turtle" else "JSON-LD"
        raise UsageProblem(f"The file cannot be read as {name}{where}{prefix}.", _WHY, "Correct it, or export it again.") from None
    return graph


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep rdflib from logging the values it finds wrong, which are someone's register, and from warning of its own parts."""
    logger = logging.getLogger("rdflib")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


@dataclass(slots=True)
class Source:
    """A graph being read: which statements were read, whom each node belongs to, and the remarks."""

    graph: "Graph"
    remarks: list[Remark] = field(default_factory=list)
    read: set[tuple[Any, Any, Any]] = field(default_factory=set)
    owner: dict[Any, str] = field(default_factory=dict)
    """Activity that a node belongs to."""
    activity: str = ""

    def note(self, place: str, why: Text, quoted: object = "", kind: Literal["note", "gap"] = "gap") -> None:
        """Remark on one place."""
        words = "" if quoted is None else str(quoted)[:500]
        self.remarks.append(Remark(place=place, said=why, kind=kind, quoted=words, activity=self.activity))

    def objects(self, node: Any, *names: str) -> "list[Node]":
        """Return what a node says under any of these names, by rank, else in the order of the file; they count as read."""
        found: dict[Any, None] = {}
        for name in names:
            predicate = uri(name)
            for held in self.graph.objects(node, predicate):
                self.read.add((node, predicate, held))
                found[held] = None
        if len(found) > MOST_ENTRIES:
            raise too_many()
        for held in found:
            self.owner.setdefault(held, self.activity)
        ranked = [(self.rank(held), held) for held in found]
        return [held for _, held in sorted(ranked, key=lambda pair: pair[0])]

    def text(self, node: Any, *names: str) -> str:
        """Return one text under the first name that has one: in French, else without a language, else the first there is."""
        for name in names:
            found = [held for held in self.objects(node, name) if is_text(held)]
            if found:
                order = {"fr": 0, None: 1, "en": 2}
                best = min(found, key=lambda held: order.get(getattr(held, "language", None), 3))
                for other in found:
                    # Another language is the same words; another value is one that was not taken.
                    if other is not best and getattr(other, "language", None) == getattr(best, "language", None):
                        self.read.discard((node, uri(name), other))
                return original(str(best))
        return ""

    def codes(self, node: Any, *names: str) -> list[str]:
        """Return the short names of the concepts under these names; what is no concept is left unread."""
        return [short for held in self.objects(node, *names) if (short := compact(held))]

    def kinds(self, node: Any) -> list[str]:
        """Return the classes of a node, by short name."""
        return self.codes(node, "rdf:type")

    def has(self, node: Any, name: str) -> bool:
        """Tell whether a node says anything under a name, without reading it."""
        return (node, uri(name), None) in self.graph

    def alone(self, node: Any) -> bool:
        """Tell a node of which the file says nothing: a concept of a vocabulary."""
        return (node, None, None) not in self.graph

    def rank(self, node: Any) -> int:
        """Return the place that a node gives itself among its like; 0 when it gives none."""
        for held in self.graph.objects(node, uri("poincon:rank")) if not is_text(node) else ():
            self.read.add((node, uri("poincon:rank"), held))
            if str(held).isdecimal() and len(str(held)) < 10:  # noqa: PLR2004 - more entries than any register has
                return int(str(held))
        return 0


def too_many() -> UsageProblem:
    """Make the error of a file that names more things than a register holds."""
    return UsageProblem(f"The file names more than {MOST_ENTRIES:,} things in one place.", _UNSAFE, "Give the register alone.")


def uri(name: str) -> Any:
    """Return the full name of a term: « dpv:hasPurpose »."""
    from rdflib import URIRef

    prefix, _, local = name.partition(":")
    return URIRef(dpv.NAMESPACES[prefix] + local)


def compact(node: Any) -> str:
    """Return the short name of a node; its full name when no prefix is known; empty for a text or a node without a name."""
    from rdflib import URIRef

    if not isinstance(node, URIRef):
        return ""
    for prefix, space in sorted(_PREFIXES.items(), key=lambda pair: -len(pair[1])):
        if str(node).startswith(space):
            return f"{prefix}:{str(node)[len(space) :]}"
    return str(node)


def local(node: Any) -> str:
    """Return the last part of a node's name: what a person would call it."""
    return re.split(r"[/#:]", compact(node).rstrip("/#:"))[-1]


def is_text(node: Any) -> bool:
    """Tell a literal from a node."""
    from rdflib import Literal as Value

    return isinstance(node, Value)
