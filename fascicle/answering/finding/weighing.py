"""Adds up what speaks for something: numbers of a record, each times its weight in a record of the same kind."""

from __future__ import annotations

from dataclasses import fields
from math import exp
from typing import Any


def weighed(signs: Any, weights: Any) -> float:
    """The sum of a record's numbers, each times that of the same name in another."""
    total = 0.0
    for field in fields(weights):
        total += getattr(signs, field.name) * getattr(weights, field.name)
    return total


def probability(score: float) -> float:
    """The logistic function of a score: a number between 0 and 1."""
    return 1 / (1 + exp(-score))
