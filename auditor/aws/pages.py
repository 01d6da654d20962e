"""Pages: how each listing call is continued, and when its pages cannot be trusted to be all.

botocore's own definitions say how (`paginators-1.json`); calls that it has none for are continued
by the token that their reply and their parameters have in common. A listing that ends without
AWS saying so is never taken for complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Reply = Mapping[str, Any]
Send = Callable[[Mapping[str, Any]], Reply]

MOST_EMPTY_PAGES = 50
"""Pages without an element in a row. AWS sends some where it filters, never this many."""

MOST_PAGES = 20_000


class EndlessPages(Exception):  # noqa: N818 - how a listing went, see `errors`
    """A token came again, or the pages stay empty."""


class IncompleteReply(Exception):  # noqa: N818
    """A reply that is not all of what AWS sent, or says that there is more but not where."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How a call is continued.

    inputs, outputs: parameters, and where in the reply their next values are (JMESPath).
    more: where the reply says whether there is more; `None` if only a token says so.
    size: the parameter for elements per page. keys: where the elements are.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    more: str | None = None
    size: str | None = None
    keys: tuple[str, ...] = ()

    def next(self, reply: Reply) -> dict[str, Any]:
        """The parameters of the next page; empty after the last one."""
        more = None if self.more is None else find(reply, self.more)
        if self.more is not None and not more:
            return {}
        found = {
            name: value
            for name, where in zip(self.inputs, self.outputs, strict=True)
            if (value := find(reply, where)) not in (None, "")
        }
        if more and not found:
            raise IncompleteReply("the reply says that there is more, but not where")
        return found


def paging_of(client: Any, method: str) -> Paging | None:
    """How `method` of a botocore client is continued; `None` where it answers all at once."""
    operation = client.meta.method_to_api_mapping[method]
    model = client.meta.service_model.operation_model(operation)
    if client.can_paginate(method):
        config = client.get_paginator(method)._pagination_cfg
        return Paging(
            _texts(config["input_token"]),
            _texts(config["output_token"]),
            config.get("more_results"),
            config.get("limit_key"),
            _texts(config.get("result_key", [])),
        )
    given = model.input_shape.members if model.input_shape else {}
    got = model.output_shape.members if model.output_shape else {}
    for where in _places(got):
        for name in _TOKENS.get(where.rpartition(".")[2], ()):
            if name in given:
                size = next((s for s in _SIZES if s in given), None)
                return Paging((name,), (where,), None, size, tuple(_elements(got)))
    return None


def _places(members: Mapping[str, Any]) -> Iterator[str]:
    """Every text in a reply: at its top, then in the structures there (CloudFront's listings)."""
    yield from (name for name, shape in members.items() if shape.type_name == "string")
    for name, shape in members.items():
        if shape.type_name == "structure":
            inner = shape.members.items()
            yield from (f"{name}.{n}" for n, s in inner if s.type_name == "string")


def _elements(members: Mapping[str, Any]) -> Iterator[str]:
    """Where a reply has lists and maps: at its top, or in a structure there."""
    for name, shape in members.items():
        if shape.type_name in ("list", "map"):
            yield name
        elif shape.type_name == "structure":
            inner = shape.members.items()
            yield from (f"{name}.{n}" for n, s in inner if s.type_name in ("list", "map"))


_TOKENS: Mapping[str, tuple[str, ...]] = {
    "NextToken": ("NextToken",),
    "nextToken": ("nextToken",),
    "NextMarker": ("NextMarker", "Marker"),
    "nextMarker": ("marker", "nextMarker"),
    "NextPageToken": ("NextPageToken", "PageToken"),
    "Marker": ("Marker",),
    "position": ("position",),
}
_SIZES = ("MaxResults", "maxResults", "Limit", "limit", "MaxItems", "MaxRecords", "PageSize")


def pages(
    send: Send, paging: Paging | None, arguments: Mapping[str, Any], key: str
) -> Iterator[Reply]:
    """Every page of a listing.

    key: where the elements are, to see that the pages do bring some. Raises `EndlessPages` or
    `IncompleteReply` for a listing that cannot be complete.
    """
    seen: set[str] = set()
    empty = 0
    following: Mapping[str, Any] = {}
    while True:
        reply = send({**arguments, **following})
        following = paging.next(reply) if paging else {}
        yield reply
        if not following:
            return
        token = repr(sorted(following.items()))
        if token in seen:
            raise EndlessPages("the same token came twice")
        seen.add(token)
        empty = 0 if find(reply, key) else empty + 1
        if empty >= MOST_EMPTY_PAGES or len(seen) >= MOST_PAGES:
            raise EndlessPages(f"{empty} empty pages in a row, {len(seen)} in all")


def merged(replies: list[Reply], paging: Paging | None) -> Reply:
    """One reply of all pages of a call that is asked, not listed: its lists and maps joined.

    Raises `IncompleteReply` where there are several and nothing in them can be joined.
    """
    if len(replies) == 1 or paging is None:
        return replies[0]
    whole = dict(replies[0])
    joined = [_join(whole, key.split("."), replies) for key in paging.keys]
    if not any(joined):
        raise IncompleteReply("there is more than one page, and nothing to join")
    return whole


def _join(whole: dict[str, Any], path: list[str], replies: Sequence[Any]) -> bool:
    """Puts what all replies have at a path into `whole`; whether there was something."""
    name, *below = path
    parts = [reply[name] for reply in replies if reply.get(name) is not None]
    if not parts:
        return False
    if below:
        whole[name] = dict(parts[0])
        return _join(whole[name], below, parts)
    if isinstance(parts[0], dict):
        whole[name] = {key: value for part in parts for key, value in part.items()}
    elif isinstance(parts[0], list):
        whole[name] = [item for part in parts for item in part]
    return isinstance(parts[0], dict | list)


def find(reply: Any, where: str) -> Any:
    """What is at a JMESPath in a reply; `None` if nothing."""
    if where.isidentifier():
        return reply.get(where)
    import jmespath  # type: ignore[import-untyped]

    return jmespath.search(where, reply)


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
