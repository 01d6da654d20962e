"""Provenance of a resource that was made of an argument inside another."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.resource import ModuleCall, Resource, Trace
from auditor.values import Path, Within


@dataclass(frozen=True, slots=True)
class Inside:
    """Stands where the argument stands; details of it get the argument's place."""

    owner: Resource
    argument: str

    def trace(self, path: Path, within: Within | None = None) -> Trace:
        """The place of the argument in the owner; of the whole, the owner's."""
        return self.owner.provenance.trace((self.argument,) if path else (), within)

    def calls(self) -> tuple[ModuleCall, ...]:
        """Those of the owner."""
        return self.owner.provenance.calls()
