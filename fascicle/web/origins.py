"""Which pages may talk to the web channel: its own, and those of listed sites."""

from __future__ import annotations

import re
from collections.abc import Collection

from sanic import Request

from fascicle.errors import Refused


class Origins:
    """Tells pages that may use the channel from those that may not."""

    def __init__(self, allowed: Collection[str]) -> None:
        """Set up.

        Args:
            allowed: origins of other sites whose pages may use the channel.
        """
        self._allowed = allowed

    def check(self, request: Request) -> None:
        """Return if a request comes from a page that may send it, or from no page.

        Raises:
            Refused: it does not.
        """
        origin = request.headers.get("origin")
        if origin is not None and not _is_own(request, origin) and origin not in self._allowed:
            raise Refused("origin")

    def headers(self, request: Request) -> dict[str, str]:
        """Headers that let a page of a listed site read the reply."""
        origin = request.headers.get("origin")
        if origin is None or origin not in self._allowed or _is_own(request, origin):
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
            "Vary": "Origin",
        }

    def preflight(self, request: Request, method: str) -> dict[str, str]:
        """Headers that let such a page send a request of `method`.

        Raises:
            Refused: it may not.
        """
        self.check(request)
        return self.headers(request) | {
            "Access-Control-Allow-Methods": method,
            "Access-Control-Allow-Headers": "Content-Type",
            "Access-Control-Max-Age": "600",
        }


def _is_own(request: Request, origin: str) -> bool:
    """Whether one of our own pages asks. The browser says so itself, because a proxy may give us another host than it sees."""
    return request.headers.get("sec-fetch-site") == "same-origin" or re.sub(r"^https?://", "", origin) == request.host
