"""Says why a message is answered as it is: what was understood, which rule of the focus decided, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rasa.core.agent import load_agent

from fascicle.answering import Context, answer, as_meant, aspect_of, focus_of
from fascicle.library import Article
from fascicle.understanding.question import Question, questions_of


def explain(model: Path, article: Article, texts: Sequence[str]) -> list[str]:
    """Lines on messages as questions, each with those before it as its conversation.

    What other actions do with a message (a check-in, sources, "tell me more") is not shown.

    Args:
        model: the trained model.
        article: what is asked about.
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
        for question in questions_of(message, article):
            lines += _of(article, question, context)
            reply, context = answer(article, question, context)
            lines.append(f"  reply: {reply.kind} {' '.join(reply.passages)}".rstrip())
    return lines


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
