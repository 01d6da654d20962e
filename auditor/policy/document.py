"""Reading a policy document: from whatever an attribute holds to statements."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypeVar

from auditor.policy.conditions import Condition
from auditor.policy.holes import Text, is_concrete
from auditor.policy.json_text import Listing, Members, Node, PolicyError, read_text, read_tree
from auditor.policy.principals import Principal
from auditor.policy.statement import Places, Statement, Texts
from auditor.records import dataclass
from auditor.values import Sensitive, Unknown

T = TypeVar("T")

_ELEMENTS: Final = frozenset(
    {
        *("sid", "effect", "action", "notaction", "resource", "notresource"),
        *("principal", "notprincipal", "condition"),
    }
)
_DOCUMENT: Final = frozenset({"version", "id", "statement"})
_KINDS: Final = {"aws", "service", "federated", "canonicaluser", "*"}
_KIND_NAMES: Final = {"aws": "AWS", "service": "Service", "federated": "Federated"} | {
    "canonicaluser": "CanonicalUser"
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Document:
    """A policy as it was read, before any question.

    absent: there is no policy (null or an empty string). statements: a tuple, or an `Unknown`
    (`items`: the certain ones) where there may be more. version: `2008-10-17` where it says none.
    """

    absent: bool
    version: Text
    id: Text | None
    statements: tuple[Statement, ...] | Unknown


def read(value: Any) -> Document:
    """The document that an attribute's value holds. Raises `PolicyError`, nothing else."""
    if isinstance(value, Sensitive):
        return read(value.value)
    if isinstance(value, str | Unknown):
        return _read_text(value)
    if value is None:
        return Document(True, "2008-10-17", None, ())
    if isinstance(value, dict):
        return _document(read_tree(value), ())
    raise PolicyError(f"it is a {type(value).__name__}, not JSON text")


