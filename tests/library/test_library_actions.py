"""The actions over a library in a file: what they say, offer, and remember, and that what they offer is accepted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from shelf import WRITTEN, filled, message

from actions import actions, check_in
from fascicle import library
from fascicle.bot.turn import checked_payload
from fascicle.errors import Fault
from fascicle.library import SqliteLibrary, load
from fascicle.library.store import Entry
from fascicle.reply import Reply, as_message


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file with the library, and one in which an article that is written is that of the page."""
    folder = tmp_path_factory.mktemp("library")
    made = {name: SqliteLibrary(folder / f"{name}.sqlite", make=True) for name in ("plain", "page")}
    for name, shelf in made.items():
        filled(shelf, tmp_path_factory.mktemp(name))
    made["page"].put([Entry(replace(load(WRITTEN), restated=True))])
    return folder


class Talk:
    """A conversation: its slots, and the last message."""

    def __init__(self):
        self.slots, self.said = {}, []

    def __call__(self, action, text="", *, metadata=None, **intents):
        """Run an action on what a person says; its replies as the channel sends them."""
        latest = message(library.opened(), text, **intents) if not text.startswith("/") else pressed(text)
        return self.after(action, {**latest, "metadata": metadata or {}})

    def after(self, action, latest):
        dispatcher = CollectingDispatcher()
        tracker = Tracker("visitor", self.slots, latest, [], False, None, {}, "")
        for event in json.loads(json.dumps(action.run(dispatcher, tracker, {}))):
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        self.said = json.loads(json.dumps(dispatcher.messages))
        return [as_message(sent(one), library.opened()) for one in self.said if sent(one)]

    @property
    def buttons(self):
        return [button["payload"] for one in self.said for button in one["buttons"]]


def sent(said):
    """The reply in what an action said; None in a response of the domain."""
    found = said.get("reply") or said.get("kwargs", {}).get("reply")
    return Reply.from_dict(found) if found else None


def pressed(text):
    """A button's message, as Rasa reads it."""
    intent, _, named = text.lstrip("/").partition("{")
    entities = [{"entity": name, "value": value, "start": 0, "end": 0} for name, value in json.loads("{" + named).items()]
    return {"text": text, "intent": {"name": intent}, "entities": entities}


def opened(files, monkeypatch, name):
    monkeypatch.setenv("FASCICLE_LIBRARY", str(files / f"{name}.sqlite"))
    monkeypatch.setenv("FASCICLE_ARTICLE_ID", "dry_eyes" if name == "page" else "")
    library.opened.cache_clear()


@pytest.fixture(autouse=True)
def _closed():
    yield
    library.opened.cache_clear()


@pytest.fixture
def talk(files, monkeypatch):
    opened(files, monkeypatch, "plain")
    return Talk()


@pytest.fixture
def on_page(files, monkeypatch):
    opened(files, monkeypatch, "page")
    return Talk()


def cited(messages):
    """Article and passage of every citation."""
    return [(one["article"], one["passage"]) for said in messages for one in said["citations"]]


def article_in(payload):
    """The article that a payload names."""
    return json.loads(payload[payload.index("{") :])["article"]


def accepted(talk):
    """Whether every button is accepted."""
    return [checked_payload(button, library.opened()) for button in talk.buttons] == talk.buttons


def test_an_answer_is_said_and_remembered_with_its_article(talk):
    [said] = talk(actions.ActionAnswer(), "how is carpal tunnel syndrome treated", ask_treatment=1.0)
    assert said["kind"] == talk.slots["outcome"] == "answer"
    assert ("carpal", "carpal_tunnel_syndrome.treatment") in cited([said])
    assert talk.slots["article"] == "carpal"
    assert talk.buttons
    assert accepted(talk)


