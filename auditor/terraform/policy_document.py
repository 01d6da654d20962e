"""`data.aws_iam_policy_document`, computed as the provider computes it.

The result is the provider's own JSON text, byte for byte, when everything it hangs on is known;
else text with holes, which Terraform does not have (there the whole document is unknown) and
without which most policies of real code could not be audited.

Works on plain values: `str`, list, dict, `None` and `Unknown`.
SOURCE: hashicorp/aws 5.100.0, `internal/service/iam/policy_document_data_source.go` and
`policy_model.go`; key order, sorting and escapes checked against a plan.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from zlib import crc32

from auditor.policy.json_text import Listing, Members, Node, PolicyError, read_text
from auditor.values import Unknown

DEFAULT_VERSION = "2012-10-17"
_OLD_VERSION = "2008-10-17"

Piece = str | Unknown
Tree = Any
"""str, list, dict, `Unknown` (a string that is not known), or one of the two below."""


class DocumentError(Exception):
    """The provider refuses the document."""


class Rest:
    """In a list: there may be more elements, which hang on `cause`."""

    __slots__ = ("cause",)

    def __init__(self, cause: Unknown) -> None:
        self.cause = cause


class Whole:
    """A value of which not even the kind is known: a string or a list."""

    __slots__ = ("cause",)

    def __init__(self, cause: Unknown) -> None:
        self.cause = cause


def document(config: dict[str, Any]) -> tuple[str | Unknown, str | Unknown]:
    """`json` and `minified_json` for the arguments of the data source.

    Raises `DocumentError` with the provider's message.
    """
    merged = _Document()
    sids: set[str] = set()
    for index, source in enumerate(_members(config.get("source_policy_documents"))):
        read = _read(source, "source", index)
        _unique(read, sids, f"source_policy_documents (item {index}; statement %d)")
        merged.merge(read)
    merged.merge(_own(config))
    for index, override in enumerate(_members(config.get("override_policy_documents"))):
        read = _read(override, "override", index)
        if read.hole is not None:
            merged.may_be_overridden(read.hole)
        merged.merge(read)
    tree = merged.tree()
    return text_of(tree, "  "), text_of(tree, "")


# -- the document ---------------------------------------------------------------------------------


class _Document:
    """Version, id and statements; `hole` is set when nothing else of the document is known."""

    def __init__(self) -> None:
        self.version: Piece = ""
        self.id: Piece = ""
        self.statements: list[Tree] = []
        self.hole: Unknown | None = None

    def merge(self, other: _Document) -> None:
        """Takes the other's id, the higher version, and its statements, by Sid."""
        if isinstance(other.id, Unknown) or other.id:
            self.id = other.id
        if isinstance(other.version, Unknown) or isinstance(self.version, Unknown):
            self.version = DEFAULT_VERSION
        else:
            self.version = max(self.version, other.version)
        for statement in other.statements:
            self._take(statement)

    def _take(self, statement: Tree) -> None:
        sid = statement.get("Sid") if isinstance(statement, dict) else None
        if isinstance(sid, str) and sid:
            for index, old in enumerate(self.statements):
                if isinstance(old, dict) and isinstance(old.get("Sid"), str) and old["Sid"] == sid:
                    self.statements[index] = statement
                    return
        self.statements.append(statement)

    def may_be_overridden(self, cause: Unknown) -> None:
        """An unknown document may replace any statement that has a Sid: those are not certain."""
        self.statements = [
            Rest(cause) if isinstance(s, dict) and "Sid" in s else s for s in self.statements
        ]

    def tree(self) -> Tree:
        """As JSON, in the provider's key order."""
        found: dict[str, Tree] = {"Version": self.version, "Id": self.id}
        found = {key: value for key, value in found.items() if isinstance(value, Unknown) or value}
        return {**found, "Statement": self.statements} if self.statements else found


def _own(config: dict[str, Any]) -> _Document:
    """The document of the `statement` blocks."""
    own = _Document()
    own.version = DEFAULT_VERSION if config.get("version") is None else config["version"]
    own.id = "" if config.get("policy_id") is None else config["policy_id"]
    for block in _members(config.get("statement")):
        if isinstance(block, Unknown):
            block = Rest(block)
        own.statements.append(block if _is_hole(block) else _statement(block, own.version))
    _unique(own, set(), "the document (statement %d)")
    return own


def _unique(read: _Document, sids: set[str], where: str) -> None:
    for number, statement in enumerate(read.statements):
        sid = statement.get("Sid") if isinstance(statement, dict) else None
        if not isinstance(sid, str) or not sid:
            continue
        if sid in sids:
            raise DocumentError(
                f"duplicate Sid ({sid}) in {where % number}. "
                "Remove the Sid or ensure Sids are unique."
            )
        sids.add(sid)


