"""The built file: small, made from the source next to it, and without anything that turns text into code or markup."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_bot import WIDGET

from fascicle import ROOT

SOURCE = ROOT / "widget"
MAX_GZIP = 18 * 1024
FORBIDDEN = [
    "insertAdjacentHTML", "outerHTML", "setHTMLUnsafe", "parseHTMLUnsafe", "unsafeHTML", "unsafeSVG", "document.write",
    "DOMParser", "createContextualFragment", "srcdoc", "eval(", "new Function", "importScripts",
    "import(", "document.cookie", "WebSocket", "XMLHttpRequest", "sendBeacon", "EventSource", "http-equiv", "sourceMappingURL",
]  # fmt: skip


@pytest.fixture(scope="module")
def bundle() -> str:
    return WIDGET.read_text(encoding="utf-8")


def test_it_is_at_most_18_kilobytes() -> None:
    assert len(gzip.compress(WIDGET.read_bytes(), 9)) <= MAX_GZIP


def test_it_is_what_the_source_builds(tmp_path: Path) -> None:
    if not shutil.which("node") or not (SOURCE / "node_modules").is_dir():
        pytest.fail("This test builds the widget: install Node.js and run `npm ci --prefix widget`.", pytrace=False)
    built = tmp_path / "widget.js"
    subprocess.run(["node", "build.js", str(built)], cwd=SOURCE, check=True, capture_output=True)
    assert built.read_bytes() == WIDGET.read_bytes(), "Run `npm run build --prefix widget` and commit the built widget.js."


def test_it_holds_nothing_that_makes_markup_or_code_of_text(bundle: str) -> None:
    assert [word for word in FORBIDDEN if word in bundle] == []
    # Lit's own templates are the one use: through its Trusted Types policy, and of texts in this file only
    assert bundle.count("innerHTML") == 1
    assert bundle.count('createPolicy("lit-html"') == 1


def test_it_names_no_address(bundle: str) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'`<>)\\]+", bundle))
    assert {address for address in addresses if not address.startswith("http://www.w3.org/")} == set()


def test_it_names_no_topic_of_the_article(bundle: str) -> None:
    assert not re.search(r"twitch|palsy|caffeine|\bals\b", bundle, re.IGNORECASE)


def test_lit_is_all_it_is_made_of() -> None:
    package = json.loads((SOURCE / "package.json").read_text(encoding="utf-8"))
    assert set(package["dependencies"]) == {"lit"}
    assert set(package["devDependencies"]) == {"axe-core", "esbuild"}
    assert "resolved" not in (SOURCE / "package-lock.json").read_text(encoding="utf-8")
