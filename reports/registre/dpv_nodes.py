"""Values and concepts of JSON-LD: how an export to DPV writes a text, a day, a name, and the concepts that are ours."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from auditor.vocabulary import dpv
from auditor.vocabulary.interchange import writable
from auditor.vocabulary.register_words import FAMILIES, LEVELS

Node = dict[str, Any]


def families() -> list[Node]:
    """Describe the families of purpose for which DPV has no exact concept, with the closest one."""
    return [
        kept({
            **own(f"famille-{family}"),
            "@type": "dpv:Purpose",
            "skos:prefLabel": french(label.fr),
            "skos:closeMatch": ref(f"dpv:{dpv.FAMILY_CLOSE[family]}") if family in dpv.FAMILY_CLOSE else None,
        })
        for family, label in FAMILIES.items()
        if family not in dpv.FAMILY_EXACT
    ]  # fmt: skip


def levels() -> list[Node]:
    """Describe the CNIL's scale of risk, each level with the closest one of DPV's scale of five."""
    scheme = own("echelle-de-risque")
    concepts = [
        {
            **own(f"risque-{level}"),
            "@type": ["skos:Concept", "dpv:RiskLevel"],
            "skos:inScheme": scheme,
            "skos:notation": str(rank),
            "skos:prefLabel": [french(label.fr), {"@value": label.en, "@language": "en"}],
            "skos:closeMatch": ref(f"risk:{dpv.RISK_LEVELS[level]}"),
        }
        for rank, (level, label) in enumerate(LEVELS.items(), 1)
    ]
    return [{**scheme, "@type": "skos:ConceptScheme", "dct:title": french("Échelle de risque de la CNIL, à quatre niveaux")}, *concepts]


def kept(node: Mapping[str, Any]) -> Node:
    """Leave out what says nothing. A text that must be there, empty or not, is written as a value of its own."""
    return {name: value for name, value in node.items() if value is not None and value is not False and value not in ("", [])}


def said(text: str) -> Node:
    """Write a text without a language, empty or not."""
    return {"@value": writable(text)}


def french(text: str, *, needed: bool = False) -> Node | None:
    """Write a text of the register, in French; an empty one only when it is `needed`."""
    return {"@value": writable(text), "@language": "fr"} if text or needed else None


def day(when: date | None) -> Node | None:
    """Write a day."""
    return {"@value": when.isoformat(), "@type": "xsd:date"} if when else None


def ref(name: str) -> Node:
    """Name a concept or a node."""
    return {"@id": name}


def own(code: str) -> Node:
    """Name a concept of ours by its code."""
    return {"@id": f"{dpv.OURS}:{code}"}