_LISTS = {
    "Action": "actions",
    "NotAction": "not_actions",
    "Resource": "resources",
    "NotResource": "not_resources",
}


def _statement(block: dict[str, Any], version: Piece) -> dict[str, Tree]:
    sid = block.get("sid")
    effect = block.get("effect")
    found: dict[str, Tree] = {
        "Sid": sid if sid is not None else "",
        "Effect": "Allow" if effect is None else effect,
    }
    for key, argument in _LISTS.items():
        listed = _listed(block.get(argument))
        found[key] = _with_variables(listed, version) if "Resource" in key else listed
    found["Principal"] = _principals(block.get("principals"), version)
    found["NotPrincipal"] = _principals(block.get("not_principals"), version)
    found["Condition"] = _conditions(block.get("condition"), version)
    return {key: value for key, value in found.items() if _is_there(key, value)}


def _is_there(key: str, value: Tree) -> bool:
    """Whether the provider writes the member: an empty `Action` yes, an empty `Sid` no."""
    if isinstance(value, Unknown | Whole):
        return True
    return value not in (None, [], {}) and (value != "" or key not in ("Sid", "Effect"))


def _members(value: Any) -> list[Tree]:
    """The elements of a list or set; an open end becomes a `Rest`."""
    value = _only_choice(value)
    if value is None:
        return []
    if isinstance(value, Unknown):
        return [*(value.items or ()), Rest(value)]
    return [item for item in value if item is not None]


def _only_choice(value: Any) -> Any:
    """What an unknown certainly is, where only Terraform does not know it yet."""
    if isinstance(value, Unknown) and value.one_of is not None and len(value.one_of) == 1:
        return value.one_of[0]
    return value


def _is_hole(value: Tree) -> bool:
    return isinstance(value, Unknown | Rest)


def _listed(value: Any) -> Tree:
    """A set of strings: one stands alone, more are sorted backwards, unknown ones last."""
    value = _only_choice(value)
    if isinstance(value, Unknown) and not value.items:
        return Whole(value)
    found = _members(value)
    if len(found) == 1:
        return found[0]
    known = sorted((item for item in found if isinstance(item, str)), key=_bytes, reverse=True)
    return [*known, *(item for item in found if not isinstance(item, str))]


def _bytes(text: str) -> bytes:
    return text.encode()


def _with_variables(value: Tree, version: Piece) -> Tree:
    """`&{aws:username}` stands for IAM's `${aws:username}`, which Terraform would take itself."""
    if isinstance(value, str):
        if "&{" in value and version == _OLD_VERSION:
            raise DocumentError(
                f"found &{{ sequence in ({value}), which is not supported in document version "
                f"{_OLD_VERSION}"
            )
        return value.replace("&{", "${")
    if isinstance(value, list):
        return [_with_variables(item, version) for item in value]
    if isinstance(value, Unknown) and value.parts:
        parts = tuple(_with_variables(part, version) for part in value.parts)
        return Unknown(value.refs, value.because, exact=value.exact, parts=parts)
    return value


# -- principals and conditions --------------------------------------------------------------------


def _principals(value: Any, version: Piece) -> Tree:
    if isinstance(value, Unknown) and not value.items:
        return Whole(value)
    blocks = list(_in_hash_order(_members(value), _principal_hash))
    read = [
        block if _is_hole(block) else (block.get("type"), _identifiers(block, version))
        for block in blocks
    ]
    if len(read) == 1 and read[0] in (("*", "*"), ("*", ["*"])):
        return "*"
    return _by_type(read)


def _identifiers(block: dict[str, Any], version: Piece) -> Tree:
    return _with_variables(_listed(block.get("identifiers")), version)


def _by_type(read: list[Any]) -> Tree:
    """Blocks of one type are one list; one identifier stands alone."""
    found: dict[Any, Tree] = {}
    rests = []
    for each in read:
        if _is_hole(each) or isinstance(each[0], Unknown):
            rests.append(each if _is_hole(each) else Rest(each[0]))
            continue
        kind, names = each
        if kind in found:
            names = [*_as_list(found[kind]), *_as_list(names)]
        found[kind] = names
    return _open_object(found, rests)


def _open_object(found: dict[str, Tree], rests: list[Any]) -> Tree:
    """An object with sorted keys, as Go writes maps; open-ended where blocks are unknown."""
    ordered: dict[Any, Tree] = {key: found[key] for key in sorted(found, key=str)}
    for index, rest in enumerate(rests):
        ordered[index] = rest if isinstance(rest, Rest) else Rest(rest)
    return ordered


