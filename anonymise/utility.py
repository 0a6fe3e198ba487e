"""Can the questions still be answered? Each one is asked of the original rows and of the release, and the error printed.

What is masked or suppressed counts as missing (zero): that is what an analyst finds. When a question is finer than the
release, the released number is spread evenly over the values it may hold, which is all the release allows.
"""

from collections.abc import Mapping
from dataclasses import replace

import ibis

from anonymise.celltext import neutral
from anonymise.generalise import Calendar, References, at_levels
from anonymise.labels import TOP
from auditor.engine import Engine, Relation
from auditor.vocabulary.releases import ReleaseColumn, ReleasePlan, UtilityAnswer, UtilityQuestion

BOARDINGS = "boardings"


def utility_answers(
    engine: Engine,
    plan: ReleasePlan,
    rows: Relation,
    released: Relation,
    levels: Mapping[str, str],
    references: References,
    calendar: Calendar,
) -> tuple[UtilityAnswer, ...]:
    """Answer each question of the plan from the original rows and from the release.

    `released` holds the released columns, one row per record, or the lines of a count table with `boardings`.
    """
    asked = _Asked(engine, plan, rows, levels, references, calendar)
    return tuple(asked.answer(question, released) for question in plan.utility)


class _Asked:
    def __init__(
        self, engine: Engine, plan: ReleasePlan, rows: Relation, levels: Mapping[str, str], references: References, calendar: Calendar
    ) -> None:
        self.engine = engine
        self.plan = plan
        self.rows = rows
        self.levels = levels
        self.references = references
        self.calendar = calendar
        self.columns = {column.name: column for column in plan.columns}

    def answer(self, question: UtilityQuestion, released: Relation) -> UtilityAnswer:
        by = list(question.by)
        before = self._before(question).group_by(by).agg(before=lambda table: table.count())
        after = self._after(question, released)
        both = before.outer_join(after, by)
        paired = both.select(before=both.before.fill_null(0).cast("float64"), after=both.after.fill_null(0).cast("float64"))
        off = (paired.before - paired.after).abs()
        relative = (paired.before > 0).ifelse(off / paired.before, ibis.null("float64"))
        found = self.engine.rows(
            paired.aggregate(
                cells=paired.before.count(), before=paired.before.sum(), after=paired.after.sum(), off=off.sum(), median=relative.median()
            )
        )[0]
        total = float(found["before"] or 0)
        return UtilityAnswer(
            id=question.id,
            title=question.title,
            cells=int(found["cells"]),
            original_total=total,
            released_total=round(float(found["after"] or 0), 6),
            weighted_error=round(float(found["off"] or 0) / total, 6) if total else 0.0,
            median_error=round(float(found["median"] or 0), 6),
            tolerance=question.tolerance,
        )

    def _level(self, question: UtilityQuestion, name: str) -> str:
        return question.level.get(name, self.levels[name])

    def _before(self, question: UtilityQuestion) -> Relation:
        choice = [(self.columns[name], self._level(question, name)) for name in question.by]
        return neutral(at_levels(self.rows, choice, self.references, self.calendar), question.by)

    def _after(self, question: UtilityQuestion, released: Relation) -> Relation:
        """Count the release by the question's columns, at the level asked."""
        told = self._told(question, released)
        for name in question.by:
            asked = self._level(question, name)
            if asked != self.levels[name]:
                told = self._moved(told, self.columns[name], asked)
        return told.group_by(list(question.by)).agg(after=told.number.sum())

    def _told(self, question: UtilityQuestion, released: Relation) -> Relation:
        if BOARDINGS not in released.columns:
            return released.select(*question.by, number=ibis.literal(1.0))
        kept = self._lines(question)
        lines = released.filter([(released[name] != TOP) if name in kept else (released[name] == TOP) for name in self.columns])
        return lines.select(*question.by, number=lines[BOARDINGS].fill_null(0).cast("float64"))

    def _lines(self, question: UtilityQuestion) -> frozenset[str]:
        """Return the columns of the published totals (or cells) with the fewest columns that can answer."""
        told = [frozenset(margin) for margin in self.plan.margins] + [frozenset(self.columns)]
        return min((names for names in told if names >= set(question.by)), key=lambda names: (len(names), sorted(names)))

    def _moved(self, told: Relation, column: ReleaseColumn, asked: str) -> Relation:
        """Tell a column at another level; a released value that may be several is spread evenly over them."""
        pair = [(replace(column, name="released_label"), self.levels[column.name]), (replace(column, name="asked_label"), asked)]
        labels = neutral(at_levels(self.rows, pair, self.references, self.calendar), ["released_label", "asked_label"]).distinct()
        shares = labels.group_by("released_label").mutate(parts=lambda table: table.count())
        joined = told.inner_join(shares, told[column.name] == shares.released_label)
        return joined.mutate(number=joined.number / joined.parts, **{column.name: joined.asked_label}).drop(
            "released_label", "asked_label", "parts"
        )
