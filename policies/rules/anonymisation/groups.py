"""The data kept for statistics, told as classes of persons: what several rules of this family measure."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from auditor.engine.base import Relation
from auditor.risk.classes import bits, mark
from auditor.rules import Tables
from policies.rules.questions import bears_number, bears_token

STATISTICS = ("warehouse", "export")
"""Roles of the stores kept for statistics, or that leave."""
APART = ("warehouse", "export", "archive", "test")
"""Roles of the stores that do not run the network: a card has no business being followed there."""
WHERE = ("table", "store", "store_role")


def kept_for_statistics(t: Tables) -> Relation:
    """Return the taps of the warehouses and exports, as `told_apart` tells them."""
    taps = t["validations"]
    return told_apart(taps.filter(taps.store_role.isin(STATISTICS)))


def followed(t: Tables) -> Relation:
    """Return one row per table and key that stands for a person outside the running network, or per token anywhere.

    `rows` is its taps, `first` and `last` its first and last service days, `begun` and `ended` its first and last taps; `form` tells
    tokens from numbers. Computed once for the rules that follow a key.
    """

    def keys() -> Relation:
        taps = t["validations"]
        kept = taps.filter(bears_token(taps) | (bears_number(taps) & taps.store_role.isin(APART)))
        day = kept.service_day.fill_null(kept.tapped_at.date())
        form = kept.card_form.fill_null("number").name("form")
        return kept.group_by([kept.physical.name("table"), kept.store, kept.store_role, form, kept.card.name("key")]).agg(
            rows=kept.count(), first=day.min(), last=day.max(), begun=kept.tapped_at.min(), ended=kept.tapped_at.max()
        )

    return t.once("keys that follow someone", keys)


def told_apart(kept: Relation) -> Relation:
    """Return taps with what tells them apart, and `person`: the card or token, null when the row names nobody. UTC hours."""
    person = ibis.ifelse(bears_number(kept) | bears_token(kept), kept.card, None)
    return kept.select(
        table=kept.physical,
        store=kept.store,
        store_role=kept.store_role,
        stop=kept.stop,
        line=kept.line,
        hour=kept.tapped_at.truncate("h"),
        product=kept.product,
        profile=kept.profile,
        person=person,
    )


def sized(t: Tables, name: str, described: Relation, by: Sequence[str], threshold: int) -> Relation:
    """Return one row per class: `rows`, `named` (does a row name someone) and `people`, cards where there are some and rows elsewhere.

    `people` decides exactly which classes are below the threshold, and its smallest value is exact; elsewhere it may be a bound, so
    that one pass over the taps is enough for nearly all of them. A row that names nobody can only make a class look larger. An
    absent value is a value. `name` says what is described: the classes are computed once for all the rules that name it alike.
    """
    where = [*WHERE, *by]
    classes = t.once(f"classes of {name}", lambda: _bounded(described, where))
    (seen,) = t.ask(classes.aggregate(smallest=classes.most.min()))
    doubtful = classes.filter(_doubtful(classes, threshold, seen["smallest"] or 0))
    judged = classes.mutate(people=ibis.ifelse(classes.least >= threshold, classes.least, classes.most))
    if not t.ask(doubtful.limit(1)):
        return judged
    counted = _counted(described, doubtful, where)
    found = judged.left_join(counted, [judged[key].identical_to(counted[key]) for key in where], rname="{name}_counted")
    return found.mutate(people=ibis.coalesce(found.cards, found.people))


def _doubtful(classes: Relation, threshold: int, smallest: int) -> ir.BooleanValue:
    return ((classes.least < threshold) & (classes.most >= threshold)) | (classes.least < smallest)


def _bounded(described: Relation, where: Sequence[str]) -> Relation:
    """One row per class with bounds on its persons: bits set by at least one, rows that name someone."""
    classes = described.group_by(where).agg(rows=described.count(), bearers=described.person.count(), marks=mark(described.person).bit_or())
    named = classes.bearers > 0
    return classes.mutate(
        named=named,
        least=ibis.ifelse(named, bits(classes.marks), classes.rows),
        most=ibis.ifelse(named, classes.bearers, classes.rows),
    ).drop("bearers", "marks")


def _counted(described: Relation, classes: Relation, where: Sequence[str]) -> Relation:
    inside = described.semi_join(classes, [described[key].identical_to(classes[key]) for key in where])
    # Grouping by person first lets an engine spill; a distinct count inside each class must stay in memory.
    persons = inside.group_by([*where, "person"]).agg(rows=inside.count())
    return persons.group_by(where).agg(cards=persons.person.count()).filter(_.cards > 0)
