"""`auditor inspect` for people: each root with its resources, outputs and problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.render.value_text import value_text
from auditor.render.view import Line

Json = dict[str, Any]


def tree_lines(found: Json) -> Iterator[Line]:
    """The lines of an inspection (see `auditor.inspection`)."""
    for root in found["roots"]:
        name = f"{root['environment']}: {root['root']}" if root["environment"] else root["root"]
        alone = "  (nothing calls it: judged on its defaults)" if root["stand_alone"] else ""
        yield [("rule", name), ("faint", alone)]
        for resource in root["resources"]:
            yield from _resource(resource)
        for output, said in root["outputs"].items():
            text = f"error: {said['error']}" if "error" in said else _value(said, "")
            yield [("label", "  output "), ("address", output), ("", f" = {text}")]
        for problem in root["problems"]:
            yield _problem(problem)
        for gap in root["gaps"]:
            yield [("error", "  not read "), ("", f"{gap['what']}: {gap['because']}")]
        yield []


def _resource(resource: Json) -> Iterator[Line]:
    exists = resource["exists"]
    doubt = "" if exists is True else f"  (exists or not: {value_text(exists)})"
    kind = "data " if resource["mode"] == "data" else ""
    address = resource["address"]
    yield [
        ("", "  "),
        ("address", address if address.rpartition("data.")[1] else f"{kind}{address}"),
        ("place", f"  {_place(resource['location'])}"),
        ("note", doubt),
    ]
    for name, value in resource["attributes"].items():
        if value is None:
            continue
        text = value_text(value, known=_below(resource["known_parts"], name))
        place = _place(resource["positions"].get(name), short=True)
        yield [("", f"    {name} = {text}"), ("faint", f"  {place}" if place else "")]


def _below(known: Json, name: str) -> Json:
    """The known parts of one attribute, with paths that start at it."""
    return {path[len(name) :].lstrip("."): v for path, v in known.items() if path.startswith(name)}


def _value(said: Json, path: str) -> str:
    if said["sensitive"]:
        return "(sensitive value)"
    return value_text(said["value"], known=said.get("known_parts"), path=path)


def _problem(problem: Json) -> Line:
    place = _place(problem["location"])
    return [
        ("error" if problem["level"] == "error" else "note", f"  {problem['level']} "),
        ("place", f"{place}: " if place else ""),
        ("", problem["summary"]),
        ("faint", f": {problem['detail']}" if problem["detail"] else ""),
    ]


def _place(location: Json | None, *, short: bool = False) -> str:
    if not location:
        return ""
    line = f"{location['line']}:{location['column']}"
    return f":{line}" if short else f"{location['file']}:{line}"
