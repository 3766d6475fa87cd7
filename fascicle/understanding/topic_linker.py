"""Finds the article's topics in a message, misspelled ones too.

Names come from the library when a model is trained or loaded, and are no part of the model. A word that is no English word is
first read as the alias word it is closest to: one edit away from five letters on, two from eight. Whole aliases are then found
by spaCy's SpanRuler, the longest first. Words the sentence encoder's vocabulary holds are never "corrected": "pulls" is not a
misspelled "pills", and what is too much (hyper-) is never what is too little (hypo-).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher.levenshtein import levenshtein
from spacy.tokens import Doc
from spacy.util import filter_spans
from spacy.vocab import Vocab

from fascicle.library import Article, Names, names_of, opened
from fascicle.understanding.sentence_encoder import tokenizer

WORD = re.compile(r"[^\W_]+(?:['’.+][^\W_]*)*", re.UNICODE)
_RULING_OUT = (
    r"no|not|never|without|besides?|(?:everything|anything|all) but|except|excluding|apart from|aside from|other than|instead of"
    r"|ruled out|neither|nor|barely any"
    r"|(?<!if )(?<!should )(?<!do )(?<!can )(?:i|we|he|she|they)(?:['’]?(?:ve|s))?(?: have| has)?(?: already)?"
    r" (?:quit|cut out|cut)|^\W*(?:quit|cut out)"
    r"|stopped|gave up|given up|off the"
    r"|(?<!why )(?<!and )(?<!but )(?<!so )(?<=\w )(?:do|does|did|is|was|have|has)n['’]?t"  # "isn't it stress?" asks
    r"|^\W*do(?:es)?n['’]?t(?=\s+(?:take|drink|use|have|touch|do)\b)"
)
_BETWEEN = (
    r"the|my|any|all|a|on|it|is|that|was|its|it's|just|been|of|much|even|really|down on|from|caused by|because of|due to"
    r"|think|touch|drink|take|use|do|have|had"
)
NEGATION = re.compile(rf"\b(?:{_RULING_OUT})(?:[\s'’\"(]+(?:{_BETWEEN}))*[\s'’\"(]*$", re.IGNORECASE)
"""Ends where a name follows that is only ruled out: "I don't drink any", "apart from the"."""
CLEARED = re.compile(
    r"^(?:['’]s)?(?:\s+(?:levels?|tests?|results?|bloods?))?"
    r"\s+(?:is|are|was|were|came back|come back|came out|has been|have been|been)"
    r"\s+(?:all\s+|perfectly\s+|totally\s+)?(?:fine|normal|ok|okay|clear|negative|good|ruled out|excluded)\b", re.IGNORECASE
)  # fmt: skip
"""Follows a name that is ruled out: "my potassium was normal"."""
LISTED = re.compile(r"^(?:[^\w,/&]*[,/&]|\W*(?:or|and|nor))\W*$", re.IGNORECASE)


TOO_MUCH, TOO_LITTLE = "hyper", "hypo"
RUN_TOGETHER = 10
"""Letters that a word has at least before it is looked at for two words run together."""


@dataclass(frozen=True)
class Link:
    """A stretch of text that names something: `label` is `topic`, `passage`, or `outside`, `value` its id or name."""

    start: int
    end: int
    label: str
    value: str
    excluded: bool
    weak: bool = False


class Aliases:
    """The names of all topics, passages' own terms, and known outside subjects, ready to be found in text."""

    def __init__(self, names: Names) -> None:
        """Prepare the names, each with what it may stand for."""
        self._names = names
        self._nlp = spacy.blank("en")
        self._nlp.tokenizer = _Words(
            self._nlp.vocab, Spelling(_singular(_plain(w)) for alias in names for w in WORD.findall(alias))
        )
        config = {"phrase_matcher_attr": "NORM", "spans_filter": None, "annotate_ents": False}
        ruler = self._nlp.add_pipe("span_ruler", config=config)
        ruler.add_patterns([{"label": alias, "pattern": alias} for alias in names])  # type: ignore[attr-defined]

    def find(self, text: str) -> list[Link]:
        """Everything `text` names, in order, the longest of those that overlap; of one name, all that it may stand for."""
        doc = self._nlp(text)
        offsets: list[tuple[int, int]] = doc.user_data["offsets"]
        links: list[Link] = []
        for span in filter_spans(doc.spans["ruler"]):
            start, end = offsets[span.start][0], offsets[span.end - 1][1]
            in_list = links and links[-1].excluded and LISTED.match(text[links[-1].end : start])
            negated = NEGATION.search(text[max(0, start - 60) : start]) or CLEARED.search(text[end : end + 60])
            excluded = bool(in_list) or negated is not None
            links += [Link(start, end, name.label, name.value, excluded, name.weak) for name in self._names[span.label_]]
        return links


