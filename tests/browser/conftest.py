"""A real browser, a bot that does as it is told, and visitors who use its chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fake_bot import Bot, running_bot
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from visitor import CHROMIUM, FLAGS, Visitor


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. One a module: Playwright's event loop would be in the way of other tests' loops."""
    if not CHROMIUM.exists():
        pytest.fail(f"The browser tests need {CHROMIUM}: install the package `chromium`.", pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def bot() -> Iterator[Bot]:
    """The bot; its pages are on its own site."""
    with running_bot() as running:
        yield running


@pytest.fixture
def other_site(bot: Bot) -> Iterator[Bot]:
    """Another site, whose pages hold the bot's widget."""
    with running_bot() as running:
        running.tag = bot.tag  # type: ignore[method-assign]
        yield running


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts, each without a past."""
    with ExitStack() as stack:

        def open_context(**settings: Any) -> BrowserContext:
            context = browser.new_context(**{"reduced_motion": "reduce", **settings})
            stack.callback(context.close)
            return context

        yield open_context


@pytest.fixture
def new_visitor(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Visitor]]:
    """Brings visitors, each with a browser as described or in the context given. None may have seen a problem in the end."""
    visitors: list[Visitor] = []

    def come(context: BrowserContext | None = None, **settings: Any) -> Visitor:
        visitors.append(Visitor((context or new_context(**settings)).new_page()))
        return visitors[-1]

    yield come
    assert [visitor.problems for visitor in visitors] == [[] for _ in visitors]


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Visitor:
    """A visitor at a desktop."""
    return new_visitor()


@pytest.fixture
def at_chat(visitor: Visitor, bot: Bot) -> Visitor:
    """A visitor with the panel open, on a page of the bot's own site."""
    return visitor.visit(bot.page()).open()
