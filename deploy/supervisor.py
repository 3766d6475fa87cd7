"""supervisord that lives on when it cannot write its logs: `python -m deploy.supervisor -c FILE`.

As it comes, it dies of the first line that a full disk does not take, and then nothing starts the servers again. Here such a line
is lost, and the next one is tried.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from supervisor import loggers, supervisord


def lose_what_cannot_be_written() -> None:
    """Have log handlers drop lines that they cannot write, and have them say so nowhere: that could not be written, either."""
    emit = loggers.RotatingFileHandler.emit

    def try_to_emit(handler: Any, record: Any) -> None:
        with suppress(OSError):  # to begin a new file fails outside of what the handler itself looks after
            emit(handler, record)

    loggers.RotatingFileHandler.emit = try_to_emit
    loggers.Handler.handleError = lambda _: None


if __name__ == "__main__":
    lose_what_cannot_be_written()
    supervisord.main()
