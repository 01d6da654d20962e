"""Who a statement is for: the `Principal` element, read.

SOURCE: IAM user guide, "AWS JSON policy elements: Principal": `"*"` and `{"AWS": "*"}` are both
everyone; an account is its id or `arn:aws:iam::<id>:root`; a pattern inside an ARN is refused, so
one that is seen is taken as everyone it could mean.
"""

from __future__ import annotations

import re

from auditor.policy.holes import (
    Text,
    decide,
    filled,
    is_aws_account,
    is_own_account,
    is_own_principal,
    pieces,
)
from auditor.records import dataclass
from auditor.values import Undetermined, Unknown

_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:[^:]*:([^:]*):[^:]*:([^:]*):(.*)", re.DOTALL)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_ANY_ACCOUNT = "0" * 12
_ROOT_MARK = "\ue001"  # stands for the account that Terraform runs in

ELB_LOG_ACCOUNTS = frozenset(
    """127311923021 033677994240 027434742980 797873946194 098369216593 754344448648 589379963580
    718504428378 383597477331 600734575887 114774131450 783225319266 582318560864 985666609251
    054676820928 156460612806 652711504416 635631232127 009996457667 897822967062 076674570225
    507241528517""".split()  # noqa: SIM905 - a table reads better than a list of quotes
)
"""AWS's own accounts that write load balancer logs into buckets.

SOURCE: Elastic Load Balancing user guide, "Enable access logs", regions before August 2022."""


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal. kind: `AWS`, `Service`, `Federated`, `CanonicalUser` or `*`.

    value: the name, ARN, id or `*`. position: its place among the statement's principals.
    """

    kind: Text
    value: Text
    position: int = 0

    def __str__(self) -> str:
        return str(self.value)

    def is_anyone(self) -> bool:
        """Whether this is everyone: `*`, or an ARN whose account is a wildcard."""
        if self.kind in ("Service", "CanonicalUser"):
            return False
        if _names_any_account(filled(self.value)):
            return True
        return decide(self.value, lambda text: bool(text) and not text.strip("*"))

    def is_service(self, *names: str) -> bool:
        """Whether this is an AWS service (one of these, when names are given)."""
        if self.kind != "Service":
            return False
        return not names or any(self.value == name for name in names)

    def is_account_root(self) -> bool:
        """Whether this is a whole account: its id, or `arn:aws:iam::<id>:root`."""
        if self.kind != "AWS":
            return False
        text = _with_own_account(self.value)
        if isinstance(text, str):
            return _is_root(text)
        # A hole that is one role or user is no account; any other could be.
        holes = [piece for piece in pieces(text) if isinstance(piece, Unknown)]
        if any(is_own_principal(hole) or is_aws_account(hole) for hole in holes):
            return False
        return decide(text, _is_root, also=("root",) if len(pieces(text)) > 1 else (_ANY_ACCOUNT,))

    def account(self) -> str | Unknown | None:
        """The account that it belongs to: 12 digits, or the `Unknown` that it hangs on.

        None where it has none: everyone, a service, a canonical user, a unique id (`AIDA…`, what
        remains of a deleted principal). Holes of the account that Terraform runs in are returned as
        they are: ask `is_own`.
        """
        if self.kind not in ("AWS", "Federated"):
            return None
        text = self.value
        if isinstance(text, str):
            arn = _ARN.fullmatch(text)
            account = arn.group(2) if arn else text
            return account if _ACCOUNT.fullmatch(account) else None
        return text

    def belongs_to(self, account: Text | None) -> bool:
        """Whether it is of this account. account: 12 digits, or None where it is not known.

        A hole of `aws_caller_identity` and a role of this configuration are of the own account.
        Services, AWS's own log accounts and what remains of deleted principals belong to nobody
        who could use them, and count as own. Raises `Undetermined` where that cannot be said.
        """
        if self.kind == "Service":
            return True
        if self.kind == "CanonicalUser":
            return self._is_own_canonical()
        text = _with_own_account(self.value)
        if isinstance(text, str):
            return _belongs(text, account)
        holes = [piece for piece in pieces(text) if isinstance(piece, Unknown)]
        if any(is_own_principal(hole) or is_aws_account(hole) for hole in holes):
            return True
        known = _ARN.match("".join(p if isinstance(p, str) else "\ue000" for p in pieces(text)))
        if known and _ACCOUNT.fullmatch(known.group(2)):
            return _belongs(known.group(), account)
        raise Undetermined(*holes)

    def _is_own_canonical(self) -> bool:
        if isinstance(self.value, Unknown):
            if is_own_account(self.value) or is_aws_account(self.value):
                return True
            raise Undetermined(self.value)
        raise Undetermined(
            Unknown(because=f"the account behind canonical user {self.value[:12]}… is not known")
        )

    def is_unique_id(self) -> bool:
        """Whether AWS has replaced a deleted principal by its unique id (`AIDA…`, `AROA…`)."""
        return isinstance(self.value, str) and _UNIQUE_ID.fullmatch(self.value) is not None


def _names_any_account(text: str) -> bool:
    fields = text.split(":", 5)
    return len(fields) == 6 and fields[2] in {"iam", "sts"} and bool({"*", "?"} & {*fields[4]})


def _with_own_account(text: Text) -> Text:
    """The string with the holes of the own account filled by a mark."""
    if isinstance(text, str):
        return text
    filled = [
        _ROOT_MARK if isinstance(p, Unknown) and is_own_account(p) else p for p in pieces(text)
    ]
    if all(isinstance(piece, str) for piece in filled):
        return "".join(str(piece) for piece in filled)
    return Unknown(text.refs, text.because, parts=tuple(filled))


def _is_root(text: str) -> bool:
    if _ACCOUNT.fullmatch(text) or text == _ROOT_MARK:
        return True
    arn = _ARN.fullmatch(text)
    return arn is not None and arn.group(1) == "iam" and arn.group(3) == "root"


def _belongs(text: str, account: Text | None) -> bool:
    """Whether a known name (the own account marked) belongs to the account."""
    arn = _ARN.fullmatch(text)
    owner = arn.group(2) if arn else text
    if owner == _ROOT_MARK or owner in ELB_LOG_ACCOUNTS or _UNIQUE_ID.fullmatch(owner):
        return True
    if owner in {"", "cloudfront", "aws"}:
        return True  # arn:aws:iam::cloudfront:user/…, an origin access identity
    if not _ACCOUNT.fullmatch(owner):
        return "." in text  # a public identity provider such as accounts.google.com
    if account is None:
        raise Undetermined(Unknown(because="the own account's id is not known"))
    if isinstance(account, Unknown):
        raise Undetermined(account)
    return owner == account
