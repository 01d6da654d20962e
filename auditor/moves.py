"""Where a resource's address went: `moved` blocks, applied as Terraform does.

Source: Terraform's "Refactor modules" page (1.11) and its `addrs.UnifyMoveEndpoints`: without an
instance key on either side a move takes all instances along; with one on either side it moves one
instance. Moves chain (`a` to `b`, `b` to `c`). A resource that gains or loses `count` moves from
`a` to `a[0]` or back by itself. A move whose origin still exists, or whose target existed before,
is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

_STEP = re.compile(r"""([^.\[]+)((?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?)(?:\.|$)""")

Steps = tuple[tuple[str, str], ...]
"""An address: (name, instance key with brackets or ""), a step for each part between dots."""


@dataclass(frozen=True, slots=True)
class Move:
    """A `moved` block: where from and where to, addresses from the root module.

    One in a module that has several instances is there once for each.
    """

    origin: str
    target: str


def steps_of(address: str) -> Steps:
    """The parts of an address; empty when it is none."""
    steps: list[tuple[str, str]] = []
    at = 0
    while at < len(address):
        match = _STEP.match(address, at)
        if match is None:
            return ()
        steps.append((match[1], match[2]))
        at = match.end()
    return tuple(steps)


def text_of(steps: Steps) -> str:
    """The address that the parts make up."""
    return ".".join(f"{name}{key}" for name, key in steps)


def type_of(address: str) -> str:
    """The resource type in an address; empty when it is none."""
    steps = steps_of(address)
    return steps[-2][0] if len(steps) > 1 else ""


def moved_addresses(
    before: Iterable[str], after: AbstractSet[str], moves: Sequence[Move]
) -> Mapping[str, str]:
    """Old address → new address, of the resources in `before` that went somewhere else.

    after: every address there is now. No two resources get one address.
    """
    old = list(before)
    taken = set(old)
    rules: dict[tuple[Steps, str], list[_Rule]] = {}
    for rule in filter(None, map(_Rule.of, moves)):
        rules.setdefault(rule.about, []).append(rule)
    found: dict[str, str] = {}
    for address in old:
        if address in after:
            continue
        target = _follow(steps_of(address), rules) if rules else address
        if target not in after:
            target = next((t for t in _count_changes(target) if t in after), target)
        if target != address and target not in taken:
            taken.add(target)
            found[address] = target
    return found


def _follow(steps: Steps, rules: Mapping[tuple[Steps, str], Sequence[_Rule]]) -> str:
    """The end of the chain; each move is applied at most once, so circles end."""
    used: set[_Rule] = set()
    while True:
        about = [(steps[:n], steps[n][0]) for n in range(len(steps))]
        fitting = (rule for key in about for rule in rules.get(key, ()) if rule not in used)
        for rule in fitting:
            moved = rule.apply(steps)
            if moved is not None:
                steps = moved
                used.add(rule)
                break
        else:
            return text_of(steps)


def _count_changes(address: str) -> Iterator[str]:
    """The address with `count` added to or taken from the resource itself."""
    steps = steps_of(address)
    if steps:
        name, key = steps[-1]
        if key in ("", "[0]"):
            yield text_of((*steps[:-1], (name, "" if key else "[0]")))


@dataclass(frozen=True, slots=True)
class _Rule:
    """A move in parts. one: it moves one instance, not all."""

    origin: Steps
    target: Steps
    one: bool

    @classmethod
    def of(cls, move: Move) -> _Rule | None:
        """The rule of a move; None when an address in it is none."""
        origin, target = steps_of(move.origin), steps_of(move.target)
        if not origin or not target:
            return None
        one = bool(origin[-1][1] or target[-1][1])
        return cls(origin, target, one)

    @property
    def about(self) -> tuple[Steps, str]:
        """What addresses that it speaks about begin with; the key after that is open."""
        return self.origin[:-1], self.origin[-1][0]

    def apply(self, steps: Steps) -> Steps | None:
        """Where it takes an address that begins with what it is about; None: not this one."""
        length = len(self.origin)
        key, wanted_key = steps[length - 1][1], self.origin[-1][1]
        if (self.one and key != wanted_key) or not self._whole(steps):
            return None
        end = self.target[-1] if self.one else (self.target[-1][0], key)
        return (*self.target[:-1], end, *steps[length:])

    def _whole(self, steps: Steps) -> bool:
        """A resource's move is about a resource, a module's about everything in the module."""
        is_module = len(self.origin) >= 2 and self.origin[-2][0] == "module"
        return is_module or len(steps) == len(self.origin)
