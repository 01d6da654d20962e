"""What a policy refuses: Deny statements that close, narrow or lock something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from auditor.policy.conditions import Condition
from auditor.policy.holes import Text, decide, join, pieces
from auditor.policy.statement import Statement, covers_all_of, is_absent
from auditor.records import dataclass
from auditor.values import Undetermined, Unknown, all_of, any_of, every, some

Statements = tuple[Statement, ...] | Unknown

_BUCKET = "arn:aws:s3:::"


def denied(statements: Iterable[Statement], action: Text, resource: Text) -> bool:
    """Whether everyone is refused this action (or pattern) on this resource, unconditionally."""
    return some(
        statements,
        lambda deny: all_of(
            deny.is_deny,
            deny.applies_always,
            lambda: deny.covers_action(action),
            lambda: deny.covers_resource(resource),
        ),
    )


def denied_whole(statements: Iterable[Statement], allow: Statement, action: Text) -> bool:
    """Whether what a statement allows of this action is refused again, on all its resources."""
    return some(
        statements,
        lambda deny: all_of(
            deny.is_deny,
            deny.applies_always,
            lambda: deny.covers_action(action),
            lambda: _covers_its_resources(deny, allow),
        ),
    )


def _covers_its_resources(deny: Statement, allow: Statement) -> bool:
    if is_absent(allow.resources):
        return deny.is_on_star()
    return every(allow.resources, deny.covers_resource)


# -- TLS -----------------------------------------------------------------------------------------


def denies_insecure_transport(
    statements: Iterable[Statement], actions: Sequence[str], resources: Sequence[Text] | None
) -> bool:
    """See `Policy.denies_insecure_transport`."""
    return _refuses_everywhere(statements, actions, resources, demands_tls)


def _refuses_everywhere(
    statements: Iterable[Statement],
    actions: Sequence[str],
    resources: Sequence[Text] | None,
    when: Callable[[Condition], bool],
) -> bool:
    """Whether Deny statements with that one condition cover all actions on all resources."""
    fitting, doubts = _sorted_out(statements, lambda deny: _refuses_when(deny, when))
    wanted = resources if resources is not None else _targets(fitting, actions)
    targets: Sequence[Text | None] = wanted or (None,)

    def is_refused(action: str, target: Text | None) -> bool:
        return some(
            fitting,
            lambda deny: all_of(
                lambda: deny.covers_action(action),
                lambda: target is None or deny.covers_resource(target),
            ),
        )

    pairs = [(action, target) for action in actions for target in targets]
    try:
        covered = every(pairs, lambda pair: is_refused(*pair))
    except Undetermined as open_question:
        raise Undetermined(*open_question.causes, *doubts) from None
    if not covered and doubts:
        raise Undetermined(*doubts)
    return covered


def _sorted_out(
    statements: Iterable[Statement], fits: Callable[[Statement], bool]
) -> tuple[list[Statement], list[Unknown]]:
    """The statements that certainly fit, and what the others that might hang on."""
    fitting: list[Statement] = []
    doubts: list[Unknown] = []
    try:
        for statement in statements:
            try:
                if fits(statement):
                    fitting.append(statement)
            except Undetermined as open_question:
                doubts += open_question.causes
    except Undetermined as open_end:
        doubts += open_end.causes
    return fitting, doubts


def _targets(denies: list[Statement], actions: Sequence[str]) -> list[Text]:
    """What must be covered when the caller cannot say: for S3 the bucket and its objects."""
    if not any(action.lower().startswith("s3:") for action in actions):
        return []
    for deny in denies:
        for resource in deny.resources if isinstance(deny.resources, tuple) else ():
            base = _without_objects(resource)
            if base is not None:
                return [base, join((*pieces(base), "/*"))]
    return [f"{_BUCKET}?*"]


def _without_objects(resource: Text) -> Text | None:
    """The bucket's ARN of a resource that is the bucket or all of its objects."""
    found = pieces(resource)
    last = found[-1] if found else ""
    if isinstance(last, str):
        for tail in ("/*", "/**"):
            if last.endswith(tail):
                return join((*found[:-1], last.removesuffix(tail)))
        if "*" in last or "?" in last:
            return None
    return resource


def _refuses_when(deny: Statement, when: Callable[[Condition], bool]) -> bool:
    """Whether it refuses everyone, under that condition and no further one."""
    return all_of(
        deny.is_deny,
        deny.is_for_everyone,
        deny.is_conditional,
        lambda: every(deny.conditions, when),
    )


