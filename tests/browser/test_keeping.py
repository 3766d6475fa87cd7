"""What is kept of a conversation, where, and for how long."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fake_bot import Bot, Gate, answer, message, says
from playwright.sync_api import BrowserContext, expect
from visitor import Visitor

STORED = "[...Object.values(sessionStorage), ...Object.values(localStorage)].join()"

AGE = """([key, hours]) => {
  localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), saved: Date.now() - hours * 3600000 });
}"""


def key(bot: Bot) -> str:
    """Where the conversation with a bot is kept."""
    return f"fascicle {bot.address}/chat/"


@pytest.mark.parametrize("persist", ["session", "local"])
def test_a_reload_brings_the_conversation_back(visitor: Visitor, bot: Bot, persist: str) -> None:
    bot.usual = says(answer("stress", "And then?"))
    visitor.visit(bot.page(f'data-persist="{persist}"')).open().ask("What helps?")
    visitor.button("Helpful").click()
    expect(visitor.chat.get_by_role("status")).to_have_text("Thank you for your feedback.")
    visitor.page.reload()
    expect(visitor.questions).to_contain_text("What helps?")
    expect(visitor.answers).to_contain_text("What helps with stress is written here.")
    expect(visitor.button("Helpful")).to_have_attribute("aria-pressed", "true")
    visitor.citations.click()
    expect(visitor.sources.locator("blockquote")).to_be_visible()
    visitor.button("And then?").click()
    visitor.wait()
    assert len({question["sender"] for question in bot.questions}) == 1


def test_nothing_is_kept_where_nothing_should_be(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page('data-persist="none"')).open().ask("My secret")
    assert visitor.page.evaluate(STORED) == ""
    visitor.page.reload()
    visitor.open()
    expect(visitor.questions).to_have_count(0)


def test_a_session_is_kept_from_other_tabs(
    new_visitor: Callable[..., Visitor], new_context: Callable[..., BrowserContext], bot: Bot
) -> None:
    context = new_context()
    address = bot.page()
    new_visitor(context).visit(address).open().ask()
    other = new_visitor(context).visit(address).open()
    expect(other.questions).to_have_count(0)
    other.ask()
    assert bot.questions[0]["sender"] != bot.questions[1]["sender"]


def test_tabs_share_a_conversation_that_is_kept_locally(
    new_visitor: Callable[..., Visitor], new_context: Callable[..., BrowserContext], bot: Bot
) -> None:
    context = new_context()
    address = bot.page('data-persist="local"')
    first = new_visitor(context).visit(address).open()
    first.ask("First?")
    second = new_visitor(context).visit(address).open()
    expect(second.questions).to_contain_text(["First?"])
    gate = Gate(answer("als"))
    bot.script = [gate]
    second.input.fill("Second?")
    second.input.press("Enter")
    expect(first.questions).to_contain_text(["First?", "Second?"])
    expect(first.chat.get_by_role("status")).to_have_text("Looking it up in the article …")
    gate.open(2)
    expect(first.answers).to_have_count(2)
    first.delete()
    expect(second.questions).to_have_count(0)
    second.ask("Third?")
    expect(first.questions).to_contain_text(["Third?"])
    senders = [question["sender"] for question in bot.questions]
    assert senders[0] == senders[1] != senders[2]


def test_a_tab_that_is_closed_before_its_answer_leaves_the_others_free(
    new_visitor: Callable[..., Visitor], new_context: Callable[..., BrowserContext], bot: Bot
) -> None:
    context = new_context()
    address = bot.page('data-persist="local"')
    first = new_visitor(context).visit(address).open()
    second = new_visitor(context).visit(address).open()
    bot.script = [Gate()]
    second.input.fill("First?")
    second.input.press("Enter")
    expect(first.questions).to_contain_text(["First?"])
    second.page.close()
    first.ask("Second?")
    expect(first.answers).to_contain_text(["What helps with stress"])


def test_a_local_conversation_is_forgotten_after_a_day(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page('data-persist="local"')).open().ask()
    for hours, kept in ((23, 1), (25, 0)):
        visitor.page.evaluate(AGE, [key(bot), hours])
        visitor.page.reload()
        expect(visitor.open().questions).to_have_count(kept)


@pytest.mark.parametrize("status", [204, 503], ids=["deleted", "not deleted by the bot"])
def test_deleting_forgets_everything(at_chat: Visitor, bot: Bot, status: int) -> None:
    bot.deletion_status = status
    at_chat.ask("My secret")
    before = bot.questions[0]["sender"]
    at_chat.delete()
    expect(at_chat.questions).to_have_count(0)
    stored = at_chat.page.evaluate(STORED)
    assert "My secret" not in stored
    assert before not in stored
    at_chat.ask()
    assert bot.questions[1]["sender"] != before


@pytest.mark.parametrize("persist", ["session", "local", "none"])
def test_a_panel_that_was_open_is_open_on_the_next_page_but_takes_no_focus(visitor: Visitor, bot: Bot, persist: str) -> None:
    options = f'data-persist="{persist}"'
    next_page = bot.page(options, path="/next")
    visitor.visit(bot.page(options))
    expect(visitor.panel).to_be_hidden()
    visitor.open()
    visitor.visit(next_page)
    (expect(visitor.panel).to_be_hidden if persist == "none" else expect(visitor.panel).to_be_visible)()
    assert visitor.page.evaluate("document.activeElement === document.body")


def test_a_panel_that_was_closed_stays_closed_also_where_it_is_open_at_first(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page('data-open="true"'))
    visitor.button("Close").click()
    visitor.page.reload()
    expect(visitor.launcher).to_be_visible()


def test_a_small_screen_is_not_covered_by_the_next_page(new_visitor: Callable[..., Visitor], bot: Bot) -> None:
    visitor = new_visitor(viewport={"width": 390, "height": 800}).visit(bot.page()).open()
    visitor.page.reload()
    expect(visitor.launcher).to_be_visible()


def test_a_deleted_chat_can_be_brought_back(at_chat: Visitor, bot: Bot) -> None:
    at_chat.ask("My first?")
    at_chat.choose("Delete this chat")
    expect(at_chat.questions).to_have_count(0)
    assert "My first?" not in at_chat.page.evaluate(STORED)
    at_chat.button("Undo").click()
    at_chat.expect_focus("Ask a question")
    expect(at_chat.questions).to_contain_text(["My first?"])
    expect(at_chat.button("Undo")).to_have_count(0)
    at_chat.ask("My second?")
    assert len({question["sender"] for question in bot.questions}) == 1
    assert bot.deleted == []


def test_a_deleted_chat_is_gone_after_some_seconds(at_chat: Visitor, bot: Bot) -> None:
    at_chat.page.clock.install()
    at_chat.ask()
    at_chat.choose("Delete this chat")
    at_chat.page.clock.run_for(7_000)
    expect(at_chat.button("Undo")).to_be_visible()
    assert bot.deleted == []
    with at_chat.page.expect_response("**/conversations/*"):
        at_chat.page.clock.run_for(2_000)
    expect(at_chat.button("Undo")).to_have_count(0)
    assert bot.deleted == [bot.questions[0]["sender"]]


def test_a_question_after_a_deletion_settles_it(at_chat: Visitor, bot: Bot) -> None:
    at_chat.ask("My first?")
    at_chat.choose("Delete this chat")
    with at_chat.page.expect_response("**/conversations/*"):
        at_chat.ask("My second?")
    expect(at_chat.button("Undo")).to_have_count(0)
    assert bot.deleted == [bot.questions[0]["sender"]]


def test_a_second_deletion_settles_the_first_and_no_other(at_chat: Visitor, bot: Bot) -> None:
    for text in ("My first?", "My second?"):
        at_chat.ask(text)
        at_chat.choose("Delete this chat")
    at_chat.button("Undo").click()
    expect(at_chat.questions).to_contain_text(["My second?"])
    assert bot.deletions(1) == [bot.questions[0]["sender"]]


def test_deleting_has_the_bot_delete_the_conversation(at_chat: Visitor, bot: Bot) -> None:
    at_chat.ask()
    at_chat.delete()
    expect(at_chat.chat.get_by_role("status")).to_have_text("This chat was deleted.")
    assert bot.deletions(1) == [bot.questions[0]["sender"]]


def test_a_chat_without_a_question_needs_no_deletion_by_the_bot(at_chat: Visitor, bot: Bot) -> None:
    at_chat.delete()
    expect(at_chat.chat.get_by_role("status")).to_have_text("This chat was deleted.")
    assert bot.deleted == []


def test_the_bot_is_told_of_a_deletion_from_another_site(new_visitor: Callable[..., Visitor], bot: Bot, other_site: Bot) -> None:
    visitor = new_visitor().visit(other_site.page()).open()
    visitor.ask()
    visitor.delete()
    expect(visitor.chat.get_by_role("status")).to_have_text("This chat was deleted.")
    assert bot.deletions(1) == [bot.questions[0]["sender"]]


def test_what_the_bot_has_deleted_is_deleted_here_too(at_chat: Visitor, bot: Bot) -> None:
    at_chat.ask("My secret")
    bot.script = [says(message("It has been deleted.", kind="notice", erased=True))]
    at_chat.input.fill("Delete what I said")
    at_chat.input.press("Enter")
    expect(at_chat.questions).to_contain_text(["Delete what I said"])
    expect(at_chat.answers).to_contain_text(["It has been deleted."])
    assert "My secret" not in at_chat.page.evaluate(STORED)
    at_chat.page.reload()
    at_chat.open()
    expect(at_chat.questions).to_contain_text(["Delete what I said"])


def test_deleting_drops_the_answer_on_its_way(at_chat: Visitor, bot: Bot) -> None:
    gate = Gate(answer("als"))
    bot.script = [gate]
    at_chat.input.fill("First?")
    at_chat.input.press("Enter")
    expect(at_chat.questions).to_have_count(1)
    at_chat.delete()
    gate.open(2)
    at_chat.ask("Second?")
    expect(at_chat.questions).to_contain_text(["Second?"])
    expect(at_chat.answers).to_contain_text(["What helps with stress"])


def test_a_question_the_reload_cut_off_can_be_asked_again(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [Gate()]
    at_chat.input.fill("First?")
    at_chat.input.press("Enter")
    expect(at_chat.questions).to_have_count(1)
    at_chat.page.reload()
    at_chat.open()
    expect(at_chat.trouble).to_contain_text("The connection broke off")
    at_chat.button("Try again").click()
    expect(at_chat.answers).to_have_count(1)
    assert bot.questions[0] == bot.questions[1]


@pytest.mark.parametrize(
    "stored",
    ["", "x", "{", "null", "1", "[]", '"x"', "{}", '{"saved": 9e15}', '{"sender": "short", "turns": [], "saved": NOW}',
     '{"sender": "SENDER", "saved": NOW}', '{"sender": "SENDER", "turns": 1, "saved": NOW}',
     '{"sender": "SENDER", "turns": [null, 1, {}, {"question": 1}, [[]], {"question": {"text": ""}}], "saved": NOW}',
     '{"sender": {"length": 24}, "turns": {"length": 3}, "saved": NOW}'],
)  # fmt: skip
def test_a_store_that_makes_no_sense_is_a_new_beginning(visitor: Visitor, bot: Bot, stored: str) -> None:
    text = json.dumps(stored.replace("SENDER", "s" * 24))
    visitor.page.add_init_script(f"sessionStorage.setItem({json.dumps(key(bot))}, {text}.replace('NOW', Date.now()))")
    visitor.visit(bot.page()).open()
    expect(visitor.questions).to_have_count(0)
    visitor.ask()
    expect(visitor.answers).to_have_count(1)


@pytest.mark.parametrize("persist", ["session", "local"])
def test_it_works_where_the_store_is_denied(visitor: Visitor, bot: Bot, persist: str) -> None:
    frame = bot.page(f'data-persist="{persist}" data-open="true"', path="/frame")
    bot.pages["/page"] = (f'<!doctype html><iframe sandbox="allow-scripts" src="{frame}" width="800" height="700"></iframe>', {})
    visitor.page.goto(bot.address + "/page")
    inside = visitor.page.frame_locator("iframe").locator("fascicle-chat")
    for number in (1, 2):
        inside.get_by_role("textbox").fill("What helps?")
        inside.get_by_role("textbox").press("Enter")
        expect(inside.locator(".bot")).to_have_count(number)
    assert bot.questions[0]["sender"] == bot.questions[1]["sender"]


def test_it_works_where_the_store_is_full(visitor: Visitor, bot: Bot) -> None:
    full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
    visitor.page.add_init_script(full)
    visitor.visit(bot.page()).open().ask()
    visitor.ask()
    expect(visitor.answers).to_have_count(2)


def test_the_last_hundred_messages_are_kept(visitor: Visitor, bot: Bot) -> None:
    turns = [
        {"id": str(number), "question": {"text": f"Question {number}."}, "replies": [answer("stress")], "state": "done"}
        for number in range(60)
    ]
    stored = json.dumps({"sender": "s" * 24, "turns": turns})
    visitor.visit(bot.page())
    visitor.page.evaluate(
        "([key, stored]) => sessionStorage.setItem(key, JSON.stringify({...JSON.parse(stored), saved: Date.now()}))",
        [key(bot), stored],
    )
    visitor.page.reload()
    visitor.open().ask("The last.")
    visitor.page.reload()
    visitor.open()
    expect(visitor.questions).to_have_count(50)
    expect(visitor.questions.first).to_contain_text("Question 11.")
    expect(visitor.questions.last).to_contain_text("The last.")
