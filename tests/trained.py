"""The trained bot in process, with its actions. Importing it brings Rasa, which takes seconds."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa_sdk.executor import ActionExecutor

from fascicle import library
from fascicle.__main__ import MODEL
from fascicle.bot.agent import TURN_SECONDS, ActionServer, load, shortened
from fascicle.bot.agent import Bot as Loaded
from fascicle.bot.servers import HOST, free_port
from fascicle.bot.turn import checked_text, replies

Message = dict[str, Any]


class LocalActions(ActionServer):
    """An action server without a server: runs the actions in this process, until `down` says that it cannot be reached."""

    def __init__(self) -> None:
        super().__init__(url=f"http://{HOST}:{free_port()}/webhook", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package("actions")
        self.down = False

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action of a call; what goes in and out passes through JSON as it does between servers, and as little of it."""
        if self.down:
            return await super().request(*args, **kwargs)
        result = await self.executor.run(json.loads(json.dumps(shortened(kwargs["json"]))))
        return json.loads(json.dumps(result))


class Bot:
    """The loaded model with its actions, on an event loop of its own."""

    def __init__(self, actions: LocalActions) -> None:
        if not MODEL.is_file():
            pytest.fail(f"There is no model at {MODEL}: run `make train` first.", pytrace=False)
        self.loop = asyncio.new_event_loop()
        self.agent: Agent = self.loop.run_until_complete(load(MODEL))
        if not self.agent.is_ready():
            pytest.fail(f"The model at {MODEL} does not load: run `make train`.", pytrace=False)
        self.agent.action_endpoint = self.agent.processor.action_endpoint = actions

    def say(self, sender: str, text: str, *, seconds: float = TURN_SECONDS) -> list[Message]:
        """The bot's messages to a typed text, or to a payload as it is, within so many seconds."""

        async def turn() -> list[Message]:
            checked = text if text.startswith("/") else checked_text(text)
            loaded = Loaded(self.agent, library.opened(), turn_seconds=seconds)
            return [message async for message in replies(loaded, sender, checked)]

        return self.loop.run_until_complete(turn())
