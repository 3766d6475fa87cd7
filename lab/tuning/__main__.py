"""Tunes the encoder and writes what was learned: `python -m lab.tuning EXAMPLES WEIGHTS OUT`. `make tune` runs it.

Every epoch sees each example once and each emergency twice, a part of them in the company of harmless messages, so that a sign is
seen wherever it stands; and pieces of harmless messages, so that a piece out of its context is none.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from lab.tuning.encoder import SIZE, Corrected, Encoder

RANK, FIXED = 24, 1
"""Rank of the corrections, and how many of the six layers stay as they are."""
RATE, EPOCHS, WARM = 2e-3, 5, 150
"""Learning rate, rounds over the examples, and batches until the rate is reached."""
BATCH, ALIKE = 32, 3200
"""Texts learned from at a time, and texts among which those of like length are put together."""
WEIGHTS = {"kind": 1.0, "caution": 0.5, "of_another": 0.3, "follow_up": 0.6}
"""How much each head counts."""
SMOOTHED = 0.02
IN_COMPANY, IN_PIECES, LOWERED, UNPUNCTUATED = 0.3, 0.12, 0.15, 0.08
"""Shares of texts that are changed in some way before they are learned from."""
COMPANIONS = frozenset(
    {
        "look_alikes",
        "check_in",
        "conversation",
        "questions",
        "personal_medicine",
        "everyday",
        "everyday_more",
        "everyday_stories",
        "everyday_requests",
        "ordinary_life",
        "calm",
    }
)
"""Files whose short harmless messages stand around others."""
CUT = frozenset({"look_alikes", "questions", "uncovered_questions", "check_in", "out_of_scope"})
"""Files whose messages are cut into pieces, unless a word in them turns round what a piece of them would say."""
TURNING = re.compile(
    r"\b(?:no|not|never|without|denies|neither|nor|dont|doesnt|isnt|didnt|cant|wont|film|movie|book|novel|game|news|years?|if|about"
    r"|what|how|difference|signs?|symptoms?)\b|n't", re.IGNORECASE
)  # fmt: skip
EASY, SEEN = frozenset({"questions", "uncovered_questions", "conversation", "check_in", "follow_ups", "other_conditions"}), 0.4
"""Files with little to learn from about signs, and the share of their messages that is seen in each round."""
SEPARATORS = (". ", ", ", " and ", "; ", "\n", " ", "... ", " but ", " - ")
PUNCTUATION = str.maketrans("", "", ",.'?!")
MAX_TOKENS = 96
LARGEST = 127
"""Largest value of a byte."""


@dataclass(frozen=True)
class Row:
    """An example: its text, the class of each head or -100 where it has none, and where it comes from."""

    text: str
    labels: dict[str, int]
    file: str


class Reader(nn.Module):
    """The encoder with a head for each thing that is said of a text."""

    def __init__(self, weights: Path, classes: dict[str, list[str]]) -> None:
        super().__init__()
        self.encoder = Encoder(weights, RANK, FIXED)
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * SIZE, len(names)) for name, names in classes.items()})

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Scores of the classes of each head."""
        features = self.dropout(self.encoder(ids, mask))
        return {name: head(features) for name, head in self.heads.items()}


def rows_of(lines: Sequence[str]) -> tuple[list[Row], dict[str, list[str]]]:
    """The examples, and the classes of each head."""
    data = [json.loads(line) for line in lines]
    classes = {
        head: ["yes", "no"] if head in ("caution", "of_another") else sorted({row[head] for row in data if row[head]})
        for head in WEIGHTS
    }
    return [Row(row["text"], {head: _label(classes, head, row[head]) for head in WEIGHTS}, row["file"]) for row in data], classes


