"""How a root module is to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from auditor.model import Settings
from auditor.records import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How to evaluate a root module.

    root: the folder that nothing outside of is read (default: the git root above it).
    var_files: relative to the root module; arguments: `name=text` pairs; environment: only
        `TF_VAR_…` is used. settings: what is known of the account.
    """

    root: str | None = None
    var_files: Sequence[str] = ()
    arguments: Sequence[tuple[str, str]] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    workspace: str = "default"
    settings: Settings = field(default_factory=Settings)
    tofu: bool = False
    stand_alone: bool = False
