"""Whether two policies mean the same: for drift, where AWS returns its own spelling.

Order of statements and of values, one string or a list of one, `123456789012` or
`arn:aws:iam::123456789012:root`, `"*"` or `{"AWS": "*"}`, numbers and booleans as strings, the case
of actions, operators and condition keys make no difference. Version, Sid and Id do.

SOURCE: IAM user guide, "IAM JSON policy elements: Principal", "… Action", "… Condition".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from auditor.policy.conditions import Condition
from auditor.policy.document import Document, read
from auditor.policy.holes import Text, holes_in, key_of, pieces
from auditor.policy.patterns import same
from auditor.policy.principals import Principal
from auditor.policy.statement import Statement, Texts
from auditor.records import dataclass
from auditor.values import Undetermined, Unknown

_ROOT = re.compile(r"arn:[^:]*:iam::(\d{12}):root")
_MOST_PAIRED = 48
"""Statements that are tried against each other where they have holes; beyond, nobody knows."""


def same_policy(one: Any, other: Any) -> bool:
    """Whether two attribute values hold the same policy, by meaning.

    Values are what `Policy.parse` takes. No policy equals only no policy. Raises `Undetermined`
    where holes leave it open, `PolicyError` where one of them cannot be read (two equal texts are
    equal even then).
    """
    if isinstance(one, str) and isinstance(other, str) and one == other:
        return True
    left, right = read(one), read(other)
    answer = _absent(left, right) if left.absent or right.absent else _documents(left, right)
    if answer is None:
        raise Undetermined(*_doubts(left), *_doubts(right))
    return answer


def _absent(one: Document, other: Document) -> bool | None:
    """Neither is there; a policy of which nothing is known may turn out to be none."""
    for document in (one, other):
        if not document.absent and isinstance(document.version, Unknown):
            return None
    return one.absent and other.absent


def _documents(one: Document, other: Document) -> bool | None:
    return _all(
        (
            _texts({_plain(one.version)}, {_plain(other.version)}),
            _texts({_name(one.id)}, {_name(other.id)}),
            _statements(one, other),
        )
    )


def _all(answers: Iterable[bool | None]) -> bool | None:
    """Three-valued "and"; None is "nobody knows"."""
    found = set(answers)
    return False if False in found else None if None in found else True


# -- one string, one set of strings --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Open:
    """A string with holes, equal to one that has the same pieces and certainly the same holes."""

    key: tuple[object, ...]
    text: Unknown

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Open) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


_Word = str | _Open
_MORE = _Open(("more",), Unknown())
"""In a set of words: there may be more of them."""


def _plain(text: Text, spelt: Callable[[str], str] = str) -> _Word:
    if isinstance(text, str):
        return spelt(text)
    return _Open(
        tuple(p if isinstance(p, str) else ("hole", key_of(p)) for p in pieces(text)), text
    )


def _name(text: Text | None) -> _Word:
    return _plain("" if text is None else text)


def _words(texts: Texts, spelt: Callable[[str], str] = str) -> frozenset[_Word]:
    words = {_plain(text, spelt) for text in _items(texts)}
    return frozenset(words | {_MORE} if isinstance(texts, Unknown) else words)


def _texts(one: Iterable[_Word], other: Iterable[_Word]) -> bool | None:
    """Whether two sets of words are the same."""
    left, right = frozenset(one), frozenset(other)
    if _MORE not in left | right and left == right:
        return True
    lost = any(not _possible(word, right) for word in left - right)
    return (
        False
        if lost or any(not _possible(word, left) for word in right - left)
        else _open(left, right)
    )


def _open(left: frozenset[_Word], right: frozenset[_Word]) -> bool | None:
    known = all(isinstance(word, str) for word in left | right)
    return left == right if known else None


def _possible(word: _Word, others: frozenset[_Word]) -> bool:
    """Whether the word may be one of the others."""
    return any(_could_equal(word, other) for other in others)


def _could_equal(one: _Word, other: _Word) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    if isinstance(one, _Open) and isinstance(other, _Open):
        return True
    text, literal = (one, other) if isinstance(one, _Open) else (other, one)
    if text == _MORE:
        return True
    assert isinstance(text, _Open)
    return any(_could_read(text.text, spelling) for spelling in _spellings(str(literal)))


def _could_read(text: Unknown, literal: str) -> bool:
    try:
        return same(text, literal, fold=True)
    except Undetermined:
        return True


def _spellings(literal: str) -> tuple[str, ...]:
    digits = literal.removeprefix("AWS ")
    if len(digits) == 12 and digits.isdigit():
        return literal, digits, f"arn:aws:iam::{digits}:root"
    return literal, literal.partition(" ")[2]


# -- one statement -------------------------------------------------------------------------------

_Shape = Mapping[object, frozenset[_Word]]
"""A statement as sets of words by element; conditions by operator and key."""


def _shape(statement: Statement) -> _Shape:
    elements: dict[object, frozenset[_Word]] = {
        "effect": frozenset({_plain(statement.effect)}),
        "sid": frozenset({_name(statement.sid)}),
        "actions": _words(statement.actions, str.lower),
        "not actions": _words(statement.not_actions, str.lower),
        "resources": _words(statement.resources),
        "not resources": _words(statement.not_resources),
        "principals": _principals(statement.principals),
        "not principals": _principals(statement.not_principals),
        "conditions": frozenset({_MORE} if isinstance(statement.conditions, Unknown) else ()),
    }
    for condition in _items(statement.conditions):
        key = _condition_key(condition)
        elements[key] = elements.get(key, frozenset()) | _condition_words(condition)
    return elements


def _principals(principals: tuple[Principal, ...] | Unknown) -> frozenset[_Word]:
    words: set[_Word] = set()
    for principal in _items(principals):
        kind = "AWS" if principal.kind == "*" else str(principal.kind)
        word = _plain(principal.value, _account)
        words.add(f"{kind} {word}" if isinstance(word, str) else word)
    return frozenset(words | {_MORE} if isinstance(principals, Unknown) else words)


def _account(value: str) -> str:
    root = _ROOT.fullmatch(value)
    return root.group(1) if root else value


def _condition_key(condition: Condition) -> object:
    operator = _plain(condition.operator, str.lower)
    return operator, condition.quantifier, condition.if_exists, _plain(condition.key, str.lower)


def _condition_words(condition: Condition) -> frozenset[_Word]:
    operator = str(condition.operator).lower()
    if operator in {"bool", "null"}:
        return _words(condition.values, str.lower)
    if operator.startswith("numeric"):
        return _words(condition.values, _number)
    return _words(condition.values)


def _number(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text


def _compare(one: _Shape, other: _Shape) -> bool | None:
    elements = {*one, *other}
    blank: frozenset[_Word] = frozenset()
    answers = [_texts(one.get(key, blank), other.get(key, blank)) for key in elements]
    answer = _all(answers)
    if answer is False and (_has_open_keys(one) or _has_open_keys(other)):
        named = [key for key in elements if isinstance(key, str)]
        fixed = _all(_texts(one.get(key, blank), other.get(key, blank)) for key in named)
        return None if fixed is not False else False
    return answer


def _has_open_keys(shape: _Shape) -> bool:
    """Whether a condition's operator or key has a hole, or there may be more conditions."""
    return _MORE in shape["conditions"] or any(
        isinstance(part, _Open) for key in shape if isinstance(key, tuple) for part in key
    )


