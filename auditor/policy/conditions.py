"""When a statement holds: the `Condition` element, and which conditions pin who may come.

A condition *pins* a statement that names everyone when it ties it to fixed accounts, organisations,
networks or resources. What does not: a wildcard where the account should stand, a policy variable,
an operator with `IfExists` or `ForAllValues` (true when the key is missing), a negated operator.

SOURCE: Amazon S3 user guide, "Blocking public access", section "The meaning of public"; IAM user
guide, "Condition operators", "Multivalued context keys", "Global condition context keys"; Amazon
EFS user guide, "Blocking public access".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from auditor.policy.holes import Text, decide, is_hole_mark
from auditor.policy.patterns import same
from auditor.records import dataclass
from auditor.values import Undetermined, Unknown, all_of, every, some

_POSITIVE = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
)
_NEGATED = frozenset(
    {
        *("stringnotequals", "stringnotequalsignorecase", "stringnotlike"),
        *("arnnotequals", "arnnotlike", "notipaddress"),
    }
)
_WILD = frozenset(
    {"stringlike", "arnequals", "arnlike", "stringnotlike", "arnnotequals", "arnnotlike"}
)
_Fixed = Callable[[Text, bool], bool]
"""Whether a value is a fixed one; the flag says that the operator expands wildcards."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator, key and its values.

    operator: as written without its affixes (`StringLike`), or an `Unknown`.
    quantifier: `ForAllValues`, `ForAnyValue` or "". if_exists: the `…IfExists` form.
    key: as written; keys have no case. values: joined by "or"; an `Unknown` where the list is one.
    """

    operator: Text
    quantifier: str
    if_exists: bool
    key: Text
    values: tuple[Text, ...] | Unknown
    offset: int = -1

    @property
    def name(self) -> str:
        """The operator in lower case; raises `Undetermined` for one that is not known."""
        if isinstance(self.operator, Unknown):
            self.operator.undetermined()
        return self.operator.lower()

    def is_on(self, *keys: str) -> bool:
        """Whether the condition is on one of these keys (`aws:SourceArn`), whatever their case."""
        return some(keys, lambda key: same(self.key, key, fold=True))

    def has_value(self, *values: str) -> bool:
        """Whether one of the values is one of these, whatever the case, wildcards not expanded."""
        return some(self.values, lambda v: some(values, lambda want: same(v, want, fold=True)))

    def is_negated(self) -> bool:
        """Whether the operator is a "not" (`StringNotEquals`, `NotIpAddress`…)."""
        return self.name in _NEGATED

    def holds_without_key(self) -> bool:
        """Whether the condition is true of a request that does not carry the key."""
        return self.if_exists or self.quantifier == "ForAllValues" or self.is_negated()

    def is_fixed(self, also: Iterable[str] = ()) -> bool:
        """Whether the key says who or where from, and every value is a fixed one.

        also: further keys that count as such. Says nothing of the operator.
        """
        wild = self.name in _WILD
        if isinstance(self.key, str):
            fixed = _FIXED.get(self.key.lower())
            if fixed is None:
                fixed = _whole if self.is_on(*also) else None
            return fixed is not None and self._every(fixed, wild)
        known = {key: fixed for key, fixed in _FIXED.items() if _could_be(self.key, key)}
        if known or any(_could_be(self.key, key) for key in also):
            self.key.undetermined()
        return False

    def _every(self, fixed: _Fixed, wild: bool) -> bool:
        if isinstance(self.values, Unknown) and not wild and fixed is not _network:
            # Without wildcards each value is one value, whichever it will be.
            return every(self.values.items or (), lambda value: fixed(value, wild))
        return every(self.values, lambda value: fixed(value, wild))

    def pins(self, also: Iterable[str] = ()) -> bool:
        """Whether it alone ties the request to fixed accounts, networks or resources."""
        if self.name == "bool":
            return self.is_on("elasticfilesystem:AccessedViaMountTarget") and self.has_value("true")
        return self.name in _POSITIVE and self.is_fixed(also)

    def excludes_all_but(self) -> bool:
        """Whether a Deny under it spares only fixed principals, accounts or networks."""
        return self.is_negated() and self.quantifier != "ForAnyValue" and self.is_fixed()


def pinned(conditions: Iterable[Condition], also: Iterable[str] = ()) -> bool:
    """Whether conditions that must all hold tie an Allow to fixed principals or networks."""
    conditions = conditions if isinstance(conditions, Unknown) else tuple(conditions)
    return some(
        conditions,
        lambda condition: all_of(
            lambda: condition.pins(also),
            lambda: not condition.holds_without_key() or _key_must_exist(condition, conditions),
        ),
    )


def _key_must_exist(condition: Condition, conditions: Iterable[Condition]) -> bool:
    """Whether `"Null": {key: "false"}` stands beside it."""
    if isinstance(condition.key, Unknown):
        return False
    key = condition.key
    return some(
        conditions,
        lambda other: other.name == "null" and other.is_on(key) and other.has_value("false"),
    )


# -- which values are fixed ---------------------------------------------------------------------

_OWN_VARIABLES = re.compile(r"\$\{aws:Resource(?:Account|OrgID|OrgPaths)\}", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(?![*?$]\})")


def _no_wildcard(text: str, wild: bool) -> bool:
    """Whether a string names one thing: no policy variable, no wildcard where those count."""
    text = _OWN_VARIABLES.sub("own", text)
    if _VARIABLE.search(text):
        return False
    return not (wild and ("*" in text or "?" in text))


def _whole(value: Text, wild: bool) -> bool:
    if not wild and isinstance(value, Unknown):
        return True  # without wildcards every value is one value
    return decide(value, lambda text: _no_wildcard(text, wild))


def _before(mark: str) -> _Fixed:
    """Fixed up to a mark: `o-1a2b/*` is an organisation, `AROA1234:*` is a role."""

    def fixed(value: Text, wild: bool) -> bool:
        if not wild and isinstance(value, Unknown):
            return True
        return decide(value, lambda text: _no_wildcard(text.partition(mark)[0], wild))

    return fixed


def _arn(value: Text, wild: bool) -> bool:
    if not wild and isinstance(value, Unknown):
        return True
    return decide(value, lambda text: _arn_is_fixed(text, wild))


def _arn_is_fixed(text: str, wild: bool) -> bool:
    """Whether an ARN pattern stays within one account or one bucket (bucket names are global)."""
    if _no_wildcard(text, wild):
        return True
    fields = text.split(":", 5)
    if len(fields) < 6:
        # A resource's own ARN with something behind it, `(aws_s3_bucket.b.arn)/*`, is fixed.
        return is_hole_mark(fields[0]) and not _VARIABLE.search(text)
    account, name = fields[4], fields[5].partition("/")[0]
    return _no_wildcard(account or name, wild)


def _network(value: Text, _wild: bool) -> bool:
    return decide(value, _is_narrow_network)


def _is_narrow_network(cidr: str) -> bool:
    """S3 takes ranges wider than /8 (IPv4) and /32 (IPv6) for public, private ranges aside."""
    if is_hole_mark(cidr):
        return True
    if "*" in cidr or _VARIABLE.search(cidr):
        return False
    from ipaddress import ip_network

    try:
        network = ip_network(cidr.strip(), strict=False)
    except ValueError:
        return True  # matches no request
    if network.prefixlen == 0:
        return False
    return network.prefixlen >= (8 if network.version == 4 else 32) or network.is_private


_PINS: Final[dict[str, _Fixed]] = {
    **dict.fromkeys(
        (
            *("aws:PrincipalAccount", "aws:SourceAccount", "aws:SourceOwner", "kms:CallerAccount"),
            *("aws:PrincipalOrgID", "aws:SourceOrgID", "aws:VpceAccount", "aws:VpceOrgID"),
            *("aws:SourceVpc", "aws:SourceVpce", "s3:DataAccessPointAccount"),
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
        ),
        _whole,
    ),
    **dict.fromkeys(
        ("aws:PrincipalOrgPaths", "aws:SourceOrgPaths", "aws:VpceOrgPaths"), _before("/")
    ),
    "aws:userid": _before(":"),
    **dict.fromkeys(
        (
            *("aws:SourceArn", "aws:PrincipalArn", "aws:SourceVpcArn", "s3:DataAccessPointArn"),
            "elasticfilesystem:AccessPointArn",
        ),
        _arn,
    ),
    "aws:SourceIp": _network,
}

_FIXED: Final = {key.lower(): fixed for key, fixed in _PINS.items()}


def _could_be(key: Unknown, name: str) -> bool:
    try:
        return same(key, name, fold=True)
    except Undetermined:
        return True


SOURCE_KEYS: Final = (
    *("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"),
    "aws:SourceOwner",
)
"""Keys that tie a service's call to the resource or account on whose behalf it comes.

SOURCE: IAM user guide, "The confused deputy problem" (2025)."""
