"""IAM of the account as a whole: password policy, root, credentials of users, certificates.

Sources: IAM API reference (GetAccountPasswordPolicy, GetAccountSummary, GenerateCredentialReport,
GetCredentialReport, ListAccessKeys, ListVirtualMFADevices, ListServerCertificates,
ListSAMLProviders); IAM User Guide, "Get credential reports for your AWS account" (columns and what
`N/A`, `no_information` and `not_supported` mean); AWS provider 5.100.0 documentation.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.aws.reader import GLOBAL, Aws, CallFailed, reader, tag_map
from auditor.dates import date_text, now_text
from auditor.resource import Bool, Link, Num, Resource, Str, StrMap, Strs
from auditor.values import Unknown

ROOT = "<root_account>"
"""How the credential report names the root user."""


class IamAccountPasswordPolicy(Resource, tf="aws_iam_account_password_policy"):
    """The password policy of the account's users.

    The resource sends what it holds in one call; what is left out becomes the API's default,
    which is none of it (UpdateAccountPasswordPolicy).
    """

    allow_users_to_change_password = Bool(default=True)
    hard_expiry = Bool(default=False)
    max_password_age = Num(default=0)
    minimum_password_length = Num(default=6)
    password_reuse_prevention = Num(default=0)
    require_lowercase_characters = Bool(default=False)
    require_numbers = Bool(default=False)
    require_symbols = Bool(default=False)
    require_uppercase_characters = Bool(default=False)


class IamAccountSummary(Resource, tf="aws_iam_account_summary"):
    """What GetAccountSummary says of the root user. No Terraform resource; live only."""

    account_access_keys_present = Bool()
    account_mfa_enabled = Bool()
    account_password_present = Bool()


class IamCredentials(Resource, tf="aws_iam_credentials"):
    """A row of the credential report: one user's passwords, keys and MFA. Live only.

    It is no Terraform resource. user: the name, or `ROOT`. Dates are `None` where there is none
    (never used, not supported). generated_time: when AWS made the report, which can be four hours
    ago; ages are counted to then.
    """

    identity = ("user",)
    access_key_1_active = Bool()
    access_key_1_last_rotated = Str()
    access_key_1_last_used_date = Str()
    access_key_2_active = Bool()
    access_key_2_last_rotated = Str()
    access_key_2_last_used_date = Str()
    generated_time = Str()
    mfa_active = Bool()
    password_enabled = Bool()
    password_last_changed = Str()
    password_last_used = Str()
    user = Link("aws_iam_user", by=("name",))
    user_creation_time = Str()


class IamUserLoginProfile(Resource, tf="aws_iam_user_login_profile"):
    """A user's password for the console."""

    user = Link("aws_iam_user", by=("name",))


class IamAccessKey(Resource, tf="aws_iam_access_key"):
    """An access key of a user; its secret is never read."""

    create_date = Str(computed=True)
    secret = Str(computed=True, sensitive=True)
    ses_smtp_password_v4 = Str(computed=True, sensitive=True)
    status = Str(default="Active")
    user = Link("aws_iam_user", by=("name",))


class IamVirtualMfaDevice(Resource, tf="aws_iam_virtual_mfa_device"):
    """A virtual MFA device. of_root: of a live one, whether it is the root user's."""

    of_root = Bool(default=False)
    path_ = Str(default="/")
    user_name = Link("aws_iam_user", by=("name",))
    virtual_mfa_device_name = Str()
    tags = StrMap()


class IamServerCertificate(Resource, tf="aws_iam_server_certificate"):
    """A TLS certificate that was uploaded into IAM. read_at: when a live one was read."""

    identity = ("name",)
    expiration = Str(computed=True)
    name = Str(computed=True)
    path_ = Str(default="/")
    private_key = Str(sensitive=True)
    read_at = Str(computed=True)


class IamSamlProvider(Resource, tf="aws_iam_saml_provider"):
    """An identity provider that people sign in through. Identity Center makes one, too."""

    identity = ("name",)
    name = Str()
    valid_until = Str(computed=True)


class IamOrganizationsFeatures(Resource, tf="aws_iam_organizations_features"):
    """Central management of root in the organisation's accounts (code only)."""

    enabled_features = Strs(unordered=True)


# -- live ----------------------------------------------------------------------------------------


@reader(
    yields=(IamAccountPasswordPolicy,), calls=("iam.get_account_password_policy",), scope=GLOBAL
)
def password_policy(aws: Aws) -> Iterator[Resource]:
    """The account's password policy, if it has one of its own."""
    call = "iam.get_account_password_policy"
    reply = aws.ask(call, absent=("NoSuchEntity", "NoSuchEntityException"))
    if reply is None:
        return
    if isinstance(reply, Unknown):
        yield aws.resource(IamAccountPasswordPolicy, "iam-account-password-policy", reply)
        return
    policy = reply["PasswordPolicy"]
    yield aws.resource(
        IamAccountPasswordPolicy,
        "iam-account-password-policy",
        {
            "allow_users_to_change_password": policy.get("AllowUsersToChangePassword", False),
            "hard_expiry": policy.get("HardExpiry", False),
            "max_password_age": policy.get("MaxPasswordAge", 0),
            "minimum_password_length": policy.get("MinimumPasswordLength", 6),
            "password_reuse_prevention": policy.get("PasswordReusePrevention", 0),
            "require_lowercase_characters": policy.get("RequireLowercaseCharacters", False),
            "require_numbers": policy.get("RequireNumbers", False),
            "require_symbols": policy.get("RequireSymbols", False),
            "require_uppercase_characters": policy.get("RequireUppercaseCharacters", False),
        },
    )


