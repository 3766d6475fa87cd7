import json
from pathlib import Path

import numpy as np
import pytest

from fascicle.understanding.sentence_encoder import MAX_TOKENS, READ, SentenceEncoder

# first numbers of the vectors that sentence-transformers makes with the same weights, in single precision
GOLDEN = json.loads(Path(__file__).with_name("golden_vectors.json").read_text(encoding="utf-8"))
TEXTS = [entry["text"] for entry in GOLDEN]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["text"][:30])
def test_vectors_are_those_of_sentence_transformers_but_for_rounding(encoder, golden):
    vector = encoder.encode([golden["text"]])[0, -1]
    np.testing.assert_allclose(vector[: len(golden["vector"])], golden["vector"], rtol=0, atol=0.035)


def test_vectors_have_length_one(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), READ, SentenceEncoder.size)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1, atol=1e-5)


def test_a_text_has_the_same_vector_alone_as_among_others(encoder):
    many = [*TEXTS, *(f"question {n} about caffeine" for n in range(40))]
    together, alone = encoder.encode(many), SentenceEncoder()
    for text, vector in zip(many, together, strict=True):
        np.testing.assert_array_equal(alone.encode([text])[0], vector)


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, READ, SentenceEncoder.size)


def test_a_long_text_is_cut(encoder):
    cut, whole = encoder.encode(["word " * (MAX_TOKENS - 2), "word " * 1000])
    np.testing.assert_allclose(cut, whole, atol=1e-5)


@pytest.mark.parametrize(
    ("text", "similar", "unrelated"),
    [
        ("how is bell's palsy treated", "what is the therapy for bells palsy", "when does the train leave"),
        ("should I see a doctor", "do I need to go to a physician", "my lip twitches when I drink coffee"),
        ("is there a cure", "can it be healed", "what do the symptoms look like"),
    ],
)
def test_similar_sentences_are_nearer_than_unrelated_ones(encoder, text, similar, unrelated):
    vector, near, far = encoder.encode([text, similar, unrelated])[:, -1]
    assert vector @ near > vector @ far + 0.1
