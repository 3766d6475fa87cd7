"""What a message asks, as everything behind understanding reads it; taken from Rasa's message and payloads here alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fascicle.library import Article
from fascicle.understanding.bare import asked_by_name
from fascicle.understanding.cues import Cues, has_cue, read_cues
from fascicle.understanding.question_splitter import QUESTION_FORM
from fascicle.understanding.vocabulary import WORD

ALARMS = (
    "report_emergency", "report_collapse", "report_seizure", "report_poisoning", "report_crisis", "report_crisis_other",
)  # fmt: skip
"""Intents of messages that raise the alarm."""
AFTER_ALARM = "after_alarm"
"""Key in the metadata of training examples that only come after an alarm."""
ENDS = frozenset({"report_help_here", "report_over", "report_false_alarm"})
"""Intents of what ends an alarm when it is said."""
REMEDIES = frozenset({"ask_treatment", "ask_other_treatment", "ask_treatment_detail"})
"""Intents of questions in which a name may be that of a remedy."""
STRANGE = 0.03
"""Probability that a question is about something else from which on a strange word says so; of questions about the article that
name nothing it takes one in forty, and finds all but one in a hundred of the others that have such a word, by left-out scores."""
TREATMENT = ".treatment"
"""How ids of passages on treatment end."""
NEAR = 25
"""Letters between a weak name and another that takes its place."""
FALLBACK = "nlu_fallback"
"""Intent of a message of which it is unclear what it asks."""
NOT_OURS = "ask_other_condition"
"""Intent of a question about a condition that no article here is about."""
NOT_HERE = (NOT_OURS, "out_of_scope")
"""Intents of what no article here is about."""
REMEDY = 0.05
"""Likelihood below which a topic that can be a remedy counts as one; leaves 19 of 20 that are meant as topics alone."""


LARGEST = 127
"""Largest value of a byte."""
Array = NDArray[np.float32]


@dataclass(frozen=True)
class NamedTopic:
    """A topic that a question names, and in which article; `share` is how much of its name stands there."""

    article: str
    topic: str
    share: float


@dataclass(frozen=True)
class Sought:
    """What a search is told of a question.

    Args:
        named: the topics that it names, of all articles.
        masked: its words with what stands for a name in the name's place.
        intents: probabilities of what it asks, those that are not next to nothing.
        typed_vector, masked_vector: of its words, as typed and masked, as text.
        cues: how it hangs together with what was said before.
        rare: its words, names aside, that are rare in English.
        entry: all that was found in it, to be read for an article.
    """

    named: tuple[NamedTopic, ...]
    masked: str
    intents: Mapping[str, float]
    typed_vector: str
    masked_vector: str
    cues: Cues
    rare: tuple[str, ...]
    entry: Mapping[str, Any] = field(repr=False)

    @cached_property
    def typed(self) -> Array:
        """Unit vector of the words as typed, shape (384,)."""
        return vector_of(self.typed_vector)

    @cached_property
    def without_names(self) -> Array:
        """Unit vector of the words with names masked, shape (384,)."""
        return vector_of(self.masked_vector)

    def of(self, article: Article) -> Question:
        """The question as one about an article."""
        return _question(self.entry, article, self.cues)


def vector_as_text(vector: Array) -> str:
    """A vector, rounded to bytes, as letters of base64."""
    rounded = np.rint(vector * (LARGEST / np.abs(vector).max())).astype(np.int8)
    return base64.b64encode(rounded.tobytes()).decode()


def vector_of(text: str) -> Array:
    """The unit vector that was written as text."""
    values = np.frombuffer(base64.b64decode(text), np.int8).astype(np.float32)
    unit: Array = values / np.linalg.norm(values)
    return unit


@dataclass(frozen=True)
class Question:
    """One question of a message, as understood.

    Args:
        intent: what is asked.
        topics: ids of the topics it names, without those it rules out.
        ruled_out: topics it names only to rule them out ("not caffeine").
        passages: ids of passages whose own terms it uses.
        outside: names of subjects the article does not discuss.
        background: topics named in the same message, but not in the question itself.
        about_subject: whether it names the article's subject.
        implied: a topic it seems to be about though it names none.
        ambiguous: topics that one name in it may mean, for each such name.
        readings: intents it may have, the likeliest first.
        cues: how it hangs together with what was said before.
        foreign: whether a word in it is none that people use who ask about an article's topics, and it names none of them.
        unknown: whether it has such a word at all.
        remedy: whether it names a medicine or the like for what is asked about.
        bare: whether it names what is asked, and says nothing else.
        text: its words.
        sought: what a search is told of it; None where there is nothing to search, and of a payload.
        article: id of the article that a payload names.
    """

    intent: str
    topics: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    about_subject: bool = False
    implied: str | None = None
    ambiguous: tuple[tuple[str, ...], ...] = ()
    readings: tuple[str, ...] = ()
    cues: Cues = field(default_factory=Cues)
    foreign: bool = False
    unknown: bool = False
    remedy: bool = False
    bare: bool = False
    text: str = ""
    sought: Sought | None = None
    article: str = ""


def questions_of(message: Mapping[str, Any], article: Article | None) -> list[Question]:
    """The questions of a parsed message: those the classifier found, or for a payload the one it names.

    Args:
        message: as Rasa has it.
        article: what the questions are about; None if that is not known yet.
    """
    found = message.get("questions")
    if not found:
        intent = (message.get("intent") or {}).get("name") or ""
        found = [{"intent": intent, "entities": message.get("entities") or [], "text": ""}]
    if len(found) == 1:  # "the first one, how is it treated": the cue is outside the question
        typed, asked = _typed(message), found[0].get("text") or ""
        cues = read_cues(typed)
        if asked:  # a pronoun outside is about something else: "enough of that"
            cues = replace(cues, pronoun=has_cue("pronoun", asked))
        return _each_named(_read(found[0], article, cues), typed, found[0].get("entities") or ())
    return [_read(entry, article, read_cues(entry.get("text") or "")) for entry in found]


def _read(entry: Mapping[str, Any], article: Article | None, cues: Cues) -> Question:
    if article is not None:
        return replace(_question(entry, article, cues), sought=_sought(entry, cues))
    return Question(
        entry["intent"],
        readings=tuple(reading["name"] for reading in entry.get("ranking") or ()),
        cues=cues,
        text=entry.get("text") or "",
        sought=_sought(entry, cues),
        article=next(iter(_values(entry.get("entities") or [], "article")), ""),
    )


def _sought(entry: Mapping[str, Any], cues: Cues) -> Sought | None:
    if "vectors" not in entry:
        return None
    named = (
        NamedTopic(e["article"], e["value"], e["share"])
        for e in (*entry["entities"], *(entry.get("background") or ()))
        if e["entity"] == "topic" and not e.get("excluded")
    )
    topics, rare = tuple(dict.fromkeys(named)), tuple(entry["rare"])
    typed, masked = entry["vectors"]
    return Sought(topics, entry["masked"], entry["intents"], typed, masked, cues, rare, entry)


def _typed(message: Mapping[str, Any]) -> str:
    """The words of a message; none of a payload."""
    text = message.get("text") or ""
    return "" if text.startswith("/") else text


def _each_named(question: Question, typed: str, entities: Iterable[Mapping[str, Any]]) -> list[Question]:
    """The question, or each that a message names that says nothing else: "source and treatment?"."""
    names = [(entity["start"], entity["end"]) for entity in entities if entity["entity"] == "topic"]
    intents = asked_by_name(typed, names)
    return [_as_named(question, intent) for intent in intents] or [question]


def _as_named(question: Question, intent: str) -> Question:
    """The question as one of which the intent is named, and nothing else."""
    sought = replace(question.sought, intents={intent: 1.0}) if question.sought else None
    return replace(question, intent=intent, readings=(intent,), bare=True, sought=sought)


def _question(entry: Mapping[str, Any], article: Article, cues: Cues) -> Question:
    entry = _about(entry, article)
    entities = _standing(entry, cues, article)
    text, unknown = entry.get("text") or "", entry.get("unknown") or []
    ambiguous, sure = _meanings(entities)
    named = [topic for topic in sure if topic in article.topics]
    background = _values(entry.get("background") or [], "topic")
    return Question(
        intent=entry["intent"],
        topics=tuple(topic for topic in named if topic != article.subject) or tuple(named),
        ruled_out=tuple(topic for topic in _values(entities, "topic", excluded=True) if topic in article.topics),
        passages=_values(entities, "passage") or _values(_terms_alone(entry.get("background") or []), "passage"),
        outside=_values(entities, "outside"),
        background=tuple(topic for topic in background if topic in article.topics and topic != article.subject),
        about_subject=article.subject in named or (not named and background == (article.subject,)),
        implied=implied if (implied := entry.get("implied_topic")) in article.topics else None,
        ambiguous=ambiguous,
        readings=tuple(reading["name"] for reading in entry.get("ranking") or () if reading["name"] != FALLBACK),
        cues=cues,
        foreign=entry.get("elsewhere", 0.0) >= STRANGE
        and bool(unknown)
        and not named
        and not ambiguous
        and not _points_back(text, unknown[0])
        and not _has_word(text, article.subject_words),
        unknown=bool(unknown),
        remedy=any(_is_remedy(entity, article) and not entity.get("weak") for entity in entry.get("entities") or ()),
        text=text,
    )


def _about(entry: Mapping[str, Any], article: Article) -> Mapping[str, Any]:
    """What was found in a question, without names of other articles."""
    parts = ("entities", "background")
    own = {part: [e for e in entry.get(part) or () if e.get("article", article.id) == article.id] for part in parts}
    return {**entry, **own}


def _standing(entry: Mapping[str, Any], cues: Cues, article: Article) -> list[Mapping[str, Any]]:
    """The names that stand: of those that may mean several things, one; and none that is there for another."""
    entities: Sequence[Mapping[str, Any]] = entry.get("entities") or []
    kept = []
    as_cause = entry["intent"] not in REMEDIES and (cues.whether_cause or cues.whether_mine)  # then no remedy is meant
    for entity in entities:
        same = {other["entity"] for other in entities if other["start"] == entity["start"]}
        remedy = entry["intent"] in REMEDIES and "passage" in same
        twice = {"passage", "outside"} <= same  # a remedy, or what may lack: which one, the intent says
        others = same - {"outside" if remedy else "passage"} if twice else same
        if "topic" in same and not remedy and entity["value"].endswith(TREATMENT):
            others = others - {"passage"}  # a remedy that may be a cause: here it is not asked whether it helps
        means = {"passage"} if remedy and cues.whether else others
        if cues.asks_not:
            entity = {**entity, "excluded": False}
        if (
            entity["entity"] in means
            and not _stands_aside(entity, entry, article)
            and (as_cause or not _is_remedy(entity, article))
        ):
            kept.append(entity)
    return kept


def _stands_aside(entity: Mapping[str, Any], entry: Mapping[str, Any], article: Article) -> bool:
    """Whether a weak name is followed by another topic's, which is what is meant: "drinking coffee", "tablets for"."""
    if not entity.get("weak"):
        return False
    meant = {entity["value"], article.subject}
    others = (other for other in entry["entities"] if other["entity"] == "topic" and not other.get("weak"))
    behind = (o for o in others if o["value"] not in meant and 0 <= o["start"] - entity["end"] <= NEAR)
    offset = entry.get("start") or 0
    between = ((entry.get("text") or "")[entity["end"] - offset : other["start"] - offset] for other in behind)
    return any(not has_cue("listed", words) for words in between)


