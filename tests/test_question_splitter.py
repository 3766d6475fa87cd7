import pytest

from fascicle.understanding.question_splitter import MAX_PARTS, split


def parts(text) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is ALS? How is it treated?", ["What is ALS?", "How is it treated?"]),
        ("What is ALS and how is it treated?", ["What is ALS", "how is it treated?"]),
        ("what causes it, how long does it last", ["what causes it", "how long does it last"]),
        ("is it als or is it stress", ["is it als", "is it stress"]),
        ("is it stress and also can it be als", ["is it stress", "can it be als"]),
        ("I drink coffee. Why does my lip twitch", ["I drink coffee.", "Why does my lip twitch"]),
        ("Why?! Is it serious; what helps?", ["Why?!", "Is it serious;", "what helps?"]),
    ],
)
def test_each_question_is_a_part(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    ["What is ALS?", "coffee and tea", "is it caffeine, alcohol or stress?", "... what?", "???", "Hm", ""],
)
def test_what_asks_one_thing_stays_whole(text):
    assert split(text) == [(0, len(text))]


def test_spaces_around_a_message_make_no_part():
    assert parts("Hello!  ") == ["Hello!"]


def test_what_is_left_over_stays_with_the_last_part():
    found = parts(" ".join(f"why {n}?" for n in range(12)))
    assert len(found) == MAX_PARTS
    assert found[0] == "why 0?"
    assert found[-1] == "why 7? why 8? why 9? why 10? why 11?"
