"""Whether a release plan can be carried out, and is not weaker than its recipient's class allows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.vocabulary.network import DataMap, Feed
from auditor.vocabulary.register import Register
from auditor.vocabulary.releases import HIERARCHY_LEVELS, PERSON_THRESHOLD, ReleaseColumn, ReleasePlan
from auditor.vocabulary.schema import STORE_ROLES, TABLES, Column, Kind
from policies.faults import Fault, Notebook, did_you_mean, shown

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_IDENTIFYING = (Kind.KEY, Kind.TEXT)
_TOO_WEAK = "below that number a traveller can be told apart by place and time"
_NO_PURPOSE = "data may only leave for a purpose the register declares, with its legal basis (GDPR art. 5(1)(b))"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPlan:
    """A plan with the file and the lines it was read from."""

    plan: ReleasePlan
    file: str
    """Relative to the network folder."""
    lines: Mapping[str, int] = field(default_factory=dict)


def plan_faults(declared: DeclaredPlan, register: Register, mapping: DataMap) -> list[Fault]:
    """Return every reason why a plan cannot be carried out as it is written."""
    notes = Notebook(file=declared.file, lines=declared.lines)
    plan = declared.plan
    if not _ID.fullmatch(plan.id):
        notes.note("id", f"the id {shown(plan.id)} cannot name a file", "use small letters, digits and -")
    _purpose(plan, register, notes)
    _limits(plan, notes)
    if plan.start is not None and plan.end is not None and plan.start > plan.end:
        notes.note("end", f"the period ends ({plan.end}) before it starts ({plan.start})", "exchange or correct the two days")
    if plan.table in TABLES:
        _rows(plan, mapping, notes)
        _columns(plan, notes)
    else:
        notes.note("table", f"{shown(plan.table)} is not a canonical table", did_you_mean(plan.table, TABLES))
    _margins(plan, notes)
    _utility(plan, notes)
    return notes.faults


def _purpose(plan: ReleasePlan, register: Register, notes: Notebook) -> None:
    if register.purpose_of(plan.purpose) is not None:
        return
    known = sorted(purpose.id for declared in register.activities for purpose in declared.activity.purposes)
    hint = did_you_mean(plan.purpose, known)
    listed = f" Known purposes: {', '.join(known)}" if hint.startswith("did") else ""
    fix = f"{hint}{listed}. Otherwise declare the purpose in registre/ first"
    notes.note("purpose", f"the plan’s purpose {shown(plan.purpose)} is not in the register", fix, _NO_PURPOSE)


def _limits(plan: ReleasePlan, notes: Notebook) -> None:
    least = PERSON_THRESHOLD[plan.recipient.recipient_class]
    if plan.k < 1:
        notes.note("k", f"k={plan.k} is not a number of persons", f"write k: {least} or more", _TOO_WEAK)
    elif plan.k < least:
        what = f"the plan asks for k={plan.k}, less than the {least} required for recipients of class {plan.recipient.recipient_class}"
        notes.note("k", what, f"write k: {least} or more; a plan may be stricter than its class, never weaker", _TOO_WEAK)
    if not 0 <= plan.suppression_limit <= 1:
        notes.note("suppression_limit", f"suppression_limit {plan.suppression_limit} is not a share", "write a number from 0 to 1 (0.05)")
    if plan.diversity.distinct < 1:
        notes.note("diversity.distinct", "fewer than one distinct value cannot be asked for", "write 1 or more")
    if plan.diversity.distinct > 1 and not any(column.sensitive for column in plan.columns):
        notes.note("diversity", "diversity is asked for and no column is sensitive", "mark the column with `sensitive: true`")


def _rows(plan: ReleasePlan, mapping: DataMap, notes: Notebook) -> None:
    feeds = mapping.tables.get(plan.table, ())
    if not feeds:
        notes.note("table", f"no store feeds {plan.table} in this network", "map the table in mapping.yml, or choose another")
        return
    stores = {feed.store for feed in feeds}
    for rank, store in enumerate(plan.stores):
        if store not in stores:
            notes.note(f"stores.{rank}", f"store {shown(store)} does not feed {plan.table}", did_you_mean(store, stores))
    for column in plan.where:
        _filter(column, plan.table, notes)
    for feed in feeds:
        if not plan.stores or feed.store in plan.stores:
            _unit(plan, feed, notes)


def _filter(column: str, table: str, notes: Notebook) -> None:
    known = TABLES[table].columns
    if column in {"store", "store_role"}:
        fix = f"use `stores` to choose stores; roles are {', '.join(STORE_ROLES)}"
        notes.note(f"where.{column}", f"`{column}` is not filtered by `where`", fix)
    elif column not in known:
        notes.note(f"where.{column}", f"{table} has no canonical column {shown(column)}", did_you_mean(column, known))
    elif known[column].kind in _IDENTIFYING:
        why = "a plan is kept and shown: it must name nobody"
        notes.note(f"where.{column}", f"rows are chosen by `{column}`, which identifies a person", "choose rows by code or day", why)


def _unit(plan: ReleasePlan, feed: Feed, notes: Notebook) -> None:
    holds_cards = "card" in feed.columns and feed.card_form != "journey"
    why = "a person is a card, never a row: a threshold counted in anything else protects nobody"
    if plan.unit == "card" and not holds_cards:
        fix = "leave that store out with `stores`, or say `unit: journey` and what it means for the reader"
        notes.note("stores", f"store {shown(feed.store)} holds no card to count persons by", fix, why)
    if plan.unit == "journey" and holds_cards:
        notes.note("unit", f"journeys are counted although store {shown(feed.store)} holds cards", "write unit: card", why)


def _columns(plan: ReleasePlan, notes: Notebook) -> None:
    if all(column.sensitive for column in plan.columns):
        notes.note("columns", "no column is released besides sensitive ones", "list at least one column that may be generalised")
    names = [column.name for column in plan.columns]
    for rank, column in enumerate(plan.columns):
        path = f"columns.{rank}"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", column.name):
            notes.note(f"{path}.name", f"the column name {shown(column.name)} cannot be published", "use small letters, digits and _")
        if column.name in names[:rank]:
            notes.note(f"{path}.name", f"the column {shown(column.name)} is released twice", "rename or delete one of the two")
        known = TABLES[plan.table].columns
        if column.source in known:
            _origin(path, column, known[column.source], notes)
        else:
            what = f"{plan.table} has no canonical column {shown(column.source)}"
            notes.note(f"{path}.source", what, did_you_mean(column.source, known))
        _levels(path, column, notes)


def _origin(path: str, column: ReleaseColumn, canonical: Column, notes: Notebook) -> None:
    if canonical.kind in _IDENTIFYING:
        why = "an identifier or a free text that leaves links every row of a person"
        notes.note(f"{path}.source", f"`{column.source}` identifies a person and cannot be released", "delete the column", why)
    if column.hierarchy == "time" and canonical.kind not in {Kind.INSTANT, Kind.DATE}:
        what = f"the time hierarchy cannot be climbed from `{column.source}`, which holds no instant or day"
        notes.note(f"{path}.hierarchy", what, "use the column of the tap’s instant, or another hierarchy")
    if column.hierarchy == "time" and canonical.kind is Kind.DATE and column.finest in {"minute", "hour", "band", "half-day"}:
        what = f"`{column.source}` holds days and cannot be released by {column.finest}"
        notes.note(f"{path}.finest", what, "write finest: day, or take the instant")


def _levels(path: str, column: ReleaseColumn, notes: Notebook) -> None:
    levels = HIERARCHY_LEVELS[column.hierarchy]
    asked = {"finest": column.finest, "coarsest": column.coarsest}
    unknown = {name: level for name, level in asked.items() if level is not None and level not in levels}
    for name, level in unknown.items():
        if levels:
            fix = f"levels, finest first: {', '.join(levels)}"
            notes.note(f"{path}.{name}", f"the {column.hierarchy} hierarchy has no level {shown(str(level))}", fix)
        else:
            notes.note(f"{path}.{name}", f"`{name}` is given and the column has no hierarchy", "name its hierarchy, or delete the level")
    if unknown or column.finest is None or column.coarsest is None:
        return
    if levels.index(column.finest) > levels.index(column.coarsest):
        what = f"the finest level ({column.finest}) is coarser than the coarsest ({column.coarsest})"
        notes.note(f"{path}.finest", what, f"levels, finest first: {', '.join(levels)}")


def _margins(plan: ReleasePlan, notes: Notebook) -> None:
    names = {column.name for column in plan.columns}
    if plan.margins and plan.kind != "counts":
        notes.note("margins", f"margins are totals of counts, and the kind is {plan.kind}", "delete `margins`, or write kind: counts")
    for rank, margin in enumerate(plan.margins):
        _released(f"margins.{rank}", margin, names, notes)
        if set(margin) in [set(earlier) for earlier in plan.margins[:rank]]:
            notes.note(f"margins.{rank}", "the same margin is asked for twice", "delete one of the two")
        elif set(margin) == names:
            notes.note(f"margins.{rank}", "the margin names every column: it is the cells themselves", "leave at least one column out")


def _released(path: str, columns: tuple[str, ...], names: set[str], notes: Notebook) -> None:
    for rank, column in enumerate(columns):
        if column not in names:
            notes.note(f"{path}.{rank}", f"{shown(column)} is not a released column", did_you_mean(column, names))
    if len(set(columns)) < len(columns):
        notes.note(path, "a column is named twice", "name each column once")


def _utility(plan: ReleasePlan, notes: Notebook) -> None:
    columns = {column.name: column for column in plan.columns}
    ids = [question.id for question in plan.utility]
    for rank, question in enumerate(plan.utility):
        path = f"utility.{rank}"
        if question.id in ids[:rank]:
            notes.note(f"{path}.id", f"the question {shown(question.id)} is asked twice", "rename one of the two")
        _released(f"{path}.by", question.by, set(columns), notes)
        for name, level in question.level.items():
            _asked_level(f"{path}.level.{name}", level, columns.get(name), name in question.by, notes)
        if question.tolerance is not None and question.tolerance < 0:
            notes.note(f"{path}.tolerance", "a tolerance below zero can never be met", "write a share such as 0.05")


def _asked_level(path: str, level: str, column: ReleaseColumn | None, asked: bool, notes: Notebook) -> None:
    if column is None or not asked:
        notes.note(path, "a level is given for a column the question is not asked by", "add the column to `by`, or delete the level")
        return
    levels = HIERARCHY_LEVELS[column.hierarchy]
    if level not in levels:
        fix = f"levels, finest first: {', '.join(levels)}" if levels else "delete it: the column has no hierarchy"
        notes.note(path, f"{shown(level)} is not a level of the {column.hierarchy} hierarchy", fix)
    elif column.finest is not None and column.finest in levels and levels.index(level) < levels.index(column.finest):
        what = f"the question is asked by {level}, finer than the {column.finest} released"
        notes.note(path, what, f"ask by {column.finest} or coarser")
