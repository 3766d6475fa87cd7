import sqlite3
from contextlib import closing

import pytest

from fascicle import article
from fascicle.feedback import MAX_PASSAGES, RATINGS, Rating, SqliteFeedback, schema
from fascicle.reply import KINDS

SENDER = "visitor_0123456789-abcdef"
MESSAGE = "0123456789abcdef" * 2
GOOD = {"sender": SENDER, "message": MESSAGE, "rating": "helpful", "kind": "answer", "passages": ["als.outlook"]}
PASSAGES = [passage.id for passage in article.default().passages]


@pytest.fixture(scope="module")
def ratings():
    return schema(article.default())


@pytest.mark.parametrize(
    "change",
    [
        {},
        *({"kind": kind} for kind in KINDS),
        *({"rating": rating} for rating in RATINGS),
        {"passages": []},
        {"passages": PASSAGES[:MAX_PASSAGES]},
    ],
)
def test_a_rating_of_a_message_the_bot_could_have_sent_is_good(ratings, change):
    assert ratings.is_valid(GOOD | change)


@pytest.mark.parametrize(
    "change",
    [
        {"rating": "great"},
        {"rating": None},
        {"rating": ["helpful"]},
        {"kind": "joke"},
        {"kind": {}},
        {"message": "1"},
        {"message": MESSAGE + "\n"},
        {"message": MESSAGE.upper()},
        {"message": 7},
        {"passages": ["als.nothing"]},
        {"passages": ["als"]},
        {"passages": [["als.outlook"]]},
        {"passages": ["als.outlook", "als.outlook"]},
        {"passages": "als.outlook"},
        {"passages": None},
        {"comment": "my name is Jo"},
    ],
)
def test_any_other_rating_is_not(ratings, change):
    assert not ratings.is_valid(GOOD | change)


@pytest.mark.parametrize("name", GOOD)
def test_a_rating_that_lacks_something_is_not(ratings, name):
    assert not ratings.is_valid({key: value for key, value in GOOD.items() if key != name})


def rows(path, table="ratings", columns="message, rating, kind, passages") -> list[tuple]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT {columns} FROM {table} ORDER BY number").fetchall()


def test_ratings_are_added_and_the_last_one_of_a_message_counts(tmp_path):
    store, other = SqliteFeedback(tmp_path / "feedback.sqlite"), "f" * 32
    for change in ({}, {"message": other, "kind": "not_covered", "passages": []}, {"rating": "unhelpful"}):
        store.add(Rating.of(GOOD | change))
    first, second, third = (
        (MESSAGE, "helpful", "answer", '["als.outlook"]'),
        (other, "helpful", "not_covered", "[]"),
        (MESSAGE, "unhelpful", "answer", '["als.outlook"]'),
    )
    assert rows(tmp_path / "feedback.sqlite") == [first, second, third]
    assert rows(tmp_path / "feedback.sqlite", "counted") == [second, third]


def test_the_file_does_not_tell_who_rated(tmp_path):
    path = tmp_path / "feedback.sqlite"
    SqliteFeedback(path).add(Rating.of(GOOD))
    assert SENDER.encode() not in path.read_bytes()
    assert rows(path, columns="conversation") == [(Rating.of(GOOD).conversation,)]


def test_ratings_of_a_conversation_belong_together():
    same, other = Rating.of(GOOD | {"rating": "unhelpful"}), Rating.of(GOOD | {"sender": SENDER[::-1]})
    assert Rating.of(GOOD).conversation == same.conversation != other.conversation
