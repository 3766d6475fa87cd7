import asyncio
import hashlib
import io
import json
import logging
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import structlog
from channel_server import DEADLINE, echo, serving
from prometheus_client.parser import text_string_to_metric_families

from fascicle.bot.servers import HOST
from fascicle.bot.turn import FAULTS
from fascicle.errors import Unavailable
from fascicle.operations import logs
from fascicle.operations.observed import LEFT
from fascicle.operations.ratings import RATINGS
from fascicle.reply import KINDS
from fascicle.web.contract import REFUSALS

SENDER = "visitor_0123456789-abcdef"
SECRET = "zqxprivatezqx"
"""Stands in what people write; no log and no figure may have it."""
ADDRESS = "198.51.100.77"
GIVEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def log():
    """What is logged, as `serve` logs it."""
    root, ours, settings = logging.getLogger(), logging.getLogger("fascicle"), structlog.get_config()
    before = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    logs.to_stream(stream)
    yield stream
    structlog.configure(**settings)
    root.handlers, root.level, ours.level = before


@pytest.fixture
def lines(log):
    """Reads what is logged, each line as JSON."""
    return lambda: [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.fixture
def server(database):
    with serving({"trusted_proxies": 1, "limits": {"sender": "8 per minute"}}, database) as served:
        yield served


def asking(text=f"what helps with {SECRET}", **more) -> dict:
    return {"sender": SENDER, "message": text} | more


RATING = {"sender": SENDER, "message": "f" * 32, "rating": "unhelpful", "kind": "answer", "passages": ["als.outlook"]}


async def fail(message):
    raise ValueError(f"cannot handle {message.text} of {message.sender_id}")


async def say_nothing(message):
    pass


async def complain(message):
    """Log as Rasa does, with what it should keep to itself."""
    structlog.get_logger("rasa.core").warning("processor.message.strange", text=message.text, event_info=message.text)
    structlog.get_logger("rasa.core").error(f"cannot read {message.text}")
    logging.getLogger("rasa.core.lock").warning(f"no lock for {message.sender_id}")
    logging.getLogger("sanic.error").error("Exception in %s", message.text)
    try:
        await fail(message)
    except ValueError:
        logging.getLogger("rasa.core.processor").exception("Encountered an exception with '%s'", message.text)
    await echo(message)


def test_a_turn_is_one_line_of_facts(server, lines):
    server.call(body=asking())
    [line] = lines()
    assert line.keys() == {"time", "level", "event", "request", "route", "status", "kinds", "ms", "sender"}
    assert (line["event"], line["level"], line["route"], line["status"]) == ("request", "info", "message", 200)
    assert line["kinds"] == ["smalltalk", "smalltalk"]
    assert 0 < line["ms"] < 1000 * DEADLINE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["time"])


@pytest.mark.parametrize(
    ("request_", "route", "status", "code"),
    [
        ({"body": asking("")}, "message", 400, "empty"),
        ({"body": asking(sender="short")}, "message", 400, "bad_sender"),
        ({"body": b"{"}, "message", 400, "malformed"),
        ({"body": asking("a" * 100_000)}, "message", 413, "too_large"),
        ({"body": RATING | {"message": "e" * 32}, "path": "/feedback"}, "feedback", 404, "not_sent"),
        ({"body": RATING | {"kind": SECRET}, "path": "/feedback"}, "feedback", 400, "bad_rating"),
        ({"method": "DELETE", "path": f"/conversations/{SENDER}"}, "conversation", 204, None),
        ({"method": "OPTIONS", "path": f"/conversations/{SENDER}"}, "preflight_conversations", 204, None),
        ({"method": "GET", "path": "/widget.js"}, "widget_js", 200, None),
        ({"method": "GET", "path": "/message"}, "none", 405, None),
        ({"method": "GET", "path": f"/{SECRET}"}, "none", 404, None),
    ],
)
def test_every_request_is_one_line(server, lines, request_, route, status, code):
    response = server.call(**request_)
    [line] = lines()
    assert (line["route"], line["status"], line.get("code")) == (route, status, code)
    assert response.status_code == status
    assert response.headers["X-Request-Id"] == line["request"]


