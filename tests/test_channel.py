import asyncio
import json
import secrets
import socket
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, TimeoutError, wait
from urllib.parse import urlsplit

import pytest
from channel_server import DEADLINE, echo, serving
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.io import read_config_file

from fascicle import ROOT, library
from fascicle.bot.servers import HOST
from fascicle.bot.turn import FAULTS
from fascicle.database import Database, conversation_of
from fascicle.errors import Unavailable
from fascicle.operations.ratings import TABLE as KEPT
from fascicle.web.channel import WebChannel
from fascicle.web.contract import MAX_BODY, REFUSALS
from fascicle.web.settings import Settings
from fascicle.web.throttle import MAX_RUNNING

SENDER = "visitor_0123456789-abcdef"
FRIEND = "https://friend.example"
STRANGER = "https://stranger.example"


async def say_nothing(message):
    pass


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('state') / 'test.sqlite'}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(database):
    with serving({"allowed_origins": [FRIEND], "limits": {"sender": "1000 per minute"}}, database) as served:
        yield served


@pytest.fixture
def rated(database):
    """Reads the ratings that are kept."""
    return lambda: asyncio.run(database.run(lambda connection: connection.execute(KEPT.select()).mappings().all()))


@pytest.fixture
def broken(database, monkeypatch):
    """A database that fails."""

    async def fail(work):
        raise Unavailable("broken")

    monkeypatch.setattr(database, "run", fail)


@pytest.fixture
def agent(server):
    server.agent.reset()
    return server.agent


@pytest.fixture
def call(server, agent):
    """Sends a request and returns the response."""
    return server.call


def lines(response) -> list[dict]:
    return [json.loads(line) for line in response.content.decode("utf-8").splitlines()]


def asking(text="what helps?", **more) -> dict:
    return {"sender": SENDER, "message": text} | more


def test_a_turn_is_answered_a_line_a_message(call, agent):
    response = call(body=asking("  Why does my lip twitch? 😬 "))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    *messages, last = lines(response)
    assert [message["text"] for message in messages] == ["Why does my lip twitch? 😬", "And that was that."]
    assert all(message.keys() == {"id", "kind", "text", "blocks", "passages", "citations", "buttons"} for message in messages)
    assert last == {"done": True}
    assert agent.got == [(SENDER, "Why does my lip twitch? 😬")]


def test_a_question_sent_again_with_its_id_gets_its_answer_again_and_is_no_second_turn(call, agent):
    first, again = (call(body=asking(sender="again" * 5, id="first")) for _ in range(2))
    assert again.content == first.content
    assert len(agent.got) == 1


@pytest.mark.parametrize(
    "other",
    [{"id": "another"}, {"message": "what causes it?"}, {"sender": "somebody-else-" * 2}, {"id": ""}],
    ids=["id", "words", "sender", "no id"],
)
def test_a_question_that_differs_in_anything_is_another(call, agent, other):
    sender = f"differs-{secrets.token_hex(8)}"
    for more in ({}, other):
        assert call(body={"sender": sender, "message": "what helps?", "id": "first"} | more).status_code == 200
    assert len(agent.got) == 2


def test_the_last_answers_are_kept_for_those_who_lost_them(call, agent):
    sender = f"last-{secrets.token_hex(10)}"
    for number in range(6):
        call(body=asking(sender=sender, id=f"id-{number}"))
    for number, turns in ((2, 6), (5, 6), (1, 7), (1, 7), (2, 8)):
        call(body=asking(sender=sender, id=f"id-{number}"))
        assert len(agent.got) == turns


def test_a_question_whose_turn_failed_can_be_asked_again(call, agent):
    async def fail(message):
        await echo(message)
        raise RuntimeError

    body = asking(sender=f"fails-{secrets.token_hex(10)}", id="first")
    agent.handle = fail
    assert lines(call(body=body))[0]["error"] == "no_reply"
    agent.handle = echo
    assert lines(call(body=body))[0]["text"] == "what helps?"


def test_answers_are_erased_with_their_conversation(call, agent):
    body = asking(sender=f"erased-{secrets.token_hex(10)}", id="first")
    call(body=body)
    assert call("DELETE", path=f"/conversations/{body['sender']}").status_code == 204
    call(body=body)
    assert len(agent.got) == 2


@pytest.mark.parametrize("request_id", [1, None, ["a"], "a b", "x" * 65, "é"])
def test_an_id_that_is_none_is_refused(call, agent, request_id):
    response = call(body=asking(id=request_id))
    assert (response.status_code, response.json()["error"]) == (400, "malformed")
    assert agent.got == []


