"""The benchmark's own workings; what it measures is measured by `make bench`."""

from __future__ import annotations

import asyncio
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from ruamel.yaml import YAML

from benchmarks import bots, growth, load, measure, projects
from benchmarks.bots import NoAnswer
from benchmarks.load import Load
from benchmarks.measure import Run
from benchmarks.page import TARGETS, page, table
from fascicle import article

INTENT = re.compile(r"^  - intent: (\w+)", re.MULTILINE)


def intents(folder: Path) -> set[str]:
    files = [*folder.glob("data/nlu/*.yml"), folder / "data/built/nlu.yml"]
    return {intent for path in files for intent in INTENT.findall(path.read_text(encoding="utf-8"))}


def test_both_projects_have_the_same_questions_and_every_intent(tmp_path: Path) -> None:
    ours, stock = projects.ours(tmp_path / "ours", 400), projects.stock(tmp_path / "stock", 400)
    paths = [path.relative_to(ours) for path in ours.rglob("*.yml") if path.name != "config.yml"]
    assert [(ours / path).read_text() == (stock / path).read_text() for path in paths] == [True] * len(paths)
    assert (ours / "config.yml").read_text() != (stock / "config.yml").read_text()
    assert intents(ours) == intents(projects.ROOT)
    count = sum(projects._questions(path) for path in [*ours.glob("data/nlu/*.yml"), ours / "data/built/nlu.yml"])
    assert 400 <= count <= 400 + 2 * len(intents(ours))


def test_a_thinned_file_is_still_yaml_with_its_names(tmp_path: Path) -> None:
    folder = projects.ours(tmp_path / "ours", 300)
    built = YAML(typ="safe").load((folder / "data/built/nlu.yml").read_text(encoding="utf-8"))
    whole = YAML(typ="safe").load((projects.ROOT / "data/built/nlu.yml").read_text(encoding="utf-8"))
    assert [entry for entry in built["nlu"] if "lookup" in entry] == [entry for entry in whole["nlu"] if "lookup" in entry]


def test_a_generated_article_is_an_article(tmp_path: Path) -> None:
    path = tmp_path / "article.yml"
    YAML(typ="safe").dump(growth._article(60), path)
    loaded = article.load(path)
    assert len(loaded.topics) == 60
    assert len({topic.name for topic in loaded.topics.values()}) == 60


def test_percentiles_are_those_of_the_sorted_turns() -> None:
    found = measure.percentiles([number / 1000 for number in range(100, 0, -1)])
    assert found == {"median": pytest.approx(51), "p95": pytest.approx(96), "p99": pytest.approx(100)}


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ('{"text": "a"}\n{"text": "b"}\n{"done": true}\n', ["a", "b"]),
        ('[{"recipient_id": "x", "text": "a"}]', ["a"]),
        ("[]", []),
    ],
)
def test_replies_of_both_channels_are_read(body: str, texts: list[str]) -> None:
    assert [message["text"] for message in bots.messages(body)] == texts


def test_an_error_is_no_answer() -> None:
    with pytest.raises(NoAnswer):
        bots.messages('{"error": "no_reply", "text": "sorry"}\n{"done": true}\n')


@pytest.mark.parametrize(
    ("answer", "crossed", "errors"),
    [
        (lambda body, count: [{"text": body["message"], "recipient_id": body["sender"]}], False, False),
        (lambda body, count: [{"text": body["message"] if count < 9 else "else", "recipient_id": body["sender"]}], True, False),
        (lambda body, count: [{"text": body["message"], "recipient_id": body["sender"] if count < 9 else "x"}], False, True),
        (lambda body, count: [{"text": body["message"]}] if count < 9 else [], False, True),
    ],
    ids=["right", "another answer", "for another sender", "silence"],
)
def test_crossed_and_lost_replies_are_counted(answer: Any, crossed: bool, errors: bool) -> None:
    async def run() -> Load:
        asked = []

        async def handle(request: web.Request) -> web.Response:
            asked.append(await request.json())
            return web.json_response(answer(asked[-1], len(asked)))

        app = web.Application()
        app.router.add_post("/", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        port = bots.free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            return await load.run(f"http://127.0.0.1:{port}/", senders=4, seconds=0.3)
        finally:
            await runner.cleanup()

    found = asyncio.run(run())
    assert found.turns
    assert (found.crossed > 0, found.errors > 0) == (crossed, errors)


def side(factor: float) -> dict[str, Any]:
    """Figures of a bot that takes `factor` times as long as another."""
    run = Run(shell=[3.0 * factor], http=[4.0 * factor], memory=[{"Rasa server": 100 * factor, "action server": 10 * factor}])
    run.turns = {"one question": [0.02 * factor] * 10}
    run.load = {senders: [Load(senders, 1.0, [0.1 * factor] * round(40 / factor))] for senders in measure.SENDERS}
    run.growth = {"turn": {5: 10.0, 500: 12.0}, "topics": {13: 10.0, 2000: 11.0}, "training": {500: 1.0, 8000: 16.0}}
    return json.loads(json.dumps(run.figures() | {"training": 5.0 * factor, "questions": 300, "stages": {"encoder": 7.0}}))


@pytest.fixture
def results() -> dict[str, Any]:
    ours, stock = side(1), side(2)
    made = {"date": "2020-01-01", "runs": 1, "cores": 2, "cpu": "a <cpu>"}
    return {"ratios": measure.ratios(ours, stock), "ours": ours, "stock": stock, "machine": made}


def test_ratios_are_ours_to_stock(results: dict[str, Any]) -> None:
    halved = dict.fromkeys(
        ("first_answer_shell", "first_answer_http", "turn_median", "turn_p99", "memory", "training"), pytest.approx(0.5)
    )
    grown = {"throughput_16": 2.0, "turn_500_over_5": 1.2, "topics_2000_over_13": 1.1}
    assert results["ratios"] == halved | grown
    assert results["ratios"].keys() == TARGETS.keys()


def test_the_table_marks_what_misses_its_target(results: dict[str, Any]) -> None:
    lines = {line[:40].strip(): line for line in table(results).splitlines()}
    missed = {label for label, line in lines.items() if line.endswith("missed")}
    assert missed == {TARGETS[name][0] for name in ("first_answer_shell", "first_answer_http", "training")}


def test_the_page_shows_every_figure_and_is_well_formed(results: dict[str, Any]) -> None:
    html = page(results)
    for label, _ in TARGETS.values():
        assert label in html
    assert "a &lt;cpu&gt;" in html
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(svg)
    assert html.count("<svg") == 8
