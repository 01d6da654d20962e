"""Provider configurations: which one a resource uses, its region and default tags.

SOURCE: developer.hashicorp.com/terraform/language/modules/develop/providers; the AWS provider's
`default_tags` and `region`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from auditor.records import dataclass
from auditor.resource import Location, Problem
from auditor.terraform.blocks import BlockValue, plan_body
from auditor.terraform.cty import Value
from auditor.terraform.declarations import Declared, Provider
from auditor.terraform.declaring import location
from auditor.terraform.plain import to_plain
from auditor.terraform.tree import plain_block
from auditor.values import Unknown, reveal

if TYPE_CHECKING:
    from auditor.terraform.module_instance import ModuleInstance

_META: Final = frozenset({"alias", "version"})


class ProviderConfig:
    """One provider configuration, evaluated when asked. `declared` is None for an implied one."""

    def __init__(self, module: ModuleInstance, name: str, alias: str, declared: Provider | None):
        self.module = module
        self.name = name
        self.alias = alias
        self.declared = declared
        self._block: BlockValue | None = None

    @property
    def address(self) -> str:
        """`aws`, `aws.us`, `module.m.aws`."""
        return self.module.absolute(f"{self.name}.{self.alias}" if self.alias else self.name)

    @property
    def location(self) -> Location | None:
        """Where its block stands."""
        return location(self.declared.block.header_span) if self.declared else None

    @property
    def block(self) -> BlockValue | None:
        """Its arguments, evaluated in its module."""
        if self._block is None and self.declared is not None:
            plan = plan_body(self.declared.body, None, _META)
            head = ("provider", self.name, self.alias)
            self.module.enter(head)
            try:
                self._block = plan.run(self.module.scope, self.module.run.report)
            finally:
                self.module.leave(head)
        return self._block

    def argument(self, name: str) -> Value | None:
        """One argument's value; None when it is not set."""
        value = self.block.attrs.get(name) if self.block else None
        return None if value is None or value.v is None else value

    @property
    def region(self) -> str | Unknown | None:
        """The region: text, unknown, or None when neither code nor settings say."""
        value = self.argument("region")
        found = reveal(to_plain(value)) if value is not None else None
        return found if found is not None else self.module.run.options.settings.region

    @property
    def default_tags(self) -> Value | None:
        """The map of default tags, as it is written."""
        group = self.block.blocks.get("default_tags") if self.block else None
        if group is None or not group.items:
            return group.open if group is not None else None
        tags = group.items[0][0].attrs.get("tags")
        return None if tags is None or tags.v is None else tags

    def attributes(self) -> Mapping[str, Any]:
        """Everything that is configured, as a plain tree; secrets stay wrapped."""
        return plain_block(self.block) if self.block else {}


@dataclass(slots=True)
class ProviderMap:
    """The provider configurations that a module instance sees."""

    module: ModuleInstance
    kept: dict[tuple[str, str], ProviderConfig]

    def of(self, declared: Declared) -> ProviderConfig:
        """The configuration that a resource uses."""
        alias = declared.provider[1] if declared.provider else ""
        return self.find(declared.provider_name, alias)

    def find(self, name: str, alias: str) -> ProviderConfig:
        """The configuration under a name: the module's own, one passed in, or the inherited one."""
        key = (name, alias)
        if key not in self.kept:
            self.kept[key] = self._found(key)
        return self.kept[key]

    def _found(self, key: tuple[str, str]) -> ProviderConfig:
        module = self.module
        own = module.module.providers.get(key)
        if own is not None:
            return ProviderConfig(module, *key, own)
        if module.parent is not None and module.call is not None:
            passed = module.call.providers.get(key)
            if passed is not None:
                return module.parent.providers.find(*passed)
            if not key[1]:
                return module.parent.providers.find(*key)
        if key[1]:
            name = module.absolute(".".join(key))
            module.run.report(
                Problem(
                    "warning",
                    "missing-provider",
                    "Provider configuration not present",
                    f"The provider configuration {name} is used, but not declared or passed in",
                )
            )
        return ProviderConfig(module, *key, None)


def providers_for(module: ModuleInstance) -> ProviderMap:
    """The provider configurations of a module instance; nothing is evaluated yet."""
    return ProviderMap(module, {})
