"""The root user of the account."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.aws.account import Account
from auditor.dates import days_between
from auditor.resource import Finding
from auditor.rule import NotApplicable, not_applicable, rule
from auditor.services.iam import IamUser
from auditor.services.iam_account import (
    ROOT,
    IamAccessKey,
    IamAccountSummary,
    IamCredentials,
    IamOrganizationsFeatures,
    IamVirtualMfaDevice,
)
from auditor.values import Unknown, matching, some


def _summary(account: Account) -> IamAccountSummary:
    for summary in account.everything(IamAccountSummary):
        return summary
    Unknown(because="the account summary was not read").undetermined()


def _credentials(account: Account) -> IamCredentials:
    for row in matching(account.everything(IamCredentials), lambda row: row.user == ROOT):
        return row
    Unknown(because="the credential report has no row for root").undetermined()


@rule(
    "IAM-ROOT-NO-ACCESS-KEY",
    severity="critical",
    on=(Account, IamAccessKey),
    family="iam",
    reads=(IamAccountSummary, IamUser),
    aliases={
        "checkov": "CKV_AWS_348",
        "trivy": "AWS-0141",
        "prowler": "iam_no_root_access_key",
    },
    frameworks={
        "fsbp": "IAM.4",
        "cis-aws-3.0": "1.4",
        "cis-aws-5.0": "1.3",
        "nist-800-53-r5": "AC-2(1) AC-3(7) AC-3(15) AC-6 AC-6(2) AC-6(10)",
        "pci-dss-4": "7.2.1 7.2.2 7.2.3 7.2.5 7.3.1 7.3.2 7.3.3 8.2.1 8.2.2 8.2.4 8.2.5 8.3.11",
    },
)
def root_with_access_key(judged: Account | IamAccessKey) -> Finding | None:
    """The root user has no access key.

    Why: such a key may do everything, no policy can limit it, and it works from anywhere.
    Fix: delete the key (sign in as root), or let the organisation remove root credentials.
    Source: IAM API, GetAccountSummary, AccountAccessKeysPresent. Terraform cannot make a key of
    root; a key for a user called root shows the intention.
    """
    if isinstance(judged, IamAccessKey):
        name = judged.user if isinstance(judged.user, str) else judged.follow("user").name
        return judged.finding("is a key for root", at="user") if name == "root" else None
    if _summary(judged).account_access_keys_present:
        return judged.finding("has an access key of the root user")
    return None


@rule(
    "IAM-ROOT-MFA",
    severity="critical",
    on=Account,
    family="iam",
    where=("live",),
    reads=(IamAccountSummary,),
    aliases={
        "trivy": "AWS-0142",
        "prowler": "iam_root_mfa_enabled",
    },
    frameworks={
        "fsbp": "IAM.9",
        "cis-aws-3.0": "1.5",
        "cis-aws-5.0": "1.4",
        "nist-800-53-r5": "AC-2(1) AC-3(15) IA-2(1) IA-2(2) IA-2(6) IA-2(8)",
        "pci-dss-4": "8.4.1 8.4.2 8.4.3",
    },
)
def root_without_mfa(account: Account) -> Finding | None:
    """The root user has MFA.

    Why: the root password alone then opens everything, and no policy can limit root.
    Fix: assign an MFA device as root, or let the organisation remove root credentials.
    Source: IAM API, GetAccountSummary: AccountMFAEnabled; AccountPasswordPresent is 0 where the
    organisation removed them.
    """
    summary = _summary(account)
    if summary.account_mfa_enabled or not summary.account_password_present:
        return None
    return account.finding("has no MFA for the root user")


@rule(
    "IAM-ROOT-HARDWARE-MFA",
    severity="critical",
    on=Account,
    family="iam",
    where=("live",),
    reads=(IamAccountSummary, IamVirtualMfaDevice),
    requires=("IAM-ROOT-MFA",),
    aliases={
        "trivy": "AWS-0165",
        "prowler": "iam_root_hardware_mfa_enabled",
    },
    frameworks={
        "fsbp": "IAM.6",
        "cis-aws-3.0": "1.6",
        "cis-aws-5.0": "1.5",
        "nist-800-53-r5": "AC-2(1) AC-3(15) IA-2(1) IA-2(2) IA-2(6) IA-2(8)",
        "pci-dss-4": "8.4.1 8.4.2 8.4.3",
    },
)
def root_with_virtual_mfa(account: Account) -> Finding | NotApplicable | None:
    """The root user's MFA is a hardware device.

    Why: a phone can be lost, copied or taken over; what it protects is the whole account.
    Fix: assign a FIDO2 security key as root and remove the virtual device.
    Source: IAM API, ListVirtualMFADevices: a device of root.
    """
    if not _summary(account).account_password_present:
        return not_applicable("the organisation removed root's credentials")
    if some(account.everything(IamVirtualMfaDevice), lambda device: device.of_root):
        return account.finding("has a virtual MFA device for the root user")
    return None


@rule(
    "IAM-ROOT-NOT-USED",
    severity="high",
    on=Account,
    family="iam",
    where=("live",),
    reads=(IamCredentials,),
    aliases={
        "trivy": "AWS-0140",
        "prowler": "iam_avoid_root_usage",
    },
    frameworks={
        "cis-aws-3.0": "1.7",
        "cis-aws-5.0": "1.6",
    },
)
def root_used(account: Account, *, days: int = 90) -> Iterator[Finding]:
    """Nobody signed in as root lately.

    Why: root is for the few tasks that nothing else can do; daily work with it leaves no limits
    and no name in the record.
    Fix: use roles; root's tasks are listed in the IAM User Guide.
    Source: IAM credential report, password_last_used and access_key_N_last_used_date of
    `<root_account>`.
    """
    row = _credentials(account)
    for name in (
        "password_last_used",
        "access_key_1_last_used_date",
        "access_key_2_last_used_date",
    ):
        used = row.get(name)
        if used is not None and days_between(used, row.generated_time) <= days:
            yield account.finding(f"was used as root within {days} days ({name})", key=name)


@rule(
    "IAM-ROOT-CENTRAL-MANAGEMENT",
    severity="high",
    on=IamOrganizationsFeatures,
    family="iam",
    where=("code",),
    aliases={
        "prowler": "iam_root_credentials_management_enabled",
    },
)
def root_not_managed_centrally(features: IamOrganizationsFeatures) -> Finding | None:
    """The organisation manages root credentials of its accounts centrally.

    Why: root credentials of member accounts can then be removed altogether.
    Fix: add `RootCredentialsManagement` to `enabled_features`.
    Source: IAM User Guide, "Centrally manage root access for member accounts".
    """
    if "RootCredentialsManagement" in features.enabled_features:
        return None
    return features.finding("does not manage root credentials centrally", at="enabled_features")
