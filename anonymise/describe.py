"""Describe a release for those who will read it: TableSchema (schema.data.gouv.fr) and DCAT in JSON-LD.

Nothing is asserted that the plan does not say: no licence, no address. The publisher adds them on the portal.
"""

import json
from typing import Any, Final

from anonymise.labels import TOP, UNKNOWN
from auditor.vocabulary.releases import Receipt, ReleasePlan

_HIERARCHIES: Final = {
    "time": "Temps de service du réseau",
    "place": "Lieu",
    "line": "Ligne",
    "product": "Titre",
    "profile": "Profil",
    "none": "Valeur",
}
_MEDIA: Final = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_FILE_TYPES: Final = {"csv": "CSV", "parquet": "PARQUET"}
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"


def table_schema(plan: ReleasePlan, receipt: Receipt) -> bytes:
    """Return the TableSchema of a release."""
    counts = plan.kind == "counts"
    fields = [_field(plan, receipt, name) for name in (column.name for column in plan.columns)]
    schema: dict[str, Any] = {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "name": plan.id,
        "title": plan.title,
        "description": _description(plan),
        "countryCode": "FR",
        "created": receipt.made_at.date().isoformat(),
        "lastModified": receipt.made_at.date().isoformat(),
        "version": "1.0.0",
        "fields": [*fields, *(_COUNT_FIELDS if counts else ())],
        "missingValues": [""],
    }
    if counts:
        schema["primaryKey"] = [column.name for column in plan.columns]
    return _json(schema)


_COUNT_FIELDS: Final = (
    {
        "name": "boardings",
        "title": "Montées",
        "description": "Nombre de montées ; vide lorsque l’effectif est masqué.",
        "example": 120,
        "type": "integer",
        "constraints": {"minimum": 1},
    },
    {
        "name": "masked",
        "title": "Effectif masqué",
        "description": "Vrai lorsque l’effectif est masqué : trop peu de cartes distinctes, ou cellule qui en trahirait une autre.",
        "example": False,
        "type": "boolean",
        "constraints": {"required": True},
    },
)


def _field(plan: ReleasePlan, receipt: Receipt, name: str) -> dict[str, Any]:
    column = next(column for column in plan.columns if column.name == name)
    total = f" « {TOP} » : total, toutes valeurs confondues." if plan.kind == "counts" else f" « {TOP} » : toutes valeurs confondues."
    return {
        "name": name,
        "title": name,
        "description": f"{_HIERARCHIES[column.hierarchy]}, niveau « {receipt.levels[name]} ». « {UNKNOWN} » : valeur absente.{total}",
        "type": "string",
        "constraints": {"required": True},
    }


def _description(plan: ReleasePlan) -> str:
    period = f" Période : du {plan.start} au {plan.end}." if plan.start and plan.end else ""
    if plan.kind == "records":
        return f"Une ligne par validation, sans lien entre les lignes ; aucune classe de moins de {plan.k} cartes distinctes.{period}"
    return (
        f"Montées par cellule ; effectifs de moins de {plan.k} cartes distinctes masqués, et d’autres avec eux pour qu’aucun total ne "
        f"les révèle. Une cellule absente ne compte aucune montée. Les lignes qui portent « {TOP} » sont des totaux : les écarter "
        f"avant d’additionner.{period}"
    )


def dcat(plan: ReleasePlan, receipt: Receipt, publisher: str) -> bytes:
    """Return the DCAT description of an open release."""
    dataset: dict[str, Any] = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"urn:sha256:{receipt.file_digest}",
        "@type": "dcat:Dataset",
        "dct:identifier": plan.id,
        "dct:title": {"@value": plan.title, "@language": "fr"},
        "dct:description": {"@value": _description(plan), "@language": "fr"},
        "dcat:keyword": ["billettique", "transport", "validations"],
        "dct:language": {"@id": f"{_AUTHORITY}/language/FRA"},
        "dct:issued": _date(receipt.made_at.date().isoformat()),
        "dcat:theme": {"@id": f"{_AUTHORITY}/data-theme/TRAN"},
        "dcat:distribution": {
            "@type": "dcat:Distribution",
            "dct:title": {"@value": receipt.file, "@language": "fr"},
            "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{_MEDIA[plan.format]}"},
            "dct:format": {"@id": f"{_AUTHORITY}/file-type/{_FILE_TYPES[plan.format]}"},
            "spdx:checksum": {
                "@type": "spdx:Checksum",
                "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                "spdx:checksumValue": receipt.file_digest,
            },
        },
    }
    if publisher:
        dataset["dct:publisher"] = {"@type": "foaf:Agent", "foaf:name": publisher}
    if plan.start and plan.end:
        period = {"dcat:startDate": _date(plan.start.isoformat()), "dcat:endDate": _date(plan.end.isoformat())}
        dataset["dct:temporal"] = {"@type": "dct:PeriodOfTime", **period}
    return _json(dataset)


def _date(day: str) -> dict[str, str]:
    return {"@value": day, "@type": "xsd:date"}


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