def _has_word(text: str, words: Collection[str]) -> bool:
    return any(match.group().removesuffix("s") in words for match in WORD.finditer(text.lower()))


def _points_back(text: str, place: int) -> bool:
    """Whether a pronoun stands before a place: behind a strange word it means that word."""
    return has_cue("pronoun", text[:place])


def _terms_alone(entities: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Names that are no topic's as well."""
    topics = {entity["start"] for entity in entities if entity["entity"] == "topic"}
    return [entity for entity in entities if entity["start"] not in topics]


def _meanings(entities: Iterable[Mapping[str, Any]]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """What names of topics mean: those of which one name may mean several, and those that are named for sure.

    Another name of one of several says which is meant, and one that is ruled out which is not.
    """
    named = [entity for entity in entities if entity["entity"] == "topic"]
    excluded = {entity["value"] for entity in named if entity.get("excluded")}
    found: dict[int, list[str]] = {}
    for entity in named:
        if not entity.get("excluded"):
            found.setdefault(entity["start"], []).append(entity["value"])
    places = {start: [topic for topic in topics if topic not in excluded] or topics for start, topics in found.items()}
    sure = tuple(dict.fromkeys(topics[0] for topics in places.values() if len(topics) == 1))
    several = (tuple(topics) for topics in places.values() if len(topics) > 1 and not set(sure) & set(topics))
    return tuple(dict.fromkeys(several)), sure


def _is_remedy(entity: Mapping[str, Any], article: Article) -> bool:
    """Whether a topic is most likely named as a means ("a pill for it") and not as what is asked about."""
    topic = article.topics.get(entity["value"])
    return topic is not None and topic.remedy and entity.get("likelihood", 1.0) < REMEDY


def _values(entities: Iterable[Mapping[str, Any]], label: str, *, excluded: bool = False) -> tuple[str, ...]:
    chosen = (e["value"] for e in entities if e["entity"] == label and bool(e.get("excluded")) == excluded)
    return tuple(dict.fromkeys(chosen))


def from_payload(text: str) -> Question:
    """The question an offer stands for."""
    intent, _, entities = text.lstrip("/").partition("{")
    named = json.loads("{" + entities) if entities else {}
    return Question(intent, topics=(named["topic"],) if "topic" in named else (), article=named.get("article", ""))


@dataclass(frozen=True)
class Named:
    """A stretch of a message that names a topic, maybe only to rule it out."""

    start: int
    end: int
    topic: str
    excluded: bool


@dataclass(frozen=True)
class Message:
    """What a person said: intent, words, topics named in them, and the answer that a button stands for."""

    intent: str
    text: str
    named: tuple[Named, ...] = ()
    answer: str = ""
    outside: tuple[str, ...] = ()

    @property
    def is_question(self) -> bool:
        """Whether it has the form of a question."""
        return QUESTION_FORM.search(self.text) is not None

    @property
    def places(self) -> tuple[int, ...]:
        """The places in a list that it picks."""
        return read_cues(self.text).places


def message_of(parsed: Mapping[str, Any], article: Article) -> Message:
    """A parsed message as the check-in reads it."""
    text = parsed.get("text") or ""
    found = [entity for entity in parsed.get("entities") or [] if entity.get("article", article.id) == article.id]
    named = (
        Named(e["start"], e["end"], e["value"], bool(e.get("excluded")))
        for e in found
        if e["entity"] == "topic" and e["value"] in article.topics and not text.startswith("/")
    )
    return Message(
        intent=(parsed.get("intent") or {}).get("name") or "",
        text=text,
        named=tuple(named),
        answer=next((e["value"] for e in found if e["entity"] == "answer"), ""),
        outside=tuple(dict.fromkeys(e["value"] for e in found if e["entity"] == "outside" and not e.get("excluded"))),
    )
