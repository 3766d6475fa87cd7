"""Counts for the editor: from replies and ratings to the table and the page."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from datetime import date, datetime, timedelta, timezone

import pytest
from channel_server import serving

from fascicle import ROOT, library
from fascicle.answering import Context, answer, pick
from fascicle.database import Database
from fascicle.errors import Unavailable
from fascicle.operations import counts
from fascicle.operations.counts import MISSING, OUTSIDE, TABLE, Count, Counts, read
from fascicle.operations.findings import Insights
from fascicle.operations.insights import table
from fascicle.operations.insights_page import page
from fascicle.operations.ratings import Rating
from fascicle.reply import Reply, as_message
from fascicle.understanding.cues import Cues
from fascicle.understanding.question import Question

ARTICLE = library.default()
LIBRARY = library.OneArticle(ARTICLE)
OTHER, ANOTHER = (entry.name for entry in ARTICLE.outside[:2])
SENDER = "visitor_0123456789-abcdef"
TODAY = datetime.now(timezone.utc).date()
MESSAGE = "f" * 32


def question(aspect, *topics, **more) -> Question:
    return Question(f"ask_{aspect}", topics=topics, **more)


@pytest.mark.parametrize(
    ("asked", "missing", "outside"),
    [
        (question("treatment", "als"), (), ()),
        (question("duration", "als"), (("als", "duration"),), ()),
        (question("duration", "als", "stress"), (("als", "duration"), ("stress", "duration")), ()),
        (question("diagnosis", "als", "hemifacial_spasm"), (("als", "diagnosis"),), ()),
        (question("comparison", "stress", "als"), (("stress", "symptoms"),), ()),
        (question("other_cause", outside=(OTHER, ANOTHER)), (), (OTHER, ANOTHER)),
        (question("treatment", outside=(OTHER,)), (), (OTHER,)),
    ],
)
def test_a_reply_carries_what_the_article_lacks_and_shows_it_to_nobody(asked, missing, outside):
    reply, _ = answer(ARTICLE, asked, Context())
    travelled = Reply.from_dict(json.loads(json.dumps(reply.as_dict())))
    assert (travelled.missing, travelled.outside) == (missing, outside)
    assert as_message(travelled, LIBRARY) == as_message(Reply(reply.kind, reply.blocks), LIBRARY)


def test_what_several_picked_options_lack_is_carried_together():
    options = ('/ask_duration{"topic": "als"}', '/ask_duration{"topic": "stress"}')
    reply, _ = pick(ARTICLE, Question("pick_option", cues=Cues(both=True)), Context(options=options))
    assert reply.missing == (("als", "duration"), ("stress", "duration"))


@pytest.fixture
def database(tmp_path):
    made = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield made
    made.close()


def counted(database, use) -> dict:
    """What the table holds after `use`, by all but the day."""

    async def run():
        kept = Counts(database, ARTICLE)
        use(kept)
        await kept.close()
        return await database.run(lambda connection: read(connection, TODAY - timedelta(1)))

    return {tuple(filter(None, count[1:])): number for count, number in asyncio.run(run()).items()}


def shown(kind, *passages) -> dict:
    return {"kind": kind, "passages": [dict(zip(("topic", "aspect"), passage.split("."), strict=True)) for passage in passages]}


def test_replies_are_counted_by_kind_and_first_passage_and_by_what_is_missing(database):
    def use(kept):
        for _ in range(3):
            kept.reply(shown("answer", "als.outlook", "als.treatment"), {})
        kept.reply(shown("not_covered"), {"missing": [("als", "duration")], "outside": [OTHER]})
        kept.reply({"kind": "error", "error": "no_reply", "text": "…"}, {})

    assert counted(database, use) == {
        ("answer", "als", "outlook"): 3,
        ("not_covered",): 1,
        (MISSING, "als", "duration"): 1,
        (OUTSIDE, OTHER): 1,
        ("error",): 1,
    }


def test_nothing_is_counted_under_a_name_that_is_not_the_articles(database):
    strange = {"missing": [("my lip", "duration"), ("als", "my lip")], "outside": ["my lip"]}
    assert counted(database, lambda kept: kept.reply({"kind": "my lip"}, strange)) == {}


def rating(value, kind="answer", *passages) -> Rating:
    return Rating("c" * 12, MESSAGE, value, kind, passages)


def test_ratings_are_counted_by_passage_and_a_change_of_mind_counts_once(database):
    def use(kept):
        kept.rating(rating("helpful", "answer", "als.outlook", "als.treatment"), None)
        kept.rating(rating("unhelpful", "answer", "als.outlook", "als.treatment"), "helpful")
        kept.rating(rating("unhelpful", "not_covered"), None)

    assert counted(database, use) == {
        ("unhelpful", "als", "outlook"): 1,
        ("unhelpful", "als", "treatment"): 1,
        ("unhelpful", "not_covered"): 1,
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_counts_of_several_processes_add_up(kind, database, request):
    if kind == "postgresql":
        database = Database(request.getfixturevalue("postgresql_server").url)
    passages = [f"{passage.topic}.{passage.aspect}" for passage in ARTICLE.passages]

    async def run():
        servers = [Counts(database, ARTICLE) for _ in range(4)]
        for number, server in enumerate(servers):
            for passage in passages if number % 2 else reversed(passages):
                server.reply(shown("answer", passage), {})
        await asyncio.gather(*(server.close() for server in servers))
        servers[0].reply(shown("answer", passages[0]), {})
        await servers[0].close()
        return await database.run(lambda connection: read(connection, TODAY - timedelta(1)))

    found = {f"{count.topic}.{count.aspect}": number for count, number in asyncio.run(run()).items()}
    assert found == dict.fromkeys(passages, 4) | {passages[0]: 5}


def test_counts_are_written_together_and_soon(database, monkeypatch):
    monkeypatch.setattr(counts, "WRITTEN_EVERY", 0.05)
    writes, run = [], database.run

    async def watched(work):
        writes.append(work)
        return await run(work)

    monkeypatch.setattr(database, "run", watched)

    async def use():
        kept = Counts(database, ARTICLE)
        for _ in range(1000):
            kept.reply(shown("answer", "als.outlook"), {})
        assert writes == []
        deadline = time.monotonic() + 10
        while not writes and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        await kept.close()

    asyncio.run(use())
    assert len(writes) == 1


def test_a_database_that_fails_loses_counts_and_nothing_else(database, monkeypatch, caplog):
    monkeypatch.setattr(counts, "WRITTEN_EVERY", 0.01)
    run = database.run

    async def broken(work):
        raise Unavailable("broken")

    async def use():
        kept = Counts(database, ARTICLE)
        monkeypatch.setattr(database, "run", broken)
        kept.reply(shown("answer", "als.outlook"), {})
        deadline = time.monotonic() + 10
        while "lost" not in caplog.text and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        monkeypatch.setattr(database, "run", run)
        kept.reply(shown("sources"), {})
        await kept.close()
        return await run(lambda connection: read(connection, TODAY - timedelta(1)))

    assert [count.what for count in asyncio.run(use())] == ["sources"]


def test_the_channel_counts_what_it_sends_and_sends_none_of_it(database):
    async def lack(message):
        reply, _ = answer(ARTICLE, question("duration", "als"), Context())
        await message.output_channel.send_response(message.sender_id, {"reply": reply.as_dict(), "buttons": []})

    with serving({}, database) as served:
        served.agent.handle = lack
        response = served.call(body={"sender": SENDER, "message": "how long does it last"})
        message = json.loads(response.text.splitlines()[0])
        assert message.keys() == {"id", "kind", "text", "blocks", "passages", "citations", "buttons"}
        rated = {"sender": SENDER, "message": message["id"], "rating": "unhelpful", "kind": "not_covered", "passages": []}
        assert served.call(body=rated, path="/feedback").status_code == 204

        def kept():
            return asyncio.run(database.run(lambda connection: connection.execute(TABLE.select()).all()))

        deadline = time.monotonic() + 10
        while len(rows := kept()) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert {tuple(row)[1:] for row in rows} == {
        ("not_covered", "", "", "", 1),
        (MISSING, "als", "duration", "", 1),
        ("unhelpful", "", "", "not_covered", 1),
    }
    assert not [word for word in (SENDER, "how long", message["id"]) if word in str(rows)]


FIRST = date(2026, 3, 1)
COUNTS = Counter(
    {
        Count(FIRST, "answer", "als", "outlook"): 6,
        Count(FIRST + timedelta(2), "answer", "als", "outlook"): 2,
        Count(FIRST, "answer", "stress", "overview"): 1,
        Count(FIRST, "not_covered"): 5,
        Count(FIRST, MISSING, "als", "duration"): 3,
        Count(FIRST + timedelta(1), MISSING, "als", "duration"): 1,
        Count(FIRST, MISSING, "stress", "prevention"): 2,
        Count(FIRST, MISSING, "a_topic_that_is_gone", "duration"): 1,
        Count(FIRST, OUTSIDE, about=OTHER): 9,
        Count(FIRST, "out_of_scope"): 4,
        Count(FIRST, "clarify"): 2,
        Count(FIRST, "unhelpful", "als", "outlook"): 3,
        Count(FIRST, "helpful", "als", "outlook"): 1,
        Count(FIRST, "helpful", "stress", "overview"): 4,
        Count(FIRST, "unhelpful", about="not_covered"): 1,
        Count(FIRST, "helpful", about="sources"): 0,
    }
)
FOUND = Insights(FIRST, FIRST + timedelta(6), COUNTS)


def test_insights_add_up_days_and_put_the_most_wanted_first():
    assert list(FOUND.missing.items())[:2] == [(("als", "duration"), 4), (("stress", "prevention"), 2)]
    assert FOUND.asked == {"als.outlook": 8, "stress.overview": 1}
    assert FOUND.outside == {OTHER: 9}
    assert FOUND.kinds == {"answer": 9, "not_covered": 5, "out_of_scope": 4, "clarify": 2}
    assert [(rated.name, rated.unhelpful, rated.helpful) for rated in FOUND.rated] == [
        ("als.outlook", 3, 1),
        ("not_covered", 1, 0),
        ("stress.overview", 0, 4),
    ]


def test_the_table_says_in_words_what_is_missing():
    lines = [re.sub(" +", " ", line).strip() for line in table(FOUND, ARTICLE).splitlines()]
    assert "4 ALS: how long it lasts" in lines
    assert f"9 {OTHER}" in lines
    assert "3 als.outlook (of 4)" in lines
    assert "answer 45 %" in lines[0]


def test_the_page_shows_all_of_it_and_needs_nothing_else():
    made = page(FOUND, ARTICLE)
    for words in ("ALS: how long it lasts", OTHER, "a_topic_that_is_gone", "ALS: outlook", "not covered"):
        assert words in made
    assert not re.search(r"<script|<link|@import|(?:src|href)=\"(?!#)", made)


def test_days_without_anything_make_a_page_too():
    nothing = Insights(FIRST, FIRST, Counter())
    assert "Nobody has asked anything" in table(nothing, ARTICLE)
    assert "Nobody has asked anything" in page(nothing, ARTICLE)
    greeted = Insights(FIRST, FIRST, Counter({Count(FIRST, "smalltalk"): 1}))
    assert "None in these days" in page(greeted, ARTICLE)


@pytest.mark.parametrize(("days", "seen"), [("1", False), ("3", True)])
def test_the_command_reads_the_last_days(tmp_path, days, seen):
    database = Database(f"sqlite:///{tmp_path / 'fascicle.sqlite'}")
    row = Count(TODAY - timedelta(2), "answer", "als", "outlook")._asdict() | {"number": 7}
    asyncio.run(database.run(lambda connection: counts._add_rows(connection, [row])))
    database.close()
    command = [sys.executable, "-m", "fascicle.operations.insights", "--days", days, "--page", str(tmp_path / "insights.html")]
    done = subprocess.run(
        command, cwd=ROOT, env={"FASCICLE_STATE": str(tmp_path)}, capture_output=True, text=True, check=True, timeout=60
    )
    assert ("als.outlook" in done.stdout) is seen
    assert done.stderr == ""
    assert (tmp_path / "insights.html").is_file()
