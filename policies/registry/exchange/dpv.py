"""A register in terms of the Data Privacy Vocabulary, ours or anyone's, as activities. JSON-LD or Turtle.

A process is an activity. What is understood becomes part of it; every other statement of the file is a remark, so that
nothing it says is dropped without a word.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from auditor.vocabulary import dpv
from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.interchange import Imported
from auditor.vocabulary.register import Activity
from auditor.vocabulary.text import said
from policies.registry.exchange.dpv_graph import MOST_ENTRIES, Source, compact, is_text, local, opened, too_many, uri
from policies.registry.exchange.dpv_process import Inherited, read_process
from policies.registry.exchange.naming import identifier, usable

_HEAD: Final = 65_536
_JSON_LD: Final = re.compile(rb'"@(context|graph|id|type)"')
_TURTLE: Final = re.compile(rb"(?im)^\s*@?(prefix|base)\s+\S*[:<]|\sa\s+dpv:[a-z]|\sdpv:has[a-z]+\s|\A\s*<(\?xml|!DOCTYPE|rdf:RDF)")
_PROCESS: Final = ("dpv:Process", "dpv:PersonalDataHandling", "dpv:hasProcess")

_UNREAD: Final = said("affirmation que le registre ne reprend pas", "a statement that the register does not take")
_DEPRECATED: Final = said(
    "« PersonalDataHandling » doit disparaître de DPV : lu comme un Process", "“PersonalDataHandling” is to leave DPV: read as a Process"
)
_PROPERTY: Final = said(
    "« hasProcess » est une propriété, employée comme classe : lu comme un Process",
    "“hasProcess” is a property, used as a class: read as a Process",
)
_NEW_ID: Final = said("le nom a été récrit pour servir d’identifiant", "the name was rewritten to serve as an id")


def is_dpv(content: bytes) -> bool:
    """Tell whether a file may be RDF for this reader: JSON-LD by its keywords, Turtle by its prefixes. RDF/XML is, to be refused."""
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"{", b"[")):
        return bool(_JSON_LD.search(head))
    return b"\0" not in head and bool(_TURTLE.search(head))


def read_dpv(content: bytes) -> Imported:
    """Read a register in DPV.

    Raises:
        UsageProblem: it is not RDF that can be read here, asks for the network, or holds no process.
    """
    source = opened(content)
    found = list(dict.fromkeys(_processes(source)))
    if not found:
        raise UsageProblem(
            "The file holds no process of the Data Privacy Vocabulary.",
            "A processing activity is a dpv:Process: without one there is nothing to enter in a register.",
            "Give the file that holds the register (dpv:ROPA, dpv:hasProcess).",
        )
    if len(found) > MOST_ENTRIES:
        raise too_many()
    taken: list[str] = []
    names = {node: _name(source, node) for node in found}
    activities: list[Activity] = []
    purposes: list[str] = []
    for node in found:
        wanted = names[node]
        exact = usable(wanted) and wanted not in taken
        name = wanted if exact else identifier(wanted, "traitement", [*taken, *names.values()])
        taken.append(name)
        source.activity = name
        source.owner[node] = name
        if name != wanted:
            source.note(_place(node), _NEW_ID, wanted, "note")
        activities.append(read_process(source, node, name, _inherited(source, node), purposes))
    source.activity = ""
    _rest(source)
    return Imported(activities=tuple(activities), remarks=tuple(dict.fromkeys(source.remarks)))


def _processes(source: Source) -> Iterator[Any]:
    """Yield each process: what a register lists, then what is typed as one."""
    for record in source.graph.subjects(uri("rdf:type"), uri("dpv:ROPA")):
        yield from (node for node in source.objects(record, "dpv:hasProcess") if not is_text(node))
    for kind in _PROCESS:
        for node in source.graph.subjects(uri("rdf:type"), uri(kind)):
            if kind != "dpv:Process":
                source.note(_place(node), _DEPRECATED if kind == "dpv:PersonalDataHandling" else _PROPERTY, kind="note")
            yield node
    for held in source.graph.objects(None, uri("dpv:hasProcess")):
        if not is_text(held):
            yield held
    for statement in source.graph.triples((None, uri("dpv:hasProcess"), None)):
        source.read.add(statement)


def _name(source: Source, node: Any) -> str:
    return source.text(node, "dpv:hasIdentifier") or local(node) or source.text(node, "dct:title") or "traitement"


def _inherited(source: Source, node: Any) -> Inherited:
    """Return the registers that list a process: what they say of the controller holds for it."""
    return Inherited(records=tuple(source.graph.subjects(uri("dpv:hasProcess"), node)))


def _rest(source: Source) -> None:
    """Remark on every statement that nobody read, apart from what an export of ours computes."""
    sheets = set(source.graph.subjects(uri("poincon:format"), None))
    derived = {uri(f"dpv:{name}") for name in dpv.DERIVED} | {uri("skos:closeMatch"), uri("poincon:format")}
    derived |= {uri(f"poincon:{name}") for name in ("auditedOn", "auditDigest", "ruleNotMet")}
    records = set(source.graph.subjects(uri("rdf:type"), uri("dpv:ROPA")))
    left = []
    for subject, predicate, held in source.graph:
        typed = predicate == uri("rdf:type") and (subject in source.owner or subject in records)
        if (subject, predicate, held) in source.read or typed or (sheets and _computed(subject, predicate, derived)):
            continue
        words = str(held) if is_text(held) else compact(held)
        left.append((source.owner.get(subject, ""), f"{_place(subject)}, {compact(predicate)}", words))
    for source.activity, place, words in sorted(left):
        source.note(place, _UNREAD, words)
    source.activity = ""


def _computed(subject: Any, predicate: Any, derived: Collection[Any]) -> bool:
    """Tell a statement that an export of ours writes beside the register, and that an import has no use for."""
    name = compact(subject)
    return name.startswith(f"{dpv.OURS}:") or (name.startswith(f"{dpv.SHEET}:") and (predicate in derived or "/pays/" in name))


def _place(node: Any) -> str:
    return compact(node) or "nœud sans nom"
