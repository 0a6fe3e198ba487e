"""Recipients of releases and of pseudonymised exports whom the register or the information notices do not name."""

from collections.abc import Callable, Iterator
from functools import partial

from ibis import _

from auditor.engine.base import Relation, Row
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.releases import RecipientClass
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import pieces_of
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, some


def recipients_that_nobody_was_told_of(t: Tables) -> list[Row]:
    """List the recipients of declared or recorded releases, and of token exports, absent from the register or from every notice in force.

    A release to the public (class A) has no recipient in particular. Names are compared without regard to case or outer blanks.
    """
    if not any(some(t, relation) for relation in (_plans(t), _token_exports(t))) and not _released(t):
        raise NotConcerned(
            said("aucune donnée pseudonymisée n’a de destinataire désigné", "no pseudonymised data has a designated recipient"),
        )
    parts = [partial(check, t, gather) for gather in (_planned, _recorded, _of_token_exports) for check in (_undeclared, _untold)]
    once: dict[tuple[str, str], Row] = {}
    for row in as_far_as_known(*parts):
        once.setdefault((row["kind"], _plain(row.get("recipient", row.get("missing", "")))), row)
    return list(once.values())


def _plans(t: Tables) -> Relation:
    plans = t["declared_plans"]
    return plans.filter(plans.recipient.notnull(), plans.recipient_class.fill_null("") != RecipientClass.A.value)


def _token_exports(t: Tables) -> Relation:
    stores = t["observed_stores"]
    return stores.filter(stores.store_role == "export", stores.card_form == "token").select("table").distinct()


def _released(t: Tables) -> bool:
    return "recorded_releases" in t and bool(_recorded(t))


def _planned(t: Tables) -> list[Row]:
    return t.ask(_plans(t).select("recipient", "file", "line", dataset=_.release).order_by(["file", "dataset"]))


def _recorded(t: Tables) -> list[Row]:
    releases = t["recorded_releases"]
    left = releases.filter(
        releases.published_on.notnull(), releases.recipient.notnull(), releases.recipient_class.fill_null("") != RecipientClass.A.value
    )
    return t.ask(left.select("recipient", "file", dataset=_.release).distinct().order_by(["file", "dataset"]))


def _of_token_exports(t: Tables) -> list[Row]:
    """Return the declared bodies whose accounts read an export that bears tokens; a body of the controller itself is told otherwise."""
    if not some(t, _token_exports(t)):
        return []
    grants = t.held("grants", "role", "table")
    if grants is None:
        return []
    bodies = t["declared_recipients"]
    outside = bodies.filter(bodies.account.notnull(), bodies.kind != "internal")
    reached = grants.semi_join(_token_exports(t), "table").select("role", dataset=grants.table).distinct()
    held = outside.inner_join(reached, outside.account == reached.role)
    return t.ask(held.select("recipient", "dataset", "file", "line").order_by(["recipient", "dataset", "file", "line"]))


def _undeclared(t: Tables, gather: Callable[[Tables], list[Row]]) -> Iterator[Row]:
    received = gather(t)
    declared = {_plain(row["recipient"]) for row in t.ask(t["declared_recipients"].select("recipient").distinct())}
    yield from ({**row, "kind": "release-recipient-not-declared"} for row in received if _plain(row["recipient"]) not in declared)


def _untold(t: Tables, gather: Callable[[Tables], list[Row]]) -> Iterator[Row]:
    received = gather(t)
    if not received:
        return
    today = t.as_of.date()
    in_force = {
        piece["piece"]
        for piece in pieces_of(t, "notice")
        if (piece["valid_from"] is None or piece["valid_from"] <= today)
        and (piece["expires_on"] is None or today <= piece["expires_on"])
        and piece["document_state"] != "missing"
    }
    named = t.ask(t["declared_piece_recipients"])
    told = {_plain(row["recipient"]) for row in named if row["piece"] in in_force}
    yield from ({**row, "kind": "recipient-not-in-notice"} for row in received if _plain(row["recipient"]) not in told)


def _plain(name: str) -> str:
    return name.strip().casefold()


RULE = Rule(
    id="RGPD-PSE-DESTINATAIRE",
    name="anonymisation.recipients-that-nobody-was-told-of",
    family="anonymisation",
    title=said("Informer même si le destinataire ne réidentifie pas", "Tell people about recipients of pseudonymised data"),
    severity=Severity.MAJOR,
    sources=(legal.CJUE_C_413_23_P,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_plans", "declared_recipients", "observed_stores"),
    query=recipients_that_nobody_was_told_of,
    message=said("{recipient} reçoit {dataset} sans que personne n’en soit informé.", "{recipient} receives {dataset} and nobody is told."),
    messages={
        "release-recipient-not-declared": said(
            "{recipient} reçoit {dataset} et n’est déclaré comme destinataire dans aucune fiche du registre.",
            "{recipient} receives {dataset} and is declared as a recipient in no record of the register.",
        ),
        "recipient-not-in-notice": said(
            "{recipient} reçoit {dataset} et n’est nommé dans aucune mention d’information en vigueur.",
            "{recipient} receives {dataset} and is named in no information notice in force.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Ajouter le destinataire à la fiche du registre et aux mentions d’information, avant le prochain envoi.",
        "Add the recipient to the register and to the information notices, before the next delivery.",
    ),
    rationale=said(
        "Qu’un destinataire ne puisse pas revenir aux personnes ne dispense pas celui qui les lui envoie de les informer : lui le peut, et "
        "c’est à lui que l’obligation s’adresse. La Cour de justice l’a jugé en 2025 ; la règle s’appuie sur des comptes rendus de "
        "l’arrêt. Les publications ouvertes à tous (classe A), qui doivent être anonymes, n’ont pas de destinataire particulier et ne "
        "sont pas examinées ici.",
        "That a recipient cannot get back to people does not relieve whoever sends the data from telling them: the sender can, and the "
        "duty is the sender’s. The Court of Justice held so in 2025; the rule relies on accounts of the judgment. Releases open to all "
        "(class A), which must be anonymous, have no recipient in particular and are not examined here.",
    ),
    judgement=said(
        "Dire si la mention est claire et si les personnes l’ont reçue : ce programme vérifie seulement que le nom y figure.",
        "Whether the notice is clear and reached people: this program only checks that the name is in it.",
    ),
)
