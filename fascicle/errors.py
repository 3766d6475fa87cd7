"""Everything that can go wrong on purpose, in one tree: catch `FascicleError` to catch it all.

Only `ActionFailed` stands beside the tree, and says why.
"""

from __future__ import annotations


class FascicleError(Exception):
    """Something that was foreseen; the message is one line that says what to mend."""


class ArticleError(FascicleError, ValueError):
    """An article file is not usable; the message names the file, the id, and the fault."""


class CompileError(FascicleError, ValueError):
    """A page cannot be made into an article; the message is one line that names the file and the fault."""


class NoArticle(CompileError):
    """A file holds no article, and has not the form of one."""


class LibraryError(FascicleError, RuntimeError):
    """A library cannot be opened, read, or written to; the message is one line that names the file and what is wrong with it."""


class StartError(FascicleError, RuntimeError):
    """A server did not come up; the message says which and where its log is."""


class NotReady(FascicleError, RuntimeError):
    """A part answers, but not as it should."""


class Unavailable(FascicleError, RuntimeError):
    """The database could not do something, or not in time; the message says what it is, without any data."""


class Conflict(FascicleError, RuntimeError):
    """A conversation went on, or was erased, since the turn began that was to be saved; it was not."""


class TurnFailed(FascicleError, RuntimeError):
    """A turn did not come to its end, and was not saved."""


class Fault(FascicleError):
    """A turn that cannot be answered; `code` is a key of the faults in data/words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(FascicleError):
    """A request that breaks the channel's contract or cannot be taken now; `code` says why, as a key of `REFUSALS`."""

    def __init__(self, code: str, retry_after: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class NotSent(FascicleError):
    """A rating of a message that was not sent in its conversation, or no longer is kept."""


class TooMany(FascicleError):
    """A request over the limit; the next one is welcome after so many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(str(retry_after))
        self.retry_after = retry_after


class Busy(FascicleError):
    """A question while others of its conversation run and wait."""


class Full(FascicleError):
    """A question while as many run and wait as may."""


class ActionFailed(BaseException):
    """An action did not do its work.

    Of an `Exception` Rasa takes no notice: it goes on without what the action would have said. This ends the turn.
    """
