"""The AWS provider's schema: which arguments a type has, their types, and which nest how.

`Schemas.resource("aws_s3_bucket")` reads one compressed chunk of `auditor/data/aws.schema`
(made by `scripts/build_schema.py`); nothing is read before the first question.
SOURCE: `terraform providers schema -json` of hashicorp/aws 5.100.0; argument names that only
6.45.0 knows are there too and marked `newer`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from auditor import data
from auditor.records import dataclass
from auditor.terraform import types

META_ARGUMENTS = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle"})
"""Arguments and blocks that every resource has, and that no provider sees."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One argument or attribute.

    flags: `r` required, `o` optional, `c` computed, `s` sensitive, `d` deprecated,
        `w` write-only, `n` known to a newer major version of the provider only, `m` settable in
        that one only.
    """

    name: str
    type: types.Type
    flags: str
    default: str | int | float | bool | None = None
    """What the provider makes of it where it is absent, as far as that was seen; None: null."""

    @property
    def required(self) -> bool:
        """The configuration must set it."""
        return "r" in self.flags

    @property
    def settable(self) -> bool:
        """The configuration may set it."""
        return "r" in self.flags or "o" in self.flags

    @property
    def computed(self) -> bool:
        """The provider decides its value where the configuration does not."""
        return "c" in self.flags

    @property
    def sensitive(self) -> bool:
        """Its value is never shown."""
        return "s" in self.flags

    @property
    def deprecated(self) -> bool:
        """The provider warns of its use."""
        return "d" in self.flags

    @property
    def write_only(self) -> bool:
        """It is handed to the provider and kept nowhere; a plan shows null."""
        return "w" in self.flags

    @property
    def newer(self) -> bool:
        """Only a newer major version of the provider knows it."""
        return "n" in self.flags


@dataclass(frozen=True, slots=True)
class Nested:
    """A kind of nested block: `nesting` is `single`, `list`, `set` or `map`; 0 is no limit."""

    name: str
    nesting: str
    block: BlockSchema
    min: int
    max: int
    newer: bool

    @property
    def type(self) -> types.Type:
        """The type of all blocks of the kind together."""
        return self.shape(False)

    def shape(self, newer: bool) -> types.Type:
        """As `type`; newer: with what only a newer provider has."""
        inner = self.block.shape(newer)
        if self.nesting == "list":
            return types.List(inner)
        if self.nesting == "set":
            return types.Set(inner)
        return types.Map(inner) if self.nesting == "map" else inner

    @property
    def decided_when_absent(self) -> bool:
        """The provider may fill it in where the configuration has none.

        The schema does not say so of blocks; one that holds what only the provider can know
        (`dkim_signing_attributes[0].tokens`, `root_block_device[0].volume_id`) tells it.
        """
        return self.min == 0 and self.block.has_computed


class BlockSchema:
    """What may stand in a block: `attributes` and kinds of nested `blocks`, by name."""

    __slots__ = ("__dict__", "attributes", "blocks")

    def __init__(self, attributes: dict[str, Attribute], blocks: dict[str, Nested]) -> None:
        self.attributes = attributes
        self.blocks = blocks
        self._shapes: dict[bool, types.Object] = {}

    @property
    def type(self) -> types.Object:
        """The object type of the block, nested ones included."""
        return self.shape(False)

    def shape(self, newer: bool) -> types.Object:
        """As `type`; newer: with what only a newer provider has."""
        found = self._shapes.get(newer)
        if found is None:
            found = self._shapes[newer] = types.Object(
                {n: a.type for n, a in self.seen(newer).items()}
                | {n: b.shape(newer) for n, b in self.blocks.items() if newer or not b.newer}
            )
        return found

    def seen(self, newer: bool) -> dict[str, Attribute]:
        """The attributes that an object of the type has."""
        if newer or self.open:
            return self.attributes
        return {n: a for n, a in self.attributes.items() if not a.newer}

    @cached_property
    def has_computed(self) -> bool:
        """Whether anything in it is decided by the provider."""
        return any(a.computed for a in self.attributes.values()) or any(
            nested.block.has_computed for nested in self.blocks.values()
        )

    @cached_property
    def names(self) -> list[str]:
        """Every name that may be set, for suggestions."""
        return [n for n, a in self.attributes.items() if a.settable] + list(self.blocks)

    @cached_property
    def required(self) -> list[str]:
        """The arguments that must be set."""
        return [n for n, a in self.attributes.items() if a.required]

    @cached_property
    def open(self) -> bool:
        """Whether only a newer provider has the type: not all that it computes is known then."""
        return bool(self.attributes) and all(a.newer for a in self.attributes.values())

    @cached_property
    def secrets(self) -> bool:
        """Whether anything in it is sensitive."""
        return any(a.sensitive for a in self.attributes.values()) or any(
            nested.block.secrets for nested in self.blocks.values()
        )


class Schemas:
    """The schemas of one file; each type is read when first asked for, and kept."""

    def __init__(self, content: bytes) -> None:
        line, _, rest = content.partition(b"\n")
        self.header: dict[str, Any] = json.loads(line)
        start = self.header["index"] + self.header["dictionary"]
        self._index = zlib.decompress(rest[: self.header["index"]], -15).decode()
        self._dictionary = zlib.decompress(rest[self.header["index"] : start], -15)
        self._body = memoryview(rest)[start:]
        self._read: dict[str, BlockSchema | None] = {}

    def resource(self, name: str) -> BlockSchema | None:
        """The schema of a resource type; `None` when there is no such type."""
        return self._get(f"r {name}")

    def data_source(self, name: str) -> BlockSchema | None:
        """The schema of a data source; `None` when there is no such data source."""
        return self._get(f"d {name}")

    def resource_names(self) -> list[str]:
        """Every resource type."""
        return [line.split(" ")[1] for line in self._index.split("\n") if line.startswith("r ")]

    def data_source_names(self) -> list[str]:
        """Every data source."""
        return [line.split(" ")[1] for line in self._index.split("\n") if line.startswith("d ")]

    def _get(self, key: str) -> BlockSchema | None:
        if key not in self._read:
            self._read[key] = BUILT_IN[key]() if key in BUILT_IN else self._load(key)
        return self._read[key]

    def _load(self, key: str) -> BlockSchema | None:
        found = self._index.find(f"\n{key} ")
        if found < 0:
            return None
        end = self._index.index("\n", found + 1)
        offset, length = map(int, self._index[found:end].split(" ")[-2:])
        unpack = zlib.decompressobj(-15, zdict=self._dictionary)
        schema = _unpacked(json.loads(unpack.decompress(self._body[offset : offset + length])))
        schema.attributes.setdefault(
            "region", Attribute("region", types.STRING, "ocn")
        )  # since 6.0
        return schema


def _unpacked(rows: list[Any]) -> BlockSchema:
    """The last of a chunk's blocks, which the earlier ones nest in."""
    blocks: list[BlockSchema] = []
    for plain, nested, *more in rows:
        defaults = more[0] if more else {}
        attributes = {}
        for name, entry in plain.items():
            text, _, flags = entry.rpartition(" ")
            attributes[name] = Attribute(name, type_from(text), flags, defaults.get(name))
        inner = {
            name: Nested(name, how.rstrip("+"), blocks[at], low, high, how.endswith("+"))
            for name, (how, at, low, high) in nested.items()
        }
        blocks.append(BlockSchema(attributes, inner))
    return blocks[-1]


