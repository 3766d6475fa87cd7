"""What is said in an alarm: words and numbers as data, complete for every kind, country, and thing that can be said."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fascicle import library
from fascicle.answering import safety
from fascicle.library import countries, country_named, words
from fascicle.reply import Block, Reply
from fascicle.understanding.question import ALARMS, ENDS

ARTICLE = library.default()
LIBRARY = library.OneArticle(ARTICLE)
COUNTRIES = [None, *countries()]


def text(reply: Reply) -> str:
    return reply.text(LIBRARY)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("kind", ALARMS)
def test_every_alarm_names_a_number_in_every_country(kind: str, country: str | None) -> None:
    number = countries()[country].emergency if country else "your local emergency number"
    for of_another in (False, True):
        reply = safety.raised(kind, of_another=of_another, country=country)
        assert reply.kind == "emergency"
        assert number in text(reply)
        assert not reply.passages


@pytest.mark.parametrize("intent", sorted(safety.replies()))
@pytest.mark.parametrize("kind", ALARMS)
def test_whatever_is_said_next_gets_a_short_reply_of_kind_emergency(kind: str, intent: str) -> None:
    for country in COUNTRIES:
        reply = safety.kept_up(kind, intent, country=country)
        assert reply.kind == "emergency"
        assert "{" not in text(reply)
        assert len(text(reply)) < 400


def test_what_ends_an_alarm_has_words_of_its_own() -> None:
    assert safety.replies() > ENDS


@pytest.mark.parametrize("kind", ALARMS)
def test_an_answer_in_an_alarm_has_a_line_in_front(kind: str) -> None:
    assert "number" in text(safety.before_an_answer(kind, country=None))


@pytest.mark.parametrize("kind", ["report_crisis", "report_crisis_other"])
def test_despair_is_shown_a_crisis_line_where_the_country_has_one(kind: str) -> None:
    for country, known in countries().items():
        if known.crisis:
            assert known.crisis.number in text(safety.raised(kind, of_another=True, country=country))


def test_poison_is_shown_a_poison_line_where_the_country_has_one() -> None:
    for country, known in countries().items():
        if known.poison:
            assert known.poison.number in text(safety.raised("report_poisoning", of_another=False, country=country))


@pytest.mark.parametrize("code", sorted(countries()))
def test_numbers_can_be_dialed_and_have_a_source(code: str) -> None:
    entry = words("emergency_numbers")["countries"][code]
    assert re.fullmatch(r"[A-Z]{2}", code)
    assert re.fullmatch(r"\d{2,4}", entry["emergency"]), "an emergency number"
    assert entry["source"].startswith("https://")
    for line in ("poison", "crisis"):
        if line in entry:
            assert re.fullmatch(r"[\d+*][\d +()/*-]*", entry[line]["number"])


def test_no_two_countries_share_an_alias() -> None:
    aliases = [alias for known in countries().values() for alias in known.aliases]
    assert len(aliases) == len(set(aliases))
    assert all(alias == alias.lower() for alias in aliases)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("we are in India", "IN"),
        ("I'm in australia, who do i call", "AU"),
        ("which number in the UK?", "GB"),
        ("i was born in germany but live in france now", "FR"),
        ("we live in London", "GB"),
        ("help us", None),
        ("call who", None),
        ("an indian restaurant", None),
        ("is it in the article", None),
        ("polish the floor", None),
    ],
)
def test_a_country_is_named_or_not(said: str, code: str | None) -> None:
    assert country_named(said) == code


@pytest.mark.parametrize("language", sorted(words("emergency_lines")))
def test_another_language_gets_the_line_of_help_in_it(language: str) -> None:
    for country in (None, "US"):
        reply = safety.in_other_language(language, country=country)
        assert reply.kind == "notice"
        assert "{" not in text(reply)
        assert len(reply.blocks) == 3
    alarm = safety.raised("report_collapse", of_another=False, country="US", language=language)
    assert alarm.blocks[0] == safety.in_other_language(language, country="US").blocks[0]


def test_a_language_without_a_line_is_answered_in_english() -> None:
    assert len(safety.in_other_language("", country=None).blocks) == 1


PLAIN = Reply("answer", (Block("About that:"), Block(passage="als.treatment")))
CAREFUL = Reply("answer", (Block(passage="potassium_deficiency.treatment"), Block(passage="als.treatment")))


def test_who_asks_leave_reads_a_caution_before_the_passage() -> None:
    types = [block.type for block in safety.with_caution(PLAIN, LIBRARY, asked=True).blocks]
    assert types == ["paragraph", "caution", "paragraph"]


def test_a_passage_that_needs_it_brings_its_own_caution() -> None:
    for asked in (True, False):
        first = safety.with_caution(CAREFUL, LIBRARY, asked=asked).blocks[0]
        assert first == Block(ARTICLE.passage_by_id("potassium_deficiency.treatment").caution, type="caution")


@pytest.mark.parametrize(
    "reply",
    [
        PLAIN,
        Reply("not_covered", (Block("The article does not say."),)),
        Reply("smalltalk", (Block("Hello."),)),
    ],
)
def test_who_asks_no_leave_reads_no_caution(reply: Reply) -> None:
    assert safety.with_caution(reply, LIBRARY, asked=False) == reply


def test_a_caution_states_no_passage() -> None:
    said = safety.with_caution(PLAIN, LIBRARY, asked=True)
    assert replace(said, blocks=PLAIN.blocks) == PLAIN
    assert all(not block.passage for block in said.blocks if block.type == "caution")
