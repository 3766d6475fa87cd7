"""The rules by which the bot is scored, and the question sets."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import pytest

from fascicle import ROOT, library
from fascicle.bot.servers import free_port
from fascicle.reply import KINDS
from lab.evaluation import plots, score, sets, stock
from lab.evaluation.__main__ import main
from lab.evaluation.report import Run, page
from lab.evaluation.score import Rate, Result, Score
from lab.evaluation.sets import Row, SetError, Turn

QUESTIONS = sorted((ROOT / "tests/questions").glob("*/*.jsonl"))
SMALLTALK, NOTICE = {"kind": "smalltalk"}, {"kind": "notice"}


def said(kind: str | None, *passages: str) -> dict:
    return {"kind": kind, "passages": [{"id": passage} for passage in passages]}


def result(turn: Turn, *messages: dict, dialogue: bool = False) -> Result:
    return Result(Row("x", (turn,), is_dialogue=dialogue), 1, messages, 0.01)


CAFFEINE = Turn("?", "answer", ("caffeine.overview", "caffeine.symptoms"))
CHECKIN = Turn("?", "checkin", ("lip_twitching.causes",))


@pytest.mark.parametrize(
    ("turn", "messages"),
    [
        (CAFFEINE, [said("answer", "caffeine.overview")]),
        (CAFFEINE, [said("answer", "caffeine.symptoms", "als.overview")]),
        (CAFFEINE, [{"kind": "answer", "passages": ["caffeine.overview"]}]),
        (CAFFEINE, [SMALLTALK, NOTICE, said("answer", "caffeine.overview"), said("not_covered")]),
        (Turn("?", "smalltalk"), [SMALLTALK]),
        (Turn("?", "notice"), [NOTICE, SMALLTALK]),
        (Turn("?", "not_covered"), [said("not_covered")]),
        (Turn("?", "not_covered", ("als.outlook",), also=("answer",)), [said("answer", "als.outlook")]),
        (Turn("?", "answer", ("als.outlook",), also=("not_covered",)), [said("not_covered")]),
        (CHECKIN, [said("checkin")]),
        (CHECKIN, [said("answer", "lip_twitching.causes")]),
        (Turn("?", "checkin"), [said("answer", "lip_twitching.causes", "caffeine.overview")]),
        (Turn("?", "answer", ("caffeine.overview",), also=("checkin",)), [said("answer", "lip_twitching.causes")]),
        (Turn("?", "any"), [said("clarify")]),
        (Turn("?", "any"), [SMALLTALK]),
    ],
)
def test_a_turn_is_right(turn: Turn, messages: list[dict]) -> None:
    assert result(turn, *messages).is_right


@pytest.mark.parametrize(
    ("turn", "messages"),
    [
        (CAFFEINE, []),
        (CAFFEINE, [said("answer")]),
        (CAFFEINE, [said("answer", "als.overview", "caffeine.overview")]),  # the first passage counts
        (CAFFEINE, [said("not_covered"), said("answer", "caffeine.overview")]),  # and the first message
        (CAFFEINE, [said("not_covered", "caffeine.overview")]),
        (CAFFEINE, [SMALLTALK]),
        (Turn("?", "answer"), [said("answer", "caffeine.overview")]),
        (Turn("?", "smalltalk"), [SMALLTALK, said("answer", "caffeine.overview")]),
        (Turn("?", "not_covered"), [said("answer", "caffeine.overview")]),
        (Turn("?", "not_covered", also=("answer",)), [said("answer", "caffeine.overview")]),
        (Turn("?", "not_covered"), [said("out_of_scope")]),
        (CHECKIN, [said("answer", "lip_twitching.overview")]),
        (CHECKIN, [said("answer", "caffeine.overview", "lip_twitching.causes")]),
        (Turn("?", "emergency"), [said("answer", "bells_palsy.overview"), said("emergency")]),
        (Turn("?", "any"), []),
        (Turn("?", "any"), [said("error")]),
        (Turn("?", "any"), [said(None)]),
    ],
)
def test_a_turn_is_wrong(turn: Turn, messages: list[dict]) -> None:
    assert not result(turn, *messages).is_right


def test_the_kind_alone_can_be_right() -> None:
    wrong_passage = result(CAFFEINE, said("answer", "als.overview"))
    assert wrong_passage.has_right_kind
    assert not wrong_passage.is_right


def test_what_goes_wrong_is_counted() -> None:
    results = (
        result(CAFFEINE, said("answer", "caffeine.overview")),
        result(CAFFEINE, said("answer", "als.overview")),  # wrong answer
        result(Turn("?", "not_covered"), said("answer", "als.overview")),  # wrong answer
        result(Turn("?", "emergency"), SMALLTALK),  # missed
        result(Turn("?", "emergency"), said("not_covered"), said("emergency")),  # wrong, but not missed
        result(CAFFEINE, said("answer", "caffeine.overview"), said("emergency")),  # false alarm
        result(Turn("?", "any"), said("emergency")),
        result(CAFFEINE),  # silence
        result(CAFFEINE, said("error")),
    )
    counts = Score(results).counts
    assert counts["wrong answers"] == 2
    assert counts["missed emergencies"] == 1
    assert counts["false alarms"] == 1
    assert counts["errors or silence"] == 2
    assert len(Score(results).failures) == 6


def cited(text: str, number: int, **citations: str) -> dict:
    listed = [{"number": int(name[1:]), "text": passage} for name, passage in citations.items()]
    blocks = [{"spans": [{"text": "In short:"}, {"text": text, "citations": [number]}]}]
    return {"kind": "answer", "blocks": blocks, "citations": listed}


@pytest.mark.parametrize(
    ("message", "unsupported", "uncited"),
    [
        (cited("Cut down on coffee.", 1, _1="One way: cut down\non coffee. It helps."), 0, 0),
        (cited("Cut down on tea.", 1, _1="Cut down on coffee."), 1, 0),
        (cited("Cut down on tea.", 1, _1="Cut down on coffee.", _2="Cut down on tea."), 1, 0),  # stands in another passage
        (cited("Cut down on tea.", 2, _1="Cut down on tea."), 1, 0),  # cites what is not there
        ({"kind": "answer", "blocks": [{"spans": [{"text": "Cut down on tea."}]}], "citations": []}, 0, 1),
        ({"kind": "answer"}, 0, 1),
        ({"kind": "not_covered"}, 0, 0),
    ],
)
def test_citation_support(message: dict, unsupported: int, uncited: int) -> None:
    found = score.support([result(CAFFEINE, message)])
    assert (found.unsupported_spans, found.uncited_answers) == (unsupported, uncited)


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.278), (10, 10, 0.722, 1), (5, 10, 0.237, 0.763), (95, 100, 0.888, 0.978)],
)
def test_wilson_intervals(right: int, of: int, low: float, high: float) -> None:
    assert Rate(right, of).interval == pytest.approx((low, high), abs=0.001)


def test_a_dialogue_is_right_as_a_whole() -> None:
    row = Row("d", (CAFFEINE, CAFFEINE), is_dialogue=True)
    good, bad = said("answer", "caffeine.overview"), said("not_covered")
    scored = Score((Result(row, 1, (good,)), Result(row, 2, (bad,)), result(CAFFEINE, good, dialogue=True)))
    assert scored.whole_dialogues == Rate(1, 2)
    assert scored.rates["dialogue answer"] == Rate(2, 3)


def test_each_row_is_a_conversation_of_its_own() -> None:
    heard: list[tuple[str, str]] = []

    def ask(sender: str, text: str) -> list[dict]:
        heard.append((sender, text))
        return [said("answer", "caffeine.overview")]

    turns = tuple(Turn(text, "any") for text in "ab")
    scored = score.run([Row("1", turns, is_dialogue=True), Row("2", turns[:1])], ask)
    assert [text for _, text in heard] == ["a", "b", "a"]
    assert heard[0][0] == heard[1][0] != heard[2][0]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,64}", sender) for sender, _ in heard)
    assert len(scored.results) == 3


class Channel(BaseHTTPRequestHandler):
    """Refuses the text `bad`, and answers any other in two lines."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        refused = asked["message"] == "bad" or self.path != "/chat/message" or len(asked["sender"]) < 22
        self.send_response(400 if refused else 200)
        self.end_headers()
        self.wfile.write(b'{"error": "x"}' if refused else b'{"kind": "smalltalk"}\n{"error": "no_reply"}\n{"done": true}\n')

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def channel() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Channel) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/chat"
        server.shutdown()


