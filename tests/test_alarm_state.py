"""While an alarm stands, a message is first of all what it is to that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from fascicle.answering import safety
from fascicle.understanding.alarm_state import DESPITE, PLAINLY, AlarmState
from fascicle.understanding.question import ENDS
from fascicle.understanding.sign_reader import sign_reader


def understood(tracker: Any, text: str = "?", **properties: Any) -> Message:
    """A message as the state leaves it."""
    message = Message({"text": text, "intent": {"name": "ask_causes"}, **properties})
    AlarmState.create({}, None, None, None).process([message], tracker)
    return message


def tracker(alarm: str | None) -> Any:
    return SimpleNamespace(get_slot=lambda name: alarm if name == "alarm" else None, events=[])


def ranking(*names: str, confidence: float = 0.9) -> list[dict[str, Any]]:
    return [{"name": name, "confidence": confidence} for name in names]


@pytest.mark.parametrize("stands", [None, "report_crisis"])
def test_a_new_sign_alarms_whatever_stands(stands: str | None) -> None:
    message = understood(tracker(stands), alarm={"kind": "report_collapse", "of_another": True})
    assert message.get("intent")["name"] == "report_collapse"


@pytest.mark.parametrize("no_alarm", [tracker(None), None])
def test_without_an_alarm_a_message_is_what_it_is(no_alarm: Any) -> None:
    assert understood(no_alarm, follow_up=ranking("ask_if_wait")).get("intent")["name"] == "ask_causes"


@pytest.mark.parametrize("intent", sorted(set(sign_reader().classes["follow_up"]) - {DESPITE}))
def test_what_is_said_to_an_alarm_has_a_reply(intent: str) -> None:
    message = understood(tracker("report_emergency"), follow_up=ranking(intent))
    assert message.get("intent")["name"] == intent
    assert intent in safety.replies()


@pytest.mark.parametrize("end", sorted(ENDS))
def test_only_what_is_plainly_an_end_ends_it(end: str) -> None:
    for confidence, expected in ((PLAINLY, end), (PLAINLY - 0.01, "express_fear")):
        said = [*ranking(end, confidence=confidence), *ranking("express_fear", confidence=0.1)]
        assert understood(tracker("report_emergency"), follow_up=said).get("intent")["name"] == expected


def test_another_question_is_asked_despite_the_alarm_and_stays_what_it_is() -> None:
    message = understood(tracker("report_emergency"), intent_ranking=ranking("ask_outlook"), follow_up=ranking(DESPITE))
    assert message.get("intent")["name"] == DESPITE
    assert message.get("intent_ranking")[0]["name"] == "ask_outlook"


def test_a_button_is_no_command_while_an_alarm_stands() -> None:
    message = understood(tracker("report_emergency"), '/ask_outlook{"topic": "als"}')
    assert message.get("intent")["name"] == DESPITE
    assert message.get("payload") == '/ask_outlook{"topic": "als"}'
    assert not message.get("text").startswith("/")


def test_a_country_is_kept_for_its_numbers() -> None:
    message = understood(tracker("report_emergency"), "we are in the usa", follow_up=ranking("ask_number"))
    assert [(entity["entity"], entity["value"]) for entity in message.get("entities")] == [("country", "US")]


def test_nobody_is_asked_for_a_country_in_peace() -> None:
    assert not understood(tracker(None), "we are in the usa").get("entities")
