"""One statement of a policy: its elements, where they stand, and what it grants or refuses."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field

from auditor.policy.conditions import Condition, pinned
from auditor.policy.holes import Text, decide, is_hole_mark
from auditor.policy.patterns import covers, meets
from auditor.policy.principals import Principal
from auditor.records import dataclass
from auditor.values import Path, Unknown, Within, all_of, any_of, every, some

Texts = tuple[Text, ...] | Unknown
"""The strings of an element; an `Unknown` (`items`: the certain ones) where more may come."""

ALL_ACTIONS = "?*:?*"
ALL_RESOURCES = "arn:aws:?*:*:*:?*"

_RESOURCE = re.compile(r"arn:[^:]*:([^:]*):[^:]*:[^:]*:(.*)", re.DOTALL)
_ALL_OF_A_TYPE = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*[/:])?\*[*/:?]*(?:log-stream:\*|index/\*)?")
_ALL_OF_NAMES = re.compile(r"\*[*/:?]*")
_NAMED_ONLY = frozenset({"s3", "execute-api", "sns", "sqs"})
"""Services whose ARNs have no type before the name: `arn:aws:s3:::assets/*` is one bucket's."""
_ARN_SERVICES = {"sts": ("iam", "sts"), "rds-db": ("rds-db",), "s3-object-lambda": ("s3",)}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Places:
    """Where the elements of a statement stand in the JSON text.

    breaks: offsets of the line breaks of the text. offsets: element name in lower case → offset of
    the key and of each value.
    """

    breaks: tuple[int, ...] = ()
    start: int = -1
    keys: dict[str, int] = field(default_factory=dict)
    values: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def line(self, offset: int) -> int:
        """The 0-based line of an offset."""
        return bisect_right(self.breaks, offset) if offset >= 0 else 0


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement. An element that is absent is an empty tuple.

    effect: `Allow`, `Deny`, or an `Unknown`. index: 0-based place in the policy.
    principals, not_principals: empty in identity policies. conditions: all must hold.
    variables: whether `${…}` are policy variables (version 2012-10-17).
    """

    index: int
    effect: Text
    sid: Text | None = None
    actions: Texts = ()
    not_actions: Texts = ()
    resources: Texts = ()
    not_resources: Texts = ()
    principals: tuple[Principal, ...] | Unknown = ()
    not_principals: tuple[Principal, ...] | Unknown = ()
    conditions: tuple[Condition, ...] | Unknown = ()
    variables: bool = True
    places: Places = field(default_factory=Places, repr=False)

    # -- where ---------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """How to name it to people: its Sid in quotes, or `statement 2` (counted from 1)."""
        return (
            f'"{self.sid}"'
            if isinstance(self.sid, str) and self.sid
            else f"statement {self.index + 1}"
        )

    @property
    def line(self) -> int:
        """The 0-based line of the JSON text on which it begins (0 where there is no text)."""
        return self.places.line(self.places.start)

    def line_of(self, element: str, position: int | None = None) -> int:
        """The 0-based line of an element (`"Action"`), or of its value at a 0-based position.

        Falls back to the element's, then to the statement's own line.
        """
        name = element.lower()
        values = self.places.values.get(name, ())
        if position is not None and 0 <= position < len(values) and values[position] >= 0:
            return self.places.line(values[position])
        return self.places.line(self.places.keys.get(name, self.places.start))

    def within(self, element: str | None = None, position: int | None = None) -> Within:
        """Its place in the document, for a finding; with a name, that of an element of it."""
        path: Path = ("Statement", self.index)
        line = self.line
        if element is not None:
            path = (*path, element) if position is None else (*path, element, position)
            line = self.line_of(element, position)
        return Within(path, line, self.label, self.sid if isinstance(self.sid, str) else "")

    # -- effect and conditions --------------------------------------------------------------------

    def is_allow(self) -> bool:
        """Whether its effect is Allow."""
        return bool(self.effect == "Allow")

    def is_deny(self) -> bool:
        """Whether its effect is Deny."""
        return bool(self.effect == "Deny")

    def is_conditional(self) -> bool:
        """Whether it has a condition at all."""
        return some(self.conditions, lambda _condition: True)

    def has_condition_on(self, *keys: str) -> bool:
        """Whether a condition is on one of these keys, whatever its operator."""
        return some(self.conditions, lambda condition: condition.is_on(*keys))

    def is_pinned(self, also: Iterable[str] = ()) -> bool:
        """Whether its conditions tie it to fixed principals, accounts, networks or resources.

        also: further condition keys that count, such as `kms:ViaService`.
        """
        also = tuple(also)
        return pinned(self.conditions, also)

    # -- actions -------------------------------------------------------------------------------

    def covers_action(self, action: Text) -> bool:
        """Whether it names every action of the pattern (one action, `s3:*`, `*`), by any element.

        `NotAction` names all but its own: it covers `s3:GetObject` if no pattern of it meets that.
        """
        return any_of(
            lambda: some(self.actions, lambda mine: _covers_action(mine, action)),
            lambda: self._spares_none_of(action),
        )

    def meets_action(self, action: str) -> bool:
        """Whether it names at least one action of the pattern (`s3:Get*`)."""
        return any_of(
            lambda: some(
                self.actions, lambda mine: meets(mine, action, fold=True, variables=False)
            ),
            lambda: self._leaves_some_action(action),
        )

    def _spares_none_of(self, action: Text) -> bool:
        return all_of(
            self.uses_not_action,
            lambda: not some(self.not_actions, lambda one: _meets_action(one, action)),
        )

    def _leaves_some_action(self, action: str) -> bool:
        return all_of(
            self.uses_not_action,
            lambda: not some(self.not_actions, lambda one: _covers_action(one, action)),
        )

    def of_its_services(self, actions: Sequence[str]) -> Sequence[str]:
        """Those of the actions that are of a service which it names: the others it cannot name."""
        if not isinstance(self.actions, tuple) or not is_absent(self.not_actions):
            return actions
        services = set()
        for action in self.actions:
            service = action.partition(":")[0].lower() if isinstance(action, str) else "*"
            if "*" in service or "?" in service:
                return actions
            services.add(service)
        return [action for action in actions if action.partition(":")[0].lower() in services]

    def action_positions(self, action: str) -> Iterator[int]:
        """The positions in `Action` of the patterns that certainly meet this one, for `line_of`."""
        for position, mine in enumerate(self.actions if isinstance(self.actions, tuple) else ()):
            if isinstance(mine, str) and _meets_action(mine, action):
                yield position

    def has_star_action(self) -> bool:
        """Whether `Action` has `*` (or `*:*`, or whatever else covers every action)."""
        return some(self.actions, lambda mine: _covers_action(mine, ALL_ACTIONS))

    def has_service_wildcard(self) -> bool:
        """Whether `Action` has `<service>:*` for some service, or `*`."""
        return some(self.actions, lambda mine: decide(mine, _is_whole_service))

    def service_wildcards(self) -> Iterator[tuple[int, str]]:
        """Position and service of each `<service>:*` that `Action` certainly has (`*` for all)."""
        for position, mine in enumerate(self.actions if isinstance(self.actions, tuple) else ()):
            if isinstance(mine, str) and _is_whole_service(mine):
                yield position, mine.partition(":")[0].lower()

    def uses_not_action(self) -> bool:
        """Whether it names its actions by exception (`NotAction`)."""
        return some(self.not_actions, lambda _one: True)

    # -- resources -----------------------------------------------------------------------------

    def covers_resource(self, resource: Text) -> bool:
        """Whether it is about every resource of the pattern. Without a resource element it is.

        (A trust, repository or queue policy may have none: it is about what it is attached to.)
        """
        if is_absent(self.resources) and is_absent(self.not_resources):
            return True
        return any_of(
            lambda: some(
                self.resources, lambda mine: covers(mine, resource, variables=self.variables)
            ),
            lambda: all_of(
                lambda: some(self.not_resources, lambda _one: True),
                lambda: (
                    not some(
                        self.not_resources,
                        lambda one: meets(one, resource, variables=self.variables),
                    )
                ),
            ),
        )

    def meets_resource(self, resource: Text) -> bool:
        """Whether it is about at least one resource of the pattern."""
        if is_absent(self.resources) and is_absent(self.not_resources):
            return True
        return any_of(
            lambda: some(
                self.resources, lambda mine: meets(mine, resource, variables=self.variables)
            ),
            lambda: all_of(
                lambda: some(self.not_resources, lambda _one: True),
                lambda: (
                    not some(
                        self.not_resources,
                        lambda one: covers(one, resource, variables=self.variables),
                    )
                ),
            ),
        )

    def is_on_star(self) -> bool:
        """Whether it is about every resource: `*`, `arn:aws:*`, or all but some (`NotResource`)."""
        if is_absent(self.resources) and is_absent(self.not_resources):
            return True
        return any_of(
            lambda: some(self.resources, lambda mine: decide(mine, _is_everything)),
            lambda: some(self.not_resources, lambda _one: True),
        )

    def is_on_every(self, service: str) -> bool:
        """Whether it is about every resource, or every one of a type of this service.

        `arn:aws:s3:::*` and `arn:aws:kms:*:111122223333:key/*` are; `…:role/app-*` is not.
        """
        services = _ARN_SERVICES.get(service.lower(), (service.lower(),))
        return any_of(
            self.is_on_star,
            lambda: some(
                self.resources,
                lambda mine: decide(mine, lambda text: _is_all_of_a_type(text, services)),
            ),
        )

    # -- both ------------------------------------------------------------------------------------

    def grants_full_admin(self) -> bool:
        """Whether it has Action `*` on Resource `*`. Ask of Allow statements: `policy.granting`."""
        return all_of(self.has_star_action, self.is_on_star)

    def grants_service(self, service: str) -> bool:
        """Whether it has every action of a service (`iam:*`, or `*`) on every resource of it."""
        return all_of(
            lambda: self.covers_action(f"{service}:?*"), lambda: self.is_on_every(service)
        )

    # -- principals ------------------------------------------------------------------------------

    def is_for_anyone(self) -> bool:
        """Whether its principals include everyone; Allow with `NotPrincipal` is for everyone else.

        For a Deny, `NotPrincipal` spares somebody: not everyone.
        """
        return any_of(
            lambda: some(self.principals, Principal.is_anyone),
            lambda: all_of(self.uses_not_principal, self.is_allow),
        )

    def uses_not_principal(self) -> bool:
        """Whether it names its principals by exception (`NotPrincipal`)."""
        return some(self.not_principals, lambda _one: True)

    def is_for_everyone(self) -> bool:
        """Whether a Deny leaves nobody out: everyone by `Principal`, or no principal element."""
        if is_absent(self.principals) and is_absent(self.not_principals):
            return True
        return some(self.principals, Principal.is_anyone)

    def applies_always(self) -> bool:
        """Whether it is for everyone and under no condition."""
        return all_of(self.is_for_everyone, lambda: not self.is_conditional())


def covers_all_of(wide: Statement, narrow: Statement) -> bool:
    """Whether `wide` names every action and resource that `narrow` does."""
    return all_of(
        lambda: _names_all(narrow.actions, narrow.not_actions, ALL_ACTIONS, wide.covers_action),
        lambda: _names_all(narrow.resources, narrow.not_resources, "*", wide.covers_resource),
    )


def is_absent(element: object) -> bool:
    """Whether a statement certainly has no such element."""
    return isinstance(element, tuple) and not element


def _names_all(
    named: Texts, spared: Texts, everything: str, covered: Callable[[Text], bool]
) -> bool:
    if not is_absent(spared):
        return covered(everything)
    return every(named, covered)


def _covers_action(mine: Text, action: Text) -> bool:
    return covers(mine, action, fold=True, variables=False)


def _meets_action(mine: Text, action: Text) -> bool:
    return meets(mine, action, fold=True, variables=False)


def _is_star(text: str) -> bool:
    return "*" in text and not text.strip("*?")


def _is_whole_service(action: str) -> bool:
    service, colon, name = action.partition(":")
    if not colon:
        return _is_star(service)
    return bool(service) and not is_hole_mark(name) and _is_star(name)


def _is_everything(resource: str) -> bool:
    return covers(resource, ALL_RESOURCES)


def _is_all_of_a_type(resource: str, services: tuple[str, ...]) -> bool:
    arn = _RESOURCE.fullmatch(resource)
    if arn is None:
        return False
    service, name = arn.group(1).lower(), arn.group(2)
    shape = _ALL_OF_NAMES if service in _NAMED_ONLY else _ALL_OF_A_TYPE
    return (service in services or "*" in service) and shape.fullmatch(name) is not None
