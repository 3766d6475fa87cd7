"""Decides what is said to a question: the article's coverage table answers or refuses, never a confidence.

Pure functions of the article, a question, and the conversation so far. Nothing here knows about Rasa.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fascicle.library import ANSWERABLE, ASPECTS, BY_INTENT, Article, Passage
from fascicle.reply import Block, Offer, Reply, payload
from fascicle.understanding.in_order import InOrder

SHOWN_OFFERS = 3
ABOUT_THE_SYMPTOM = frozenset({"see_doctor", "diagnosis"})
"""Aspects that without a named topic are about the symptom, unless the topic in play has a passage for them."""
REMEDY = 0.05
"""Likelihood below which a topic that can be a remedy counts as one; leaves 19 of 20 that are meant as topics alone."""
UNCLEAR = "I am not sure I understood. Do you mean one of these? You can also put it in other words."
REJECTED = "Sorry, I got that wrong. Is it one of these? You can also ask in other words, or name the condition you mean."
STILL_UNCLEAR = (
    "I still do not follow, I'm sorry. I know one article, so short questions that name a condition work best, such as these. "
    "For anything else, a doctor or pharmacist is the right person to ask."
)
COMPARED = ("overview", "symptoms")
"""Aspects shown side by side."""
MAX_TOPICS = 4
"""Topics one answer speaks of at most, so that it stays readable."""
WHICH = re.compile(
    r"\bwhich (?:ones?|of (?:them|these|those)|(?:of (?:the|these|those) )?(?:causes?|conditions?|illness(?:es)?|diseases?))\b",
    re.IGNORECASE,
)
FIRST_ASKED = InOrder.of(r"\bfirst\b", r"\b(?:i|we) (?:asked|said|mentioned|talked|spoke|started)", within=r"\n")
AT_FIRST = re.compile(r"\b(?:at the (?:start|beginning)|started with)\b", re.IGNORECASE)
PLACE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|other|\d+(?:st|nd|rd|th)) (?:ones?|causes?|conditions?|options?)\b"
    r"|\bnumber \d+\b",
    re.IGNORECASE,
)
OTHER = re.compile(r"\bthe other (?:one|condition|disease|illness)?\b", re.IGNORECASE)
ORDINALS = (
    r"\b(?:1st|first|one|1)\b", r"\b(?:2nd|second|two|2)\b", r"\b(?:3rd|third|three|3)\b", r"\b(?:4th|fourth|four|4)\b",
    r"\b(?:5th|fifth|five|5)\b", r"\b(?:6th|sixth|six|6)\b", r"\b(?:7th|seventh|seven|7)\b", r"\b(?:8th|eighth|eight|8)\b",
    r"\b(?:9th|ninth|nine|9)\b", r"\b(?:10th|tenth|ten|10)\b", r"\b(?:11th|eleventh|eleven|11)\b",
    r"\b(?:12th|twelfth|twelve|12)\b",
)  # fmt: skip


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
        text: the words, for ordinals ("the third one").
    """

    intent: str
    topics: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    about_subject: bool = False
    implied: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Context:
    """What the conversation remembers.

    Args:
        topics: topics in play, in the order in which they were named.
        earlier: all topics named so far, the latest last.
        aspect: the aspect asked about last.
        told: ids of the passages shown so far, the latest last.
        options: payloads that "the third one" picks from.
        suggestion: the payload that "yes" takes up.
    """

    topics: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    aspect: str | None = None
    told: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    suggestion: str | None = None


def questions_of(message: Mapping[str, Any], article: Article) -> list[Question]:
    """The questions of a parsed message: those the classifier found, or for a payload the one it names."""
    found = message.get("questions")
    if not found:
        intent = (message.get("intent") or {}).get("name") or ""
        found = [{"intent": intent, "entities": message.get("entities") or [], "text": ""}]
    if len(found) == 1 and PLACE.search(message.get("text") or ""):
        found = [found[0] | {"text": message["text"]}]  # "the first one, how is it treated": the place is outside the question
    return [_question(entry, article) for entry in found]


