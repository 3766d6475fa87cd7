"""How the figures of faults and load come about; the faults themselves are in tests/cluster."""

from __future__ import annotations

import json

import pytest

from lab.reliability import faults
from lab.reliability.__main__ import PAGE, RESULTS, merged, table, with_figures
from lab.reliability.faults import Found, found, recovery, spoil
from lab.reliability.kept import Stored, lost, missing
from lab.reliability.load import figures, slope
from lab.reliability.people import CROSSED, RIGHT, SILENCE, Reply, Turn, judged


def turn(text="q", seen=RIGHT, asked=0.0, seconds=0.5, passage="als.overview", done=True, sender="s"):
    return Turn(sender, text, passage, asked, seconds, Reply(seen, 200, done))


def stored(number, said, passage="als.overview"):
    return Stored(number, said, json.dumps([{"event": "bot", "passages": [passage]}]))


ANSWER = {"kind": "answer", "passages": [{"id": "als.overview"}]}
EMERGENCY = {"kind": "emergency", "passages": []}


@pytest.mark.parametrize(
    ("messages", "passage", "seen"),
    [
        ([ANSWER], "als.overview", RIGHT),
        ([ANSWER], "als.treatment", CROSSED),
        ([], "als.overview", SILENCE),
        ([{"error": "no_reply", "kind": "error"}], "als.overview", "no_reply"),
        ([ANSWER, {"error": "no_reply", "kind": "error"}], "als.overview", "no_reply"),
        ([{"kind": "not_covered", "passages": []}], "als.overview", "not_covered"),
        ([EMERGENCY], "", RIGHT),
        ([ANSWER], "", CROSSED),
        ([EMERGENCY], "als.overview", "emergency"),
    ],
)
def test_a_reply_is_judged_by_the_passage_it_shows(messages, passage, seen):
    assert judged(messages, passage) == seen


ASKED = [turn("one", asked=1), turn("two", asked=2)]


@pytest.mark.parametrize(
    ("kept", "faults_found"),
    [
        ([stored(1, "one"), stored(2, "two")], 0),
        ([stored(1, "one"), stored(2, "not delivered"), stored(3, "two")], 0),
        ([stored(1, "one")], 1),
        ([], 2),
        ([stored(1, "one"), stored(2, "one"), stored(3, "two")], 1),
        ([stored(1, "two"), stored(2, "one")], 1),
        ([stored(1, "one"), stored(2, "two", "als.treatment")], 1),
    ],
)
def test_what_was_delivered_has_to_be_stored_once_and_in_order(kept, faults_found):
    assert len(missing(ASKED, kept)) == faults_found
    assert len(missing(ASKED[::-1], kept)) == faults_found, "turns are noted in the order in which they ended"


def test_only_whole_replies_to_questions_have_to_be_stored(tmp_path):
    import sqlite3

    path = tmp_path / "fascicle.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE turns (sender_id, number, events)")
    free = [turn(done=False), turn(seen="no_reply"), turn(passage="", seen=RIGHT)]
    assert lost(free, f"sqlite:///{path}") == []
    assert len(lost([*free, turn()], f"sqlite:///{path}")) == 1


@pytest.mark.parametrize(
    ("seen", "recovered"),
    [
        ([(9.0, RIGHT), (11.0, RIGHT)], 0.0),
        ([(9.0, "no_reply"), (11.0, RIGHT)], 0.0),
        ([(11.0, "no_reply"), (12.5, RIGHT), (13.0, RIGHT)], 2.5),
        ([(11.0, "no_reply"), (12.0, RIGHT), (13.0, "no_reply"), (14.0, RIGHT)], 4.0),
        ([(11.0, RIGHT), (12.0, "no_reply")], None),
    ],
)
def test_well_again_begins_with_the_first_right_reply_after_the_last_fault(seen, recovered):
    turns = [turn(seen=what, asked=at - 0.5) for at, what in seen]
    assert recovery(turns, broken=10.0) == recovered
    assert recovery(turns[::-1], broken=10.0) == recovered


def test_a_fault_is_summed_up():
    turns = [
        turn(asked=11),
        turn(seen=CROSSED, asked=12, seconds=3.0),
        turn(passage="", seen="no_reply", asked=13),
        turn(asked=20),
    ]
    summed = found("kill-rasa", turns, ["one is gone"], broken=10.0, lasted_s=1.0)
    assert summed.seen_by_person == {RIGHT: 2, CROSSED: 1, "no_reply": 1}
    assert (summed.turns, summed.lost, summed.crossed, summed.longest_wait_s) == (4, 1, 1, 3.0)
    assert summed.emergencies == {"reported": 1, "answered": 0}
    assert summed.note == "one is gone"


def test_the_slope_of_memory_is_that_of_its_line_with_an_interval():
    assert slope([0.0, 1.0, 2.0, 3.0], [100.0, 110.0, 120.0, 130.0]) == {"mb_per_h": 10.0, "interval": [10.0, 10.0]}
    flat = slope([0.0, 0.1, 0.2, 0.3, 0.4], [100.0, 101.0, 99.0, 101.0, 100.0])
    assert flat["interval"][0] < 0 < flat["interval"][1]
    assert slope([0.0, 1.0], [1.0, 2.0]) == {"mb_per_h": None, "interval": None}


def test_a_load_counts_what_went_wrong():
    counted = figures([turn(seconds=0.1), turn(seconds=0.3), turn(seen="overloaded"), turn(seen=CROSSED)], seconds=2.0)
    assert (counted["turns"], counted["turns_per_s"], counted["error_rate"], counted["crossed"]) == (4, 1.0, 0.5, 1)
    assert counted["wait_s"]["p99"] <= 0.3


def test_what_is_measured_anew_takes_the_place_of_the_old():
    old = {"faults": [{"name": "kill-rasa", "lost": 1}, {"name": "full-disk", "lost": 0}], "load": {"turns": 5}, "machine": "a"}
    new = {"faults": [{"name": "kill-rasa", "lost": 0}], "machine": "b"}
    assert merged(old, new) == {
        "faults": [{"name": "kill-rasa", "lost": 0}, {"name": "full-disk", "lost": 0}], "load": {"turns": 5}, "machine": "b",
    }  # fmt: skip


def test_the_table_has_a_line_for_each_fault():
    never = Found("kill-rasa", {"no_reply": 3}, None, 3, 0, 0).as_json()
    lines = table({"faults": [never]}).splitlines()
    assert lines[1].split() == ["kill-rasa", "never", "0.0", "s", "3", "0", "0", "no_reply", "3"]


def test_the_page_has_the_figures_of_the_results():
    page, kept = PAGE.read_text(), json.loads(RESULTS.read_text())
    assert with_figures(page, kept) == page, "run `make reliability`, or put both files back"
    assert with_figures(page, kept | {"faults": []}) != page


def test_there_is_a_fault_for_every_program_and_way():
    assert {"kill-postgres", "stop-nginx", "full-queue", "full-disk", "corrupt-model"} <= set(faults.FAULTS)
    assert len(faults.FAULTS) == 13


def test_a_spoiled_file_keeps_its_length(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"x" * 50_000)
    spoil(path)
    assert len(path.read_bytes()) == 50_000
    assert path.read_bytes() != b"x" * 50_000
