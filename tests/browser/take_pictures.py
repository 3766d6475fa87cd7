"""Takes the pictures of docs/images from a running server: `python tests/browser/take_pictures.py http://127.0.0.1:5005/chat/`."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from visitor import CHROMIUM, FLAGS, Visitor

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESKTOP = {"viewport": {"width": 1440, "height": 810}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
QUESTION = "How is Bell's palsy treated, and how long does it last?"
PICTURES: dict[str, tuple[dict[str, Any], str]] = {
    "answer": (DESKTOP, QUESTION),
    "dark": (DESKTOP | {"color_scheme": "dark"}, "What causes lip twitching?"),
    "citation": (DESKTOP, QUESTION),
    "phone": (PHONE, QUESTION),
    "emergency": (PHONE, "My face has suddenly dropped on one side"),
}


def main(address: str) -> None:
    """Ask each picture's question and take it."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (settings, question) in PICTURES.items():
            context = browser.new_context(reduced_motion="reduce", **settings)
            visitor = Visitor(context.new_page()).visit(address).open()
            visitor.ask(question)
            if name == "citation":
                visitor.citations.first.click()
            picture = Image.open(io.BytesIO(visitor.page.screenshot())).convert("RGB")
            picture.quantize(128, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
