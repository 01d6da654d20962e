"""Names for findings that stay the same while code moves around.

A fingerprint is made of what a finding *is*: the rule, the resource (its root module's folder in
the repository and its address) and which violation in it (the argument without element numbers,
and the rule's key). Not of lines, files, the order of blocks, messages or severities. The
environment is left out too: the same code judged for two environments has the same fingerprints.

Comparing two runs needs the ingredients, as a `moved` block or a moved root changes the identity
on one side: `Identity` holds them, and `with_` gives the identity after the move.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_ELEMENT = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a fingerprint is made of.

    root: the root module's folder in the repository, `.` for the repository itself; for a live
        account `aws:<account>`.
    attribute: the deciding argument; its element numbers do not count.
    key: the rule's own name of the violation (`tcp/22 from 0.0.0.0/0`).
    occurrence: 1, or the number among those of the same name in one verdict.
    """

    rule: str
    root: str
    address: str
    attribute: str = ""
    key: str = ""
    occurrence: int = 1

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits."""
        from hashlib import blake2b  # imports OpenSSL, which a run without findings never needs

        names = (self.rule, self.root, self.address, without_elements(self.attribute), self.key)
        text = "\0".join((*names, str(self.occurrence)))
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def with_(self, *, root: str | None = None, address: str | None = None) -> Identity:
        """The identity after a move of the root module or of the resource."""
        moved = replace(self, root=self.root if root is None else root)
        return replace(moved, address=self.address if address is None else address)


def without_elements(attribute: str) -> str:
    """The attribute's path without element numbers: `ingress[2].cidr_blocks` → `ingress.cidr_…`."""
    return _ELEMENT.sub("", attribute) if "[" in attribute else attribute
