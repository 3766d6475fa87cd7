"""The trained bot in process: model, actions, and conversations as the channels hold them."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from fascicle import environment

environment.prepare()

from rasa.core.agent import Agent, load_agent  # noqa: E402
from rasa.utils.endpoints import EndpointConfig  # noqa: E402
from rasa_sdk.executor import ActionExecutor  # noqa: E402

from fascicle.__main__ import MODEL  # noqa: E402
from fascicle.servers import HOST, free_port  # noqa: E402
from fascicle.turn import checked_text, replies  # noqa: E402

Message = dict[str, Any]
Say = Callable[[str], list[Message]]


def pytest_configure(config: pytest.Config) -> None:
    """Hide what old dependencies warn about, as the commands do; pytest sets its own filters for every test."""
    config.addinivalue_line("filterwarnings", "ignore")
    config.addinivalue_line("filterwarnings", r"error:::(fascicle|actions)\.")


class LocalActions(EndpointConfig):
    """An action server without a server: runs the actions in this process, until `down` says that it cannot be reached."""

    def __init__(self) -> None:
        super().__init__(url=f"http://{HOST}:{free_port()}/webhook", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package("actions.actions")
        self.down = False

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action of a call; what goes in and out passes through JSON as it does between servers."""
        if self.down:
            return await super().request(*args, **kwargs)
        result = await self.executor.run(json.loads(json.dumps(kwargs["json"])))
        return json.loads(json.dumps(result))


class Bot:
    """The loaded model with its actions, on an event loop of its own."""

    def __init__(self, actions: LocalActions) -> None:
        if not MODEL.is_file():
            pytest.fail(f"There is no model at {MODEL}: run `make train` first.", pytrace=False)
        self.loop = asyncio.new_event_loop()
        self.agent: Agent = self.loop.run_until_complete(load_agent(model_path=str(MODEL)))
        if not self.agent.is_ready():
            pytest.fail(f"The model at {MODEL} does not load: run `make train`.", pytrace=False)
        self.agent.processor.action_endpoint = actions

    def say(self, sender: str, text: str) -> list[Message]:
        """The bot's messages to a typed text, or to a payload as it is."""

        async def turn() -> list[Message]:
            checked = text if text.startswith("/") else checked_text(text)
            return [message async for message in replies(self.agent.handle_message, sender, checked)]

        return self.loop.run_until_complete(turn())


@pytest.fixture(scope="session")
def actions() -> LocalActions:
    """The actions that the bot runs."""
    return LocalActions()


@pytest.fixture(scope="session")
def bot(actions: LocalActions) -> Iterator[Bot]:
    """The bot, loaded once."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    made = Bot(actions)
    yield made
    made.loop.close()


@pytest.fixture
def new_conversation(bot: Bot) -> Callable[[], Say]:
    """Starts a conversation; what it returns says something in it."""

    def start() -> Say:
        sender = secrets.token_urlsafe(24)
        return lambda text: bot.say(sender, text)

    return start


@pytest.fixture
def say(new_conversation: Callable[[], Say]) -> Say:
    """Says something in a conversation of this test, and returns the bot's messages in the channel contract's form."""
    return new_conversation()