# -- statements as a set -------------------------------------------------------------------------


def _statements(one: Document, other: Document) -> bool | None:
    """True, False, or None where holes leave it open."""
    left, right = _rest(_read(one), _read(other))
    open_left, open_right = (isinstance(d.statements, Unknown) for d in (one, other))
    if not (open_left or open_right):
        if len(left) != len(right):
            return False
        return _paired(left, right, len(left))
    if open_left and open_right:
        return None
    closed, some_of = (right, left) if open_left else (left, right)
    if len(some_of) > len(closed):
        return False
    return False if _paired(some_of, closed, len(some_of)) is False else None


def in_each(choices: Sequence[Iterable[Statement]]) -> tuple[Statement, ...]:
    """The statements of the first choice that all others have too, whatever holes come to."""
    first, *others = choices
    shapes = [{_key(_shape(each)) for each in other} for other in others]
    found = []
    for statement in first:
        key = _key(_shape(statement))
        if _is_closed(key) and all(key in other for other in shapes):
            found.append(statement)
    return tuple(found)


def _key(shape: _Shape) -> frozenset[tuple[object, frozenset[_Word]]]:
    return frozenset(shape.items())


def _rest(
    one: Iterable[Statement], other: Iterable[Statement]
) -> tuple[list[_Shape], list[_Shape]]:
    """The statements that have no exact twin on the other side."""
    shapes = [[(_key(s), s) for s in map(_shape, side)] for side in (one, other)]
    counts = [Counter(key for key, _ in side if _is_closed(key)) for side in shapes]
    twins = counts[0] & counts[1]
    rest: list[list[_Shape]] = []
    for side in shapes:
        left_over = Counter(twins)
        kept: list[_Shape] = []
        for key, shape in side:
            if left_over[key] > 0:
                left_over[key] -= 1
            else:
                kept.append(shape)
        rest.append(kept)
    return rest[0], rest[1]


