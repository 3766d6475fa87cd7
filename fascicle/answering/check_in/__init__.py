"""The check-in: a few questions to someone who tells of the symptom, and the passages that fit what they answer.

Pure functions of the article, what was told so far, and a message. Nothing here knows about Rasa.
"""

from fascicle.answering.check_in.asking import (
    AGAIN,
    CHANGED,
    NOTED,
    SKIPPED,
    UNCLEAR,
    ask,
    before_a_question,
    causes_payload,
    opening,
    wait,
)
from fascicle.answering.check_in.closing import close
from fascicle.answering.check_in.reading import (
    ENOUGH,
    PATIENCE,
    RESUME,
    UNASKED,
    after_digression,
    going_on,
    read,
    reported,
    tells,
)
from fascicle.answering.check_in.told import (
    DONE,
    LEFT,
    LISTED,
    STOPPED,
    WAITING,
    Step,
    Told,
    open_question,
    pointed_at,
    slot_of,
    told_of,
)

__all__ = [
    "AGAIN",
    "CHANGED",
    "DONE",
    "ENOUGH",
    "LEFT",
    "LISTED",
    "NOTED",
    "PATIENCE",
    "RESUME",
    "SKIPPED",
    "STOPPED",
    "UNASKED",
    "UNCLEAR",
    "WAITING",
    "Step",
    "Told",
    "after_digression",
    "ask",
    "before_a_question",
    "causes_payload",
    "close",
    "going_on",
    "open_question",
    "opening",
    "pointed_at",
    "read",
    "reported",
    "slot_of",
    "tells",
    "told_of",
    "wait",
]
