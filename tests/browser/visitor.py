"""Someone who uses the chat on a page, with a mouse or the keyboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WAIT = 15_000  # milliseconds
expect.set_options(timeout=WAIT)
FOCUSED = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const words = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.innerText;
  return words.trim().replace(/\\s+/g, " ") || element.tagName;
}"""
"""Name of the element that has the focus."""
POLICY = (
    """document.addEventListener("securitypolicyviolation", (event) => console.error("violation: " + event.violatedDirective))"""
)


@dataclass
class Visitor:
    """Someone at a page with the chat."""

    page: Page
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))
        self.page.add_init_script(POLICY)

    def _hear(self, message: ConsoleMessage) -> None:
        # what the network does is the test's own doing
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    @property
    def chat(self) -> Locator:
        """The widget."""
        return self.page.locator("fascicle-chat")

    @property
    def launcher(self) -> Locator:
        """The button that opens the panel."""
        return self.chat.locator(".launcher")

    @property
    def panel(self) -> Locator:
        """The panel."""
        return self.chat.locator(".panel")

    @property
    def log(self) -> Locator:
        """The conversation."""
        return self.chat.get_by_role("log")

    @property
    def input(self) -> Locator:
        """Where questions are typed."""
        return self.chat.get_by_role("textbox")

    @property
    def questions(self) -> Locator:
        """What was asked."""
        return self.chat.locator(".you")

    @property
    def answers(self) -> Locator:
        """The bot's messages."""
        return self.chat.locator(".bot")

    @property
    def citations(self) -> Locator:
        """The numbers in the answers."""
        return self.chat.locator(".cite")

    @property
    def sources(self) -> Locator:
        """The sources under the answers."""
        return self.chat.locator(".source")

    @property
    def trouble(self) -> Locator:
        """What is said when there is no answer."""
        return self.chat.locator(".trouble")

    def button(self, name: str) -> Locator:
        """A button of the widget by its name."""
        return self.chat.get_by_role("button", name=name, exact=True)

    def visit(self, address: str) -> Visitor:
        """Load a page; the chat is there afterwards."""
        self.page.goto(address)
        expect(self.chat).to_be_attached()
        return self

    def open(self) -> Visitor:
        """Open the panel by hand, if the page has not done so."""
        if not self.panel.is_visible():
            self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def ask(self, text: str = "What helps?") -> None:
        """Type a question, and wait until all that comes of it is there."""
        asked = self.questions.count()
        self.input.fill(text)
        self.input.press("Enter")
        expect(self.questions).to_have_count(asked + 1)
        self.wait()

    def wait(self) -> None:
        """Wait until no answer is on its way."""
        expect(self.chat.locator(".waiting")).to_have_count(0)

    def expect_focus(self, name: str) -> None:
        """Wait until the focus is on the element of this name."""
        self.page.wait_for_function(f"(name) => ({FOCUSED})() === name", arg=name)

    def press_until(self, key: str, name: str) -> None:
        """Press a key until the focus is on the element of this name."""
        seen = []
        for _ in range(30):
            self.page.keyboard.press(key)
            seen.append(self.page.evaluate(FOCUSED))
            if seen[-1] == name:
                return
        pytest.fail(f"{key} does not lead to {name!r} but to {seen}.", pytrace=False)

    def delete(self) -> None:
        """Delete the chat, without waiting for the end of the time in which it can be brought back."""
        self.choose("Delete this chat")
        self.page.evaluate("dispatchEvent(new Event('pagehide'))")

    def choose(self, name: str) -> None:
        """Pick from the menu."""
        self.chat.locator(".menu summary").click()
        self.button(name).click()
