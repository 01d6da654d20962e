"""A plan as a source: `terraform show -json plan`.

What will be after the plan is applied: every managed resource instance that is not destroyed, with
the provider's own defaults filled in. Unknown leaves (`after_unknown`) are unknown element by
element; what they hang on comes from the code when that is at hand, else from the references that
the plan names. An attribute that nobody set and the provider computes is left out, as it is in
code: it reads as the class of the resource has it. What the plan calls sensitive is wrapped.

Source: Terraform's "JSON Output Format" (format_version 1.x).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor.records import dataclass
from auditor.resource import Gap, Location, Nowhere, Problem, Resource
from auditor.terraform.document_shapes import PLAN, misshapen
from auditor.terraform.documents import Document, DocumentError, Json, read_json, version_of
from auditor.terraform.plan_code import InCode
from auditor.terraform.plan_references import References
from auditor.terraform.schema import aws
from auditor.terraform.types import DYNAMIC
from auditor.values import Path as ValuePath
from auditor.values import Ref, Sensitive, Unknown


def read_plan(path: Path, code: Code | None = None) -> Document:
    """The plan in a file. Raises `DocumentError` when the file is no plan.

    code: given the plan's root variables, the same resources from code by address, for places and
    causes.
    """
    document = read_json(path, "plan")
    _check(path, document)
    twins = code(_variables(document)) if code is not None else {}
    reader = _Reader(document, twins, Location(str(path)))
    return Document(
        list(reader.resources()),
        list(_problems(document, reader.place)),
        list(_gaps(document, reader.place)),
    )


Code = Callable[[Mapping[str, Any]], Mapping[str, Resource]]


def _check(path: Path, document: Json) -> None:
    if "@level" in document or "planned_values" not in document:
        if "terraform_version" in document and ("serial" in document or "values" in document):
            raise DocumentError(f"{path} is a state: give it with --state")
        raise DocumentError(
            f"{path} is no plan: give the output of `terraform show -json` on a saved plan "
            "(not that of `terraform plan -json`)"
        )
    version = version_of(document.get("format_version"))
    if version[:1] not in ((0,), (1,)):
        raise DocumentError(
            f"{path} has the plan format {document.get('format_version')!r}; 1.x is understood"
        )
    wrong = misshapen(document, PLAN, "plan")
    if wrong:
        raise DocumentError(f"{path} is no plan that Terraform wrote: {wrong}")


def _variables(document: Json) -> Json:
    variables = document.get("variables")
    if not isinstance(variables, dict):
        return {}
    return {n: v["value"] for n, v in variables.items() if isinstance(v, dict) and "value" in v}


def _problems(document: Json, place: Location) -> Iterator[Problem]:
    if document.get("errored"):
        yield Problem(
            "error",
            "plan-errored",
            "The plan ended with an error",
            "It does not say everything; plan again without errors",
            place,
        )


def _gaps(document: Json, place: Location) -> Iterator[Gap]:
    for change in document.get("deferred_changes") or ():
        address = change.get("resource_change", {}).get("address", "a resource")
        because = "its change was deferred, so the plan does not say what it will be"
        kind = change.get("resource_change", {}).get("type")
        types = frozenset([kind] if isinstance(kind, str) else [])
        yield Gap(str(address), because, types, location=place, source="plan")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes resources of the plan's changes."""

    document: Json
    code: Mapping[str, Resource]
    place: Location

    def resources(self) -> Iterator[Resource]:
        references = References(self.document.get("configuration") or {})
        changes = self.document.get("resource_changes")
        for change in changes if isinstance(changes, list) else ():
            if not isinstance(change, dict) or change.get("mode") != "managed":
                continue
            if "deposed" in change or not _stays(change.get("change") or {}):
                continue
            yield self._resource(change, references)

    def _resource(self, entry: Json, references: References) -> Resource:
        address, change = str(entry["address"]), entry["change"]
        twin = self.code.get(address)
        after, unknown = change.get("after"), change.get("after_unknown")
        cause: Cause = (
            InCode(twin, after, unknown) if twin is not None else _from_plan(references, entry)
        )
        data = _merged(after, unknown, change.get("after_sensitive"), cause)
        return Resource(
            address,
            str(entry.get("type", "")),
            data if isinstance(data, dict) else {},
            source="plan",
            provenance=twin.provenance if twin is not None else Nowhere(self.place),
            region=_region(data) or references.region(entry) or (twin.region if twin else None),
            account=twin.account if twin is not None else None,
            ignore_changes=twin.ignore_changes if twin is not None else (),
        )


