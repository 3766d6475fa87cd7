"""Decides what is said to a question: the article's coverage table answers or refuses, never a confidence.

Pure functions of the article, a question, and the conversation so far. Nothing here knows about Rasa.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fascicle.answering.comforting import list_causes, reassure
from fascicle.answering.comparing import compared_aspects, side_by_side, sides
from fascicle.answering.context import Context, about, of_turn
from fascicle.answering.coverage import aspect_of, cells, not_said, passages_for, reason
from fascicle.answering.focus import ON_REMEDIES, Focus, focus_of, is_outside, its_own_words, suspects
from fascicle.answering.meaning import of_remedy, of_something_begun, settled, unsure_of, which_is_meant
from fascicle.answering.offers import distinct, nearest, offer, with_offers
from fascicle.answering.references import from_list, picked, pointed_at, several
from fascicle.answering.telling import not_covered, not_discussed, plain, told
from fascicle.answering.wording import listed, place
from fascicle.library import ASPECTS, BY_INTENT, Article, said
from fascicle.reply import Block, Reply
from fascicle.understanding.question import NOT_OURS, REMEDIES, Question, from_payload


def answer(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """The reply to one question, and the context after it."""
    question = as_meant(article, question, context)
    if meanings := unsure_of(question):
        return which_is_meant(article, meanings, aspect_of(question, context), context)
    if meanings := of_something_begun(article, question, context):
        return which_is_meant(article, meanings, "overview", context, unknown=True)
    if question.intent == "ask_comparison":
        return _compared(article, question, context)
    if question.intent == "express_worry":
        return reassure(article, question, context)
    if question.intent == "report_symptom" and not suspects(article, question):
        return list_causes(article, context)
    if is_outside(question, article):
        return not_discussed(article, question, context)
    aspect = aspect_of(question, context)
    focus = focus_of(article, question, context, aspect)
    passages = passages_for(article, question, focus.topics, aspect)
    if not passages:
        return not_covered(article, focus.topics, aspect, context)
    answered = tuple(dict.fromkeys(passage.topic for passage in passages))
    silent = [topic for topic in focus.topics if topic not in answered and topic in question.topics]
    missing = not_said(article, silent, aspect)
    lead = _yes(article, question, focus, aspect)
    headed = focus.why == its_own_words.__name__  # a remedy was named, and no condition
    reply, context = told(article, passages, lead, about(context, answered, aspect), missing, headed=headed)
    return replace(reply, missing=cells(silent, aspect)), context


def as_meant(article: Article, question: Question, context: Context) -> Question:
    """The question with the intent and the topics that its words have in this conversation."""
    question = settled(question, context)
    if question.intent == NOT_OURS and (question.topics or question.passages or question.about_subject) and not question.foreign:
        ours = (reading for reading in question.readings if reading in BY_INTENT)
        return replace(question, intent=next(ours, question.intent))
    if question.foreign and question.intent in BY_INTENT and not question.about_subject:
        return replace(question, intent=NOT_OURS)
    if question.cues.in_vain and question.intent in REMEDIES and not question.passages:
        return replace(question, intent="ask_see_doctor")
    if question.intent == "ask_symptoms" and question.cues.detail and question.cues.pronoun and context.aspect in ON_REMEDIES:
        return replace(question, intent="ask_treatment_detail")  # "does it hurt", of a remedy
    if question.intent == "ask_treatment":
        return of_remedy(article, question)
    if question.intent == "ask_other_body_part" and question.text and (suspects(article, question) or question.background):
        return replace(question, intent="ask_overview")
    if question.intent == "ask_causes" and question.cues.as_cause and suspects(article, question):
        return replace(question, intent="ask_overview")
    if (
        question.intent in ("ask_other_cause", "ask_overview")
        and question.cues.others
        and not (question.outside or question.topics)
    ):
        return replace(question, intent="ask_causes")
    if question.intent == "ask_why":
        return replace(question, intent=reason(article, context))
    if question.intent == "inform" or (question.intent == "report_symptom" and suspects(article, question)):
        return replace(question, intent="ask_overview")
    return question


def _yes(article: Article, question: Question, focus: Focus, aspect: str) -> tuple[Block, ...]:
    """A yes to whether something is a cause, if it is on the article's list; of what one has, that nobody here can tell."""
    topics = [article.topics[topic] for topic in focus.topics if topic in (*question.topics, *question.background)]
    causes = [topic.cause for topic in topics if not topic.remedy]  # of medicines, some only
    of_subject = question.about_subject or question.cues.pronoun
    strange = question.unknown or question.outside or len(causes) != len(focus.topics) or not all(causes)
    cues = question.cues
    if aspect not in ("overview", "other_cause") or not (cues.whether_cause or cues.whether_mine) or not of_subject or strange:
        return ()
    names = listed(f"“{cause}”" for cause in causes)
    return (Block(said("answers", "is_cause" if cues.whether_cause else "is_mine", causes=names)),)


