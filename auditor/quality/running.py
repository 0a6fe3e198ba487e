"""The gate run on a network's own tables, by Great Expectations: data frames, or the tables of a server where they stand."""

# First of all: it turns the telemetry of Great Expectations off.
import auditor.quality.expectations as shipped  # isort: skip

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.data_context.types.base import ProgressBarsConfig

from auditor.quality.answers import Answer
from auditor.quality.planned import Expected, Suite
from auditor.vocabulary.errors import PoinconError

Frame = Callable[[str, Sequence[str]], Any]
"""Gives a table as a pandas data frame, through the named columns."""
_TIMED: Final = frozenset({"expect_nothing_from_the_future", "expect_nothing_past_its_term"})
_COUNTS_ONLY: Final = {"result_format": "BASIC", "include_unexpected_rows": False, "unexpected_metrics_with_values": False}


def check(
    suites: Iterable[Suite],
    *,
    as_of: datetime,
    frame: Frame,
    servers: Mapping[str, str],
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Answer, ...]:
    """Ask every expectation of every suite.

    Args:
        suites: As planned for the network.
        as_of: Clock of the run: UTC, without an offset.
        frame: Where the tables that no server holds come from.
        servers: Read-only URL of each source that is a server.
        progress: Told the name of each table.

    Returns:
        One answer per expectation, in order. What raises an exception could not be checked; it is never a fault found.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    answers: list[Answer] = []
    for suite in suites:
        progress(suite.table)
        with _unheard():
            answers += _of(context, suite, as_of, frame, servers.get(suite.table.partition(".")[0]))
    return tuple(answers)


def _of(context: Any, suite: Suite, as_of: datetime, frame: Frame, url: str | None) -> list[Answer]:
    try:
        batch = _on_server(context, suite, url) if url is not None else _in_memory(context, suite, frame)
        return list(_answered(suite, batch, as_of))
    except PoinconError as problem:
        return list(_unasked(suite, problem.what))
    except Exception as error:  # noqa: BLE001 - whatever breaks is « could not check », and its words may quote the URL
        return list(_unasked(suite, f"the table could not be opened ({type(error).__name__})"))
    finally:
        shipped.take_back()


def _on_server(context: Any, suite: Suite, url: str) -> Any:
    source, _, table = suite.table.partition(".")
    schema, _, bare = table.rpartition(".")
    known = {one.name for one in context.data_sources.all().values()}
    database = context.data_sources.get(source) if source in known else _added(context, source, url)
    asset = database.add_table_asset(table, table_name=bare, **({"schema_name": schema} if schema else {}))
    return asset.add_batch_definition_whole_table("all").get_batch()


def _added(context: Any, source: str, url: str) -> Any:
    # Great Expectations never closes its connections: none is kept from one question to the next.
    return context.data_sources.add_sql(source, connection_string=url, kwargs={"poolclass": sa.NullPool})


@contextmanager
def _unheard() -> Iterator[None]:
    """Keep Great Expectations from logging what a server says of an error, which may quote a value; and from giving advice."""
    log = logging.getLogger("great_expectations")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _in_memory(context: Any, suite: Suite, frame: Frame) -> Any:
    for other in suite.others:
        keys = {one.arguments["other_column"] for one in suite.expectations if one.arguments.get("other") == other}
        shipped.lend(other, frame(other, sorted(keys)))
    held = frame(suite.table, suite.columns)
    asset = context.data_sources.add_pandas(suite.table).add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": held})


def _answered(suite: Suite, batch: Any, as_of: datetime) -> Iterator[Answer]:
    clock = as_of.isoformat()
    asked = gx.ExpectationSuite(
        name=suite.table, expectations=[_configured(expected, rank, clock) for rank, expected in enumerate(suite.expectations)]
    )
    found = {one.expectation_config.meta["rank"]: one for one in batch.validate(asked, result_format=_COUNTS_ONLY).results}
    for rank, expected in enumerate(suite.expectations):
        yield _answer(suite.table, expected, found[rank])


def _configured(expected: Expected, rank: int, clock: str) -> dict[str, Any]:
    arguments = {**expected.arguments, **({"as_of": clock} if expected.type in _TIMED else {})}
    return {"type": expected.type, "kwargs": arguments, "meta": {"rank": rank}}


def _answer(table: str, expected: Expected, result: Any) -> Answer:
    reason = shipped.exception_of(result)
    if reason is not None:
        return Answer(table=table, expected=expected, state="could-not-check", reason=reason)
    told = result.result or {}
    return Answer(
        table=table,
        expected=expected,
        state="met" if result.success else "not-met",
        counted=told.get("observed_value"),
        rows=told.get("details", {}).get("rows"),
    )


def _unasked(suite: Suite, reason: str) -> Iterator[Answer]:
    for expected in suite.expectations:
        yield Answer(table=suite.table, expected=expected, state="could-not-check", reason=reason)