def _stays(change: Json) -> bool:
    actions = change.get("actions") or []
    return change.get("after") is not None and actions not in (["delete"], ["forget"])


def _region(data: Any) -> str | None:
    region = data.get("region") if isinstance(data, dict) else None
    return region if isinstance(region, str) else None


Cause = Callable[[ValuePath], Any]
"""Gives what stands at an unknown path: an unknown with what it hangs on, or a list or map with
some inside; None where nothing was set."""


def _merged(value: Any, unknown: Any, sensitive: Any, cause: Cause, path: ValuePath = ()) -> Any:
    """`after` with unknown leaves put in and sensitive ones wrapped."""
    if sensitive is True:
        found = _merged(value, unknown, False, cause, path)
        return None if found is None else Sensitive(found)
    if unknown is True:
        return cause(path)
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict) and unknown):
        return _merged_map(value or {}, unknown, sensitive, cause, path)
    if isinstance(value, list) or (value is None and isinstance(unknown, list) and unknown):
        return _merged_list(value or [], unknown, sensitive, cause, path)
    return value


def _merged_map(value: Json, unknown: Any, sensitive: Any, cause: Cause, path: ValuePath) -> Json:
    unknown = unknown if isinstance(unknown, dict) else {}
    sensitive = sensitive if isinstance(sensitive, dict) else {}
    made = {}
    for key in [*value, *(k for k in unknown if k not in value and _has_unknown(unknown[k]))]:
        inside = (*path, key)
        found = _merged(value.get(key), unknown.get(key), sensitive.get(key), cause, inside)
        if found is not None or key in value:
            made[key] = found
    return made


def _merged_list(
    value: list[Any], unknown: Any, sensitive: Any, cause: Cause, path: ValuePath
) -> list[Any]:
    unknown = unknown if isinstance(unknown, list) else []
    sensitive = sensitive if isinstance(sensitive, list) else []
    made = []
    for index in range(max(len(value), len(unknown))):
        inside = (*path, index)
        is_open = _at(unknown, index)
        found = _merged(_at(value, index), is_open, _at(sensitive, index), cause, inside)
        made.append(Unknown() if found is None and is_open is True else found)
    return made


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None


def _has_unknown(marks: Any) -> bool:
    if isinstance(marks, dict):
        return any(_has_unknown(each) for each in marks.values())
    if isinstance(marks, list):
        return any(_has_unknown(each) for each in marks)
    return marks is True


def _from_plan(references: References, entry: Json) -> Cause:
    """What the plan's own configuration says of the place."""
    causes, kind = references.causes(entry), str(entry.get("type"))

    def cause(path: ValuePath) -> Unknown | None:
        found = causes(path)
        if found is None and not _is_computed(kind, path):
            return Unknown((Ref(str(entry["address"]), path),), exact=True)
        return found

    return cause


def _is_computed(kind: str, path: ValuePath) -> bool:
    """Whether the attribute is one that the provider computes where nothing is set.

    Not so of blocks: a plan does not name the references of dynamic ones, so that an unknown block
    without any may well be one that somebody wrote. Where an attribute is written as a dynamic
    block (`ingress`), its elements are in the plan though all of them is unknown.
    """
    schema = aws().resource(kind)
    attribute = None
    for step in path:
        if isinstance(step, int) or schema is None:
            continue
        nested = schema.blocks.get(step)
        attribute = schema.attributes.get(step)
        schema = nested.block if nested is not None else None
    return attribute is not None and attribute.computed and attribute.type is not DYNAMIC
