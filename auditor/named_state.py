"""The Terraform state that the settings name for an environment, read from where it is.

A file below the repository, or an object in S3. The output of `terraform state pull` is not
fetched: that runs Terraform in a folder that is under scan. Whatever cannot be had is said as a
`StateError`, with the place in the settings and what to do; it is never an empty state.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.config import AwsSettings, Config, S3State
from auditor.model import Model
from auditor.repository import shown
from auditor.resource import Gap, Location, Nowhere, Problem, Resource
from auditor.rule import Rule
from auditor.targets import Target, UsageError
from auditor.toml_places import refuse

if TYPE_CHECKING:
    from auditor.terraform.documents import Document

LARGEST = 256 * 1024 * 1024
"""Bytes of a state in S3."""


class StateError(Exception):
    """A state that could not be read: which (`what`), why and what to do (`because`), and where
    the settings name it (`location`)."""

    def __init__(self, what: str, because: str, location: Location | None) -> None:
        super().__init__(f"{what}: {because}")
        self.what, self.because, self.location = what, because, location

    def problem(self) -> Problem:
        """As an error of the run, where the state was only to help."""
        return Problem(
            "error", "state-not-read", f"Not read: {self.what}", self.because, self.location
        )

    def model(self, rules: Sequence[Rule]) -> Model:
        """As the model of a state of which nothing is known: one gap for all that rules judge."""
        types = frozenset(cls.tf for rule in rules for cls in rule.on if "code" in rule.where)
        gap = Gap(self.what, self.because, types, location=self.location, source="state")
        return Model([], gaps=[gap], source="state")


@dataclass(frozen=True, slots=True)
class NamedState:
    """Where a target's state is. what: for people. place: the line of the settings."""

    target: Target
    config: Config
    what: str
    place: Location | None

    @property
    def file(self) -> Path | None:
        """The file, where it is one."""
        state = self.target.state
        return None if state is None or state.path is None else self.config.path(state.path)

    def read(self, code: Mapping[str, Resource]) -> Document:
        """The state's resources; `code`, by address, says where they stand. See `StateError`."""
        state = self.target.state
        assert state is not None
        if self.file is not None:
            return self._file(self.file, code)
        if state.s3 is not None:
            return self._object(state.s3, code)
        raise self.missing(
            "`terraform state pull` runs Terraform in the code under scan, so it is not run here. "
            f"Run `{self._pull()}` and give the file with --state"
        )

    def missing(self, because: str) -> StateError:
        """The error for a state that cannot be read."""
        return StateError(f"the state of {self._whose()}, {self.what}", because, self.place)

    def _whose(self) -> str:
        return self.target.environment or (shown(self.target.folder or "."))

    def _pull(self) -> str:
        folder = f" -chdir={shown(self.target.folder)}" if self.target.folder else ""
        return f"terraform{folder} state pull > {self.target.environment or 'my'}.tfstate"

    def _file(self, file: Path, code: Mapping[str, Resource]) -> Document:
        from auditor.terraform.documents import DocumentError
        from auditor.terraform.state import read_state

        try:
            return read_state(file, code)
        except DocumentError as wrong:
            raise self.missing(str(wrong)) from wrong

    def _object(self, state: S3State, code: Mapping[str, Resource]) -> Document:
        from auditor.terraform.documents import DocumentError
        from auditor.terraform.state import state_of as resources_of

        body = self._fetched(state)
        try:
            document = json.loads(body)
            found = resources_of(document if isinstance(document, dict) else {}, self.what, code)
        except DocumentError as wrong:
            raise self.missing(str(wrong)) from wrong
        except (ValueError, RecursionError) as wrong:
            raise self.missing("the object is no state: it is not JSON") from wrong
        for resource in found.resources:
            if isinstance(resource.provenance, Nowhere):  # an object in S3 is no file of anyone's
                resource.provenance = Nowhere()
        return found

    def _fetched(self, state: S3State) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        from auditor.aws.errors import AwsError, explain
        from auditor.aws.session import connect

        try:
            s3 = connect(_reached_by(state, self.target.aws)).clients.get("s3", state.region)
            reply: Mapping[str, Any] = s3.get_object(Bucket=state.bucket, Key=self._key(state))
            if reply["ContentLength"] > LARGEST:
                raise self.missing(f"it is larger than {LARGEST} bytes")
            return bytes(reply["Body"].read())
        except AwsError as refused:
            raise self.missing(str(refused)) from refused
        except (BotoCoreError, ClientError) as error:
            raise self.missing(_why(explain(error, ("s3:GetObject",)))) from error

    def _key(self, state: S3State) -> str:
        return object_key(state, self.target.workspace)


def state_of(target: Target, targets: Sequence[Target], config: Config) -> NamedState:
    """Where the settings say that a target's state is.

    targets: all that are judged; a state is of one root module. Raises `UsageError` where none is
    named, `SettingsError` where it could be of several.
    """
    named = named_state(target, config)
    whose = target.environment or target.folder or "this folder"
    if named is None:
        settings = config.document.shown if config.document else "auditor.toml"
        raise UsageError(
            f"no state is named for {whose}: give --state FILE, or write state = … in {settings}"
        )
    roots = sum(each.environment == target.environment for each in targets)
    if roots > 1:
        raise refuse(
            "ambiguous-state",
            f"a state is of one root module, and {whose} has {roots}: give each an environment of "
            "its own in auditor.toml, or one at a time as PATH",
            named.place,
        )
    return named


def named_state(target: Target, config: Config) -> NamedState | None:
    """Where the settings say that a target's state is; None where they do not."""
    state = target.state
    if state is None:
        return None
    if state.path is not None:
        what = shown(config.path(state.path))
    elif state.s3 is not None:
        what = f"s3://{state.s3.bucket}/{object_key(state.s3, target.workspace)}"
    else:
        what = "terraform state pull"
    return NamedState(target, config, what, _place(target, config))


def object_key(state: S3State, workspace: str | None) -> str:
    """The object of a workspace.

    Source: Terraform's s3 backend, `workspace_key_prefix`: `<prefix>/<workspace>/<key>`, of the
    default workspace the key alone.
    """
    if workspace in (None, "default"):
        return state.key
    return f"{state.workspace_key_prefix}/{workspace}/{state.key}"


def _place(target: Target, config: Config) -> Location | None:
    if config.document is None:
        return None
    own = config.settings.environments.get(target.environment or "")
    inside = own is not None and own.state is not None
    return config.document.place(
        ("environments", target.environment or "", "state") if inside else ("state",)
    )


def _reached_by(state: S3State, aws: AwsSettings) -> AwsSettings:
    """The bucket may be in another account than the environment's: then it has its own profile."""
    elsewhere = state.profile or state.role_arn
    reached = AwsSettings(profile=state.profile, role_arn=state.role_arn) if elsewhere else aws
    return replace(
        reached,
        account_id=None,
        regions=(state.region,),
        endpoint_url=state.endpoint_url or aws.endpoint_url,
    )


def _why(trouble: Any) -> str:
    if trouble.code in ("NoSuchKey", "NoSuchBucket"):
        return f"there is no such object ({trouble.code}): correct the bucket, key or workspace"
    return f"{trouble.because}{f' ({trouble.detail})' if trouble.detail else ''}"
