"""Who reads, and where: credentials, account, partition and regions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.aws.actions import model_loader
from auditor.aws.calls import CallLog
from auditor.aws.clients import ATTEMPTS, Clients
from auditor.aws.errors import AwsError, Trouble, explain
from auditor.config import AwsSettings as AwsSettings
from auditor.suggest import did_you_mean

GLOBAL_REGIONS: Mapping[str, str] = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-eusc": "eusc-de-east-1",
}
"""Partition → the region that global services are asked in."""


@dataclass(slots=True)
class LiveAccount:
    """A connection to one account: who reads (`caller_arn`), where, and the account of calls.

    regions: those to read.
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


CONNECTING = ("sts.get_caller_identity", "ec2.describe_regions")
"""The calls that `connect` makes."""


def connect(
    settings: AwsSettings, *, attempts: int = ATTEMPTS, calls: Iterable[str] | None = None
) -> LiveAccount:
    """Gets into the account that the settings name, or the environment's credentials.

    A role is assumed from the profile's or the environment's credentials, or with the token of
    `AWS_WEB_IDENTITY_TOKEN_FILE`; `AWS_ROLE_SESSION_NAME` names its session. An endpoint may also
    come from `AWS_ENDPOINT_URL`. attempts: how often a request is sent at most.
    calls: the only ones that will be made (`sqs.list_queues`), which saves time and memory.
    Raises `AwsError` with what is wrong and what to do.
    """
    session = _session(settings, calls)
    clients = Clients(session, settings.endpoint_url or _environment_endpoint(), attempts)
    start = _first_region(session, settings.regions)
    if settings.role_arn:
        _assume(session, settings, start, clients.endpoint_url)
    identity = _identity(clients, start)
    found = identity["Account"]
    if settings.account_id and settings.account_id != found:
        raise AwsError(
            f"the credentials are for account {found}, the settings say {settings.account_id}: "
            "use another profile or role, or correct account_id"
        )
    arn = identity["Arn"]
    account = LiveAccount(found, arn.split(":")[1], arn, (start,), clients)
    account.regions = _regions(account, session, settings.regions)
    return account


def _session(settings: AwsSettings, calls: Iterable[str] | None) -> Any:
    from botocore.exceptions import BotoCoreError, ProfileNotFound
    from botocore.session import Session

    session = Session(profile=settings.profile)
    session.register_component("data_loader", _loader(calls))
    replies = session.get_component("response_parser_factory")
    replies.set_parser_defaults(timestamp_parser=time_of)
    try:
        session.get_scoped_config()  # so that a wrong profile shows now
    except ProfileNotFound as error:
        known = Session().available_profiles
        hint = did_you_mean(str(settings.profile), known) or f"known: {', '.join(known) or 'none'}"
        raise AwsError(f"there is no AWS profile {settings.profile!r}; {hint}") from error
    except BotoCoreError as error:
        raise AwsError(f"cannot read the AWS configuration: {error}") from error
    return session


def _loader(calls: Iterable[str] | None) -> Any:
    if calls is None:
        return model_loader()
    from auditor.aws.models import TrimmedLoader

    return TrimmedLoader((*calls, *CONNECTING, *_SIGNING_IN))


def time_of(value: Any) -> datetime:
    """A timestamp in a reply. botocore has dateutil guess its form; most are ISO 8601 in UTC."""
    from botocore.utils import parse_timestamp

    if isinstance(value, str) and value[10:11] == "T" and value.endswith("Z"):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # something else, for botocore to read or refuse
    read: datetime = parse_timestamp(value)
    return read


_SIGNING_IN = ("sts.assume_role", "sts.assume_role_with_web_identity")
"""What botocore's own sources of credentials call of a service that is cut down."""


def _environment_endpoint() -> str | None:
    return os.environ.get("AWS_ENDPOINT_URL") or None


def _first_region(session: Any, asked: Sequence[str]) -> str:
    """A region to begin in: the first one asked for that exists, else the configured one."""
    known = _known_regions(session)
    configured = session.get_config_variable("region") or os.environ.get("AWS_REGION")
    for region in (*asked, configured):
        if region and region in known:
            return str(region)
    return str(configured) if configured and not asked else "us-east-1"


def _known_regions(session: Any) -> set[str]:
    """Every region that the installed botocore knows, in all partitions."""
    partitions = session.get_available_partitions()
    return {region for p in partitions for region in session.get_available_regions("ec2", p)}


