"""The benchmark's own workings; what it measures is measured by `make bench`."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest
from ruamel.yaml import YAML

from fascicle import library
from lab.benchmarks import bots, growth, load, measure, projects
from lab.benchmarks.bots import NoAnswer
from lab.benchmarks.load import Load
from lab.benchmarks.measure import Run
from lab.benchmarks.page import TARGETS, page, table

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
    loaded = library.load(path)
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


class FakeBot(BaseHTTPRequestHandler):
    """Answers each question with a passage, as long as `right`; then as `wrong` says."""

    protocol_version = "HTTP/1.1"
    right: int
    wrong: str
    asked: list[str]
    lock: Lock

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            self.asked.append(body["message"])
            is_right = len(self.asked) <= self.right
        place = next(n for n, question in enumerate(load.questions()) if body["message"].startswith(question.removesuffix("?")))
        replies = {
            "right": [{"text": MARKS[place]}],
            "crossed": [{"text": MARKS[(place + 1) % 2]}],
            "unlike": [{"text": "something else"}],
            "silent": [],
            "failed": [{"error": "no_reply", "text": "sorry"}],
        }
        said = json.dumps(replies["right" if is_right else self.wrong]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None: ...


MARKS = [
    f"these are the words of {''.join(chr(97 + int(digit)) for digit in str(n))} passage" for n in range(len(load.questions()))
]


@pytest.mark.parametrize(
    ("wrong", "counted"),
    [
        ("right", set()),
        ("crossed", {"crossed", "unlike"}),
        ("unlike", {"unlike"}),
        ("silent", {"errors"}),
        ("failed", {"errors"}),
    ],
)
def test_crossed_and_lost_replies_are_counted(wrong: str, counted: set[str]) -> None:
    handler = type("Handler", (FakeBot,), {"right": len(load.questions()) + 20, "wrong": wrong, "asked": [], "lock": Lock()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found = load.run(f"http://127.0.0.1:{server.server_port}/", senders=2, seconds=1)
        server.shutdown()
    assert found.per_second > 0
    assert {name for name in ("errors", "crossed", "unlike") if getattr(found, name)} == counted
    assert len(set(handler.asked)) == len(handler.asked), "a question was asked twice"


def side(factor: float) -> dict[str, Any]:
    """Figures of a bot that takes `factor` times as long as another."""
    run = Run(shell=[3.0 * factor], http=[4.0 * factor], memory=[{"Rasa server": 100 * factor, "action server": 10 * factor}])
    run.turns = {"one question": [0.02 * factor] * 10}
    run.load = {senders: [Load(senders, 40 / factor, *[100 * factor] * 3, 0, 0, 0)] for senders in measure.SENDERS}
    run.growth = {"turn": {5: 10.0, 500: 12.0}, "topics": {13: 10.0, 2000: 11.0}, "training": {500: 1.0, 8000: 16.0}}
    return json.loads(
        json.dumps(run.figures() | {"training": 5.0 * factor, "questions": 300, "stages": {"encoder": 7.0}, "classifying": 9.0})
    )


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


CLASSIFYING = "encoder and classifier, ms"


def test_the_table_marks_what_misses_its_target(results: dict[str, Any]) -> None:
    lines = {line[:40].strip(): line for line in table(results).splitlines()}
    missed = {label for label, line in lines.items() if line.endswith("missed")}
    assert missed == {TARGETS[name][0] for name in ("first_answer_shell", "first_answer_http", "training")} | {CLASSIFYING}


def test_the_page_shows_every_figure_and_is_well_formed(results: dict[str, Any]) -> None:
    html = page(results)
    for label, _ in TARGETS.values():
        assert label in html
    assert "a &lt;cpu&gt;" in html
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(svg)
    assert html.count("<svg") == 8
