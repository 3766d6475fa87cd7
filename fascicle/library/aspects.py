"""What people ask about a topic: the fixed vocabulary of aspects and the words the bot uses for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aspect:
    """One thing that can be asked about a topic.

    Args:
        id: the aspect's name, as in a passage id (`bells_palsy.treatment`).
        missing: what the article does not say when it has no passage for this aspect; completes "it does not say ...".
        ask: a suggested question with `{topic}`, for aspects that some passage answers; empty for the others.
    """

    id: str
    missing: str
    ask: str = ""

    @property
    def intent(self) -> str:
        """The intent of a question about this aspect."""
        return f"ask_{self.id}"


_ALL = (
    Aspect("overview", "how it is linked to lip twitching", "Tell me about {topic}"),
    Aspect("symptoms", "what its symptoms are", "What are the signs of {topic}?"),
    Aspect("causes", "what causes it", "What causes {topic}?"),
    Aspect("diagnosis", "how it is diagnosed", "How is {topic} diagnosed?"),
    Aspect("treatment", "how it is treated", "What helps with {topic}?"),
    Aspect("outlook", "how serious it is or whether it can be cured", "What is the outlook for {topic}?"),
    Aspect("see_doctor", "when to see a doctor about it", "When should I see a doctor?"),
    Aspect("duration", "how long it lasts or whether it goes away by itself"),
    Aspect("amount", "amounts, doses, limits, or lists of foods and products"),
    Aspect("treatment_detail", "how well a treatment works, what it involves, or its side effects"),
    Aspect("prevalence", "how common it is"),
    Aspect("heredity", "whether it runs in families"),
    Aspect("risk_group", "who gets it, at what age, or whether it is catching"),
    Aspect("prevention", "how to prevent it"),
    Aspect("complications", "what happens if it is left alone"),
    Aspect("specialist", "which kind of doctor to see"),
    Aspect("cost", "what anything costs or where to get it"),
    Aspect("superstition", "anything about luck, omens, or hidden meanings"),
    Aspect("other_body_part", "anything about twitches in other parts of the body"),
    Aspect("other_cause", "whether that is a cause"),
    Aspect("other_treatment", "whether that helps"),
    Aspect("research", "what is being researched"),
    Aspect("support", "where to find support or how to live with it"),
)

ASPECTS: dict[str, Aspect] = {aspect.id: aspect for aspect in _ALL}
BY_INTENT: dict[str, Aspect] = {aspect.intent: aspect for aspect in _ALL}
ANSWERABLE: tuple[str, ...] = tuple(aspect.id for aspect in _ALL if aspect.ask)
"""Aspects a passage may be about, in the order in which suggestions are offered."""
