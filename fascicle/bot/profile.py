"""Which set-up runs: `local` on one machine, or `cluster` with several servers; `FASCICLE_PROFILE` names it."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache

from rasa.core.utils import AvailableEndpoints
from rasa.shared.exceptions import RasaException

from fascicle import ROOT
from fascicle.bot.retention import period
from fascicle.bot.servers import state_folder
from fascicle.database import Database
from fascicle.errors import StartError

ENDPOINTS = {"local": "endpoints.yml", "cluster": "endpoints.cluster.yml"}
"""Where each profile keeps its settings; those of `cluster` take every address and password from the environment."""


def name() -> str:
    """The profile.

    Raises:
        StartError: there is none of that name.
    """
    chosen = os.environ.get("FASCICLE_PROFILE") or "local"
    if chosen not in ENDPOINTS:
        raise StartError(f"FASCICLE_PROFILE is {chosen!r}; it can be {' or '.join(ENDPOINTS)}")
    return chosen


def endpoints() -> AvailableEndpoints:
    """What the profile's file says of the action server, the tracker store, and the lock store.

    Raises:
        StartError: the environment does not have what the file asks for.
    """
    file = ENDPOINTS[name()]
    try:
        return AvailableEndpoints.read_endpoints(str(ROOT / file))
    except RasaException as error:
        raise StartError(f"{file}: {error}") from None


@cache
def database() -> Database:
    """The database that all parts of this process share: that of the tracker store."""
    return Database(endpoints().tracker_store.url or f"sqlite:///{state_folder() / 'fascicle.sqlite'}")


def redis_url() -> str | None:
    """Address of the Redis that processes share, for locks and to count requests together; None if there is none."""
    return endpoints().lock_store.url


def retention() -> timedelta:
    """How long a conversation is kept after its last message.

    Raises:
        StartError: the environment asks for no such time.
    """
    try:
        return period()
    except ValueError as error:
        raise StartError(str(error)) from None
