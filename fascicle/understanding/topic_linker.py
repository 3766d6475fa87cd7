"""Finds the article's topics in a message, misspelled ones too.

Names come from the library when a model is trained or loaded, and are no part of the model. Words are read as
`fascicle.understanding.spelling` says; whole aliases are then found by spaCy's SpanRuler, the longest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
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
from spacy.tokens import Doc, Span
from spacy.util import filter_spans
from spacy.vocab import Vocab

from fascicle.library import Article, Library, Name, Names, default, in_small_letters, names_of, opened, words
from fascicle.understanding.partial_names import PartialNames
from fascicle.understanding.sentence_encoder import vocabulary
from fascicle.understanding.spelling import WORD, Spelling, plain, singular

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
GENERAL = 10_000
"""Place in the encoder's vocabulary, which begins with the words used most, from which on a word is no general one."""
LISTED = re.compile(r"^(?:[^\w,/&]*[,/&]|\W*(?:or|and|nor))\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """A stretch of text that names something: `label` is `topic`, `passage`, or `outside`, `value` its id or name.

    `article` is the id of the article that has the name, and `share` how much of it stands there.
    """

    start: int
    end: int
    label: str
    value: str
    article: str
    excluded: bool
    weak: bool = False
    share: float = 1.0


class Aliases:
    """The names of all topics, passages' own terms, and known outside subjects, ready to be found in text."""

    def __init__(
        self,
        names: Names,
        parts: PartialNames | None = None,
        is_written: Callable[[str], bool] = lambda _: False,
        in_capitals: Collection[str] = (),
    ) -> None:
        """Prepare.

        Args:
            names: each with what it may stand for.
            parts: finds parts of them, if those count.
            is_written: whether a word stands in a text of the library, and so is not misspelled.
            in_capitals: names that count only where they are typed in capitals.
        """
        self._names = names
        self._parts = parts
        self._in_capitals = frozenset(in_capitals)
        self._nlp = spacy.blank("en")
        words = (singular(plain(word)) for alias in names for word in WORD.findall(alias))
        self._nlp.tokenizer = _Words(self._nlp.vocab, Spelling(words, is_written))
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
            if span.label_ in self._in_capitals and not text[start:end].isupper():
                continue
            in_list = links and links[-1].excluded and LISTED.match(text[links[-1].end : start])
            excluded = bool(in_list) or _is_ruled_out(text, start, end)
            share = self._share(doc, span, text)
            links += [
                Link(start, end, name.label, name.value, name.article, excluded, name.weak, share)
                for name in self._names[span.label_]
            ]
        return links or self._partial(doc, text)

    def _share(self, doc: Doc, span: Span, text: str) -> float:
        """How much of what is named a name is."""
        if self._parts is None:
            return 1.0
        before = text[: doc.user_data["offsets"][span.start][0]]
        beside = bool(span.start) and before[-1:] == " " and before[-2:-1].isalnum()  # behind a comma a name begins anew
        words = [token.norm_ for token in doc[(span.start - 1 if beside else span.start) : span.end]]
        return self._parts.whole(words, 1 if beside else 0, len(words) - 1)

    def _partial(self, doc: Doc, text: str) -> list[Link]:
        """The part of a name that stands in a text without a whole one."""
        found = self._parts.find([token.norm_ for token in doc]) if self._parts else None
        if found is None:
            return []
        offsets: list[tuple[int, int]] = doc.user_data["offsets"]
        start, end = offsets[found.first][0], offsets[found.last][1]
        excluded = _is_ruled_out(text, start, end)
        return [Link(start, end, name.label, name.value, name.article, excluded, share=found.share) for name in found.names]


def _is_ruled_out(text: str, start: int, end: int) -> bool:
    """Whether the words around a name say that it is not what is meant."""
    before, behind = text[max(0, start - 60) : start], text[end : end + 60]
    return NEGATION.search(before) is not None or CLEARED.search(behind) is not None


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
            token.norm_ = self._spelling.correct(plain(token.text))
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

    def __init__(self, library: Library) -> None:
        """Read the names of a library."""
        self._library = library
        self._version, self._aliases = library.version, aliases_of(library)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """A digest of the names that examples are masked by: Rasa trains anew when they change."""
        return {"names": sha256(repr(names_of([default()])).encode()).hexdigest()}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> TopicLinker:
        """A linker that knows the names of the library."""
        return cls(opened())

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Link the training examples.

        Raises:
            RasaException: an example marks something that the article does not have.
        """
        _refuse_unknown(training_data, default())
        taught = Aliases(names_of([default()]))  # whatever stands in the library, the same model comes of the same examples
        for message in training_data.training_examples:
            message.set("links", _links(taught, message))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's links and entities, of the names that the library has by now."""
        if self._library.version != self._version:
            self._version, self._aliases = self._library.version, aliases_of(self._library)
        for message in messages:
            message.set("links", _links(self._aliases, message))
            message.set("entities", message.get("links"), add_to_output=True)
        return messages


def aliases_of(library: Library) -> Aliases:
    """The names of a library. In one of several articles parts of names count, and general words that are names do not."""
    if len(library) == 1:
        return Aliases(library.names())
    written = library.scope.id if library.scope and not library.scope.is_quoted else ""
    merged = in_small_letters(library.names())
    names = {alias: kept for alias, found in merged.items() if (kept := _telling(alias, found, written))}
    parts = PartialNames(names, len(library), library.document_frequency)
    capitals = [alias for alias, found in names.items() if _is_word_in_capitals(alias) and found[0].article != written]
    return Aliases(names, parts, lambda word: library.document_frequency([word])[word] > 0, capitals)


def _telling(alias: str, names: Sequence[Name], written: str) -> tuple[Name, ...]:
    """What a name may stand for, without topics that are called otherwise where it is a general word ("nursing", "battery")."""
    place = vocabulary().get(plain(alias), GENERAL)
    if place >= GENERAL or _is_word_in_capitals(alias):
        return tuple(names)
    return tuple(name for name in names if name.article == written or singular(name.value) == singular(plain(alias)))


def _is_word_in_capitals(alias: str) -> bool:
    """Whether a name is an acronym that in small letters is an English word ("ALL", "MED"), or one that people type ("PLS")."""
    return alias.isupper() and (plain(alias) in vocabulary() or plain(alias) in words("search")["unsaid"].split())


def _links(aliases: Aliases, message: Message) -> list[dict[str, Any]]:
    return [_entity(link) for link in aliases.find(message.get("text") or "")]


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
        "article": link.article,
        "share": link.share,
        "start": link.start,
        "end": link.end,
        "excluded": link.excluded,
        "weak": link.weak,
        "extractor": "TopicLinker",
    }
