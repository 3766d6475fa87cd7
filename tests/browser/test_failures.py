"""When no answer comes, the person reads why and can ask again; nothing they wrote is lost."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from fake_bot import Answer, Bot, Gate, answer, fails, says, sends
from playwright.sync_api import expect
from visitor import Visitor

LINE = json.dumps(answer("als")) + "\n"
EMERGENCY = " In an emergency, call your local emergency number."
FAILED = "Something went wrong, so there is no answer." + EMERGENCY
BROKEN = "The connection broke off before the answer was complete." + EMERGENCY


@pytest.mark.parametrize(
    ("failure", "words", "answers"),
    [
        (fails(500), FAILED, 0),
        (fails(503), FAILED, 0),
        (fails(404), "This question could not be read. Please ask it in other words." + EMERGENCY, 0),
        (fails(429, {"error": "busy", "text": "Slow down."}), "Slow down.", 0),
        (fails(429, {"error": "busy", "text": "Slow down."}, Retry_After="5"), "Slow down. Try again in 5 seconds.", 0),
        (fails(503, Retry_After="1"), f"{FAILED} Try again in 1 second.", 0),
        (fails(503, Retry_After="Sat, 03 Mar 2018 10:00:00 GMT"), FAILED, 0),
        (sends(""), BROKEN, 0),
        (sends(LINE), BROKEN, 1),
        (sends(LINE + LINE[:50]), BROKEN, 1),
        (sends(LINE + "{bad\n" + LINE), BROKEN, 1),
        (sends("<html>proxy</html>\n"), BROKEN, 0),
        (sends("x" * 300_000), BROKEN, 0),
        (sends('{"done": true}\n'), FAILED, 0),
        (sends('null\n1\n"x"\n[]\n{}\n{"done": true}\n'), FAILED, 0),
        (sends('{"error": "no_reply", "kind": "error", "text": "Not working."}\n{"done": true}\n'), "Not working.", 0),
    ],
    ids=["500", "503", "404", "429", "429, for how long", "503, for how long",
         "503, until when", "nothing", "cut", "cut line", "bad JSON", "HTML", "endless", "empty", "no replies", "error"],
)  # fmt: skip
def test_a_failure_is_said_once(at_chat: Visitor, bot: Bot, failure: Answer, words: str, answers: int) -> None:
    bot.script = [failure]
    at_chat.ask("What helps?")
    expect(at_chat.chat.get_by_role("alert").locator("p")).to_have_text(words)
    expect(at_chat.answers).to_have_count(answers)
    expect(at_chat.questions).to_contain_text(["What helps?"])


def test_a_retry_asks_the_same_again_and_replaces_what_was_cut(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [sends(LINE), fails(500), says(answer("als"), answer("stress"))]
    at_chat.ask("What helps?")
    expect(at_chat.answers).to_have_count(1)
    at_chat.button("Try again").click()
    expect(at_chat.trouble).to_contain_text(FAILED)
    at_chat.button("Try again").click()
    expect(at_chat.answers).to_have_count(2)
    expect(at_chat.trouble).to_have_count(0)
    expect(at_chat.questions).to_have_count(1)
    assert bot.questions[0] == bot.questions[1] == bot.questions[2]
    at_chat.ask("What helps?")
    assert bot.questions[3]["id"] != bot.questions[2]["id"]


def test_a_refusal_is_said_in_the_bots_words_and_not_tried_again(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [fails(400, {"error": "not_english", "kind": "error", "text": "I can only read English."})]
    at_chat.ask("何ですか")
    expect(at_chat.chat.get_by_role("alert")).to_have_text("I can only read English.")
    expect(at_chat.button("Try again")).to_have_count(0)
    at_chat.ask()
    expect(at_chat.answers).to_have_count(1)


def test_only_the_last_question_can_be_asked_again(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [fails(500), fails(500)]
    at_chat.ask()
    at_chat.ask()
    expect(at_chat.trouble).to_have_count(2)
    expect(at_chat.button("Try again")).to_have_count(1)


@pytest.mark.parametrize("begun", [False, True], ids=["no answer", "half an answer"])
def test_a_bot_that_falls_silent_is_given_up_after_a_minute(at_chat: Visitor, bot: Bot, begun: bool) -> None:
    gate = Gate(answer("stress"))
    bot.script = [gate]
    at_chat.page.clock.install()
    at_chat.input.fill("What helps?")
    at_chat.input.press("Enter")
    expect(at_chat.questions).to_have_count(1)
    if begun:
        at_chat.page.clock.run_for(50_000)
        gate.open()
        expect(at_chat.answers).to_have_count(1)
    at_chat.page.clock.run_for(59_000)
    expect(at_chat.chat.locator(".waiting")).to_have_count(1)
    at_chat.page.clock.run_for(2_000)
    expect(at_chat.trouble).to_contain_text("The answer is taking too long.")
    at_chat.button("Try again").click()
    expect(at_chat.answers).to_have_count(1)
    expect(at_chat.trouble).to_have_count(0)


def test_an_unreachable_bot_is_said_to_be_so(at_chat: Visitor) -> None:
    at_chat.page.route("**/chat/message", lambda route: route.abort())
    at_chat.ask()
    expect(at_chat.trouble).to_contain_text("The assistant cannot be reached right now.")


def test_a_deletion_that_fails_is_said_and_can_be_tried_again(at_chat: Visitor, bot: Bot) -> None:
    at_chat.ask("My secret")
    sender = bot.questions[0]["sender"]
    bot.deletion_status = 503
    at_chat.delete()
    expect(at_chat.chat.get_by_role("alert")).to_contain_text("usually within 24 hours")
    at_chat.ask("Something else")
    at_chat.button("Try again").click()
    expect(at_chat.chat.get_by_role("alert")).to_have_count(1)
    bot.deletion_status = 204
    at_chat.button("Try again").click()
    expect(at_chat.chat.get_by_role("alert")).to_have_count(0)
    expect(at_chat.chat.get_by_role("status")).to_have_text("This chat was deleted.")
    expect(at_chat.questions).to_contain_text(["Something else"])
    assert bot.deletions(3) == [sender] * 3


def test_a_deletion_that_does_not_reach_the_bot_is_said(at_chat: Visitor, bot: Bot) -> None:
    at_chat.ask("My secret")
    at_chat.page.route("**/chat/conversations/*", lambda route: route.abort())
    at_chat.delete()
    expect(at_chat.chat.get_by_role("alert")).to_contain_text("The chat is gone here, but the assistant did not answer.")
    at_chat.ask("Something else")
    expect(at_chat.answers).to_have_count(1)
    at_chat.delete()
    expect(at_chat.chat.get_by_role("alert")).to_have_count(1)
    at_chat.page.unroute("**/chat/conversations/*")
    at_chat.button("Try again").click()
    expect(at_chat.chat.get_by_role("status")).to_have_text("This chat was deleted.")
    assert sorted(bot.deletions(2)) == sorted(question["sender"] for question in bot.questions)


def test_being_offline_is_said_and_passes(at_chat: Visitor, bot: Bot) -> None:
    at_chat.page.context.set_offline(True)
    expect(at_chat.chat.locator(".offline")).to_be_visible()
    at_chat.ask("What helps?")
    expect(at_chat.chat.get_by_role("alert")).to_contain_text("You are offline.")
    assert bot.questions == []
    at_chat.page.context.set_offline(False)
    expect(at_chat.chat.locator(".offline")).to_have_count(0)
    at_chat.button("Try again").click()
    expect(at_chat.answers).to_have_count(1)


def test_a_question_is_sent_once_however_often_it_is_sent(at_chat: Visitor, bot: Bot) -> None:
    gate = Gate(answer("stress"))
    bot.usual = gate
    at_chat.input.fill("What helps?")
    at_chat.input.press("Enter")
    at_chat.input.press("Enter")
    expect(at_chat.button("Send")).to_have_attribute("aria-disabled", "true")
    at_chat.input.fill("My next question")
    at_chat.input.press("Enter")
    at_chat.button("Send").click(force=True)
    at_chat.page.evaluate("fascicle.send('Another')")
    gate.open(2)
    at_chat.wait()
    expect(at_chat.input).to_have_value("My next question")
    assert [question["message"] for question in bot.questions] == ["What helps?"]


def test_a_suggestion_pressed_twice_is_asked_once(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(answer("stress", "And then?"))
    at_chat.ask()
    at_chat.button("And then?").evaluate("button => { button.click(); button.click(); }")
    at_chat.wait()
    assert len(bot.questions) == 2


def test_blank_questions_are_not_sent(at_chat: Visitor, bot: Bot) -> None:
    at_chat.input.fill("  \n ")
    at_chat.input.press("Enter")
    at_chat.button("Send").click()
    at_chat.page.evaluate("fascicle.send('  ')")
    expect(at_chat.questions).to_have_count(0)
    assert bot.questions == []


def test_a_question_that_is_too_long_is_kept_whole_and_not_sent(at_chat: Visitor, bot: Bot) -> None:
    at_chat.input.fill("x" * 801)
    expect(at_chat.chat.locator(".left")).to_have_text("199 characters left")
    at_chat.input.press("End")
    at_chat.page.keyboard.insert_text("😬" * 200)
    expect(at_chat.chat.locator(".left")).to_have_text("1 character too long")
    expect(at_chat.input).to_have_attribute("aria-invalid", "true")
    at_chat.input.press("Enter")
    at_chat.button("Send").click()
    expect(at_chat.chat.get_by_role("status")).to_contain_text("Not sent: please shorten your question.")
    expect(at_chat.input).to_have_value("x" * 801 + "😬" * 200)
    assert bot.questions == []
    at_chat.input.press("Backspace")
    expect(at_chat.chat.locator(".left")).to_have_text("0 characters left")
    at_chat.input.press("Enter")
    expect(at_chat.answers).to_have_count(1)
    assert len(bot.questions[0]["message"]) == 1_000
    expect(at_chat.chat.locator(".left")).to_have_count(0)


def test_a_text_of_the_page_that_is_too_long_is_put_into_the_input(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page()).page.evaluate("fascicle.send('x'.repeat(1003))")
    expect(visitor.input).to_have_value("x" * 1_003)
    expect(visitor.chat.locator(".left")).to_have_text("3 characters too long")
    expect(visitor.chat.get_by_role("status")).to_contain_text("Not sent: please shorten your question.")
    assert bot.questions == []


def test_what_the_bot_says_about_a_rating_or_a_deletion_that_failed_is_shown(at_chat: Visitor, bot: Bot) -> None:
    busy = {"status": 429, "headers": {"Retry-After": "7"}, "json": {"text": "Slow down."}}
    at_chat.ask()
    at_chat.page.route("**/chat/feedback", lambda route: route.fulfill(**busy))
    at_chat.button("Helpful").click()
    said = "Your feedback could not be sent. Slow down. Try again in 7 seconds."
    expect(at_chat.chat.get_by_role("status")).to_have_text(said)
    at_chat.page.route("**/chat/conversations/*", lambda route: route.fulfill(**busy))
    at_chat.delete()
    expect(at_chat.chat.get_by_role("alert")).to_contain_text("Slow down. Try again in 7 seconds.")


def test_a_time_to_ask_again_may_be_a_date(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [
        fails(503, {"text": "Full."}, Retry_After=format_datetime(datetime.now(timezone.utc) + timedelta(minutes=1), True))
    ]
    at_chat.ask()
    expect(at_chat.trouble.locator("p")).to_have_text(re.compile(r"Full\. Try again in (5\d|60) seconds\."))


def test_the_owner_of_a_page_that_may_not_ask_reads_once_what_to_do(new_context: Any, bot: Bot, other_site: Bot) -> None:
    visitor = Visitor(new_context().new_page())
    visitor.visit(other_site.page()).open()
    visitor.page.route("**/chat/message", lambda route: route.abort())
    visitor.ask()
    visitor.ask()
    (warning,) = visitor.problems
    assert f'add "{other_site.address}" to allowed_origins' in warning


def test_a_bot_that_is_down_is_no_matter_of_settings_on_its_own_page(at_chat: Visitor) -> None:
    at_chat.page.route("**/chat/message", lambda route: route.abort())
    at_chat.ask()
    assert at_chat.problems == []