def test_what_names_nothing_stays_and_what_names_another_leaves(talk):
    talk(actions.ActionAnswer(), "what is carpal tunnel syndrome")
    [said] = talk(actions.ActionAnswer(), "does it go numb at night", ask_symptoms=1.0)
    assert {article for article, _ in cited([said])} == {"carpal"}
    [said] = talk(actions.ActionAnswer(), "what is nephrolithiasis")
    assert {article for article, _ in cited([said])} == {"stones"}
    assert talk.slots["article"] == "stones"
    assert all(passage.startswith("nephrolithiasis.") for passage in talk.slots["told"])


def test_an_article_that_is_no_longer_there_is_forgotten(talk):
    talk.slots |= {"article": "gone", "topics": ["gone"], "told": ["gone.overview"]}
    [said] = talk(actions.ActionAnswer(), "what is carpal tunnel syndrome")
    assert (said["kind"], talk.slots["told"]) == ("answer", ["carpal_tunnel_syndrome.overview"])


@pytest.mark.parametrize("kind", ["plain", "page"])
class TestAQuestionBack:
    @pytest.fixture
    def asked_back(self, files, monkeypatch, kind):
        opened(files, monkeypatch, kind)
        talk = Talk()
        [said] = talk(actions.ActionAnswer(), "how is a tunnel syndrome treated", ask_treatment=1.0)
        assert said["kind"] == "clarify"
        assert len(talk.buttons) == 2
        assert accepted(talk)
        return talk

    def test_is_answered_by_its_buttons(self, asked_back, kind):
        for number in (0, 1):
            payload = asked_back.slots["options"][number]
            after = Talk()
            after.slots = dict(asked_back.slots)
            [said] = after(actions.ActionAnswer(), payload)
            assert said["kind"] == "answer"
            assert cited([said])[0][0] == article_in(payload)

    @pytest.mark.parametrize(("text", "place"), [("the first one", 0), ("the second one", 1), ("the last one", -1)])
    def test_is_answered_by_what_is_picked_from_it(self, asked_back, text, place, kind):
        payload = asked_back.slots["options"][place]
        [said] = asked_back(actions.ActionPick(), text, pick_option=1.0)
        assert (said["kind"], cited([said])[0][0]) == ("answer", article_in(payload))

    def test_is_answered_by_a_yes_with_the_first(self, asked_back, kind):
        payload = asked_back.slots["suggestion"]
        [said] = asked_back(actions.ActionAccept(), "yes", affirm=1.0)
        assert cited([said])[0][0] == article_in(payload)


class TestMore:
    def test_is_the_next_passage_of_the_article_in_play_until_there_is_none(self, talk):
        talk(actions.ActionAnswer(), "what is carpal tunnel syndrome")
        seen = list(talk.slots["told"])
        while True:
            [said] = talk(actions.ActionMore(), "tell me more", ask_more=1.0)
            if said["kind"] == "notice":
                break
            assert {article for article, _ in cited([said])} == {"carpal"}
            seen += [passage for _, passage in cited([said])]
            assert accepted(talk)
        assert sorted(seen) == sorted(passage.id for passage in library.opened().article("carpal").passages)

    def test_of_a_written_article_is_of_its_topics(self, on_page):
        on_page(actions.ActionAnswer(), "what are contact lenses")
        [said] = on_page(actions.ActionMore(), "tell me more", ask_more=1.0)
        assert cited([said]) == [("dry_eyes", "contact_lenses.symptoms")]
        assert accepted(on_page)


class TestATurnDown:
    def test_is_a_reply_that_shows_no_passage(self, talk):
        [said] = talk(actions.ActionTurnDown(), "who won the cup", out_of_scope=1.0)
        assert (said["kind"], said["citations"]) == ("out_of_scope", [])

    def test_is_none_where_an_article_is_about_it(self, talk):
        [said] = talk(actions.ActionTurnDown(), "what is carpal tunnel syndrome", ask_other_condition=0.6, ask_overview=0.4)
        assert (said["kind"], talk.slots["article"]) == ("answer", "carpal")

    def test_leaves_what_is_in_play(self, talk):
        talk(actions.ActionAnswer(), "what is carpal tunnel syndrome")
        before = dict(talk.slots)
        [said] = talk(actions.ActionTurnDown(), "who won the cup", out_of_scope=1.0)
        assert (said["kind"], said["citations"]) == ("not_covered", [])
        assert {**talk.slots, "outcome": ""} == {**before, "outcome": ""}


