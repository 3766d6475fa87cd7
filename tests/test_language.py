"""Another language than English is told, and English never taken for one."""

from __future__ import annotations

import json

import pytest

from fascicle import ROOT
from fascicle.understanding.language import language_of
from fascicle.understanding.text import even_out


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿por qué me tiembla el labio?", "es"),
        ("mi labio tiembla que hago", "es"),
        ("pourquoi ma lèvre tremble", "fr"),
        ("warum zuckt meine Lippe", "de"),
        ("perché mi trema il labbro", "it"),
        ("minha boca está torta", "pt"),
        ("dlaczego drga mi warga", "pl"),
        ("dudağım neden seğiriyor", "tr"),
        ("почему дергается губа", "ru"),
        ("嘴唇为什么会抽搐", "zh"),
        ("唇がぴくぴくする", "ja"),
        ("لماذا ترتعش شفتي", "ar"),
        ("मेरे होंठ फड़क रहे हैं", "hi"),
    ],
)
def test_other_languages_are_told_apart(text: str, language: str) -> None:
    assert language_of(even_out(text)) == language


@pytest.mark.parametrize(
    "text",
    [
        "tourettes",
        "hypokalaemia",
        "trigeminal neuralgia?",
        "caffeine",
        "lip twitch",
        "fasciculations?",
        "gonna get botox",
        "je ne sais quoi is what i have",
        "wen wil it stopp",
        "pls halp my lipp",
        "no no no",
        "ok",
        "2",
        "???",
        "",
    ],
)
def test_english_is_english(text: str) -> None:
    assert language_of(text) is None


def test_no_question_in_english_is_taken_for_another_language() -> None:
    rows = [json.loads(line) for line in (ROOT / "tests/questions/dev/questions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["text"] for row in rows if language_of(even_out(row["text"])) is not None] == []
