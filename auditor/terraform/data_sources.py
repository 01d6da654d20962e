"""Data sources: what can be known of them without asking AWS.

`aws_iam_policy_document` and `template_file` are computed; region and partition follow from the
provider, the account from the settings. Whatever else a data source reads is an unknown with an
exact reference.

Terraform reads a data source during the plan unless it has to wait: an argument is unknown, or
something that it depends on is yet to be created. Then all of it is unknown to Terraform; what is
known here stays inside the unknown as its known part, so both truths are kept.
SOURCE: Terraform 1.11 `node_resource_plan_instance.go`, `transform_reference.go`
(`dependsOn`, `parentModuleDependsOn`); AWS provider 5.100.0 `internal/service/meta`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from auditor.resource import Problem
from auditor.terraform import cty
from auditor.terraform.cty import TerraformError, UnknownVal, Value
from auditor.terraform.declarations import Call, Declared
from auditor.terraform.declaring import location
from auditor.terraform.nodes import Reference
from auditor.terraform.policy_document import DEFAULT_VERSION, DocumentError, document
from auditor.terraform.references import references_in_body, target_of
from auditor.terraform.template_file import rendered_template
from auditor.terraform.tree import plain_block
from auditor.terraform.types import STRING
from auditor.values import Ref, Unknown, reveal

if TYPE_CHECKING:
    from auditor.terraform.instances import ResourceInstance
    from auditor.terraform.module_instance import ModuleInstance

Facts = dict[str, Any]
"""Attribute → text, `Unknown` with its known part, or `Value`. What is not there is unknown."""


def read(instance: ResourceInstance) -> dict[str, Value]:
    """The attributes of a data source that were worked out, as Terraform would see them."""
    reader = _READERS.get(instance.group.declared.type)
    if reader is None:
        return {}
    facts = reader(instance)
    if not facts:
        return {}
    late = waits(instance)
    if late:
        facts.pop("version", None)  # not computed: null until it is read
    return {name: _value(instance, name, fact, late) for name, fact in facts.items()}


def _value(instance: ResourceInstance, name: str, fact: Any, late: bool) -> Value:
    ref = Ref(instance.address, (name,))
    if isinstance(fact, Value):
        return cty.unknown(fact.ty, refs=(ref,), exact=True) if late else fact
    if isinstance(fact, str) and not late:
        return cty.string(fact)
    parts = (fact,) if isinstance(fact, str) else tuple(map(_part, fact.parts or (fact,)))
    return Value(STRING, UnknownVal((ref,), exact=True, parts=parts))


def _part(piece: str | Unknown) -> str | Value:
    if isinstance(piece, str):
        return piece
    parts = tuple(map(_part, piece.parts)) if piece.parts is not None else None
    known = UnknownVal(piece.refs, piece.because, exact=piece.exact, parts=parts)
    return Value(STRING, known)


# -- what each says -------------------------------------------------------------------------------


def _policy_document(instance: ResourceInstance) -> Facts:
    config = reveal(plain_block(instance.block))
    try:
        json, minified = document(config)
    except DocumentError as wrong:
        instance.group.module.run.report(
            Problem(
                "error",
                "policy-document",
                "Invalid policy document",
                str(wrong),
                location(instance.group.declared.block.header_span),
            )
        )
        cause = Unknown(because=f"{instance.address} is refused: {wrong}")
        return {"json": cause, "minified_json": cause}
    facts: Facts = {"json": json, "minified_json": minified}
    if config.get("version") is None:
        facts["version"] = DEFAULT_VERSION
    return facts


def _region(instance: ResourceInstance) -> Facts:
    config = instance.block.attrs
    named = config.get("name") or config.get("region")
    region = named.v if named is not None and isinstance(named.v, str) else _own_region(instance)
    if region is None:
        return {}
    domain = _PARTITIONS[partition_of(region)]
    facts = {"name": region, "id": region, "endpoint": f"ec2.{region}.{domain}"}
    return {**facts, "region": region}


def _partition(instance: ResourceInstance) -> Facts:
    region = _own_region(instance)
    if region is None:
        return {}
    name = partition_of(region)
    domain = _PARTITIONS[name]
    reverse = ".".join(reversed(domain.split(".")))
    return {"partition": name, "id": name, "dns_suffix": domain, "reverse_dns_prefix": reverse}


def _zones(instance: ResourceInstance) -> Facts:
    """The zones of the region by name; without a region, three that are not named.

    A region has three zones at least. Where it has more than are named here, what is made from the
    rest is made by the same code.
    """
    region = _own_region(instance)
    letters = _ZONES.get(region or "", "abc")
    excluded = instance.block.attrs.get("exclude_names")
    out = {v.v for v in excluded.v} if excluded is not None and isinstance(excluded.v, list) else ()
    names = [f"{region}{letter}" for letter in letters if f"{region}{letter}" not in out]

    def named(attribute: str, index: int) -> Value:
        ref = Ref(instance.address, (attribute, index))
        return Value(STRING, UnknownVal((ref,), exact=True, not_null=True))

    ids = cty.list_([named("zone_ids", i) for i in range(len(names))], STRING)
    if region is None:
        return {"names": cty.list_([named("names", i) for i in range(3)], STRING), "zone_ids": ids}
    return {"names": cty.list_([cty.string(name) for name in names], STRING), "zone_ids": ids}


_ZONES: Final = {
    "us-east-1": "abcdef", "us-west-2": "abcd", "us-west-1": "ac", "ca-central-1": "abd",
    "ap-northeast-1": "acd", "ap-northeast-2": "abcd",
}  # fmt: skip
"""Zones by letter, of regions that have other ones than a, b and c.
SOURCE: AWS Regions and Availability Zones, 2025; `DescribeAvailabilityZones`. `us-west-1` shows an
account two of its three."""


def _caller_identity(instance: ResourceInstance) -> Facts:
    account = instance.group.module.run.options.settings.account_id
    return {"account_id": account, "id": account} if account else {}


def _own_region(instance: ResourceInstance) -> str | None:
    provider = instance.group.provider
    try:
        region = provider.region if provider is not None else None
    except TerraformError as wrong:
        instance.group.module.run.refuse(wrong)
        return None
    return region if isinstance(region, str) else None


_PARTITIONS: Final = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}
"""Partition → DNS suffix. SOURCE: botocore `endpoints.json` 2025."""

_PREFIXES: Final = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


def partition_of(region: str) -> str:
    """The partition that a region is in."""
    return next((name for start, name in _PREFIXES.items() if region.startswith(start)), "aws")


_READERS: Final[dict[str, Callable[[ResourceInstance], Facts]]] = {
    "aws_iam_policy_document": _policy_document,
    "aws_region": _region,
    "aws_partition": _partition,
    "aws_caller_identity": _caller_identity,
    "aws_availability_zones": _zones,
    "template_file": rendered_template,
}


# -- waiting --------------------------------------------------------------------------------------


def waits(instance: ResourceInstance) -> bool:
    """Whether Terraform leaves the data source for the apply."""
    module, declared = instance.group.module, instance.group.declared
    if any(cty.has_unknown(value) for value in instance.block.attrs.values()):
        return True
    if _blocks_unknown(instance):
        return True
    return any(_pending(module, ref) for ref in _own_dependencies(declared)) or _call_waits(module)


def _blocks_unknown(instance: ResourceInstance) -> bool:
    stack = [instance.block]
    while stack:
        block = stack.pop()
        for group in block.blocks.values():
            if group.open is not None:
                return True
            for inner, _ in group.items:
                if any(cty.has_unknown(value) for value in inner.attrs.values()):
                    return True
                stack.append(inner)
    return False


def _own_dependencies(declared: Declared) -> Iterator[Reference]:
    """`depends_on`, and managed resources that the arguments name directly."""
    yield from declared.depends_on
    for ref in references_in_body(declared.body):
        target = target_of(ref)
        if target is not None and target[0] == "resource" and not target[1].startswith("data."):
            yield ref


def _pending(module: ModuleInstance, ref: Reference, deep: bool = False) -> bool:
    """Whether something that is named has yet to be created.

    deep: what a data source depends on counts as well (for a module's depends_on).
    """
    target = target_of(ref)
    if target is None or target[1] in ("", "."):
        return False
    if target[0] == "resource":
        return _resource_pending(module, target[1], deep)
    if target[0] == "module":
        return target[1] in module.module.calls and _module_pending(module, target[1])
    return _ancestor_pending(module, target, set())


def _resource_pending(module: ModuleInstance, key: str, deep: bool) -> bool:
    declared = module.module.resources.get(key)
    if declared is None:
        return False
    if declared.mode == "managed":
        return bool(module.group(key).instances)
    return deep and _ancestor_pending(module, ("resource", key), set())


def _module_pending(module: ModuleInstance, name: str) -> bool:
    """Whether a called module, or anything that is handed to it, has yet to be created."""
    group = module.call_group(name)
    if group.module is None:
        return True
    if any(_anything_pending(inner) for inner in group.instances.values()):
        return True
    return _ancestor_pending(module, ("module", name), set())


def _anything_pending(module: ModuleInstance) -> bool:
    resources = module.module.resources
    if any(d.mode == "managed" and module.group(key).instances for key, d in resources.items()):
        return True
    return any(
        _anything_pending(inner)
        for name in module.module.calls
        for inner in module.call_group(name).instances.values()
    )


def _ancestor_pending(module: ModuleInstance, target: tuple[str, ...], seen: set[Any]) -> bool:
    """Whether a managed resource that something hangs on, however far up, is yet to be created."""
    mark = (id(module), target)
    if mark in seen:
        return False
    seen.add(mark)
    for ref in _references_of(module, target):
        above = target_of(ref)
        if above is None:
            continue
        if _itself_pending(module, above):
            return True
        if _ancestor_pending(module, above[:2], seen):
            return True
    if target[0] == "var" and module.parent is not None and module.call is not None:
        argument = module.call.body.attributes.get(target[1])
        if argument is not None:
            from auditor.terraform.references import references_in

            refs = references_in(argument.expr)
            return any(_pending(module.parent, ref, deep=True) for ref in refs)
    return False


def _itself_pending(module: ModuleInstance, target: tuple[str, ...]) -> bool:
    if target[0] == "resource":
        return _resource_pending(module, target[1], deep=False)
    in_module = target[0] == "module" and target[1] in module.module.calls
    return in_module and _module_pending(module, target[1])


def _references_of(module: ModuleInstance, target: tuple[str, ...]) -> Iterator[Reference]:
    from auditor.terraform.references import references_in

    declared = module.module
    kind, name = target[0], target[1]
    if kind == "local" and name in declared.locals:
        yield from references_in(declared.locals[name].expr)
    elif kind == "resource" and name in declared.resources:
        yield from references_in_body(declared.resources[name].body)
    elif kind == "module" and name in declared.calls:
        yield from references_in_body(declared.calls[name].body)


def _call_waits(module: ModuleInstance) -> bool:
    """Whether a module call around has a `depends_on` that is yet to be created."""
    each: ModuleInstance | None = module
    while each is not None and each.parent is not None:
        call: Call | None = each.call
        if call is not None and any(_pending(each.parent, ref, True) for ref in call.depends_on):
            return True
        each = each.parent
    return False