def test_nothing_is_sent_before_the_turn_is_over(server, agent):
    over = threading.Event()

    async def answer_and_wait(message):
        await message.output_channel.send_response(message.sender_id, {"text": "saved"})
        await asyncio.get_running_loop().run_in_executor(None, over.wait, DEADLINE)

    agent.handle = answer_and_wait
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(server.call, body=asking())
        with pytest.raises(TimeoutError):
            asked.result(0.3)
        over.set()
        assert [message.get("text") for message in lines(asked.result(DEADLINE))] == ["saved", None]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"payload": '/ask_outlook{"topic": "als"}'}, '/ask_outlook{"topic": "als"}'),
        ({"payload": "/ask_help", "message": None}, "/ask_help"),
        ({"message": "/restart"}, "restart"),
        ({"message": "half an emoji \ud83d"}, "half an emoji"),
    ],
)
def test_only_an_offered_payload_reaches_the_bot_as_a_command(call, agent, body, text):
    assert call(body={"sender": SENDER} | body).status_code == 200
    assert agent.got == [(SENDER, text)]


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_known_by_any_of_its_spellings(call, content_type):
    assert call(body=asking(), content_type=content_type).status_code == 200


def test_a_turn_without_a_message_ends_in_an_error(call, agent):
    agent.handle = say_nothing
    response = call(body=asking())
    assert response.status_code == 200
    assert lines(response) == [{"error": "no_reply", "kind": "error", "text": FAULTS["no_reply"]}, {"done": True}]


REFUSED = [
    ("not_json", {"body": asking(), "content_type": "text/plain"}),
    ("not_json", {"body": asking(), "content_type": "application/x-www-form-urlencoded"}),
    ("not_json", {"body": asking(), "content_type": None}),
    ("too_large", {"body": asking("a" * 9 * 1024)}),
    ("malformed", {"body": b""}),
    ("malformed", {"body": b'{"sender": '}),
    ("malformed", {"body": [asking()]}),
    ("malformed", {"body": b"null"}),
    ("malformed", {"body": b"\xff\xfe" + json.dumps(asking()).encode()}),
    ("malformed", {"body": json.dumps(asking("André"), ensure_ascii=False).encode("latin-1")}),
    ("malformed", {"body": b"[" * (MAX_BODY - 1)}),
    ("malformed", {"body": b'{"sender":' * 800}),
    ("malformed", {"body": {"message": "what helps?"}}),
    ("malformed", {"body": {"sender": 12345678901234567890123, "message": "what helps?"}}),
    ("malformed", {"body": {"sender": SENDER}}),
    ("malformed", {"body": asking(payload="/ask_help")}),
    ("malformed", {"body": asking(["what helps?"])}),
    ("bad_sender", {"body": asking(sender="short")}),
    ("bad_sender", {"body": asking(sender="x" * 65)}),
    ("bad_sender", {"body": asking(sender="visitor with spaces 123")}),
    ("bad_sender", {"body": asking(sender=SENDER + "\n")}),
    ("bad_sender", {"body": asking(sender="é" * 22)}),
    ("origin", {"body": asking(), "origin": STRANGER}),
    ("origin", {"body": asking(), "origin": "null"}),
    ("origin", {"body": asking(), "origin": FRIEND + ".evil.example"}),
]


@pytest.mark.parametrize(("code", "request_"), REFUSED)
def test_a_request_that_breaks_the_contract_is_refused(call, agent, code, request_):
    response = call(**request_)
    status, text = REFUSALS[code]
    assert (response.status_code, response.json()) == (status, {"error": code, "kind": "error", "text": text})
    assert agent.got == []


def test_every_refusal_is_tried():
    assert {code for code, _ in REFUSED} | {
        "bad_rating",
        "host",
        "busy",
        "too_many",
        "overloaded",
        "not_sent",
        "not_kept",
        "not_erased",
    } == REFUSALS.keys()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (asking(""), "empty"),
        (asking(" \n "), "empty"),
        (asking("a" * 1001), "too_long"),
        ({"sender": SENDER, "payload": "/restart"}, "unknown_payload"),
    ],
)
def test_what_the_bot_cannot_answer_is_refused(call, agent, body, code):
    response = call(body=body)
    assert (response.status_code, response.json()["error"], response.json()["text"]) == (400, code, FAULTS[code])
    assert agent.got == []


