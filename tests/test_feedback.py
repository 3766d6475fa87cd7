import asyncio

import pytest

from fascicle import library, sent
from fascicle.bot.conversations import Conversations
from fascicle.database import conversation_of
from fascicle.errors import NotSent
from fascicle.operations.ratings import MAX_PASSAGES, RATINGS, TABLE, Rating, Ratings, schema
from fascicle.reply import KINDS

SENDER = "visitor_0123456789-abcdef"
MESSAGE = "0123456789abcdef" * 2
GOOD = {"sender": SENDER, "message": MESSAGE, "rating": "helpful", "kind": "answer", "passages": ["als.outlook"]}
PASSAGES = [passage.id for passage in library.default().passages]


@pytest.fixture(scope="module")
def ratings():
    return schema(library.OneArticle(library.default()))


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


def send(connection, body):
    """Have sent the message that is rated."""
    if not sent.was_sent(connection, conversation_of(body["sender"]), body["message"]):
        sent.note(connection, body["sender"], [body["message"]])


@pytest.fixture
def kept(database):
    """Adds ratings, and returns what is kept then."""

    def keep(*bodies):
        async def add():
            for body in bodies:
                await database.run(lambda connection, body=body: send(connection, body))
                await Ratings(database).add(Rating.of(body))
            return await database.run(lambda connection: connection.execute(TABLE.select()).mappings().all())

        return [tuple(row[name] for name in ("message", "rating", "kind", "passages")) for row in asyncio.run(add())]

    return keep


def test_the_last_rating_of_a_message_counts(kept):
    other = {"message": "f" * 32, "kind": "not_covered", "passages": []}
    assert kept(GOOD, GOOD | other, GOOD | {"rating": "unhelpful", "passages": ["als.outlook", "als.overview"]}) == [
        ("f" * 32, "helpful", "not_covered", ""),
        (MESSAGE, "unhelpful", "answer", "als.outlook als.overview"),
    ]


@pytest.mark.parametrize("change", [{"message": "f" * 32}, {"sender": SENDER[::-1]}])
def test_a_message_that_was_not_sent_there_is_not_rated_and_no_earlier_rating_is_lost(kept, database, change):
    kept(GOOD)
    with pytest.raises(NotSent):
        asyncio.run(Ratings(database).add(Rating.of(GOOD | change)))
    assert [message for message, *_ in kept()] == [MESSAGE]


def test_a_message_is_not_rated_once_its_conversation_is_erased(kept, database):
    kept(GOOD)
    asyncio.run(Conversations(database=database).erase(SENDER))
    with pytest.raises(NotSent):
        asyncio.run(Ratings(database).add(Rating.of(GOOD)))
    assert kept() == []


def test_nobody_can_change_the_rating_of_another_conversation(kept):
    stranger = GOOD | {"sender": SENDER[::-1], "rating": "unhelpful"}
    assert [rating for _, rating, *_ in kept(GOOD, stranger)] == ["helpful", "unhelpful"]


def test_the_ratings_of_a_conversation_are_erased_with_it(kept, database):
    stranger = GOOD | {"sender": SENDER[::-1], "message": "f" * 32}
    kept(GOOD, GOOD | {"message": "e" * 32}, stranger)
    asyncio.run(Conversations(database=database).erase(SENDER))
    assert [message for message, *_ in kept()] == ["f" * 32]


def test_the_database_does_not_tell_who_rated(kept, tmp_path):
    kept(GOOD)
    assert all(SENDER.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_ratings_of_a_conversation_belong_together():
    same, other = Rating.of(GOOD | {"rating": "unhelpful"}), Rating.of(GOOD | {"sender": SENDER[::-1]})
    assert Rating.of(GOOD).conversation == same.conversation != other.conversation
