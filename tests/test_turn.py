import asyncio

import pytest

from fascicle import library
from fascicle.bot.turn import CHANNEL, FAULTS, MAX_MESSAGE, checked_payload, checked_text, fault_message, replies
from fascicle.errors import Conflict, Fault
from fascicle.reply import Block, Reply


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("How is ALS treated?", "How is ALS treated?"),
        ("  what\r\nhelps?\t", "what\nhelps?"),
        ("what\x00hel\x1bps\x7f", "what hel ps"),
        ("zero\u200bwidth\u202ewords", "zero width words"),
        ("line\u2028separator", "line\nseparator"),
        ("why 😬 does it twitch", "why 😬 does it twitch"),
        ("half an emoji\ud83dhere", "half an emoji here"),
        ("3", "3"),
        ("Grüße, señor", "Grüße, señor"),
        ("what is паркинсон disease", "what is паркинсон disease"),
        ("a" * MAX_MESSAGE, "a" * MAX_MESSAGE),
        # never a command
        ('/ask_outlook{"topic": "als"}', 'ask_outlook{"topic": "als"}'),
        ("//restart", "restart"),
        (" / /restart", "restart"),
        ("/\u00a0/restart", "restart"),
        ("\u200b/\x00/restart", "restart"),
        ("and/or", "and/or"),
        ("?!...", "?!..."),
        ("почему дергается губа", "почему дергается губа"),
    ],
)
def test_what_was_typed_is_made_fit_to_read(typed, text):
    assert checked_text(typed) == text


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u00a0\u200b", "empty"),
        ("\x00\x07", "empty"),
        ("\ud83d", "empty"),
        ("/", "empty"),
        ("a" * 10_000, "too_long"),
        (" " * 10_000, "too_long"),
    ],
)
def test_what_cannot_be_read_is_refused(typed, code):
    with pytest.raises(Fault) as fault:
        checked_text(typed)
    assert fault_message(fault.value) == {"error": code, "kind": "error", "text": FAULTS[code]}


@pytest.mark.parametrize("payload", ['/ask_outlook{"topic": "als"}', "/ask_help"])
def test_a_payload_that_the_bot_offers_is_accepted(payload):
    assert checked_payload(payload, library.OneArticle(library.default())) == payload


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "/restart",
        "/ask_outlook",
        '/ask_outlook{"topic": "caffeine"}',
        '/ask_outlook{"topic": "als", "told": []}',
        '/ask_outlook{"topic":"als"}',
        ' /ask_outlook{"topic": "als"}',
        "EXTERNAL: /ask_help",
        "\ud83d",
    ],
)
def test_any_other_payload_is_refused(payload):
    with pytest.raises(Fault, match="unknown_payload"):
        checked_payload(payload, library.OneArticle(library.default()))


EMERGENCY = Reply("emergency", (Block("Call for help now."),))


class FakeBot:
    """Does with a message what `handle` says; takes it for an emergency if there is a response to one."""

    def __init__(self, handle, alarm=None, erase=None):
        self.handle_message, self._alarm, self._erase, self.erased = handle, alarm, erase, []

    articles = library.opened()

    async def alarm(self, text, country):
        if isinstance(self._alarm, Exception):
            raise self._alarm
        return self._alarm

    async def erase(self, sender):
        if self._erase:
            raise self._erase
        self.erased.append(sender)


def turn(handle, **more) -> list[dict]:
    return told_by(FakeBot(handle, **more))


def told_by(bot) -> list[dict]:
    async def collect():
        return [message async for message in replies(bot, "someone", "what helps?")]

    return asyncio.run(collect())


def test_messages_come_in_order_each_with_an_id():
    async def handle(message):
        await message.output_channel.send_response(message.sender_id, {"text": "First line\nSecond line"})
        await message.output_channel.send_response(message.sender_id, {"text": "Then this"})

    first, second = turn(handle)
    assert (first["text"], second["text"]) == ("First line\nSecond line", "Then this")
    assert [block["spans"] for block in first["blocks"]] == [[{"text": "First line"}], [{"text": "Second line"}]]
    assert first["id"] != second["id"]


def test_the_handler_gets_text_sender_and_channel():
    got = []

    async def handle(message):
        got.append((message.text, message.sender_id, message.input_channel, message.output_channel.name()))

    turn(handle)
    assert got == [("what helps?", "someone", CHANNEL, CHANNEL)]