def test_the_channel_is_asked_as_its_contract_says(channel: str) -> None:
    ask = score.over_channel(channel)
    assert [message["kind"] for message in ask("s" * 22, "good")] == ["smalltalk", "error"]
    assert [message["kind"] for message in ask("s" * 22, "bad")] == ["error"]


def test_a_channel_that_is_not_there_is_an_error() -> None:
    ask = score.over_channel(f"http://127.0.0.1:{free_port()}/chat")
    assert [message["kind"] for message in ask("s" * 22, "good")] == ["error"]


def test_the_command_scores_a_bot_that_runs(channel: str, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    questions, figures = tmp_path / "set.jsonl", tmp_path / "figures.json"
    questions.write_text('{"id": "1", "text": "good", "kind": "error"}\n{"id": "2", "text": "bad", "kind": "any"}\n')
    assert main(["--url", channel, "--json", str(figures), str(questions)]) == 0
    assert "1/2" in capsys.readouterr().out
    assert json.loads(figures.read_text())["rates"]["all single turns"] == [1, 2]


def test_the_command_refuses_a_set_that_is_not_there(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main([str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "1", "text": "no kind"}', '{"id": "1", "turns": [{"kind": "any"}]}'])
def test_a_malformed_set_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "0", "text": "fine", "kind": "any"}\n' + line)
    with pytest.raises(SetError, match=r"set\.jsonl:2"):
        sets.read_sets([path])


def test_our_sets_are_large_enough() -> None:
    rows = sets.read_sets(QUESTIONS)
    assert sum(not row.is_dialogue for row in rows) >= 600
    assert sum(row.is_dialogue for row in rows) >= 40


def test_our_sets_are_well_formed() -> None:
    rows = sets.read_sets(QUESTIONS)
    turns = [turn for row in rows for turn in row.turns]
    singles = Counter(row.turns[0].text.strip().lower() for row in rows if not row.is_dialogue)
    assert [name for name, times in Counter(row.id for row in rows).items() if times > 1] == []
    assert [text for text, times in singles.items() if times > 1] == []
    assert {kind for turn in turns for kind in (turn.kind, *turn.also)} <= {*KINDS, "any", "calm", "caution", "safe"}
    assert {p for turn in turns for p in turn.passages} <= {passage.id for passage in library.default().passages}
    assert [turn for turn in turns if turn.kind == "answer" and not turn.passages] == []
    assert all(turn.text.strip() for turn in turns)


def test_risk_falls_to_the_error_rate_at_full_coverage() -> None:
    coverage, risk = plots.risk_curve([True, False, True, True], [0.9, 0.1, 0.8, 0.7])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk.tolist() == [0, 0, 0, 0.25]


@pytest.fixture
def scored() -> Score:
    right, wrong = said("answer", "caffeine.overview"), said("answer", "als.overview")
    row = Row("<d>", (Turn("<script>", "answer", ("caffeine.treatment",)), Turn("b", "any")), is_dialogue=True)
    singles = [result(CAFFEINE, right if number % 3 else wrong) for number in range(40)]
    return Score((*singles, result(CAFFEINE), Result(row, 1, (wrong,)), Result(row, 2, (SMALLTALK,))))


def test_the_page_is_self_contained(scored: Score) -> None:
    html = page(Run(scored, [0.5] * len(scored.results), ["<set>"], "2026-01-01"), library.default())
    assert "<script>" not in html
    assert re.findall(r"(?:src|href)=\"(?!#)", html) == []
    assert html.count("<svg") == 4
    for svg in re.findall(r"<svg.*?</svg>", html, re.S):
        ElementTree.fromstring(svg)


def test_the_page_does_without_confidences_and_dialogues(scored: Score) -> None:
    html = page(Run(Score(tuple(scored.singles)), [], ["set"], "2026-01-01"), library.default())
    assert html.count("<svg") == 3


def test_the_table_and_the_data_hold_the_same(scored: Score) -> None:
    data = score.as_data(scored)
    assert data["rates"]["all single turns"] == [26, 41]
    assert "26/41" in score.table(scored)
    assert len(data["failures"]) == 16
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize(
    ("intent", "topic", "kind", "passages"),
    [
        ("ask_treatment", "bells_palsy", "answer", ["bells_palsy.treatment"]),
        ("ask_diagnosis", "caffeine", "not_covered", []),
        ("ask_duration", None, "not_covered", []),
        ("report_emergency", None, "emergency", []),
        ("report_crisis", None, "emergency", []),
        ("out_of_scope", None, "out_of_scope", []),
        ("greet", None, "smalltalk", []),
        ("ask_sources", None, "sources", []),
        ("nlu_fallback", None, "clarify", []),
    ],
)
def test_a_stock_model_is_judged_by_the_same_decisions(intent: str, topic: str | None, kind: str, passages: list[str]) -> None:
    entities = [{"entity": "topic", "value": topic, "start": 0, "end": 1}] if topic else []
    reply = stock.replier(library.default())({"intent": {"name": intent}, "entities": entities})
    assert (reply["kind"], reply.get("passages", [])) == (kind, passages)


def test_the_stock_pipeline_is_the_one_rasa_fills_in() -> None:
    config = stock.stock_pipeline().read_text(encoding="utf-8")
    assert re.findall(r"- name: (\w+)", config)[:6] == [
        "WhitespaceTokenizer", "RegexFeaturizer", "LexicalSyntacticFeaturizer", "CountVectorsFeaturizer",
        "CountVectorsFeaturizer", "DIETClassifier",
    ]  # fmt: skip


def test_examples_are_copied_flat(tmp_path: Path) -> None:
    (tmp_path / "nlu").mkdir()
    (tmp_path / "built").mkdir()
    for path in ("nlu/a.yml", "nlu/b.yml", "built/a.yml"):
        (tmp_path / path).write_text(path)
    copied = stock.copy_examples([tmp_path / "nlu", tmp_path / "built/a.yml"], tmp_path / "to")
    assert sorted(path.read_text() for path in copied.iterdir()) == ["built/a.yml", "nlu/a.yml", "nlu/b.yml"]
