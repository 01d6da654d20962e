"""Override files: `override.tf` and `*_override.tf` replace parts of what the others declare.

SOURCE: Terraform 1.11, `internal/configs/module_merge.go`, `module_merge_body.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.terraform.nodes import Attribute, Block, Body


class MergedBody(Body):
    """A body with another laid over it.

    An argument of the override replaces the one of the base. If the override has any block of a
    type, static or dynamic, the base's blocks of that type are gone; of the types in `both` they
    stay and the override's come after them.
    """

    __slots__ = ("base", "both", "override")

    def __init__(self, base: Body, override: Body, both: tuple[str, ...] = ()) -> None:
        super().__init__(base.source, base.start, base.end, {}, [])
        self.base = base
        self.override = override
        self.both = both

    @property
    def attributes(self) -> dict[str, Attribute]:
        """Arguments by name."""
        return {**self.base.attributes, **self.override.attributes}

    @property
    def blocks(self) -> list[Block]:
        """The blocks that are left, the override's last."""
        gone = {_made(block) for block in self.override.blocks}.difference(self.both)
        kept = [block for block in self.base.blocks if _made(block) not in gone]
        return kept + self.override.blocks

    def blocks_of(self, type: str) -> list[Block]:
        """The blocks of one type that are left."""
        return [block for block in self.blocks if block.type == type]

    def given(self, block_types: Mapping[str, int]) -> Body:
        """The same, both bodies knowing these block types."""
        base, override = self.base.given(block_types), self.override.given(block_types)
        return MergedBody(base, override, self.both)

    def items(self) -> Iterator[Attribute | Block]:
        """Arguments, then blocks."""
        yield from self.attributes.values()
        yield from self.blocks


def _made(block: Block) -> str:
    """The type of the blocks that a block makes: a dynamic one has it as its label."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type
