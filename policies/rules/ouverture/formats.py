"""Data sets published in no open format."""

import re
from typing import Any

import ibis
from ibis import _

from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.ouverture.anonymiser import published
from policies.rules.questions import some


def data_sets_in_no_open_format(t: Tables) -> list[dict[str, Any]]:
    """Return the public data sets of which no file online bears an open format; a compressed file is judged by what it holds.

    Raises:
        NotConcerned: no public release is online.
    """
    online = published(t)
    if not some(t, online):
        raise NotConcerned(said("aucun jeu n’est publié", "no data set is published"))
    formats = "|".join(re.escape(word) for word in t.parameter("formats").lower().split())
    name = online.file.fill_null("").lower()
    told = online.mutate(opened=name.re_search(rf"\.({formats})(\.(gz|zst|bz2|xz))?$"), ending=name.re_extract(r"\.([a-z0-9]+)$", 1))
    by_release = told.group_by("release").agg(opened=told.opened.any(), ending=told.ending.max(), newest=told.published_on.max())
    closed = by_release.filter(~by_release.opened)
    return t.ask(closed.select("newest", reference=_.release, value=_.ending.nullif(""), kind=ibis.literal("format-not-open")))


RULE = Rule(
    id="OD-FORMATS",
    name="opening.data-sets-in-no-open-format",
    family="ouverture",
    title=said("Formats ouverts", "Open formats"),
    severity=Severity.MINOR,
    sources=(legal.CRPA_L300_4, legal.RGI_V2),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("recorded_releases",),
    parameters={"formats": "csv json geojson xml html ods odt odp pdf parquet"},
    query=data_sets_in_no_open_format,
    message=said(
        "Le jeu « {reference} » n’est publié dans aucun format ouvert ; dernière mise en ligne le {newest}.",
        "The data set “{reference}” is published in no open format; last put online on {newest}.",
    ),
    remediation=said(
        "Ajouter une sortie CSV ou JSON pour les données, ODF pour les documents bureautiques, PDF/A pour ce qui ne se retouche pas.",
        "Add a CSV or JSON output for data, ODF for office documents, PDF/A for what is not to be edited.",
    ),
    rationale=said(
        "Ce qu’une administration met en ligne l’est dans un standard ouvert, aisément réutilisable et exploitable par une machine. Le "
        "référentiel général d’interopérabilité préfère l’ODF et tient l’OOXML en observation. La liste CSV, JSON, ODF, PDF/A, HTML est "
        "celle du référentiel de ce projet ; GeoJSON, XML et Parquet, ouverts eux aussi, y sont ajoutés par lui. Les textes ont été lus "
        "en partie.",
        "What an administration puts online is in an open standard, easily reusable and machine-processable. The general interoperability "
        "framework prefers ODF and keeps OOXML under observation. The list CSV, JSON, ODF, PDF/A, HTML is that of this project’s rulebook; "
        "GeoJSON, XML and Parquet, open as well, are its own additions. The texts were read in part.",
    ),
    judgement=said(
        "Si un PDF est bien un PDF/A, et si le contenu d’un fichier est vraiment exploitable par une machine.",
        "Whether a PDF truly is a PDF/A, and whether the content of a file can truly be processed by a machine.",
    ),
)
