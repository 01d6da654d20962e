"""Arguments that the configuration leaves to AWS."""

from __future__ import annotations

from auditor.resource import Node
from auditor.values import Unknown


def left_to_aws(node: Node, argument: str) -> bool:
    """Whether an argument is not set, so that AWS decides.

    A plan says so with a value that is known after apply and hangs on nothing but the resource
    itself. A live account always holds the value.
    """
    value = node.get(argument)
    if not isinstance(value, Unknown):
        return value is None
    return value.exact and value.refs[0].address == node.root.address
