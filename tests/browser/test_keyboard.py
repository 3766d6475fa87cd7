"""All of it can be done with the keyboard, and the focus is always where one would look for it."""

from __future__ import annotations

from collections.abc import Callable

from fake_bot import Bot, Gate, answer, fails, says
from playwright.sync_api import expect
from visitor import Visitor

LAUNCHER = "Ask about this article"
INPUT = "Ask a question"
CITATION = "Source 1: Stress"


def test_from_the_page_to_a_passage_and_back(visitor: Visitor, bot: Bot) -> None:
    keyboard = visitor.visit(bot.page()).page.keyboard
    keyboard.press("Tab")
    visitor.expect_focus(LAUNCHER)
    expect(visitor.launcher).to_have_attribute("aria-haspopup", "dialog")
    keyboard.press("Enter")
    visitor.expect_focus(INPUT)
    keyboard.type("What helps with stress?")
    keyboard.press("Enter")
    visitor.wait()
    visitor.expect_focus(INPUT)
    visitor.press_until("Shift+Tab", CITATION)
    keyboard.press("Enter")
    visitor.expect_focus("1 Stress")
    expect(visitor.sources.locator("blockquote")).to_be_in_viewport()
    keyboard.press("Tab")
    visitor.expect_focus("Read in the article (opens in a new tab)")
    keyboard.press("Tab")
    visitor.expect_focus("Back to the answer")
    keyboard.press("Enter")
    visitor.expect_focus(CITATION)
    expect(visitor.sources.locator("blockquote")).to_be_hidden()
    keyboard.press("Enter")
    visitor.expect_focus("1 Stress")
    keyboard.press("Escape")
    visitor.expect_focus(CITATION)
    expect(visitor.panel).to_be_visible()
    keyboard.press("Escape")
    visitor.expect_focus(LAUNCHER)
    expect(visitor.panel).to_be_hidden()
    keyboard.press("Enter")
    visitor.expect_focus(INPUT)
    visitor.press_until("Shift+Tab", "Close")
    keyboard.press("Enter")
    visitor.expect_focus(LAUNCHER)


def test_a_suggestion_that_goes_away_leaves_the_focus_in_the_input(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(answer("stress", "And then?"))
    at_chat.ask()
    at_chat.press_until("Shift+Tab", "And then?")
    at_chat.page.keyboard.press("Enter")
    at_chat.expect_focus(INPUT)
    expect(at_chat.questions).to_have_count(2)


def test_a_retry_leaves_the_focus_in_the_input(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [fails(500)]
    at_chat.ask()
    at_chat.press_until("Shift+Tab", "Try again")
    at_chat.page.keyboard.press("Enter")
    at_chat.expect_focus(INPUT)
    expect(at_chat.answers).to_have_count(1)


def test_trying_again_to_delete_leaves_the_focus_in_the_input(at_chat: Visitor, bot: Bot) -> None:
    bot.deletion_status = 503
    at_chat.ask()
    at_chat.delete()
    at_chat.expect_focus(INPUT)
    at_chat.press_until("Shift+Tab", "Try again")
    bot.deletion_status = 204
    at_chat.page.keyboard.press("Enter")
    at_chat.expect_focus(INPUT)
    expect(at_chat.chat.get_by_role("alert")).to_have_count(0)


def test_the_menu_opens_closes_and_deletes(at_chat: Visitor) -> None:
    keyboard = at_chat.page.keyboard
    at_chat.ask()
    at_chat.press_until("Shift+Tab", "Options")
    keyboard.press("Enter")
    expect(at_chat.button("Delete this chat")).to_be_visible()
    keyboard.press("Escape")
    at_chat.expect_focus("Options")
    expect(at_chat.button("Delete this chat")).to_be_hidden()
    keyboard.press("Enter")
    at_chat.press_until("Tab", "Delete this chat")
    keyboard.press("Enter")
    at_chat.expect_focus(INPUT)
    expect(at_chat.questions).to_have_count(0)


def test_the_menu_closes_when_the_focus_leaves_it(at_chat: Visitor) -> None:
    at_chat.chat.locator(".menu summary").click()
    expect(at_chat.button("Delete this chat")).to_be_visible()
    at_chat.input.click()
    expect(at_chat.button("Delete this chat")).to_be_hidden()


def test_the_focus_stays_on_a_rating(at_chat: Visitor) -> None:
    at_chat.ask()
    at_chat.press_until("Shift+Tab", "Helpful")
    at_chat.page.keyboard.press("Space")
    expect(at_chat.button("Helpful")).to_have_attribute("aria-pressed", "true")
    at_chat.expect_focus("Helpful")


def test_escape_closes_only_from_inside(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page(body="<button>Elsewhere</button>")).open()
    visitor.page.get_by_role("button", name="Elsewhere").focus()
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_visible()
    visitor.input.focus()
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_hidden()


def test_shift_and_enter_begin_a_new_line(at_chat: Visitor, bot: Bot) -> None:
    at_chat.input.press_sequentially("One")
    at_chat.input.press("Shift+Enter")
    at_chat.input.press_sequentially("two")
    at_chat.input.press("Enter")
    at_chat.wait()
    assert [question["message"] for question in bot.questions] == ["One\ntwo"]


def test_typing_triggers_no_shortcut_of_the_page(at_chat: Visitor) -> None:
    at_chat.page.evaluate("addEventListener('keydown', () => window.heard = true)")
    at_chat.input.press_sequentially("s?")
    assert at_chat.page.evaluate("window.heard") is None


def test_on_a_touch_screen_the_heading_gets_the_focus_and_no_keyboard_comes_up(
    new_visitor: Callable[..., Visitor], bot: Bot
) -> None:
    visitor = new_visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).visit(bot.page())
    visitor.launcher.tap()
    visitor.expect_focus("Ask about this article")
    assert visitor.chat.evaluate("host => host.shadowRoot.activeElement.id") == "title"


def test_a_small_screen_gets_a_modal_panel_and_a_large_one_does_not(new_visitor: Callable[..., Visitor], bot: Bot) -> None:
    visitor = new_visitor(viewport={"width": 390, "height": 800}).visit(bot.page()).open()
    modal = "dialog => dialog.matches(':modal')"
    assert visitor.panel.evaluate(modal)
    assert visitor.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 800}
    visitor.page.keyboard.press("Escape")
    visitor.expect_focus(LAUNCHER)
    visitor.open().page.set_viewport_size({"width": 1000, "height": 800})
    expect(visitor.panel).to_have_css("width", "408px")
    assert not visitor.panel.evaluate(modal)


