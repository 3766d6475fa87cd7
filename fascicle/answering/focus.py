"""Which topics a question is about, and why; or that it is about something the article does not discuss.

The rules are tried in the order of `RULES`, and the first that names topics decides. What a question names comes first, then what
it points back to, then what its own words lead to, and what is in play only last: `python -m fascicle why "..."` prints it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fascicle.answering.context import Context
from fascicle.answering.references import pointed_at, several
from fascicle.library import BY_INTENT, Article
from fascicle.understanding.question import NOT_OURS, Question

ABOUT_THE_SYMPTOM = frozenset({"see_doctor", "diagnosis"})
"""Aspects that without a named topic are about the symptom, unless the topic in play has a passage for them."""
ON_REMEDIES = frozenset({"treatment", "other_treatment"})
"""Aspects for which a remedy that is named leads to the topics whose passages hold it."""
MAX_TOPICS = 4
"""Topics one answer speaks of at most, so that it stays readable."""


@dataclass(frozen=True)
class Focus:
    """The topics a question is about, and the name of the rule that says so."""

    topics: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Asked:
    """A question, and all there is to tell what it is about; `aspect` is None where only the topic is looked for."""

    article: Article
    question: Question
    context: Context
    aspect: str | None

    @property
    def named(self) -> tuple[str, ...]:
        """The topics it names, but for the article's subject."""
        return tuple(topic for topic in self.question.topics if topic != self.article.subject)

    @property
    def about_subject(self) -> bool:
        """Whether it names the article's subject."""
        return self.question.about_subject or self.article.subject in self.question.topics

    def having(self, topics: tuple[str, ...]) -> tuple[str, ...]:
        """Those of topics that have a passage for what is asked."""
        return tuple(topic for topic in topics if self.aspect and self.article.passage(topic, self.aspect))


def the_symptom(asked: Asked) -> tuple[str, ...]:
    """When to see a doctor and what is examined is about the symptom, or about a topic that has a passage of its own on it."""
    if asked.aspect not in ABOUT_THE_SYMPTOM:
        return ()
    if asked.about_subject or _leaves(asked):
        return (asked.article.subject,)
    pointed = pointed_at(asked.question, asked.article, asked.context)
    near = () if asked.question.topics else asked.having(_near(asked)) or asked.having(asked.context.topics)
    if asked.aspect == "diagnosis" and asked.question.cues.pronoun:  # "how do they find it": what is talked about
        near = near or asked.context.topics
    return asked.named or pointed or near or (asked.article.subject,)


def what_it_names(asked: Asked) -> tuple[str, ...]:
    """The topics it names."""
    return asked.named


def what_it_points_at(asked: Asked) -> tuple[str, ...]:
    """ "The third one", "the one after that", "the other one"."""
    return pointed_at(asked.question, asked.article, asked.context)


def its_own_words(asked: Asked) -> tuple[str, ...]:
    """The topics of passages at which a word of their own points, such as a remedy."""
    question, any_aspect = asked.question, asked.question.cues.which or asked.aspect in (None, "overview", "other_cause")
    wanted = {"treatment"} if asked.aspect in ON_REMEDIES else {asked.aspect}
    pointed = [passage for passage in question.passages if any_aspect or passage.split(".")[1] in wanted]
    if not pointed and asked.about_subject:
        return ()
    topics = tuple(dict.fromkeys(passage.split(".")[0] for passage in pointed or question.passages))
    return topics[:MAX_TOPICS] if asked.aspect in ON_REMEDIES or question.cues.which else topics[:1]


def what_it_rules_out_alone(asked: Asked) -> tuple[str, ...]:
    """A bare name behind a no: the name is still all there is."""
    return asked.question.ruled_out if asked.question.intent == "ask_topic" else ()


def those_for_which_it_holds(asked: Asked) -> tuple[str, ...]:
    """ "Which of them can be cured?": those of several that have a passage; none if they are many."""
    if asked.aspect is None or not asked.question.cues.which:
        return ()
    among = several(asked.article, asked.context) or tuple(topic.id for topic in asked.article.causes)
    having = asked.having(among)
    return having if len(having) <= MAX_TOPICS else ()


