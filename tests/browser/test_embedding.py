"""One script tag puts the chat on any page, and nothing else is needed or touched."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_bot import Bot, answer, message, says
from playwright.sync_api import expect
from visitor import Visitor

STRICT = (
    "default-src 'none'; script-src {bot}; connect-src {bot}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
HOSTILE = """<style>
html { font-size: 4px; line-height: 3 }
body { font: 40px fantasy; color: lime; text-align: right; letter-spacing: 9px; text-transform: uppercase; cursor: wait }
body * { all: unset !important; display: none !important; visibility: hidden !important; position: static !important;
  float: left !important; transform: rotate(9deg) !important; filter: blur(4px) !important; opacity: 0.1 !important;
  margin: 99px !important; padding: 33px !important; inline-size: 3px !important; pointer-events: none !important;
  font: 5px fantasy !important; color: lime !important; background: red !important; z-index: -1 !important }
* { --text: red; --surface: red; --accent: red; --gap: 90px; --radius: 90px; --tint: red; --line: red; --muted: red }
button, dialog, textarea, svg, p, .launcher, .panel, .cite { display: none !important; border: 9px solid red !important }
</style>"""
LOOKS = """(host) => [".launcher", ".panel", "h2", ".notice", ".log", ".bot p", ".cite", ".source", "#input"].map((selector) => {
  const element = host.shadowRoot.querySelector(selector);
  const { x, y, width, height } = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return [selector, x, y, width, height, style.color, style.backgroundColor, style.fontSize, style.fontFamily, style.visibility,
    style.letterSpacing, style.textTransform, style.textAlign, style.cursor, style.opacity];
})"""


def test_a_tag_on_a_blank_page_is_enough(visitor: Visitor, bot: Bot) -> None:
    bot.pages["/blank"] = (bot.tag(), {})
    visitor.visit(bot.address + "/blank").open().ask("What helps with stress?")
    expect(visitor.answers).to_contain_text("What helps with stress is written here.")
    assert {url.removeprefix(bot.address) for url in visitor.requests} - {"/favicon.ico"} == {
        "/blank", "/chat/widget.js", "/chat/message",
    }  # fmt: skip


def test_styles_of_the_page_change_nothing(new_visitor: Callable[..., Visitor], bot: Bot) -> None:
    def looks(head: str) -> object:
        visitor = new_visitor().visit(bot.page(head=head))
        closed = visitor.launcher.bounding_box()
        visitor.open().ask()
        expect(visitor.chat.locator(".panel")).to_be_visible()
        return closed, visitor.chat.evaluate(LOOKS)

    assert looks(HOSTILE) == looks("")


def test_a_page_of_another_site_with_a_strict_policy_can_hold_it(visitor: Visitor, bot: Bot, other_site: Bot) -> None:
    bot.usual = says(answer("stress", "And then?"))
    address = other_site.page(Content_Security_Policy=STRICT.format(bot=bot.address))
    visitor.visit(address).open().ask()
    visitor.citations.click()
    visitor.button("Helpful").click()
    visitor.choose("Save conversation")
    visitor.button("And then?").click()
    visitor.wait()
    visitor.delete()
    asked = [url for url in visitor.requests if not url.startswith((bot.address, "blob:"))]
    assert set(asked) <= {address, other_site.address + "/favicon.ico"}
    assert len(bot.questions) == 2
    assert len(bot.feedback) == 1


def test_nothing_is_asked_of_the_bot_before_the_person_asks(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page()).open()
    visitor.input.fill("What")
    visitor.page.reload()
    assert bot.questions == []


def test_no_cookie_is_sent_and_of_the_page_only_origin_and_path(visitor: Visitor, bot: Bot, other_site: Bot) -> None:
    visitor.page.context.add_cookies([{"name": "who", "value": "me", "url": bot.address}])
    visitor.visit(other_site.page(path="/page") + "?patient=17#lips").open().ask()
    (headers,) = bot.headers
    assert "Cookie" not in headers
    assert headers["Referer"] == other_site.address + "/page"
    assert visitor.page.context.cookies(other_site.address) == visitor.page.context.cookies(bot.address)


def test_a_bot_under_a_path_prefix_is_found_also_from_a_page_with_a_base(visitor: Visitor, bot: Bot) -> None:
    bot.pages["/page"] = (
        '<!doctype html><base href="/help/bots/"><script src="lips/chat/widget.js?v=2" defer></script>',
        {},
    )
    visitor.visit(bot.address + "/page").open().ask()
    expect(visitor.answers).to_have_count(1)
    visitor.button("Helpful").click()
    expect(visitor.chat.get_by_role("status")).to_have_text("Thank you for your feedback.")
    assert [url for url in visitor.requests if "/help/bots/lips/chat/" in url][1:] == [
        bot.address + "/help/bots/lips/chat/message",
        bot.address + "/help/bots/lips/chat/feedback",
    ]


def test_a_tag_that_stands_twice_makes_one_chat(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page(head=bot.tag()))
    expect(visitor.chat).to_have_count(1)


def test_the_tag_may_stand_in_the_head_without_defer(visitor: Visitor, bot: Bot) -> None:
    bot.pages["/page"] = (
        f'<!doctype html><head><script src="{bot.address}/chat/widget.js"></script></head><body>Page</body>',
        {},
    )
    visitor.visit(bot.address + "/page").open()


def test_options_set_title_notice_number_and_first_questions(visitor: Visitor, bot: Bot) -> None:
    options = 'data-title="Questions?" data-notice="Ask away." data-emergency="112" data-suggestions="One? | Two? |"'
    visitor.visit(bot.page(options))
    expect(visitor.launcher).to_have_text("Questions?")
    visitor.open()
    expect(visitor.chat.get_by_role("dialog", name="Questions?")).to_be_visible()
    expect(visitor.chat.locator(".notice")).to_have_text("Ask away. In an emergency, call 112.")
    expect(visitor.chat.locator(".chips button")).to_have_text(["One?", "Two?"])
    visitor.button("Two?").click()
    expect(visitor.answers).to_have_count(1)
    assert bot.questions[0]["message"] == "Two?"


def test_the_notice_is_there_without_any_option(at_chat: Visitor) -> None:
    notice = "Answers come from one article and are not medical advice. In an emergency, call your local emergency number."
    expect(at_chat.chat.locator(".notice")).to_have_text(notice)


def test_an_emergency_can_be_called_from_the_reply(visitor: Visitor, bot: Bot) -> None:
    bot.usual = says(message("Call now.", kind="emergency"))
    visitor.visit(bot.page('data-emergency="911"')).open().ask("My face drops")
    expect(visitor.answers).to_contain_text("Please get help now")
    expect(visitor.chat.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")


def test_an_emergency_comes_before_what_was_said_earlier_in_the_turn(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(message("An answer."), message("Call now.", kind="emergency"))
    at_chat.ask()
    expect(at_chat.answers).to_contain_text(["Call now.", "An answer."])


def test_another_language_is_spoken_throughout(visitor: Visitor, bot: Bot) -> None:
    bot.usual = says(answer("stress"))
    visitor.visit(bot.page('data-lang="es-MX"'))
    expect(visitor.launcher).to_have_text("Pregunte sobre este artículo")
    visitor.open().ask()
    visitor.button("Fuente 1: Stress").click()
    expect(visitor.sources).to_contain_text("3 de marzo de 2018")
    expect(visitor.chat).to_have_attribute("lang", "es-MX")
    expect(visitor.answers.locator(".words")).to_have_attribute("lang", "en")


@pytest.mark.parametrize(
    ("options", "lang", "said"),
    [
        ('data-lang="es"', "es", "El asistente lee y responde en inglés."),
        ('data-lang="ar"', "en", "The assistant reads and answers in English."),
        ('data-lang="ar" data-answers="ar-EG"', "en", ""),
        ('data-lang="en-GB"', "en-GB", ""),
    ],
)
def test_people_are_told_before_they_ask_which_language_is_read(
    visitor: Visitor, bot: Bot, options: str, lang: str, said: str
) -> None:
    visitor.visit(bot.page(options)).open()
    expect(visitor.chat).to_have_attribute("lang", lang)
    notice = visitor.chat.locator(".notice").inner_text()
    assert said in notice
    assert ("The assistant reads" in notice or "El asistente lee" in notice) == bool(said)


def test_the_language_of_the_page_is_taken_where_none_is_named(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page(attributes='lang="es"'))
    expect(visitor.launcher).to_have_text("Pregunte sobre este artículo")


def test_it_can_stand_inside_the_page(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page('data-target="#box"', body='<div id="box"></div>'))
    expect(visitor.page.locator("#box > fascicle-chat")).to_have_count(1)
    expect(visitor.launcher).to_have_count(0)
    expect(visitor.chat.get_by_role("region", name="Ask about this article")).to_be_visible()
    visitor.ask()
    expect(visitor.answers).to_have_count(1)
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_visible()


def test_it_can_be_open_from_the_start_without_taking_the_focus(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page('data-open="true"'))
    expect(visitor.panel).to_be_visible()
    visitor.expect_focus("Page")
    assert visitor.page.evaluate("document.activeElement === document.body")


def test_it_never_covers_a_small_screen_by_itself(new_visitor: Callable[..., Visitor], bot: Bot) -> None:
    visitor = new_visitor(viewport={"width": 390, "height": 800}).visit(bot.page('data-open="true"'))
    expect(visitor.launcher).to_be_visible()
    expect(visitor.panel).to_be_hidden()


@pytest.mark.parametrize(
    ("position", "attributes", "left"), [("end", "", False), ("start", "", True), ("end", 'dir="rtl"', True)]
)
def test_the_launcher_stands_on_the_side_asked_for(
    visitor: Visitor, bot: Bot, position: str, attributes: str, left: bool
) -> None:
    visitor.visit(bot.page(f'data-position="{position}"', attributes=attributes))
    for box in (visitor.launcher.bounding_box(), visitor.open().panel.bounding_box()):
        assert box
        assert (box["x"] == 20) if left else (box["x"] + box["width"] == 1280 - 20)


@pytest.mark.parametrize(
    ("theme", "system", "head", "dark"),
    [
        ("light", "dark", "<style>body { background: #000 }</style>", False),
        ("dark", "light", "", True),
        ("auto", "dark", "", False),
        ("auto", "light", "", False),
        ("auto", "dark", '<meta name="color-scheme" content="light dark">', True),
        ("auto", "light", '<meta name="color-scheme" content="light dark">', False),
        ("auto", "dark", "<style>:root { color-scheme: light dark }</style>", True),
        ("auto", "light", "<style>:root { color-scheme: dark }</style>", True),
        ("auto", "dark", "<style>:root { color-scheme: light dark } body { background: white }</style>", False),
        ("auto", "light", "<style>html { background: rgb(20 20 30) }</style>", True),
        ("auto", "dark", "<style>body { background: rgb(0 0 0 / 5%) }</style>", False),
    ],
)
def test_the_theme_follows_the_option_then_the_page_and_then_the_system(
    new_visitor: Callable[..., Visitor], bot: Bot, theme: str, system: str, head: str, dark: bool
) -> None:
    visitor = new_visitor(color_scheme=system).visit(bot.page(f'data-theme="{theme}"', head=head)).open()
    shown = "rgb(23, 25, 28)" if dark else "rgb(255, 255, 255)"
    expect(visitor.panel).to_have_css("background-color", shown)


def test_a_page_can_set_colours_and_parts(visitor: Visitor, bot: Bot) -> None:
    style = "<style>fascicle-chat { --fascicle-accent: rgb(1, 2, 3) } fascicle-chat::part(title) { color: rgb(4, 5, 6) }</style>"
    visitor.visit(bot.page(head=style))
    expect(visitor.launcher).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(visitor.open().chat.locator("h2")).to_have_css("color", "rgb(4, 5, 6)")


def test_on_a_small_screen_the_panel_covers_the_page_on_either_side(new_visitor: Callable[..., Visitor], bot: Bot) -> None:
    for position in ("start", "end"):
        visitor = new_visitor(viewport={"width": 390, "height": 800}).visit(bot.page(f'data-position="{position}"')).open()
        assert visitor.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 800}


def test_the_page_can_open_ask_restart_and_close(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page())
    visitor.page.evaluate("fascicle.send('From the page?')")
    expect(visitor.answers).to_have_count(1)
    assert bot.questions[0]["message"] == "From the page?"
    visitor.page.evaluate("fascicle.restart()")
    expect(visitor.answers).to_have_count(0)
    visitor.page.evaluate("fascicle.close()")
    expect(visitor.panel).to_be_hidden()
    visitor.page.evaluate("fascicle.open()")
    expect(visitor.panel).to_be_visible()


def test_the_page_is_told_what_happens_but_not_what_is_said(visitor: Visitor, bot: Bot) -> None:
    bot.usual = says(answer("stress", "And then?"))
    visitor.visit(bot.page())
    visitor.page.evaluate("""() => {
        window.heard = [];
        for (const name of ["open", "send", "reply", "citation", "feedback", "restart", "trouble", "close"])
            fascicle.on(name, (detail) => heard.push([name, detail]));
        fascicle.on("send", () => heard.push("never"))();
    }""")
    visitor.open().ask("My secret")
    visitor.citations.click()
    visitor.button("Not helpful").click()
    visitor.button("And then?").click()
    visitor.wait()
    visitor.delete()
    visitor.button("Close").click()
    about = {"kind": "answer", "passages": ["stress.treatment"]}
    assert visitor.page.evaluate("heard") == [
        ["open", {}],
        ["send", {"offered": False}],
        ["reply", about],
        ["citation", {"passage": "stress.treatment"}],
        ["feedback", {"rating": "unhelpful"} | about],
        ["send", {"offered": True}],
        ["reply", about],
        ["restart", {}],
        ["close", {}],
    ]


def test_feedback_holds_passages_and_kind_but_no_words(at_chat: Visitor, bot: Bot) -> None:
    at_chat.ask("My secret")
    at_chat.button("Helpful").click()
    expect(at_chat.chat.get_by_role("status")).to_have_text("Thank you for your feedback.")
    expect(at_chat.button("Helpful")).to_have_attribute("aria-pressed", "true")
    sender, shown = bot.questions[0]["sender"], answer("stress")["id"]
    assert bot.feedback == [
        {"sender": sender, "message": shown, "rating": "helpful", "passages": ["stress.treatment"], "kind": "answer"},
    ]


def test_feedback_that_cannot_be_sent_is_taken_back(at_chat: Visitor, bot: Bot) -> None:
    bot.feedback_status = 500
    at_chat.ask()
    at_chat.button("Helpful").click()
    expect(at_chat.chat.get_by_role("status")).to_have_text("Your feedback could not be sent.")
    expect(at_chat.button("Helpful")).to_have_attribute("aria-pressed", "false")


def test_the_conversation_can_be_saved_as_text(at_chat: Visitor) -> None:
    at_chat.ask("What helps with stress?")
    with at_chat.page.expect_download() as download:
        at_chat.choose("Save conversation")
    assert download.value.suggested_filename == "conversation.txt"
    text = download.value.path().read_text(encoding="utf-8")
    assert (
        "You said: What helps with stress?\n\nAssistant said: What helps with stress is written here. [1]\n[1] What causes"
        in text
    )


def test_only_the_last_message_offers_suggestions(at_chat: Visitor, bot: Bot) -> None:
    bot.script = [says(answer("stress", "First?")), says(answer("als", "Second?", "Third?"), answer("caffeine", "Fourth?"))]
    at_chat.ask()
    expect(at_chat.chat.locator(".chips button")).to_have_text(["First?"])
    at_chat.ask()
    expect(at_chat.chat.locator(".chips button")).to_have_text(["Fourth?"])
    at_chat.button("Fourth?").click()
    at_chat.wait()
    first, second, third = bot.questions
    assert {**third, "id": ""} == {"sender": first["sender"], "id": "", "payload": '/ask_topic{"topic": "Fourth?"}'}
    assert len({first["id"], second["id"], third["id"]}) == 3
    expect(at_chat.questions.last).to_contain_text("Fourth?")
