"""Did-you-mean: the known word that a misspelt one probably stands for."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to `word` (case aside), if one is near enough to be meant."""
    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence for the end of an error: which known word is meant, else what there is to choose.

    Long lists of choices are left out. Empty when there is nothing to say.
    """
    words = sorted(set(known))
    near = closest(word, words)
    if near:
        return f"did you mean {near}?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= 24 else ""
