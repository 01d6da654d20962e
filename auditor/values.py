"""Known, unknown and sensitive values, and logic with three values.

Every source (HCL, plan, state, live account) hands out attributes as plain Python: `str`, `int`,
`float`, `bool`, `None` (Terraform's null), `list` (lists, sets and tuples) and `dict` (maps and
objects). Two more things may stand anywhere in such a tree:

* `Unknown`: a value that could not be determined, with what it hangs on and whatever part of it
  *is* known. It refuses to be a truth value: using it where a decision is made raises
  `Undetermined`, which the engine turns into the verdict. So a rule that does nothing special is
  honest.
* `Sensitive`: a wrapper that prints as `(sensitive value)`. Raw attribute trees carry it, so
  anything that writes a tree out is safe by default; field reads by rules unwrap it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from auditor.records import dataclass

T = TypeVar("T")

Path = tuple[str | int, ...]
"""Where a value stands inside a resource: `("ingress", 0, "cidr_blocks", 1)`."""

REDACTED = "(sensitive value)"


def path_text(path: Path) -> str:
    """The path as people write it: `ingress[0].cidr_blocks[1]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class Within:
    """A place in a document that an attribute holds as text, such as a policy.

    path: into the decoded document (`("Statement", 1, "Action")`). line: of the text, from 0.
    label: how people call the part (`"Sid"`, `statement 2`). name: its own name there, if any.
    """

    path: Path
    line: int = 0
    label: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference that an unknown hangs on, absolute from the root module.

    `address` names the object as Terraform does (`module.net["a"].aws_kms_key.main[0]`,
    `module.net["a"].var.cidrs`, `data.aws_ami.this`), `path` leads into it (`("arn",)`).
    """

    address: str
    path: Path = ()

    def __str__(self) -> str:
        tail = path_text(self.path)
        return f"{self.address}{'' if not tail or tail[0] == '[' else '.'}{tail}"


class Undetermined(Exception):  # noqa: N818 - a verdict, not an error
    """A decision needs a value that is not known. `causes` are the unknowns it hangs on."""

    def __init__(self, *causes: Unknown) -> None:
        super().__init__(*causes)
        self.causes = causes

    @property
    def reason(self) -> str:
        """One line for people: what the decision hangs on."""
        return "; ".join(dict.fromkeys(cause.reason for cause in self.causes))

    def __str__(self) -> str:
        return self.reason


class Unknown:
    """A value that is not known, and the part of it that is.

    refs: what it hangs on, in order of appearance, without repeats.
    because: the cause where it is no reference (a denied API, a module that is not there, an
        expression that Terraform refuses), as a sentence without a full stop.
    exact: the value *is* the single reference in `refs`, passed on unchanged. Such a value links
        two resources.
    parts: a string with holes, such as `("arn:aws:s3:::", Unknown, "/*")`.
    items: elements that a list or set certainly has; it may have more.
    entries: entries that a map or object certainly has; it may have more.
    one_of: the value is certainly one of these (branches of a conditional).
    At most one of `parts`, `items`, `entries`, `one_of` is set.
    """

    __slots__ = ("because", "entries", "exact", "items", "one_of", "parts", "refs")

    def __init__(
        self,
        refs: Iterable[Ref] = (),
        because: str | None = None,
        *,
        exact: bool = False,
        parts: tuple[str | Unknown, ...] | None = None,
        items: tuple[Any, ...] | None = None,
        entries: Mapping[str, Any] | None = None,
        one_of: tuple[Any, ...] | None = None,
    ) -> None:
        self.refs: tuple[Ref, ...] = tuple(dict.fromkeys(refs))
        self.because = because
        self.exact = exact
        self.parts = parts
        self.items = items
        self.entries = entries
        self.one_of = one_of

    @property
    def reason(self) -> str:
        """What it hangs on, for people: `var.office_cidrs`, or the cause."""
        names = ", ".join(str(ref) for ref in self.refs)
        if self.because and names:
            return f"{self.because} ({names})"
        return self.because or names or "not known"

    def undetermined(self) -> NoReturn:
        """Raises `Undetermined` with this value as the cause."""
        raise Undetermined(self)

    # -- decisions: certain from the known part, else Undetermined ---------------------------

    def __bool__(self) -> bool:
        if self.one_of is not None:
            return _agree([bool(value) for value in _known(self, self.one_of)], self)
        if self.items or self.entries or any(isinstance(p, str) and p for p in self.parts or ()):
            return True
        self.undetermined()

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if self.one_of is not None:
            return _agree([value == other for value in _known(self, self.one_of)], self)
        if self.exact and isinstance(other, Unknown) and other.exact and self.refs == other.refs:
            return True
        if isinstance(other, str) and self.parts is not None and not _could_be(self.parts, other):
            return False
        if isinstance(other, Unknown) and other.one_of is None:
            same = _same_texts(self, other)
            if same is not None:
                return same
        if self.parts is not None and not isinstance(other, str | Unknown):
            return False
        self.undetermined()

    __hash__ = object.__hash__

    def __contains__(self, element: object) -> bool:
        if isinstance(element, str) and self.parts is not None:
            if any(isinstance(part, str) and element in part for part in self.parts):
                return True
        elif self.entries is not None:
            if element in self.entries:
                return True
        elif self.items is not None and some(self.items, lambda item: bool(item == element)):
            return True
        self.undetermined()

    def __iter__(self) -> Iterator[Any]:
        """The elements that are certainly there; then `Undetermined`, as there may be more.

        So a loop that returns at a certain violation finds it, and a loop that finds none does
        not end in a pass. Of a choice between lists, those that are in all of them.
        """
        if self.one_of is not None:
            yield from _in_all(self.one_of)
        yield from self.items or self.entries or ()
        self.undetermined()

    def __getitem__(self, key: Any) -> Any:
        if self.entries is not None and key in self.entries:
            return self.entries[key]
        return Unknown(self.refs, self.because)

    def get(self, key: str, default: object = None) -> Any:
        """As `dict.get`; an entry that is not certainly there is unknown, never the default."""
        return self[key]

    def _refuse(self, *_args: object) -> NoReturn:
        self.undetermined()

    __len__ = __int__ = __float__ = __index__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self.undetermined()

    def __str__(self) -> str:
        if self.parts is not None:
            return "".join(p if isinstance(p, str) else f"({p.reason})" for p in self.parts)
        return f"(unknown: {self.reason})"

    def __format__(self, _spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<Unknown {self.reason}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an Unknown is not pickled: write it with auditor.run.plain()")


@dataclass(frozen=True, slots=True, repr=False)
class Sensitive:
    """A value that must not be shown. `value` is the real one, which may hold unknowns."""

    value: Any

    def __str__(self) -> str:
        return REDACTED

    __repr__ = __str__


def reveal(value: Any) -> Any:
    """The real tree behind sensitive wrappers, for decisions only: never write the result out."""
    if isinstance(value, Sensitive):
        return reveal(value.value)
    if isinstance(value, list):
        return [reveal(item) for item in value]
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    return value


def starts_with(text: object, beginning: str) -> bool:
    """Whether a text begins so; also of a string with holes whose beginning is known."""
    return _at_end(text, beginning, 0, str.startswith)


def ends_with(text: object, end: str) -> bool:
    """Whether a text ends so; also of a string with holes whose end is known."""
    return _at_end(text, end, -1, str.endswith)


def _at_end(text: object, wanted: str, which: int, test: Callable[[str, str], bool]) -> bool:
    if not isinstance(text, Unknown):
        return isinstance(text, str) and test(text, wanted)
    if text.one_of is not None:
        return _agree([_at_end(value, wanted, which, test) for value in text.one_of], text)
    known = text.parts[which] if text.parts else None
    if isinstance(known, str):
        if test(known, wanted):
            return True
        if not test(wanted, known):  # the hole could only add to what already differs
            return False
    text.undetermined()


def could_be_same(one: object, other: object) -> bool:
    """Whether two texts, with holes or without, might be the same as far as they are known."""
    return _same_texts(one, other) is not False


def only_choice(value: Any) -> Any:
    """The value that an unknown certainly is, where only Terraform does not know it yet."""
    while type(value) is Unknown and value.one_of is not None and len(value.one_of) == 1:
        value = value.one_of[0]
    return value


def text_key(value: object) -> str | tuple[Any, ...] | None:
    """What two texts have in common that are certainly the same: the text, or what it consists of.

    `"${var.name}-logs"` written twice has one key. None for `""`, for what is no text, and for an
    unknown that is neither a reference passed on unchanged nor text around such.
    """
    if isinstance(value, str):
        return value or None
    if not isinstance(value, Unknown):
        return None
    if value.exact:
        return tuple(map(str, value.refs))
    if value.parts is None:
        return None
    keys = tuple(text_key(part) for part in value.parts)
    return None if None in keys else ("", *keys)


def _same_texts(one: object, other: object) -> bool | None:
    """True or False where it is certain of two texts, with holes or without; else None."""
    mine, its = _pieces(one), _pieces(other)
    for end in (0, -1):
        while mine and its:
            a, b = mine[end], its[end]
            if isinstance(a, str) and isinstance(b, str):
                shared = _shared(a, b, end)
                rests = [
                    text[len(shared) :] if end == 0 else _head(text, shared) for text in (a, b)
                ]
                if all(rests):
                    return False
                mine[end : end + 1 or None] = rests[:1] if rests[0] else []
                its[end : end + 1 or None] = rests[1:] if rests[1] else []
                continue
            if isinstance(a, str) or isinstance(b, str) or text_key(a) is None:
                break
            if text_key(a) != text_key(b):
                break
            del mine[end], its[end]
    if not mine and not its:
        return True
    longer = mine or its
    if (not mine or not its) and any(isinstance(piece, str) for piece in longer):
        return False
    for text, pieces in ((mine, its), (its, mine)):
        if len(text) == 1 and isinstance(text[0], str) and not _could_be(tuple(pieces), text[0]):
            return False
    return None


def _pieces(text: object) -> list[Any]:
    """A text as known pieces and holes; an unknown that is passed on unchanged is one hole."""
    if isinstance(text, Unknown) and not text.exact and text.parts is not None:
        return [piece for part in text.parts for piece in _pieces(part)]
    return [] if isinstance(text, str) and not text else [text]


def _shared(one: str, other: str, end: int) -> str:
    """What two texts have in common at their beginning (0) or end (-1)."""
    if end == -1:
        return _shared(one[::-1], other[::-1], 0)[::-1]
    length = min(len(one), len(other))
    return one[: next((i for i in range(length) if one[i] != other[i]), length)]


def _head(text: str, tail: str) -> str:
    return text[: len(text) - len(tail)]


def is_unknown(value: object) -> bool:
    """Whether this very value is unknown (its parts are not looked at)."""
    return isinstance(value, Unknown)


def unknowns_in(value: Any) -> Iterator[Unknown]:
    """Every unknown in a tree, depth first; known parts of unknowns are not entered."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, Sensitive):
        yield from unknowns_in(value.value)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from unknowns_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from unknowns_in(item)


def some(items: Iterable[T], holds: Callable[[T], object]) -> bool:
    """Whether `holds` is certainly true of an element; a certain one wins over uncertain ones.

    Raises `Undetermined` (with all causes) when none is certain and one might.
    """
    causes: list[Unknown] = []
    try:
        for item in items:
            try:
                if holds(item):
                    return True
            except Undetermined as open_question:
                causes += open_question.causes
    except Undetermined as open_end:
        causes += open_end.causes
    if causes:
        raise Undetermined(*causes)
    return False


def every(items: Iterable[T], holds: Callable[[T], object]) -> bool:
    """Whether `holds` is certainly true of all elements; a certain exception decides."""
    return not some(items, lambda item: not holds(item))


def any_of(*claims: Callable[[], object]) -> bool:
    """Three-valued `or` over claims given as functions: `any_of(lambda: a, lambda: b)`."""
    return some(claims, lambda claim: claim())


def all_of(*claims: Callable[[], object]) -> bool:
    """Three-valued `and` over claims given as functions: a certain False decides."""
    return every(claims, lambda claim: claim())


def matching(items: Iterable[T], holds: Callable[[T], object]) -> Iterator[T]:
    """The elements of which `holds` is certainly true; then `Undetermined` if others might.

    For loops that must report each certain violation before the doubt ends them.
    """
    causes: list[Unknown] = []
    try:
        for item in items:
            try:
                if holds(item):
                    yield item
            except Undetermined as open_question:
                causes += open_question.causes
    except Undetermined as open_end:
        causes += open_end.causes
    if causes:
        raise Undetermined(*causes)


def choices(value: Any) -> list[Any] | None:
    """The lists that a value is one of, where it is a choice between lists (or null)."""
    options = value.one_of if isinstance(value, Unknown) else None
    if options is None or not any(isinstance(option, list) for option in options):
        return None
    return [[] if option is None else option for option in options]


def elements(value: Any) -> Iterator[Any]:
    """The elements of a list; what is in some lists of a choice is itself a choice, or None.

    Ends in `Undetermined` where there may be more.
    """
    options = choices(value)
    if options is None or any(isinstance(option, Unknown) for option in options):
        yield from value
        return
    certain = _in_all(tuple(options))
    yield from certain
    for option in options:
        for element in option:
            if not any(_is_same(element, one) for one in certain):
                yield Unknown(value.refs, value.because, one_of=(element, None))


def _in_all(options: tuple[Any, ...]) -> list[Any]:
    """The elements of the first list that are certainly in all others too."""
    first, *others = options
    if not all(isinstance(option, list) for option in options):
        return []
    return [
        element
        for element in first
        if all(any(_is_same(element, one) for one in other) for other in others)
    ]


def _is_same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Undetermined:
        return False


def _known(whole: Unknown, values: Iterable[Any]) -> list[Any]:
    values = list(values)
    if any(isinstance(value, Unknown) for value in values):
        whole.undetermined()
    return values


def _agree(answers: list[bool], whole: Unknown) -> bool:
    if len(set(answers)) == 1:
        return answers[0]
    whole.undetermined()


def _could_be(parts: tuple[str | Unknown, ...], text: str) -> bool:
    """Whether `text` fits the known pieces in order (first and last anchored)."""
    if isinstance(parts[0], str):
        if not text.startswith(parts[0]):
            return False
        text, parts = text[len(parts[0]) :], parts[1:]
    if parts and isinstance(parts[-1], str):
        if not text.endswith(parts[-1]):
            return False
        text, parts = text[: len(text) - len(parts[-1])], parts[:-1]
    position = 0
    for part in parts:
        if isinstance(part, str):
            position = text.find(part, position)
            if position < 0:
                return False
            position += len(part)
    return True
