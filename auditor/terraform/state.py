"""A state as a source: a state file (version 4), or the output of `terraform show -json`.

Everything in a state is known. What the provider's schema or the state itself calls sensitive is
wrapped. Deposed objects are left out: they are on their way to be destroyed.

Source: Terraform's state file format 4, as written since 0.12; `terraform show -json` for the
other form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor.resource import Location, Nowhere, Resource
from auditor.terraform.document_shapes import SHOWN, STATE, Shapes, misshapen
from auditor.terraform.documents import Document, DocumentError, Json, index_text, read_json
from auditor.terraform.schema import BlockSchema, aws
from auditor.values import Sensitive


def read_state(path: Path, code: Mapping[str, Resource] | None = None) -> Document:
    """The state in a file. Raises `DocumentError` when the file is no state.

    code: the same resources from code, by address, for places.
    """
    document = read_json(path, "state")
    if "planned_values" in document:
        raise DocumentError(f"{path} is a plan: give it with --plan")
    return state_of(document, str(path), code)


def state_of(document: Json, name: str, code: Mapping[str, Resource] | None = None) -> Document:
    """The state in a JSON document that came from `name`. Raises `DocumentError`."""
    place = Location(name)
    if isinstance(document.get("values"), dict) or document.get("format_version"):
        _check(document, name, SHOWN, "shown")
        values = document.get("values") or {}
        entries = _shown(values.get("root_module") or {})
    elif document.get("version") == 4:
        _check(document, name, STATE, "state")
        if not isinstance(document.get("resources"), list):
            raise DocumentError(f"{name} is no whole state: it has no list of resources")
        entries = _stored(document)
    else:
        raise DocumentError(
            f"{name} is no state that is understood: version 4, or `terraform show -json`"
        )
    found = Document()
    for entry in entries:
        twin = (code or {}).get(entry.address)
        if twin is not None:
            entry.provenance, entry.ignore_changes = twin.provenance, twin.ignore_changes
        else:
            entry.provenance = Nowhere(place)
        found.resources.append(entry)
    return found


def _check(document: Json, name: str, shapes: Shapes, start: str) -> None:
    wrong = misshapen(document, shapes, start)
    if wrong:
        raise DocumentError(f"{name} is no state that Terraform wrote: {wrong}")


def _stored(document: Json) -> Iterator[Resource]:
    """The resource instances of a state file."""
    for group in document.get("resources") or ():
        if not isinstance(group, dict) or group.get("mode") != "managed":
            continue
        kind = str(group.get("type"))
        module = f"{group['module']}." if group.get("module") else ""
        for instance in group.get("instances") or ():
            if "deposed" in instance:
                continue
            address = f"{module}{kind}.{group.get('name')}{index_text(instance.get('index_key'))}"
            data = instance.get("attributes")
            data = data if isinstance(data, dict) else {}
            for path in instance.get("sensitive_attributes") or ():
                data = _wrapped(data, _steps(path))
            yield _resource(address, kind, data)


def _shown(module: Json) -> Iterator[Resource]:
    """The resource instances of `terraform show -json`, module by module."""
    open_ones = [module]
    while open_ones:
        each = open_ones.pop(0)
        open_ones += [child for child in each.get("child_modules") or () if isinstance(child, dict)]
        for entry in each.get("resources") or ():
            if entry.get("mode") != "managed" or "deposed_key" in entry:
                continue
            values = entry.get("values") or {}
            data = _marked(values, entry.get("sensitive_values"))
            yield _resource(str(entry.get("address")), str(entry.get("type")), data)


def _resource(address: str, kind: str, data: Json) -> Resource:
    schema = aws().resource(kind)
    data = _by_schema(data, schema) if schema is not None and schema.secrets else data
    region = data.get("region")
    arn = data.get("arn")
    account = arn.split(":")[4] if isinstance(arn, str) and arn.count(":") >= 5 else None
    return Resource(
        address,
        kind,
        data,
        source="state",
        region=region if isinstance(region, str) else _region_of(arn),
        account=account or None,
    )


def _region_of(arn: Any) -> str | None:
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[3] or None if len(parts) > 5 else None


def _by_schema(data: Json, schema: BlockSchema) -> Json:
    """The attributes with those wrapped that the provider's schema calls sensitive."""
    made: Json = {}
    for name, value in data.items():
        attribute, nested = schema.attributes.get(name), schema.blocks.get(name)
        if attribute is not None and attribute.sensitive and value is not None:
            made[name] = value if isinstance(value, Sensitive) else Sensitive(value)
        elif nested is not None and isinstance(value, list):
            made[name] = [_by_schema(v, nested.block) if isinstance(v, dict) else v for v in value]
        elif nested is not None and isinstance(value, dict):
            made[name] = _by_schema(value, nested.block)
        else:
            made[name] = value
    return made


def _marked(value: Any, marks: Any) -> Any:
    """The value with those leaves wrapped that `sensitive_values` marks with true."""
    if marks is True:
        return Sensitive(value)
    if isinstance(value, dict) and isinstance(marks, dict):
        return {key: _marked(item, marks.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(marks, list):
        return [_marked(v, marks[i] if i < len(marks) else None) for i, v in enumerate(value)]
    return value


def _steps(path: Any) -> list[str | int]:
    """A path as a state file writes it: [{"type": "get_attr", "value": "password"}, …]."""
    steps: list[str | int] = []
    for step in path if isinstance(path, list) else ():
        key = step.get("value")
        key = key.get("value") if isinstance(key, dict) else key
        steps.append(key if isinstance(key, int) else str(key))
    return steps


def _wrapped(value: Any, steps: list[str | int]) -> Any:
    """The tree with the value at a path wrapped; the tree itself where the path ends in a set."""
    if isinstance(value, Sensitive) or value is None:
        return value
    if not steps:
        return Sensitive(value)
    first, rest = steps[0], steps[1:]
    if isinstance(value, dict) and first in value:
        return {**value, first: _wrapped(value[first], rest)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [_wrapped(v, rest) if i == first else v for i, v in enumerate(value)]
    return Sensitive(value)
