"""Builds `auditor/data/aws.schema`, the AWS provider's schema that ships with the package.

    python scripts/build_schema.py CURRENT NEXT OUT --defaults scripts/aws_defaults.csv \\
        --date 2026-11-24

CURRENT: gzipped JSON made from `terraform providers schema -json` of the provider, compacted to
`{"resources": {type: {name: "string oc" | {"nesting", "block", "attributes"}}}, "data_sources"}`.
NEXT: gzipped JSON of a newer major version, types only. Names that only it has are taken in with
the flag `n`, so that code written for it is read and not refused; `m` marks what only it lets
people set.

The file: one header line of JSON, then (raw deflate) an index of lines `r|d TYPE OFFSET LENGTH`,
a dictionary, and one chunk of JSON a type: the type's distinct blocks, each
`[{attribute: "TYPE FLAGS"}, {block: [nesting, number, min, max]}]`, the type's own block last, with
the provider's defaults as a third item where some are known.
DEFAULTS: `type,argument,value` with JSON values: what a plan of the current provider fills in where
an argument that it does not compute is absent.
One chunk is read in well under a millisecond, and nothing is read at start-up.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

Tree = dict[str, Any]


def with_next(now: Tree, after: Tree, computed: frozenset[str] = frozenset()) -> Tree:
    """The attributes of `now`, and those that only the newer version has, flagged `n`.

    What `now` only computes and the newer version lets people set may be set. What the newer
    version only computes has no type there: names and ids are text, the rest is of any type.
    """
    merged = dict(now)
    for name, entry in after.items():
        old = now.get(name)
        if isinstance(old, dict) and isinstance(entry, dict):
            merged[name] = {**old, "attributes": with_next(old["attributes"], entry["attributes"])}
        elif old is None:
            # `region` is on every resource since 6.0; it defaults to the provider's
            merged[name] = "string ocn" if name == "region" else as_new(entry)
        elif isinstance(old, str) and old.endswith((" c", " cs", " cd")) and isinstance(entry, str):
            text, _, flags = old.rpartition(" ")
            merged[name] = f"{text} o{flags}m"
    for name in computed - now.keys():
        is_text = name in ("id", "arn") or name.endswith(("_arn", "_id", "_url"))
        merged[name] = f"{'string' if is_text else 'dynamic'} cn"
    return merged


def as_new(entry: Any) -> Any:
    """An entry of the newer version, which says nothing of flags."""
    if isinstance(entry, dict):
        nested = {k: as_new(v) for k, v in entry["attributes"].items()}
        return {**entry, "attributes": nested, "new": True}
    return f"{entry} on"


def pack(attributes: Tree, blocks: list[Any], seen: dict[str, int]) -> int:
    """Adds a block (its nested ones first) unless an equal one is there; returns its number."""
    plain = {k: v for k, v in attributes.items() if isinstance(v, str)}
    nested = {
        k: [
            v["nesting"] + ("+" if v.get("new") else ""),
            pack(v["attributes"], blocks, seen),
            v.get("min", 0),
            v.get("max", 0),
        ]
        for k, v in attributes.items()
        if not isinstance(v, str)
    }
    text = json.dumps([plain, nested])
    if text not in seen:
        seen[text] = len(blocks)
        blocks.append([plain, nested])
    return seen[text]


def chunk(attributes: Tree, defaults: Tree) -> bytes:
    """One type as JSON."""
    blocks: list[Any] = []
    last = pack(attributes, blocks, {})
    if defaults:
        blocks.append([*blocks[last], defaults])
    return json.dumps(blocks, separators=(",", ":")).encode()


def merged_types(now: Tree, after: Tree) -> Tree:
    """Every resource type of both versions."""
    types = {
        name: with_next(tree, after[name]["attributes"], frozenset(after[name]["computed"]))
        if name in after
        else tree
        for name, tree in now.items()
    }
    for name in sorted(after.keys() - now.keys()):
        types[name] = with_next({}, after[name]["attributes"], frozenset(after[name]["computed"]))
    return types


def deflate(data: bytes, dictionary: bytes = b"") -> bytes:
    """Raw deflate, at its best."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
    return packer.compress(data) + packer.flush()


def shared_dictionary(chunks: list[bytes]) -> bytes:
    """Text that many types share, for deflate to start from: a spread of middling chunks."""
    middling = sorted((c for c in chunks if 400 < len(c) < 2500), key=len)
    return b"".join(middling[:: max(1, len(middling) // 24)])[-32000:]


def build(now: Tree, after: Tree, defaults: dict[str, Tree], header: dict[str, Any]) -> bytes:
    """The whole file."""
    types = sorted(merged_types(now["resources"], after).items())
    entries = [("r", name, chunk(tree, defaults.get(name, {}))) for name, tree in types]
    entries += [("d", n, chunk(t, {})) for n, t in sorted(now["data_sources"].items())]
    dictionary = shared_dictionary([data for _, _, data in entries])
    index, body = [], b""
    packed = []
    for kind, name, data in entries:
        small = deflate(data, dictionary)
        index.append(f"{kind} {name} {len(body)} {len(small)}\n")
        packed.append(small)
        body += small
    index_bytes = deflate(("\n" + "".join(index)).encode())
    dictionary_bytes = deflate(dictionary)
    header |= {"index": len(index_bytes), "dictionary": len(dictionary_bytes)}
    line = json.dumps(header, separators=(",", ":")).encode() + b"\n"
    return line + index_bytes + dictionary_bytes + body


def read_defaults(path: Path) -> dict[str, Tree]:
    """Type → argument → value."""
    found: dict[str, Tree] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["type"], {})[row["argument"]] = json.loads(row["value"])
    return found


def main() -> None:
    """Reads the two sources and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("current", type=Path)
    parser.add_argument("next", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--defaults", type=Path, required=True)
    parser.add_argument("--date", required=True, help="when the sources were made")
    given = parser.parse_args()
    now = json.loads(gzip.decompress(given.current.read_bytes()))
    after = json.loads(gzip.decompress(given.next.read_bytes()))
    header = {
        "format": 1,
        "provider": "registry.terraform.io/hashicorp/aws",
        "sources": [given.current.name, given.next.name, given.defaults.name],
        "date": given.date,
    }
    given.out.write_bytes(build(now, after, read_defaults(given.defaults), header))


if __name__ == "__main__":
    main()