def cors(response) -> dict[str, str]:
    names = {name.lower(): value for name, value in response.headers.items()}
    assert "access-control-allow-credentials" not in names
    return {name: value for name, value in names.items() if name.startswith("access-control-") or name == "vary"}


@pytest.mark.parametrize("body", [asking(), asking(""), asking(sender="short")], ids=["answer", "fault", "refusal"])
def test_a_listed_origin_may_read_what_comes_back(call, body):
    response = call(body=body, origin=FRIEND)
    assert cors(response) == {
        "access-control-allow-origin": FRIEND,
        "access-control-expose-headers": "Retry-After, X-Request-Id",
        "vary": "Origin",
    }


def test_its_own_pages_and_programs_need_no_permission(call, server):
    own = call(body=asking(), origin=server.url.removesuffix("/chat"))
    program = call(body=asking())
    assert [(response.status_code, cors(response)) for response in (own, program)] == [(200, {})] * 2


def test_a_preflight_of_a_listed_origin_is_granted(call):
    response = call("OPTIONS", origin=FRIEND, access_control_request_method="POST")
    assert (response.status_code, response.content) == (204, b"")
    assert cors(response) == {
        "access-control-allow-origin": FRIEND,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "Content-Type",
        "access-control-max-age": "600",
        "access-control-expose-headers": "Retry-After, X-Request-Id",
        "vary": "Origin",
    }


def test_a_preflight_of_another_origin_is_refused(call):
    response = call("OPTIONS", origin=STRANGER, access_control_request_method="POST")
    assert (response.status_code, response.json()["error"], cors(response)) == (403, "origin", {})


@pytest.mark.parametrize("accept", ["text/html", "application/json;", "nonsense", "\xff"])
def test_a_message_cannot_be_sent_with_get(call, accept):
    response = call("GET", accept=accept)
    assert (response.status_code, response.text) == (405, "Method Not Allowed")
    assert "POST" in response.headers["Allow"]


RATING = {
    "sender": SENDER,
    "message": "0123456789abcdef" * 2,
    "rating": "helpful",
    "kind": "answer",
    "passages": ["als.outlook"],
}


def test_a_rating_is_kept_without_the_sender(server, rated):
    response = server.rate(RATING, origin=FRIEND)
    assert (response.status_code, response.content) == (204, b"")
    assert cors(response)["access-control-allow-origin"] == FRIEND
    [row] = rated()
    assert (row["message"], row["rating"], row["kind"], row["passages"]) == (*list(RATING.values())[1:4], "als.outlook")
    assert SENDER not in str(row)


@pytest.mark.parametrize("change", [{"message": "e" * 32}, {"sender": SENDER[::-1]}])
def test_only_a_message_that_was_sent_in_that_conversation_is_rated(server, rated, change):
    message = lines(server.call(body=asking()))[0]["id"]
    before = len(rated())
    refused = server.call(body=RATING | {"message": message} | change, path="/feedback")
    status, text = REFUSALS["not_sent"]
    assert (refused.status_code, refused.json()) == (status, {"error": "not_sent", "kind": "error", "text": text})
    assert len(rated()) == before
    assert server.call(body=RATING | {"message": message}, path="/feedback").status_code == 204


@pytest.mark.usefixtures("agent")
def test_a_message_of_a_conversation_that_was_erased_is_not_rated(server, rated):
    message = lines(server.call(body=asking()))[0]["id"]
    assert server.call("DELETE", path=PATH).status_code == 204
    before = len(rated())
    assert server.call(body=RATING | {"message": message}, path="/feedback").status_code == 404
    assert len(rated()) == before


@pytest.mark.parametrize(
    ("code", "request_"),
    [
        ("bad_rating", {"body": {"sender": SENDER}}),
        ("bad_rating", {"body": RATING | {"comment": "more words"}}),
        ("bad_rating", {"body": RATING | {"passages": ["als.nothing"]}}),
        ("bad_sender", {"body": RATING | {"sender": "short"}}),
        ("malformed", {"body": [RATING]}),
        ("not_json", {"body": RATING, "content_type": "text/plain"}),
        ("too_large", {"body": RATING | {"passages": ["als.outlook"] * 1000}}),
        ("origin", {"body": RATING, "origin": STRANGER}),
    ],
)
def test_a_rating_that_breaks_the_contract_is_refused(call, code, request_):
    response = call(path="/feedback", **request_)
    status, text = REFUSALS[code]
    assert (response.status_code, response.json()) == (status, {"error": code, "kind": "error", "text": text})


