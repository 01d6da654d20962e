"""From evaluated blocks to the plain attribute trees that resources have."""

from __future__ import annotations

from typing import Any

from auditor.terraform import cty
from auditor.terraform.blocks import Blocks, BlockValue
from auditor.terraform.plain import to_plain
from auditor.values import Sensitive, Unknown


def plain_block(block: BlockValue) -> dict[str, Any]:
    """What is written in a block: arguments (null ones too), and nested blocks as lists of trees.

    Single nested blocks are a tree, not a list. What the provider marks as sensitive is wrapped.
    """
    found: dict[str, Any] = {}
    schema = block.plan.schema
    for name, value in block.attrs.items():
        plain = to_plain(value)
        attribute = schema.attributes.get(name) if schema is not None else None
        if attribute is not None and attribute.sensitive and plain is not None:
            plain = plain if isinstance(plain, Sensitive) else Sensitive(plain)
        found[name] = plain
    for name, group in block.blocks.items():
        if not group.is_empty:
            found[name] = _plain_blocks(group)
    return found


def _plain_blocks(group: Blocks) -> Any:
    trees = [plain_block(block) for block, _ in group.items]
    whole = trees[0] if group.nested.nesting == "single" and len(trees) == 1 else trees
    if group.open is not None:
        cause = to_plain(group.open)
        cause = cause.value if isinstance(cause, Sensitive) else cause
        refs = cause.refs if isinstance(cause, Unknown) else cty.refs_of(group.open)
        because = cause.because if isinstance(cause, Unknown) else None
        if group.is_whole:
            return Unknown(refs, because, one_of=(whole,))
        return Unknown(refs, because, items=tuple(trees))
    return whole
