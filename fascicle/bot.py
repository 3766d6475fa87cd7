"""The trained bot in this process, as the chat and the web server run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.core.agent import Agent, load_agent
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig

from fascicle.article import ROOT


async def load(model: Path, action_url: str) -> Agent:
    """The bot of `model`, set up as `endpoints.yml` says but for the address of its actions."""
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action = ActionServer(action_url, **endpoints.action.kwargs)
    return await load_agent(model_path=str(model), endpoints=endpoints)


class ActionServer(EndpointConfig):
    """The action server, told no more of a conversation than actions read; Rasa would send all of it with every call."""

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call an action; returns what it did."""
        return await super().request(*args, **kwargs | {"json": shortened(kwargs["json"])})


def shortened(call: dict[str, Any]) -> dict[str, Any]:
    """The call of an action without the events before the last message; the slots hold what matters of those."""
    events = call["tracker"]["events"]
    messages = [place for place, event in enumerate(events) if event["event"] == "user"]
    return call | {"tracker": call["tracker"] | {"events": events[messages[-1] :] if messages else events}}