@pytest.mark.usefixtures("broken")
def test_a_rating_that_cannot_be_kept_is_said_to_be_lost(call):
    response = call(body=RATING, path="/feedback")
    assert (response.status_code, response.json()["error"]) == (503, "not_kept")
    assert "Traceback" not in response.text


def test_a_body_too_large_for_the_server_is_refused_in_the_same_words(call):
    response = call(body=asking("a" * 100_000), origin=FRIEND)
    assert (response.status_code, response.json()["error"]) == (413, "too_large")
    assert cors(response)["access-control-allow-origin"] == FRIEND


def test_a_fault_of_ours_shows_no_detail(call, monkeypatch):
    def fail(request):
        raise RuntimeError("secret")

    monkeypatch.setattr("fascicle.web.channel.read_request", fail)
    response = call(body=asking())
    assert (response.status_code, response.json()) == (500, {"error": "failed", "kind": "error", "text": FAULTS["no_reply"]})


@pytest.fixture(scope="module")
def named(database):
    """A channel that goes by one name."""
    with serving({"hosts": ["bot.example.org"]}, database) as served:
        yield served


@pytest.mark.parametrize("host", ["bot.example.org", "bot.example.org:8080", "BOT.example.org.", "127.0.0.1:5005", "[::1]:5005"])
def test_it_answers_under_its_own_names(named, host):
    assert named.call(body=asking(), host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:5005", "bot.example.org.evil.example", "xbot.example.org", "127.0.0.1.evil.example", ""],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/message"),
        ("POST", "/feedback"),
        ("DELETE", "/conversations/" + "x" * 22),
        ("OPTIONS", "/message"),
        ("GET", "/frame"),
    ],
)
def test_a_foreign_name_is_refused(named, host, method, path):
    before = len(named.agent.got)
    response = named.call(method, body=asking(), path=path, host=host, origin=f"http://{host}")
    status, text = REFUSALS["host"]
    assert (response.status_code, response.json()) == (status, {"error": "host", "kind": "error", "text": text})
    assert len(named.agent.got) == before


def test_without_a_list_of_names_every_name_will_do(call):
    assert call(body=asking(), host="anything.example").status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "warnings"),
    [
        (0, "198.51.100.1", 1),
        (1, "198.51.100.1, 127.0.0.1", 1),
        (1, "198.51.100.1", 0),
        (1, "127.0.0.1", 0),
        (0, "nonsense", 0),
        (0, None, 0),
    ],
)
def test_who_is_not_limited_because_of_the_settings_is_warned_of_once(database, caplog, proxies, forwarded, warnings):
    with serving({"trusted_proxies": proxies}, database) as served:
        for _ in range(3):
            assert served.call(body=asking(), x_forwarded_for=forwarded).status_code == 200
    said = [record.getMessage() for record in caplog.records if "trusted_proxies" in record.getMessage()]
    assert len(said) == warnings
    assert "198.51.100.1" not in "".join(said)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://bot.example.org", "sec_fetch_site": "same-origin"}, 200),
        ({"origin": "https://bot.example.org", "sec_fetch_site": "cross-site"}, 403),
        ({"origin": "https://bot.example.org"}, 403),
    ],
)
def test_its_own_pages_are_known_behind_a_proxy_that_changes_the_host(call, headers, status):
    assert call(body=asking(), **headers).status_code == status


@pytest.fixture
def limited(database):
    """A channel that takes little, behind one proxy that says who asks."""
    limits = {"sender": "3 per minute", "address": "5 per minute"}
    with serving({"allowed_origins": [FRIEND], "trusted_proxies": 1, "limits": limits}, database) as served:
        yield served


def sender(number) -> str:
    return f"{SENDER}-{number}"


