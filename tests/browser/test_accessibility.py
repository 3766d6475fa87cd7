"""Everyone can use it: axe-core finds nothing, targets are large enough, and nothing is cut off at 320 px."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fake_bot import Bot, answer, fails, message, says
from playwright.sync_api import expect
from visitor import Visitor

from fascicle import ROOT

AXE = ROOT / "widget" / "node_modules" / "axe-core" / "axe.min.js"
KINDS = ["answer", "not_covered", "out_of_scope", "clarify", "checkin", "sources", "smalltalk", "notice", "emergency"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => {
  const { passes, violations } = await axe.run("fascicle-chat", { runOnly: rules });
  return [passes.map(({ id }) => id), violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])];
}"""
TARGETS = """(host, [selector, size]) => [...host.shadowRoot.querySelectorAll(selector)]
  .map((element) => [element.getAttribute("aria-label") ?? element.textContent, element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < size || box.height < size))
  .map(([name, box]) => [name, box.width, box.height])"""
SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "desktop": ({"viewport": {"width": 1280, "height": 800}}, 'lang="en"'),
    "390 px, dark": ({"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}, 'lang="en"'),
    "320 px, forced colours": ({"viewport": {"width": 320, "height": 640}, "forced_colors": "active"}, 'lang="en"'),
    "right to left": ({"viewport": {"width": 1280, "height": 800}}, 'lang="ar" dir="rtl"'),
    "400 % zoom": ({"viewport": {"width": 320, "height": 256}}, 'lang="en"'),
}


@pytest.fixture(params=SETTINGS)
def busy(request: pytest.FixtureRequest, new_visitor: Callable[..., Visitor], bot: Bot) -> Visitor:
    """A visitor in one of the settings, with a conversation that has everything in it."""
    settings, attributes = SETTINGS[request.param]
    visitor = new_visitor(**settings)
    visitor.visit(bot.page('data-emergency="911"', attributes=attributes)).open()
    for kind in KINDS:
        shown = answer("stress", "And then?", "What else is there that one could ask about?") | {"kind": kind}
        shown["blocks"] += [
            {"type": type_, "spans": shown["blocks"][0]["spans"]} for type_ in ("heading", "list_item", "list_item")
        ]
        bot.script = [says(shown)]
        visitor.ask("What helps with stress, and is there anything else that one could ask about?")
    bot.script = [fails(500)]
    visitor.ask()
    expect(visitor.trouble).to_have_count(1)
    bot.script = [says(message("x" * 200), answer("als", "Yes", "No") | {"kind": "checkin"})]
    visitor.ask()
    return visitor


def test_axe_finds_nothing(busy: Visitor) -> None:
    if not AXE.is_file():
        pytest.fail(f"There is no {AXE}: run `npm ci --prefix widget`.", pytrace=False)
    busy.page.evaluate(AXE.read_text(encoding="utf-8"))

    def violations(looked_at: str) -> list[Any]:
        passes, found = busy.page.evaluate(RUN, RULES)
        assert looked_at in passes
        return found

    assert violations("label") == []
    busy.citations.first.click()
    expect(busy.sources.first.locator("blockquote")).to_be_visible()
    assert violations("target-size") == []
    busy.chat.locator(".menu summary").click()
    expect(busy.button("Delete this chat")).to_be_visible()
    assert violations("summary-name") == []
    busy.page.evaluate("fascicle.close()")
    expect(busy.launcher).to_be_visible()
    assert violations("button-name") == []


def test_nothing_scrolls_sideways(busy: Visitor) -> None:
    busy.chat.evaluate("host => host.shadowRoot.querySelectorAll('.source').forEach((source) => source.open = true)")
    wide = """host => [...host.shadowRoot.querySelectorAll(".panel, .panel *:not(.hidden, .hidden *, svg *)")]
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
      .map((element) => element.outerHTML.slice(0, 80))"""
    assert busy.chat.evaluate(wide) == []
    assert busy.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_targets_are_large_enough(busy: Visitor) -> None:
    busy.citations.first.click()
    assert busy.chat.evaluate(TARGETS, ["button, summary, textarea, .ways a, .call", 24]) == []
    assert (
        busy.chat.evaluate(
            TARGETS, [".send, textarea, .icon, .source summary, .call, .trouble button, .chips[data-kind=checkin] button", 44]
        )
        == []
    )
    busy.page.keyboard.press("Escape")
    busy.page.evaluate("fascicle.close()")
    assert busy.chat.evaluate(TARGETS, [".launcher", 44]) == []


def test_an_emergency_reply_looks_like_no_other(at_chat: Visitor, bot: Bot) -> None:
    looks = set()
    for kind in KINDS:
        bot.script = [says(message("Words.", kind=kind))]
        at_chat.ask()
        style = "e => [getComputedStyle(e).borderTopWidth, getComputedStyle(e).backgroundColor].join()"
        looks.add((kind == "emergency", at_chat.answers.last.evaluate(style)))
    (emergency,) = [look for urgent, look in looks if urgent]
    assert emergency.startswith("2px")
    assert emergency not in [look for urgent, look in looks if not urgent]
    expect(at_chat.answers.last).to_contain_text("Please get help now")


def test_numbers_of_sources_have_names(at_chat: Visitor) -> None:
    at_chat.ask()
    expect(at_chat.citations).to_have_accessible_name("Source 1: Stress")


@pytest.mark.parametrize(("wish", "count"), [("reduce", 0), ("no-preference", 1)])
def test_nothing_moves_for_those_who_want_no_motion(new_visitor: Callable[..., Visitor], bot: Bot, wish: str, count: int) -> None:
    visitor = new_visitor(reduced_motion=wish).visit(bot.page())
    moving = "document.querySelector('fascicle-chat').shadowRoot.querySelector('.panel').getAnimations().length"
    assert visitor.page.evaluate(f"fascicle.open(), {moving}") == count