def test_machines_that_ask_again_and_again_leave_no_line_but_one_when_something_changes(server, lines):
    for path in ("/health", "/ready", "/ready", "/metrics"):
        server.call("GET", path=path)
    assert [(line["level"], line["event"]) for line in lines()] == [("warning", "Not ready: actions")]


@pytest.mark.parametrize("handle", [echo, say_nothing, fail, complain])
def test_no_log_says_what_people_write_or_who_they_are(server, log, handle):
    server.agent.handle = handle
    hostile = {"x_forwarded_for": ADDRESS, "x_request_id": SECRET}
    server.call(body=asking(), **hostile)
    server.call("GET", path=f"/{SECRET}", **hostile)
    server.call("DELETE", path=f"/conversations/{SENDER}", **hostile)
    server.call(body=RATING | {"comment": SECRET}, path="/feedback", **hostile)
    assert log.getvalue()
    shared = hashlib.sha256(SENDER.encode()).hexdigest()[:12]
    assert not [secret for secret in (SECRET, SENDER, ADDRESS, shared) if secret in log.getvalue()]


def test_what_libraries_complain_of_is_told_as_facts_under_the_request(server, lines):
    server.agent.handle = complain
    server.call(body=asking(), x_request_id=GIVEN)
    *complaints, _ = lines()
    assert {line["request"] for line in complaints} == {GIVEN}
    assert [line["event"] for line in complaints] == ["processor.message.strange", *["library"] * 4]
    assert [line["level"] for line in complaints] == ["warning", "error", "warning", "error", "error"]
    assert complaints[2]["logger"] == "rasa.core.lock"
    assert complaints[-1]["error"] == "ValueError"
    assert re.search(r"test_observed\.py:\d+ fail$", complaints[-1]["at"][-1])


def test_a_failed_turn_is_told_with_its_error(server, lines):
    server.agent.handle = fail
    server.call(body=asking())
    failed, line = lines()
    assert (failed["level"], failed["event"], failed["error"]) == ("error", "A turn failed", "ValueError")
    assert (line["status"], line["code"], line["kinds"]) == (200, "no_reply", ["error"])


def test_our_own_errors_say_what_is_wrong(server, lines, database, monkeypatch):
    async def broken(work):
        raise Unavailable("the database took more than 5 s")

    monkeypatch.setattr(database, "run", broken)
    server.call(body=RATING, path="/feedback")
    kept, line = lines()
    assert kept["error"] == "Unavailable: the database took more than 5 s"
    assert (line["level"], line["code"]) == ("warning", "not_kept")


@pytest.mark.parametrize("given", [GIVEN, "0123abcd-4567-89ab-cdef-0123456789ab"])
def test_a_request_keeps_the_id_that_the_proxy_gave_it(server, lines, given):
    response = server.call(body=asking(), x_request_id=given)
    assert response.headers["X-Request-Id"] == given
    assert {line["request"] for line in lines()} == {given}