def test_a_conversation_that_asks_too_often_is_told_to_wait(limited):
    answers = [limited.call(body=asking(), origin=FRIEND) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json() == {"error": "too_many", "kind": "error", "text": REFUSALS["too_many"][1]}
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert cors(answers[3])["access-control-expose-headers"].startswith("Retry-After")
    assert limited.call(body=asking(sender=sender(1))).status_code == 200
    assert len(limited.agent.got) == 4


def test_ratings_count_as_requests_of_their_conversation(limited):
    assert [limited.rate(RATING).status_code for _ in range(4)] == [204, 204, 204, 429]


def test_an_address_that_asks_too_often_is_told_to_wait_whatever_sender_it_makes_up(limited):
    one, other = "198.51.100.1", "198.51.100.2"
    sent = [limited.call(body=asking(sender=sender(n)), x_forwarded_for=f"192.0.2.{n}, {one}") for n in range(6)]
    assert [response.status_code for response in sent] == [200] * 5 + [429]
    assert limited.call(body=asking(sender=sender(6)), x_forwarded_for=other).status_code == 200


def test_requests_that_are_refused_count_for_their_address(limited):
    sent = [limited.call(body=b"{", x_forwarded_for="198.51.100.1").status_code for _ in range(6)]
    assert sent == [400] * 5 + [429]


def test_questions_of_one_conversation_are_answered_one_after_the_other(server, agent):
    release, running = threading.Event(), []

    async def answer(message):
        running.append(message.text)
        assert len(running) == 1
        await asyncio.get_running_loop().run_in_executor(None, release.wait, DEADLINE)
        await echo(message)
        running.remove(message.text)

    agent.handle = answer
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(server.call, body=asking(f"question {number}")) for number in range(3)]
        done, _ = wait(asked, DEADLINE, FIRST_COMPLETED)
        release.set()
        answers = [each.result(DEADLINE) for each in asked]
    assert sorted(response.status_code for response in answers) == [200, 200, 429]
    [refused] = done
    assert refused.result().json()["error"] == "busy"
    assert refused.result().headers["Retry-After"] == "1"


@pytest.fixture
def small(database):
    """A channel that takes four questions at a time."""
    with serving({"limits": {"at_once": 4}}, database) as served:
        yield served


def test_more_questions_than_it_can_hold_are_turned_down_at_once_and_it_recovers(small):
    release = threading.Event()

    async def answer(message):
        await asyncio.get_running_loop().run_in_executor(None, release.wait, DEADLINE)
        await echo(message)

    small.agent.handle = answer
    with ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(small.call, body=asking(sender=sender(number))) for number in range(40)]
        refused = set()
        while len(refused) < 36:
            done, _ = wait(set(asked) - refused, DEADLINE, FIRST_COMPLETED)
            assert done, "more wait than may"
            refused |= done
        assert small.call("GET", path="/health").status_code == 200
        release.set()
        answered = [each.result(DEADLINE) for each in set(asked) - refused]
    for response in (each.result() for each in refused):
        assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
        assert response.json() == {"error": "overloaded", "kind": "error", "text": REFUSALS["overloaded"][1]}
    assert [response.status_code for response in answered] == [200] * 4
    assert small.call(body=asking()).status_code == 200


def test_of_many_questions_few_run_and_all_are_answered(server, agent):
    running, most = 0, 0

    async def answer(message):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        await echo(message)
        running -= 1

    agent.handle = answer
    with ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(server.call, body=asking(sender=sender(number))) for number in range(30)]
        assert {each.result(DEADLINE).status_code for each in asked} == {200}
    assert most == MAX_RUNNING


@pytest.mark.parametrize("code", ["busy", "too_many", "overloaded", "too_large"])
def test_who_is_turned_down_is_told_what_to_do_in_an_emergency(code):
    assert REFUSALS[code][1].endswith("In an emergency, call your local emergency number now.")


PATH = f"/conversations/{SENDER}"


@pytest.fixture
def erasures(agent, monkeypatch):
    """The senders whose conversations were erased."""
    erased = []

    async def note(sender):
        erased.append(sender)

    monkeypatch.setattr(agent.tracker_store, "erase", note)
    return erased


def test_a_conversation_is_erased_with_its_ratings_and_no_other(server, call, rated):
    for who in (SENDER, sender(1)):
        assert server.rate(RATING | {"sender": who}).status_code == 204
    for _ in range(2):
        response = call("DELETE", path=PATH, origin=FRIEND)
        assert (response.status_code, response.content) == (204, b"")
        assert cors(response)["access-control-allow-origin"] == FRIEND
    assert [row["conversation"] for row in rated()] == [conversation_of(sender(1))]


