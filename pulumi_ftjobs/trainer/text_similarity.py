"""Text similarities between 0 and 1, on words. `cosine` counts words where the service compares embeddings.

None of them takes longer than some tenths of a second on texts of `LONGEST` characters: one thread serves everybody.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

LONGEST = 50_000


def _words(text: str) -> list[str]:
    return text.lower().split()


def _grams(text: str, n: int) -> Counter[tuple[str, ...]]:
    words = _words(text)
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _f1(common: float, given: float, wanted: float) -> float:
    return 2 * common / (given + wanted) if given + wanted and common else 0.0


def _in_common(a: Sequence[str], b: Sequence[str]) -> int:
    """The length of the longest common subsequence, whole rows of its table at a time, as bits of one number.

    Source: H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004.
    """
    places: dict[str, int] = {}
    for n, one in enumerate(a):
        places[one] = places.get(one, 0) | 1 << n
    whole = (1 << len(a)) - 1
    row = whole
    for one in b:
        hits = row & places.get(one, 0)
        row = ((row + hits) | (row - hits)) & whole
    return len(a) - row.bit_count()


def fuzzy_match(given: str, wanted: str) -> float:
    """Share of characters in the longest common subsequence, as rapidfuzz has it."""
    return _f1(_in_common(given, wanted), len(given), len(wanted)) if given or wanted else 1.0


def cosine(given: str, wanted: str) -> float:
    """Angle between word counts."""
    a, b = Counter(_words(given)), Counter(_words(wanted))
    size = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return sum(a[word] * b[word] for word in a) / size if size else 0.0


def rouge(n: int) -> Callable[[str, str], float]:
    """F1 of common runs of n words."""

    def score(given: str, wanted: str) -> float:
        a, b = _grams(given, n), _grams(wanted, n)
        return _f1((a & b).total(), a.total(), b.total())

    return score


def rouge_l(given: str, wanted: str) -> float:
    """F1 of the longest common subsequence of words."""
    a, b = _words(given), _words(wanted)
    return _f1(_in_common(a, b), len(a), len(b))


def bleu(given: str, wanted: str) -> float:
    """Smoothed sentence BLEU with up to four words."""
    a, b = _words(given), _words(wanted)
    if not a or not b:
        return 0.0
    logs = 0.0
    for n in range(1, 5):
        ours, theirs = _grams(given, n), _grams(wanted, n)
        # The first order counts as it is, so that no common word gives nothing; the higher ones are smoothed by one.
        extra = 0 if n == 1 else 1
        hit = (ours & theirs).total() + extra
        if not hit:
            return 0.0
        logs += math.log(hit / (ours.total() + extra)) / 4
    return math.exp(logs) * min(1.0, math.exp(1 - len(b) / len(a)))


def gleu(given: str, wanted: str) -> float:
    """The smaller of precision and recall over runs of one to four words."""
    common = ours = theirs = 0
    for n in range(1, 5):
        a, b = _grams(given, n), _grams(wanted, n)
        common, ours, theirs = common + (a & b).total(), ours + a.total(), theirs + b.total()
    return common / max(ours, theirs) if ours and theirs else 0.0


def meteor(given: str, wanted: str) -> float:
    """Harmonic mean of precision and recall of words, recall nine times as heavy; no stems, no synonyms."""
    a, b = Counter(_words(given)), Counter(_words(wanted))
    common = (a & b).total()
    if not common:
        return 0.0
    precision, recall = common / a.total(), common / b.total()
    return 10 * precision * recall / (recall + 9 * precision)


METRICS: dict[str, Callable[[str, str], float]] = {
    "cosine": cosine,
    "fuzzy_match": fuzzy_match,
    "bleu": bleu,
    "gleu": gleu,
    "meteor": meteor,
    **{f"rouge_{n}": rouge(n) for n in range(1, 6)},
    "rouge_l": rouge_l,
}