def _as_list(value: Tree) -> list[Tree]:
    if isinstance(value, list):
        return value
    return [] if value is None else [Rest(value.cause) if isinstance(value, Whole) else value]


def _conditions(value: Any, version: Piece) -> Tree:
    if isinstance(value, Unknown) and not value.items:
        return Whole(value)
    found: dict[str, dict[str, Tree]] = {}
    rests: list[Any] = []
    for block in _in_hash_order(_members(value), _condition_hash):
        test = None if _is_hole(block) else block.get("test")
        variable = None if _is_hole(block) else block.get("variable")
        if not isinstance(test, str) or not isinstance(variable, str):
            rests.append(block if _is_hole(block) else Rest(_first_unknown(test, variable)))
            continue
        values = _values(block.get("values"), version)
        inner = found.setdefault(test, {})
        if variable in inner:
            values = [*_as_list(inner[variable]), *_as_list(values)]
        inner[variable] = values
    by_test = {test: _open_object(inner, []) for test, inner in found.items()}
    return _open_object(by_test, rests)


def _first_unknown(*values: Any) -> Unknown:
    return next((v for v in values if isinstance(v, Unknown)), Unknown(because="not known"))


def _values(value: Any, version: Piece) -> Tree:
    """The values of a condition, in their order."""
    if isinstance(value, Unknown) and not value.items:
        return Whole(value)
    found = _with_variables(_members(value), version)
    return found[0] if len(found) == 1 and not isinstance(found[0], Rest) else found


# -- the order of sets in the provider's SDK ------------------------------------------------------


def _in_hash_order(blocks: list[Tree], hashed: Any) -> Iterator[Tree]:
    """As the SDK keeps a set: by the decimal text of the CRC-32 of each element; holes last."""
    known = [block for block in blocks if not _is_hole(block)]
    yield from sorted(known, key=lambda block: str(crc32(hashed(block).encode())))
    yield from (block for block in blocks if _is_hole(block))


def _principal_hash(block: dict[str, Any]) -> str:
    names = [_text(item) + ";" for item in _members(block.get("identifiers"))]
    ordered = "".join(sorted(names, key=lambda name: str(crc32(name.encode()))))
    return f"identifiers:{{{ordered}}};type:{_text(block.get('type'))};"


def _condition_hash(block: dict[str, Any]) -> str:
    values = "".join(_text(item) + ";" for item in _members(block.get("values")))
    test, variable = _text(block.get("test")), _text(block.get("variable"))
    return f"test:{test};values:({values});variable:{variable};"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# -- reading other documents ----------------------------------------------------------------------


def _read(source: Tree, kind: str, index: int) -> _Document:
    """A document given as text, with or without holes."""
    found = _Document()
    cause = source.cause if isinstance(source, Rest) else source
    if isinstance(source, Rest) or (isinstance(source, Unknown) and not source.parts):
        assert isinstance(cause, Unknown)
        found.hole = cause
        found.statements = [Rest(cause)]
        return found
    parts = (source,) if isinstance(source, str) else source.parts
    try:
        node = read_text(parts)[0]
    except PolicyError as wrong:
        raise DocumentError(f"merging {kind} document {index}: {wrong.message}") from wrong
    if not isinstance(node.value, Members):
        raise DocumentError(f"merging {kind} document {index}: it is not an object")
    return _from_members(found, node.value, f"merging {kind} document {index}")


_ORDER = ("Sid", "Effect", *_LISTS, "Principal", "NotPrincipal", "Condition")


def _from_members(found: _Document, members: Members, where: str) -> _Document:
    by_name = _by_name(members)
    version, policy_id = by_name.get("version"), by_name.get("id")
    found.version = version if isinstance(version, str | Unknown) else ""
    found.id = policy_id if isinstance(policy_id, str | Unknown) else ""
    listing = by_name.get("statement")
    if isinstance(listing, Unknown):
        found.statements = [Rest(listing)]
    elif isinstance(listing, Listing):
        found.statements = [_read_statement(node, where) for node in listing.items]
        if listing.doubt is not None:
            found.statements.append(Rest(listing.doubt))
    elif listing is not None:
        raise DocumentError(
            f"{where}: json: cannot unmarshal object into Go struct field IAMPolicyDoc.Statement"
        )
    if members.doubt is not None:
        found.statements.append(Rest(members.doubt))
    return found


def _by_name(members: Members) -> dict[str, Any]:
    """Members by lower-case name: Go's JSON reader does not mind the case."""
    return {key.lower(): node.value for key, node in members.items if isinstance(key, str)}


