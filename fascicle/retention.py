"""How long a conversation is kept after its last message: `FASCICLE_RETENTION_HOURS`, a day if it is not set.

The servers erase by it, and the actions tell of it; so it imports nothing that takes long.
"""

from __future__ import annotations

import math
import os
from datetime import timedelta

from fascicle.servers import StartError

LONGEST = timedelta(days=365)
UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)))


def period() -> timedelta:
    """How long.

    Raises:
        StartError: the environment asks for no such time.
    """
    hours = os.environ.get("FASCICLE_RETENTION_HOURS") or "24"
    try:
        kept = timedelta(hours=float(hours))
    except (ValueError, OverflowError):
        kept = timedelta()
    if not timedelta() < kept <= LONGEST:
        raise StartError(f"FASCICLE_RETENTION_HOURS is {hours!r}; it has to be more than 0 and at most {LONGEST.days * 24}")
    return kept


def in_words(kept: timedelta) -> str:
    """How long, as the bot says it: in days from two on, in hours from two on, else in minutes."""
    for unit, length in UNITS:
        if kept >= 2 * length and not kept % length:
            return f"{kept // length} {unit}s"
    minutes = math.ceil(kept / timedelta(minutes=1))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
