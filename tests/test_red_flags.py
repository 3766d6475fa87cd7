"""From the probabilities of windows to what a message was found to be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fascicle.understanding.question import ALARMS
from fascicle.understanding.red_flags import ALARM, CAUTION, NONE, follow_up, sign
from fascicle.understanding.sign_reader import sign_reader

KINDS = (*ALARMS, NONE)
CALM = {NONE: 1.0}
OVER, UNDER = ALARM + 0.01, ALARM - 0.01


def reader(*windows: dict[str, float], caution: float = 0.0, of_another: tuple[float, ...] = ()) -> Any:
    """Reads windows as these probabilities."""
    others = of_another or (0.0,) * len(windows)
    found = {
        "kind": np.array([[window.get(kind, 0.0) for kind in KINDS] for window in windows], np.float32),
        "caution": np.array([[caution, 1 - caution]] + [[1.0, 0.0]] * (len(windows) - 1), np.float32),
        "of_another": np.array([[other, 1 - other] for other in others], np.float32),
    }
    classes = {"kind": KINDS, "caution": ("yes", "no"), "of_another": ("yes", "no")}
    return SimpleNamespace(classes=classes, read=lambda texts: found)


@pytest.mark.parametrize(
    ("windows", "kind"),
    [
        ([{"report_crisis": OVER, NONE: UNDER}], "report_crisis"),
        ([{"report_crisis": UNDER, NONE: OVER}], None),
        ([{"report_collapse": 0.3, "report_seizure": 0.4, NONE: 0.3}], "report_seizure"),
        ([CALM, CALM, {"report_poisoning": OVER, NONE: UNDER}], "report_poisoning"),
        ([{"report_crisis": OVER, NONE: UNDER}, {"report_seizure": 0.9, NONE: 0.1}], "report_seizure"),
        ([CALM, CALM], None),
    ],
    ids=["likely enough", "not likely enough", "likeliest of several", "in one window", "in the plainest window", "in none"],
)
def test_a_message_raises_the_alarm_of_its_plainest_window(windows: list[dict[str, float]], kind: str | None) -> None:
    assert sign(reader(*windows), ["?"] * len(windows)).kind == kind


def test_who_is_in_danger_is_read_where_the_danger_is() -> None:
    windows = CALM, {"report_collapse": 0.9, NONE: 0.1}
    assert sign(reader(*windows, of_another=(0.0, 1.0)), ["?", "?"]).of_another
    assert not sign(reader(*windows, of_another=(1.0, 0.0)), ["?", "?"]).of_another


@pytest.mark.parametrize(("likely", "expected"), [(CAUTION + 0.01, True), (CAUTION - 0.01, False)])
def test_leave_is_asked_by_the_message_as_a_whole(likely: float, expected: bool) -> None:
    assert sign(reader(CALM, CALM, caution=likely), ["?", "?"]).caution is expected


class TestTheReader:
    """The tuned encoder as it ships."""

    def test_knows_every_alarm(self) -> None:
        assert set(sign_reader().classes["kind"]) == set(KINDS)

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("My face is drooping on one side and I can't speak properly", "report_emergency"),
            ("he has stopped breathing", "report_collapse"),
            ("she is having a seizure", "report_seizure"),
            ("my toddler swallowed bleach", "report_poisoning"),
            ("I want to end my life", "report_crisis"),
            ("my friend says she will kill herself tonight", "report_crisis_other"),
            ("How is Bell's palsy treated?", None),
            ("my lip has been twitching for two days", None),
            ("I have no chest pain, and my face is not numb", None),
            ("my grandmother had a stroke twenty years ago", None),
        ],
    )
    def test_tells_alarms_apart(self, text: str, kind: str | None) -> None:
        assert sign(sign_reader(), [text]).kind == kind

    @pytest.mark.parametrize(
        ("text", "intent"),
        [
            ("how serious is it", "ask_if_serious"),
            ("which number do I call", "ask_number"),
            ("the ambulance is on its way", "report_help_coming"),
            ("sorry, that was a joke", "report_false_alarm"),
            ("I'm so scared", "express_fear"),
        ],
    )
    def test_reads_what_is_said_next(self, text: str, intent: str) -> None:
        assert follow_up(sign_reader(), text)[0]["name"] == intent

    def test_reads_a_text_alike_alone_and_among_others(self) -> None:
        alone = sign_reader().read(["what is als"])["kind"][0]
        among = sign_reader().read(["a much longer text about something else", "what is als"])["kind"][1]
        np.testing.assert_allclose(alone, among, atol=1e-6)

    @pytest.mark.parametrize("text", ["", "?", "x" * 1000])
    def test_reads_anything(self, text: str) -> None:
        assert sign_reader().read([text])["kind"].sum() == pytest.approx(1, abs=1e-4)
