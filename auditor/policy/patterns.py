"""Wildcard patterns of actions and resources: what one covers, and whether two meet.

`*` is any run of characters, `?` exactly one, `${aws:username}` and its kin are filled in by AWS
when a request comes (in policies of version 2012-10-17; `${*}`, `${?}`, `${$}` are the characters
themselves). Both sides of a question may be patterns and may have holes. Time is linear in the
length of each side (one bit-parallel step per character), whatever the pattern: `a*a*a*…` is no
threat.

SOURCE: IAM user guide, "IAM JSON policy elements: Action", "Resource", "Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product
from typing import Final

from auditor.policy.holes import Text, alternatives, holes_in, is_concrete, key_of, pieces
from auditor.values import Undetermined

# Tokens: a literal is a string of one character; everything else is longer or no string.
_STAR: Final = "<star>"
_ONE: Final = "<one>"
_PLAIN_STAR: Final = "<plain star>"  # any run of characters that are literals: a concrete hole
_FRESH: Final = "<fresh>"  # a letter that occurs nowhere else: a wildcard of the covered side

_Token = object
_Tokens = tuple[_Token, ...]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_WILD = re.compile(r"[*?]|\$\{")
_MOST_STARS_TRIED = 6
_LARGEST_TRIED = 1 << 14


def covers(pattern: Text, target: Text, *, fold: bool = False, variables: bool = True) -> bool:
    """Whether every string that `target` stands for matches `pattern`.

    A known `target` without wildcards is the ordinary match. fold: ignore case (actions).
    variables: `${…}` is a policy variable. Raises `Undetermined` naming the holes it hangs on.
    """
    if isinstance(pattern, str) and isinstance(target, str):
        return _covers_known(pattern, target, fold, variables)
    return _three_valued(pattern, target, _covers_surely, _covers_maybe, fold, variables)


def meets(one: Text, other: Text, *, fold: bool = False, variables: bool = True) -> bool:
    """Whether some string matches both patterns. Raises `Undetermined` naming the holes."""
    if isinstance(one, str) and isinstance(other, str):
        return _meets_known(one, other, fold, variables)
    return _three_valued(one, other, _meets_surely, _meets_maybe, fold, variables)


def same(text: Text, literal: str, *, fold: bool = False) -> bool:
    """Whether the string is this one, character for character; wildcards are plain characters."""
    if isinstance(text, str):
        return text == literal or (fold and text.lower() == literal.lower())
    letters = tuple(literal.lower() if fold else literal)
    fits = [
        _walk(_tokens_of(option, fold, False, _as_star, plain=True), letters)
        for option in alternatives(text)
    ]
    certain = [option for option in alternatives(text) if isinstance(option, str)]
    if not any(fits):
        return False
    if len(certain) == len(fits) and all(fits):
        return True
    raise Undetermined(*holes_in(text))


def _three_valued(
    one: Text,
    other: Text,
    surely: Callable[[Text, Text, bool, bool], bool],
    maybe: Callable[[Text, Text, bool, bool], bool],
    fold: bool,
    variables: bool,
) -> bool:
    """One answer for all alternatives of both sides, or `Undetermined`."""
    answers: set[bool | None] = set()
    for left, right in product(alternatives(one), alternatives(other)):
        if surely(left, right, fold, variables):
            answers.add(True)
        else:
            answers.add(None if maybe(left, right, fold, variables) else False)
    if len(answers) == 1:
        answer = answers.pop()
        if answer is not None:
            return answer
    raise Undetermined(*holes_in(one), *holes_in(other))


# -- known strings: shortcuts, then the walk -----------------------------------------------------


def _covers_known(pattern: str, target: str, fold: bool, variables: bool) -> bool:
    pattern, head, wild = _head(pattern, fold)
    target, target_head, _ = _head(target, fold)
    if pattern == "*" or pattern == target:
        return True
    if not wild or not target_head.startswith(head[: len(target_head)]):
        return False
    return _covers_tokens(
        _known_tokens(pattern, variables), _known_tokens(target, variables), "?" in pattern
    )


def _meets_known(one: str, other: str, fold: bool, variables: bool) -> bool:
    one, head, wild = _head(one, fold)
    other, other_head, other_wild = _head(other, fold)
    if one == other or one == "*" or other == "*":
        return True
    if not (wild or other_wild):
        return False
    if not (head.startswith(other_head) or other_head.startswith(head)):
        return False
    return _walk(
        _collapsed(map(_as_run, _known_tokens(one, variables))),
        _collapsed(map(_as_run, _known_tokens(other, variables))),
    )


@lru_cache(maxsize=8192)
def _head(text: str, fold: bool) -> tuple[str, str, bool]:
    """The text (in lower case if `fold`), what stands before its first wildcard, if it has one.

    Two heads that disagree are a cheap no for most pairs.
    """
    text = text.lower() if fold else text
    wild = _WILD.search(text)
    return text, text[: wild.start()] if wild else text, wild is not None


# -- with holes --------------------------------------------------------------------------------


def _covers_surely(pattern: Text, target: Text, fold: bool, variables: bool) -> bool:
    question = isinstance(pattern, str) and "?" in pattern
    return _covers_tokens(
        _tokens_of(pattern, fold, variables, _as_itself),
        _tokens_of(target, fold, variables, _as_itself),
        question,
    )


def _covers_maybe(pattern: Text, target: Text, fold: bool, variables: bool) -> bool:
    wide = _tokens_of(pattern, fold, variables, _as_wide)
    return _walk(_collapsed(wide), _collapsed(_freshened(target_tokens(target, fold, variables))))


def target_tokens(target: Text, fold: bool, variables: bool) -> _Tokens:
    """The covered side where its holes may be anything: holes apart from its own wildcards."""
    return tuple(
        _HOLE_RUN if isinstance(token, _Hole) else token
        for token in _tokens_of(target, fold, variables, _as_itself)
    )


def _meets_surely(one: Text, other: Text, fold: bool, variables: bool) -> bool:
    left = _tokens_of(one, fold, variables, _as_itself)
    right = _tokens_of(other, fold, variables, _as_itself)
    return _walk(_collapsed(map(_as_run, left)), _collapsed(map(_as_run, right)))


def _meets_maybe(one: Text, other: Text, fold: bool, variables: bool) -> bool:
    left = _tokens_of(one, fold, variables, _as_star)
    right = _tokens_of(other, fold, variables, _as_star)
    return _walk(_collapsed(map(_as_run, left)), _collapsed(map(_as_run, right)))


class _Hole:
    """A hole as a token of its own: equal to itself and to nothing else."""

    __slots__ = ("concrete", "key")

    def __init__(self, key: object, concrete: bool) -> None:
        self.key, self.concrete = key, concrete

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hole) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)


class _Variable(_Hole):
    """A policy variable: some string, another one for each request."""

    __slots__ = ()


_HOLE_RUN: Final = _Hole("any run", False)


def _as_itself(hole: _Hole) -> _Token:
    return hole


def _as_star(_hole: _Hole) -> _Token:
    return _STAR


def _as_wide(hole: _Hole) -> _Token:
    return _PLAIN_STAR if hole.concrete else _STAR


def _as_run(token: _Token) -> _Token:
    return _STAR if isinstance(token, _Variable) or token is _HOLE_RUN else token


def _tokens_of(
    text: Text,
    fold: bool,
    variables: bool,
    hole_as: Callable[[_Hole], _Token],
    *,
    plain: bool = False,
) -> _Tokens:
    tokens: list[_Token] = []
    for piece in pieces(text):
        if not isinstance(piece, str):
            tokens.append(hole_as(_Hole(key_of(piece), is_concrete(piece))))
        elif plain:
            tokens += piece.lower() if fold else piece
        else:
            tokens += _known_tokens(piece.lower() if fold else piece, variables)
    return tuple(tokens)


@lru_cache(maxsize=4096)
def _known_tokens(text: str, variables: bool) -> _Tokens:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        found = _VARIABLE.match(text, position) if variables and text[position] == "$" else None
        if found is None:
            tokens.append({"*": _STAR, "?": _ONE}.get(text[position], text[position]))
            position += 1
        else:
            name = found.group(1)
            tokens.append(name if name in {"*", "?", "$"} else _Variable(("variable", name), False))
            position = found.end()
    return tuple(tokens)


# -- the walk ----------------------------------------------------------------------------------


def _covers_tokens(pattern: _Tokens, target: _Tokens, question: bool) -> bool:
    """Whether the pattern matches whatever the target's wildcards stand for.

    A pattern without `?` does if it matches the target read with a fresh letter for each wildcard.
    With `?` the length counts, so each `*` is tried as nothing and as a long run.
    """
    pattern = _collapsed(pattern)
    stars = target.count(_STAR)
    if not question or not stars or stars > _MOST_STARS_TRIED:
        return _walk(pattern, _collapsed(_freshened(target)))
    run = (_FRESH,) * (pattern.count(_ONE) + 1)
    if (len(target) + stars * len(run)) * len(pattern) > _LARGEST_TRIED:
        return _walk(pattern, _collapsed(_freshened(target)))
    return all(_walk(pattern, _filled(target, runs)) for runs in product(((), run), repeat=stars))


def _filled(target: _Tokens, runs: Iterable[_Tokens]) -> _Tokens:
    remaining = iter(runs)
    tokens: list[_Token] = []
    for token in target:
        if token is _STAR:
            tokens += next(remaining)
        else:
            tokens.append(_FRESH if token is _ONE else token)
    return tuple(tokens)


def _freshened(target: _Tokens) -> _Tokens:
    """The covered side: its own wildcards are letters that only a wildcard matches."""
    return tuple(
        _FRESH if token is _STAR or token is _ONE else _STAR if token is _HOLE_RUN else token
        for token in target
    )


def _collapsed(tokens: Iterable[_Token]) -> _Tokens:
    """The same pattern with one star where several stand side by side."""
    kept: list[_Token] = []
    for token in tokens:
        if token is _STAR and kept and kept[-1] in (_STAR, _PLAIN_STAR):
            kept[-1] = _STAR
        elif not (token in (_STAR, _PLAIN_STAR) and kept and kept[-1] in (_STAR, token)):
            kept.append(token)
    return tuple(kept)


def _walk(one: _Tokens, other: _Tokens) -> bool:
    """Whether the two token strings can be read as the same string.

    Bit j of `row` says that what was read of `one` fits the first j tokens of `other`.
    """
    places, stars, letters, fresh = _places(other)
    ones = places.get(_ONE, 0)
    everything = (2 << len(other)) - 1
    row = _past_stars(1, stars)
    for token in one:
        if token is _STAR:
            row = everything & -(row & -row)
        elif token is _PLAIN_STAR:
            row = _flooded(row, everything >> 1 & ~fresh)
        elif token is _ONE:
            row = _past_stars((row & letters) << 1 | row & stars, stars)
        else:
            fits = places.get(token, 0)
            if isinstance(token, str):
                fits |= ones
            row = _past_stars((row & fits) << 1 | row & stars, stars)
        if not row:
            return False
    return bool(row >> len(other) & 1)


def _places(tokens: _Tokens) -> tuple[dict[_Token, int], int, int, int]:
    """Where each token stands (as bits); all stars; all single characters; all fresh letters."""
    places: dict[_Token, int] = {}
    for position, token in enumerate(tokens):
        places[token] = places.get(token, 0) | 1 << position
    stars = places.get(_STAR, 0) | places.get(_PLAIN_STAR, 0)
    letters = 0
    for token, bits in places.items():
        if isinstance(token, str) and (len(token) == 1 or token in (_ONE, _FRESH)):
            letters |= bits
    return places, stars, letters, places.get(_FRESH, 0)


def _past_stars(row: int, stars: int) -> int:
    """The places reached, with those behind a star that may stand for nothing."""
    return row | (row & stars) << 1


def _flooded(row: int, through: int) -> int:
    """All places reached from those in `row` by stepping over tokens in `through`."""
    return row | ((row & through) + through ^ through)
