"""Who a policy lets in from outside: other accounts, services on others' behalf, federations.

SOURCE: IAM user guide, "Create a role for OpenID Connect federation", "The confused deputy
problem"; GitHub Docs, "About security hardening with OpenID Connect" (subject claims), 2025.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from auditor.policy.conditions import SOURCE_KEYS, Condition
from auditor.policy.holes import Text, decide, filled, is_hole_mark
from auditor.policy.principals import Principal
from auditor.policy.statement import Statement
from auditor.values import Undetermined, Unknown, all_of, any_of, every, matching, some

_ACCOUNT_KEYS: Final = ("aws:PrincipalAccount", "kms:CallerAccount", "aws:PrincipalArn")
_EQUAL: Final = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnlike", "arnequals"}
)

GITHUB: Final = "token.actions.githubusercontent.com"

_SHARED_ISSUERS: Final = {
    # Issuers that everyone can get a token from, and the claim that says whose token it is.
    GITHUB: ":sub",
    "gitlab.com": ":sub",
    "app.terraform.io": ":sub",
    "agent.buildkite.com": ":sub",
    "oidc.circleci.com": ":aud",
    "api.bitbucket.org": ":aud",
    "oidc.vercel.com": ":sub",
    "oidc.fly.io": ":sub",
    "cognito-identity.amazonaws.com": ":aud",
    "accounts.google.com": ":aud",
    "www.amazon.com": ":app_id",
    "graph.facebook.com": ":app_id",
}
_FORGEABLE: Final = ("actor:", "actor_id:", "workflow:", "job_workflow_ref:", "ref:", "head_ref:")
"""GitHub claims that anyone's workflow can carry, wherever a customised subject begins with one."""


def lacks_source(statement: Statement, services: Iterable[str] | None) -> bool:
    """Whether it lets a service act for whomever it serves: no condition names the source."""
    names = None if services is None else frozenset(services)
    return all_of(
        statement.is_allow,
        lambda: some(statement.principals, lambda principal: _is_among(principal, names)),
        lambda: not some(statement.conditions, _names_source),
    )


def _is_among(principal: Principal, names: frozenset[str] | None) -> bool:
    if principal.kind != "Service":
        return False
    if names is None:
        return True
    return decide(principal.value, lambda text: _plain_service(text) in names, also=tuple(names))


def _plain_service(name: str) -> str:
    """The service's name without region or China's suffix: `logs.eu-west-1.amazonaws.com`."""
    fields = name.removesuffix(".cn").split(".")
    region = fields[1] if len(fields) == 4 else ""
    if is_hole_mark(region) or ("-" in region and region[-1:].isdigit()):
        del fields[1]
    return ".".join(fields)


def _names_source(condition: Condition) -> bool:
    return condition.is_on(*SOURCE_KEYS) and condition.name in _EQUAL


# -- other accounts --------------------------------------------------------------------------------


def is_foreign(
    statement: Statement,
    principal: Principal,
    account: Text | None,
    trusted: Iterable[str],
) -> bool:
    """Whether a principal of an Allow statement is of another account, or is everyone."""
    trusted = frozenset(trusted)
    if isinstance(principal.value, str) and principal.value in trusted:
        return False
    if isinstance(principal.account(), str) and principal.account() in trusted:
        return False
    if principal.is_anyone():
        return not _is_kept_to(statement, account, trusted)
    return not principal.belongs_to(account)


def _is_kept_to(statement: Statement, account: Text | None, trusted: frozenset[str]) -> bool:
    """Whether a statement for everyone is kept to the own and trusted accounts, or is pinned else.

    An organisation, network or source that a condition names is taken to be one's own.
    """
    naming = list(matching(statement.conditions, _names_accounts))
    if not naming:
        return statement.is_pinned()
    return some(
        naming,
        lambda condition: every(condition.values, lambda value: _is_ours(value, account, trusted)),
    )


def _names_accounts(condition: Condition) -> bool:
    return condition.is_on(*_ACCOUNT_KEYS) and condition.name in _EQUAL


def _is_ours(value: Text, account: Text | None, trusted: frozenset[str]) -> bool:
    named = Principal("AWS", value)
    if isinstance(value, str) and (value in trusted or named.account() in trusted):
        return True
    return named.belongs_to(account)


# -- federation ------------------------------------------------------------------------------------


def federation_problem(statement: Statement) -> str | None:
    """What is wrong with how an Allow statement trusts an identity provider; None if nothing.

    Raises `Undetermined` where that hangs on a value that is not known.
    """
    if not statement.is_allow():
        return None
    doubts: list[Unknown] = []
    for principal in statement.principals:
        if principal.kind != "Federated":
            continue
        try:
            problem = _provider_problem(statement, principal)
        except Undetermined as open_question:
            doubts += open_question.causes
            continue
        if problem:
            return problem
    if doubts:
        raise Undetermined(*doubts)
    return None


