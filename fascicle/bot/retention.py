"""How long a conversation is kept after its last message: `FASCICLE_RETENTION_HOURS`, a day if it is not set.

The servers erase by it, and the actions tell of it; so it imports nothing that takes long.
"""

from __future__ import annotations

import os
from datetime import timedelta

HOURS = 24
LONGEST = 24 * 366


def period() -> timedelta:
    """How long.

    Raises:
        ValueError: the setting is no whole number of hours, or none that makes sense.
    """
    value = os.environ.get("FASCICLE_RETENTION_HOURS") or str(HOURS)
    if not value.isdecimal() or not 1 <= int(value) <= LONGEST:
        raise ValueError(f"FASCICLE_RETENTION_HOURS is {value!r}; it has to be a number of hours from 1 to {LONGEST}")
    return timedelta(hours=int(value))


def in_words() -> str:
    """The same as the bot says it: in days from two on."""
    days, rest = divmod(period(), timedelta(days=1))
    if days >= 2 and not rest:
        return f"{days} days"
    hours = period() // timedelta(hours=1)
    return "an hour" if hours == 1 else f"{hours} hours"
