"""docs/embedding.md says what there is, and leaves nothing out: options, events, parts, properties, settings, and fields."""

from __future__ import annotations

import json
import re
from dataclasses import fields

import pytest
from rasa.shared.utils.io import read_yaml

from fascicle import ROOT, library
from fascicle.operations.ratings import RATINGS, schema
from fascicle.reply import KINDS, Block, Reply, as_message
from fascicle.web.files import PAGES
from fascicle.web.settings import Settings
from fascicle.web.throttle import Limits

GUIDE = (ROOT / "docs/embedding.md").read_text(encoding="utf-8")
SOURCE = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "widget/src").glob("*.*")))
SOURCE_OPTIONS = (ROOT / "widget/src/options.ts").read_text(encoding="utf-8")
BUILT = (ROOT / "fascicle/web/static/widget.js").read_text(encoding="utf-8")


def section(heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", GUIDE, re.M | re.S)
    assert found, heading
    return found[1]


def first_cells(heading: str, column: str) -> set[str]:
    """The names in backticks in the first column of the table whose first column is headed so."""
    table = re.search(rf"^\| {re.escape(column)} \|.*?\n(?=\n|\Z)", section(heading), re.M | re.S)
    assert table, column
    rows = table[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def camel(attribute: str) -> str:
    return re.sub(r"-([a-z])", lambda match: match[1].upper(), attribute.removeprefix("data-"))


def test_the_options_are_those_of_the_source() -> None:
    assert {camel(name) for name in first_cells("Options", "Attribute")} == set(
        re.findall(r"\bdata\.([a-zA-Z]+)", SOURCE_OPTIONS)
    )


def test_the_values_of_options_are_those_of_the_source() -> None:
    rows = re.findall(r"^\| `data-(\w+)` \| ((?:`\w+`(?:, )?)+) \| `(\w+)` \|", section("Options"), re.M)
    documented = {name: (set(re.findall(r"\w+", values)), default) for name, values, default in rows if "," in values}
    found = re.findall(r'oneOf\(data\.(\w+), \[("\w+"), ([^\]]+)\]', SOURCE_OPTIONS)
    assert documented == {name: ({first.strip('"'), *re.findall(r"\w+", rest)}, first.strip('"')) for name, first, rest in found}


def test_the_properties_are_those_of_the_source() -> None:
    assert first_cells("Looks", "Property") == set(re.findall(r"--fascicle-[a-z-]+", SOURCE))


def test_the_parts_are_those_of_the_source() -> None:
    listed = section("Looks").split("these parts can be styled", 1)[1].split(": ", 1)[1].split(". No other", 1)[0]
    assert set(re.findall(r"`(\w+)`", listed)) == set(re.findall(r'part="(\w+)"', SOURCE))


def test_the_functions_are_those_of_the_source() -> None:
    named = {re.split(r"[.(]", name)[1] for name in first_cells("JavaScript: functions and events", "Function")}
    assert named == set(re.findall(r"^    (\w+): \(", re.search(r"window\.fascicle = \{(.*?)\};\n", SOURCE, re.S)[1], re.M))


def test_the_events_are_those_of_the_source() -> None:
    assert first_cells("JavaScript: functions and events", "Event") == set(re.findall(r'#emit\("(\w+)"', SOURCE))


def test_the_troubles_are_those_of_the_source() -> None:
    listed = re.search(r"did not come: (.*?) \|", GUIDE)[1]
    assert set(re.findall(r"`(\w+)`", listed)) == set(re.findall(r'"(\w+)"', re.search(r"TROUBLES = \[(.*?)\]", SOURCE)[1]))


def test_the_options_are_in_the_built_file() -> None:
    names = {camel(name) for name in first_cells("Options", "Attribute")} | first_cells(
        "JavaScript: functions and events", "Event"
    )
    assert {name for name in names if name not in BUILT} == set()


def test_the_settings_are_those_of_the_channel() -> None:
    names = {field.name for field in fields(Settings)} - {"limits"} | {f"limits.{field.name}" for field in fields(Limits)}
    assert first_cells("Let your site use the bot", "Setting") == names
    [example] = re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)
    settings = Settings.of(read_yaml(example)["fascicle.web.channel.WebChannel"])
    assert settings == Settings(allowed_origins=frozenset({"https://www.example.org"}))


def test_the_fields_and_kinds_are_those_of_a_reply() -> None:
    message = as_message(Reply("answer", (Block(passage="als.outlook"),)), library.OneArticle(library.default()))
    assert first_cells("Without the widget", "Field of a reply") == {"id", "buttons", "erased", *message}
    kinds = re.search(r"^\| `kind` \|(.*)\|$", section("Without the widget"), re.M)[1]
    assert set(re.findall(r"`(\w+)`", kinds)) == set(KINDS)
    fields_of_a_citation = re.search(r"^\| `citations` \|(.*)\|$", section("Without the widget"), re.M)[1]
    assert set(re.findall(r"`(\w+)`", fields_of_a_citation)) == set(message["citations"][0])


def test_the_rating_it_shows_would_be_taken() -> None:
    [example] = re.findall(r"```json\n(.*?)```", GUIDE, re.S)
    body = json.loads(example)
    assert schema(library.OneArticle(library.default())).is_valid(body | {"message": "f" * 32})
    assert all(f"`{rating}`" in GUIDE for rating in RATINGS)


@pytest.mark.parametrize("path", [f"/chat/{path}" for path, _ in PAGES])
def test_the_pages_are_named(path: str) -> None:
    assert path in GUIDE


def test_every_link_leads_somewhere() -> None:
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^## (.+)$", GUIDE, re.M)}
    links = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert {link[1:] for link in links if link.startswith("#")} == anchors
    assert all((ROOT / "docs" / link).is_file() for link in links if not link.startswith("#"))
