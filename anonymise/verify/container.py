"""Does the file carry anything but what was declared? Test H9 of the science note, red-team family « container ».

The columns, the bytes around the values (marks, line ends, spaces, quoting: places to hide a number in), the metadata of
the container, values left in a dictionary after a filter, statistics that betray a removed row, live spreadsheet cells,
and the order of the rows, which must follow from the released values alone.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anonymise.celltext import CONTROL, FORMULA, NUMBER, SPACE
from anonymise.verify.reading import OpenedFile
from auditor.engine import Engine
from auditor.vocabulary.releases import Criterion, TestResult, VerificationTest

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_CHUNK: Final = 1 << 24
_QUOTED: Final = re.compile(rb'"(?:[^"\n]|"")*"')
_STRAY: Final = {
    b"\r": "un retour chariot",
    b"\t": "une tabulation",
    b"\n\n": "une ligne vide",
    b", ": "une espace après une virgule",
    b" ,": "une espace avant une virgule",
    b" \n": "une espace en fin de ligne",
    b"\n ": "une espace en début de ligne",
    b"\x00": "un octet nul",
    b"\xc2\xa0,": "une espace insécable avant une virgule",
    b"\xc2\xa0\n": "une espace insécable en fin de ligne",
}


def container_tests(engine: Engine, opened: OpenedFile, declared: Sequence[str] | None, order: Sequence[str]) -> list[VerificationTest]:
    """Test the container. `declared`: exact columns, None when nobody declared any; `order`: columns the rows must follow."""
    tests = [_columns(opened, declared)] if declared is not None else []
    faults = list(_csv_faults(opened) if opened.format == "csv" else _parquet_faults(opened.path))
    tests += [_container(faults), _refused(opened), _live_cells(engine, opened)]
    # A line that could not be read has no place in the order: the question is already open.
    if order and not opened.refused:
        tests.append(_order(opened, order))
    return tests


def _test(
    name: str, title: str, *, failed: bool, measured: str, limit: str, detail: str, otherwise: TestResult = TestResult.FAILED
) -> VerificationTest:
    return VerificationTest(
        id=name,
        title=title,
        criterion=Criterion.CONTAINER,
        result=otherwise if failed else TestResult.PASSED,
        measured=measured,
        limit=limit,
        detail=detail,
    )


def _columns(opened: OpenedFile, declared: Sequence[str]) -> VerificationTest:
    undeclared = [name for name in opened.columns if name not in declared]
    missing = [name for name in declared if name not in opened.columns]
    differs = opened.columns != tuple(declared)
    return _test(
        "COLUMNS",
        "Colonnes déclarées, et elles seules",
        failed=differs,
        measured=f"{len(undeclared)} non déclarée(s), {len(missing)} absente(s)",
        limit="exactement celles du plan, dans l’ordre",
        detail="Colonnes physiques du fichier comparées au plan.",
    )


def _container(faults: Sequence[str]) -> VerificationTest:
    return _test(
        "H9",
        "Contenant propre",
        failed=bool(faults),
        measured=f"{len(faults)} défaut(s)",
        limit="0",
        detail=" ; ".join(dict.fromkeys(faults)) or "Octets autour des valeurs, métadonnées, dictionnaires et statistiques.",
    )


def _refused(opened: OpenedFile) -> VerificationTest:
    refused = sum(opened.refused.values())
    return _test(
        "PARSE",
        "Toutes les lignes ont pu être lues",
        failed=bool(refused),
        measured=f"{refused} ligne(s) illisible(s)",
        limit="0",
        detail=", ".join(f"{reason} : {count}" for reason, count in sorted(opened.refused.items())),
        # A line nobody could read was judged by nobody.
        otherwise=TestResult.INCONCLUSIVE,
    )


def _live_cells(engine: Engine, opened: OpenedFile) -> VerificationTest:
    live = hidden = 0
    for name in (name for name in opened.columns if opened.relation[name].type().is_string()):
        distinct = opened.relation.select(value=opened.relation[name]).filter(lambda table: table.value.notnull()).distinct()
        value = distinct.value
        counted = distinct.aggregate(
            live=(value.re_search(FORMULA) & ~value.re_search(NUMBER)).sum(),
            hidden=(value.re_search(CONTROL) | value.re_search(SPACE)).sum(),
        )
        row = engine.rows(counted)[0]
        live, hidden = live + int(row["live"] or 0), hidden + int(row["hidden"] or 0)
    return _test(
        "CELLS",
        "Aucune cellule qu’un tableur exécuterait, aucun caractère invisible",
        failed=bool(live or hidden),
        measured=f"{live} valeur(s) active(s), {hidden} avec caractères invisibles",
        limit="0",
        detail="Toutes les valeurs distinctes de toutes les colonnes de texte.",
    )


def _order(opened: OpenedFile, order: Sequence[str]) -> VerificationTest:
    missing = [name for name in order if name not in opened.columns]
    descents = 0 if missing else _descents(opened, order)
    return _test(
        "ORDER",
        "Ordre des lignes tiré des seules valeurs diffusées",
        failed=bool(missing or descents),
        measured="colonnes absentes" if missing else f"{descents} ligne(s) hors d’ordre",
        limit="0",
        detail=f"Tri attendu, par octets : {', '.join(order)}. Un ordre de fabrication ou de carte se verrait.",
    )


def _csv_faults(opened: OpenedFile) -> Iterator[str]:
    quoted = False
    tail = b"\n"
    with opened.path.open("rb") as stream:
        if stream.read(3) == b"\xef\xbb\xbf":
            yield "une marque d’ordre des octets"
        stream.seek(0)
        while chunk := stream.read(_CHUNK) + stream.readline():
            seen = _QUOTED.sub(b"q", tail[-1:] + chunk) if b'"' in chunk else tail[-1:] + chunk
            yield from (fault for mark, fault in _STRAY.items() if mark in seen and not (opened.separator == "\t" and mark == b"\t"))
            quoted |= b'"' in chunk
            tail = chunk
    if not tail.endswith(b"\n"):
        yield "pas de saut de ligne à la fin"
    if opened.separator != ",":
        yield "un séparateur autre que la virgule"
    if quoted and not _canonical(opened):
        yield "des guillemets inutiles"


def _canonical(opened: OpenedFile) -> bool:
    """Whether the lines that hold a quote are written as a plain CSV writer would."""
    with opened.path.open("rb") as stream:
        for raw in stream:
            if b'"' not in raw:
                continue
            text = raw.decode("utf-8", "replace")
            again = io.StringIO()
            csv.writer(again, delimiter=opened.separator, lineterminator="\n").writerows(csv.reader([text], delimiter=opened.separator))
            if again.getvalue() != text:
                return False
    return True


def _parquet_faults(path: Path) -> Iterator[str]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if file.metadata.metadata:
            yield f"{len(file.metadata.metadata)} entrée(s) de métadonnées dans le fichier"
        if file.schema_arrow.metadata or any(field.metadata for field in _fields(file)):
            yield "des métadonnées sur le schéma"
        if any(field.type.num_fields for field in _fields(file)):
            yield "une colonne imbriquée"
        if [file.schema.column(place).path for place in range(len(file.schema))] != file.schema_arrow.names:
            yield "des colonnes physiques que le schéma ne montre pas"
        flat = not any(field.type.num_fields for field in file.schema_arrow)
    if flat:
        yield from _leftovers(path)


def _fields(file: Any) -> Iterable[Any]:
    for field in file.schema_arrow:
        # Parquet's own field numbers come back as metadata; they say nothing.
        yield field.with_metadata({key: value for key, value in (field.metadata or {}).items() if key != b"PARQUET:field_id"} or None)


def _leftovers(path: Path) -> Iterator[str]:
    """Look for values that no row holds: unused dictionary entries, and bounds that the values do not explain."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, read_dictionary=_texts(path)) as file:
        for group in range(file.metadata.num_row_groups):
            for place, name in enumerate(file.schema_arrow.names):
                used = _used(file.read_row_group(group, columns=[name]).column(0))
                said = file.metadata.row_group(group).column(place).statistics
                if used is None:
                    yield f"des valeurs sans ligne dans le dictionnaire de {name}"
                elif said is not None and said.has_min_max and len(used) > used.null_count:
                    bounds = pc.min_max(used)
                    if (said.min, said.max) != (bounds["min"].as_py(), bounds["max"].as_py()):
                        yield f"des statistiques de {name} que ses valeurs n’expliquent pas"