def _label(classes: dict[str, list[str]], head: str, value: Any) -> int:
    if value is None:
        return -100
    return classes[head].index({True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value)


class Batches:
    """Makes the batches of an epoch, each time with other changes to the texts."""

    def __init__(self, rows: Sequence[Row], none: int, tokenizer: Tokenizer) -> None:
        """Sort the rows.

        Args:
            rows: the examples.
            none: the class of what raises no alarm.
            tokenizer: the encoder's.
        """
        self._rows, self._none, self._tokenizer = rows, none, tokenizer
        self._alarms = [row for row in rows if row.labels["kind"] not in (none, -100)]
        calm = (row for row in rows if row.labels["kind"] == none and row.file in COMPANIONS)
        self._companions = [row.text for row in calm if 3 <= len(row.text.split()) <= 16]

    def epoch(self) -> list[list[tuple[list[int], dict[str, int]]]]:
        """Token ids and labels, batch by batch, those of like length together."""
        chosen = [row for row in self._rows if row.file not in EASY or random.random() < SEEN] + self._alarms
        encoded = self._tokenizer.encode_batch([self._changed(row) for row in chosen])
        pairs = [(found.ids, row.labels) for found, row in zip(encoded, chosen, strict=True)]
        random.shuffle(pairs)
        alike = (sorted(pairs[at : at + ALIKE], key=lambda pair: len(pair[0])) for at in range(0, len(pairs), ALIKE))
        batches = [part[at : at + BATCH] for part in alike for at in range(0, len(part), BATCH)]
        random.shuffle(batches)
        return batches

    def _changed(self, row: Row) -> str:
        text, chance = row.text, random.random()
        if chance < IN_COMPANY:
            text = self._in_company(text)
        elif chance < IN_COMPANY + IN_PIECES and row.labels["kind"] == self._none and row.file in CUT:
            text = text if TURNING.search(text) else _piece(text)
        text = text.lower() if random.random() < LOWERED else text
        return text.translate(PUNCTUATION) if random.random() < UNPUNCTUATED else text

    def _in_company(self, text: str) -> str:
        """The text among harmless ones."""
        others = random.sample(self._companions, random.choice([1, 1, 2, 3, 5, 8]))
        others = [other.rstrip(".?!") if random.random() < 0.5 else other for other in others]
        place = random.randint(0, len(others))
        return random.choice(SEPARATORS).join([*others[:place], text.rstrip("."), *others[place:]])


def _piece(text: str) -> str:
    words = text.split()
    if len(words) < 8:
        return text
    size = random.randint(3, len(words) // 2)
    start = random.randint(0, len(words) - size)
    return " ".join(words[start : start + size])


def padded(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids at one length, and 1 where they are no padding."""
    longest = max(map(len, ids))
    rows = torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])
    mask = torch.tensor([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in ids])
    return rows, mask


def tune(reader: Reader, batches: Batches, epochs: int, rate: float) -> None:
    """Learn, and say every hundred batches how it goes."""
    learned = [parameter for parameter in reader.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, weight_decay=0.01)
    steps = len(batches.epoch()) * epochs
    losses: list[float] = []
    start = time.monotonic()
    reader.train()
    for step, batch in enumerate(_endless(batches), 1):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, step / WARM) * max(0.01, 1 - step / steps)
        loss = _loss(reader, batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 100 == 0:
            print(f"{step} of {steps}: loss {np.mean(losses[-100:]):.3f}, {time.monotonic() - start:.0f} s", flush=True)
        if step == steps:
            return


def _endless(batches: Batches) -> Iterator[list[tuple[list[int], dict[str, int]]]]:
    while True:
        yield from batches.epoch()


def _loss(reader: Reader, batch: Sequence[tuple[list[int], dict[str, int]]]) -> Tensor:
    scores = reader(*padded([ids for ids, _ in batch]))
    total = torch.zeros(())
    for head, weight in WEIGHTS.items():
        wanted = torch.tensor([labels[head] for _, labels in batch])
        smoothed = SMOOTHED if head == "kind" else 0.0
        loss = functional.cross_entropy(scores[head], wanted, label_smoothing=smoothed, reduction="sum", ignore_index=-100)
        total = total + weight * loss / len(batch)
    return total


def write(reader: Reader, classes: dict[str, list[str]], out: Path) -> None:
    """Write corrections, in bytes with a scale for each row, and heads."""
    arrays: dict[str, Any] = {}
    for part, factors in reader.encoder.corrections().items():
        for name, factor in zip(("down", "up"), factors, strict=True):
            values = factor.numpy()
            scales = np.abs(values).max(axis=1, keepdims=True) / LARGEST + 1e-12
            arrays[f"{part}.{name}"] = np.rint(values / scales).astype(np.int8)
            arrays[f"{part}.{name}.scales"] = scales.astype(np.float32)
    for head, linear in reader.heads.items():
        arrays |= {f"{head}.weight": linear.weight.detach().numpy(), f"{head}.bias": linear.bias.detach().numpy()}
        arrays[f"{head}.classes"] = np.array(classes[head])
    np.savez_compressed(out, **arrays)


def resume(reader: Reader, classes: dict[str, list[str]], file: Path) -> None:
    """Start from what was written before.

    Raises:
        ValueError: it tells other things apart.
    """
    with np.load(file) as data:
        arrays = {name: data[name] for name in data.files}
    for part in (module for module in reader.encoder.modules() if isinstance(module, Corrected) and module.rank):
        for name, factor in (("down", part.down), ("up", part.up)):
            values = arrays[f"{part.name}.{name}"] * arrays[f"{part.name}.{name}.scales"]
            factor.data.copy_(torch.from_numpy(values.astype(np.float32)))
    for head, linear in reader.heads.items():
        if list(arrays[f"{head}.classes"]) != classes[head]:
            raise ValueError(f"{file} has other classes of {head}: tune from the start")
        linear.weight.data.copy_(torch.from_numpy(arrays[f"{head}.weight"]))
        linear.bias.data.copy_(torch.from_numpy(arrays[f"{head}.bias"]))


def main() -> None:
    """Tune."""
    parser = argparse.ArgumentParser(prog="python -m lab.tuning", description="Tune the encoder to see emergencies.")
    parser.add_argument("examples", type=Path, help="what `python -m lab.tuning.examples` wrote")
    parser.add_argument("weights", type=Path, help="folder of the encoder's weights and tokenizer")
    parser.add_argument("out", type=Path, help="file to write")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="start from what was written before, at half the rate")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="rounds over the examples")
    options = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(options.weights / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    rows, classes = rows_of(options.examples.read_text(encoding="utf-8").splitlines())
    reader = Reader(options.weights / "model.safetensors", classes)
    if options.resume:
        resume(reader, classes, options.resume)
    tune(reader, Batches(rows, classes["kind"].index("none"), tokenizer), options.epochs, RATE / 2 if options.resume else RATE)
    write(reader, classes, options.out)


if __name__ == "__main__":
    main()