@pytest.mark.parametrize("given", [None, "", "short", "my lip twitches all day", "x" * 32, "a" * 65, GIVEN + '"', SENDER])
def test_any_other_id_is_replaced(server, given):
    headers = {} if given is None else {"x_request_id": given}
    made = [server.call(body=asking(), **headers).headers["X-Request-Id"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", request) for request in made)
    assert made[0] != made[1] != given


def test_requests_that_run_at_once_keep_their_ids_apart(server, lines):
    barrier = threading.Barrier(4)

    async def wait_for_the_others(message):
        await asyncio.get_running_loop().run_in_executor(None, barrier.wait, DEADLINE)
        logging.getLogger("rasa").warning("something")
        await echo(message)

    server.agent.handle = wait_for_the_others
    ids = [f"{number:032x}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda id_: server.call(body=asking(sender=f"{SENDER}-{id_[-1]}"), x_request_id=id_), ids))
    told = [line["request"] for line in lines()]
    assert sorted(told) == sorted(ids * 2)


def test_a_sender_is_the_same_in_all_lines_of_a_process_and_another_in_the_next():
    here = {logs.short(SENDER), logs.short(SENDER)}
    logs._key.cache_clear()
    assert len(here | {logs.short(SENDER)}) == 2
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name in here)


def test_a_person_who_leaves_is_told_as_such(server, lines, wait_for):
    release, running = threading.Event(), threading.Event()

    async def answer(message):
        running.set()
        await asyncio.get_running_loop().run_in_executor(None, release.wait, DEADLINE)
        await echo(message)

    server.agent.handle = answer
    body = json.dumps(asking()).encode()
    with socket.create_connection((HOST, urlsplit(server.url).port)) as wire:
        head = f"POST /chat/message HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        wire.sendall(head.encode() + body)
        assert running.wait(DEADLINE)
    server.call("GET", path="/health")
    release.set()
    wait_for(lambda: [line for line in lines() if line.get("status") == LEFT], "the line is there", DEADLINE)


def figures(server) -> dict:
    """All figures but those of the process: by name and labels."""
    text = server.call("GET", path="/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(s.name, *s.labels.values()): s.value for s in samples if s.name.startswith("fascicle")}


def test_everything_is_counted_once(server):
    server.call(body=asking())
    server.agent.handle = fail
    server.call(body=asking())
    server.call(body=asking(""))
    server.rate(RATING)
    server.call("DELETE", path=f"/conversations/{SENDER}")
    now = {key: value for key, value in figures(server).items() if value and not key[0].endswith(("_created", "_sum", "_bucket"))}
    assert now == {
        ("fascicle_model_info", server.agent.model_id): 1,
        ("fascicle_turns_total", "smalltalk"): 1,
        ("fascicle_turns_total", "error"): 1,
        ("fascicle_turn_seconds_count",): 2,
        ("fascicle_errors_total", "no_reply"): 1,
        ("fascicle_refusals_total", "empty"): 1,
        ("fascicle_ratings_total", "answer", "unhelpful"): 1,
        ("fascicle_conversations_erased_total",): 1,
    }


def test_a_conversation_erased_in_the_chat_is_counted_as_one_erased_by_request(server):
    async def erase(message):
        await message.output_channel.send_response(message.sender_id, {"text": "It is gone.", "metadata": {"erase": True}})

    server.agent.handle = erase
    server.call(body=asking())
    assert figures(server)["fascicle_conversations_erased_total",] == 1


def test_turns_that_run_and_wait_are_counted_while_they_do(server, wait_for):
    release = threading.Event()

    async def answer(message):
        await asyncio.get_running_loop().run_in_executor(None, release.wait, DEADLINE)
        await echo(message)

    def now(name):
        return figures(server)[name,]

    server.agent.handle = answer
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(server.call, body=asking(sender=sender)) for sender in (SENDER, SENDER, SENDER[::-1])]
        wait_for(lambda: (now("fascicle_turns_running"), now("fascicle_turns_waiting")) == (2, 1), "two run, one waits", DEADLINE)
        release.set()
        assert [each.result(DEADLINE).status_code for each in asked] == [200] * 3
    wait_for(lambda: (now("fascicle_turns_running"), now("fascicle_turns_waiting")) == (0, 0), "all is done", DEADLINE)


def test_figures_have_no_labels_but_those_of_fixed_lists(server):
    server.call(body=asking(), x_forwarded_for=ADDRESS)
    server.call(body=asking(sender=SECRET), x_forwarded_for=ADDRESS)
    server.call(body=RATING | {"kind": SECRET}, path="/feedback")
    labels = {label for _, *rest in figures(server) for label in rest} - {server.agent.model_id}
    numbers = {label for label in labels if re.fullmatch(r"[\d.]+|\+Inf", label)}
    assert labels - numbers <= {*KINDS, *RATINGS, *FAULTS, *REFUSALS, "failed"}


def test_figures_of_two_servers_are_apart(server, database):
    with serving({}, database) as other:
        server.call(body=asking())
        assert figures(other)["fascicle_turn_seconds_count",] == 0


def test_figures_are_not_for_those_who_come_through_a_proxy(server):
    assert server.call("GET", path="/metrics", x_forwarded_for=ADDRESS).status_code == 404
