"""The databases of the network: what the operator's software would hold, one SQLite file per system."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

MAIN: Final = "gestion"
"""The back office. Its tables may be named alone; those of the other databases take their name in front."""
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
    "impayes": "id_incident INTEGER, numero_carte INTEGER, id_client INTEGER, survenu_le TEXT, regularise_le TEXT, montant REAL,"
    " motif TEXT",
    "alertes_fraude": "id_alerte INTEGER, numero_carte INTEGER, levee_le TEXT, numero_dossier TEXT",
    "dossiers_fraude": "numero_dossier TEXT, numero_carte INTEGER, ouvert_le TEXT, procedure TEXT, clos_le TEXT, analyste TEXT,"
    " observations TEXT",
    "tarifs": "code_titre TEXT, type_support TEXT, prix REAL",
    "habilitations": "role TEXT, objet TEXT, privilege TEXT",
    "contraventions.pv": "id_pv INTEGER, constate_le TEXT, paye_le TEXT, transmis_le TEXT, archive_le TEXT, nom TEXT,"
    " date_naissance TEXT, lieu_naissance TEXT, adresse TEXT",
    "journal.acces": "id_compte INTEGER, role TEXT, horodatage TEXT, objet TEXT, finalite TEXT, dossier TEXT, operation TEXT,"
    " lignes INTEGER, empreinte TEXT, empreinte_precedente TEXT",
    "exploitation.comptes": "compte TEXT, partage TEXT, administrateur TEXT, cree_le TEXT, utilise_le TEXT, parti_le TEXT,"
    " ferme_le TEXT, revu_le TEXT, empreinte_mdp TEXT",
    "exploitation.evenements": "id_evenement INTEGER, nature TEXT, debut TEXT, fin TEXT, motif TEXT, auteur TEXT",
    "exploitation.sauvegardes": "objet TEXT, prise_le TEXT, expire_le TEXT, detruite_le TEXT, restauree_le TEXT, repurgee_le TEXT",
    "conformite.demandes": "id_demande INTEGER, nature TEXT, recue_le TEXT, prolongee_le TEXT, repondue_le TEXT, numero_carte INTEGER,"
    " id_client INTEGER, type_support TEXT, canal TEXT, gelee_le TEXT, copie_detruite_le TEXT, close_le TEXT, refusee TEXT,"
    " refus_motive TEXT, rubriques INTEGER, copie_jointe TEXT, destinataires_nommes TEXT, pseudonymes_cherches TEXT, formats TEXT",
    "conformite.effacements": "id_demande INTEGER, objet TEXT, efface_le TEXT, lignes INTEGER",
    "conformite.violations": "id_violation INTEGER, connue_le TEXT, notifiee_le TEXT, personnes_le TEXT, risque TEXT, faits TEXT,"
    " effets TEXT, mesures TEXT",
    "archives.ventes": "id_vente INTEGER, code_titre TEXT, vendu_le TEXT, montant REAL, moyen_paiement TEXT",
    "archives.pv": "id_pv INTEGER, constate_le TEXT, paye_le TEXT, archive_le TEXT",
    "recette.supports": "numero_carte INTEGER, type_support TEXT, emis_le TEXT, expire_le TEXT, statut TEXT",
}
"""Tables and their columns, in the twin without violations."""
PLANTED_COLUMNS: Final[Mapping[str, str]] = {
    "clients": "commentaire TEXT",
    "ventes": "numero_cb TEXT, cryptogramme TEXT",
    "contraventions.pv": "numero_carte INTEGER, id_client INTEGER, courriel TEXT",
    "journal.acces": "numero_carte INTEGER, code_arret TEXT",
}
"""Columns that should not be there, at the end of their table."""
PLANTED_TABLES: Final[Mapping[str, str]] = {
    "lectures_cartes": "numero_carte INTEGER, lue_le TEXT, evenements INTEGER",
    "correspondances": "numero_carte INTEGER, id_client INTEGER, pseudonyme TEXT, cree_le TEXT",
}
"""Tables that should not be there."""


def tables(*, clean: bool) -> dict[str, str]:
    """Return the tables of one twin with their columns."""
    if clean:
        return dict(TABLES)
    wider = {name: f"{said}, {PLANTED_COLUMNS[name]}" if name in PLANTED_COLUMNS else said for name, said in TABLES.items()}
    return {**wider, **PLANTED_TABLES}


def physical(name: str) -> str:
    """Return the name of a table as the mapping gives it."""
    return name if "." in name else f"{MAIN}.{name}"


def names(said: str) -> tuple[str, ...]:
    """Return the columns of a table definition."""
    return tuple(part.split()[0] for part in said.split(","))


class BackOffice:
    """The SQLite files being filled. Closing commits."""

    def __init__(self, folder: Path, *, clean: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._tables = tables(clean=clean)
        self._connection = sqlite3.connect(folder / f"{MAIN}.sqlite")
        for database in sorted({name.partition(".")[0] for name in self._tables if "." in name}):
            self._connection.execute(f"attach database ? as {database}", (str(folder / f"{database}.sqlite"),))
        self.rows = dict.fromkeys(map(physical, self._tables), 0)
        for name, columns in self._tables.items():
            self._connection.execute(f"create table {name} ({columns})")

    def add(self, table: str, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows given column by column, in the order of the table."""
        self.add_rows(table, zip(*columns, strict=True))

    def add_rows(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows given one by one; the columns that only the planted twin has may be left out, and stay empty."""
        said = names(self._tables[table])
        short = names(TABLES[table]) if table in TABLES else said
        given = iter(rows)
        first = next(given, None)
        if first is None:
            return
        used = said if len(first) == len(said) else short
        places = ", ".join("?" * len(used))
        statement = f"insert into {table} ({', '.join(used)}) values ({places})"
        added = self._connection.execute(statement, first).rowcount
        added += max(0, self._connection.executemany(statement, given).rowcount)
        self.rows[physical(table)] += added

    def change(self, table: str, column: str, values: Mapping[Any, Any], *, key: str) -> None:
        """Set one column of some rows, by key."""
        self._connection.execute(f"create index temporary_key on {table} ({key})")
        pairs = [(value, row) for row, value in values.items()]
        self._connection.executemany(f"update {table} set {column} = ? where {key} = ?", pairs)
        self._connection.execute("drop index temporary_key")

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a small question on what was written."""
        return self._connection.execute(question, values).fetchall()

    def oldest(self, table: str, column: str) -> str | None:
        """Return the smallest value of a date column of a physical table, as text."""
        name = table.removeprefix(f"{MAIN}.")
        found: str | None = self._connection.execute(f'select min("{column}") from {name}').fetchone()[0]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._connection.commit()
        self._connection.close()
