"""Says why a message is answered as it is: what was understood, which rule of the focus decided, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rasa.core.agent import load_agent

from fascicle.answering import Context, answer, answer_from, as_meant, aspect_of, choose, focus_of
from fascicle.library import Article, Library, is_searched
from fascicle.understanding.question import Question, questions_of


def explain(model: Path, library: Library, texts: Sequence[str]) -> list[str]:
    """Lines on messages as questions, each with those before it as its conversation.

    What other actions do with a message (a check-in, sources, "tell me more") is not shown.

    Args:
        model: the trained model.
        library: what is asked about.
        texts: the messages.
    """

    async def parsed() -> list[Mapping[str, Any]]:
        agent = await load_agent(model_path=str(model))
        return [await agent.parse_message(text) for text in texts]

    lines: list[str] = []
    context = Context()
    for message in asyncio.run(parsed()):
        lines.append(f"> {message['text']}")
        if alarm := message.get("alarm"):
            lines.append(f"  alarm: {alarm['kind']}")
            continue
        if is_searched(library):
            context = _found(library, message, context, lines)
            continue
        for question in questions_of(message, library.default):
            lines += _of(library.default, question, context)
            reply, context = answer(library.default, question, context)
            lines.append(f"  reply: {reply.kind} {' '.join(reply.passages)}".rstrip())
    return lines


def _found(library: Library, message: Mapping[str, Any], context: Context, lines: list[str]) -> Context:
    """Add lines on a message to a library; returns the context after it."""
    for question in questions_of(message, None):
        choice = choose(library, question, context)
        likely = sorted(question.sought.intents.items(), key=lambda one: -one[1])[:3] if question.sought else []
        lines.append(f"  intent: {question.intent}; likely: {', '.join(f'{name} {value:.2f}' for name, value in likely)}")
        lines.append(f"  article: {', '.join(choice.articles) or 'none'}, by {choice.why}")
        if choice.is_clear and choice.articles and not library.article(choice.articles[0]).is_quoted and question.sought:
            article = library.article(choice.articles[0])
            lines += _of(article, question.sought.of(article), context)
        reply, context = answer_from(library, question, context)
        shown = " ".join(f"{article}:{passage}" for article, passage in reply.places)
        lines.append(f"  reply: {reply.kind} {shown}".rstrip())
    return context


def _of(article: Article, question: Question, context: Context) -> Iterator[str]:
    meant = as_meant(article, question, context)
    aspect = aspect_of(meant, context)
    focus = focus_of(article, meant, context, aspect)
    yield f"  intent: {question.intent}" + (f", read as {meant.intent}" if meant.intent != question.intent else "")
    if question.readings[1:]:
        yield f"  or: {', '.join(question.readings[1:])}"
    for name, value in asdict(question).items():
        if value and name not in ("intent", "text", "readings", "cues"):
            yield f"  {name}: {value}"
    if cues := [name for name, value in asdict(question.cues).items() if value]:
        yield f"  cues: {', '.join(cues)}"
    yield f"  about: {', '.join(focus.topics)}, by {focus.why.replace('_', ' ')}; aspect: {aspect}"
