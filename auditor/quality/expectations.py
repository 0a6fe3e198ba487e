"""The expectations of the quality gate, for Great Expectations 1.x on pandas, PostgreSQL and Spark.

Import this module in your own project before loading a suite: Great Expectations then knows the expectations by name.

What one hands over is a number of rows, whatever the result format asked for: none of the values at fault, none of their
indexes. An engine's own error may quote a value, so its words are dropped and only its kind is told; Great Expectations
then holds an exception, which is « could not check » and never a finding.
"""

# Ruled before Great Expectations is imported: it would otherwise count its uses over the network.
import auditor.quality.quiet  # noqa: F401  isort: skip

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.validator.metric_configuration import MetricConfiguration

from auditor.quality import questions as ask
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import CouldNotCheck

_FRAMES: Final[dict[str, Any]] = {}
_ASKED: Final = "The question could not be asked of this table"
_LENT: Final = "A data frame was not lent"
_OURS: Final = (_ASKED, _LENT)


def lend(name: str, frame: Any) -> None:
    """Lend a pandas data frame under a table's name, for references of other data frames to be looked up in."""
    _FRAMES[name] = frame


def take_back() -> None:
    """Forget the data frames that were lent."""
    _FRAMES.clear()


def exception_of(result: Any) -> str | None:
    """Say why one expectation could not be checked; None when it was. `success` alone would pass it for a finding."""
    told = result.exception_info or {}
    raised = [one for one in (told, *told.values()) if isinstance(one, Mapping) and one.get("raised_exception")]
    if not raised:
        return None
    said = str(raised[0].get("exception_message") or "")
    # Only the words of this module are known to quote nothing.
    return said if said.startswith(_OURS) else "Great Expectations raised an exception"


def undecided(results: Any) -> list[str]:
    """Name the expectations of a validation result that could not be checked."""
    return [one.expectation_config.type for one in results.results if exception_of(one) is not None]


@contextmanager
def _counting() -> Iterator[None]:
    try:
        yield
    except CouldNotCheck:
        raise
    except Exception as error:  # noqa: BLE001 - whatever breaks is « could not check », and its words may quote a value
        kind = type(getattr(error, "orig", None) or error).__name__
        raise CouldNotCheck(f"{_ASKED} ({kind}).") from None


def _table(engine: Any, domain: Mapping[str, Any]) -> Any:
    return engine.get_compute_domain(dict(domain), domain_type=MetricDomainTypes.TABLE)[0]


def _texts(frame: Any, zone: str) -> ask.Values:
    """Give the columns of a data frame as text, each read once."""
    read: dict[str, list[str | None]] = {}

    def values(column: str) -> list[str | None]:
        if column not in read:
            held = frame[column]
            nothing = held.isna()
            read[column] = [None if gone else ask.as_text(value, zone) for value, gone in zip(held.tolist(), nothing, strict=True)]
        return read[column]

    return values


def _scalar(engine: Any, statement: sa.Select[Any]) -> int:
    return int(engine.execute_query(statement).scalar() or 0)


class _Metric(TableMetricProvider):
    """A whole number counted over a table; `asked` says how, as JSON."""

    value_keys = ("asked",)


