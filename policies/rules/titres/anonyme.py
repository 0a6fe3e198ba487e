"""Anonymous cards that name a customer or bear a subscription."""

import ibis

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.schema import SUBSCRIPTION
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.titres.links import cards_of, cards_tied_to_a_customer


def anonymous_cards_that_name_or_subscribe(t: Tables) -> Relation:
    """Count the anonymous cards tied to a customer, by kind of tie, and those that bear a subscription."""
    tied = cards_tied_to_a_customer(t, "anonymous")
    subscribed = _bearing_a_subscription(t)
    return tied if subscribed is None else tied.union(subscribed)


def _bearing_a_subscription(t: Tables) -> Relation | None:
    contracts = t.held("contracts", "card", "product")
    products = t.held("products", "product", "family")
    if contracts is None or products is None:
        return None
    subscriptions = products.filter(products.family == SUBSCRIPTION).select(subscribed=products.product).distinct()
    anonymous = cards_of(t, "anonymous").select(of_medium=ibis._.card).distinct()
    held = contracts.join(subscriptions, contracts.product == subscriptions.subscribed)
    borne = held.join(anonymous, held.card == anonymous.of_medium)
    counted = borne.group_by([borne.physical.name("table"), borne.store, borne.store_role]).agg(
        rows=borne.count(), cards=borne.card.nunique()
    )
    # Whose subscription it is does not matter here: the columns are those of a tie, so that the two can be united.
    return counted.mutate(customers=ibis.literal(None, type="int64"), kind=ibis.literal("bears-a-subscription"))


RULE = Rule(
    id="BIL-TIT-ANONYME",
    name="cards.anonymous-cards-that-name-or-subscribe",
    family="titres",
    title=said("Titre anonyme : aucun abonnement", "Anonymous card: no subscription, no identity"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_QUESTIONS,),
    reading=Reading.VERIFIED,
    needs=("cards.medium", "cards.card", "cards.customer"),
    query=anonymous_cards_that_name_or_subscribe,
    message=said(
        "{table} (magasin {store}) rattache des cartes anonymes à des clients : {cards} cartes, {customers} clients.",
        "{table} (store {store}) ties anonymous cards to customers: {cards} cards, {customers} customers.",
    ),
    messages={
        "bears-a-subscription": said(
            "{table} (magasin {store}) charge des abonnements sur des cartes anonymes : {rows} contrats, {cards} cartes.",
            "{table} (store {store}) loads subscriptions on anonymous cards: {rows} contracts, {cards} cards.",
        ),
    },
    remediation=said(
        "Délier la carte du client, ou requalifier le titre en informant la personne.",
        "Untie the card from the customer, or requalify the card and tell the person.",
    ),
    rationale=said(
        "Le support anonyme est la garantie qu’on peut voyager sans être nommé. Dès qu’il est relié à un client, par la carte, "
        "un contrat ou une vente, il n’est anonyme que de nom ; et le repère de la CNIL ne prévoit pas d’y charger d’abonnement.",
        "The anonymous card is the guarantee that one may travel unnamed. Once tied to a customer, by the card, a contract or a "
        "sale, it is anonymous in name only; and the CNIL’s benchmark foresees no subscription on it.",
    ),
)
