"""Strings with holes: what is known of a string that Terraform could not finish.

A policy's strings are `Text`: a `str`, or an `Unknown` whose `parts` (if any) are its known pieces.
Not every hole is equally unknown. `aws_s3_bucket.logs.arn` has no value before the bucket exists,
yet it will never be `*`: AWS makes ARNs and ids, and none holds a wildcard. Such holes are
*concrete*. `var.bucket` could be anything, `*` too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import product

from auditor.values import Ref, Undetermined, Unknown

Text = str | Unknown
"""A string of a policy: known, or an `Unknown` with the pieces that are known."""

_MODULE = re.compile(r'^(?:module\.[\w-]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)+')
_NOT_AN_OBJECT = frozenset({"var", "local", "each", "count", "path", "self", "output"})
_CONCRETE_NAMES = frozenset(
    {
        *("arn", "id", "account_id", "unique_id", "name", "bucket", "region", "url", "endpoint"),
        *("domain_name", "dns_name", "hosted_zone_id", "workspace", "repository_url"),
        *("public_ip", "private_ip", "cidr_block", "ipv6_cidr_block"),
        *("result", "hex", "dec", "b64_url"),  # of the random provider
    }
)
_MARK = "\ue000"
"""Stands for a concrete hole inside a string: no wildcard, no letter that a pattern names."""

_MOST_ALTERNATIVES = 16


def _object_address(ref: Ref) -> str:
    """The address without the modules that lead to it: `data.aws_region.current`."""
    return _MODULE.sub("", ref.address)


def _single_ref(hole: Unknown) -> tuple[str, str]:
    """Address (without modules) and last attribute of a hole that is one reference, else blanks."""
    if not hole.exact or len(hole.refs) != 1:
        return "", ""
    steps = [step for step in hole.refs[0].path if isinstance(step, str)]
    return _object_address(hole.refs[0]), steps[-1] if steps else ""


def is_concrete(hole: Unknown) -> bool:
    """Whether the hole will be a string without wildcards: an ARN, id or name of a resource."""
    address, attribute = _single_ref(hole)
    if not address or address.partition(".")[0] in _NOT_AN_OBJECT:
        return False
    return attribute in _CONCRETE_NAMES or attribute.endswith(("_arn", "_id"))


def is_own_account(hole: Unknown) -> bool:
    """Whether the hole is the account that Terraform runs in (`aws_caller_identity`)."""
    address, attribute = _single_ref(hole)
    if address.startswith("data.aws_caller_identity."):
        return attribute in {"account_id", "id"}
    return address.startswith("data.aws_canonical_user_id.") or (
        address.startswith("aws_") and attribute in {"account_id", "owner_id"}
    )


def is_own_principal(hole: Unknown) -> bool:
    """Whether the hole is a user, role or provider of the account that Terraform runs in."""
    address, attribute = _single_ref(hole)
    if address.startswith("data.aws_caller_identity."):
        return attribute == "arn"
    return address.startswith(("aws_iam_", "data.aws_iam_"))


def is_aws_account(hole: Unknown) -> bool:
    """Whether the hole names an account that AWS owns, such as the one that writes ELB logs."""
    address, attribute = _single_ref(hole)
    if re.match(r"data\.aws_(elb|redshift|cloudtrail|billing)_service_account\.", address):
        return True
    return address.startswith(("aws_cloudfront_origin_access_identity.",)) or (
        attribute == "s3_canonical_user_id"
    )


def _known_instead(hole: Unknown) -> str | None:
    """The text of a hole that is as good as known: the partition, `aws` where nothing says else."""
    address, attribute = _single_ref(hole)
    if address.startswith("data.aws_partition."):
        return {"partition": "aws", "id": "aws", "dns_suffix": "amazonaws.com"}.get(attribute)
    return None


def pieces(text: Text) -> tuple[str | Unknown, ...]:
    """The string as known pieces and holes, nested holes opened, empty pieces dropped."""
    found: list[str | Unknown] = []
    for piece in _flat(text):
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        elif piece != "" if isinstance(piece, str) else True:
            found.append(piece)
    return tuple(found)


def _flat(text: Text) -> Iterator[str | Unknown]:
    if isinstance(text, str):
        yield text
        return
    known = _known_instead(text)
    if known is not None:
        yield known
    elif text.parts is None:
        yield text
    else:
        for part in text.parts:
            yield from _flat(part)


def join(parts: Iterable[str | Unknown]) -> Text:
    """One string of pieces: a `str` when all are known, the hole itself when it is alone."""
    found = pieces(Unknown(parts=tuple(parts)))
    if not found:
        return ""
    if len(found) == 1:
        return found[0]
    holes = [piece for piece in found if isinstance(piece, Unknown)]
    return Unknown((ref for hole in holes for ref in hole.refs), _because(holes), parts=found)


def _because(holes: list[Unknown]) -> str | None:
    return next((hole.because for hole in holes if hole.because), None)


def holes_in(text: Text) -> list[Unknown]:
    """The holes of a string, in order."""
    return [piece for piece in pieces(text) if isinstance(piece, Unknown)]


def key_of(hole: Unknown) -> object:
    """Equal for holes that certainly have the same value."""
    return hole.refs if hole.exact and hole.refs else id(hole)


def alternatives(text: Text) -> list[Text]:
    """The strings that it may be, where it is a choice (branches of a conditional), else itself."""
    if isinstance(text, str):
        return [text]
    choices: list[list[str | Unknown]] = []
    for piece in pieces(text):
        options = piece.one_of if isinstance(piece, Unknown) else None
        whole = options and all(isinstance(option, str | Unknown) for option in options)
        choices.append(list(options) if whole and options else [piece])
    count = 1
    for options_here in choices:
        count *= len(options_here)
    if count == 1 or count > _MOST_ALTERNATIVES:
        return [text]
    return [join(chosen) for chosen in product(*choices)]


def decide(text: Text, claim: Callable[[str], bool], also: tuple[str, ...] = ()) -> bool:
    """Whether the claim holds of the string, whatever fills its holes.

    Tries the string with each open hole as a plain word, as `*`, and as each of `also`: name there
    what else would change the answer. Raises `Undetermined` when they disagree.
    """
    if isinstance(text, str):
        return claim(text)
    fillings = (_MARK, "*", *also)
    answers = {
        claim(filled(option, filling)) for option in alternatives(text) for filling in fillings
    }
    if len(answers) > 1:
        raise Undetermined(*holes_in(text))
    return answers.pop()


def filled(text: Text, filling: str = _MARK) -> str:
    """The string with each open hole filled so, and each concrete one by a plain word."""
    return "".join(
        piece if isinstance(piece, str) else _MARK if is_concrete(piece) else filling
        for piece in pieces(text)
    )


def is_hole_mark(text: str) -> bool:
    """Whether a string given to a `decide` claim holds the mark of a hole filled by a word."""
    return _MARK in text