def _texts(path: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return [field.name for field in file.schema_arrow if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]


def _used(column: "pa.ChunkedArray") -> "pa.ChunkedArray | pa.Array | None":
    """Return the values of a column (once each when it is coded), None when its dictionary holds one that no row uses."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return column
    if any(len(pc.unique(chunk.indices).drop_null()) < len(chunk.dictionary) for chunk in column.chunks):
        return None
    return pa.chunked_array([chunk.dictionary for chunk in column.chunks], type=column.type.value_type)


def _descents(opened: OpenedFile, order: Sequence[str]) -> int:
    """Count the rows that come before the row above them."""
    import numpy as np

    descents = 0
    above: tuple[Any, ...] | None = None
    for block in _blocks(opened, order):
        if not block.num_rows:
            continue
        undecided = np.ones(block.num_rows - 1, dtype=bool)
        first, last = [], []
        for column in block.columns:
            ranks, values = _ranks(column)
            step = np.diff(ranks)
            descents += int(np.count_nonzero(undecided & (step < 0)))
            undecided &= step == 0
            first.append(values[ranks[0]])
            last.append(values[ranks[-1]])
        descents += above is not None and tuple(first) < above
        above = tuple(last)
    return descents


def _blocks(opened: OpenedFile, order: Sequence[str]) -> "Iterator[pa.Table]":
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    if opened.format == "parquet":
        with pq.ParquetFile(opened.path, read_dictionary=_texts(opened.path)) as file:
            for group in range(file.metadata.num_row_groups):
                yield file.read_row_group(group, columns=list(order)).select(list(order))
        return
    kinds = dict.fromkeys(order, pa.dictionary(pa.int32(), pa.string()))
    parse = pacsv.ParseOptions(delimiter=opened.separator)
    convert = pacsv.ConvertOptions(column_types=kinds, include_columns=list(order), strings_can_be_null=False)
    with pacsv.open_csv(
        opened.path, read_options=pacsv.ReadOptions(block_size=_CHUNK), parse_options=parse, convert_options=convert
    ) as rows:
        for batch in rows:
            yield pa.Table.from_batches([batch])


def _ranks(column: "pa.ChunkedArray") -> "tuple[np.ndarray, list[Any]]":
    """Return each row's rank among the values, and the values in rank order; an absent value comes first."""
    import numpy as np
    import pyarrow as pa

    coded = column.combine_chunks() if pa.types.is_dictionary(column.type) else column.combine_chunks().dictionary_encode()
    coded = pa.chunked_array([coded]).unify_dictionaries().chunk(0) if isinstance(coded, pa.Array) else coded.unify_dictionaries().chunk(0)
    values = [value.encode() if isinstance(value, str) else value for value in coded.dictionary.to_pylist()]
    sorting = sorted(range(len(values)), key=values.__getitem__)
    rank = np.empty(len(values) + 1, dtype=np.int64)
    rank[sorting] = np.arange(1, len(values) + 1)
    rank[-1] = 0
    places = coded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    return rank[places], [b"", *(values[place] for place in sorting)]