def _question(entry: Mapping[str, Any], article: Article) -> Question:
    entities = entry.get("entities") or []
    entities = [entity for entity in entities if not _is_remedy(entity, article)]
    named = [topic for topic in _values(entities, "topic") if topic in article.topics]
    background = _values(entry.get("background") or [], "topic")
    return Question(
        intent=entry["intent"],
        topics=tuple(topic for topic in named if topic != article.subject) or tuple(named),
        ruled_out=tuple(topic for topic in _values(entities, "topic", excluded=True) if topic in article.topics),
        passages=_values(entities, "passage"),
        outside=_values(entities, "outside"),
        background=tuple(topic for topic in background if topic in article.topics and topic != article.subject),
        about_subject=article.subject in named or (not named and background == (article.subject,)),
        implied=implied if (implied := entry.get("implied_topic")) in article.topics else None,
        text=entry.get("text") or "",
    )


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
    return Question(intent, topics=(named["topic"],) if "topic" in named else ())


def answer(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """The reply to one question, and the context after it."""
    question = _resolve_reference(question, article, context)
    if question.intent == "ask_other_cause" and not question.outside and re.search(r"\belse\b", question.text, re.IGNORECASE):
        question = replace(question, intent="ask_causes")
    if question.intent == "ask_why":
        question = replace(question, intent=_reason(article, context))
    aspect = _aspect(question, context)
    if question.intent == "ask_comparison":
        return _compare(article, question, context)
    if question.intent == "express_worry":
        return _reassure(article, question, context)
    if question.intent == "report_symptom":
        if not suspects(article, question):
            return _list_causes(article, context)
        question = replace(question, intent="ask_overview")
    if _is_outside(question, article):
        return _not_discussed(article, question, context)
    topics = _topics(article, question, context, aspect)
    passages = _passages(article, question, topics, aspect)
    if not passages:
        return _not_covered(article, topics, aspect, context)
    if aspect in ABOUT_THE_SYMPTOM and not question.topics and context.topics:
        answered = context.topics  # a question about the symptom does not change the subject
    answered = tuple(dict.fromkeys(passage.topic for passage in passages))
    silent = [topic for topic in question.topics if topic in topics and topic not in answered]
    reply, context = _told(article, passages, (), _about(context, answered, aspect), _missing(article, silent, aspect))
    return replace(reply, missing=_cells(silent, aspect)), context


def more(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """The next passage of the topic in play that was not shown yet."""
    if question.ruled_out and not question.topics:
        return answer(article, replace(question, intent="ask_causes"), context)
    if question.outside and not question.topics:
        return _not_discussed(article, question, context)
    picked = _resolve_reference(question, article, context)
    if picked.topics and picked.topics != context.topics:
        return answer(article, replace(picked, intent="ask_overview"), context)
    topics = picked.topics or context.topics or (article.subject,)
    untold = [p for topic in topics for p in article.topics[topic].passages.values() if p.id not in context.told]
    if untold:
        return _told(article, untold[:1], (), _about(context, topics, untold[0].aspect))
    names = _listed(article.topics[topic].name for topic in topics)
    return _reply(article, "notice", (Block(f"That is all the article says about {names}."),), context)


def pick(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """The option that was picked by its place in the last list, or a request to say which."""
    chosen = _picked(question.text, context.options)
    named = _said_before(question, article, context) or (question.topics if not chosen else ())
    if named:
        return answer(article, replace(question, intent="ask_topic", topics=named), context)
    if not chosen:
        return _reply(article, "clarify", (Block("Which one do you mean? You can name it, or pick one of these:"),), context)
    reply, context = answer(article, from_payload(chosen[0]), context)
    for option in chosen[1:]:
        following, context = answer(article, from_payload(option), context)
        reply = replace(
            reply,
            blocks=reply.blocks + following.blocks,
            offers=following.offers,
            missing=reply.missing + following.missing,
            outside=reply.outside + following.outside,
        )
    return reply, context


def accept(article: Article, context: Context) -> tuple[Reply, Context]:
    """What the last suggestion offered."""
    if context.suggestion is None:
        return _reply(article, "clarify", (Block("Gladly. What would you like to know?"),), context)
    return answer(article, from_payload(context.suggestion), context)


def rephrase(article: Article, context: Context) -> tuple[Reply, Context]:
    """The last passage in one sentence, and where in the article its whole wording stands."""
    if not context.told:
        return _reply(article, "clarify", (Block("Sorry, that was unclear of me. What would you like to know?"),), context)
    passage = article.passage_by_id(context.told[-1])
    blocks = (
        Block("In short:"),
        Block(passage=passage.id, brief=True),
        Block(f"I can only show what the article says. It says this in its own words in {passage.place}."),
    )
    return _reply(article, "answer", blocks, context)


def sources(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """Where the answers come from: the article, its date and forms of citation, and the references it lists."""
    asked = [form for name, form in (("MLA", article.mla), ("APA", article.apa)) if name in question.text.upper()]
    if asked:
        return _reply(article, "sources", tuple(Block(form) for form in asked), context)
    topics = question.topics or context.topics
    references = [ref for topic in topics for ref in article.topics[topic].references] or list(article.references.values())
    of = _listed(article.topics[topic].name for topic in topics if article.topics[topic].references)
    blocks = [
        Block(
            f"Everything I say comes from one article: “{article.title}” by {article.author}, {article.publisher}, "
            f"published on {article.published} and read on {article.accessed}. Medical knowledge may have moved on since."
        ),
        Block(article.url),
        Block(f"MLA: {article.mla}"),
        Block(f"APA: {article.apa}"),
        Block(
            f"For {of} the article lists:" if of else "The article lists these references, without saying which fact is whose:"
        ),
        *(Block(f"{ref.title} ({ref.published})", type="list_item") for ref in references),
    ]
    return _reply(article, "sources", tuple(blocks), context)


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
    topics = _topics(article, question, context, None)
    readings = [BY_INTENT[intent].id for intent in intents if intent in BY_INTENT]
    passages = [p for aspect in readings for topic in topics if (p := article.passage(topic, aspect))]
    context = replace(context, topics=topics if question.topics else context.topics)
    offers = [*(_offer(article, passage) for passage in passages), *_offers(article, topics, context)]
    unclear = REJECTED if question.intent == "reject_answer" else UNCLEAR
    blocks = (Block(STILL_UNCLEAR if again else unclear),)
    return _with_offers(Reply("clarify", blocks, _distinct(offers)), context)


def suspects(article: Article, question: Question) -> tuple[str, ...]:
    """The one or two topics that someone who tells of the symptom suspects by name; none if they rule anything out."""
    named = tuple(topic for topic in question.topics if topic != article.subject)
    return named if len(named) < 3 and not question.ruled_out else ()


def tell(
    article: Article, kind: str, blocks: tuple[Block, ...], topics: tuple[str, ...], context: Context,
    suggested: Iterable[Passage] = (),
) -> tuple[Reply, Context]:  # fmt: skip
    """A reply composed elsewhere, with suggestions (the nearest if none are given), and the context with its topics in play."""
    context = _about(context, topics, "overview")
    context = replace(context, told=_add(context.told, [block.passage for block in blocks if block.passage]))
    offers = _distinct(_offer(article, passage) for passage in suggested) or _offers(article, topics, context)
    reply, context = _with_offers(Reply(kind, blocks, offers), context)
    if any(article.passage_by_id(passage).items for passage in reply.passages):
        context = replace(context, options=tuple(payload("ask_overview", topic=topic.id) for topic in article.causes))
    return reply, context


def offered_payloads(article: Article) -> frozenset[str]:
    """Every payload the bot may offer: no other is accepted from a visitor."""
    answers = {payload("inform", answer=f"{question.id}.{a.id}") for question in article.check_in for a in question.answers}
    check_in = {*answers, *map(payload, ("report_symptom", "skip", "stop"))} if article.check_in else set()
    return (
        frozenset(_offer(article, passage).payload for passage in article.passages)
        | check_in
        | {
            payload("ask_help"),
            payload("ask_sources"),
            payload("confirm_sign"),
            payload("deny_sign"),
        }
    )


def _resolve_reference(question: Question, article: Article, context: Context) -> Question:
    """Put the topic that "the third one", "the first one" or "the other one" means in place of the words."""
    if any(topic != article.subject for topic in question.topics):
        return question
    if said_before := _said_before(question, article, context):
        return replace(question, topics=said_before)
    if not re.search(r"\b(?:one|ones|number|no\.?|option)\b|\b(?:1st|2nd|3rd|\d+th)\b", question.text, re.IGNORECASE):
        return question
    listed = tuple(dict.fromkeys(topic for option in context.options for topic in from_payload(option).topics))
    text = re.sub(r"\b(?:that|this|which|another|no|any|some|one[- ]sided) one\b", "", question.text, flags=re.IGNORECASE)
    chosen = _picked(text, context.topics if len(context.topics) > 1 else listed)
    return replace(question, topics=tuple(chosen[:1])) if chosen else question


def _said_before(question: Question, article: Article, context: Context) -> tuple[str, ...]:
    """The topic that "the first one I asked about" or "the other one" means; none for other words."""
    if FIRST_ASKED.search(question.text) or AT_FIRST.search(question.text):
        return context.earlier[:1]
    if not OTHER.search(question.text):
        return ()
    return tuple(topic for topic in context.earlier if topic not in (*context.topics[-1:], article.subject))[-1:]


def _picked(text: str, options: tuple[str, ...]) -> list[str]:
    text = text.lower()
    if re.search(r"\b(both|all of them|all)\b", text):
        return list(options[:2])
    if options and re.search(r"\blast\b", text):
        return [options[-1]]
    text = re.sub(r"(?<=\w )ones?\b", "", text)
    return [option for option, pattern in zip(options, ORDINALS, strict=False) if re.search(pattern, text)]


def _aspect(question: Question, context: Context) -> str:
    if question.intent == "ask_topic":
        return context.aspect or "overview"
    aspect = BY_INTENT.get(question.intent)
    return aspect.id if aspect else "overview"


def _reason(article: Article, context: Context) -> str:
    """The intent of "why?": what causes the topic in play, or how it makes a lip twitch, whichever was not told yet."""
    topics = context.topics or (article.subject,)
    causes, overviews = ([p for topic in topics if (p := article.passage(topic, aspect))] for aspect in ("causes", "overview"))
    news = [{passage.id for passage in passages} - set(context.told) for passages in (causes, overviews)]
    return "ask_overview" if news[1] and not news[0] else "ask_causes"


def _is_outside(question: Question, article: Article) -> bool:
    """Whether it asks about something the article does not discuss."""
    named = set(question.topics) - {article.subject}
    if question.intent == "ask_other_cause":
        return bool(question.outside) or not (named or question.passages or question.implied)
    return bool(question.outside) and not named and question.intent in (
        "ask_overview", "ask_topic", "ask_symptoms", "ask_causes", "ask_treatment", "ask_outlook",
    )  # fmt: skip


def _topics(article: Article, question: Question, context: Context, aspect: str | None) -> tuple[str, ...]:
    """The topics a question is about: those it names, else those of its background or in play, else the article's subject."""
    named = tuple(topic for topic in question.topics if topic != article.subject)
    about_subject = question.about_subject or article.subject in question.topics
    if aspect in ABOUT_THE_SYMPTOM:
        in_play = () if about_subject else named
        covered = [topic for topic in context.topics if not question.topics and article.passage(topic, aspect)]
        return in_play or tuple(covered) or (article.subject,)
    if named:
        return named
    which = WHICH.search(question.text) is not None
    pointed = [p for p in question.passages if which or aspect in (None, "overview", "other_cause", p.split(".")[1])]
    if pointed or (question.passages and not about_subject):
        return ((pointed or question.passages)[0].split(".")[0],)
    if question.ruled_out and question.intent == "ask_topic":
        return question.ruled_out
    if several := _asked_which(article, question, context, aspect):
        return several
    near = question.background or ((question.implied,) if question.implied else ())
    if question.ruled_out and (aspect == "overview" or not near):
        return question.ruled_out if aspect == "overview" else (article.subject,)
    if aspect == "causes" and re.search(r"\b(?:causes|list|reasons|possibilities|else)\b", question.text, re.IGNORECASE):
        in_play = () if about_subject else tuple(topic for topic in context.topics if article.passage(topic, aspect))
        return in_play or (article.subject,)
    if near and (aspect == "overview" or not about_subject):
        return near
    if about_subject:
        return (article.subject,)
    return context.topics or (article.subject,)


def _asked_which(article: Article, question: Question, context: Context, aspect: str | None) -> tuple[str, ...]:
    """The topics that "which of them can be cured?" asks about: those of several that have a passage; none if they are many."""
    if aspect is None or not WHICH.search(question.text):
        return ()
    among = context.topics if len(context.topics) > 1 else [topic.id for topic in article.causes]
    covered = tuple(topic for topic in among if article.passage(topic, aspect))
    return covered if len(covered) <= MAX_TOPICS else ()


def _passages(article: Article, question: Question, topics: tuple[str, ...], aspect: str) -> list[Passage]:
    """The passages that answer an aspect of topics; a passage whose own term was used stands in where there is none."""
    pointed = [article.passage_by_id(passage) for passage in question.passages]
    by_term = [passage for passage in pointed if passage.topic in topics]
    if by_term and aspect in ("overview", "other_cause"):
        return by_term[:1]
    if aspect == "other_cause":
        aspect = "overview"
    found = [passage for topic in topics if (passage := article.passage(topic, aspect))]
    return found or (by_term[:1] if aspect in ANSWERABLE else [])


def _compare(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """Two topics side by side, each with its own passages."""
    topics = question.topics if len(question.topics) > 1 else tuple(dict.fromkeys((*context.topics, *question.topics)))[:2]
    topics = tuple(topic for topic in topics if topic != article.subject) or topics
    if question.outside and len(question.topics) < 2:
        return _not_discussed(article, question, context)
    if len(topics) < 2:
        return answer(article, replace(question, intent="ask_overview" if topics else "ask_causes"), context)
    blocks: list[Block] = []
    for topic in topics:
        blocks.append(Block(_capital(article.topics[topic].name), type="heading"))
        blocks += [Block(passage=p.id) for aspect in COMPARED if (p := article.passage(topic, aspect))]
    blocks.append(Block("The article describes each by itself and does not compare them."))
    silent = {aspect: _silent(article, topics, aspect) for aspect in COMPARED}
    blocks += [Block(text) for aspect, of in silent.items() if (text := _missing(article, of, aspect))]
    context = _about(context, topics, "overview")
    context = replace(context, told=_add(context.told, [block.passage for block in blocks if block.passage]))
    missing = tuple(cell for aspect, of in silent.items() for cell in _cells(of, aspect))
    return _with_offers(Reply("answer", tuple(blocks), _offers(article, topics, context), missing), context)


def _silent(article: Article, topics: Iterable[str], aspect: str) -> list[str]:
    """Those of `topics` of which the article does not tell this."""
    return [topic for topic in topics if article.passage(topic, aspect) is None]


def _reassure(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """A human sentence, then what the article says of the feared topic and of lip twitching as such."""
    if question.outside and not question.topics:
        return _not_discussed(article, question, context, "That sounds frightening, and I am sorry you are going through it.")
    feared = [topic for topic in question.topics if topic != article.subject] or list(question.ruled_out)
    cells = [(topic, "overview") for topic in feared[:1]] + [
        (article.subject, "outlook"),
        (article.subject, "see_doctor"),
    ]
    passages = [passage for topic, aspect in cells if (passage := article.passage(topic, aspect))]
    lead = Block("It makes sense that this worries you. I can't tell what is behind it, but here is what the article says.")
    topics = tuple(feared[:1]) or (article.subject,)
    return _told(article, passages, (lead,), _about(context, topics, "overview"))


def _list_causes(article: Article, context: Context) -> tuple[Reply, Context]:
    """What the article links the symptom to, for someone who tells of their own."""
    passages = [p for aspect in ("causes", "see_doctor") if (p := article.passage(article.subject, aspect))]
    lead = Block("Thank you for telling me. I can't say what it is in your case; this is what the article links it to.")
    return _told(article, passages, (lead,), _about(context, (article.subject,), "causes"))


def _told(
    article: Article, passages: list[Passage], lead: tuple[Block, ...], context: Context, missing: str = ""
) -> tuple[Reply, Context]:
    """An answer: framing, passages, and what the article does not say of the rest."""
    context = replace(context, told=_add(context.told, [passage.id for passage in passages]))
    blocks = (*lead, *(Block(passage=passage.id) for passage in passages), *((Block(missing),) if missing else ()))
    reply, context = _with_offers(Reply("answer", blocks, _offers(article, context.topics, context)), context)
    if any(passage.items for passage in passages):
        context = replace(context, options=tuple(payload("ask_overview", topic=topic.id) for topic in article.causes))
    return reply, context


def _not_covered(article: Article, topics: tuple[str, ...], aspect: str, context: Context) -> tuple[Reply, Context]:
    context = _about(context, topics, aspect)
    reply, context = _reply(article, "not_covered", (Block(_missing(article, topics, aspect)),), context)
    return replace(reply, missing=_cells(topics, aspect)), context


def _cells(topics: Iterable[str], aspect: str) -> tuple[tuple[str, str], ...]:
    """An aspect of each topic."""
    return tuple((topic, aspect) for topic in topics)


def _missing(article: Article, topics: Iterable[str], aspect: str) -> str:
    """What the article does not say about topics; empty for none."""
    names = _listed(article.topics[topic].name for topic in topics)
    return f"About {names}, the article does not say {ASPECTS[aspect].missing}." if names else ""


def _not_discussed(article: Article, question: Question, context: Context, lead: str = "") -> tuple[Reply, Context]:
    names = _listed(question.outside) or "that"
    text = f"{lead} The article does not discuss {names}, so I can't say whether or how it is linked to the twitching.".strip()
    reply, context = _reply(article, "not_covered", (Block(text),), replace(context, topics=(article.subject,)))
    return replace(reply, outside=question.outside), context


def _reply(article: Article, kind: str, blocks: tuple[Block, ...], context: Context) -> tuple[Reply, Context]:
    return _with_offers(Reply(kind, blocks, _offers(article, context.topics or (article.subject,), context)), context)


def _with_offers(reply: Reply, context: Context) -> tuple[Reply, Context]:
    """The reply, with its first offer as what "yes" takes up; "the second one" goes on to mean a longer list shown before."""
    payloads = tuple(offer.payload for offer in reply.offers)
    options = context.options if len(context.options) > SHOWN_OFFERS else payloads
    return reply, replace(context, options=options, suggestion=payloads[0] if payloads else None)


def _offers(article: Article, topics: tuple[str, ...], context: Context) -> tuple[Offer, ...]:
    """The nearest passages not shown yet: the topics' own first, then the subject's."""
    near = [p for topic in (*topics, article.subject) for a in ANSWERABLE if (p := article.topics[topic].passages.get(a))]
    near.sort(key=lambda passage: passage.topic == article.subject and article.subject not in topics)
    return _distinct(_offer(article, passage) for passage in near if passage.id not in context.told)


def _distinct(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    return tuple({offer.payload: offer for offer in offers}.values())[:SHOWN_OFFERS]


def _offer(article: Article, passage: Passage) -> Offer:
    title = ASPECTS[passage.aspect].ask.format(topic=article.topics[passage.topic].name)
    return Offer(title, payload(ASPECTS[passage.aspect].intent, topic=passage.topic))


def _about(context: Context, topics: tuple[str, ...], aspect: str) -> Context:
    """The context with these topics in play, remembered as the latest."""
    earlier = tuple(topic for topic in context.earlier if topic not in topics) + topics
    return replace(context, topics=topics, earlier=earlier, aspect=aspect)


def _add(told: tuple[str, ...], passages: Iterable[str]) -> tuple[str, ...]:
    """The passages shown, the latest last."""
    new = tuple(dict.fromkeys(passages))
    return tuple(passage for passage in told if passage not in new) + new


def _listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b, and c`."""
    items = list(names)
    if len(items) < 3:
        return " and ".join(items)
    return ", ".join(items[:-1]) + f", and {items[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
