"""Access logs kept too long or too short, or that copy the card numbers and places they were meant to protect."""

from datetime import date, datetime
from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import facts_of, pieces_of, shown
from policies.rules.questions import PART_NOT_CHECKED, counted, past

INTERNAL_CONTROL = "internal-control"
"""Heading of a log policy that documents the internal control for which longer logs are kept."""
BEGUN = "begun_on"
"""Fact of a log policy: the day the log was begun, as an ISO date."""


def logs_out_of_their_bounds(t: Tables) -> list[dict[str, Any]]:
    """List the logs older than the longest term, shorter than the shortest, or that quote cards or stops.

    The longest term is `most`, or `controlled` where a log policy beyond reproach documents an internal control. A log that
    goes back less than `least` is short only if it was begun earlier, or if the register declares a shorter term.

    Raises:
        CouldNotCheck: nothing was found, and nobody says when a log that goes back less than `least` was begun.
    """
    log = t["access_log"]
    most = "controlled" if _control_is_documented(t) else "most"
    found = [
        *t.ask(counted(log.filter(past(log.accessed_at, t, most)), "log-too-long", since="accessed_at", who=(), term=t.parameter(most))),
        *t.ask(counted(log.filter(log.card.notnull()), "card-in-the-log", since="accessed_at", who=("card",))),
        *t.ask(counted(log.filter(log.stop.notnull()), "place-in-the-log", since="accessed_at", who=())),
    ]
    short, unknown = _short(t)
    found += short
    if unknown and not found:
        raise CouldNotCheck(
            "An access log is empty or goes back less than the shortest term, and nobody says when it was begun.",
            "A young log cannot be told from one that is purged too soon.",
            "Add a piece of kind `log-policy` to evidence/, with the fact `begun_on`.",
        )
    return [*found, {"kind": "part-not-checked", "missing": BEGUN}] if unknown else found


def _short(t: Tables) -> tuple[list[dict[str, Any]], bool]:
    """Return the logs that are too short, and whether some other may be."""
    log = t["access_log"]
    held = t.ask(log.group_by([log.physical.name("table"), log.store, log.store_role]).agg(rows=log.count(), oldest=log.accessed_at.min()))
    archived = [row["oldest"] for row in held if row["store_role"] == "archive"]
    least = t.duration("least").before(t.as_of)
    declared, begun = _declared_terms(t), _begun(t)
    found: list[dict[str, Any]] = []
    unknown = not held
    for row in held:
        oldest: datetime = min([row["oldest"], *archived])
        if row["store_role"] == "archive" or oldest <= least:
            continue
        term = declared.get(row["table"])
        told = {**row, "kind": "log-too-short", "term": t.parameter("least"), "oldest": oldest}
        if term is not None and term.before(t.as_of) > least:
            found.append({**told, "declared": str(term)})
        elif begun is None or begun > oldest.date():
            # A beginning later than the first entry is not credible: nothing is known of it.
            unknown = True
        elif begun < least.date():
            found.append(told)
    return found, unknown


def _declared_terms(t: Tables) -> dict[str, Duration]:
    rows = t.ask(t["declared_retention"].filter(t["declared_retention"].table.notnull()))
    return {row["table"]: Duration.parse(row["term"]) for row in rows if row["term"]}


def _begun(t: Tables) -> date | None:
    if "declared_pieces" not in t:
        return None
    told = [facts_of(t, piece).get(BEGUN, "") for piece in pieces_of(t, "log-policy")]
    try:
        return min((date.fromisoformat(text) for text in told if text), default=None)
    except ValueError:
        return None


def _control_is_documented(t: Tables) -> bool:
    return "declared_pieces" in t and not shown(t, "log-policy", holds=(INTERNAL_CONTROL,))


RULE = Rule(
    id="BIL-RET-JOURNAUX",
    name="retention.access-logs-out-of-their-bounds",
    family="retention",
    title=said("Journaux d’accès : 6 mois à 1 an", "Access logs: 6 to 12 months"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2021_122, legal.CNIL_SECURITE_2024_16),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("access_log.accessed_at", "declared_retention"),
    parameters={"least": "P6M", "most": "P1Y", "controlled": "P3Y"},
    query=logs_out_of_their_bounds,
    message=said(
        "{table} (magasin {store}) est un journal hors des bornes admises : {rows} lignes.",
        "{table} (store {store}) is a log outside the admitted bounds: {rows} rows.",
    ),
    messages={
        "log-too-long": said(
            "{table} (magasin {store}) garde des traces d’accès de plus de {term} : {rows} lignes, la plus ancienne du {oldest}.",
            "{table} (store {store}) keeps traces of access older than {term}: {rows} rows, the oldest of {oldest}.",
        ),
        "log-too-short": said(
            "{table} (magasin {store}) ne remonte qu’au {oldest}, moins que les {term} recommandés, alors que la trace est plus ancienne "
            "ou que le registre déclare moins.",
            "{table} (store {store}) goes back to {oldest} only, less than the recommended {term}, though the log is older or the record "
            "declares less.",
        ),
        "card-in-the-log": said(
            "{table} (magasin {store}) recopie des numéros de carte : {rows} lignes, {cards} cartes, depuis le {oldest}.",
            "{table} (store {store}) copies card numbers: {rows} rows, {cards} cards, since {oldest}.",
        ),
        "place-in-the-log": said(
            "{table} (magasin {store}) recopie des arrêts : {rows} lignes, depuis le {oldest}.",
            "{table} (store {store}) copies stops: {rows} rows, since {oldest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Faire tourner les journaux entre 6 mois et 1 an ; remplacer les valeurs recopiées par une référence ou un pseudonyme.",
        "Rotate the logs between 6 months and 1 year; replace the copied values with a reference or a pseudonym.",
    ),
    rationale=said(
        "Une trace trop courte ne permet plus de comprendre un abus ; trop longue, elle devient un fichier des agents. La CNIL recommande "
        "6 mois à 1 an, jusqu’à 3 ans si un contrôle interne documenté le demande. Quand la donnée vit moins de 6 mois, le journal ne doit "
        "pas la recopier : un numéro de carte noté ici survivrait aux 48 heures.",
        "Too short a trace no longer explains an abuse; too long, it becomes a file on the staff. The CNIL recommends 6 months to 1 year, "
        "up to 3 years where a documented internal control requires it. Where the data live less than 6 months the log must not copy "
        "them: a card number written here would outlive the 48 hours.",
    ),
    judgement=said(
        "Un humain juge si le contrôle interne justifie plus d’un an, et si une référence tenue au journal suffit à retrouver la personne.",
        "A person judges whether the internal control justifies more than a year, and whether a reference kept in the log names someone.",
    ),
)
