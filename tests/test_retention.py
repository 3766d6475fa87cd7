"""How long conversations are kept, in the words of the bot."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.actions import ActionPrivacy
from fascicle.retention import in_words


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (timedelta(days=1), "24 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=365), "365 days"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(hours=1), "60 minutes"),
        (timedelta(hours=1.5), "90 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=1), "1 minute"),
    ],
)
def test_it_is_said_in_a_unit_that_fits(kept: timedelta, words: str) -> None:
    assert in_words(kept) == words


def test_the_bot_is_told_what_the_servers_go_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASCICLE_RETENTION_HOURS", "6")
    dispatcher = CollectingDispatcher()
    assert ActionPrivacy().run(dispatcher, Tracker("", {}, {}, [], False, None, {}, ""), {}) == []
    assert [(said["response"], said["kept"]) for said in dispatcher.messages] == [("utter_privacy", "6 hours")]
