"""Refuses requests whose head is broken before Sanic reads it: of some of them it would never be done, of others it makes errors.

Sanic 21.12 counts down from the `Content-Length` until nothing is left, and so for ever from a negative one; its error page reads
the address again that could not be read. What two programs could read in two ways, such as two lengths, may hide a second
request behind the first (request smuggling).
"""

from __future__ import annotations

import re

from sanic.exceptions import InvalidUsage, SanicException
from sanic.http import Http
from sanic.server.protocols.http_protocol import HttpProtocol

REQUEST_LINE = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.[01]")
"""Method, address, and version: nothing but visible ASCII, as browsers send it."""
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\0\r\n]*)")
"""A header: no space before the colon, no folded line, no line break that is not one for everybody."""
LENGTH = re.compile(rb"[0-9]{1,9}")
MAX_HEAD = 16 * 1024
"""Bytes of a request before its body; more than nginx passes on, so that it hears an answer to all it asks."""


def check_head(head: bytes) -> None:
    """Return if everybody reads a request's head in the same way.

    Args:
        head: the request line and the headers, without the empty line that ends them.

    Raises:
        SanicException: not everybody does, or the length of the body is not said before it.
    """
    line, *headers = head.split(b"\r\n")
    if not REQUEST_LINE.fullmatch(line):
        raise InvalidUsage("Bad Request")
    lengths, codings = [], 0
    for header in headers:
        match = HEADER.fullmatch(header)
        if match is None:
            raise InvalidUsage("Bad Request")
        name, value = match[1].lower(), match[2].strip(b" \t")
        if name == b"content-length":
            lengths.append(value)
        codings += name == b"transfer-encoding"
    if len(lengths) > 1 or (lengths and codings) or not all(map(LENGTH.fullmatch, lengths)):
        raise InvalidUsage("Bad Request")
    if codings:  # who asks knows how long a question is, and Sanic's way to read chunks is not everybody's
        raise SanicException("Length Required", status_code=411)


class GuardedHttp(Http):
    """Sanic's connection, which reads no head that it could not read to the end."""

    __slots__ = ()

    async def http1_request_header(self) -> None:
        """Receive a request's head, and have it read if it is sound."""
        end = self.recv_buffer.find(b"\r\n\r\n")
        while end < 0 and len(self.recv_buffer) < self.HEADER_MAX_SIZE:
            await self._receive_more()
            end = self.recv_buffer.find(b"\r\n\r\n")
        if 0 <= end < self.HEADER_MAX_SIZE:  # of one that is too large, Sanic says so
            check_head(bytes(self.recv_buffer[:end]))
        await super().http1_request_header()  # type: ignore[no-untyped-call]

    def create_empty_request(self) -> None:
        """Make the request that an error is answered to, without the address: it may be what is wrong."""
        self.url = None
        super().create_empty_request()


class GuardedProtocol(HttpProtocol):
    """Sanic's protocol with guarded connections; for `Sanic.run(protocol=...)`."""

    __slots__ = ()

    def _setup_connection(self) -> None:
        super()._setup_connection()  # type: ignore[no-untyped-call]
        self._http = GuardedHttp(self)  # type: ignore[no-untyped-call]