class TestAllThatIsOffered:
    """Whatever an action says of an article of a library, its buttons are accepted, and its passages are of that article."""

    @pytest.mark.parametrize(
        ("action", "text", "intent"),
        [
            (actions.ActionSources(), "what is your source", "ask_sources"),
            (actions.ActionRephrase(), "say that again", "ask_rephrase"),
            (actions.ActionClarify(), "no, not that", "reject_answer"),
            (actions.ActionMore(), "more", "ask_more"),
            (actions.ActionPick(), "the seventh one", "pick_option"),
            (actions.ActionAccept(), "yes", "affirm"),
            (check_in.ActionOpenCheckIn(), "my thumb goes numb at night", "report_symptom"),
        ],
        ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
    )
    @pytest.mark.parametrize(
        ("kind", "first"), [("plain", "carpal tunnel syndrome"), ("page", "carpal tunnel syndrome"), ("page", "dry eyes")]
    )
    def test_is_accepted(self, files, monkeypatch, kind, first, action, text, intent):
        opened(files, monkeypatch, kind)
        talk = Talk()
        [said] = talk(actions.ActionAnswer(), f"what is {first}")
        article = talk.slots["article"]
        assert said["kind"] == "answer"
        messages = talk(action, text, **{intent: 1.0})
        assert accepted(talk)
        assert {found for found, _ in cited(messages)} <= {article}

    def test_is_accepted_in_a_library_without_an_article_of_the_page(self, talk):
        [said] = talk(check_in.ActionOpenCheckIn(), "my carpal tunnel syndrome hurts", report_symptom=0.6, ask_symptoms=0.4)
        assert talk.slots["outcome"] == "answer"
        assert {article for article, _ in cited([said])} <= {"carpal"}
        assert accepted(talk)


@pytest.mark.parametrize(
    "payload",
    [
        '/ask_overview{"topic": "carpal_tunnel_syndrome", "article": "cubital"}',
        '/ask_overview{"topic": "nephrolithiasis", "article": "carpal"}',
        '/ask_overview{"topic": "carpal_tunnel_syndrome"}',
        '/ask_overview{"topic": ["carpal_tunnel_syndrome"], "article": "carpal"}',
        '/ask_overview{"topic": "x", "article": ["carpal"]}',
        '/ask_overview{"topic": "x", "article": 100000000000000000000000000}',
        '/ask_overview{"topic": "x", "article": "\\ud800"}',
    ],
)
def test_a_payload_of_what_is_not_there_is_a_fault_of_who_sends_it(talk, payload):
    with pytest.raises(Fault, match="unknown_payload"):
        checked_payload(payload, library.opened())


def test_each_of_several_questions_is_answered_from_its_own_article(talk):
    parts = [
        message(library.opened(), text, **{intent: 1.0})
        for text, intent in (
            ("how is carpal tunnel syndrome treated", "ask_treatment"),
            ("how is nephrolithiasis prevented", "ask_prevention"),
        )
    ]
    said = talk.after(actions.ActionAnswer(), {**parts[0], "questions": [part["questions"][0] for part in parts], "metadata": {}})
    assert [cited([one])[0][0] for one in said] == ["carpal", "stones"]
    assert [bool(one["buttons"]) for one in talk.said] == [False, True]
    assert talk.slots["article"] == "stones"


def test_a_medicine_is_quoted_under_words_of_caution(talk):
    [said] = talk(actions.ActionAnswer(), "how many Balmoril tablets to take in the evening, what dose", ask_amount=1.0)
    assert said["blocks"][0]["type"] == "caution" or said["blocks"][1]["type"] == "caution"
    [said] = talk(actions.ActionAnswer(), "what is carpal tunnel syndrome")
    assert all(block["type"] != "caution" for block in said["blocks"])