def _read_statement(node: Node, where: str) -> Tree:
    if isinstance(node.value, Unknown):
        return Rest(node.value)
    if not isinstance(node.value, Members):
        raise DocumentError(f"{where}: a statement is not an object")
    by_name = _by_name(node.value)
    found = {}
    for key in _ORDER:
        value = by_name.get(key.lower())
        if key in ("Principal", "NotPrincipal"):
            value = _read_principal(value)
        elif key == "Condition":
            value = _read_condition(value)
        else:
            value = _plain(value)
        if _is_there(key, value):
            found[key] = value
    return found


def _read_principal(value: Any) -> Tree:
    if not isinstance(value, Members):
        return "*" if isinstance(value, str) else _plain(value)
    read = [(key, _backwards(_plain(node.value))) for key, node in value.items]
    return _by_type(read) if read else None


def _backwards(value: Tree) -> Tree:
    if not isinstance(value, list):
        return value
    known = sorted((item for item in value if isinstance(item, str)), key=_bytes, reverse=True)
    return [*known, *(item for item in value if not isinstance(item, str))]


def _read_condition(value: Any) -> Tree:
    tree = _plain(value)
    if not isinstance(tree, dict):
        return tree
    for test, inner in tree.items():
        if isinstance(inner, dict):
            tree[test] = _sorted(inner)
    return _sorted(tree)


def _sorted(entries: dict[Any, Tree]) -> dict[Any, Tree]:
    return dict(sorted(entries.items(), key=lambda entry: str(entry[0])))


def _plain(value: Any) -> Tree:
    if isinstance(value, Listing):
        items: list[Tree] = [_plain(node.value) for node in value.items]
        return items if value.doubt is None else [*items, Rest(value.doubt)]
    if isinstance(value, Members):
        found: dict[Any, Tree] = {}
        for index, (key, node) in enumerate(value.items):
            if isinstance(key, str):
                found[key] = _plain(node.value)
            else:
                found[index] = Rest(key)
        if value.doubt is not None:
            found[len(value.items)] = Rest(value.doubt)
        return found
    return Whole(value) if isinstance(value, Unknown) and value.parts is None else value


# -- writing --------------------------------------------------------------------------------------

_GO_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def text_of(tree: Tree, indent: str) -> str | Unknown:
    """The tree as Go's `json.MarshalIndent` (or `Marshal`, without indent) writes it."""
    pieces: list[Piece] = []
    _write(tree, pieces, "\n" if indent else "", indent, indent)
    joined = _joined(pieces)
    if len(joined) == 1 and isinstance(joined[0], str):
        return joined[0]
    holes = [piece for piece in joined if isinstance(piece, Unknown)]
    because = next((hole.because for hole in holes if hole.because), None)
    return Unknown((ref for h in holes for ref in h.refs), because, parts=tuple(joined))


def _write(tree: Tree, out: list[Piece], line: str, indent: str, step: str) -> None:
    """`line` is a line break with the indentation that the tree's own closing bracket has."""
    if isinstance(tree, str):
        out.append(_quoted(tree))
    elif isinstance(tree, Rest | Whole):
        out.append(tree.cause)
    elif isinstance(tree, Unknown):
        out += _hole(tree)
    elif isinstance(tree, dict):
        colon = ": " if indent else ":"
        entries = [
            (value if isinstance(value, Rest) else (key, value)) for key, value in tree.items()
        ]
        _write_all(entries, out, line, "{}", colon, step)
    else:
        _write_all(tree, out, line, "[]", "", step)


def _write_all(
    items: Iterable[Any], out: list[Piece], line: str, brackets: str, colon: str, step: str
) -> None:
    inner = line + step
    out.append(brackets[0])
    first = empty = True
    for item in items:
        empty = False
        if isinstance(item, Rest):  # no comma before it: there may be nothing
            out += [inner, item.cause]
            continue
        out.append(inner if first else "," + inner)
        first = False
        if colon:
            out += [_quoted(item[0]), colon]
            item = item[1]
        _write(item, out, inner, step, step)
    out.append(brackets[1] if empty else line + brackets[1])


def _hole(value: Unknown) -> list[Piece]:
    """An unknown string stands in quotes, its known pieces escaped."""
    if value.parts is None:
        return ['"', value, '"']
    inside = [_quoted(part)[1:-1] if isinstance(part, str) else part for part in value.parts]
    return ['"', *inside, '"']


def _quoted(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False).replace("\\u007f", "\x7f")
    return escaped.replace("\\b", "\\u0008").replace("\\f", "\\u000c").translate(_GO_ESCAPES)


def _joined(pieces: list[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for is_text, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        if not is_text:
            found += run
        elif text := "".join(map(str, run)):
            found.append(text)
    return found
