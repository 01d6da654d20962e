"""Who may use KMS keys."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.policy import Policy
from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.kms import KmsKey, KmsKeyPolicy
from auditor.values import some


@rule(
    "IAM-KMS-KEY-POLICY-PUBLIC",
    severity="critical",
    on=KmsKeyPolicy,
    family="iam",
    reads=(KmsKey,),
    aliases={
        "checkov": "CKV_AWS_33",
        "prowler": "kms_key_not_publicly_accessible",
    },
    frameworks={
        "fsbp": "KMS.5",
    },
)
def key_for_anyone(attached: KmsKeyPolicy) -> Iterator[Finding]:
    """Key policies do not admit everyone.

    Why: anyone with an AWS account may use the key, and decrypt what it protects once they get it.
    Fix: name the principals, or pin the statement with `kms:CallerAccount`, `kms:ViaService` with
    it, or `aws:PrincipalOrgID`.
    Source: KMS Developer Guide, "Key policies in AWS KMS"; the default policy is for the account.
    """
    policy = Policy.parse(attached.policy)
    for statement in policy.public_statements(("kms:CallerAccount", "kms:ViaService")):
        yield attached.finding(
            f"lets anyone use the key in {statement.label}",
            at="policy",
            key=statement.label,
            within=statement.within("Principal"),
        )


@rule(
    "IAM-KMS-KEY-POLICY-DEFINED",
    severity="low",
    on=KmsKey,
    family="iam",
    where=("code",),
    reads=(KmsKeyPolicy,),
    aliases={
        "checkov": "CKV2_AWS_64",
    },
)
def key_policy_left_to_aws(key: KmsKey) -> Finding | None:
    """Each key has a policy that is written down.

    Why: AWS's default hands the key to all IAM policies of the account, wide ones too.
    Fix: set `policy`, or add an `aws_kms_key_policy`.
    Source: KMS Developer Guide, "Default key policy".
    """
    if some(key.related(KmsKeyPolicy), lambda _: True):
        return None
    return key.finding("has AWS's default key policy", at="policy")
