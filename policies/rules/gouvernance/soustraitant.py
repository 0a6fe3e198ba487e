"""Processors bound by no contract, or by one that lacks what article 28(3) requires."""

from collections.abc import Iterator
from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import once, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known


def processors_without_a_full_contract(t: Tables) -> list[dict[str, Any]]:
    """Return the processors without the reference of a contract, then what the contract on file lacks, for each activity.

    Raises:
        TableAbsent: every processor has a reference, and the network has no evidence folder to show the contract.
    """
    actors = t["declared_actors"]
    processors = t.ask(actors.filter(actors.role == "processor").order_by("activity", "name"))
    return as_far_as_known(lambda: _unreferenced(processors), lambda: once(_contracts(t, processors)))


def _unreferenced(processors: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for actor in processors:
        if not (actor["agreement"] or "").strip():
            place = {name: actor[name] for name in ("activity", "file", "line")}
            yield {**place, "kind": "processor-without-agreement", "recipient": actor["name"]}


def _contracts(t: Tables, processors: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for actor in processors:
        place = {"activity": actor["activity"], "file": actor["file"], "line": actor["line"], "recipient": actor["name"]}
        for fault in shown(t, "contract", activity=actor["activity"], party=actor["name"], holds=holds_of("contract")):
            yield {**place, **fault}


RULE = Rule(
    id="REG-SOUSTRAITANT",
    name="governance.processors-without-a-full-contract",
    family="gouvernance",
    title=said("Registre et contrat du sous-traitant", "Processor record and contract"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_28_3, legal.GDPR_ART_30_2),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_actors",),
    query=processors_without_a_full_contract,
    message=said(
        "La fiche {activity} confie des données au sous-traitant {recipient} sans citer le contrat qui le lie.",
        "The record {activity} entrusts data to the processor {recipient} without citing the contract that binds it.",
    ),
    messages={**worded("Contrat du sous-traitant {recipient}", "Contract of the processor {recipient}"), **PART_NOT_CHECKED},
    remediation=said(
        "Signer un contrat ou un avenant qui porte toutes les clauses de l’article 28(3) ; en mettre la référence au registre et la pièce "
        "au dossier ; demander au sous-traitant son propre registre.",
        "Sign a contract or an amendment with every clause of article 28(3); put its reference in the register and the piece on file; ask "
        "the processor for its own record.",
    ),
    rationale=said(
        "Celui qui confie des données à un autre en reste responsable : le contrat dit l’objet, la durée, la nature et la finalité, les "
        "types de données et de personnes, puis les clauses a) à h) de l’article 28(3), dont le sort des données à la fin. Le "
        "sous-traitant tient lui-même un registre, a) à d) de l’article 30(2), qu’il doit pouvoir montrer.",
        "Whoever entrusts data to another remains responsible: the contract tells the subject matter, duration, nature and purpose, the "
        "types of data and persons, then clauses a) to h) of article 28(3), among them what becomes of the data at the end. The processor "
        "keeps a record of its own, a) to d) of article 30(2), and must be able to show it.",
    ),
    judgement=said(
        "Si chaque clause relevée dans le contrat suffit, et si le sous-traitant présente des garanties suffisantes.",
        "Whether each clause found in the contract is sufficient, and whether the processor offers sufficient guarantees.",
    ),
)