@reader(yields=(IamAccountSummary,), calls=("iam.get_account_summary",), scope=GLOBAL)
def account_summary(aws: Aws) -> Iterator[Resource]:
    """The account's summary."""
    reply = aws.ask("iam.get_account_summary")
    summary: Any = reply["SummaryMap"]
    yield aws.resource(
        IamAccountSummary,
        aws.account_id,
        {
            "account_access_keys_present": lambda: _count(summary, "AccountAccessKeysPresent") > 0,
            "account_mfa_enabled": lambda: _count(summary, "AccountMFAEnabled") > 0,
            # Left out by AWS where root credentials are not managed centrally: there is one.
            "account_password_present": lambda: summary.get("AccountPasswordPresent", 1) > 0,
        },
    )


def _count(summary: Any, name: str) -> Any:
    return summary.get(name, Unknown(because=f"the account summary does not say {name}"))


_NOT_READY = (
    "ReportNotPresent",
    "ReportExpired",
    "ReportInProgress",
    "CredentialReportNotPresentException",
    "CredentialReportExpiredException",
    "CredentialReportNotReadyException",
)
_WAITS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
"""Seconds between tries; AWS says that a report takes seconds in most accounts."""


@reader(
    yields=(IamCredentials, IamUserLoginProfile),
    calls=("iam.generate_credential_report", "iam.get_credential_report"),
    scope=GLOBAL,
)
def credential_report(aws: Aws) -> Iterator[Resource]:
    """The credential report: a row for each user and for root; passwords as login profiles."""
    started = aws.ask("iam.generate_credential_report")
    reply = _report(aws)
    if isinstance(reply, Unknown):
        raise CallFailed(reply)
    if reply is None:
        late = Unknown(because=f"the credential report was not ready in {sum(_WAITS):.0f} s")
        raise CallFailed(started if isinstance(started, Unknown) else late)
    generated = date_text(reply.get("GeneratedTime"))
    for row in csv.DictReader(reply["Content"].decode("utf-8").splitlines()):
        yield aws.resource(IamCredentials, row["user"], _credentials(row, generated))
        if row["password_enabled"] == "true" and row["user"] != ROOT:
            yield aws.resource(IamUserLoginProfile, row["user"], {"user": row["user"]})


def _report(aws: Aws) -> Any:
    for wait in _WAITS:
        time.sleep(wait)
        reply = aws.ask("iam.get_credential_report", absent=_NOT_READY)
        if reply is not None:
            return reply
    return None


def _credentials(row: Mapping[str, str], generated: str | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: _cell(row.get(name, "N/A"))
        for name in IamCredentials.fields
        if name != "generated_time"
    }
    return {**values, "arn": row["arn"], "generated_time": generated}


def _cell(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return None if text in ("", "N/A", "no_information", "not_supported") else text


@reader(yields=(IamAccessKey,), calls=("iam.list_users", "iam.list_access_keys"), scope=GLOBAL)
def access_keys(aws: Aws) -> Iterator[Resource]:
    """Access keys: the only place that gives their ids is a call for each user."""

    def read(user: Mapping[str, Any]) -> Iterator[Resource]:
        listed = aws.list("iam.list_access_keys", "AccessKeyMetadata", UserName=user["UserName"])
        for key in listed:
            yield aws.resource(
                IamAccessKey,
                key["AccessKeyId"],
                {
                    "create_date": date_text(key.get("CreateDate")),
                    # AWS shows these once, to whoever makes the key.
                    "secret": None,
                    "ses_smtp_password_v4": None,
                    "status": key["Status"],
                    "user": user["UserName"],
                },
            )

    yield from aws.parallel(read, aws.list("iam.list_users", "Users"))


@reader(yields=(IamVirtualMfaDevice,), calls=("iam.list_virtual_mfa_devices",), scope=GLOBAL)
def virtual_mfa_devices(aws: Aws) -> Iterator[Resource]:
    """Virtual MFA devices, with whom they belong to."""
    for item in aws.list("iam.list_virtual_mfa_devices", "VirtualMFADevices"):
        serial = item["SerialNumber"]
        user = item.get("User") or {}
        of_root = user.get("Arn", "").endswith(":root")
        folders, _, name = serial.partition(":mfa/")[2].rpartition("/")
        yield aws.resource(
            IamVirtualMfaDevice,
            serial,
            {
                "arn": serial,
                "of_root": of_root or serial.endswith(":mfa/root-account-mfa-device"),
                "path": f"/{folders}/" if folders else "/",
                "user_name": None if of_root else user.get("UserName"),
                "virtual_mfa_device_name": name,
                "tags": tag_map(item.get("Tags")),
            },
        )


@reader(yields=(IamServerCertificate,), calls=("iam.list_server_certificates",), scope=GLOBAL)
def server_certificates(aws: Aws) -> Iterator[Resource]:
    """Server certificates; their keys cannot be read."""
    read_at = now_text()
    for item in aws.list("iam.list_server_certificates", "ServerCertificateMetadataList"):
        yield aws.resource(
            IamServerCertificate,
            item["ServerCertificateName"],
            {
                "arn": item["Arn"],
                "expiration": date_text(item.get("Expiration")),
                "name": item["ServerCertificateName"],
                "path": item.get("Path"),
                "private_key": None,
                "read_at": read_at,
            },
        )


@reader(yields=(IamSamlProvider,), calls=("iam.list_saml_providers",), scope=GLOBAL)
def saml_providers(aws: Aws) -> Iterator[Resource]:
    """SAML providers."""
    for item in aws.list("iam.list_saml_providers", "SAMLProviderList"):
        yield aws.resource(
            IamSamlProvider,
            item["Arn"],
            {
                "arn": item["Arn"],
                "name": item["Arn"].rpartition("/")[2],
                "valid_until": date_text(item.get("ValidUntil")),
            },
        )