def _provider_problem(statement: Statement, principal: Principal) -> str | None:
    name = filled(principal.value)
    if ":saml-provider/" in name or statement.covers_action("sts:AssumeRoleWithSAML"):
        if statement.has_condition_on("SAML:aud", "SAML:iss", "SAML:sub", "SAML:namequalifier"):
            return None
        return "trusts a SAML provider without a condition on SAML:aud"
    if principal.is_anyone():
        return "trusts every identity provider"
    issuer = name.partition(":oidc-provider/")[2] or name
    if issuer.startswith(GITHUB) or _looks_like_github(statement):
        return github_problem(statement)
    claim = next((c for shared, c in _SHARED_ISSUERS.items() if issuer.startswith(shared)), None)
    if claim is None:
        return _private_issuer_problem(statement)
    if some(statement.conditions, lambda c: _is_claim(c, claim) and _limits(c)):
        return None
    return f"trusts {issuer}, which everyone can use, without a condition on {claim[1:]}"


def _private_issuer_problem(statement: Statement) -> str | None:
    """An issuer of one's own (an EKS cluster, an identity server): some claim must be asked for."""
    claims = (":sub", ":aud", ":amr", ":email", ":oaud")
    if some(statement.conditions, lambda c: any_of(*(lambda k=k: _is_claim(c, k) for k in claims))):
        return None
    return "trusts every token of the identity provider: no condition on its sub or aud claim"


def _looks_like_github(statement: Statement) -> bool:
    """Whether a condition shows a provider that is not known to be GitHub's."""
    return some(
        statement.conditions,
        lambda condition: (
            filled(condition.key).lower().startswith(f"{GITHUB}:")
            or (
                _is_claim(condition, ":sub")
                and some(condition.values, lambda value: filled(value).startswith("repo:"))
            )
        ),
    )


def _is_claim(condition: Condition, claim: str) -> bool:
    """Whether the condition is on the claim (`:sub`) of whichever provider."""
    return filled(condition.key).lower().endswith(claim)


def _limits(condition: Condition) -> bool:
    """Whether the condition asks for something: an equality whose values are not all `*`."""
    if condition.name not in _EQUAL or condition.holds_without_key():
        return False
    return not some(condition.values, lambda value: decide(value, _is_open))


def _is_open(value: str) -> bool:
    return not value.strip("*?")


def github_problem(statement: Statement) -> str | None:
    """What is wrong with a statement that trusts GitHub Actions; None if nothing.

    Right is an equality (`StringEquals`, `StringLike`) on the subject, each value of which names
    the owner without a wildcard: `repo:octo-org/octo-repo:ref:refs/heads/main`, `repo:octo-org/*`.
    """
    subjects = [c for c in statement.conditions if _is_claim(c, ":sub")]
    limiting = [c for c in subjects if c.name in _EQUAL and not c.holds_without_key()]
    if not limiting:
        return f"trusts every repository on GitHub: no condition on {GITHUB}:sub"
    doubts: list[Unknown] = []
    problems: list[str] = []
    for condition in limiting:
        try:
            problem = _subjects_problem(condition)
        except Undetermined as open_question:
            doubts += open_question.causes
            continue
        if problem is None:
            return None
        problems.append(problem)
    if doubts:
        raise Undetermined(*doubts)
    return problems[0]


def _subjects_problem(condition: Condition) -> str | None:
    wild = condition.name in {"stringlike", "arnlike", "arnequals"}
    for value in condition.values:
        for shown, problem in (
            ("names no owner", lambda text: _owner_is_open(text, wild)),
            ("begins with a claim that anyone can set", _is_forgeable),
        ):
            if decide(value, problem, also=("owner/name",)):
                return f'trusts a GitHub subject that {shown}: "{value}"'
    return None


def _owner_is_open(subject: str, wild: bool) -> bool:
    """Whether the owner in a subject is missing or has a wildcard in it."""
    if not wild:
        return False
    kind, colon, rest = subject.partition(":")
    if not colon or "*" in kind or "?" in kind:
        return True
    if kind not in {"repo", "repository", "repository_owner", "enterprise", "organization"}:
        return False
    owner, slash, _ = rest.partition("/" if kind in {"repo", "repository"} else ":")
    if kind in {"repo", "repository"} and not slash:
        return True
    return not owner or "*" in owner or "?" in owner


def _is_forgeable(subject: str) -> bool:
    return subject.startswith(_FORGEABLE) and ":repo:" not in subject
