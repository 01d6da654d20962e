"""The questions that rules ask of a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any

from auditor.policy import deny, trust
from auditor.policy.access import is_write, service_of, takes_resource
from auditor.policy.document import Document, read
from auditor.policy.holes import Text, filled
from auditor.policy.permissions import ESCALATIONS, manages_permissions
from auditor.policy.principals import Principal
from auditor.policy.statement import Statement
from auditor.records import dataclass
from auditor.values import Undetermined, Unknown, Within, all_of, every, matching, some


@dataclass(frozen=True, slots=True)
class Grant:
    """An action that a statement allows.

    action: the action asked for, or the statement's own pattern. position: the place in `Action` of
    the pattern that brings it (None for `NotAction`), for `line`.
    """

    statement: Statement
    action: str
    position: int | None = None

    @property
    def line(self) -> int:
        """The 0-based line of that pattern."""
        element = "Action" if self.position is not None else "NotAction"
        return self.statement.line_of(element, self.position)

    def within(self) -> Within:
        """The place of that pattern in the document, for a finding."""
        element = "Action" if self.position is not None else "NotAction"
        return self.statement.within(element, self.position)


@dataclass(frozen=True, slots=True)
class Escalation:
    """A way to more permissions: what it does, the actions it takes, the statements they are in."""

    name: str
    actions: tuple[str, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy document and the questions to it.

    absent: there is none (null or an empty string); then it allows nothing and denies nothing.
    statements: a tuple, or an `Unknown` that certainly holds its `items` and maybe more; loop over
    it, or use `some`/`every`/`matching` of `auditor.values`.
    """

    document: Document
    _narrowing: list[deny.Narrowing] = field(default_factory=list, repr=False)

    @classmethod
    def parse(cls, value: Any) -> Policy:
        """The policy in an attribute's value.

        value: None, JSON text (as it is or URL-encoded), an `Unknown`, or a decoded dict. Raises
        `PolicyError`, which is an `Undetermined`, for anything that AWS would refuse.
        """
        return cls(read(value))

    @property
    def absent(self) -> bool:
        """Whether there is no policy."""
        return self.document.absent

    @property
    def version(self) -> Text:
        """`2012-10-17`, or `2008-10-17` where the document says none."""
        return self.document.version

    @property
    def statements(self) -> tuple[Statement, ...] | Unknown:
        """The statements, in order."""
        return self.document.statements

    # -- statements by what holds of them --------------------------------------------------------

    def granting(self, holds: Callable[[Statement], object]) -> Iterator[Statement]:
        """The Allow statements of which `holds` certainly is; then `Undetermined` if unsure."""
        return matching(self.statements, lambda s: all_of(s.is_allow, lambda: holds(s)))

    def denying(self, holds: Callable[[Statement], object]) -> Iterator[Statement]:
        """The Deny statements of which `holds` certainly is; then `Undetermined` if unsure."""
        return matching(self.statements, lambda s: all_of(s.is_deny, lambda: holds(s)))

    def uses_condition_key(self, *keys: str) -> bool:
        """Whether a statement, Allow or Deny, has a condition on one of these keys."""
        return some(self.statements, lambda statement: statement.has_condition_on(*keys))

    # -- what it allows --------------------------------------------------------------------------

    def allows(self, action: str, resource: Text = "*", *, unconditional: bool = False) -> bool:
        """Whether one statement allows the action (or whole pattern) on the resource (pattern).

        An unconditional Deny for everyone on all of it takes it back; one with conditions, or on a
        part, does not. unconditional: do not count statements with conditions.
        """
        return all_of(
            lambda: some(
                self.statements,
                lambda s: all_of(
                    s.is_allow,
                    lambda: s.covers_action(action),
                    lambda: s.covers_resource(resource),
                    lambda: not (unconditional and s.is_conditional()),
                ),
            ),
            lambda: not deny.denied(self._read(), action, resource),
        )

    def actions_matching(
        self,
        actions: Iterable[str],
        *,
        everywhere: bool = True,
        unconditional: bool = False,
    ) -> Iterator[Grant]:
        """The actions of a table that the policy allows, in the order of statements and names.

        actions: actions or patterns (`ssm:GetParameter*`: any action of it). everywhere: only on
        all resources (`*`, or all of a type: `arn:aws:s3:::*`, `…:key/*`). unconditional: only in
        statements without conditions. What a Deny takes back whole is left out.
        """
        names = sorted(actions)
        asked = (
            (statement, name)
            for statement in self.statements
            for name in statement.of_its_services(names)
        )
        found = matching(asked, lambda pair: self._grants(*pair, everywhere, unconditional))
        for statement, name in found:
            yield Grant(statement, name, next(statement.action_positions(name), None))

    def _grants(
        self, statement: Statement, action: str, everywhere: bool, unconditional: bool
    ) -> bool:
        return all_of(
            statement.is_allow,
            lambda: statement.meets_action(action),
            lambda: not everywhere or statement.is_on_every(service_of(action)),
            lambda: not (unconditional and statement.is_conditional()),
            lambda: not deny.denied_whole(self._read(), statement, action),
        )

    def unscoped_grants(self) -> Iterator[Grant]:
        """Each action that could be kept to a resource and is allowed on `*`."""
        return self._own_grants(lambda s, action: takes_resource(action), unconditional=False)

    def unconstrained_writes(self) -> Iterator[Grant]:
        """Each write action that takes a resource and is allowed on `*` without condition.

        Actions of the access level "Permissions management" are another matter.
        """
        return self._own_grants(
            lambda s, action: (
                is_write(action) and takes_resource(action) and not manages_permissions(action)
            ),
            unconditional=True,
        )

    def allows_write(self) -> bool:
        """Whether it allows some action that changes something, on whatever resource."""
        return some(
            self.statements,
            lambda s: all_of(
                s.is_allow,
                lambda: s.uses_not_action() or some(s.actions, lambda a: is_write(filled(a))),
            ),
        )

    def _own_grants(
        self, fits: Callable[[Statement, str], bool], *, unconditional: bool
    ) -> Iterator[Grant]:
        """The statements' own patterns on `*` that fit; `NotAction` counts as everything."""
        found = matching(
            self._patterns(),
            lambda one: all_of(
                one[0].is_allow,
                one[0].is_on_star,
                lambda: not (unconditional and one[0].is_conditional()),
                lambda: _fits(fits, one[0], one[1]),
                lambda: not deny.denied_whole(self._read(), one[0], one[1]),
            ),
        )
        for statement, action, position in found:
            yield Grant(statement, str(action), position)

    def _patterns(self) -> Iterator[tuple[Statement, Text, int | None]]:
        for statement in self.statements:
            if statement.uses_not_action():
                yield statement, "*", None
            for position, action in enumerate(statement.actions):
                yield statement, action, position

    def escalations(self) -> Iterator[Escalation]:
        """Each known way to more permissions that the policy opens on all resources.

        Only what is allowed without condition on `*` (or on all roles, all users…) counts.
        """
        opened: dict[str, _Answer] = {}
        needed = {action for _, actions in ESCALATIONS for action in actions}
        for action in needed:
            opened[action] = self._opening(action)
        found = matching(ESCALATIONS, lambda way: every(way[1], lambda a: opened[a].holds()))
        for name, actions in found:
            statements = [statement for a in actions for statement in opened[a].statements]
            yield Escalation(name, actions, tuple(dict.fromkeys(statements)))

    def _opening(self, action: str) -> _Answer:
        asked = (s for s in self.statements if s.of_its_services([action]))
        found: list[Statement] = []
        try:
            found.extend(matching(asked, lambda s: self._grants(s, action, True, True)))
        except Undetermined as open_question:
            return _Answer(tuple(found), open_question.causes)
        return _Answer(tuple(found))

    # -- who it lets in --------------------------------------------------------------------------

    def public_statements(self, also_pinned_by: Iterable[str] = ()) -> Iterator[Statement]:
        """The Allow statements that let anyone in.

        Principal `*` (or Allow with `NotPrincipal`), and neither a condition ties it to fixed
        accounts, organisations, networks or resources, nor does a Deny leave only such over.
        also_pinned_by: further condition keys that count, such as `kms:ViaService`.
        """
        also = tuple(also_pinned_by)
        return matching(
            self.statements,
            lambda s: all_of(
                s.is_allow,
                s.is_for_anyone,
                lambda: not s.is_pinned(also),
                lambda: not self._narrowed(s),
            ),
        )

    def _narrowed(self, statement: Statement) -> bool:
        if not self._narrowing:
            self._narrowing.append(deny.Narrowing.of(self.statements))
        return self._narrowing[0].covers(statement)

    def foreign_principals(
        self, own_account: Text | None = None, trusted: Iterable[str] = ()
    ) -> Iterator[tuple[Statement, Principal]]:
        """Statement and principal, for each Allow to another account or to everyone.

        own_account: 12 digits, an `Unknown`, or None where nobody knows; then an account that is
        written out is `Undetermined`, while `aws_caller_identity` and this configuration's own
        roles are known to be own. trusted: account ids, ARNs or canonical ids that may come in.
        """
        trusted = frozenset(trusted)
        pairs = ((s, p) for s in self.statements for p in _principals_of(s))
        return matching(
            pairs,
            lambda pair: all_of(
                pair[0].is_allow, lambda: trust.is_foreign(*pair, own_account, trusted)
            ),
        )

    def unsourced_service_statements(
        self, services: Iterable[str] | None = None
    ) -> Iterator[Statement]:
        """The Allow statements for services that no condition ties to a source (confused deputy).

        services: only these, such as `CALLS_FOR_OTHERS`; None for every service.
        """
        return matching(self.statements, lambda s: trust.lacks_source(s, services))

    def account_root_statements(self) -> Iterator[Statement]:
        """The Allow statements for a whole account (`arn:aws:iam::<id>:root`, or its id)."""
        return self.granting(lambda s: some(s.principals, Principal.is_account_root))

    def federation_problems(self) -> Iterator[tuple[Statement, str]]:
        """Allow statement and what is wrong with how it trusts an OIDC or SAML provider."""
        found = matching(self.statements, lambda s: trust.federation_problem(s) is not None)
        for statement in found:
            yield statement, str(trust.federation_problem(statement))

    # -- what it refuses -------------------------------------------------------------------------

    def denies(self, action: str, resource: Text = "*") -> bool:
        """Whether everyone is refused the action on the resource, without condition.

        resource: `*` asks for a Deny on all resources; statements without `Resource` count.
        """
        return deny.denied(self.statements, action, resource)

    def denies_insecure_transport(
        self, actions: Sequence[str], resources: Sequence[Text] | None = None
    ) -> bool:
        """Whether everyone is refused all these actions on all these resources without TLS.

        actions: such as `("s3:*",)`. resources: ARNs or patterns; None where the caller cannot say:
        for S3 the statement must then name a bucket and its objects (`B` and `B/*`, or `*`), else
        the policy is taken to name what it is attached to.
        """
        return deny.denies_insecure_transport(self.statements, actions, resources)

    def denies_unencrypted_puts(self) -> bool:
        """Whether everyone is refused to upload objects without server-side encryption."""
        return deny.denies_unencrypted_puts(self.statements)

    def lockout_statements(self, service: str) -> Iterator[Statement]:
        """The Deny statements that refuse everyone everything of a service, the owner too."""
        return matching(self.statements, lambda s: deny.is_lockout(s, service))

    def denies_all_but_named(self) -> bool:
        """Whether it refuses all but named principals, accounts or networks."""
        return some(self.statements, deny.spares_named_only)

    def _read(self) -> tuple[Statement, ...]:
        """The statements that were read; a Deny that nobody saw takes nothing back."""
        statements = self.statements
        return statements if isinstance(statements, tuple) else statements.items or ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """The statements that certainly open an action, and what others that might hang on."""

    statements: tuple[Statement, ...]
    causes: tuple[Unknown, ...] = ()

    def holds(self) -> bool:
        if not self.statements and self.causes:
            raise Undetermined(*self.causes)
        return bool(self.statements)


def _fits(fits: Callable[[Statement, str], bool], statement: Statement, action: Text) -> bool:
    """`fits` for an action that may have holes: asked with each as a word, a read and `*`."""
    if isinstance(action, str):
        return fits(statement, action)
    answers = {fits(statement, filled(action, filling)) for filling in ("Set", "Describe", "*")}
    if len(answers) > 1:
        raise Undetermined(action)
    return answers.pop()


def _principals_of(statement: Statement) -> Iterator[Principal]:
    if statement.uses_not_principal():
        yield Principal("*", "*")
    yield from statement.principals