@cache
def type_from(text: str) -> types.Type:
    """The type that the file's short form names: `set(object({from_port:number,self:bool}))`."""
    if text in types.PRIMITIVES:
        return types.PRIMITIVES[text]
    kind, _, rest = text.partition("(")
    inner = rest[:-1]
    if kind == "object":
        members = (part.partition(":") for part in _split(inner[1:-1]))
        return types.Object({name: type_from(of) for name, _, of in members})
    return _COLLECTIONS[kind](type_from(inner))


_COLLECTIONS = {"list": types.List, "set": types.Set, "map": types.Map}


def _split(text: str) -> list[str]:
    """The parts between the commas that are in no bracket."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text else []


def _built_in(**entries: str) -> Callable[[], BlockSchema]:
    def made() -> BlockSchema:
        split = {name: entry.split(" ") for name, entry in entries.items()}
        return BlockSchema({n: Attribute(n, type_from(t), f) for n, (t, f) in split.items()}, {})

    return made


BUILT_IN: Final = {
    "r terraform_data": _built_in(
        id="string c", input="dynamic o", output="dynamic c", triggers_replace="dynamic o"
    ),
}
"""Types that Terraform itself has (developer.hashicorp.com, resource terraform_data)."""


@cache
def aws() -> Schemas:
    """The schemas that ship with the package."""
    return Schemas(Path(data.__file__).with_name("aws.schema").read_bytes())