def test_an_answer_is_shown_from_its_start(at_chat: Visitor, bot: Bot) -> None:
    long = answer("stress")
    long["blocks"] *= 40
    bot.usual = says(long)
    at_chat.ask("A question")
    expect(at_chat.questions.last).to_be_in_viewport(ratio=1)
    expect(at_chat.answers.last.locator("p").first).to_be_in_viewport(ratio=1)
    expect(at_chat.sources.last).not_to_be_in_viewport()


def test_an_answer_does_not_pull_a_reader_away(at_chat: Visitor, bot: Bot) -> None:
    long = answer("stress")
    long["blocks"] *= 40
    gate = Gate(answer("als"))
    bot.script = [says(long), gate]
    at_chat.ask()
    at_chat.input.fill("Another")
    at_chat.input.press("Enter")
    expect(at_chat.questions).to_have_count(2)
    at_chat.log.evaluate("log => log.scrollTop = 100")
    gate.open(2)
    at_chat.button("New answer").focus()
    assert at_chat.log.evaluate("log => log.scrollTop") == 100
    at_chat.page.keyboard.press("Enter")
    expect(at_chat.answers.last).to_be_in_viewport(ratio=1)
    expect(at_chat.answers.last).to_be_focused()
    expect(at_chat.button("New answer")).to_have_count(0)


def test_answers_that_come_while_it_is_closed_are_counted(at_chat: Visitor, bot: Bot) -> None:
    gate = Gate(answer("stress"), answer("als"))
    bot.script = [gate]
    at_chat.input.fill("Two questions?")
    at_chat.input.press("Enter")
    at_chat.page.keyboard.press("Escape")
    gate.open(3)
    expect(at_chat.chat.get_by_role("button", name="Ask about this article, 2 new answers")).to_be_visible()
    expect(at_chat.launcher).to_contain_text("2")
    at_chat.open().page.keyboard.press("Escape")
    expect(at_chat.chat.get_by_role("button", name=LAUNCHER, exact=True)).to_be_visible()


def test_the_enter_that_ends_a_word_of_an_input_method_sends_nothing(at_chat: Visitor, bot: Bot) -> None:
    at_chat.input.fill("かふぇいん")
    at_chat.input.evaluate("""(input) => {
        const enter = { key: "Enter", bubbles: true, composed: true };
        const press = (more) => input.dispatchEvent(new KeyboardEvent("keydown", { ...enter, ...more }));
        press({ isComposing: true });
        press({ keyCode: 229 }); // as Safari says it
    }""")
    expect(at_chat.input).to_have_value("かふぇいん")
    assert bot.questions == []
    at_chat.input.press("Enter")
    expect(at_chat.questions).to_have_count(1)
