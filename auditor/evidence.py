"""What a verdict rests on: the attributes that a rule read, with value, place and origin.

Nothing here is computed for a pass, and sensitive values are never looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from auditor.engine import Read
from auditor.redaction import hidden, redacted
from auditor.resource import Block, Blocks, Field, Finding, Location, Node, Resource, Step
from auditor.run import Evidence, known_parts, plain
from auditor.values import Path, Sensitive, Undetermined, Unknown, path_text

MOST = 24
"""Attributes shown for one finding; more are counted."""

LONGEST = 2000
"""Characters of one text that are kept: policies and scripts can be long."""

Traced = tuple[Location | None, list[Step]]
"""Where a value stands, and the steps on its way there, with files named from the repository."""

Trace = Callable[[Resource, Path], Traced]

_NOTHING: Any = object()


def evidence_for(
    reads: Sequence[Read],
    judged: Resource,
    trace: Trace,
    finding: Finding | None = None,
    *,
    hide: bool = False,
) -> tuple[list[Evidence], int]:
    """The evidence of a finding (or of a verdict without one), and how many more were left out.

    The deciding argument comes first. Reads of a container whose parts were read too are left out,
    and so are those of other elements than the one that the finding is about. `hide` shows no
    values at all, for rules that look for secrets.
    """
    kept = [read for read in reads if not finding or _concerns(read, finding)]
    inner = {(id(r.resource), r.path[:n]) for r in kept for n in range(1, len(r.path))}
    kept = [r for r in kept if (id(r.resource), r.path) not in inner]
    if finding:
        kept.sort(key=lambda read: not _decides(read, finding))  # stable: else in order of reading
        if finding.path and not any(_decides(read, finding) for read in kept):
            kept.insert(0, Read(finding.resource, finding.path))
    shown = [_shown(read, judged, trace) for read in kept[:MOST]]
    if hide:
        for each in shown:
            each.value, each.known = hidden(each.value), {}
    return shown, max(0, len(kept) - MOST)


def _decides(read: Read, finding: Finding) -> bool:
    return read.resource is finding.resource and read.path == finding.path


def _concerns(read: Read, finding: Finding) -> bool:
    """Whether a read is not of a sibling of the element that the finding is about."""
    if read.resource is not finding.resource:
        return True
    for mine, its in zip(finding.path, read.path, strict=False):
        if mine != its:
            return not (isinstance(mine, int) and isinstance(its, int))
    return True


def _shown(read: Read, judged: Resource, trace: Trace) -> Evidence:
    resource, path = read.resource, read.path
    value, origin = value_at(resource, path)
    location, via = trace(resource, path)
    return Evidence(
        attribute=path_text(path),
        value=redacted(_short(plain(value))),
        origin=origin,
        address="" if resource is judged else resource.address,
        location=location,
        via=via,
        known=redacted(_short(known_parts(value))),
    )


def value_at(resource: Resource, path: Path) -> tuple[Any, str]:
    """The value at a path and its origin: `set`, `default`, `computed` or `absent`.

    A value that may not be shown comes as `Sensitive`.
    """
    value: Any = resource.data
    for step in path:
        if isinstance(value, Sensitive):
            return value, "set"
        value = _part(value, step)
        if value is _NOTHING or value is None:
            return _filled_in(resource, path)
    as_field = _field_at(resource, path)
    if as_field is not None and as_field.sensitive and value is not None:
        return Sensitive(None), "set"
    return value, "set"


def _part(value: Any, step: str | int) -> Any:
    if isinstance(value, Unknown):
        known = value.entries if isinstance(step, str) else value.items
        return _part(known, step) if known is not None else value
    if isinstance(value, dict):
        return value.get(step, value if step == 0 else _NOTHING)
    if isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return _NOTHING


def _filled_in(resource: Resource, path: Path) -> tuple[Any, str]:
    """What stands for an argument that is not set: the provider's default, if its class says."""
    node, as_field = _node_at(resource, path), _field_at(resource, path)
    if node is None or as_field is None:
        return None, "absent"
    if resource.source == "live" and path[-1] not in node.data:
        return None, "absent"
    try:
        value = as_field.absent(node)
    except Undetermined as doubt:
        return doubt.causes[0], "default"
    if isinstance(value, Unknown) and as_field.computed:
        return value, "computed"
    return value, "absent" if value in (None, [], {}) else "default"


def _field_at(resource: Resource, path: Path) -> Field[Any] | None:
    owner: type[Node] = type(resource)
    as_field: Field[Any] | None = None
    for step in path:
        if isinstance(step, int):
            continue
        if as_field is not None:
            if not isinstance(as_field, Block | Blocks):
                return None
            owner = as_field.of
        as_field = next((f for f in owner.fields.values() if f.name == step), None)
        if as_field is None:
            return None
    return as_field


def _node_at(resource: Resource, path: Path) -> Node | None:
    """The resource or block that holds the last step of a path."""
    node: Any = resource
    for step in path[:-1]:
        if isinstance(step, int):
            if isinstance(node, list) and step < len(node):
                node = node[step]
        elif isinstance(node, Node):
            as_field = next((f for f in type(node).fields.values() if f.name == step), None)
            node = as_field.__get__(node, type(node)) if as_field else None
        else:
            return None
    return node if isinstance(node, Node) else None


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    return value
