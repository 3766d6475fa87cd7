"""What a message asks, as everything behind understanding reads it."""

from __future__ import annotations

ALARMS = (
    "report_emergency", "report_collapse", "report_seizure", "report_poisoning", "report_crisis", "report_crisis_other",
)  # fmt: skip
"""Intents of messages that raise the alarm."""
AFTER_ALARM = "after_alarm"
"""Key in the metadata of training examples that only come after an alarm."""
ENDS = frozenset({"report_help_here", "report_over", "report_false_alarm"})
"""Intents of what ends an alarm when it is said."""
