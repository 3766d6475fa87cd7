"""Says whether a message is an emergency. Decided before anything else is, on the whole message and on each part of it.

A part of a long, chatty message may hold the red flag; it counts too, but has to be plainer, because it stands without what
was said around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EMERGENCIES = ("report_emergency", "report_crisis")
NONE = "none"
KINDS = (*EMERGENCIES, NONE)
WHOLE_ALARM = 0.25
"""Least probability at which a message is an emergency: below even odds, because a miss is worse than a false alarm."""
PART_ALARM = 0.6
"""Least probability at which one part of a message makes it one."""


def kind(intent: str) -> str:
    """The kind of emergency that an intent is, or `NONE`."""
    return intent if intent in EMERGENCIES else NONE


def alarm(whole: NDArray[np.float32], parts: Sequence[NDArray[np.float32]]) -> str | None:
    """The emergency that a message or one of its parts is, if any.

    Args:
        whole: probability of each of `KINDS` for the message.
        parts: the same for each part of it.
    """
    for probabilities, bar in ((whole, WHOLE_ALARM), *((part, PART_ALARM) for part in parts)):
        if 1 - probabilities[KINDS.index(NONE)] >= bar:
            return EMERGENCIES[int(probabilities[: len(EMERGENCIES)].argmax())]
    return None
