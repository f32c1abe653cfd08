"""Logs: events with fields, of which only those leave that are listed here.

What a person wrote, or who a person is, has no field in this list; foreign messages are cut to their
first line, and foreign errors to their type and place, since their words may hold anything.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from traceback import extract_tb
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

from goodstanding.errors import GoodstandingError

FIELDS = frozenset(
    {
        "account_id",
        "accounts",
        "activity_id",
        "activity_type",
        "address",
        "attempt",
        "build_id",
        "code",
        "command",
        "command_id",
        "count",
        "database",
        "digest",
        "effect_id",
        "error",
        "event",
        "field",
        "key_id",
        "kind",
        "level",
        "logger",
        "namespace",
        "pid",
        "policy",
        "port",
        "queue",
        "review_id",
        "run_id",
        "seconds",
        "signal",
        "status",
        "task_queue",
        "timestamp",
        "version",
        "where",
        "workflow_id",
        "workflow_type",
    }
)
"""All fields that a log may have: ids, codes, counts and places. A new one is added here, or it is left out."""

LogFormat = Literal["json", "console"]

_OURS = ("goodstanding", "workflows", "activities", "storage", "api", "worker", "cli")
_LONGEST = 300
_TOO_TALKATIVE = (
    # a line for each request would say who looked at which account, and from where
    *("httpx", "httpcore", "uvicorn.access", "uvicorn.error"),
    # a line for each statement would hold its values, at the level `debug`
    *("aiosqlite", "asyncpg", "sqlalchemy", "alembic"),
)
_FRAMES = 6
_SDK_CONTEXTS = ("temporal_workflow", "temporal_activity")


def set_up_logs(
    log_format: LogFormat = "json", level: str = "info", stream: TextIO | None = None
) -> None:
    """Send everything that this process logs, the Temporal SDK's own words too, to one place: stderr."""
    # they would repeat all of their context in the sentence
    for adapter in (workflow.logger, activity.logger):
        for name in ("workflow_info_on_message", "activity_info_on_message"):
            setattr(adapter, name, False)
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _sdk_context,
        _errors_without_words,
        _only_known_fields,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_foreign_message, structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _last(log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger of events: `log.info("account opened", account_id=...)`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _last(log_format: LogFormat) -> Processor:
    if log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)


def _foreign_message(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    if record.name.partition(".")[0] not in _OURS:
        first = str(event["event"]).partition("\n")[0]
        event["event"] = first if len(first) <= _LONGEST else f"{first[:_LONGEST]}..."
    return event


def _sdk_context(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    for name in _SDK_CONTEXTS:
        context = event.pop(name, None)
        if isinstance(context, Mapping):
            for key, value in context.items():
                event.setdefault(key, value)
    return event


def _errors_without_words(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = " < ".join(_named(one) for one in _chain(error))
        event["where"] = _place(error.__traceback__)
    return event


def _named(error: BaseException) -> str:
    # our own messages name ids and codes alone
    if isinstance(error, GoodstandingError):
        return f"{error.code}: {error.message}"
    return getattr(error, "type", None) or type(error).__qualname__


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return chain


def _place(traceback: TracebackType | None) -> str:
    frames = extract_tb(traceback)[-_FRAMES:]
    return " > ".join(f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames)


def _only_known_fields(
    _logger: WrappedLogger, _name: str, event: MutableMapping[str, Any]
) -> EventDict:
    return {
        key: value
        for key, value in event.items()
        if key in FIELDS or key in ("_record", "_from_structlog")
    }
