"""Whether two values are the same thing, also where both are known only by reference.

`aws_iam_role.a.arn` and `aws_iam_role.b.arn` have no value before they exist, yet they are certain
to differ: two resources never share an ARN or id. `Unknown.__eq__` cannot say that, as two
references in general may well be equal.
"""

from __future__ import annotations

import re

from auditor.values import Ref, Unknown

_MODULES = re.compile(r'^(?:module\.[\w-]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)*')
_NO_OBJECT = ("var.", "local.", "each.", "count.", "self.", "path.", "output.", "module.")
_OWN = frozenset({"id", "arn", "execution_arn", "invoke_arn", "unique_id"})
"""Attributes that no two resources of a type share."""


def same(one: object, other: object) -> bool:
    """Whether both are the same value; raises `Undetermined` where that is not certain.

    References to the own id or ARN of two different resources are certainly not the same.
    """
    if isinstance(one, Unknown) and isinstance(other, Unknown):
        mine, its = own_reference(one), own_reference(other)
        if mine and its and mine.path == its.path and mine.address != its.address:
            return False
    if isinstance(other, Unknown) and not isinstance(one, Unknown):
        return other == one
    return one == other


def own_reference(value: Unknown) -> Ref | None:
    """The reference that the value is, if it is to the id or ARN of a managed resource."""
    if not value.exact or len(value.refs) != 1:
        return None
    ref = value.refs[0]
    if not is_object(ref) or _MODULES.sub("", ref.address).startswith("data."):
        return None
    return ref if len(ref.path) == 1 and ref.path[0] in _OWN else None


def is_object(ref: Ref) -> bool:
    """Whether a reference is to a resource or data source, not to a variable or the like."""
    address = _MODULES.sub("", ref.address)
    return "." in address and not address.startswith(_NO_OBJECT)