def test_a_running_turn_ends_before_its_conversation_is_erased(server, agent, monkeypatch, wait_for):
    release, log = threading.Event(), []

    async def answer(message):
        log.append("turn begins")
        await asyncio.get_running_loop().run_in_executor(None, release.wait, DEADLINE)
        await echo(message)
        log.append("turn ends")

    async def erase(sender):
        log.append("erased")

    agent.handle = answer
    monkeypatch.setattr(agent.tracker_store, "erase", erase)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(server.call, body=asking()) for _ in range(2)]
        wait_for(
            lambda: "fascicle_turns_waiting 1.0" in server.call("GET", path="/metrics").text, "one runs, one waits", DEADLINE
        )
        erased = pool.submit(server.call, "DELETE", path=PATH)
        other = server.call("DELETE", path=f"/conversations/{sender(1)}")
        assert (other.status_code, erased.done()) == (204, False)
        release.set()
        assert [each.result(DEADLINE).status_code for each in (*asked, erased)] == [200, 200, 204]
    assert log == ["turn begins", "erased", "turn ends", "turn begins", "turn ends", "erased"]


def test_a_conversation_is_erased_even_if_nobody_waits_for_it(server, agent, erasures, wait_for):
    release, running = threading.Event(), threading.Event()

    async def answer(message):
        running.set()
        await asyncio.get_running_loop().run_in_executor(None, release.wait, DEADLINE)
        await echo(message)

    agent.handle = answer
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(server.call, body=asking())
        assert running.wait(DEADLINE)
        with socket.create_connection((HOST, urlsplit(server.url).port)) as wire:
            wire.sendall(f"DELETE /chat{PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert server.call("DELETE", path=f"/conversations/{sender(1)}").status_code == 204
        release.set()
        assert asked.result(DEADLINE).status_code == 200
    wait_for(lambda: SENDER in erasures, "the conversation is erased", DEADLINE)


@pytest.mark.usefixtures("broken")
def test_a_conversation_that_cannot_be_erased_is_said_not_to_be(call):
    response = call("DELETE", path=PATH)
    status, text = REFUSALS["not_erased"]
    assert (response.status_code, response.json()) == (status, {"error": "not_erased", "kind": "error", "text": text})
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/conversations/short", {}, "bad_sender"),
        (f"/conversations/{'x' * 65}", {}, "bad_sender"),
        (f"{PATH}%0A", {}, "bad_sender"),
        (PATH, {"origin": STRANGER}, "origin"),
    ],
)
def test_an_erasure_that_breaks_the_contract_is_refused(call, erasures, path, headers, code):
    response = call("DELETE", path=path, **headers)
    assert (response.status_code, response.json()["error"]) == (REFUSALS[code][0], code)
    assert erasures == []


def test_erasures_count_as_requests_of_their_conversation(limited):
    assert [limited.call("DELETE", path=PATH).status_code for _ in range(4)] == [204, 204, 204, 429]


def test_a_page_of_a_listed_site_may_erase(call):
    granted = call("OPTIONS", path=PATH, origin=FRIEND, access_control_request_method="DELETE")
    assert (granted.status_code, cors(granted)["access-control-allow-methods"]) == (204, "DELETE")
    assert call("OPTIONS", path=PATH, origin=STRANGER).status_code == 403


@pytest.mark.parametrize(
    ("credentials", "word"),
    [
        ({"allowed_origins": ["https://www.example.org/"]}, "allowed_origins"),
        ({"allowed_origins": ["*"]}, "allowed_origins"),
        ({"allowed_origins": ["https://a.example; script-src *"]}, "allowed_origins"),
        ({"allowed_origins": [7]}, "allowed_origins"),
        ({"trusted_proxies": "one"}, "trusted_proxies"),
        ({"trusted_proxies": -1}, "trusted_proxies"),
        ({"trusted_proxies": True}, "trusted_proxies"),
        ({"limits": {"sender": "often"}}, "limits"),
        ({"limits": {"senders": "1 per minute"}}, "senders"),
        ({"limits": {"storage": "nowhere://"}}, "limits"),
        ({"limits": {"at_once": 0}}, "at_once"),
        ({"limits": {"at_once": "many"}}, "at_once"),
        ({"page": "no"}, "page"),
        ({"hosts": ["https://bot.example.org"]}, "hosts"),
        ({"hosts": ["bot.example.org:443"]}, "hosts"),
        ({"hosts": [7]}, "hosts"),
        ({"origins": []}, "origins"),
    ],
)
def test_settings_that_mean_nothing_are_refused_in_words(credentials, word, database):
    with pytest.raises(RasaException, match=f"credentials.yml: .*{word}"):
        WebChannel(Settings.of(credentials), database, library.opened())


def test_the_settings_that_come_with_it_are_those_it_has_without():
    written = read_config_file(ROOT / "credentials.yml")
    assert Settings.of(written["fascicle.web.channel.WebChannel"]) == Settings.of({}) == Settings()