class FaultyRows(_Metric):
    """Rows at fault for one question."""

    metric_name = "table.poincon.faulty_rows"

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            said = json.loads(metric_value_kwargs["asked"])
            frame = _table(execution_engine, metric_domain_kwargs)
            return sum(_question(said).faults(_texts(frame, said.get("zone", "UTC"))))

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sql(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            at_fault = _plain(_question(json.loads(metric_value_kwargs["asked"])).sql(ask.POSTGRESQL))
            table = _table(execution_engine, metric_domain_kwargs)
            return _scalar(execution_engine, sa.select(sa.func.count()).select_from(table).where(at_fault))

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            at_fault = _question(json.loads(metric_value_kwargs["asked"])).sql(ask.SPARK)
            return int(_table(execution_engine, metric_domain_kwargs).filter(at_fault).count())


class RepeatedRows(_Metric):
    """Rows in excess of one for each combination of values; a row that lacks one of them is not counted."""

    metric_name = "table.poincon.repeated_rows"

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            held = _table(execution_engine, metric_domain_kwargs)[json.loads(metric_value_kwargs["asked"])["columns"]].dropna()
            return int(held.duplicated().sum())

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sql(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            names = json.loads(metric_value_kwargs["asked"])["columns"]
            columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
            table = _table(execution_engine, metric_domain_kwargs)
            held = sa.select(*columns).select_from(table).where(*(column.is_not(None) for column in columns))
            once = sa.select(sa.func.count()).select_from(held.distinct().subquery())
            return _scalar(execution_engine, sa.select(sa.func.count()).select_from(held.subquery())) - _scalar(execution_engine, once)

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            names = [ask.SPARK.column(name) for name in json.loads(metric_value_kwargs["asked"])["columns"]]
            held = _table(execution_engine, metric_domain_kwargs).select(*names).dropna()
            return int(held.count() - held.distinct().count())


class OrphanRows(_Metric):
    """Rows whose reference is not found in the other table."""

    metric_name = "table.poincon.orphan_rows"

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            said = json.loads(metric_value_kwargs["asked"])
            if said["other"] not in _FRAMES:
                raise CouldNotCheck(f"{_LENT}: {said['other']} (auditor.quality.expectations.lend).")
            known = set(_texts(_FRAMES[said["other"]], "UTC")(said["other_column"]))
            given = _held(said).values(_texts(_table(execution_engine, metric_domain_kwargs), "UTC"))
            return sum(value is not None and value not in known for value in given)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sql(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            said = json.loads(metric_value_kwargs["asked"])
            orphan = _plain(_orphan(said, ask.POSTGRESQL))
            table = _table(execution_engine, metric_domain_kwargs)
            return _scalar(execution_engine, sa.select(sa.func.count()).select_from(table).where(orphan))

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            said = json.loads(metric_value_kwargs["asked"])
            return int(_table(execution_engine, metric_domain_kwargs).filter(_orphan(said, ask.SPARK)).count())


class SmallestClass(_Metric):
    """Distinct persons of the smallest class; 0 when the table is empty."""

    metric_name = "table.poincon.smallest_class"

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            said = json.loads(metric_value_kwargs["asked"])
            classes = _table(execution_engine, metric_domain_kwargs).groupby(said["columns"], dropna=False)[said["person"]].nunique()
            return int(classes.min()) if len(classes) else 0

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sql(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        with _counting():
            said = json.loads(metric_value_kwargs["asked"])
            columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in said["columns"]]
            persons = sa.func.count(sa.distinct(sa.column(said["person"]))).label("persons")
            classes = sa.select(persons).select_from(_table(execution_engine, metric_domain_kwargs)).group_by(*columns).subquery()
            return _scalar(execution_engine, sa.select(sa.func.min(classes.c.persons)))

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(cls, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_: Any) -> int:  # noqa: N805
        from great_expectations.compatibility.pyspark import functions  # type: ignore[attr-defined]

        with _counting():
            said = json.loads(metric_value_kwargs["asked"])
            persons = functions.countDistinct(ask.SPARK.column(said["person"])).alias("persons")
            grouped = _table(execution_engine, metric_domain_kwargs).groupBy(*map(ask.SPARK.column, said["columns"]))
            (row,) = grouped.agg(persons).agg(functions.min("persons")).collect()
            return int(row[0] or 0)


def _plain(condition: str) -> sa.TextClause:
    return sa.text(condition.replace(":", r"\:"))


def _held(said: Mapping[str, Any], column: str = "column") -> ask.Held:
    return ask.Held(column=said[column], missing=tuple(said["missing"]))


def _orphan(said: Mapping[str, Any], dialect: ask.Dialect) -> str:
    value = _held(said).text(dialect)
    # The source's name stands before the table's own, and before the schema's.
    table = ".".join(dialect.column(part) for part in str(said["other"]).split(".")[1:] or [str(said["other"])])
    other = ask.Held(column=said["other_column"]).text(dialect)
    return f"{value} is not null and {value} not in (select {other} from {table} where {other} is not null)"


def _question(said: Mapping[str, Any]) -> ask.Question:
    return _QUESTIONS[said["type"]](said)


_QUESTIONS: Final[Mapping[str, Callable[[Mapping[str, Any]], ask.Question]]] = {
    "expect_values_to_be_given": lambda said: ask.Missing(held=_held(said)),
    "expect_values_to_be_readable": lambda said: ask.Unreadable(
        held=_held(said), pattern=said["pattern"], separators=said["separators"], luhn=said["luhn"]
    ),
    "expect_codes_to_be_listed": lambda said: ask.Unlisted(held=_held(said), listed=tuple(said["listed"])),
    "expect_numbers_to_be_within": lambda said: ask.Outside(held=_held(said), low=said["low"], high=said["high"]),
    "expect_no_card_number": lambda said: ask.CardNumber(held=_held(said), pattern=said["pattern"], luhn=said["luhn"]),
    "expect_moments_to_be_in_order": lambda said: ask.Disordered(
        earlier=ask.Moment(held=_held(said, "earlier"), formats=tuple(said["earlier_formats"])),
        later=ask.Moment(held=_held(said, "later"), formats=tuple(said["later_formats"])),
    ),
    "expect_nothing_from_the_future": lambda said: ask.Late(moment=ask.moment_of(said, said["column"]), limit=_limit(said)),
    "expect_nothing_past_its_term": lambda said: ask.Outdated(
        moment=ask.moment_of(said, said["column"]),
        limit=_limit(said),
        identifiers=tuple(ask.Held(column=name) for name in said["identified_by"]),
    ),
}


def _limit(said: Mapping[str, Any]) -> str:
    """Return the wall clock of the column's zone at the clock of the run, or a term before it."""
    now = datetime.fromisoformat(said["as_of"]) if said.get("as_of") else datetime.now(UTC)
    clock = (now if now.tzinfo is not None else now.replace(tzinfo=UTC)).astimezone(ZoneInfo(said["zone"])).replace(tzinfo=None)
    limit = Duration.parse(said["term"]).before(clock) if "term" in said else clock
    return limit.strftime("%Y-%m-%d %H:%M:%S")


class _Counted(BatchExpectation):
    """An expectation whose result is one number."""

    metric: ClassVar[str] = FaultyRows.metric_name
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)

    def get_validation_dependencies(self, execution_engine: Any = None, runtime_configuration: Any = None) -> Any:
        """Ask for the number of rows, and for the number that decides."""
        needed = super().get_validation_dependencies(execution_engine, runtime_configuration)
        said = {name: value for name, value in self.configuration.kwargs.items() if name not in {"batch_id", "result_format"}}
        asked = MetricConfiguration(
            metric_name=self.metric,
            metric_domain_kwargs={"batch_id": self.configuration.kwargs.get("batch_id")},
            metric_value_kwargs={"asked": json.dumps({**self._fields(), **said, "type": self.expectation_type}, sort_keys=True)},
        )
        needed.set_metric_configuration(self.metric, asked)
        return needed

    def _fields(self) -> dict[str, Any]:
        own = set(type(self).__fields__) - set(BatchExpectation.__fields__)
        return {name: getattr(self, name) for name in own if getattr(self, name) is not None}

    def _validate(self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None) -> Any:  # noqa: ARG002
        counted = metrics[self.metric]
        return {"success": self._is_met(counted), "result": {"observed_value": counted, "details": {"rows": metrics["table.row_count"]}}}

    def _is_met(self, counted: int) -> bool:
        return counted == 0

    @classmethod
    def is_abstract(cls) -> bool:
        """Keep the base out of the gallery."""
        return cls.__name__.startswith("_")


class ExpectValuesToBeGiven(_Counted):
    """Expect no row without a value that it means nothing without."""

    column: str
    missing: tuple[str, ...] = ("",)


class ExpectValuesToBeReadable(_Counted):
    """Expect every value to be of the declared form: a card number, a day, a number, a yes or a no."""

    column: str
    pattern: str
    missing: tuple[str, ...] = ("",)
    separators: bool = False
    luhn: int = 0


class ExpectCodesToBeListed(_Counted):
    """Expect no code but the listed ones."""

    column: str
    listed: list[str]
    missing: tuple[str, ...] = ("",)


class ExpectNumbersToBeWithin(_Counted):
    """Expect no number out of its range."""

    column: str
    low: float
    high: float
    missing: tuple[str, ...] = ("",)


class ExpectNoCardNumber(_Counted):
    """Expect no card number where none should be."""

    column: str
    pattern: str
    luhn: int = 0
    missing: tuple[str, ...] = ("",)


class ExpectMomentsToBeInOrder(_Counted):
    """Expect no later moment before the earlier one."""

    earlier: str
    later: str
    earlier_formats: tuple[str, ...] = ()
    later_formats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)
    zone: str = "UTC"


class ExpectNothingFromTheFuture(_Counted):
    """Expect no row about a moment that has not come. `as_of` is the clock, else the machine's."""

    column: str
    formats: tuple[str, ...] = ()
    zone: str = "UTC"
    missing: tuple[str, ...] = ("",)
    as_of: str | None = None


class ExpectNothingPastItsTerm(_Counted):
    """Expect nothing older than its declared term, while it is identified when identifiers are given."""

    column: str
    term: str
    identified_by: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    zone: str = "UTC"
    missing: tuple[str, ...] = ("",)
    as_of: str | None = None


class ExpectRowsToBeDistinct(_Counted):
    """Expect no two rows with the same values."""

    metric: ClassVar[str] = RepeatedRows.metric_name
    columns: list[str]


class ExpectReferencesToExist(_Counted):
    """Expect every reference to be found in the other table; on pandas, the other data frame has to be lent first."""

    metric: ClassVar[str] = OrphanRows.metric_name
    column: str
    other: str
    other_column: str
    missing: tuple[str, ...] = ("",)


class ExpectClassesOfSeveralPersons(_Counted):
    """Expect at least k distinct persons in each class of rows that are alike. Rows never stand for persons."""

    metric: ClassVar[str] = SmallestClass.metric_name
    columns: list[str]
    person: str
    k: int

    def _is_met(self, counted: int) -> bool:
        # An empty table has no class, and nobody in it.
        return counted == 0 or counted >= self.k
