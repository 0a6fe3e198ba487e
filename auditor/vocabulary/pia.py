"""The assessment file of the CNIL's PIA tool (JSON): its questions, its scales, and a reader that survives damage.

The tool accepts almost anything and fails on a missing array; files of its first generation hold references as text. What
this reader returns is always the same shape: five keys, references of answers as whole numbers, references of evaluations as
text, statuses within their scale. What could not be given that shape is a remark, never an exception half-way.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.text import Text, said

Document = dict[str, Any]

MOST_BYTES: Final = 20_000_000
ARRAYS: Final = ("answers", "measures", "evaluations", "comments")

QUESTIONS: Final[Mapping[int, Text]] = {
    111: said("Traitement étudié", "Processing under study"),
    112: said("Responsabilités liées au traitement", "Responsibilities"),
    113: said("Référentiels applicables", "Applicable standards"),
    121: said("Données traitées", "Data processed"),
    122: said("Cycle de vie des données", "Life cycle of the data"),
    123: said("Supports des données", "Supporting assets"),
    211: said("Finalités", "Purposes"),
    212: said("Fondements du traitement", "Legal bases"),
    213: said("Minimisation", "Minimisation"),
    214: said("Exactitude des données", "Accuracy"),
    215: said("Durées de conservation", "Retention"),
    221: said("Information des personnes", "Information of the persons"),
    222: said("Consentement", "Consent"),
    223: said("Accès et portabilité", "Access and portability"),
    224: said("Rectification et effacement", "Rectification and erasure"),
    225: said("Limitation et opposition", "Restriction and objection"),
    226: said("Sous-traitance", "Processors"),
    227: said("Transferts hors de l’Union européenne", "Transfers outside the European Union"),
    **{
        base + rank: subject
        for base in (320, 330, 340)
        for rank, subject in enumerate(
            (
                said("Impacts", "Impacts"),
                said("Menaces", "Threats"),
                said("Sources de risque", "Risk sources"),
                said("Mesures", "Measures"),
                said("Gravité", "Severity"),
                said("Vraisemblance", "Likelihood"),
            ),
            1,
        )
    },
}
"""The 36 questions, by the number that answers refer to."""
EVENTS: Final[Mapping[str, Text]] = {
    "3.2": said("accès illégitime à des données", "illegitimate access to data"),
    "3.3": said("modification non désirée de données", "unwanted change of data"),
    "3.4": said("disparition de données", "loss of data"),
}
DONE: Final = frozenset({2, 3})
"""Statuses of an assessment that was validated: simply, or with a signature."""
ARCHIVED: Final = 4
TO_FIX, IMPROVABLE, ACCEPTABLE = 1, 2, 3
_HIGHEST_STATUS, _HIGHEST_GAUGE = 5, 4

_WHY: Final = "An assessment read by halves would be taken for a whole one."
_NOT_A_LIST: Final = said("ce n’est pas une liste : lu comme vide", "not a list: read as empty")
_MISSING: Final = said("liste absente : lue comme vide", "list missing: read as empty")
_UNREADABLE: Final = said("entrée illisible : laissée de côté", "an entry that cannot be read: left out")
_NO_QUESTION: Final = said(
    "réponse à une question inconnue de l’outil : laissée de côté", "an answer to a question the tool does not have: left out"
)
_OLD_REFERENCE: Final = said("référence écrite en texte (première génération) : lue", "reference written as text (first generation): read")
_WRONG: Final = said("valeur d’un type inattendu : lue comme absente", "a value of an unexpected type: read as absent")


def read_pia(content: bytes) -> tuple[Document, tuple[Remark, ...]]:
    """Read a PIA file into its plain shape, with remarks on what was damaged.

    Raises:
        UsageProblem: it is not JSON, is cut short, is too large, is a template or is another document.
    """
    document = _parsed(content)
    if not isinstance(document, dict) or not isinstance(document.get("pia"), dict):
        raise _refused(document)
    remarks: list[Remark] = []
    read: Document = {"pia": _head(document["pia"], remarks)}
    for name in ARRAYS:
        read[name] = list(_entries(name, document.get(name), remarks))
    return read, tuple(remarks)


def is_pia(content: bytes) -> bool:
    """Tell whether a file may be meant for this reader: a JSON object that names one of the tool’s parts near its head."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"{") and any(re.search(rb'"%s"\s*:' % name, head) for name in (b"pia", b"structure", b"answers", b"sections"))


def _parsed(content: bytes) -> Any:
    if len(content) > MOST_BYTES:
        raise UsageProblem(f"The file is larger than {MOST_BYTES:,} bytes.", _WHY, "Export the assessment without its attachments.")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise UsageProblem("The file is not written in UTF-8.", _WHY, "Export it again from the PIA tool.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageProblem(
            f"The file is not whole JSON ({where}): it may be cut short.", _WHY, "Export it again from the PIA tool."
        ) from None
    except (ValueError, RecursionError):
        raise UsageProblem(
            "The file holds values no assessment holds (depth, numbers).", _WHY, "Export it again from the PIA tool."
        ) from None


def _no_constant(_: str) -> Any:
    raise ValueError


def _refused(document: Any) -> UsageProblem:
    if isinstance(document, dict) and ("structure" in document or "sections" in document):
        return UsageProblem(
            "The file is a template of the PIA tool (its questions), not an assessment: it has no “pia”.",
            "A template says nothing about an activity; importing it would look like an empty assessment.",
            "In the PIA tool, open the assessment itself and export it as JSON.",
        )
    return UsageProblem(
        "The file is not an assessment of the CNIL's PIA tool: it has no “pia” object.",
        _WHY,
        "Export the assessment from the PIA tool as JSON, and give that file.",
    )


def _head(head: Mapping[str, Any], remarks: list[Remark]) -> Document:
    read = dict(head)
    for name, most in (("status", _HIGHEST_STATUS), ("dpo_status", 1), ("concerned_people_status", 1)):
        value = _whole(read.get(name))
        if read.get(name) is not None and (value is None or not 0 <= value <= most):
            remarks.append(Remark(place=f"pia.{name}", said=_WRONG))
            value = None
        read[name] = value
    for name in ("name", "author_name", "evaluator_name", "validator_name", "dpo_opinion", "created_at", "updated_at", "category"):
        if read.get(name) is not None and not isinstance(read[name], str):
            remarks.append(Remark(place=f"pia.{name}", said=_WRONG))
            read[name] = None
    return read


def _entries(name: str, held: Any, remarks: list[Remark]) -> Any:
    if not isinstance(held, list):
        remarks.append(Remark(place=name, said=_MISSING if held is None else _NOT_A_LIST, kind="note" if held is None else "gap"))
        return
    for rank, entry in enumerate(held):
        place = f"{name}[{rank}]"
        if not isinstance(entry, dict):
            remarks.append(Remark(place=place, said=_UNREADABLE))
            continue
        read = _READERS[name](dict(entry), place, remarks)
        if read is not None:
            yield read


def _answer(entry: Document, place: str, remarks: list[Remark]) -> Document | None:
    question = _whole(entry.get("reference_to"))
    if question not in QUESTIONS:
        remarks.append(Remark(place=place, said=_NO_QUESTION))
        return None
    if isinstance(entry["reference_to"], str):
        remarks.append(Remark(place=place, said=_OLD_REFERENCE, kind="note"))
    data = entry.get("data")
    data = dict(data) if isinstance(data, dict) else {"text": data} if isinstance(data, str) else {}
    text, gauge, items = data.get("text"), _whole(data.get("gauge")), data.get("list")
    if text is not None and not isinstance(text, str):
        remarks.append(Remark(place=f"{place}.data.text", said=_WRONG))
        text = None
    if gauge is not None and not 0 <= gauge <= _HIGHEST_GAUGE:
        remarks.append(Remark(place=f"{place}.data.gauge", said=_WRONG))
        gauge = None
    kept = [one for one in items if isinstance(one, str)] if isinstance(items, list) else []
    if items is not None and (not isinstance(items, list) or len(kept) != len(items)):
        remarks.append(Remark(place=f"{place}.data.list", said=_WRONG))
    return entry | {"reference_to": question, "data": data | {"text": text, "gauge": gauge, "list": kept}}


def _measure(entry: Document, place: str, remarks: list[Remark]) -> Document | None:
    if not isinstance(entry.get("title"), str) and not isinstance(entry.get("content"), str):
        remarks.append(Remark(place=place, said=_UNREADABLE))
        return None
    return entry | {name: entry[name] if isinstance(entry.get(name), str) else "" for name in ("title", "content", "placeholder")}


def _evaluation(entry: Document, place: str, remarks: list[Remark]) -> Document | None:
    reference, status = entry.get("reference_to"), _whole(entry.get("status"))
    if not isinstance(reference, str | int | float) or isinstance(reference, bool):
        remarks.append(Remark(place=place, said=_UNREADABLE))
        return None
    if status is None or not 0 <= status <= ACCEPTABLE:
        remarks.append(Remark(place=f"{place}.status", said=_WRONG))
        status = 0
    gauges = entry.get("gauges")
    gauges = {axis: _gauge(gauges.get(axis)) for axis in ("x", "y")} if isinstance(gauges, dict) else None
    texts = {name: entry.get(name) if isinstance(entry.get(name), str) else None for name in ("action_plan_comment", "evaluation_comment")}
    done = _whole(entry.get("global_status"))
    stage = done if done in (0, 1, 2) else 0
    return entry | texts | {"reference_to": str(reference), "status": status, "gauges": gauges, "global_status": stage}


def _comment(entry: Document, place: str, remarks: list[Remark]) -> Document | None:
    reference = entry.get("reference_to")
    if not isinstance(entry.get("description"), str) or not isinstance(reference, str | int) or isinstance(reference, bool):
        remarks.append(Remark(place=place, said=_UNREADABLE))
        return None
    number = _whole(reference)
    return entry | {"reference_to": number if number is not None else reference, "for_measure": entry.get("for_measure") is True}


def _gauge(value: Any) -> int:
    read = _whole(value)
    return read if read is not None and 0 <= read <= _HIGHEST_GAUGE else 0


def _whole(value: Any) -> int | None:
    """Read a whole number, written as one or as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip()) else None


_READERS: Final[Mapping[str, Callable[[Document, str, list[Remark]], Document | None]]] = {
    "answers": _answer,
    "measures": _measure,
    "evaluations": _evaluation,
    "comments": _comment,
}
