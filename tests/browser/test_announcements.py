"""A screen reader hears each new answer once, and nothing a second time."""

from __future__ import annotations

import pytest
from fake_bot import Bot, Gate, answer, fails, message, says
from playwright.sync_api import expect
from visitor import Visitor

LISTEN = """(host) => {
  window.heard = [];
  const announcer = host.shadowRoot.querySelector("[aria-live=polite]");
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) heard.push(node.textContent);
  }).observe(announcer, { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def listener(at_chat: Visitor) -> Visitor:
    at_chat.chat.evaluate(LISTEN)
    return at_chat


def test_each_answer_is_announced_once_with_what_comes_with_it(listener: Visitor, bot: Bot) -> None:
    bot.script = [
        says(answer("stress", "One?", "Two?", "Three?")),
        says(message("It does not say.", kind="not_covered"), answer("als", "One?")),
    ]
    listener.ask()
    first = ["What helps with stress is written here. 1 source, 3 suggested questions"]
    assert listener.page.evaluate("heard") == first
    listener.ask()
    assert listener.page.evaluate("heard") == [
        *first,
        "Not in the article. It does not say.",
        "What helps with als is written here. 1 source, 1 suggested question",
    ]


def test_answers_are_announced_as_they_come(listener: Visitor, bot: Bot) -> None:
    gate = Gate(answer("stress"), answer("als"))
    bot.script = [gate]
    listener.input.fill("Two?")
    listener.input.press("Enter")
    expect(listener.chat.get_by_role("status")).to_have_text("Looking it up in the article …")
    gate.open()
    listener.page.wait_for_function("heard.length === 1")
    gate.open(2)
    listener.wait()
    assert listener.page.evaluate("heard.length") == 2
    expect(listener.chat.get_by_role("status")).to_have_text("")


def test_nothing_else_is_announced_as_an_answer(listener: Visitor) -> None:
    listener.ask()
    listener.citations.click()
    listener.button("Back to the answer").click()
    listener.button("Helpful").click()
    listener.page.keyboard.press("Escape")
    listener.open().input.fill("Typing")
    assert listener.page.evaluate("heard.length") == 1


def test_history_is_not_announced(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [says(answer("stress")), fails(500)]
    at_chat.ask()
    at_chat.ask()
    expect(at_chat.chat.get_by_role("alert")).to_have_count(1)
    at_chat.page.reload()
    at_chat.open()
    expect(at_chat.answers).to_have_count(1)
    expect(at_chat.trouble).to_have_count(1)
    expect(at_chat.chat.locator(".announcer")).to_be_empty()
    expect(at_chat.chat.get_by_role("alert")).to_have_count(0)


def test_the_conversation_is_a_log_that_does_not_speak_by_itself(at_chat: Visitor) -> None:
    at_chat.ask()
    for name, value in {"aria-live": "off", "tabindex": "0", "aria-label": "Conversation"}.items():
        expect(at_chat.log).to_have_attribute(name, value)
    expect(at_chat.questions.get_by_role("heading")).to_have_text("You said")
    expect(at_chat.answers.get_by_role("heading")).to_have_text("Assistant said")
    assert at_chat.log.evaluate("log => log.querySelector('[aria-live=polite]')") is None