@lru_cache(maxsize=512)
def _read_text(value: Text) -> Document:
    """A rule after another asks for the same text; an `Unknown` is looked up by identity."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return Document(True, "2008-10-17", None, ())
        if text[:1] == "%":
            from urllib.parse import unquote

            value = unquote(text)  # IAM's API returns its documents URL-encoded
        return _document(*_with_breaks((value,)))
    if value.parts is None:
        return _unread(value)
    return _document(*_with_breaks(value.parts))


def _unread(value: Unknown) -> Document:
    """A policy that is not known, save for entries or for what every choice has."""
    if value.entries is not None:
        return _document(read_tree(value), ())
    certain: tuple[Statement, ...] = ()
    if value.one_of is not None:
        certain = _in_each(read(option).statements for option in value.one_of)
    return Document(False, value, value, Unknown(value.refs, value.because, items=certain))


def _in_each(choices: Iterable[tuple[Statement, ...] | Unknown]) -> tuple[Statement, ...]:
    """The statements that all choices have."""
    from auditor.policy.equality import in_each  # which compares what is read here

    return in_each([c if isinstance(c, tuple) else c.items or () for c in choices])


def _with_breaks(parts: tuple[str | Unknown, ...]) -> tuple[Node, tuple[int, ...]]:
    node, text = read_text(parts)
    breaks: list[int] = []
    position = text.find("\n")
    while position >= 0:
        breaks.append(position + 1)
        position = text.find("\n", position + 1)
    return node, tuple(breaks)


def open_ended(found: tuple[T, ...], doubt: Unknown | None) -> tuple[T, ...] | Unknown:
    """The tuple itself, or an `Unknown` that certainly holds these and may hold more."""
    return found if doubt is None else Unknown(doubt.refs, doubt.because, items=found)


def _first(one: T | None, other: T) -> T:
    """The first that is not None: an unknown is neither true nor false."""
    return other if one is None else one


# -- document and statements ----------------------------------------------------------------------


def _document(node: Node, breaks: tuple[int, ...]) -> Document:
    if isinstance(node.value, Unknown):
        return _unread(node.value)
    if not isinstance(node.value, Members):
        raise _fault("it is no JSON object", node, breaks)
    elements = _named(node, _DOCUMENT, breaks)
    version = elements.get("version")
    doubt = node.value.doubt
    written: Any = version.value if version else _first(doubt, "2008-10-17")
    statements = _statements(
        elements.get("statement"),
        node,
        breaks,
        written == "2012-10-17" if isinstance(written, str) else True,
    )
    identity = elements["id"].value if "id" in elements else doubt
    return Document(False, written, identity, statements)


def _fault(message: str, node: Node, breaks: tuple[int, ...]) -> PolicyError:
    places = Places(breaks)
    line = places.line(node.offset)
    begin = breaks[line - 1] if line else 0
    return PolicyError(message, node.offset, line, max(node.offset - begin, 0))


def _named(node: Node, known: frozenset[str], breaks: tuple[int, ...]) -> dict[str, Node]:
    """The members of an object by name in lower case; a repeated name's last value counts.

    (The provider decodes policies with Go, where the last one wins.) Two spellings of one name are
    refused, and so is a name with a hole: it may be any element. Names that the language does not
    have are left out.
    """
    found: dict[str, Node] = {}
    spelt: dict[str, str] = {}
    for name, member in node.value.items:
        if isinstance(name, Unknown):
            node.value.doubt = _first(node.value.doubt, name)
            continue
        lower = name.lower()
        if spelt.setdefault(lower, name) != name:
            raise _fault(f'it has both "{spelt[lower]}" and "{name}"', member, breaks)
        if lower in known:
            found[lower] = member
    return found


def _statements(
    node: Node | None, document: Node, breaks: tuple[int, ...], variables: bool
) -> tuple[Statement, ...] | Unknown:
    doubt: Unknown | None = document.value.doubt
    if node is None or node.value is None:
        return open_ended((), doubt)  # what a policy document without statements gives
    if isinstance(node.value, Unknown):
        return _unread_statements(node.value, variables)
    if not isinstance(node.value, Listing):
        return (_statement(node, 0, breaks, variables),)
    found = []
    doubt = node.value.doubt
    for index, item in enumerate(node.value.items):
        if isinstance(item.value, Unknown):
            doubt = item.value
        else:
            found.append(_statement(item, index, breaks, variables))
    return open_ended(tuple(found), doubt)


def _unread_statements(hole: Unknown, variables: bool) -> tuple[Statement, ...] | Unknown:
    """The statements that a hole in place of the list certainly has."""
    if hole.one_of is not None:
        blank = read_tree({})
        choices = (_statements(read_tree(o), blank, (), variables) for o in hole.one_of)
        return Unknown(hole.refs, hole.because, items=_in_each(choices))
    found = [
        _statement(read_tree(item), index, (), variables)
        for index, item in enumerate(hole.items or ())
        if isinstance(item, dict) or (isinstance(item, Unknown) and item.entries is not None)
    ]
    return Unknown(hole.refs, hole.because, items=tuple(found))


def _statement(node: Node, index: int, breaks: tuple[int, ...], variables: bool) -> Statement:
    if not isinstance(node.value, Members):
        raise _fault(f"statement {index + 1} is no JSON object", node, breaks)
    elements = _named(node, _ELEMENTS, breaks)
    reader = _Elements(node, elements, breaks, index)
    statement = Statement(
        index=index,
        effect=reader.effect(),
        sid=reader.sid(),
        actions=reader.texts("action"),
        not_actions=reader.texts("notaction"),
        resources=reader.texts("resource"),
        not_resources=reader.texts("notresource"),
        principals=reader.principals("principal"),
        not_principals=reader.principals("notprincipal"),
        conditions=reader.conditions(),
        variables=variables,
        places=reader.places(),
    )
    reader.check()
    return statement


class _Elements:
    """The elements of one statement. Where it has a hole among them, each absent one is open."""

    def __init__(
        self, node: Node, elements: dict[str, Node], breaks: tuple[int, ...], index: int
    ) -> None:
        self.node, self.elements, self.breaks, self.index = node, elements, breaks, index
        self.doubt: Unknown | None = _first(node.value.doubt, self._stranger())
        self.offsets: dict[str, tuple[int, ...]] = {}

    def _stranger(self) -> Unknown | None:
        """An element that the language does not have leaves open what a Deny refuses."""
        effect = self.elements.get("effect")
        names = [
            str(name) for name, _ in self.node.value.items if str(name).lower() not in _ELEMENTS
        ]
        if names and effect is not None and str(effect.value).lower() == "deny":
            return Unknown(because=f'"{names[0]}" is no element of a policy statement')
        return None

    def fault(self, message: str, node: Node | None = None) -> PolicyError:
        return _fault(f"statement {self.index + 1} {message}", node or self.node, self.breaks)

    def check(self) -> None:
        """Refuses what AWS refuses: no action, or an element together with its opposite."""
        for one in ("action", "resource", "principal"):
            if one in self.elements and f"not{one}" in self.elements:
                raise self.fault(f"has both {one.title()} and Not{one.title()}")
        if self.doubt is None and not {"action", "notaction"} & set(self.elements):
            raise self.fault("has no Action")

    def places(self) -> Places:
        keys = {name: node.offset for name, node in self.elements.items()}
        return Places(self.breaks, self.node.offset, keys, self.offsets)

    def effect(self) -> Text:
        node = self.elements.get("effect")
        if node is None:
            if self.doubt is None:
                raise self.fault("has no Effect")
            return Unknown(self.doubt.refs, self.doubt.because)
        if isinstance(node.value, Unknown):
            return node.value
        effect = node.value.title() if isinstance(node.value, str) else ""
        if effect not in {"Allow", "Deny"}:
            raise self.fault("has an Effect that is neither Allow nor Deny", node)
        return effect

    def sid(self) -> Text | None:
        node = self.elements.get("sid")
        if node is None or not isinstance(node.value, str | Unknown):
            return None
        return node.value

    def texts(self, name: str) -> Texts:
        node = self.elements.get(name)
        if node is None:
            return self._absent(name)
        texts, offsets = self.strings(node)
        self.offsets[name] = offsets
        if isinstance(texts, tuple) and not texts:
            raise self.fault(f"has an empty {name}", node)
        return texts

    def _absent(self, name: str) -> tuple[Any, ...] | Unknown:
        opposite = name[3:] if name.startswith("not") else f"not{name}"
        if self.doubt is None or opposite in self.elements:
            return ()
        return open_ended((), self.doubt)

    def strings(self, node: Node) -> tuple[Texts, tuple[int, ...]]:
        """The strings of a value that is one string or a list of them."""
        value = node.value
        if isinstance(value, str) or node.quoted:
            return (value,), (node.offset,)
        if isinstance(value, Unknown):
            return _open_list(value), (node.offset,)
        if not isinstance(value, Listing):
            raise self.fault("has an object or null where strings belong", node)
        found: list[Text] = []
        for item in value.items:
            if not isinstance(item.value, str | Unknown):
                raise self.fault("has something other than a string in a list", item)
            found.append(item.value)
        offsets = tuple(item.offset for item in value.items)
        texts: Texts = open_ended(tuple(found), value.doubt)
        return texts, offsets

    def principals(self, name: str) -> tuple[Principal, ...] | Unknown:
        node = self.elements.get(name)
        if node is None:
            return self._absent(name)
        value = node.value
        if isinstance(value, Unknown):
            return _open_principals(value)
        if not isinstance(value, Members):
            return self._bare_principals(node, name)
        found: list[Principal] = []
        offsets: list[int] = []
        doubt = value.doubt
        for kind, member in value.items:
            texts, places = self.strings(member)
            if isinstance(texts, Unknown):
                doubt = texts
            offsets += places
            certain = texts if isinstance(texts, tuple) else texts.items or ()
            found += [
                Principal(_kind(kind), text, len(found) + place)
                for place, text in enumerate(certain)
            ]
        self.offsets[name] = tuple(offsets)
        return open_ended(tuple(found), doubt)

    def _bare_principals(self, node: Node, name: str) -> tuple[Principal, ...]:
        texts, offsets = self.strings(node)
        if texts != ("*",) if isinstance(texts, tuple) else True:
            raise self.fault('has a Principal that is neither "*" nor an object', node)
        self.offsets[name] = offsets
        return (Principal("*", "*"),)

    def conditions(self) -> tuple[Condition, ...] | Unknown:
        node = self.elements.get("condition")
        if node is None:
            return open_ended((), self.doubt)
        if isinstance(node.value, Unknown):
            return Unknown(node.value.refs, node.value.because, items=())
        if not isinstance(node.value, Members):
            raise self.fault("has a Condition that is no object", node)
        found: list[Condition] = []
        offsets: list[int] = []
        doubt = node.value.doubt
        for operator, block in node.value.items:
            if isinstance(block.value, Unknown):
                doubt = block.value
                continue
            if not isinstance(block.value, Members):
                raise self.fault(f'has a condition "{operator}" that is no object', block)
            doubt = _first(block.value.doubt, doubt)
            for key, member in block.value.items:
                values, _ = self.strings(member)
                found.append(_condition(operator, key, values, member.offset))
                offsets.append(member.offset)
        self.offsets["condition"] = tuple(offsets)
        return open_ended(tuple(found), doubt)


def _open_list(hole: Unknown) -> Texts:
    """A hole where one string or a list of them stands."""
    if hole.items is not None:
        return Unknown(hole.refs, hole.because, items=tuple(_as_text(item) for item in hole.items))
    if hole.parts is not None or is_concrete(hole):
        return (hole,)
    if hole.one_of is not None and all(isinstance(one, str) for one in hole.one_of):
        return (hole,)
    return Unknown(hole.refs, hole.because, items=())


def _open_principals(hole: Unknown) -> Unknown:
    return Unknown(hole.refs, hole.because, items=())


def _as_text(item: Any) -> Text:
    return item if isinstance(item, str | Unknown) else str(item)


def _kind(kind: Text) -> Text:
    return _KIND_NAMES.get(kind.lower(), kind) if isinstance(kind, str) else kind


def _condition(operator: Text, key: Text, values: Texts, offset: int) -> Condition:
    if isinstance(operator, Unknown):
        return Condition(operator, "", False, key, values, offset)
    quantifier, colon, name = operator.rpartition(":")
    if_exists = name.lower().endswith("ifexists")
    name = name[: -len("IfExists")] if if_exists else name
    known = {"forallvalues": "ForAllValues", "foranyvalue": "ForAnyValue"}
    return Condition(
        name,
        known.get(quantifier.lower(), quantifier) if colon else "",
        if_exists,
        key,
        values,
        offset,
    )
