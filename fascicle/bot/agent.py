"""The trained bot in this process, as the chat and the web server run it."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from fascicle.answering import safety
from fascicle.bot import profile
from fascicle.bot.conversations import Conversations
from fascicle.errors import ActionFailed, StartError, TurnFailed
from fascicle.library import Library, is_searched, words
from fascicle.reply import Reply

ACTION_SECONDS = 5.0
"""How long an action may take; Rasa would wait five minutes."""
TURN_SECONDS = 9.0
"""How long a turn may take with all it waits for; a proxy that waits 10 s still hears what to say."""
logger = logging.getLogger(__name__)


async def load(
    model: Path, action_url: str | None = None, action_seconds: float = ACTION_SECONDS, articles: Library | None = None
) -> Agent:
    """The bot of `model`, set up as the profile says.

    Rasa would wrap the store in one that goes on in memory when it fails, and so lose turns that people saw answered. Here a
    failing store fails the turn.

    Args:
        model: the trained model.
        action_url: where actions are called, if not where the profile says.
        action_seconds: how long an action may take.
        articles: what it answers from. Of a library it speaks otherwise than of one article.

    Raises:
        StartError: the model cannot be used, or the profile does not name a store that conversations can be erased from.
    """
    RemoteAction._validate_action_result = _is_result
    endpoints = profile.endpoints()
    endpoints.action = ActionServer(action_url or endpoints.action.url, **endpoints.action.kwargs)
    endpoints.action.seconds = action_seconds
    endpoints.tracker_store = store = TrackerStore.create(endpoints.tracker_store)
    if not isinstance(store, Conversations):
        raise StartError(f"the tracker store is a {type(store).__name__}; it has to be fascicle.bot.conversations.Conversations")
    agent = Agent(lock_store=LockStore.create(endpoints.lock_store), action_endpoint=endpoints.action)
    agent.tracker_store = store
    load_model(agent, model)
    if articles is not None and is_searched(articles):
        speak_of_many(agent.domain.responses)
    return agent


def speak_of_many(responses: dict[str, list[dict[str, Any]]]) -> None:
    """Put the words of a library in place of those that speak of one article, in the responses of a model's domain."""
    for name, text in words("many").items():
        for response in responses[name]:
            response["text"] = text


def load_model(agent: Agent, model: Path) -> None:
    """Give the agent its model: that file and no other. Rasa would go on without one, or with the newest of the folder.

    Raises:
        StartError: there is no such file, or it is not a model that this version can use.
    """
    if not model.is_file():
        raise StartError(f"there is no model at {model}: run `make train`")
    try:
        agent.load_model(str(model))
    except Exception as error:  # what a broken archive or a model of another version raises is not documented
        raise StartError(f"the model at {model} cannot be used ({_first_cause(error)}): run `make train`") from error


def _first_cause(error: BaseException) -> str:
    """Kind of the error that all others came of."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return type(error).__name__


async def purge(agent: Agent, retention: timedelta) -> None:
    """Erase the conversations without a message in that time. A fault is logged: the next purge erases what this one did not."""
    try:
        await agent.tracker_store.purge(retention)
    except Exception:
        logger.exception("Old conversations could not be erased")


def _is_result(_: RemoteAction, result: Any) -> bool:
    """Whether an action returned events and responses, in place of Rasa's check.

    That one goes through the JSON schema of all events, and through the schema of that schema, with every action, which takes
    longer than the action. What our own actions return is tested, and Rasa refuses an event that it does not know.

    Raises:
        ActionFailed: it did not.
    """
    if not isinstance(result, dict) or not all(isinstance(result.get(part), list) for part in ("events", "responses")):
        raise ActionFailed("the action server did not answer with events and responses")
    return True


class Bot:
    """What channels ask of the bot, so that no fault of it passes unnoticed."""

    def __init__(self, agent: Agent, articles: Library, *, turn_seconds: float | None = TURN_SECONDS) -> None:
        """Set up.

        Args:
            agent: the trained bot.
            articles: what it answers from.
            turn_seconds: how long a turn may take; None where somebody who waits can end it.
        """
        self._agent, self._turn_seconds = agent, turn_seconds
        self.articles = articles

    async def warm_up(self, question: str) -> None:
        """Answer a question, so that the first person to ask one does not wait for what is loaded when it is first needed.

        Where that fails it is logged: the bot says so to those who ask, and still knows an emergency.
        """
        sender = secrets.token_urlsafe(24)
        try:
            await self.handle_message(UserMessage(question, CollectingOutputChannel(), sender))
            await self.erase(sender)
        except Exception:
            logger.exception("The first question was not answered")

    async def handle_message(self, message: UserMessage) -> None:
        """Have a turn; it is saved when this returns.

        Raises:
            Exception: it failed, and was not saved.
        """
        try:
            await asyncio.wait_for(self._agent.handle_message(message), self._turn_seconds)
        except ActionFailed as error:
            raise TurnFailed(str(error)) from None
        except asyncio.TimeoutError:
            raise TurnFailed(f"it took more than {self._turn_seconds:g} s") from None

    async def replies_to(self, sender: str, question: str) -> list[dict[str, Any]]:
        """What was said to one of the last questions, by the name that `answered.name_of` gives it; nothing if it is none."""
        return await self._agent.tracker_store.replies_to(sender, question)

    async def alarm(self, text: str, country: str = "") -> Reply | None:
        """The first reply to an emergency, if a text is one. Asks neither actions nor the database."""
        alarm = (await self._agent.parse_message(text)).get("alarm")
        if not alarm:
            return None
        return safety.raised(alarm["kind"], of_another=alarm["of_another"], country=country or os.environ.get("FASCICLE_COUNTRY"))

    async def erase(self, sender: str) -> None:
        """Erase a conversation, once the turn that runs in it is over.

        Raises:
            Exception: some of it may be left.
        """
        async with self._agent.lock_store.lock(sender):
            await self._agent.tracker_store.erase(sender)

    async def close(self) -> None:
        """Let go of connections."""
        await self._agent.action_endpoint.close()


class ActionServer(EndpointConfig):
    """The action server. Its connections stay open between calls; Rasa would open one for each, which takes longer."""

    seconds = ACTION_SECONDS
    """How long an action may take."""
    _session: aiohttp.ClientSession | None = None

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call an action, told no more of the conversation than actions read; returns what it did.

        Raises:
            ClientResponseError: the action declined, as the validation of a form does.
            ActionFailed: the server cannot be reached, takes too long, or the action raised an error.
        """
        call = shortened(kwargs["json"])
        try:
            try:
                return await self._post(call)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):  # it closed the connection while it was idle
                return await self._post(call)
        except ClientResponseError as error:
            if error.status == 400:
                raise
            raise ActionFailed(f"{call['next_action']}: the action server answered {error.status}") from None
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            raise ActionFailed(f"{call['next_action']}: {type(error).__name__}") from None

    async def _post(self, call: dict[str, Any]) -> Any:
        if self._session is None or self._session.closed:
            self._session = self.session()
        limit = aiohttp.ClientTimeout(total=self.seconds)
        async with self._session.post(self.url, json=call, params=self.combine_parameters(), timeout=limit) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, (await response.read()).decode())
            return await response.json()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def shortened(call: dict[str, Any]) -> dict[str, Any]:
    """The call of an action without the events before the last message; the slots hold what matters of those."""
    events = call["tracker"]["events"]
    messages = [place for place, event in enumerate(events) if event["event"] == "user"]
    return call | {"tracker": call["tracker"] | {"events": events[messages[-1] :] if messages else events}}
