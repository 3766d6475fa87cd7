"""Files that browsers load, compressed once, and sent only to those that do not have them already."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sanic import Request
from sanic.response import HTTPResponse

WEIGHT = re.compile(r"(?:q=(\d(?:\.\d{1,3})?))?")
"""How much something is wanted, as `Accept-Encoding` says it; where it does not say so, 1."""
FOR_ANY_SITE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Headers of a file that pages of other sites may load; reading it (CORS) is what the `integrity` attribute needs."""


@dataclass(frozen=True)
class Asset:
    """A file as it is sent: its bytes, their compressed form, and headers."""

    content: bytes
    packed: bytes
    tag: str
    headers: Mapping[str, str]

    @classmethod
    def of(
        cls, content: bytes, content_type: str, *, max_age: int = 600, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Asset:
        """A file that browsers may keep for `max_age` seconds before they ask whether it changed."""
        sent = {
            "Content-Type": content_type,
            "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        tag = hashlib.sha256(content).hexdigest()[:20]
        return cls(content, gzip.compress(content, mtime=0), tag, {**sent, **headers})

    def response(self, request: Request) -> HTTPResponse:
        """The file, compressed where the browser can read that; 304 without it where the browser has it."""
        packed = accepts_gzip(request.headers.get("accept-encoding", ""))
        tag = f'"{self.tag}-gzip"' if packed else f'"{self.tag}"'
        headers = {**self.headers, "ETag": tag}
        if has(tag, request.headers.get("if-none-match", "")):
            return HTTPResponse(status=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return HTTPResponse(self.packed if packed else self.content, headers=headers, content_type=headers["Content-Type"])


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an `Accept-Encoding` header allows gzip."""
    named = {}
    for part in accept_encoding.split(","):
        name, _, weight = part.partition(";")
        found = WEIGHT.fullmatch(weight.strip())
        named[name.strip().lower()] = float(found[1] or 1) if found else 0.0
    return named.get("gzip", named.get("*", 0.0)) > 0


def has(tag: str, if_none_match: str) -> bool:
    """Whether an `If-None-Match` header names the tag."""
    return if_none_match.strip() == "*" or tag in re.findall(r'"[^"]*"', if_none_match)
