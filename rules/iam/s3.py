"""Who may do what to S3 buckets: policies and ACLs."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.s3 import S3Bucket, S3BucketAcl, S3BucketOwnership, S3BucketPolicy


@rule(
    "IAM-S3-POLICY-ANY-PRINCIPAL",
    severity="high",
    on=S3BucketPolicy,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_70",
    },
    frameworks={
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def policy_for_anyone(attached: S3BucketPolicy) -> Iterator[Finding]:
    """Bucket policies do not allow actions to every principal.

    Why: `Principal = "*"` without a condition means everyone on the internet.
    Fix: name the accounts, roles or services; or pin it with a condition such as
    `aws:SourceArn`, `aws:PrincipalOrgID` or `aws:SourceVpce`.
    Source: S3 User Guide, "The meaning of public".
    """
    for statement in Policy.parse(attached.policy).public_statements():
        yield attached.finding(
            f"lets anyone in ({statement.label})",
            at="policy",
            key=f"{statement.label}",
            within=statement.within("Principal"),
        )


@rule(
    "IAM-S3-POLICY-NO-LOCKOUT",
    severity="medium",
    on=S3BucketPolicy,
    family="iam",
    aliases={
        "checkov": "CKV_AWS_93",
    },
)
def policy_that_locks_out(attached: S3BucketPolicy) -> Iterator[Finding]:
    """Bucket policies cannot lock out all but root.

    Why: a Deny of everything for everyone also denies those who would mend it; only the account's
    root user can then remove the policy.
    Fix: add a condition to the Deny, or except the administrators with `aws:PrincipalArn`.
    Source: S3 User Guide, bucket policies: an explicit Deny wins for every principal but root.
    """
    for statement in Policy.parse(attached.policy).lockout_statements("s3"):
        yield attached.finding(
            f"denies everyone everything ({statement.label})",
            at="policy",
            key=f"{statement.label}",
            within=statement.within(),
        )


@rule(
    "IAM-S3-ACL-DISABLED",
    severity="medium",
    on=S3Bucket,
    family="iam",
    reads=(S3BucketOwnership, S3BucketAcl),
    aliases={
        "checkov": "CKV2_AWS_65",
        "prowler": "s3_bucket_acl_prohibited",
    },
    frameworks={
        "fsbp": "S3.12",
        "nist-800-53-r5": "AC-2(1) AC-3 AC-3(7) AC-3(15) AC-6",
        "pci-dss-4": "7.2.1 7.2.2 7.2.5 7.3.1 7.3.2 7.3.3 8.2.7 8.2.8 8.3.4",
    },
)
def acls_still_count(bucket: S3Bucket) -> Iterator[Finding]:
    """Bucket ACLs are switched off through object ownership.

    Why: ACLs are a second, older way in beside the policy, and easily overlooked.
    Fix: set `object_ownership = "BucketOwnerEnforced"` in an
    `aws_s3_bucket_ownership_controls`, and remove the bucket's `acl`.
    Source: S3 User Guide, "Controlling ownership of objects": buckets made since April 2023 are
    BucketOwnerEnforced unless told otherwise; an ACL on the bucket shows that it is not.
    """
    stated = False
    for controls in bucket.related(S3BucketOwnership):
        for entry in controls.rule:
            stated = True
            if entry.object_ownership != "BucketOwnerEnforced":
                yield entry.finding(
                    f"lets ACLs count ({entry.object_ownership})", at="object_ownership"
                )
    if not stated:
        for acl in bucket.related(S3BucketAcl):
            if acl.acl is not None:
                yield acl.finding("uses an ACL", at="acl")
