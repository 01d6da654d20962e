"""The role of AWS Config."""

from __future__ import annotations

from auditor.resource import Finding
from auditor.rule import rule
from auditor.services.aws_config import ConfigRecorder
from auditor.values import Unknown


@rule(
    "IAM-CONFIG-SERVICE-LINKED-ROLE",
    severity="medium",
    on=ConfigRecorder,
    family="iam",
    aliases={
        "prowler": "config_recorder_using_aws_service_role",
    },
    frameworks={
        "fsbp": "Config.1",
        "cis-aws-3.0": "3.3",
        "cis-aws-5.0": "3.3",
        "nist-800-53-r5": "CM-3 CM-6(1) CM-8 CM-8(2)",
        "pci-dss-4": "10.4.1.1 11.5.2",
    },
)
def config_with_role_of_its_own(recorder: ConfigRecorder) -> Finding | None:
    """The recorder uses the service-linked role of AWS Config.

    Why: a role of one's own has to be kept up with every new type, and may allow too much.
    Fix: set `role_arn` to `arn:aws:iam::<account>:role/aws-service-role/config.amazonaws.com/`
    `AWSServiceRoleForConfig`, or to the ARN of an `aws_iam_service_linked_role`.
    Source: AWS Config API, ConfigurationRecorder.roleARN; Security Hub control Config.1.
    """
    if _is_service_linked(recorder.role_arn):
        return None
    return recorder.finding("uses a role of its own", at="role_arn")


def _is_service_linked(arn: str | Unknown | None) -> bool:
    end = arn
    if isinstance(arn, Unknown):
        address = f".{arn.refs[0].address}" if arn.exact else ""
        if ".aws_iam_service_linked_role." in address:
            return True
        if ".aws_iam_role." in address and ".data.aws_iam_role." not in address:
            return False
        end = arn.parts[-1] if arn.parts else arn
    if isinstance(end, Unknown):
        end.undetermined()
    return str(end).endswith("/AWSServiceRoleForConfig")
