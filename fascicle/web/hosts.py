"""Under which names the web channel is reached.

Any name can be made to lead to any address. A page of another site that has its own name lead here, for a moment, would be one of
our own to a browser (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Collection

from sanic import Request

from fascicle.errors import Refused

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Names of this computer that nobody else can give away; those who look whether it is well use them."""


class Hosts:
    """Tells requests under our own names from others."""

    def __init__(self, own: Collection[str]) -> None:
        """Set up.

        Args:
            own: our names, without a port; any will do if there is none.
        """
        self._own = own

    def check(self, request: Request) -> None:
        """Return if a request asks for one of our names.

        Raises:
            Refused: it asks for another.
        """
        if self._own and name(request.headers.get("host", "")) not in {*self._own, *LOOPBACK}:
            raise Refused("host")


def name(host: str) -> str:
    """The name in a `Host` header, in small letters, without the port and without the dot that may end it."""
    bare, _, port = host.rpartition(":")
    return (bare if bare and port.isdigit() else host).lower().rstrip(".")
