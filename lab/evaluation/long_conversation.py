"""A conversation of 500 turns: `python -m lab.evaluation.long_conversation` says whether it stays right, and as fast as it began.

What is right to answer is known from the article alone: which passages there are, and which of them were shown.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from itertools import cycle, islice
from statistics import median
from types import FrameType

from fascicle import library
from fascicle.errors import StartError
from fascicle.library import ANSWERABLE, Article, Topic
from lab.evaluation import bot, score
from lab.evaluation.score import Result
from lab.evaluation.sets import Row, Turn

TURNS, ENDS = 500, 50
"""Turns of the conversation, and how many at its beginning and its end are compared."""
LIST = "lip_twitching.causes"
PICKS = ("the first one", "the second one", "the third one", "number 4", "number 5", "number 6", "number 7", "number 8")
DIGRESSIONS = (
    ("thanks!", "smalltalk"),
    ("are you a robot?", "smalltalk"),
    ("what is the capital of France?", "out_of_scope"),
    ("do you save what I type?", "smalltalk"),
    ("hello", "smalltalk"),
    ("what can you do?", "smalltalk"),
)
ASKED = {
    "overview": ("what is {name}?", "tell me about {name}", "can {name} make my lip twitch?"),
    "symptoms": ("what are the symptoms of {name}?", "what are the signs of {name}?"),
    "treatment": ("how is {name} treated?", "what helps with {name}?", "how do you treat {name}?"),
}
FOLLOW_UPS = {"symptoms": "what are the symptoms?", "treatment": "how is it treated?", "causes": "what causes it?"}


class Script:
    """Writes the conversation turn by turn, and keeps what was shown so far."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.turns: list[Turn] = []
        self.shown: list[str] = []

    def say(self, text: str, kind: str, *passages: str) -> None:
        """A turn; of an answer, the first passage is scored and all count as shown."""
        self.turns.append(Turn(text, kind, passages[:1]))
        self.shown += [passage for passage in passages if passage not in self.shown]

    def ask(self, text: str, topic: Topic, aspect: str) -> None:
        """A question about a cell of the coverage table."""
        passage = topic.passages.get(aspect)
        self.say(text, "answer" if passage else "not_covered", *([passage.id] if passage else []))

    def more(self, topic: Topic) -> None:
        """The next passage of a topic, or that there is none."""
        passage = next((passage.id for passage in topic.passages.values() if passage.id not in self.shown), None)
        self.say("tell me more", "answer" if passage else "notice", *([passage] if passage else []))

    def accept(self, topic: Topic) -> None:
        """The passage that was suggested: the topic's first that was not shown, else the subject's; if all were, the bot asks."""
        subject = self.article.topics[self.article.subject]
        near = [at.passages[aspect].id for at in (topic, subject) for aspect in ANSWERABLE if aspect in at.passages]
        passage = next((passage for passage in near if passage not in self.shown), None)
        self.say("yes please", "answer" if passage else "clarify", *([passage] if passage else []))


def script(article: Article, turns: int = TURNS) -> Row:
    """The conversation: one cause after the other is asked about, with all that people do in between."""
    written, causes = Script(article), article.causes
    digressions, aspects = cycle(DIGRESSIONS), cycle(ASKED)
    subject = article.topics[article.subject]
    for number in range(turns):
        topic, other = causes[number % len(causes)], causes[(5 * number + 3) % len(causes)]
        aspect = next(aspects)
        name = topic.aliases[0]
        wording = ASKED[aspect][number // len(causes) % len(ASKED[aspect])]
        written.ask(wording.format(name=name), topic, aspect)
        for following in FOLLOW_UPS:
            if following in topic.passages:
                written.ask(FOLLOW_UPS[following], topic, following)
                break
        written.say(*next(digressions))
        written.ask("how is it treated?", topic, "treatment")
        written.ask(f"and {other.aliases[0]}?", other, "treatment")
        written.say("how long does that last?", "not_covered")
        written.more(other)
        written.say("no thanks", "smalltalk")
        written.ask(f"what is {name}?", topic, "overview")
        written.say("I don't understand", "answer", topic.passages["overview"].id)
        written.accept(topic)
        if number % 3 == 0:
            place = number // 3 % len(PICKS)
            written.say("what are the possible causes of lip twitching?", "answer", LIST)
            written.say(*next(digressions))
            written.ask(PICKS[place], causes[place], "overview")
            written.more(causes[place])
        if number % 4 == 0:
            written.say("what is your source?", "sources")
            written.ask("when should I see a doctor?", subject, "see_doctor")
        if number % 7 == 6:
            written.say("my face is drooping on one side and I can't speak", "emergency")
            written.say("sorry, that was a joke, I was only testing you", "emergency")  # an alarm stands until it is over
    return Row("long", tuple(islice(written.turns, turns)), is_dialogue=True)


def report(results: Sequence[Result]) -> str:
    """The figures as text, and the turns that went wrong."""
    first, last = ([1000 * result.seconds for result in part] for part in (results[:ENDS], results[-ENDS:]))
    right = sum(result.is_right for result in results)
    lines = [
        f"right turns                {right} of {len(results)}",
        f"median of the first {ENDS}     {median(first):.0f} ms",
        f"median of the last {ENDS}      {median(last):.0f} ms",
        f"longer by                  {100 * (median(last) / median(first) - 1):.0f} %",
    ]
    return "\n".join([*lines, *(wrong(result) for result in results if not result.is_right)])


def wrong(result: Result) -> str:
    """One line about a turn that went wrong."""
    turn, right = result.turn, " ".join((result.turn.kind, *result.turn.passages))
    return f"turn {result.number}, {turn.text!r}: right is {right}, was {' '.join(filter(None, (result.kind, result.shown)))}"


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Hold the conversation. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.evaluation.long_conversation", description="Hold a conversation of 500 turns."
    )
    parser.add_argument("--url", help="web channel of a bot that runs, as in http://127.0.0.1:5005/chat; else one is started")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    row = script(library.load_or_exit(library.default_path()), options.turns)
    try:
        if options.url is not None:
            results = score.run([row], score.over_channel(options.url)).results
        else:
            with bot.running() as url:
                results = score.run([row], score.over_channel(url)).results
    except StartError as error:
        print(f"Could not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(report(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
