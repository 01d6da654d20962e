"""Secrets in what instances run at their start."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.resource import Finding
from auditor.rule import rule
from auditor.secret_values import secrets_in
from auditor.services.autoscaling import LaunchConfiguration
from auditor.services.ec2 import Instance, LaunchTemplate
from auditor.services.ec2_starts import Starter, assignments, user_data


@rule(
    "SEC-EC2-USERDATA-NO-SECRETS",
    severity="critical",
    on=(Instance, LaunchTemplate, LaunchConfiguration),
    family="secrets",
    aliases={
        "checkov": "CKV_AWS_46",
        "trivy": "AWS-0029 AWS-0129 AWS-0122",
        "prowler": (
            "ec2_instance_secrets_user_data ec2_launch_template_no_secrets "
            "autoscaling_find_secrets_ec2_launch_configuration"
        ),
    },
)
def secret_in_user_data(starter: Starter) -> Iterator[Finding]:
    """User data contains no credentials.

    Why: every process on the instance reads it from the metadata service, and so does everybody
    who may describe the instance or template.
    Fix: let the instance fetch the secret from Secrets Manager or Parameter Store with its role,
    and change the secret: it has been read.
    Source: EC2 API, DescribeInstanceAttribute (userData); EC2 User Guide, "Run commands when you
    launch an EC2 instance": user data is not protected.
    """
    text = user_data(starter)
    if text is None:
        return
    encoded = "user_data_base64" if starter.is_set("user_data_base64") else "user_data"
    for name, kind in secrets_in(assignments(text)):
        what = f"{kind} in {name}" if name else kind
        yield starter.finding(f"has {what} in its user data", at=encoded, key=f"{kind} {name}")
