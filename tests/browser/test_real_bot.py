"""The whole of it: the widget on the server's own page, talking to Rasa with the trained model."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from visitor import Visitor

from fascicle import library
from fascicle.bot.servers import HOST, free_port

PASSAGE = library.default().passage_by_id("bells_palsy.treatment")


@pytest.fixture(scope="module")
def address(commands: Any, wait_for: Callable[..., Any]) -> str:
    """Where the chat of a running server is."""
    port = free_port()
    process = commands.start("serve", "--port", str(port))
    found = f"http://{HOST}:{port}/chat/"

    def ready() -> bool:
        assert process.poll() is None, process.stderr.read().decode()
        try:
            with urllib.request.urlopen(f"{found}ready", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    wait_for(ready, "the server is ready")
    return found


@pytest.fixture
def at_page(visitor: Visitor, address: str) -> Visitor:
    """A visitor on the server's page, with the panel open."""
    return visitor.visit(address).open()


def test_a_question_is_answered_and_its_passage_found_on_the_page(at_page: Visitor) -> None:
    at_page.ask("How is Bell's palsy treated, and how long does it last?")
    expect(at_page.answers).to_have_count(2)
    expect(at_page.answers.first.locator(".words")).to_contain_text(PASSAGE.text)
    expect(at_page.answers.last).to_contain_text("Not in the article")
    at_page.button(f"Source 1: {PASSAGE.section}").click()
    expect(at_page.sources.locator("blockquote")).to_have_text(PASSAGE.text)
    expect(at_page.sources.get_by_role("link")).to_have_attribute("href", library.default().url)
    at_page.button("Show on this page").click()
    expect(at_page.page.locator(f'[data-fascicle-section="{PASSAGE.topic}"]')).to_be_focused()


def test_a_suggestion_and_a_rating_are_understood(at_page: Visitor) -> None:
    at_page.ask("What helps with Bell's palsy?")
    at_page.button("Helpful").click()
    expect(at_page.chat.get_by_role("status")).to_have_text("Thank you for your feedback.")
    at_page.chat.locator(".chips button").first.click()
    at_page.wait()
    expect(at_page.answers).to_have_count(2)
    expect(at_page.answers.last).to_have_attribute("data-kind", "answer")


def test_an_emergency_is_recognized(at_page: Visitor) -> None:
    at_page.ask("My face has suddenly dropped on one side and I can't speak")
    expect(at_page.answers.first).to_have_attribute("data-kind", "emergency")
    expect(at_page.answers.first).to_contain_text("Please get help now")


def test_reload_goes_on_with_the_conversation_and_deleting_ends_it(at_page: Visitor) -> None:
    at_page.ask("What causes ALS?")
    at_page.page.reload()
    at_page.open().ask("How is it treated?")
    expect(at_page.answers.last.locator(".number")).to_have_text("1")
    expect(at_page.answers.last).to_contain_text("ALS")
    at_page.delete()
    expect(at_page.questions).to_have_count(0)
    expect(at_page.chat.get_by_role("status")).to_have_text("This chat was deleted.")
    expect(at_page.chat.get_by_role("alert")).to_have_count(0)


def test_deleting_in_words_clears_the_chat_on_the_page_too(at_page: Visitor) -> None:
    at_page.ask("What causes ALS?")
    at_page.input.fill("Please delete what I said")
    at_page.input.press("Enter")
    expect(at_page.questions).to_contain_text(["Please delete what I said"])
    expect(at_page.answers).to_contain_text(["has been deleted"])


def test_the_page_may_stand_in_a_frame_of_its_own_site(visitor: Visitor, address: str) -> None:
    visitor.page.goto(f"{address}health")
    visitor.page.evaluate(
        """(address) => { const frame = document.createElement("iframe"); frame.src = address; document.body.append(frame) }""",
        address,
    )
    expect(visitor.page.frame_locator("iframe").locator("fascicle-chat")).to_be_attached()
