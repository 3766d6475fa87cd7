"""Finds the article's topics in a message, misspelled ones too.

Aliases come from the training data's synonyms (written by `make build` from the article) and are kept in the model. A word that
is no English word is first read as the alias word it is closest to: one edit away from five letters on, two from eight. Whole
aliases are then found by spaCy's SpanRuler, the longest first. Words the sentence encoder's vocabulary holds are never
"corrected": "pulls" is not a misspelled "pills".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
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

from fascicle.understanding.sentence_encoder import tokenizer

WORD = re.compile(r"[^\W_]+(?:['’.+][^\W_]*)*", re.UNICODE)
_RULING_OUT = (
    r"no|not|never|without|besides?|(?:everything|anything|all) but|except|excluding|apart from|aside from|other than|instead of"
    r"|ruled? out|neither|nor|barely any"
    r"|(?<!if )(?<!should )(?<!do )(?<!can )(?:i|we|he|she|they)(?:['’]?(?:ve|s))?(?: have| has)?(?: already)?"
    r" (?:quit|cut out|cut)|^\W*(?:quit|cut out)"
    r"|stopped|gave up|given up|off the"
    r"|(?:do|does|did|is|was|have|has)n['’]?t"
)
_BETWEEN = (
    r"the|my|any|all|a|on|it|is|that|was|its|it's|just|been|of|much|down on|from|caused by|because of|due to"
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


@dataclass(frozen=True)
class Link:
    """A stretch of text that names something: `label` is `topic`, `passage`, or `outside`, `value` its id or name."""

    start: int
    end: int
    label: str
    value: str
    excluded: bool


class Aliases:
    """The names of all topics, passages' own terms, and known outside subjects, ready to be found in text."""

    def __init__(self, labels: Mapping[str, str], aliases: Mapping[str, str]) -> None:
        """Prepare the names.

        Args:
            labels: label of each value (`bells_palsy` -> `topic`).
            aliases: value that each alias stands for (`bell's palsy` -> `bells_palsy`).
        """
        self._labels = labels
        self._nlp = spacy.blank("en")
        self._nlp.tokenizer = _Words(
            self._nlp.vocab, Spelling(_singular(_plain(w)) for alias in aliases for w in WORD.findall(alias))
        )
        config = {"phrase_matcher_attr": "NORM", "spans_filter": None, "annotate_ents": False}
        ruler = self._nlp.add_pipe("span_ruler", config=config)
        ruler.add_patterns([{"label": value, "pattern": alias} for alias, value in aliases.items()])  # type: ignore[attr-defined]

    def find(self, text: str) -> list[Link]:
        """Everything `text` names, in order, overlaps resolved in favor of the longest."""
        doc = self._nlp(text)
        offsets: list[tuple[int, int]] = doc.user_data["offsets"]
        links: list[Link] = []
        for span in filter_spans(doc.spans["ruler"]):
            start, end = offsets[span.start][0], offsets[span.end - 1][1]
            in_list = links and links[-1].excluded and LISTED.match(text[links[-1].end : start])
            negated = NEGATION.search(text[max(0, start - 60) : start]) or CLEARED.search(text[end : end + 60])
            excluded = bool(in_list) or negated is not None
            links.append(Link(start, end, self._labels[span.label_], span.label_, excluded))
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
        close = [(edits, known) for edits, known in near if edits <= _edits(known)]
        return min(close)[1] if close else word


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
        matches = list(WORD.finditer(text))
        doc = Doc(self._vocab, words=[match.group() for match in matches])
        doc.user_data["offsets"] = [match.span() for match in matches]
        for token, match in zip(doc, matches, strict=True):
            token.norm_ = self._spelling.correct(_plain(match.group()))
        return doc


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TopicLinker(GraphComponent):
    """Adds a link for each topic, passage term, and outside subject a message names; in a conversation also as entities.

    Registered as a featurizer, because Rasa shows training examples to featurizers only: the classifier behind it has to
    learn from the links it will see.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, aliases: Aliases | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._aliases = aliases

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicLinker:
        """A linker that has yet to be trained."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Take the names from lookup tables and synonyms of the training data, and keep them in the model."""
        names = listed_names(training_data)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "aliases.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        self._aliases = Aliases(**names)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Link the training examples."""
        for message in training_data.training_examples:
            message.set("links", self._links(message))
        return training_data

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> TopicLinker:  # fmt: skip
        """The linker of a trained model."""
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / "aliases.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, Aliases(**names))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's links and entities."""
        for message in messages:
            message.set("links", self._links(message))
            message.set("entities", message.get("links"), add_to_output=True)
        return messages

    def _links(self, message: Message) -> list[dict[str, Any]]:
        assert self._aliases is not None, "the linker was neither trained nor loaded"
        return [_entity(link) for link in self._aliases.find(message.get("text") or "")]


def listed_names(training_data: TrainingData) -> dict[str, dict[str, str]]:
    """Arguments of `Aliases`: names that a lookup table lists, with the value that a synonym gives each.

    Synonyms that are in no table are left out: Rasa makes one of every annotated phrase, and most fit their message only.

    Raises:
        RasaException: an example gives a listed name another value than the article does.
    """
    labels: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for table in training_data.lookup_tables:
        for alias in table["elements"]:
            value = training_data.entity_synonyms.get(alias, alias)
            if labels.setdefault(value, table["name"]) != table["name"]:
                kinds = f"{labels[value]} and {table['name']}"
                raise RasaException(
                    f"{alias!r} stands for {value!r}, which is then both {kinds}: see its annotations in data/nlu"
                )
            aliases[alias] = value
    return {"labels": labels, "aliases": aliases}


def _entity(link: Link) -> dict[str, Any]:
    return {
        "entity": link.label,
        "value": link.value,
        "start": link.start,
        "end": link.end,
        "excluded": link.excluded,
        "extractor": "TopicLinker",
    }