def demands_tls(condition: Condition) -> bool:
    """Whether a Deny under this condition refuses requests without TLS (or with an old one)."""
    return any_of(
        lambda: all_of(
            lambda: condition.is_on("aws:SecureTransport"),
            lambda: (
                condition.name in {"bool", "stringequals", "stringequalsignorecase"}
                or condition.name == "stringlike"
            ),
            lambda: condition.quantifier != "ForAnyValue",
            lambda: condition.has_value("false"),
        ),
        lambda: all_of(
            lambda: condition.is_on("s3:TlsVersion"),
            lambda: condition.name == "numericlessthan",
            lambda: condition.has_value("1.2", "1.3"),
        ),
    )


# -- encryption of uploads -------------------------------------------------------------------------

_ENCRYPTION = "s3:x-amz-server-side-encryption"


def denies_unencrypted_puts(statements: Iterable[Statement]) -> bool:
    """See `Policy.denies_unencrypted_puts`."""
    return some(
        statements,
        lambda deny: all_of(
            lambda: _refuses_when(deny, _is_unencrypted),
            lambda: deny.covers_action("s3:PutObject"),
        ),
    )


def _is_unencrypted(condition: Condition) -> bool:
    on_it = condition.is_on(_ENCRYPTION, f"{_ENCRYPTION}-aws-kms-key-id")
    if not on_it:
        return False
    if condition.name == "null":
        return condition.has_value("true")
    return condition.is_negated()


# -- narrowing -------------------------------------------------------------------------------------

_EXCEPTIONS = ("aws:PrincipalIsAWSService", "aws:ViaAWSService")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Narrowing:
    """The Deny statements of a policy that leave only fixed principals or networks over.

    Those without condition for everyone; those with `NotPrincipal`; those whose conditions are all
    "not from this account, organisation or network" (AWS's own services may be spared besides).
    certain: these do. open: these may, with what that hangs on.
    """

    certain: tuple[Statement, ...]
    open: tuple[tuple[Statement, tuple[Unknown, ...]], ...]

    @classmethod
    def of(cls, statements: Statements) -> Narrowing:
        """Those of a policy's statements; statements that were not read are taken to be none."""
        read = statements if isinstance(statements, tuple) else statements.items or ()
        found: list[Statement] = []
        maybe: list[tuple[Statement, tuple[Unknown, ...]]] = []
        for statement in read:
            try:
                if _narrows(statement):
                    found.append(statement)
            except Undetermined as open_question:
                maybe.append((statement, open_question.causes))
        return cls(tuple(found), tuple(maybe))

    def covers(self, allow: Statement) -> bool:
        """Whether one of them covers all that a statement allows."""
        return any_of(
            lambda: some(self.certain, lambda deny: covers_all_of(deny, allow)),
            lambda: some(self.open, lambda deny: _covers_openly(deny, allow)),
        )


def _covers_openly(deny: tuple[Statement, tuple[Unknown, ...]], allow: Statement) -> bool:
    if covers_all_of(deny[0], allow):
        raise Undetermined(*deny[1])
    return False


def _narrows(deny: Statement) -> bool:
    if not deny.is_deny():
        return False
    if not is_absent(deny.not_principals):
        return not deny.is_conditional()
    if not deny.is_for_everyone():
        return False
    if not deny.is_conditional():
        return True
    excluding = some(deny.conditions, Condition.excludes_all_but)
    return excluding and every(
        deny.conditions,
        lambda condition: any_of(
            condition.excludes_all_but,
            lambda: (
                condition.name == "bool"
                and condition.is_on(*_EXCEPTIONS)
                and condition.has_value("false")
            ),
        ),
    )


def is_lockout(deny: Statement, service: str) -> bool:
    """Whether it refuses everyone everything of a service, without condition.

    A Deny on some of a bucket's objects only (`B/private/*`) locks nobody out of the bucket.
    """
    return all_of(
        deny.is_deny,
        lambda: some(deny.principals, lambda principal: principal.is_anyone()),
        lambda: not deny.is_conditional(),
        lambda: deny.covers_action(f"{service}:?*"),
        lambda: any_of(deny.is_on_star, lambda: some(deny.resources, _is_whole)),
    )


def _is_whole(resource: Text) -> bool:
    return decide(resource, lambda text: text.rpartition(":")[2].partition("/")[2] in {"", "*"})


def spares_named_only(deny: Statement) -> bool:
    """Whether it refuses all but named principals (`NotPrincipal`, or `ArnNotEquals` and such)."""
    return all_of(
        deny.is_deny,
        lambda: any_of(
            lambda: some(deny.not_principals, lambda principal: not principal.is_anyone()),
            lambda: all_of(
                deny.is_for_everyone, lambda: some(deny.conditions, Condition.excludes_all_but)
            ),
        ),
    )
