"""What an instance starts with: what it says itself, else its launch template, else its region.

Sources: EC2 User Guide, "Instance metadata options order of precedence" and "Public IPv4
addresses"; AWS provider 5.100.0 documentation of `aws_instance`.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import zlib
from collections.abc import Iterator
from typing import Any

from auditor.resource import Resource
from auditor.services.autoscaling import LaunchConfiguration
from auditor.services.ec2 import (
    EipAssociation,
    Instance,
    LaunchTemplate,
    MetadataDefaults,
)
from auditor.services.left_out import left_to_aws
from auditor.services.vpc import DefaultSubnet, Eip, Subnet
from auditor.values import Undetermined, Unknown, all_of, any_of, some

Starter = Instance | LaunchTemplate | LaunchConfiguration
"""Whatever says what an instance starts with."""


def template_of(instance: Instance) -> LaunchTemplate | None:
    """The launch template that an instance names."""
    block = instance.launch_template
    if block is None:
        return None
    template: LaunchTemplate | None = block.follow("name" if block.id is None else "id")
    return template


# -- metadata -------------------------------------------------------------------------------------

METADATA = (LaunchTemplate, MetadataDefaults)
"""What `requires_tokens` reads."""


def requires_tokens(starter: Starter) -> bool:
    """Whether the metadata service wants a session token (IMDSv2), or is off."""
    options = None if left_to_aws(starter, "metadata_options") else starter.metadata_options
    if options is not None and options.http_endpoint == "disabled":
        return True
    if options is not None and not left_to_aws(options, "http_tokens"):
        return options.http_tokens == "required"
    template = template_of(starter) if isinstance(starter, Instance) else None
    if template is not None:
        return requires_tokens(template)
    return some(
        starter.everything(MetadataDefaults),
        lambda default: all_of(
            lambda: default.region == starter.region, lambda: default.http_tokens == "required"
        ),
    )


# -- public addresses -----------------------------------------------------------------------------

ADDRESSING = (LaunchTemplate, Subnet, DefaultSubnet, Eip, EipAssociation)
"""What `has_public_address` reads."""


def has_public_address(instance: Instance) -> bool:
    """Whether an instance has a public IPv4 address, of its own or an Elastic IP."""
    return any_of(
        lambda: _gets_address(instance),
        lambda: some(instance.related(Eip, "instance"), _is_there),
        lambda: some(instance.related(EipAssociation, "instance_id"), _is_there),
    )


def _is_there(_resource: Resource) -> bool:
    return True


def _gets_address(instance: Instance) -> bool:
    if not left_to_aws(instance, "associate_public_ip_address"):
        return instance.associate_public_ip_address
    if instance.network_interface:
        return False  # it takes the addresses of an interface that was made elsewhere
    template = template_of(instance)
    if template is not None and template.network_interfaces:
        return gives_address(template)
    if left_to_aws(instance, "subnet_id"):
        return True  # a default subnet, which hands out addresses
    subnet = instance.follow("subnet_id")
    return bool(subnet.map_public_ip_on_launch)


def gives_address(starter: LaunchTemplate | LaunchConfiguration) -> bool:
    """Whether a template or configuration says that its instances get a public address."""
    if isinstance(starter, LaunchConfiguration):
        if left_to_aws(starter, "associate_public_ip_address"):
            return False
        return starter.associate_public_ip_address
    return some(starter.network_interfaces, lambda each: each.associate_public_ip_address)


# -- user data ------------------------------------------------------------------------------------

_HASH = re.compile(r"[0-9a-f]{40}")
_MOST = 1 << 20


def user_data(starter: Starter) -> Any:
    """The text that instances run at their start: text, text with holes, or `None`.

    Raises `Undetermined` when only a hash of it is known (a state) or it is no text.
    """
    if isinstance(starter, LaunchTemplate):
        return _decoded(starter.user_data)
    if starter.user_data_base64 is not None:
        return _decoded(starter.user_data_base64)
    text = starter.user_data
    if isinstance(text, str) and _HASH.fullmatch(text):
        raise Undetermined(Unknown(because="only a hash of the user data is known here"))
    return text


def _decoded(encoded: Any) -> Any:
    if isinstance(encoded, Unknown) and encoded.parts and isinstance(encoded.parts[0], str):
        return _decoded_beginning(encoded.parts[0], encoded)
    if not isinstance(encoded, str):
        return encoded
    try:
        content = base64.b64decode(encoded, validate=False)
        if content[:2] == b"\x1f\x8b":
            content = zlib.decompressobj(wbits=31).decompress(content, _MOST)
        return content.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        raise Undetermined(Unknown(because="the user data is not text")) from None


def _decoded_beginning(encoded: str, whole: Unknown) -> Any:
    """Base64 of which only the beginning is known, as text with a hole at its end."""
    try:
        content = base64.b64decode(encoded[: len(encoded) // 4 * 4], validate=True)
    except binascii.Error:
        return whole
    # The last character may go on in the hole.
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(content)
    return Unknown(whole.refs, whole.because, parts=(text, Unknown(whole.refs, whole.because)))


_ASSIGNED = re.compile(r"""^[\s"'\-]*(?:export\s+|set\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*[=:]\s*""")


def assignments(text: Any) -> Iterator[tuple[str, Any]]:
    """What looks like a name and its value, line by line; other lines have an empty name.

    text: text, or text with holes. Raises `Undetermined` for one of which nothing is known.
    """
    for line in _lines(text):
        first = line if isinstance(line, str) else str(line.parts[0] if line.parts else "")
        named = _ASSIGNED.match(first)
        if named is None:
            yield "", line
        elif isinstance(line, str):
            yield named[1], _unquoted(line[named.end() :])
            yield "", line
        else:
            rest = (first[named.end() :].lstrip("\"'"), *(line.parts or ())[1:])
            yield named[1], _joined([p for p in rest if isinstance(p, Unknown) or p])


def _unquoted(value: str) -> str:
    return value.strip().rstrip(",;").strip("\"'")


def _lines(text: Any) -> Iterator[Any]:
    if isinstance(text, str):
        yield from text.splitlines()
        return
    if text.parts is None:
        text.undetermined()
    line: list[Any] = []
    for part in text.parts:
        if not isinstance(part, str):
            line.append(part)
            continue
        first, *rest = part.split("\n")
        line.append(first)
        for each in rest:
            yield _joined(line)
            line = [each]
    yield _joined(line)


def _joined(parts: list[Any]) -> Any:
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    if len(parts) == 1:
        return parts[0]
    refs = [ref for part in parts if isinstance(part, Unknown) for ref in part.refs]
    return Unknown(refs, parts=tuple(parts))
