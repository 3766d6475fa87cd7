"""What is measured of the web channel, for Prometheus: counts and times, and nothing that leads to a person or their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

from fascicle.operations.ratings import RATINGS
from fascicle.reply import KINDS

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds; a turn takes a few hundredths, and one that waits in vain for a server some seconds."""
OURS = ("no_reply", "failed", "not_kept", "not_erased")
"""Codes of what is our fault; any other is that of the request, or of too many of them."""


class Metrics:
    """The figures of one channel."""

    def __init__(self, codes: Iterable[str], taken: Callable[[], int]) -> None:
        """Set up, everything at 0.

        Args:
            codes: what requests and turns are refused with.
            taken: how many questions run and wait.
        """
        self._codes = frozenset({*codes, "failed"})
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._turns = Counter("fascicle_turns", "Turns by kind of their reply.", ["kind"], registry=self._registry)
        self._seconds = Histogram(
            "fascicle_turn_seconds", "Time from a question to the end of its answer.", buckets=BUCKETS, registry=self._registry
        )
        self._errors = Counter("fascicle_errors", "Requests that failed here.", ["code"], registry=self._registry)
        self._refusals = Counter("fascicle_refusals", "Requests that were turned down.", ["code"], registry=self._registry)
        self._ratings = Counter("fascicle_ratings", "Ratings by kind of the reply.", ["rating", "kind"], registry=self._registry)
        self._erased = Counter("fascicle_conversations_erased", "Conversations erased on request.", registry=self._registry)
        self._model = Info("fascicle_model", "The model that answers.", registry=self._registry)
        self.running = Gauge("fascicle_turns_running", "Turns that run.", registry=self._registry)
        waiting = Gauge("fascicle_turns_waiting", "Questions that wait for another one.", registry=self._registry)
        waiting.set_function(lambda: taken() - self.running._value.get())
        for kind in KINDS:
            self._turns.labels(kind)
        for code in self._codes:
            (self._errors if code in OURS else self._refusals).labels(code)

    def turn(self, kind: str, seconds: float) -> None:
        """Count a turn."""
        self._turns.labels(kind if kind in KINDS else "error").inc()
        self._seconds.observe(seconds)

    def refuse(self, code: str) -> None:
        """Count a request or a turn that came to nothing."""
        (self._errors if code in OURS else self._refusals).labels(code if code in self._codes else "failed").inc()

    def rate(self, rating: str, kind: str) -> None:
        """Count a rating, the values of which were checked."""
        if rating in RATINGS and kind in KINDS:
            self._ratings.labels(rating, kind).inc()

    def erase(self) -> None:
        """Count an erased conversation."""
        self._erased.inc()

    def as_text(self, model: str) -> bytes:
        """All figures, as Prometheus reads them.

        Args:
            model: id that the model was given when it was trained.
        """
        self._model.info({"id": model})
        return generate_latest(self._registry)
