"""Whatever the bot, the store, or the person brings in is text. Nothing of it runs, and nothing is fetched for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fake_bot import Bot, Gate, answer, says
from playwright.sync_api import expect
from visitor import Visitor

CORPUS = [
    "<script>pwned=1</script>",
    "<script src=//evil.invalid/x.js></script>",
    "<img src=x onerror=pwned=1>",
    "<img src=//evil.invalid/x.png>",
    "<svg onload=pwned=1>",
    "<svg><script>pwned=1</script></svg>",
    "<svg><animate onbegin=pwned=1 attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:pwned=1'><text>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=pwned=1>#x'/></svg>",
    "<iframe src=javascript:pwned=1></iframe>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<body onload=pwned=1>",
    "<details open ontoggle=pwned=1>",
    "<video><source onerror=pwned=1></video>",
    "<audio src=//evil.invalid/x.mp3 onerror=pwned=1>",
    "<input autofocus onfocus=pwned=1>",
    "<marquee onstart=pwned=1>",
    "<object data=javascript:pwned=1></object>",
    "<embed src=javascript:pwned=1>",
    "<math><mtext><table><mglyph><style><img src=x onerror=pwned=1>",
    "<noscript><p title='</noscript><img src=x onerror=pwned=1>'>",
    "<template><script>pwned=1</script></template>",
    "<style>@import '//evil.invalid/x.css';</style>",
    "<link rel=stylesheet href=//evil.invalid/x.css>",
    "<base href=//evil.invalid/>",
    "<meta http-equiv=refresh content='0;url=//evil.invalid/'>",
    "<form action=//evil.invalid/><button>x</button></form>",
    "<a href=javascript:pwned=1>x</a>",
    "<a href=' java\nscript:pwned=1'>x</a>",
    "[x](javascript:pwned=1) ![x](//evil.invalid/x.png)",
    "javascript:pwned=1",
    "data:text/html,<script>pwned=1</script>",
    "'\"><script>pwned=1</script>",
    "` onclick=pwned=1 x=`",
    "' onmouseover='pwned=1",
    "--><script>pwned=1</script><!--",
    "]]><script>pwned=1</script>",
    "</textarea><script>pwned=1</script>",
    "${pwned=1} {{constructor.constructor('pwned=1')()}}",
    "<?lit$123$?><!--?lit$123$--><x-y a$lit$=1>",
    "&lt;script&gt;pwned=1&lt;/script&gt;",
    "\u202e<script>pwned=1</script>\u0000\u2028\ufeff",
    'https://evil.invalid/"onmouseover="pwned=1',
    "__proto__",
]
TAGS = {
    "P",
    "H3",
    "H4",
    "UL",
    "LI",
    "DIV",
    "SPAN",
    "BUTTON",
    "BDI",
    "BR",
    "CITE",
    "TIME",
    "A",
    "BLOCKQUOTE",
    "DETAILS",
    "SUMMARY",
    "SVG",
    "PATH",
    "G",
}
"""Elements that the widget itself makes in a conversation."""
FOUND = """(log) => [
  [...new Set([...log.querySelectorAll("*")].map((element) => element.tagName.toUpperCase()))],
  [...log.querySelectorAll("*")].flatMap((element) => element.getAttributeNames()).filter((name) => name.startsWith("on")),
  [...log.querySelectorAll("a")].map((link) => link.protocol + link.rel),
  window.pwned ?? null,
]"""


def filled(text: str) -> dict[str, Any]:
    """A message with the text in every field that can hold one."""
    reference = {"title": text, "published": text, "url": text}
    citation = dict.fromkeys(("passage", "section", "text", "title", "author", "publisher", "published", "accessed", "url"), text)
    spans = [{"text": text, "citations": [1]}]
    return {
        "id": text,
        "kind": "answer",
        "text": text,
        "blocks": [{"type": type_, "spans": spans, "text": text} for type_ in ("paragraph", "list_item", "heading", text)],
        "passages": [{"id": text, "topic": text, "aspect": text}],
        "citations": [citation | {"number": 1, "references": [reference]}],
        "buttons": [{"title": text, "payload": text}],
        text: text,
    }


def expect_harmless(visitor: Visitor, bot: Bot) -> None:
    """Open every source, and look for anything that is more than text."""
    visitor.chat.evaluate("host => host.shadowRoot.querySelectorAll('.source').forEach((source) => source.open = true)")
    tags, handlers, links, pwned = visitor.log.evaluate(FOUND)
    assert set(tags) <= TAGS
    assert handlers == []
    assert set(links) <= {"https:noopener noreferrer"}
    assert pwned is None
    assert [url for url in visitor.requests if not url.startswith(bot.address)] == []


def test_no_text_of_the_bot_runs(at_chat: Visitor, bot: Bot) -> None:
    for text in CORPUS:
        bot.script = [says(filled(text))]
        at_chat.ask(text)
    for index, text in enumerate(CORPUS):
        words = at_chat.answers.nth(index).locator(".words p").first.evaluate("p => p.textContent")
        # a null character is the one thing HTML text cannot hold; lines are not joined
        assert words.removesuffix("1") == text
    expect_harmless(at_chat, bot)
    at_chat.chat.locator(".chips button").click()
    at_chat.wait()
    expect_harmless(at_chat, bot)


def test_no_suggestion_of_the_bot_runs(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(*[filled(text) for text in CORPUS[:8]], answer("stress") | {"buttons": filled("x")["buttons"] * 9})
    at_chat.ask()
    for text in CORPUS[::4]:
        bot.usual = says(filled(text))
        at_chat.ask()
        expect(at_chat.chat.locator(".chips button")).to_have_count(1)
    expect_harmless(at_chat, bot)


def test_no_stored_history_runs(visitor: Visitor, bot: Bot) -> None:
    turns = [
        {"id": text, "question": {"text": text}, "replies": [filled(text)], "state": "done", "words": text} for text in CORPUS
    ]
    turns += [{"question": {"text": text}, "replies": [], "state": text, "words": text} for text in CORPUS]
    stored = {"sender": "s" * 24, "turns": turns}
    visitor.page.add_init_script(
        f"sessionStorage.setItem('fascicle {bot.address}/chat/', JSON.stringify({{...{json.dumps(stored)}, saved: Date.now()}}))"
    )
    visitor.visit(bot.page()).open()
    expect(visitor.questions).to_have_count(2 * len(CORPUS))
    expect_harmless(visitor, bot)


def test_no_option_of_the_page_runs(visitor: Visitor, bot: Bot) -> None:
    text = "&lt;img src=x onerror=pwned=1&gt;"
    visitor.visit(
        bot.page(f'data-title="{text}" data-notice="{text}" data-suggestions="{text}" data-emergency="{text}" data-lang="{text}"')
    )
    visitor.open()
    expect_harmless(visitor, bot)


def test_only_harmless_addresses_become_links(at_chat: Visitor, bot: Bot) -> None:
    good = ["https://example.org/a", "http://example.org/", "mailto:a@example.org", "tel:911"]
    bad = [
        "javascript:pwned=1", "JaVaScRiPt:pwned=1", "java\nscript:pwned=1", "\x01javascript:pwned=1", "data:text/html,x",
        "vbscript:x", "file:///etc/passwd", "//example.org/", "/path", "path",
        "blob:https://example.org/x", "", "https://", "about:blank",
    ]  # fmt: skip
    for address in good + bad:
        reply = answer("stress")
        reply["citations"][0]["url"] = address
        bot.script = [says(reply)]
        at_chat.ask()
    at_chat.chat.evaluate("host => host.shadowRoot.querySelectorAll('.source').forEach((source) => source.open = true)")
    links = at_chat.sources.get_by_role("link").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert links == good


def test_an_address_in_the_text_is_a_link_without_its_full_stop(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(
        answer("stress") | {"blocks": [{"spans": [{"text": "See <https://example.org/a.php>, or https://example.org/b."}]}]}
    )
    at_chat.ask()
    links = at_chat.answers.get_by_role("link").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert links == ["https://example.org/a.php", "https://example.org/b"]


def test_fields_of_the_wrong_type_are_left_out(at_chat: Visitor, bot: Bot) -> None:
    wrong: list[Any] = [
        None,
        1,
        True,
        [],
        {},
        "x",
        [None],
        [1],
        [[]],
        [{}],
        {"0": "x"},
        [{"spans": 1}],
        [{"spans": [None, {"text": 1}]}],
    ]
    for value in wrong:
        fields = dict.fromkeys(("id", "kind", "blocks", "passages", "citations", "buttons"), value)
        bot.script = [says({"text": "Words.", **fields})]
        at_chat.ask()
    for value in (None, 1, "x", [], {"number": 0}, {"number": "1"}, {"number": 1.5}, {"number": 1}):
        bot.script = [says(answer("stress") | {"citations": [value, value]})]
        at_chat.ask()
    expect(at_chat.answers).to_have_count(len(wrong) + 8)
    expect(at_chat.trouble).to_have_count(0)


def test_an_unknown_block_is_text(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(answer("stress") | {"blocks": [{"type": "video", "src": "//evil.invalid", "text": "Only words."}]})
    at_chat.ask()
    expect(at_chat.answers.locator(".words > p")).to_have_text("Only words.")


def test_an_unknown_kind_is_drawn_like_a_plain_reply(at_chat: Visitor, bot: Bot) -> None:
    for kind in ("constructor", "__proto__", "toString", "video", ""):
        bot.script = [says(answer("stress") | {"kind": kind})]
        at_chat.ask()
        expect(at_chat.answers.last).to_have_attribute("data-kind", "notice")
        expect(at_chat.answers.last.locator(".label")).to_have_count(0)


def test_too_much_is_cut(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(answer("stress") | {"text": "x" * 9_000, "blocks": [], "buttons": answer("x", *["y" * 500] * 50)["buttons"]})
    at_chat.ask()
    assert len(at_chat.answers.locator(".words p").text_content() or "") == 4_000
    expect(at_chat.chat.locator(".chips button")).to_have_count(12)
    assert len(at_chat.chat.locator(".chips button").first.text_content() or "") == 300
    gate = Gate(*[answer("stress")] * 30)
    gate.open(31)
    bot.script = [gate]
    at_chat.ask()
    expect(at_chat.answers).to_have_count(21)


def test_a_sender_cannot_be_guessed(new_visitor: Callable[..., Visitor], bot: Bot) -> None:
    for _ in range(3):
        new_visitor().visit(bot.page()).open().ask()
    senders = {question["sender"] for question in bot.questions}
    assert len(senders) == 3
    assert all(len(sender) == 24 for sender in senders)
