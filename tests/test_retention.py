"""How long conversations are kept, in the words of the bot."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.actions import ActionPrivacy


@pytest.mark.parametrize(
    ("hours", "words"),
    [("", "24 hours"), ("1", "an hour"), ("6", "6 hours"), ("36", "36 hours"), ("48", "2 days"), ("8784", "366 days")],
)
def test_the_bot_is_told_what_the_servers_go_by(monkeypatch: pytest.MonkeyPatch, hours: str, words: str) -> None:
    monkeypatch.setenv("FASCICLE_RETENTION_HOURS", hours)
    dispatcher = CollectingDispatcher()
    assert ActionPrivacy().run(dispatcher, Tracker("", {}, {}, [], False, None, {}, ""), {}) == []
    assert [(said["response"], said["kept"]) for said in dispatcher.messages] == [("utter_privacy", words)]
