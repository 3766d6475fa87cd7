"""What someone is told who worries, or who tells of the symptom."""

from __future__ import annotations

from fascicle.answering.context import Context, about
from fascicle.answering.telling import not_discussed, plain, told
from fascicle.library import Article, said
from fascicle.reply import Block, Reply
from fascicle.understanding.question import Question


def reassure(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """A human sentence, then what the article says of the feared topic and of the symptom as such."""
    if question.outside and not question.topics:
        return not_discussed(article, question, context, said("answers", "worried_outside"))
    feared = [topic for topic in question.topics if topic != article.subject] or list(question.ruled_out)
    cells = [(topic, "overview") for topic in feared[:1]] + [
        (article.subject, "outlook"),
        (article.subject, "see_doctor"),
    ]
    leads = said("answers", "worried"), said("answers", "worried_untold")
    return _shown(article, leads, cells, about(context, tuple(feared[:1]) or (article.subject,), "overview"))


def list_causes(article: Article, context: Context) -> tuple[Reply, Context]:
    """What the article links the symptom to, for someone who tells of their own."""
    cells = [(article.subject, "causes"), (article.subject, "see_doctor")]
    leads = said("answers", "told_of_symptom"), said("answers", "told_of_symptom_untold")
    return _shown(article, leads, cells, about(context, (article.subject,), "causes"))


def _shown(
    article: Article, leads: tuple[str, str], cells: list[tuple[str, str]], context: Context
) -> tuple[Reply, Context]:  # fmt: skip
    """The passages that the article has in these cells, behind the first of `leads`; the other one where it has none."""
    passages = [passage for topic, aspect in cells if (passage := article.passage(topic, aspect))]
    if not passages:
        return plain(article, "not_covered", (Block(leads[1]),), context)
    return told(article, passages, (Block(leads[0]),), context)
