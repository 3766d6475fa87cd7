"""What the web server logs: JSON lines of facts. What people write, and who they are, is in none of them, whoever logs it."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import sys
import traceback
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.stdlib import ExtraAdder, LoggerFactory, ProcessorFormatter
from structlog.typing import EventDict

from fascicle.errors import StartError

OURS = "fascicle"
FACTS = ("route", "status", "code", "kinds", "ms", "sender", "parts")
"""What our own lines may carry beside their event."""
BOUND = ("request",)
"""What is bound to all lines of a request."""
REQUEST_ID = re.compile(r"[0-9A-Fa-f-]{16,64}")
"""A request's id as proxies make it; nothing that could be somebody's words."""
RASA_EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
"""How Rasa names what happens; anything else it logs is a sentence, which may quote people."""
FRAMES = 6
"""Places that are named of where an error came from."""


def to_stream(stream: TextIO | None = None) -> None:
    """Send every line of this process to a stream, standard error if none is given: ours, and warnings of libraries."""
    common: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*common, ExtraAdder(allow=FACTS)],
            processors=[facts_only, structlog.processors.JSONRenderer(ensure_ascii=False)],
        )
    )
    handler.addFilter(lambda record: not isinstance(_error(record.exc_info), StartError))  # said in words when the process ends
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(OURS).setLevel(logging.INFO)
    structlog.configure(
        processors=[*common, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def facts_only(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Of a line keep what states no more than facts.

    Of what libraries log, that is where they do and which errors: their sentences quote messages, senders, and requests. Our
    own sentences do not. What an error says is left out as well, but for our own errors.
    """
    record: logging.LogRecord = event["_record"]
    line = {name: event[name] for name in ("time", "level")}
    if record.name.partition(".")[0] == OURS:
        line["event"] = event["event"]
    else:
        name = str(event["event"])
        line["event"] = name if event["_from_structlog"] and RASA_EVENT.fullmatch(name) else "library"
        line |= {"logger": record.name, "where": f"{record.module}:{record.lineno}"}
    line |= {name: event[name] for name in (*BOUND, *FACTS) if name in event}
    error = _error(event.get("exc_info"))
    if error is not None:
        line["error"] = " < ".join(_names(error))
        line["at"] = _places(error.__traceback__)
    return line


def _error(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, tuple):
        return exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exc_info()[1] if exc_info else None


def _names(error: BaseException | None) -> list[str]:
    """An error and those that it came of: what kind each is, and what it says if it is our own."""
    names: list[str] = []
    while error is not None and len(names) < FRAMES:
        kind = type(error)
        ours = kind.__module__.partition(".")[0] == OURS
        names.append(f"{kind.__name__}: {error}" if ours and str(error) else kind.__name__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return names


def _places(trace: TracebackType | None) -> list[str]:
    """The last places that an error went through, the innermost last."""
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{os.sep.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in frames]


def begin_request(proposed: str) -> str:
    """Bind the id of a request, the proposed one if it looks like one, to all that is logged until the next begins."""
    request = proposed if REQUEST_ID.fullmatch(proposed) else secrets.token_hex(16)
    clear_contextvars()
    bind_contextvars(request=request)
    return request


def short(sender: str) -> str:
    """What stands for a sender in the log of this process: it cannot be traced back, and differs in every other one."""
    return hmac.new(_key(), sender.encode(), hashlib.sha256).hexdigest()[:12]


@cache
def _key() -> bytes:
    return secrets.token_bytes(32)