class Spelling:
    """Reads a word as the alias word that was most likely meant."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = frozenset(words)
        self._english = tokenizer().get_vocab().keys()
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(self._known):
            self._by_letter.setdefault(word[:1], []).append(word)
        self.correct = lru_cache(maxsize=10_000)(self._correct)

    def _correct(self, word: str) -> str:
        word = _singular(word)
        if word in self._known or len(word) < 4 or word in self._english:
            return word
        near = ((levenshtein(word, known, _edits(known) + 1), known) for known in self._by_letter.get(word[0], ()))
        close = [(edits, known) for edits, known in near if edits <= _edits(known) and not _opposite(word, known)]
        return min(close)[1] if close else word

    def cut(self, word: str) -> int:
        """Where a word is to be cut that was run together from an alias word and an English one; 0 for any other word."""
        if len(word) < RUN_TOGETHER or _singular(word) in self._known or word in self._english:
            return 0
        places = (at for at in range(len(word) - 3, 3, -1) if _singular(word[:at]) in self._known and self._is_word(word[at:]))
        return next(places, 0)

    def _is_word(self, word: str) -> bool:
        return word in self._english or _singular(word) in self._known


def _opposite(word: str, other: str) -> bool:
    """Whether one is too much of what the other is too little of."""
    return word.startswith(TOO_MUCH) != other.startswith(TOO_MUCH) and word.startswith(TOO_LITTLE) != other.startswith(TOO_LITTLE)


def _singular(word: str) -> str:
    """A word without its plural (or possessive) s, so that aliases need to list one form only."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _edits(word: str) -> int:
    """Edits a misspelling of an alias word may have: none up to four letters, one up to seven, then two."""
    return 0 if len(word) <= 4 else 1 if len(word) <= 7 else 2


def _plain(word: str) -> str:
    """A word in small letters without apostrophes and dots: `Parkinson's` and `a.l.s.` as they are mostly typed."""
    return re.sub(r"['’.]", "", word.lower())


class _Words:
    """spaCy tokenizer: a token a word, its NORM the corrected spelling; the words' offsets are in `user_data`."""

    def __init__(self, vocab: Vocab, spelling: Spelling) -> None:
        self._vocab = vocab
        self._spelling = spelling

    def __call__(self, text: str) -> Doc:
        """Tokenize `text`."""
        offsets = [part for match in WORD.finditer(text) for part in self._parts(match)]
        doc = Doc(self._vocab, words=[text[start:end] for start, end in offsets])
        doc.user_data["offsets"] = offsets
        for token in doc:
            token.norm_ = self._spelling.correct(_plain(token.text))
        return doc

    def _parts(self, match: re.Match[str]) -> list[tuple[int, int]]:
        start, end = match.span()
        at = self._spelling.cut(match.group().lower())
        return [(start, start + at), (start + at, end)] if at else [(start, end)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class TopicLinker(GraphComponent):
    """Adds a link for each topic, passage term, and outside subject a message names; in a conversation also as entities.

    Registered as a featurizer, because Rasa shows training examples to featurizers only: the classifier behind it has to
    learn from texts in which the links it will see are masked.
    """

    def __init__(self, aliases: Aliases) -> None:
        self._aliases = aliases

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """A digest of the names that examples are masked by: Rasa trains anew when they change."""
        return {"names": sha256(repr(names_of([opened().default])).encode()).hexdigest()}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> TopicLinker:
        """A linker that knows the names of the library."""
        return cls(Aliases(names_of([opened().default])))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Link the training examples.

        Raises:
            RasaException: an example marks something that no article has.
        """
        _refuse_unknown(training_data, opened().default)
        for message in training_data.training_examples:
            message.set("links", self._links(message))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's links and entities."""
        for message in messages:
            message.set("links", self._links(message))
            message.set("entities", message.get("links"), add_to_output=True)
        return messages

    def _links(self, message: Message) -> list[dict[str, Any]]:
        return [_entity(link) for link in self._aliases.find(message.get("text") or "")]


def _refuse_unknown(training_data: TrainingData, article: Article) -> None:
    known = {"topic": frozenset(article.topics), "passage": frozenset(passage.id for passage in article.passages)}
    for example in training_data.intent_examples:
        for entity in example.get("entities") or []:
            if entity["value"] not in known.get(entity["entity"], (entity["value"],)):
                raise RasaException(
                    f"{example.get('text')!r} marks the {entity['entity']} {entity['value']!r}, which no article has"
                )


def _entity(link: Link) -> dict[str, Any]:
    return {
        "entity": link.label,
        "value": link.value,
        "start": link.start,
        "end": link.end,
        "excluded": link.excluded,
        "weak": link.weak,
        "extractor": "TopicLinker",
    }