def _compared(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """Two topics side by side; of fewer, what there is to say."""
    topics = sides(article, question, context)
    if question.outside and len(question.topics) < 2:
        return not_discussed(article, question, context)
    aspects = compared_aspects(question)
    if len(topics) < 2:
        named = ASPECTS[aspects[0]].intent if question.cues.points else "ask_overview"  # "does the other one have a cure"
        return answer(article, replace(question, intent=named if topics else "ask_causes", topics=topics), context)
    if not any(article.passage(topic, aspect) for topic in topics for aspect in aspects):
        return not_covered(article, topics, aspects[0], context)
    return side_by_side(article, topics, aspects, context, which=question.cues.which)


def decline(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """That a question is about something the article does not discuss."""
    return not_discussed(article, replace(question, intent=NOT_OURS), context)


def more(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """The next passage of the topic in play that was not shown yet."""
    if question.ruled_out and not question.topics:
        return answer(article, replace(question, intent="ask_causes"), context)
    if question.outside and not question.topics:
        return not_discussed(article, question, context)
    meant = tuple(question.topics) or pointed_at(question, article, context)
    if meant and meant != context.topics:
        return answer(article, replace(question, intent="ask_overview", topics=meant), context)
    topics = meant or context.topics or (article.subject,)
    untold = [p for topic in topics for p in article.topics[topic].passages.values() if p.id not in context.told]
    if untold:
        return told(article, untold[:1], (), about(context, topics, untold[0].aspect))
    names = listed(article.topics[topic].name for topic in topics)
    return plain(article, "notice", (Block(said("answers", "all_said", names=names)),), context)


def pick(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """The option that was picked by its place in the last list, or a request to say which."""
    both = several(article, context) if question.cues.both else ()
    named = question.topics or pointed_at(question, article, context) or both
    if named:
        intent = "ask_overview" if from_list(question, article, context) else "ask_topic"
        return answer(article, replace(question, intent=intent, topics=named), context)
    chosen = picked(question, context.options)
    if not chosen:
        return plain(article, "clarify", (Block(said("answers", "which")),), context)
    reply, context = answer(article, from_payload(chosen[0]), context)
    answered = [*context.topics]
    for option in chosen[1:]:
        following, context = answer(article, from_payload(option), context)
        answered += context.topics
        reply = replace(
            reply,
            blocks=reply.blocks + following.blocks,
            offers=following.offers,
            missing=reply.missing + following.missing,
            outside=reply.outside + following.outside,
        )
    return reply, of_turn(context, answered)


def accept(article: Article, context: Context) -> tuple[Reply, Context]:
    """What the last suggestion offered."""
    if context.suggestion is None:
        return plain(article, "clarify", (Block(said("answers", "nothing_suggested")),), context)
    return answer(article, from_payload(context.suggestion), context)


def rephrase(article: Article, context: Context) -> tuple[Reply, Context]:
    """The last passage in one sentence, and where in the article its whole wording stands."""
    if not context.told:
        return plain(article, "clarify", (Block(said("answers", "nothing_to_rephrase")),), context)
    passage = article.passage_by_id(context.told[-1])
    blocks = (
        Block(said("answers", "in_short")),
        Block(passage=passage.id, brief=True),
        Block(said("answers", "own_words", place=place(passage))),
    )
    return plain(article, "answer", blocks, context)


def clarify(
    article: Article, intents: Iterable[str], question: Question, context: Context, *, again: bool = False
) -> tuple[Reply, Context]:
    """A question back, with the likeliest readings as buttons.

    Args:
        article: what is asked about.
        intents: the readings, the likeliest first.
        question: what was asked, or that the last answer was not to the question.
        context: the conversation so far.
        again: whether that was the last reply, too.
    """
    topics = focus_of(article, question, context, None).topics
    readings = [BY_INTENT[intent].id for intent in intents if intent in BY_INTENT]
    passages = [p for aspect in readings for topic in topics if (p := article.passage(topic, aspect))]
    context = replace(context, topics=topics if question.topics else context.topics)
    offers = [*(offer(article, passage) for passage in passages), *nearest(article, topics, context)]
    unclear = said("answers", "rejected" if question.intent == "reject_answer" else "unclear")
    blocks = (Block(said("answers", "still_unclear") if again else unclear),)
    return with_offers(Reply("clarify", blocks, distinct(offers)), context)