# -- credentials -----------------------------------------------------------------------------------

_NO_CREDENTIALS = (
    "no AWS credentials were found: set a profile, or AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or run where a role is attached"
)


def _assume(session: Any, settings: AwsSettings, region: str, endpoint_url: str | None) -> None:
    """Makes the session use the role's credentials, which are renewed before they end."""
    from botocore.credentials import DeferredRefreshableCredentials
    from botocore.exceptions import BotoCoreError, ClientError

    fetcher, method = _fetcher(session, settings, region, endpoint_url)
    credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, method)
    try:
        credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError, OSError) as error:
        trouble = explain(error, ("sts:AssumeRole",))
        raise AwsError(_not_assumed(settings, trouble)) from error
    # botocore has no public way to give a session credentials that renew themselves.
    session._credentials = credentials


def _fetcher(
    session: Any, settings: AwsSettings, region: str, endpoint_url: str | None
) -> tuple[Any, str]:
    from botocore import credentials as botocore_credentials

    def client(service: str, **options: Any) -> Any:
        options = {"region_name": region, "endpoint_url": endpoint_url, **options}
        return session.create_client(service, **options)

    extra = {"RoleSessionName": os.environ.get("AWS_ROLE_SESSION_NAME", "auditor")}
    token_file = os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    if token_file:
        fetcher = botocore_credentials.AssumeRoleWithWebIdentityCredentialFetcher(
            client,
            botocore_credentials.FileWebIdentityTokenLoader(token_file),
            settings.role_arn,
            extra_args=extra,
        )
        return fetcher, "assume-role-with-web-identity"
    source = session.get_credentials()
    if source is None:
        raise AwsError(_NO_CREDENTIALS)
    if settings.external_id:
        extra["ExternalId"] = settings.external_id
    fetcher = botocore_credentials.AssumeRoleCredentialFetcher(
        client, source, settings.role_arn, extra_args=extra
    )
    return fetcher, "assume-role"


def _not_assumed(settings: AwsSettings, trouble: Trouble) -> str:
    hint = "" if settings.external_id else "; its trust policy may ask for an external id"
    detail = f" ({trouble.detail})" if trouble.detail else ""
    return f"cannot assume {settings.role_arn}: {trouble.because}{hint}{detail}"


def _identity(clients: Clients, region: str) -> Mapping[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        reply: Mapping[str, Any] = clients.get("sts", region).get_caller_identity()
    except NoCredentialsError as error:
        raise AwsError(_NO_CREDENTIALS) from error
    except (BotoCoreError, ClientError) as error:
        trouble = explain(error)
        where = clients.endpoint_url or f"AWS in {region}"
        detail = f" ({trouble.code}{': ' + trouble.detail if trouble.detail else ''})"
        raise AwsError(f"cannot ask {where} who we are: {trouble.because}{detail}") from error
    return reply


# -- regions ---------------------------------------------------------------------------------------


def _regions(account: LiveAccount, session: Any, asked: Sequence[str]) -> tuple[str, ...]:
    """The regions asked for, checked, or all that are enabled."""
    from botocore.exceptions import BotoCoreError, ClientError

    ec2 = account.clients.get("ec2", account.regions[0])
    try:
        listed = ec2.describe_regions(AllRegions=True)["Regions"]
    except (BotoCoreError, ClientError) as error:
        if not asked:
            because = explain(error, ("ec2:DescribeRegions",)).because
            raise AwsError(
                f"cannot list the regions of account {account.account_id}: {because}; or name the "
                "regions to read"
            ) from error
        status = dict.fromkeys(_known_regions(session), "")
    else:
        status = {r["RegionName"]: r.get("OptInStatus", "") for r in listed}
    _check_regions(account, asked, status)
    enabled = sorted(name for name, state in status.items() if state != "not-opted-in")
    return tuple(dict.fromkeys(asked or enabled))


def _check_regions(account: LiveAccount, asked: Sequence[str], status: Mapping[str, str]) -> None:
    for region in asked:
        if region not in status:
            hint = did_you_mean(region, status)
            raise AwsError(
                f"AWS ({account.partition}) has no region {region!r}{'; ' + hint if hint else ''}"
            )
        if status[region] == "not-opted-in":
            raise AwsError(
                f"the region {region} is not enabled for account {account.account_id}: enable it "
                "in the account's settings, or leave it out"
            )
