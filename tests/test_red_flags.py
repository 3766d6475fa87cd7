"""When a message is an emergency."""

from __future__ import annotations

import numpy as np
import pytest

from fascicle.understanding.red_flags import KINDS, NONE, PART_ALARM, WHOLE_ALARM, alarm, kind

CALM = (0.0, 0.0, 1.0)


def read(emergency: float, crisis: float, none: float) -> np.ndarray:
    return np.array([emergency, crisis, none], np.float32)


@pytest.mark.parametrize(
    ("whole", "parts", "expected"),
    [
        pytest.param(CALM, [], None, id="nothing"),
        pytest.param((0.9, 0.0, 0.1), [], "report_emergency", id="plain"),
        pytest.param((0.1, 0.8, 0.1), [], "report_crisis", id="despair"),
        pytest.param((WHOLE_ALARM + 0.01, 0.0, 1 - WHOLE_ALARM - 0.01), [], "report_emergency", id="likely enough"),
        pytest.param((WHOLE_ALARM - 0.01, 0.0, 1 - WHOLE_ALARM + 0.01), [], None, id="not likely enough"),
        pytest.param((0.2, 0.2, 0.6), [], "report_emergency", id="one of the two kinds"),
        pytest.param(CALM, [CALM, (0.9, 0.0, 0.1)], "report_emergency", id="in one part"),
        pytest.param(CALM, [CALM, (PART_ALARM - 0.01, 0.0, 1 - PART_ALARM + 0.01)], None, id="a part that is not plain"),
    ],
)
def test_an_alarm_is_raised(whole: tuple[float, ...], parts: list[tuple[float, ...]], expected: str | None) -> None:
    assert alarm(read(*whole), [read(*part) for part in parts]) == expected


@pytest.mark.parametrize(("intent", "expected"), [("report_crisis", "report_crisis"), ("ask_outlook", NONE), ("", NONE)])
def test_an_intent_is_an_emergency_or_none(intent: str, expected: str) -> None:
    assert kind(intent) == expected
    assert expected in KINDS
