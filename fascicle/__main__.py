"""Commands: `python -m fascicle chat`, `ask`, `serve`, `why`, and `library`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from fascicle import ROOT, environment, private
from fascicle.library import opened_or_exit, said

MODEL = ROOT / "models/fascicle.tar.gz"
CREDENTIALS = ROOT / "credentials.yml"


def chat(model: Path) -> int:
    """Chat in the terminal."""
    articles = opened_or_exit()

    from fascicle.shell import drawing, screen, starting  # imported late: the notice comes before all of Rasa is imported

    out = screen.console()
    drawing.draw_notice(out, articles)
    with ExitStack() as stack:
        with screen.waiting(out, said("shell", "starting")):
            running = stack.enter_context(starting.running(model, articles, warm=sys.stdin.isatty()))
        from fascicle.shell import talk
        from fascicle.web.page import questions

        article = articles.scope
        talk.chat(running, out, questions(article.topics[article.subject]) if article and not article.is_quoted else [])
    return 0


def ask(model: Path, texts: Sequence[str], as_json: bool) -> int:
    """Print the answers to questions, each as the next of one conversation. Returns 1 if one got none."""
    articles = opened_or_exit()

    from fascicle.shell import screen, starting

    out = screen.console()
    with starting.running(model, articles, warm=False) as running:
        from fascicle.shell import talk  # imported late: while Rasa is imported, the action server starts

        return 0 if talk.ask(running, out, texts, as_json=as_json) else 1


def serve(model: Path, host: str, port: int, credentials: Path, show_page: bool, actions_url: str | None) -> int:
    """Run the Rasa server with the web channel until told to stop, and the action server, unless one runs at `actions_url`."""
    from fascicle.bot import servers

    if not servers.is_free(port):
        print(f"Port {port} is in use. Choose another: make serve PORT={port + 1}", file=sys.stderr)
        return 1
    log_path = servers.state_folder() / "actions.log"
    url = f"http://{host}:{port}/chat/"
    with private.appending(log_path) as log, servers.action_server(log, actions_url) as actions:
        print(f"Starting. The chat will be at {url}message; Ctrl-C stops it.", flush=True)
        import sanic.app  # noqa: F401

        environment.hide_warnings()
        from fascicle.web import server as web_server  # imported late: while Rasa is imported, the action server starts

        web_server.run(
            model, actions.url, host, port, credentials,
            wait_for_actions=actions.wait, when_ready=lambda: show(url) if show_page else None,
        )  # fmt: skip
    return 0


def why(model: Path, texts: Sequence[str]) -> int:
    """Print why messages are answered as they are, each as the next of one conversation."""
    import sanic.app  # noqa: F401

    environment.hide_warnings()
    from fascicle.bot.why import explain
    from fascicle.operations import logs

    logs.to_stream()  # without what Rasa notes of each message
    print("\n".join(explain(model, opened_or_exit(), texts)))
    return 0


def show(url: str) -> None:
    """Say where the page is, and open it where there is a desktop to open it on."""
    print(f"The page with the chat on it is at {url}", flush=True)
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run a command. Returns the exit code."""
    if sys.argv[1:2] == ["library"]:
        from fascicle.library import (
            command as library_command,
        )  # imported late: to read pages takes imports that nothing else needs

        return library_command.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m fascicle", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    helped = {
        "chat": "chat in this terminal",
        "ask": "answer questions, and end",
        "serve": "serve the web channel",
        "why": "say why messages are answered so",
    }
    for name, help_text in helped.items():
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--model", type=Path, default=MODEL)
    commands.add_parser("library", add_help=False, help="fill and look at a library of articles")
    serving = commands.choices["serve"]
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serving.add_argument("--port", type=int, default=5005)
    serving.add_argument("--actions", metavar="URL", help="action server that runs already; one is started otherwise")
    serving.add_argument("--credentials", type=Path, default=CREDENTIALS, help="settings of the web channel")
    serving.add_argument("--page", action="store_true", help="show the page with the chat on it once it answers")
    commands.choices["ask"].add_argument("texts", nargs="+", metavar="QUESTION", help="questions of one conversation, in order")
    commands.choices["ask"].add_argument("--json", action="store_true", help="write a line of JSON for each question")
    commands.choices["why"].add_argument("texts", nargs="+", metavar="MESSAGE", help="messages of one conversation, in order")
    options = parser.parse_args()

    os.umask(0o077)  # for what the servers write beside what we open ourselves
    environment.prepare_to_serve()
    for end in (signal.SIGTERM, signal.SIGINT):  # also where a shell started us in the background, with Ctrl-C ignored
        signal.signal(end, _stop)
    if not options.model.is_file():
        print(f"There is no model at {options.model}: run `make train`.", file=sys.stderr)
        return 1
    from fascicle.errors import StartError

    try:
        if options.command == "chat":
            return chat(options.model)
        if options.command == "ask":
            return ask(options.model, options.texts, options.json)
        if options.command == "why":
            return why(options.model, options.texts)
        return serve(options.model, options.host, options.port, options.credentials, options.page, options.actions)
    except KeyboardInterrupt:
        return 130
    except StartError as error:
        print(f"Could not start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
