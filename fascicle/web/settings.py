"""What `credentials.yml` says of the web channel, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from fascicle.bot.rasa_server import SettingsError
from fascicle.web.throttle import Limits

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?")

HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:]+\]")


@dataclass(frozen=True)
class Settings:
    """What `credentials.yml` says of the channel.

    Args:
        allowed_origins: other sites whose pages may use it; its own pages always may.
        trusted_proxies: how many proxies in front of it add an address to `X-Forwarded-For`.
        limits: how often people may ask, and how many at once.
        hosts: names that it is reached under; without any, every name will do.
        page: whether the page to try the chat on is there.
    """

    allowed_origins: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    limits: Limits = field(default_factory=Limits)
    hosts: frozenset[str] = frozenset()
    page: bool = True

    @classmethod
    def of(cls, credentials: dict[str, Any]) -> Settings:
        """The settings in the file.

        Raises:
            SettingsError: they cannot be used; the message says why.
        """
        unknown = sorted(credentials.keys() - {"allowed_origins", "trusted_proxies", "limits", "hosts", "page"})
        if unknown:
            raise SettingsError(f"credentials.yml: unknown setting {unknown[0]!r}")
        origins, proxies = credentials.get("allowed_origins") or [], credentials.get("trusted_proxies") or 0
        for origin in origins:
            if not isinstance(origin, str) or not ORIGIN.fullmatch(origin):
                raise SettingsError(
                    f"credentials.yml: allowed_origins: {origin!r} is not an origin such as https://www.example.org"
                )
        if not _is_number(proxies, least=0):
            raise SettingsError(f"credentials.yml: trusted_proxies: {proxies!r} is not a number of proxies")
        try:
            limits = Limits(**credentials.get("limits") or {})
        except TypeError as error:
            raise SettingsError(f"credentials.yml: limits: {error}") from None
        if not _is_number(limits.at_once, least=1):
            raise SettingsError(f"credentials.yml: limits: at_once: {limits.at_once!r} is not a number of questions")
        hosts = credentials.get("hosts") or []
        for host in hosts:
            if not isinstance(host, str) or not HOST.fullmatch(host):
                raise SettingsError(f"credentials.yml: hosts: {host!r} is not a name such as bot.example.org, without a port")
        page = credentials.get("page", True)
        if not isinstance(page, bool):
            raise SettingsError(f"credentials.yml: page: {page!r} is neither true nor false")
        return cls(frozenset(origins), proxies, limits, frozenset(hosts), page)


def _is_number(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
