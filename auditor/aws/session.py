"""Who reads, and where: credentials, account, partition and regions."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.aws.calls import CallLog
from auditor.aws.clients import Clients
from auditor.aws.errors import AwsError, Trouble, explain

GLOBAL_REGIONS: Mapping[str, str] = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-eusc": "eusc-de-east-1",
}
"""Partition → the region that global services are asked in."""


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """How to get into an account. Everything may be left out: the environment then decides.

    profile: of the AWS config files. role_arn: assumed from those credentials, with
    `external_id` and `session_name`; with `web_identity_token_file` (a path) it is assumed by that
    token. regions: those to read; empty means all that are enabled in the account.
    endpoint_url: of LocalStack or moto; `AWS_ENDPOINT_URL` counts too.
    """

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = field(default=None, repr=False)
    session_name: str = "auditor"
    web_identity_token_file: str | None = None
    regions: tuple[str, ...] = ()
    endpoint_url: str | None = None


@dataclass(slots=True)
class LiveAccount:
    """A connection to one account: who reads (`caller_arn`), what is read, and its calls' account.

    regions: those to read. home: the region for global services.
    """

    account_id: str
    partition: str
    caller_arn: str
    regions: tuple[str, ...]
    clients: Clients
    calls: CallLog = field(default_factory=CallLog)

    @property
    def home(self) -> str:
        """The region in which global services are asked."""
        return GLOBAL_REGIONS.get(self.partition, self.regions[0])


def connect(settings: AwsSettings) -> LiveAccount:
    """Gets into an account. Raises `AwsError` with what is wrong and what to do."""
    import botocore.exceptions

    try:
        session = _session(settings)
        clients = Clients(session, settings.endpoint_url or os.environ.get("AWS_ENDPOINT_URL"))
        start = _first_region(session, settings)
        if settings.role_arn:
            _assume(session, clients, settings, start)
        identity = _identity(clients, start)
    except botocore.exceptions.ProfileNotFound as error:
        known = ", ".join(session_profiles()) or "none"
        raise AwsError(
            f"there is no AWS profile {settings.profile!r}; known profiles: {known}"
        ) from error
    arn = identity["Arn"]
    partition = arn.split(":")[1]
    account = LiveAccount(identity["Account"], partition, arn, (start,), clients)
    account.regions = _regions(account, session, settings)
    return account


def session_profiles() -> list[str]:
    """The profiles in the AWS config files."""
    import botocore.session

    return sorted(botocore.session.Session().available_profiles)


def _session(settings: AwsSettings) -> Any:
    import botocore.session

    session = botocore.session.Session(profile=settings.profile)
    session.get_scoped_config()  # raises ProfileNotFound now rather than in some thread
    return session


def _first_region(session: Any, settings: AwsSettings) -> str:
    """A region to begin in: the first one asked for that exists, else the configured one."""
    known = _known_regions(session)
    configured = session.get_config_variable("region") or os.environ.get("AWS_REGION")
    for region in (*settings.regions, configured):
        if region and region in known:
            return str(region)
    return str(configured) if configured and not settings.regions else "us-east-1"


def _known_regions(session: Any) -> set[str]:
    """Every region that the installed botocore knows, in all partitions."""
    partitions = session.get_available_partitions()
    return {region for p in partitions for region in session.get_available_regions("ec2", p)}


# -- credentials -----------------------------------------------------------------------------------


def _assume(session: Any, clients: Clients, settings: AwsSettings, region: str) -> None:
    """Makes the session use the role's credentials, renewed before they end."""
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        AssumeRoleWithWebIdentityCredentialFetcher,
        DeferredRefreshableCredentials,
        FileWebIdentityTokenLoader,
    )

    extra = {"RoleSessionName": settings.session_name}
    if settings.external_id:
        extra["ExternalId"] = settings.external_id

    def client(service: str, **options: Any) -> Any:
        options.setdefault("region_name", region)
        return session.create_client(service, endpoint_url=clients.endpoint_url, **options)

    if settings.web_identity_token_file:
        fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
            client,
            FileWebIdentityTokenLoader(settings.web_identity_token_file),
            settings.role_arn,
            extra_args={"RoleSessionName": settings.session_name},
        )
        method = "assume-role-with-web-identity"
    else:
        source = session.get_credentials()
        if source is None:
            raise AwsError(_NO_CREDENTIALS)
        fetcher = AssumeRoleCredentialFetcher(client, source, settings.role_arn, extra_args=extra)
        method = "assume-role"
    session._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, method)
    try:
        session.get_credentials().get_frozen_credentials()
    except Exception as error:
        raise AwsError(_assume_failed(settings, explain(error, ("sts:AssumeRole",)))) from error


_NO_CREDENTIALS = (
    "no AWS credentials were found: set a profile (--profile), AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or run where a role is attached"
)


def _assume_failed(settings: AwsSettings, trouble: Trouble) -> str:
    hint = "" if settings.external_id else "; it may ask for an external id"
    return (
        f"cannot assume {settings.role_arn}: {trouble.because}{hint}"
        f"{': ' + trouble.detail if trouble.detail else ''}"
    )


def _identity(clients: Clients, region: str) -> Mapping[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        reply: Mapping[str, Any] = clients.get("sts", region).get_caller_identity()
        return reply
    except NoCredentialsError as error:
        raise AwsError(_NO_CREDENTIALS) from error
    except (BotoCoreError, ClientError) as error:
        trouble = explain(error)
        where = clients.endpoint_url or f"sts in {region}"
        detail = f" ({trouble.code}{': ' + trouble.detail if trouble.detail else ''})"
        raise AwsError(f"cannot ask {where} who we are: {trouble.because}{detail}") from error


# -- regions ---------------------------------------------------------------------------------------


def _regions(account: LiveAccount, session: Any, settings: AwsSettings) -> tuple[str, ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    ec2 = account.clients.get("ec2", account.regions[0])
    try:
        listed = ec2.describe_regions(AllRegions=True)["Regions"]
    except (BotoCoreError, ClientError) as error:
        trouble = explain(error, ("ec2:DescribeRegions",))
        if not settings.regions:
            raise AwsError(
                f"cannot list the regions of account {account.account_id}: {trouble.because}; or "
                "name the regions to read (--region, or `regions` in auditor.toml)"
            ) from error
        known = _known_regions(session)
        _check(account, settings.regions, dict.fromkeys(known, "opted-in"))
        return tuple(dict.fromkeys(settings.regions))
    status = {r["RegionName"]: r.get("OptInStatus", "opt-in-not-required") for r in listed}
    if settings.regions:
        _check(account, settings.regions, status)
        return tuple(dict.fromkeys(settings.regions))
    return tuple(sorted(name for name, state in status.items() if state != "not-opted-in"))


def _check(account: LiveAccount, asked: Sequence[str], status: Mapping[str, str]) -> None:
    for region in asked:
        if region not in status:
            near = difflib.get_close_matches(region, status, 1)
            hint = f": did you mean {near[0]}?" if near else ""
            raise AwsError(f"AWS ({account.partition}) has no region {region!r}{hint}")
        if status[region] == "not-opted-in":
            raise AwsError(
                f"the region {region} is not enabled for account {account.account_id}: enable it "
                "in the account's settings, or leave it out"
            )
