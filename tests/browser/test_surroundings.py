"""The chat and the page around it: frameworks that swap the page, low screens, consent bars, and other directions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_bot import Bot
from playwright.sync_api import expect
from visitor import Visitor

SWAP = """() => {
  const body = document.createElement("body");
  body.innerHTML = "<main><h1>Next</h1></main>";
  document.body.replaceWith(body);
}"""
"""What Turbo does when a link is followed."""
KEYBOARD = """(height) => {
  for (const [name, value] of Object.entries({ height, offsetTop: 0, scale: 1 }))
    Object.defineProperty(visualViewport, name, { value, configurable: true });
  visualViewport.dispatchEvent(new Event("resize"));
}"""
"""What a browser tells a page when a keyboard comes up that leaves so many pixels."""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_that_swaps_its_body_keeps_the_chat(new_visitor: Callable[..., Visitor], bot: Bot, width: int) -> None:
    visitor = new_visitor(viewport={"width": width, "height": 800}).visit(bot.page()).open()
    visitor.ask()
    visitor.input.fill("half a quest")
    visitor.page.evaluate(SWAP)
    expect(visitor.page.locator("h1")).to_have_text("Next")
    expect(visitor.panel).to_be_visible()
    expect(visitor.answers).to_have_count(1)
    expect(visitor.input).to_have_value("half a quest")
    visitor.button("Close").click()
    visitor.open().ask("ion?")
    assert len({question["sender"] for question in bot.questions}) == 1


def test_a_chat_that_the_page_has_thrown_away_comes_back_when_it_is_asked_for(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page())
    visitor.page.evaluate("document.body.innerHTML = ''")
    expect(visitor.chat).to_have_count(0)
    visitor.page.evaluate("fascicle.open()")
    expect(visitor.panel).to_be_visible()


def test_a_copy_of_the_page_holds_no_second_chat(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page())
    visitor.page.evaluate("document.body.replaceWith(document.body.cloneNode(true))")
    expect(visitor.chat).to_have_count(1)
    visitor.open().ask()
    expect(visitor.answers).to_have_count(1)


def test_a_chat_inside_the_page_finds_its_place_on_the_next_one(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page('data-target="#box"', body='<div id="box"></div>'))
    visitor.page.evaluate(SWAP.replace("</main>", "<div id=box></div></main>"))
    expect(visitor.page.locator("#box > fascicle-chat")).to_have_count(1)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (844, 390), (667, 320), (320, 256)])
@pytest.mark.parametrize("inline", [False, True], ids=["corner", "inside"])
def test_on_a_low_screen_input_and_close_stay_in_sight(
    new_visitor: Callable[..., Visitor], bot: Bot, width: int, height: int, inline: bool
) -> None:
    options = 'data-target="main"' if inline else ""
    head = f"<style>fascicle-chat {{ --fascicle-height: {height}px }} body {{ margin: 0 }} h1 {{ display: none }}</style>"
    visitor = new_visitor(viewport={"width": width, "height": height}).visit(bot.page(options, head=head)).open()
    for _ in range(3):
        visitor.ask()
        expect(visitor.input).to_be_in_viewport(ratio=1)
        expect(visitor.answers.last).to_be_in_viewport()
    if not inline:
        expect(visitor.button("Close")).to_be_in_viewport(ratio=1)
    visitor.log.press("Home")
    expect(visitor.questions.first).to_be_in_viewport()
    expect(visitor.input).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("width", "height", "left"), [(390, 800, 420), (844, 390, 170), (1280, 800, 500)])
def test_a_keyboard_on_the_screen_covers_nothing_of_the_chat(
    new_visitor: Callable[..., Visitor], bot: Bot, width: int, height: int, left: int
) -> None:
    visitor = new_visitor(viewport={"width": width, "height": height}).visit(bot.page()).open()
    visitor.ask()
    before = visitor.panel.bounding_box()
    visitor.page.evaluate(KEYBOARD, left)
    for part in (visitor.input, visitor.button("Close")):
        box = part.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= left
    visitor.page.evaluate(KEYBOARD, height)
    assert visitor.panel.bounding_box() == before


def test_the_launcher_stands_where_the_page_wants_it(visitor: Visitor, bot: Bot) -> None:
    style = "<style>fascicle-chat { --fascicle-offset-block: 100px; --fascicle-offset-inline: 50px }</style>"
    visitor.visit(bot.page(head=style))
    for box in (visitor.launcher.bounding_box(), visitor.open().panel.bounding_box()):
        assert box
        assert (box["x"] + box["width"], box["y"] + box["height"]) == (1280 - 50, 720 - 100)


def test_the_launcher_can_be_a_drawing_that_still_has_its_name(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page('data-launcher="icon"'))
    box = visitor.launcher.bounding_box()
    assert box
    assert 44 <= box["width"] <= 60
    expect(visitor.chat.get_by_role("button", name="Ask about this article")).to_have_count(1)


@pytest.mark.parametrize(
    ("dialog", "covered"),
    [
        ("<dialog id=d open>Cookies?</dialog>", True),
        ('<div id=d role=dialog aria-modal="true">Cookies?</div>', True),
        ('<div id=d role=dialog aria-modal="true" hidden>Cookies?</div>', False),
        ("<dialog id=d>Cookies?</dialog>", False),
    ],
)
def test_the_launcher_leaves_the_pages_own_dialogs_alone(visitor: Visitor, bot: Bot, dialog: str, covered: bool) -> None:
    visitor.visit(bot.page(body=dialog))
    (expect(visitor.launcher).to_be_hidden if covered else expect(visitor.launcher).to_be_visible)()
    visitor.page.evaluate("d.remove()")
    expect(visitor.launcher).to_be_visible()
    visitor.page.evaluate(
        "document.body.append(Object.assign(document.createElement('dialog'), { open: true, textContent: 'x' }))"
    )
    expect(visitor.launcher).to_be_hidden()


@pytest.mark.parametrize("attributes", ['lang="ar" dir="rtl"', 'lang="en" dir="rtl"'])
def test_words_are_read_in_their_own_direction_on_any_page(visitor: Visitor, bot: Bot, attributes: str) -> None:
    visitor.visit(bot.page('data-title="اسأل عن المقال"', attributes=attributes)).open()
    expect(visitor.chat.locator(".welcome p").first).to_have_css("direction", "ltr")
    expect(visitor.chat.locator(".status")).to_have_css("direction", "ltr")
    expect(visitor.chat.locator("h2")).to_have_css("direction", "rtl")
    box = visitor.panel.bounding_box()
    assert box
    assert box["x"] == 20


def test_the_theme_follows_a_page_that_changes_its_own(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page(head="<style>.dark { background: black }</style>")).open()
    expect(visitor.panel).to_have_css("background-color", "rgb(255, 255, 255)")
    visitor.page.evaluate("document.documentElement.classList.add('dark')")
    expect(visitor.panel).to_have_css("background-color", "rgb(23, 25, 28)")
