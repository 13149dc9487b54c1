"""What is written down while the bank runs: one JSON object a line, on stderr, without anything about anybody.

Our own events name what happened and by which rule; never a name, an address, a token, a body, a query or an id of a
person (threat 46). Texts of libraries and of exceptions may quote what they were given, so of those only the place in
the code is kept, and of an exception its type and where it passed.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import IO, Any, Final

import structlog

OURS: Final = ("creditbank.", "creditbank_api.")
FRAMES: Final = 12
Event = MutableMapping[str, Any]


def configure_logs(level: str, stream: IO[str] | None = None) -> None:
    """Send every event of this process from `level` up to a stream, stderr by default, as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_unquoted_message, *SHARED],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=True, sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(
        max(logging.getLevelName(level.upper()), logging.WARNING)
    )  # libraries tell much that nobody asked for
    for name in OURS:
        logging.getLogger(name.rstrip(".")).setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _unquoted_message(_: object, __: str, event: Event) -> Event:
    """Keep our own sentences; of a library's, keep where it was said."""
    record: logging.LogRecord = event["_record"]
    if not record.name.startswith(OURS):
        event["event"] = "a library has something to say"
        event["where"] = f"{record.name}, {Path(record.pathname).name}:{record.lineno} in {record.funcName}"
    return event


def _unquoted_exception(_: object, __: str, event: Event) -> Event:
    """Put an exception's type and path in the place of its text."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else None
    if given and error is None:
        error = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if error is not None:
        event["error"] = [type(one).__name__ for one in _causes(error)]
        event["frames"] = [
            f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]
        ]
    event.pop("exception", None)
    event.pop("stack_info", None)
    return event


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


SHARED: Final[list[Any]] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _unquoted_exception,
]


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The teller of one room's events; what it tells goes where the process sends its log."""
    bound: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return bound
