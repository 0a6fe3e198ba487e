"""Tables presented as anonymous, or as anonymised at term, that still name, follow or isolate someone."""

from collections.abc import Iterator

import ibis
from ibis import _

from auditor.engine.base import Relation, Row
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.anonymisation.groups import WHERE, sized, told_apart
from policies.rules.anonymisation.individualisation import QUASI_IDENTIFIERS
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, names_someone

ANONYMOUS = "anonymous"


def labels_that_the_rows_belie(t: Tables) -> list[Row]:
    """List what the register calls anonymous and is not, and what it says is anonymised at term and still names someone.

    Of a table called anonymous: the taps that name a card, a token or a subscriber; the rows of any table where an identifier
    was read beside a date; else the classes of one row; the columns that the same register calls identifiers. Of a term that ends
    in anonymisation: an identified row older than the term.
    """
    return as_far_as_known(
        lambda: t.ask(_columns_called_identifiers(t)),
        lambda: t.ask(_other_identified_tables(t)),
        lambda: t.ask(_terms_that_did_not_anonymise(t)),
        lambda: _taps(t),
    )


def _called_anonymous(t: Tables) -> Relation:
    tables = t["declared_tables"]
    return tables.filter(tables.state == ANONYMOUS).select("activity", "table", "file", "line")


def _columns_called_identifiers(t: Tables) -> Relation:
    columns = t["declared_columns"]
    personal = columns.filter(columns.category.isin(["direct-identifier", "pseudonym"]))
    same = personal.semi_join(_called_anonymous(t), ["activity", "table"])
    return same.mutate(kind=ibis.literal("identifier-declared"))


def _other_identified_tables(t: Tables) -> Relation:
    seen = t["observed_extremes"]
    identified = seen.filter(seen.canonical != "validations", seen.identified_rows > 0)
    rows = identified.group_by(["table", "store", "store_role"]).agg(rows=identified.identified_rows.max())
    return rows.inner_join(_called_anonymous(t), "table").mutate(kind=ibis.literal("identifier-kept"))


def _terms_that_did_not_anonymise(t: Tables) -> Relation:
    terms = t["declared_retention"]
    promised = terms.filter(terms.fate == "anonymise", terms.oldest_allowed.notnull())
    seen = t["observed_extremes"].select("table", "column", "store", "store_role", "oldest_identified")
    held = promised.inner_join(seen, ["table", "column"])
    late = held.filter(held.oldest_identified < held.oldest_allowed)
    told = late.select("activity", "table", "column", "store", "store_role", "file", "line", oldest=_.oldest_identified, declared=_.term)
    return told.mutate(kind=ibis.literal("not-anonymised-at-term"))


def _taps(t: Tables) -> Iterator[Row]:
    if "validations" in t.absent:
        return
    t.require("validations.tapped_at", "validations.card")
    called = _called_anonymous(t)
    taps = t["validations"]
    concerned = taps.semi_join(called, taps.physical == called.table)
    named = concerned.filter(names_someone(concerned))
    held = named.group_by([named.physical.name("table"), named.store, named.store_role]).agg(
        rows=named.count(), cards=named.card.nunique(), oldest=named.tapped_at.min()
    )
    belied = t.ask(held.inner_join(called, "table").mutate(kind=ibis.literal("identifier-kept")))
    yield from belied
    # A table belied by an identifier is not anonymous, whatever its classes.
    nameless = told_apart(concerned).filter(~_.table.isin(sorted({row["table"] for row in belied}))) if belied else told_apart(concerned)
    classes = sized(t, "what is called anonymous", nameless, QUASI_IDENTIFIERS, threshold=2)
    alone = classes.filter(classes.people <= 1).group_by(list(WHERE)).agg(classes_below=_.count(), rows_below=_.rows.sum())
    yield from t.ask(alone.inner_join(called, "table").mutate(kind=ibis.literal("person-isolated")))


RULE = Rule(
    id="RGPD-ANO-LIBELLE",
    name="anonymisation.labels-that-the-rows-belie",
    family="anonymisation",
    title=said("Dire « pseudonymisé » quand c’est pseudonymisé", "Label the export truthfully"),
    severity=Severity.BLOCKING,
    sources=(legal.CE_393714, legal.CE_498628, legal.CNIL_SAN_2024_013),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_tables", "declared_columns", "declared_retention", "observed_extremes"),
    query=labels_that_the_rows_belie,
    message=said(
        "La fiche {activity} dit {table} anonyme, et la table ne l’est pas.",
        "The record {activity} calls {table} anonymous, and it is not.",
    ),
    messages={
        "identifier-declared": said(
            "La fiche {activity} dit {table} anonyme et classe {table}.{column} parmi les identifiants : les deux ne peuvent pas être "
            "vrais.",
            "The record {activity} calls {table} anonymous and lists {table}.{column} among the identifiers: both cannot be true.",
        ),
        "identifier-kept": said(
            "La fiche {activity} dit {table} anonyme, et {rows} lignes y portent encore une carte, un jeton ou un client.",
            "The record {activity} calls {table} anonymous, and {rows} of its rows still bear a card, a token or a customer.",
        ),
        "person-isolated": said(
            "La fiche {activity} dit {table} anonyme, et {classes_below} combinaisons de lieu, d’heure, de titre et de profil n’y comptent "
            "qu’une personne ({rows_below} lignes).",
            "The record {activity} calls {table} anonymous, and {classes_below} combinations of place, hour, product and profile hold one "
            "person only ({rows_below} rows).",
        ),
        "not-anonymised-at-term": said(
            "La fiche {activity} annonce l’anonymisation de {table} au bout de {declared}, et des lignes du {oldest} nomment encore "
            "quelqu’un.",
            "The record {activity} promises to anonymise {table} after {declared}, and rows of {oldest} still name someone.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Corriger l’étiquette : dire « pseudonymisé », appliquer tout le RGPD au jeu et en informer les destinataires ; ou retirer "
        "l’identifiant et les cas isolés.",
        "Correct the label: say “pseudonymised”, apply the whole GDPR to the data set and tell its recipients; or remove the identifier "
        "and the isolated cases.",
    ),
    rationale=said(
        "Croire anonymes des données qui ne sont que pseudonymes a conduit à des amendes, que le Conseil d’État a confirmées : sous "
        "cette étiquette, on les garde sans limite, on les partage et on n’informe personne. La règle met le mot du registre en face des "
        "lignes : un identifiant, un jeton stable ou un groupe d’une seule personne suffisent à le démentir. Les décisions de 2024 et de "
        "2026 n’ont été lues qu’en partie.",
        "Taking pseudonymous data for anonymous led to fines, which the Conseil d’État confirmed: under that label they are kept without "
        "limit, shared, and nobody is told. The rule sets the word of the register against the rows: an identifier, a stable token or a "
        "group of one person is enough to belie it. The decisions of 2024 and 2026 were read only in part.",
    ),
    judgement=said(
        "Dire comment la table est nommée ailleurs : contrats, portail de données ouvertes, présentations ne sont pas lus.",
        "What the table is called elsewhere: contracts, open-data portals and presentations are not read.",
    ),
)
