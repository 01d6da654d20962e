"""S3 rules say of an emulated account what they say of the same Terraform."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditor.rules.backups import s3 as backups
from auditor.rules.encryption import s3 as encryption
from auditor.rules.iam import s3 as iam
from auditor.rules.logging import s3 as logging
from auditor.rules.network import s3 as network
from auditor.rules.operations import s3 as operations

from auditor.testing import check_twins, judge_live

pytestmark = pytest.mark.emulator

ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
ANYONE_WRITES = {**ANYONE, "Action": "s3:PutObject"}
LOCKOUT = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
FLAGS = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


@pytest.fixture
def s3(make_client: Callable[..., Any]) -> Any:
    return make_client("s3", "eu-west-1")


@pytest.fixture
def twins(moto_server: Any, s3: Any) -> Callable[..., None]:
    """`twins(rule, bad, good)`: each makes its state on a bucket called `data`."""

    def made(prepare: Callable[[Any], object]) -> Callable[[], None]:
        def make() -> None:
            s3.create_bucket(
                Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
            )
            prepare(s3)

        return make

    def check(rule: Any, bad: Callable[[Any], object], good: Callable[[Any], object]) -> None:
        check_twins(rule, moto_server.url, bad=made(bad), good=made(good), reset=moto_server.reset)

    return check


def policy(*statements: dict[str, Any]) -> Callable[[Any], object]:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return lambda s3: s3.put_bucket_policy(Bucket="data", Policy=text)


def encrypted(algorithm: str) -> Callable[[Any], object]:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    return lambda s3: s3.put_bucket_encryption(
        Bucket="data", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def blocked(**changes: bool) -> Callable[[Any], object]:
    return lambda s3: s3.put_public_access_block(
        Bucket="data", PublicAccessBlockConfiguration={**FLAGS, **changes}
    )


def acl(canned: str) -> Callable[[Any], object]:
    return lambda s3: s3.put_bucket_acl(Bucket="data", ACL=canned)


def granted(permission: str) -> Callable[[Any], object]:
    """Everyone gets a permission (the emulator reads `public-read-write` back without WRITE)."""
    everyone = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    grants = [{"Grantee": everyone, "Permission": permission}]
    return lambda s3: s3.put_bucket_acl(
        Bucket="data", AccessControlPolicy={"Grants": grants, "Owner": {"ID": "o" * 64}}
    )


def versions(status: str) -> Callable[[Any], object]:
    return lambda s3: s3.put_bucket_versioning(
        Bucket="data", VersioningConfiguration={"Status": status}
    )


def lifecycle(**rule: Any) -> Callable[[Any], object]:
    made = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, **rule}
    return lambda s3: s3.put_bucket_lifecycle_configuration(
        Bucket="data", LifecycleConfiguration={"Rules": [made]}
    )


def nothing(_s3: Any) -> None:
    """The bucket as it comes."""


def both(*steps: Callable[[Any], object]) -> Callable[[Any], object]:
    def run(s3: Any) -> None:
        for step in steps:
            step(s3)

    return run


OLD_VERSIONS = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (encryption.default_encryption_without_kms, encrypted("AES256"), encrypted("aws:kms")),
        (encryption.requests_without_tls, policy(ANYONE), policy(TLS)),
        (encryption.requests_without_tls, nothing, policy(TLS)),
        (network.public_access_not_blocked, blocked(BlockPublicAcls=False), blocked()),
        (network.public_access_not_blocked, nothing, blocked()),
        (network.readable_by_the_public, acl("public-read"), acl("private")),
        (network.readable_by_the_public, policy(ANYONE), both(policy(ANYONE), blocked())),
        (network.writable_by_the_public, granted("WRITE"), granted("READ")),
        (network.writable_by_the_public, policy(ANYONE_WRITES), policy(ANYONE)),
        (network.granted_to_every_account_holder, acl("authenticated-read"), acl("private")),
        (iam.policy_for_anyone, policy(ANYONE), policy(TLS)),
        (iam.policy_that_locks_out, policy(LOCKOUT), policy(TLS)),
        (backups.versions_not_kept, versions("Suspended"), versions("Enabled")),
        (backups.versions_not_kept, nothing, versions("Enabled")),
        (operations.no_lifecycle, nothing, lifecycle(Expiration={"Days": 1})),
        (
            operations.old_versions_kept_for_ever,
            versions("Enabled"),
            both(versions("Enabled"), lifecycle(**OLD_VERSIONS)),
        ),
        (
            operations.uploads_never_aborted,
            lifecycle(Filter={"Prefix": "tmp/"}, **ABORT),
            lifecycle(**ABORT),
        ),
    ],
)
def test_twins(twins: Any, rule: Any, bad: Any, good: Any) -> None:
    twins(rule, bad, good)


def test_websites(twins: Any) -> None:
    website = {"IndexDocument": {"Suffix": "index.html"}}
    twins(
        network.hosts_a_website,
        lambda s3: s3.put_bucket_website(Bucket="data", WebsiteConfiguration=website),
        nothing,
    )


def test_acls_are_off(twins: Any) -> None:
    def owned(value: str) -> Callable[[Any], object]:
        controls = {"Rules": [{"ObjectOwnership": value}]}
        return lambda s3: s3.put_bucket_ownership_controls(
            Bucket="data", OwnershipControls=controls
        )

    twins(iam.acls_still_count, owned("ObjectWriter"), owned("BucketOwnerEnforced"))


def test_access_logs(twins: Any) -> None:
    def log(s3: Any) -> None:
        place = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket="logs", CreateBucketConfiguration=place)
        s3.put_bucket_acl(Bucket="logs", ACL="log-delivery-write")
        enabled = {"TargetBucket": "logs", "TargetPrefix": "x/"}
        s3.put_bucket_logging(Bucket="data", BucketLoggingStatus={"LoggingEnabled": enabled})

    twins(logging.access_not_logged, nothing, log)


def test_the_account_s_public_access_block(
    moto_server: Any, make_client: Callable[..., Any]
) -> None:
    control = make_client("s3control", "eu-west-1")

    def block(**changes: bool) -> Callable[[], object]:
        return lambda: control.put_public_access_block(
            AccountId="123456789012", PublicAccessBlockConfiguration={**FLAGS, **changes}
        )

    rule = network.account_does_not_block_public_access
    check_twins(
        rule,
        moto_server.url,
        bad=block(RestrictPublicBuckets=False),
        good=block(),
        reset=moto_server.reset,
    )
    moto_server.reset()  # an account that never set it
    assert [v.status for v in judge_live(rule, moto_server.url)] == ["fail"]
