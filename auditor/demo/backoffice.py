"""The back office: cards, customers, contracts, counters, sales, block list, debts and grants, in one SQLite file."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

TABLES: Final[Mapping[str, str]] = {
    "supports": "numero_carte INTEGER, numero_imprime TEXT, type_support TEXT, id_client INTEGER, emis_le TEXT, expire_le TEXT,"
    " statut TEXT, remplace_par INTEGER",
    "clients": "id_client INTEGER, nom TEXT, prenom TEXT, date_naissance TEXT, courriel TEXT, telephone TEXT, adresse TEXT,"
    " ouvert_le TEXT, clos_le TEXT, motif_cloture TEXT",
    "contrats": "id_contrat INTEGER, numero_carte INTEGER, id_client INTEGER, id_payeur INTEGER, code_titre TEXT, debut TEXT,"
    " fin TEXT, statut TEXT, numero_serie TEXT",
    "compteurs": "numero_carte INTEGER, id_contrat INTEGER, voyages_restants INTEGER, releve_le TEXT",
    "ventes": "id_vente INTEGER, numero_carte INTEGER, id_client INTEGER, id_contrat INTEGER, code_titre TEXT, vendu_le TEXT,"
    " montant REAL, moyen_paiement TEXT",
    "opposition": "numero_carte INTEGER, motif TEXT, debut TEXT, fin TEXT, auteur TEXT, notifie_le TEXT",
    "impayes": "id_incident INTEGER, numero_carte INTEGER, id_client INTEGER, survenu_le TEXT, regularise_le TEXT, montant REAL",
    "habilitations": "role TEXT, objet TEXT, privilege TEXT",
}
"""Tables and their columns, as the operator's software would name them."""


class BackOffice:
    """One SQLite file being filled. Closing it commits."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path)
        self.rows = dict.fromkeys(TABLES, 0)
        for name, columns in TABLES.items():
            self._connection.execute(f"create table {name} ({columns})")

    def add(self, table: str, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows given column by column, in the order of the table."""
        self.add_rows(table, zip(*columns, strict=True))

    def add_rows(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows given one by one."""
        places = ", ".join("?" * (TABLES[table].count(",") + 1))
        cursor = self._connection.executemany(f"insert into {table} values ({places})", rows)
        self.rows[table] += max(0, cursor.rowcount)

    def change(self, table: str, column: str, values: Mapping[int, Any], *, key: str) -> None:
        """Set one column of some rows, by key."""
        self._connection.execute(f"create index temporary_key on {table} ({key})")
        pairs = [(value, row) for row, value in values.items()]
        self._connection.executemany(f"update {table} set {column} = ? where {key} = ?", pairs)
        self._connection.execute("drop index temporary_key")

    def oldest(self, table: str, column: str) -> str | None:
        """Return the smallest value of a date column, as text."""
        found: str | None = self._connection.execute(f'select min("{column}") from {table}').fetchone()[0]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._connection.commit()
        self._connection.close()
