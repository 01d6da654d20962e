"""auditor.toml: what a repository says about its environments.

::

    fail_on = "high"

    [aws]
    regions = ["ap-northeast-1"]

    [policy]
    "LOG-*" = "low"

    [environments.prod]
    roots = ["terraform/environments/prod"]
    state = { s3 = { bucket = "tfstate", key = "prod.tfstate", region = "ap-northeast-1" } }
    aws = { profile = "prod" }

    [environments.prod.policy]
    "BAK-RDS-RETENTION" = { parameters = { minimum_days = 35 } }

The same may stand under `[tool.auditor]` in pyproject.toml. What stands outside an environment
holds for every one; an environment's own word wins, key by key. Paths are relative to the file
and may not leave the repository: the file is part of what is scanned, so it is not trusted more.

The settings are plain dataclasses, so that commands without a settings file never pay for
pydantic; it is imported when there is a file to validate.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from auditor.repository import shown, upwards
from auditor.toml_places import Document, SettingsError, is_there, read_toml, refuse

FILE_NAME = "auditor.toml"

Severity = Literal["info", "low", "medium", "high", "critical"]
Source = Literal["terraform", "state", "live", "all"]

_STRICT = {"extra": "forbid", "strict": True}


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """How to reach an environment's account. Nothing set: the usual AWS chain, enabled regions.

    account_id: the account that the environment is in, twelve digits; also what
    `aws_caller_identity` gives when code is evaluated.
    """

    __pydantic_config__ = _STRICT

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    regions: tuple[str, ...] = ()
    endpoint_url: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class S3State:
    """A state object in S3, named as in Terraform's s3 backend block."""

    __pydantic_config__ = _STRICT

    bucket: str
    key: str
    region: str
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    workspace_key_prefix: str = "env:"


@dataclass(frozen=True, slots=True)
class StateSettings:
    """Where an environment's Terraform state is: exactly one of the three.

    path: a state file. s3: an object. terraform: what `terraform state pull` gives in the root.
    """

    __pydantic_config__ = _STRICT

    path: str | None = None
    s3: S3State | None = None
    terraform: bool = False


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """What the file says of the rules that one pattern names. `None`: nothing."""

    __pydantic_config__ = _STRICT

    enabled: bool | None = None
    severity: Severity | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """What the file says of one environment, or of all of them. `None` or empty: nothing.

    roots: folders of root modules. var_files: read in this order, as with `-var-file`.
    workspace: its name, or `True` when it is called like the environment.
    fail_on: the severity from which findings fail the run.
    source: what is judged by default. production: rules about production apply in full.
    """

    __pydantic_config__ = _STRICT

    roots: tuple[str, ...] = ()
    var_files: tuple[str, ...] = ()
    workspace: bool | str | None = None
    state: StateSettings | None = None
    aws: AwsSettings = field(default_factory=AwsSettings)
    fail_on: Literal["info", "low", "medium", "high", "critical", "never"] | None = None
    source: Source | None = None
    production: bool | None = None
    policy: Mapping[str, RulePolicy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings(EnvironmentSettings):
    """The whole file: what holds everywhere, and the environments by name."""

    __pydantic_config__ = _STRICT

    environments: Mapping[str, EnvironmentSettings] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """Validated settings and where they stand.

    document: the file (the `[tool.auditor]` part of pyproject.toml); `None` without one.
    folder: what relative paths in it start from.
    """

    settings: Settings
    folder: Path
    document: Document | None = None

    def environment(self, name: str | None) -> EnvironmentSettings:
        """What holds in an environment: its own settings over the general ones.

        `None`, or a name that the file does not know, gives the general ones. Variable files add
        up, the general ones first. Policies are not merged here: their order decides
        (`auditor.policies`).
        """
        general = self.settings
        own = general.environments.get(name or "", EnvironmentSettings())
        merged = {
            f.name: getattr(own, f.name) or getattr(general, f.name)
            for f in fields(EnvironmentSettings)
        }
        for name_ in ("workspace", "production"):  # where False is something to say
            if getattr(own, name_) is not None:
                merged[name_] = getattr(own, name_)
        merged["var_files"] = (*general.var_files, *own.var_files)
        merged["aws"] = _over(own.aws, general.aws)
        return EnvironmentSettings(**merged)

    def path(self, written: str) -> Path:
        """A path that the file names, made absolute."""
        return self.folder / written


def _over(own: AwsSettings, general: AwsSettings) -> AwsSettings:
    return AwsSettings(
        **{f.name: getattr(own, f.name) or getattr(general, f.name) for f in fields(AwsSettings)}
    )


# -- finding the file -----------------------------------------------------------------------------


def load_config(path: Path, explicit: Path | None = None) -> Config:
    """The settings for a scan of `path`: from `explicit`, or the file found by `find_config`.

    Without a file everything is at its default. Raises `SettingsError`.
    """
    file = explicit or find_config(path)
    if file is None:
        start = Path(os.path.realpath(path))
        return Config(Settings(), start if start.is_dir() else start.parent)
    return read_config(file)


def read_config(file: Path) -> Config:
    """The settings in a file, or in a pyproject.toml's `[tool.auditor]`. Raises `SettingsError`."""
    document = read_toml(file, shown(file))
    if file.name == "pyproject.toml":
        document = document.part("tool", "auditor")
    from auditor.config_validation import validate

    return Config(validate(document), Path(os.path.realpath(file)).parent, document)


def find_config(path: Path) -> Path | None:
    """The nearest auditor.toml, or pyproject.toml with `[tool.auditor]` (see `upwards`)."""
    return next((file for file in map(_file_in, upwards(path)) if file), None)


def _file_in(folder: Path) -> Path | None:
    own, shared = folder / FILE_NAME, folder / "pyproject.toml"
    in_shared = shared.is_file() and bool(_tool_table(shared)) and is_there(shared)
    has_own = is_there(own)
    if has_own and in_shared:
        raise refuse(
            "settings-twice",
            f"{shown(own)} and [tool.auditor] in {shown(shared)} both hold settings: keep one",
        )
    if has_own:
        return own
    return shared if in_shared else None


def _tool_table(file: Path) -> Mapping[str, Any]:
    """`[tool.auditor]`; empty also when the file is broken, which is then no settings file."""
    try:
        return read_toml(file).part("tool", "auditor").data
    except SettingsError:
        return {}