def _is_closed(key: frozenset[tuple[object, frozenset[_Word]]]) -> bool:
    return not any(_MORE in words for _, words in key)


def _is_known(shape: _Shape) -> bool:
    """Whether no hole leaves anything of the statement open."""
    words = [word for key in shape.values() for word in key]
    return not _has_open_keys(shape) and all(isinstance(word, str) for word in words)


def _paired(left: list[_Shape], right: list[_Shape], wanted: int) -> bool | None:
    """Whether each of `left` has its own equal in `right`: surely, perhaps (None), or not."""
    if not wanted:
        return True
    if all(map(_is_known, left + right)):
        return False  # twins are gone already
    if len(left) * len(right) > _MOST_PAIRED**2:
        return None
    table = [[_compare(one, other) for other in right] for one in left]
    if _matching_size([[answer is True for answer in row] for row in table]) == wanted:
        return True
    if _matching_size([[answer is not False for answer in row] for row in table]) == wanted:
        return None
    return False


def _matching_size(table: list[list[bool]]) -> int:
    """The size of the largest pairing along the true cells (augmenting paths)."""
    partner: dict[int, int] = {}

    def assign(row: int, seen: set[int]) -> bool:
        for column, fits in enumerate(table[row]):
            if fits and column not in seen:
                seen.add(column)
                if column not in partner or assign(partner[column], seen):
                    partner[column] = row
                    return True
        return False

    return sum(assign(row, set()) for row in range(len(table)))


# -- what it hangs on ----------------------------------------------------------------------------


def _doubts(document: Document) -> list[Unknown]:
    found = [text for text in (document.version, document.id) if isinstance(text, Unknown)]
    if isinstance(document.statements, Unknown):
        found.append(document.statements)
    for statement in _read(document):
        for text in _strings(statement):
            found += holes_in(text)
    return found


def _strings(statement: Statement) -> Iterable[Text]:
    lists = (
        statement.actions,
        statement.not_actions,
        statement.resources,
        statement.not_resources,
        statement.principals,
        statement.not_principals,
        statement.conditions,
        *(condition.values for condition in _items(statement.conditions)),
    )
    for texts in lists:
        if isinstance(texts, Unknown):
            yield texts
        for item in _items(texts):
            if isinstance(item, Principal):
                yield item.value
            elif isinstance(item, Condition):
                yield item.key
            else:
                yield item
    yield statement.effect
    if statement.sid is not None:
        yield statement.sid


def _read(document: Document) -> tuple[Statement, ...]:
    return _items(document.statements)


def _items(values: Any) -> tuple[Any, ...]:
    return values if isinstance(values, tuple) else values.items or ()
