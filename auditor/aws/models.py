"""botocore's service models, cut down to the calls that a run makes.

Forty services' models are 85 MB of small objects once parsed, and clients make a method of each of
their 3,800 operations. A run makes 200 calls: with only those, their shapes, and no documentation
the models take 10 MB.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader

_MODEL = "service-2"


class TrimmedLoader(Loader):  # type: ignore[misc]
    """A loader that cuts models down to the given calls (`sqs.list_queues`).

    Models of services that none of the calls is of stay whole.
    """

    def __init__(self, calls: Iterable[str]) -> None:
        super().__init__()
        self._methods: dict[str, set[str]] = {}
        for call in calls:
            service, _, method = call.partition(".")
            self._methods.setdefault(service, set()).add(method)

    def list_available_services(self, type_name: str) -> list[str]:
        """The folders of all services; what each of them holds shows when it is loaded.

        botocore looks into each of 400 folders, for every type, in every thread that asks first.
        """
        found: set[str] = set()
        for path in self.search_paths:
            if os.path.isdir(path):
                found.update(each.name for each in os.scandir(path) if each.is_dir())
        return sorted(found)

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        """As botocore's, which keeps what it loaded: so it is cut down in place, once."""
        model = super().load_service_model(service_name, type_name, api_version)
        methods = self._methods.pop(service_name, None) if type_name == _MODEL else None
        if methods is not None:
            trim(model, methods)
        return model


def trim(model: dict[str, Any], methods: set[str]) -> None:
    """Leaves in a service model the operations of these methods, and the shapes that they need."""
    kept = {name: each for name, each in model["operations"].items() if xform_name(name) in methods}
    shapes: dict[str, Any] = {}
    wanted = [reference for operation in kept.values() for reference in _shapes_of(operation)]
    while wanted:
        reference = wanted.pop()
        reference.pop("documentation", None)
        name = reference["shape"]
        if name not in shapes:
            shape = shapes[name] = model["shapes"][name]
            shape.pop("documentation", None)
            wanted += _shapes_in(shape)
    for operation in kept.values():
        operation.pop("documentation", None)
    model["operations"], model["shapes"] = kept, shapes
    model.pop("documentation", None)


def _shapes_of(operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    ends = [operation[end] for end in ("input", "output") if end in operation]
    return [*ends, *operation.get("errors", ())]


def _shapes_in(shape: Mapping[str, Any]) -> list[dict[str, Any]]:
    inner = [shape[part] for part in ("member", "key", "value") if part in shape]
    return [*inner, *shape.get("members", {}).values()]
