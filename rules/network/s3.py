"""Public exposure of S3 buckets: Block Public Access, ACLs, policies, websites."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding, Node
from auditor.rule import rule
from auditor.services.s3 import (
    FLAGS,
    S3AccountPublicAccessBlock,
    S3Bucket,
    S3BucketAcl,
    S3BucketPolicy,
    S3BucketPublicAccessBlock,
    S3BucketWebsite,
)
from auditor.values import matching, some

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


def _grants(
    acl: S3BucketAcl, groups: tuple[str, ...], permissions: tuple[str, ...]
) -> Iterator[Node]:
    """The grants of an ACL to some groups with some permissions, certain ones first."""
    full = acl.access_control_policy
    if full is None:
        return
    for grant in matching(full.grant, lambda g: g.permission in permissions):
        grantee = grant.grantee
        if grantee is not None and grantee.uri in groups:
            yield grant


def _blocks(bucket: S3Bucket, flag: str) -> bool:
    """Whether the bucket's Block Public Access has a flag on."""
    return some(bucket.related(S3BucketPublicAccessBlock), lambda block: block.get(flag))


@rule(
    "NET-S3-BPA-BUCKET",
    severity="high",
    on=S3Bucket,
    family="network",
    reads=(S3BucketPublicAccessBlock,),
    aliases={
        "checkov": "CKV2_AWS_6 CKV_AWS_53 CKV_AWS_54 CKV_AWS_55 CKV_AWS_56",
        "trivy": "AWS-0094 AWS-0086 AWS-0087 AWS-0091 AWS-0093",
        "prowler": "s3_bucket_level_public_access_block",
    },
    frameworks={
        "fsbp": "S3.8",
        "cis-aws-3.0": "2.1.4",
        "cis-aws-5.0": "2.1.4",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.3 10.3.2 10.3.3 10.3.4 A1.1.2 A1.1.3 A1.2.1 A3.4.1"
        ),
    },
)
def public_access_not_blocked(bucket: S3Bucket) -> Iterator[Finding]:
    """Each bucket has all four Block Public Access flags on.

    Why: one careless policy or ACL makes the data public; Block Public Access overrules both.
    Fix: add an `aws_s3_bucket_public_access_block` for the bucket with `block_public_acls`,
    `block_public_policy`, `ignore_public_acls` and `restrict_public_buckets` set to true.
    Source: S3 API, GetPublicAccessBlock; provider default of each flag is false. AWS blocks
    buckets made since April 2023 by itself, which code does not hold on to.
    """
    blocked = False
    for block in bucket.related(S3BucketPublicAccessBlock):
        blocked = True
        for flag in FLAGS:
            if not block.get(flag):
                yield block.finding(f"leaves {flag} off", at=flag, key=flag)
    if not blocked:
        yield bucket.finding("has no public access block")


@rule(
    "NET-S3-BPA-ACCOUNT",
    severity="high",
    on=S3AccountPublicAccessBlock,
    family="network",
    aliases={
        "prowler": "s3_account_level_public_access_blocks",
    },
    frameworks={
        "fsbp": "S3.1",
        "cis-aws-3.0": "2.1.4",
        "cis-aws-5.0": "2.1.4",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.3 10.3.2 A1.1.2 A1.1.3 A3.4.1",
    },
)
def account_does_not_block_public_access(block: S3AccountPublicAccessBlock) -> Iterator[Finding]:
    """Account-level S3 Block Public Access has its four flags on.

    Why: the account's flags hold for every bucket and access point, also those made by hand.
    Fix: set all four arguments of `aws_s3_account_public_access_block` to true.
    Source: S3 Control API, GetPublicAccessBlock; provider default of each flag is false.
    """
    for flag in FLAGS:
        if not block.get(flag):
            yield block.finding(f"leaves {flag} off", at=flag, key=flag)


@rule(
    "NET-S3-PUBLIC-READ",
    severity="critical",
    on=S3Bucket,
    family="network",
    reads=(S3BucketAcl, S3BucketPolicy, S3BucketPublicAccessBlock),
    aliases={
        "checkov": "CKV_AWS_20",
        "trivy": "AWS-0092",
        "prowler": "s3_bucket_public_access s3_bucket_public_list_acl",
    },
    frameworks={
        "fsbp": "S3.2",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.3 7.2.6 10.3.2 10.3.3 10.3.4 "
            "11.3.1.3 11.5.2 A1.1.2 A1.1.3 A1.2.1 A3.4.1"
        ),
    },
)
def readable_by_the_public(bucket: S3Bucket) -> Iterator[Finding]:
    """Buckets are not readable by the public.

    Why: anyone on the internet can list the bucket or download what is in it.
    Fix: use a private ACL and name principals in the policy; serve public content through
    CloudFront with origin access control.
    Source: S3 User Guide, "The meaning of public"; canned ACLs; `ignore_public_acls` and
    `restrict_public_buckets` neutralise ACLs and policies.
    """
    yield from _public_acls(
        bucket, ("public-read", "public-read-write", "website"), ("READ", "FULL_CONTROL"), "read"
    )
    yield from _public_policies(bucket, ("s3:Get*", "s3:List*"), "read")


