"""What someone is told who worries, or who tells of the symptom."""

from __future__ import annotations

from fascicle.answering.context import Context, about
from fascicle.answering.telling import not_discussed, told
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
    passages = [passage for topic, aspect in cells if (passage := article.passage(topic, aspect))]
    lead = Block(said("answers", "worried"))
    topics = tuple(feared[:1]) or (article.subject,)
    return told(article, passages, (lead,), about(context, topics, "overview"))


def list_causes(article: Article, context: Context) -> tuple[Reply, Context]:
    """What the article links the symptom to, for someone who tells of their own."""
    passages = [p for aspect in ("causes", "see_doctor") if (p := article.passage(article.subject, aspect))]
    lead = Block(said("answers", "told_of_symptom"))
    return told(article, passages, (lead,), about(context, (article.subject,), "causes"))
