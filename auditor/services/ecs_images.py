"""Image addresses of containers: `host/repository:tag@digest`, also with holes.

Sources: Docker documentation, "docker image tag" (host, path, tag; `docker.io` and `latest` where
they are left out); ECR User Guide, "Private registry" (`<account>.dkr.ecr.<region>.amazonaws.com`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from auditor.policy.holes import pieces
from auditor.values import Unknown

_MARK = "\x00"
_ECR = re.compile(
    r"^(\d{12})\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$"
)
_ECR_ADDRESS = ("repository_url", "repository_uri")


def is_pinned(image: Any) -> bool:
    """Whether the address names a digest, or a tag other than `latest`.

    image: text, text with holes, or an `Unknown`. Raises `Undetermined` where a hole could be or
    hold the tag.
    """
    text, holes = _marked(image)
    if "@" in text:
        return True
    last = text.rsplit("/", 1)[-1]
    name, colon, tag = last.partition(":")
    if not colon:
        open_ends = [hole for hole in holes if not _is_repository(hole)]
        if _MARK in name and open_ends:
            open_ends[-1].undetermined()
        return False
    if _MARK not in tag:
        return tag != "latest"
    known = tag.split(_MARK)
    if not "latest".startswith(known[0]) or not "latest".endswith(known[-1]):
        return True
    holes[-1].undetermined()


@dataclass(frozen=True, slots=True)
class Host:
    """A registry's host; `own` where a repository of the same code is named."""

    name: str
    own: bool = False
    open_end: Unknown | None = None

    def is_trusted(self, account: str | None, registries: Iterable[str]) -> bool:
        """Whether it is a named registry or ECR of the account; `Undetermined` where unknown."""
        if self.own or self.name in registries:
            return True
        if self.open_end is not None:
            self.open_end.undetermined()
        ecr = _ECR.match(self.name)
        if ecr is None:
            return False
        if account is None:
            Unknown(because="which account this is is not known").undetermined()
        return ecr[1] == account


def registry_host(image: Any) -> Host:
    """The registry that the image comes from; `docker.io` where the address has no host."""
    text, holes = _marked(image)
    first, slash, _ = text.partition("/")
    if _MARK in first:
        own = text.startswith(_MARK) and _is_repository(holes[0])
        return Host(first, own=own, open_end=holes[0])
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return Host(first if is_host else "docker.io")


def _marked(image: Any) -> tuple[str, list[Unknown]]:
    """The address with a mark for each hole, and the holes."""
    found = pieces(image) if isinstance(image, str | Unknown) else ()
    text = "".join(piece if isinstance(piece, str) else _MARK for piece in found)
    return text, [piece for piece in found if isinstance(piece, Unknown)]


def _is_repository(hole: Unknown) -> bool:
    """Whether the hole is the address of an ECR repository, which has no tag."""
    return hole.exact and hole.refs[0].path[-1:] in {(name,) for name in _ECR_ADDRESS}