@rule(
    "NET-S3-PUBLIC-WRITE",
    severity="critical",
    on=S3Bucket,
    family="network",
    reads=(S3BucketAcl, S3BucketPolicy, S3BucketPublicAccessBlock),
    aliases={
        "checkov": "CKV_AWS_57",
        "trivy": "AWS-0092",
        "prowler": "s3_bucket_public_write_acl s3_bucket_policy_public_write_access",
    },
    frameworks={
        "fsbp": "S3.3",
        "nist-800-53-r5": (
            "AC-3 AC-3(7) AC-4 AC-4(21) AC-6 AC-21 SC-7 SC-7(3) SC-7(4) SC-7(9) "
            "SC-7(11) SC-7(16) SC-7(20) SC-7(21)"
        ),
        "pci-dss-4": (
            "1.2.8 1.3.1 1.3.2 1.4.2 1.5.1 3.5.1.3 7.2.6 10.3.2 11.3.1.3 11.5.2 "
            "A1.1.2 A1.1.3 A3.4.1"
        ),
    },
)
def writable_by_the_public(bucket: S3Bucket) -> Iterator[Finding]:
    """Buckets are not writable by the public.

    Why: anyone on the internet can replace or delete what is in it, or store what they like.
    Fix: use a private ACL and name principals in the policy.
    Source: S3 User Guide, "The meaning of public"; canned ACLs.
    """
    permissions = ("WRITE", "WRITE_ACP", "FULL_CONTROL")
    yield from _public_acls(bucket, ("public-read-write",), permissions, "write")
    yield from _public_policies(bucket, ("s3:Put*", "s3:Delete*"), "write")


def _public_acls(
    bucket: S3Bucket, canned: tuple[str, ...], permissions: tuple[str, ...], verb: str
) -> Iterator[Finding]:
    for acl in bucket.related(S3BucketAcl):
        if acl.acl in canned and not _blocks(bucket, "ignore_public_acls"):
            yield acl.finding(f"lets the public {verb} (ACL {acl.acl})", at="acl", key="acl")
        for grant in _grants(acl, (ALL_USERS, AUTHENTICATED_USERS), permissions):
            if not _blocks(bucket, "ignore_public_acls"):
                yield grant.finding(
                    f"lets the public {verb} (grant {grant.get('permission')})",
                    at="permission",
                    key=f"grant {grant.get('permission')}",
                )


def _public_policies(bucket: S3Bucket, actions: tuple[str, ...], verb: str) -> Iterator[Finding]:
    for attached in bucket.related(S3BucketPolicy):
        for statement in Policy.parse(attached.policy).public_statements():
            if some(actions, statement.meets_action) and not _blocks(
                bucket, "restrict_public_buckets"
            ):
                yield attached.finding(
                    f"lets the public {verb} ({statement.label})",
                    at="policy",
                    key=f"{statement.label}",
                    within=statement.within("Principal"),
                )


@rule(
    "NET-S3-ACL-AUTHENTICATED-USERS",
    severity="high",
    on=S3BucketAcl,
    family="network",
    aliases={
        "checkov": "CKV2_AWS_43 CKV_AWS_375",
        "trivy": "AWS-0092",
    },
)
def granted_to_every_account_holder(acl: S3BucketAcl) -> Iterator[Finding]:
    """Bucket ACLs grant nothing to every AWS account holder.

    Why: "authenticated users" means anyone with any AWS account, not yours.
    Fix: use `acl = "private"`, or switch ACLs off with `object_ownership = "BucketOwnerEnforced"`.
    Source: S3 User Guide, ACL overview: the groups AuthenticatedUsers and AllUsers.
    """
    if acl.acl == "authenticated-read":
        yield acl.finding("is granted to every AWS account holder", at="acl", key="acl")
    everything = ("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL")
    for grant in _grants(acl, (AUTHENTICATED_USERS, ALL_USERS), everything):
        yield grant.finding(
            f"grants {grant.get('permission')} to everyone",
            at="permission",
            key=f"grant {grant.get('permission')}",
        )


@rule(
    "NET-S3-NO-WEBSITE",
    severity="medium",
    on=S3Bucket,
    family="network",
    reads=(S3BucketWebsite,),
)
def hosts_a_website(bucket: S3Bucket) -> Finding | None:
    """Buckets do not host static websites directly.

    Why: the website endpoint speaks plain HTTP only and needs a public bucket.
    Fix: remove the website configuration and serve the bucket through CloudFront with origin
    access control.
    Source: S3 User Guide, "Website endpoints": no HTTPS.
    """
    for website in bucket.related(S3BucketWebsite):
        return website.finding("hosts a website without TLS")
    return None
