"""Keys of secrets in Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.kms import KmsAlias, KmsKey, is_aws_managed_key
from auditor.services.secretsmanager import Secret


@rule(
    "ENC-SECRETSMANAGER-CMK",
    severity="medium",
    on=Secret,
    family="encryption",
    reads=(KmsKey, KmsAlias),
    aliases={
        "checkov": "CKV_AWS_149",
        "trivy": "AWS-0098",
    },
    frameworks={
        "nist-800-53-r5": "AU-9(3) CP-9 SC-8(3) SC-8(4) SC-13 SC-28(1) SI-19(4)",
        "pci-dss-4": "8.3.2",
    },
)
def secret_without_own_key(secret: Secret) -> Iterator[Finding]:
    """Secrets are encrypted with a customer managed key, replicas too.

    Why: with `aws/secretsmanager` whoever may read the secret may decrypt it, and it cannot be
    shared with another account; a key of your own adds a second permission.
    Fix: set `kms_key_id` to a key of your own, also in `replica` blocks.
    Source: Secrets Manager API, KmsKeyId; left out it is `aws/secretsmanager`.
    """
    if is_aws_managed_key(secret, "kms_key_id"):
        yield secret.finding("is encrypted with the AWS managed key", at="kms_key_id", key="secret")
    for replica in secret.replica:
        if is_aws_managed_key(replica, "kms_key_id"):
            yield replica.finding(
                f"has a replica in {replica.region_} under the AWS managed key",
                at="kms_key_id",
                key=f"replica {replica.region_}",
            )