def test_a_reply_of_an_action_is_structured():
    async def handle(message):
        reply = {"kind": "answer", "blocks": [{"text": "It says:"}, {"passage": "als.outlook"}]}
        buttons = [{"title": "Help", "payload": "/ask_help", "type": "extra"}]
        await message.output_channel.send_response("someone", {"text": "?", "reply": reply, "buttons": buttons})

    [message] = turn(handle)
    passage = library.default().passage_by_id("als.outlook")
    assert message["kind"] == "answer"
    assert message["text"] == f"It says:\n{passage.text}"
    assert [citation["passage"] for citation in message["citations"]] == ["als.outlook"]
    assert message["buttons"] == [{"title": "Help", "payload": "/ask_help"}]


@pytest.mark.parametrize(("metadata", "kind"), [({"kind": "emergency"}, "emergency"), ({}, "smalltalk"), (None, "smalltalk")])
def test_a_response_of_the_domain_has_the_kind_it_names(metadata, kind):
    async def handle(message):
        await message.output_channel.send_response("someone", {"text": "Hi", "metadata": metadata})

    [message] = turn(handle)
    assert (message["kind"], message["passages"], message["citations"]) == (kind, [], [])


async def say_nothing(message):
    pass


async def fail(message):
    raise RuntimeError("the model is gone")


async def name_no_passage(message):
    reply = {"kind": "answer", "blocks": [{"passage": "als.nothing"}]}
    await message.output_channel.send_response("someone", {"reply": reply})


async def say_something_and_fail(message):
    await message.output_channel.send_response("someone", {"text": "This is not saved"})
    raise RuntimeError("the database is gone")


FAILING = [say_nothing, fail, name_no_passage, say_something_and_fail]


@pytest.mark.parametrize("handle", FAILING)
def test_a_turn_that_fails_says_so_and_delivers_nothing_else(handle):
    assert turn(handle) == [{"error": "no_reply", "kind": "error", "text": FAULTS["no_reply"]}]


@pytest.mark.parametrize("handle", FAILING)
def test_an_emergency_is_answered_though_the_turn_fails(handle):
    [message] = turn(handle, alarm=EMERGENCY)
    assert (message["kind"], message["text"]) == ("emergency", EMERGENCY.blocks[0].text)


def test_that_it_cannot_be_told_from_an_emergency_does_not_hide_the_fault():
    assert [message["error"] for message in turn(fail, alarm=RuntimeError("no model"))] == ["no_reply"]


@pytest.mark.parametrize(("conflicts", "last"), [(1, "answer"), (2, FAULTS["no_reply"])])
def test_a_turn_that_another_process_was_faster_than_is_tried_once_more(conflicts, last):
    tried = []

    async def handle(message):
        tried.append(message.text)
        await message.output_channel.send_response("someone", {"text": "answer"})
        if len(tried) <= conflicts:
            raise Conflict

    assert [message["text"] for message in turn(handle)] == [last]
    assert len(tried) == 2


def farewell(metadata):
    async def handle(message):
        await message.output_channel.send_response("someone", {"text": "It is deleted.", "metadata": metadata})

    return handle


@pytest.mark.parametrize(("metadata", "erased"), [({"erase": True}, ["someone"]), ({"erase": False}, []), ({}, []), (None, [])])
def test_a_response_that_says_so_erases_the_conversation(metadata, erased):
    bot = FakeBot(farewell(metadata))
    messages = told_by(bot)
    assert [message["text"] for message in messages] == ["It is deleted."]
    assert bot.erased == erased
    assert [message.get("erased", False) for message in messages] == [bool(erased)]


def test_a_conversation_that_cannot_be_erased_is_not_called_deleted():
    messages = turn(farewell({"erase": True}), erase=RuntimeError("the database is gone"))
    assert messages == [{"error": "not_erased", "kind": "error", "text": FAULTS["not_erased"]}]


def test_nothing_is_erased_by_a_turn_that_failed():
    async def handle(message):
        await farewell({"erase": True})(message)
        raise RuntimeError

    bot = FakeBot(handle)
    told_by(bot)
    assert bot.erased == []


def test_a_reader_who_does_not_wait_does_not_break_the_turn():
    done = []

    async def leave():
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def handle(message):
            begun.set()
            await go_on.wait()
            done.append(True)

        reading = asyncio.ensure_future(replies(FakeBot(handle), "someone", "what helps?").__anext__())
        await begun.wait()
        reading.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([reading])
        assert reading.cancelled()

    asyncio.run(leave())
    assert done == [True]
