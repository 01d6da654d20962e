"""Did-you-mean: the known word that a misspelt one probably stands for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from difflib import get_close_matches
from string import ascii_lowercase, digits
from typing import Final

_FEW: Final = 120
"""Of more known words only those are found that one slip makes: comparing costs too much."""

_LONGEST: Final = 80
_LETTERS: Final = ascii_lowercase + digits + "_-."


def closest(word: str, known: Collection[str]) -> str | None:
    """The known word nearest to `word` (case aside), if one is near enough to be meant."""
    if len(word) > _LONGEST:
        return None
    if len(known) > _FEW:
        words = known if isinstance(known, Set | Mapping) else frozenset(known)
        slips = (case for slip in _slips(word.lower()) for case in (slip, slip.upper()))
        return next((each for each in slips if each in words), None)  # rule ids are upper case
    by_lower = {each.lower(): each for each in known if abs(len(each) - len(word)) <= len(word)}
    near = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def _slips(word: str) -> Iterator[str]:
    """The word in lower case, and every word that one letter more, less, other or moved makes."""
    yield word
    for at in range(len(word) + 1):
        start, rest = word[:at], word[at:]
        yield start + rest[1:]
        if len(rest) > 1:
            yield start + rest[1] + rest[0] + rest[2:]
        for letter in _LETTERS:
            yield start + letter + rest
            yield start + letter + rest[1:]


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A sentence for the end of an error: which known word is meant, else what there is to choose.

    Long lists of choices are left out. Empty when there is nothing to say.
    """
    words = sorted(set(known))
    near = closest(word, words)
    if near:
        return f"did you mean {near}?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= 24 else ""