def all_of_them(asked: Asked) -> tuple[str, ...]:
    """ "Both", "their treatment"."""
    if asked.about_subject or not (asked.question.cues.both or asked.question.cues.their):
        return ()
    in_play = asked.context.topics if len(asked.context.topics) > 1 else ()
    return (in_play or (several(asked.article, asked.context) if asked.question.cues.both else ()))[:MAX_TOPICS]


def the_subject_as_such(asked: Asked) -> tuple[str, ...]:
    """ "In general", "what else": what is in play is left."""
    return (asked.article.subject,) if _leaves(asked) else ()


def what_it_rules_out(asked: Asked) -> tuple[str, ...]:
    """Something ruled out is left for the subject, unless that is all the question is about."""
    if not asked.question.ruled_out or (_near(asked) and asked.aspect != "overview"):
        return ()
    return asked.question.ruled_out if asked.aspect == "overview" else (asked.article.subject,)


def the_list_of_causes(asked: Asked) -> tuple[str, ...]:
    """ "The causes" are those of what is in play, if they are told, else the article's list."""
    if asked.aspect != "causes" or not asked.question.cues.listing:
        return ()
    return (() if asked.about_subject else asked.having(asked.context.topics)) or (asked.article.subject,)


def what_stands_around_it(asked: Asked) -> tuple[str, ...]:
    """Topics named elsewhere in the message, or meant though not named."""
    return _near(asked) if asked.aspect == "overview" or not asked.about_subject else ()


def the_subject_named(asked: Asked) -> tuple[str, ...]:
    """The article's subject, by its name."""
    return (asked.article.subject,) if asked.about_subject else ()


def what_is_in_play(asked: Asked) -> tuple[str, ...]:
    """What was talked about last."""
    return asked.context.topics


def the_subject(asked: Asked) -> tuple[str, ...]:
    """A question that leaves out what it is about is about the article's subject."""
    return (asked.article.subject,)


RULES: tuple[Callable[[Asked], tuple[str, ...]], ...] = (
    the_symptom, what_it_names, what_it_points_at, its_own_words, what_it_rules_out_alone, those_for_which_it_holds, all_of_them,
    the_subject_as_such, what_it_rules_out, the_list_of_causes, what_stands_around_it, the_subject_named, what_is_in_play,
    the_subject,
)  # fmt: skip
"""What decides, the first first."""


def focus_of(article: Article, question: Question, context: Context, aspect: str | None) -> Focus:
    """The topics a question is about, by the first rule that names any."""
    asked = Asked(article, question, context, aspect)
    return next(Focus(topics, rule.__name__) for rule in RULES if (topics := rule(asked)))


def is_outside(question: Question, article: Article) -> bool:
    """Whether it asks about something the article does not discuss."""
    named = set(question.topics) - {article.subject}
    if question.intent == NOT_OURS:
        return True
    if question.intent == "ask_other_cause":
        return bool(question.outside) or not (named or question.passages or question.implied)
    meant = {topic for topic in named if not article.topics[topic].remedy}  # "the medicine for" something outside
    return bool(question.outside) and not meant and not question.about_subject and question.intent in BY_INTENT


def suspects(article: Article, question: Question) -> tuple[str, ...]:
    """The one or two topics that someone who tells of the symptom suspects by name; none if they rule anything out."""
    named = tuple(topic for topic in question.topics if topic != article.subject)
    return named if len(named) < 3 and not question.ruled_out else ()


def _leaves(asked: Asked) -> bool:
    """Whether it turns from what is in play to the subject as such."""
    cues = asked.question.cues
    return cues.general or (cues.others and asked.aspect in ("causes", "other_cause", "overview", None))


def _near(asked: Asked) -> tuple[str, ...]:
    return asked.question.background or ((asked.question.implied,) if asked.question.implied else ())
