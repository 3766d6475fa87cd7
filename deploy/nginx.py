"""Writes nginx's settings: `python -m deploy.nginx --rasa HOST:PORT ... --actions HOST:PORT ...` prints them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fascicle import environment

TEMPLATES = Path(__file__).parent / "templates"
RETRY_SECONDS = 5
ACTION_SECONDS = 2
"""How long an action may take before the next action server is asked. A busy machine takes a second at times."""
ASKED = ("message", "feedback")
"""Paths of the channel that people's words and ratings are sent to."""


@dataclass(frozen=True)
class Refusal:
    """What nginx says itself where no Rasa server does, in the channel's own form."""

    status: int
    body: str
    retry_after: int = 0


def templates() -> Environment:
    """The templates of this folder."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["quoted"] = quoted
    return made


def settings(
    *,
    listen: str,
    actions_listen: str,
    rasa: Sequence[str],
    actions: Sequence[str],
    folder: str,
    scratch: str = "",
    user: str = "",
) -> str:
    """What stands in nginx.conf.

    Args:
        listen: address and port that people reach.
        actions_listen: address and port that the Rasa servers call actions at.
        rasa: address and port of each Rasa server.
        actions: address and port of each action server.
        folder: where it notes its process id.
        scratch: where its workers keep files for a moment, if that is another folder.
        user: whom its workers run as, where it is started by root.
    """
    environment.prepare_to_serve()
    import sanic.app  # noqa: F401

    environment.hide_warnings()
    from fascicle.web.channel import ERASE_SECONDS  # imported late: it brings Rasa with it
    from fascicle.web.contract import MAX_BODY, SENDER
    from fascicle.web.files import PUBLIC

    return templates().get_template("nginx.conf").render(
        listen=listen, actions_listen=actions_listen, rasa=rasa, actions=actions, folder=folder,
        scratch=scratch or folder, user=user, asked=ASKED, read=("health", "ready", *PUBLIC),
        max_body=MAX_BODY, sender=SENDER.pattern, action_seconds=ACTION_SECONDS,
        erase_seconds=int(ERASE_SECONDS) + 5, refusals=_refusals(),
    )  # fmt: skip


def _refusals() -> dict[str, Refusal]:
    from fascicle.bot.turn import FAULTS
    from fascicle.web.contract import REFUSALS

    status, text = REFUSALS["too_large"]
    return {
        "no_reply": Refusal(503, _error("no_reply", FAULTS["no_reply"]), RETRY_SECONDS),
        "too_large": Refusal(status, _error("too_large", text)),
    }


def _error(code: str, text: str) -> str:
    return json.dumps({"error": code, "kind": "error", "text": text})


def quoted(text: str) -> str:
    """The text as a string of nginx.

    Raises:
        ValueError: it has a `$`, which nginx would take for a variable.
    """
    if "$" in text:
        raise ValueError(f"nginx cannot say {text!r}: it takes $ for a variable")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def main() -> int:
    """Print the settings. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.nginx", description=__doc__)
    parser.add_argument("--listen", default="8080")
    parser.add_argument("--actions-listen", default="5055")
    parser.add_argument("--rasa", nargs="+", required=True)
    parser.add_argument("--actions", nargs="+", required=True)
    parser.add_argument("--folder", default="/tmp")
    options = parser.parse_args()
    print(settings(**vars(options)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
